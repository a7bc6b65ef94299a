"""The accounts of one loan in the general ledger of `general_ledger.py`: what is owed by due and component, and by whom
it was paid. What an event makes of them is in `postings.py`."""

from collections import defaultdict
from decimal import Decimal

COMPONENTS = ("costs", "fees", "penalty", "interest", "principal")
NOTHING = Decimal(0)
DUE = ("principal due", "interest receivable", "penalty receivable", "fees receivable", "costs receivable", "plan due")
NOT_DUE, PLAN_NOT_DUE, EARLY = "principal not due", "plan not due", "paid before it was due"
CASH, CREDIT, CONTINGENT, WAIVED = "cash", "borrower's credit", "waiver contingent", "waivers"
SOLD, WRITTEN_OFF, ALLOWANCE, AS_STATED = "sold and closed", "written off", "allowance", "as stated"
COUNTED = "counted on other components"
NOT_CHARGED, NOT_ASKED, RUNNING = "not charged", "not charged, contra", "interest accrued"
CLAIMS = (*DUE, NOT_DUE, PLAN_NOT_DUE, EARLY, CONTINGENT)
PRINCIPAL = ("principal due", "plan due", NOT_DUE, PLAN_NOT_DUE, AS_STATED, COUNTED)


class Wrong(Exception):
    """An event, an entry or a balance that cannot be right."""


def amounts_of(told):
    return {name: Decimal(told[name]) for name in COMPONENTS if Decimal(told.get(name, 0))}


def lines_of(told):
    """By due and component; a charge that hangs on a due is one of its own."""
    found = defaultdict(Decimal)
    for line in told:
        found[line.get("charge", line["due"]), line["component"]] += Decimal(line["amount"])
    return found


def paid_by(told, lines):
    """With what a lender stated that it pays, and nothing was owed of."""
    unmatched = amounts_of(told.get("unmatched", {}))
    return lines_of(lines) | {(AS_STATED, component): amount for component, amount in unmatched.items()}


def payer_of(told):
    return ("payment", told["payment"]) if "payment" in told else ("lender_credit", told["lender_credit"])


def due_account(key, component):
    if key.startswith("plan:"):
        return "plan due"
    return "principal due" if component == "principal" else f"{component} receivable"


def account_before(key, component):
    """Where it is until it falls due: principal, and what a plan took in, is owed already; the rest is not."""
    if key.startswith("plan:"):
        return PLAN_NOT_DUE
    return NOT_DUE if component == "principal" else EARLY


class Loan:
    """`asked` is what has fallen due in all, `paid` where the money of each payment and waiver went, `money` how much
    there is of it. An account has its balances by due and component."""

    def __init__(self, number):
        self.number, self.added_on, self.entry = number, "", []
        self.balances, self.asked = defaultdict(Decimal), {}
        self.paid, self.money, self.back = {}, {}, {}
        self.plans, self.agreed = {}, {}
        self.sold, self.written_off, self.cleared = False, False, []

    def add(self, account, amount, key="", component=""):
        if amount:
            self.balances[account, key, component] += amount
            self.entry.append((account, key, component, amount))

    def undo(self, lines):
        for account, key, component, amount in lines:
            self.add(account, -amount, key, component)

    def balance(self, accounts, component=None):
        accounts = (accounts,) if isinstance(accounts, str) else accounts
        found = (item for item in self.balances.items() if item[0][0] in accounts)
        return sum((value for (_, _, name), value in found if component in (None, name)), NOTHING)

    def claim(self, key, component, amount):
        """More is owed of it, or less."""
        fallen = (key, component) in self.asked
        account = due_account(key, component) if fallen else account_before(key, component)
        self.add(AS_STATED if key == AS_STATED else account, amount, key, component)

    def settle(self, payer, lines):
        """It pays these lines and no others: a payment out of credit, a waiver of the lender's at its own cost."""
        before, now = self.paid.get(payer, {}), dict(lines)
        for key, component in {**before, **now}:
            more = now.get((key, component), NOTHING) - before.get((key, component), NOTHING)
            self.claim(key, component, -more)
            self.add(*((CREDIT, more) if payer[0] == "payment" else (WAIVED, more, "", component)))
        self.paid[payer] = now

    def settle_all(self, data):
        """Each payment as it is told now: `allocations` are all there are, `moved` those of which that has changed."""
        for told in data.get("allocations") or data.get("moved") or ():
            self.settle(payer_of(told), paid_by(told, told["lines"] if "lines" in told else told["new"]))

    def fall_due(self, key, component, asked):
        """So much of it has fallen due in all: out of what was owed already, or it is income; what was paid before
        counts for it."""
        first, more = (key, component) not in self.asked, asked - self.asked.get((key, component), NOTHING)
        owed = more if component == "principal" else NOTHING
        before, base = account_before(key, component), ""
        if key.startswith("plan:"):
            base, owed = key, self.row(key).get(component, NOTHING) if first else NOTHING
        self.asked[key, component] = asked
        self.add(due_account(key, component), more, key, component)
        self.add(before, -owed, base, component)
        self.add(income_of(component), owed - more)
        early = self.balances[before, key, component] if first else NOTHING
        self.add(before, -early, key, component)
        self.add(due_account(key, component), early, key, component)

    def row(self, key):
        ref = key.split(":")[1]
        if ref not in self.plans:
            raise Wrong(f"{key} is of an agreement that was never told")
        if key.endswith(":waiver"):
            raise Wrong(f"{key} is owed again, and no event has told so")
        return self.plans[ref]["rows"].get(key, {})

    def accrue(self, key, component):
        """What was paid or taken in of what grows with the days had grown by then."""
        accounts = due_account(key, component), account_before(key, component)
        more = -sum(self.balances[account, key, component] for account in accounts)
        if component != "principal" and more > 0:
            owed = self.row(key).get(component, NOTHING) if key.startswith("plan:") else NOTHING
            self.fall_due(key, component, self.asked.get((key, component), owed) + more)

    def has_given_back(self, key):
        """A row of a plan that ended beside its contract; what is told of it now waits for the plan to live again."""
        plan = self.plans.get(key.split(":")[1]) if key.startswith("plan:") else None
        return plan is not None and "ended" in plan and not plan["stays"]

    def clear(self):
        """What is left of a loan that was closed otherwise than by money."""
        start = len(self.entry)
        for (account, key, component), value in list(self.balances.items()):
            if account in CLAIMS:
                self.add(account, -value, key, component)
                self.add(SOLD, value)
        self.cleared += self.entry[start:]

    def end_of_entry(self):
        """A loan that is closed has no claims; one that is written off keeps them, with as much against them."""
        for key, component in sorted({each[1:3] for each in self.entry if each[2] == "penalty" and each[1]}):
            if not self.has_given_back(key):
                self.accrue(key, component)
        if self.sold:
            self.clear()
        against = (self.balance(CLAIMS) if self.written_off else NOTHING) + self.balance(ALLOWANCE)
        self.add(ALLOWANCE, -against)
        self.add(WRITTEN_OFF, against)


def income_of(component):
    return f"{component} income"
