"""A general ledger in small: posts the portal's feed as double entry, and holds itself against the portal's positions.

    python -m portal events --lender jq --json > events.jsonl
    python -m portal positions --lender jq --as-of 2026-06-30 --books > june.jsonl
    python examples/general_ledger.py events.jsonl june.jsonl > journal.jsonl

The standard library alone. Lines are read in the order given: events, as the command prints them or as pages of
`GET /api/v1/events`; for what comes with time alone, at a month's end or every night, `positions --books` and, where
interest that runs is wanted, `payoff --json`. An event that was read before is passed over. One entry a line comes out,
debits positive, credits negative. What does not balance, is not known or is not what the portal says ends it with 1.
"""

import json
import sys
from collections import defaultdict
from decimal import Decimal
from functools import partial
from pathlib import Path

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
        self.paid, self.money, self.in_rows = {}, {}, set()
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
        for told in data.get("final", ()):
            now_final(self, told["agreement"], amounts_of(told["vested"]))

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
        return self.plans[ref]["rows"].get(key, {})

    def accrue(self, key, component):
        """What was paid or taken in of what grows with the days had grown by then."""
        accounts = due_account(key, component), account_before(key, component)
        more = -sum(self.balances[account, key, component] for account in accounts)
        if component != "principal" and more > 0:
            owed = self.row(key).get(component, NOTHING) if key.startswith("plan:") else NOTHING
            self.fall_due(key, component, self.asked.get((key, component), owed) + more)

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
        for key, component in {each[1:3] for each in self.entry if each[2] == "penalty" and each[1]}:
            self.accrue(key, component)
        if self.sold:
            self.clear()
        against = (self.balance(CLAIMS) if self.written_off else NOTHING) + self.balance(ALLOWANCE)
        self.add(ALLOWANCE, -against)
        self.add(WRITTEN_OFF, against)


def income_of(component):
    return f"{component} income"


# What each event posts.


def added(loan, event, data):
    """The loan is paid out."""
    loan.added_on = event["business_date"]
    loan.add(NOT_DUE, Decimal(data["principal"]), "", "principal")
    loan.add(CASH, -Decimal(data["principal"]))


def changed(loan, _event, data):
    """Payments in the row wait as credit for the position's lines; what a waiver pays is told; an end clears all."""
    new = data.get("new", {})
    loan.in_rows |= {each["id"] for each in new.get("payments", ())}
    if "closed" in new:
        loan.undo(loan.cleared)
        loan.sold, loan.cleared = bool(new["closed"]), []
    if "written_off_on" in new:
        loan.written_off = bool(new["written_off_on"])
    loan.settle_all(data)


def received(loan, _event, data):
    """Cash against what it paid; the rest is the borrower's credit."""
    payer = payer_of(data)
    comes(loan, payer, Decimal(data["amount"]))
    loan.settle(payer, paid_by(data, data["allocation"]))
    loan.settle_all(data)


def comes(loan, payer, amount):
    loan.money[payer] = amount
    loan.add(CASH, amount)
    loan.add(CREDIT, -amount)


def reversed_(loan, _event, data):
    """Out of the credit that what it undid has become."""
    payer = "payment", data["reverses"]
    if payer not in loan.money:
        raise Wrong(f"{payer[1]} is taken back and never came")
    back = Decimal(data["amount"]) if "amount" in data else loan.money[payer]
    loan.money[payer] -= back
    loan.settle(payer, {line: amount for line, amount in loan.paid[payer].items() if line[0] != AS_STATED})
    refunded(loan, _event, {**data, "amount": back})


def refunded(loan, _event, data):
    loan.settle_all(data)
    loan.add(CREDIT, Decimal(data["amount"]))
    loan.add(CASH, -Decimal(data["amount"]))


def signed(loan, event, data):
    """What it takes in leaves its dues and becomes the plan's rows and the waiver; one before gives way first."""
    loan.settle_all(data)
    start, asked = len(loan.entry), dict(loan.asked)
    if replaced := data["replaces"]:
        end_plan(loan, replaced["agreement"], amounts_of(replaced["vested"]), amounts_of(replaced["claw_back"]))
    ref, offer = data["agreement"], data["offer"]
    rows = {f"plan:{ref}:{row['no']}": owed_already(row) for row in data["schedule"]} if data["taken_in"] else {}
    taken = taken_of(data["taken_in"])
    stays = offer["covers"] != "overdue" and offer["kind"] != "settlement"
    plan = {"rows": rows, "taken": taken, "waived": amounts_of(data["waived"]), "stays": stays, "counted": {}}
    plan["pause"] = offer["kind"] == "pause"
    loan.plans[ref] = plan
    loan.agreed[event["proposal"]] = ref
    for key, component, amount in taken:
        loan.claim(key, component, -amount)
    for key, owed in rows.items():
        for component, amount in owed.items():
            loan.add(PLAN_NOT_DUE, amount, key, component)
    for component in COMPONENTS if taken else ():
        loan.add(CONTINGENT, plan["waived"].get(component, NOTHING), ref, component)
        loan.add(NOT_CHARGED, not_charged(plan, component), ref, component)
    recount(loan, ref, data)
    plan["begun"] = loan.entry[start:], changed_between(asked, loan.asked)


def not_charged(plan, component):
    """What a plan that broke would cost beyond the contract is in no plan after it."""
    asked = sum((row.get(component, NOTHING) for row in plan["rows"].values()), NOTHING)
    taken = sum((amount for _, name, amount in plan["taken"] if name == component), NOTHING)
    return taken - asked - plan["waived"].get(component, NOTHING)


def taken_of(told):
    return [(line["due"], name, amount) for line in told for name, amount in amounts_of(line).items()]


def owed_already(row):
    """A row of a plan without the interest that the plan itself asks for, which is none until the row falls due."""
    owed = defaultdict(Decimal, amounts_of(row["components"]))
    owed["interest"] -= Decimal(row["plan_interest"])
    return owed


def end_plan(loan, ref, vested, claw_back):
    """What was waived and is not final is owed again. A plan beside the contract gives back, and asks for no interest
    of its own that was not paid; one in the contract's place stays."""
    plan, start, asked = loan.plans[ref], len(loan.entry), dict(loan.asked)
    if plan["stays"]:
        for component, amount in claw_back.items():
            loan.asked[f"plan:{ref}:waiver", component] = amount
            loan.claim(f"plan:{ref}:waiver", component, amount)
            loan.add(CONTINGENT, -amount, ref, component)
        let_go(loan, ref, vested)
    else:
        for (account, key, component), value in list(loan.balances.items()):
            if key.startswith(f"plan:{ref}:") or (account in (COUNTED, NOT_CHARGED) and key == ref):
                loan.add(account, -value, key, component)
        for key, component in [each for each in loan.asked if each[0].startswith(f"plan:{ref}:")]:
            more = loan.asked.pop((key, component)) - plan["rows"][key].get(component, NOTHING)
            loan.add(income_of(component), more)
        for component, amount in plan["waived"].items():
            loan.add(CONTINGENT, -amount, ref, component)
        for key, component, amount in plan["taken"]:
            loan.claim(key, component, amount)
        waive(loan, ref, vested, 1)
    plan["vested"] = vested
    plan["ended"] = loan.entry[start:], changed_between(asked, loan.asked)


def changed_between(before, after):
    return {key: (before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)}


def waive(loan, ref, final, sign):
    """So much of what it took in is waived for good, the oldest first."""
    left = defaultdict(Decimal, final)
    for key, component, amount in loan.plans[ref]["taken"]:
        part = min(amount, left[component])
        left[component] -= part
        loan.claim(key, component, -sign * part)
        loan.add(WAIVED, sign * part, ref, component)


def now_final(loan, ref, final):
    """What was told late made a plan that had ended better kept than it was, or worse."""
    plan = loan.plans[ref]
    if "ended" not in plan:
        return
    lines, asked = plan["ended"]
    start = len(loan.entry)
    if not plan["stays"]:
        waive(loan, ref, plan["vested"], -1)
        waive(loan, ref, final, 1)
    else:
        for component in {*final, *plan["vested"]}:
            more = final.get(component, NOTHING) - plan["vested"].get(component, NOTHING)
            key = f"plan:{ref}:waiver", component
            loan.asked[key] = loan.asked.get(key, NOTHING) - more
            loan.claim(*key, -more)
            loan.add(WAIVED, more, ref, component)
    plan["vested"], plan["ended"] = final, (lines + loan.entry[start:], asked)


def let_go(loan, ref, final):
    for component, amount in final.items():
        loan.add(CONTINGENT, -amount, ref, component)
        loan.add(WAIVED, amount, ref, component)


def undone(loan, event, data, what):
    """As if that had never been posted; then each payment pays what it is told to pay."""
    ref = loan.agreed[event["proposal"]]
    plan = loan.plans[ref]
    for payer, paid in list(loan.paid.items()):
        loan.settle(payer, {line: amount for line, amount in paid.items() if not line[0].startswith(f"plan:{ref}:")})
    for lines, asked in [plan.pop(what)] if what in plan else []:
        loan.undo(lines)
        for key, (before, after) in asked.items():
            loan.asked[key] = loan.asked.get(key, NOTHING) + (before or NOTHING) - (after or NOTHING)
            if before is None and not loan.asked[key]:
                del loan.asked[key]
    recount(loan, ref, data)
    loan.settle_all(data)


def broken(loan, event, data):
    loan.settle_all(data)
    recount(loan, loan.agreed[event["proposal"]], data)
    end_plan(loan, loan.agreed[event["proposal"]], amounts_of(data["vested"]), amounts_of(data["claw_back"]))


def completed(loan, event, data):
    """What was waived is final; a pause gives back."""
    loan.settle_all(data)
    recount(loan, loan.agreed[event["proposal"]], data)
    ref, start = loan.agreed[event["proposal"]], len(loan.entry)
    plan = loan.plans[ref]
    if plan["pause"]:
        return end_plan(loan, ref, {}, {})
    let_go(loan, ref, plan["waived"])
    plan["final"] = loan.entry[start:], {}


def differs(loan, _event, data):
    recount(loan, data["agreement"], data)


def recount(loan, ref, data):
    """Less was owed than was signed: so much less was taken in, and as much counts as paid on the plan's first rows, in
    their order of components. Where that is another than the money's the difference stands apart until the plan ends."""
    if "took" not in data:
        return
    plan, took, counted = loan.plans[ref], taken_of(data["took"]), lines_of(data["counted"])
    returned = [(key, component, amount) for key, component, amount in plan["taken"]]
    returned += [(key, component, -amount) for key, component, amount in took]
    returned += [(*line, amount) for line, amount in plan["counted"].items()]
    returned += [(*line, -amount) for line, amount in counted.items()]
    for key, component, amount in returned:
        loan.claim(key, component, amount)
        loan.add(COUNTED, -amount, ref, component)
    plan |= {"taken": took, "counted": counted}
    for key, component in {each[:2] for each in returned}:
        loan.accrue(key, component)


RULES = {
    "agreement.booking_failed": partial(undone, what="begun"),
    "agreement.signed": signed,
    "loan.added": added,
    "loan.changed": changed,
    "payment.received": received,
    "payment.refunded": refunded,
    "payment.reversed": reversed_,
    "plan.broken": broken,
    "plan.completed": completed,
    "plan.differs": differs,
    "plan.reinstated": partial(undone, what="ended"),
    "plan.reopened": partial(undone, what="final"),
}
NO_POSTING = (
    *("borrower.", "complaint.", "consent.", "contact.", "dispute.", "erasure.", "invitation.", "key.", "lender."),
    *("payment.asked_about", "payment.confirmed", "payment.not_found", "payment.report", "personal.", "policy."),
    *("plan.activated", "plan.cured", "plan.ended", "plan.installment_", "plan.paused", "plan.resumed"),
    *("plan.strained", "plan.superseded", "portfolio.", "proposal.", "staff.", "statement.", "waiver."),
)
"""How types begin that never are a posting: what is said, asked and decided, and what repeats a posting of its own."""


# What comes with time alone.


def accrued(loan, told):
    """At the end of a day: what has fallen due, penalty too, and what credit has paid since. All else was an event."""
    books, asked = told["books"], defaultdict(Decimal)
    for due in books["dues"]:
        asked[due["due"], due["component"]] += Decimal(due["asked"])
    known = {each[:2] for plan in loan.plans.values() for each in (*plan["taken"], *plan["counted"])}
    for key in {*asked, *(loan.asked.keys() - known)}:
        loan.fall_due(*key, asked[key])
    payers = {payer_of(each): paid_by(each, each["lines"]) for each in books["allocations"]}
    for payer in loan.paid.keys() - payers.keys():
        raise Wrong(f"{payer[1]} was told, and the portal has no such {payer[0]}")
    for payer, lines in payers.items():
        if payer not in loan.paid:
            opens(loan, payer, told)
        lost = [key for key, amount in loan.paid[payer].items() if key[0] != AS_STATED and lines[key] < amount]
        if lost:
            raise Wrong(f"{payer[1]} no longer pays {lost}, and no event has told so")
        loan.settle(payer, lines)
    for component, amount in ((name, Decimal(books["not_charged"][name])) for name in COMPONENTS):
        more = amount - loan.balances[NOT_CHARGED, "", component]
        loan.add(NOT_CHARGED, more, "", component)
        loan.add(NOT_ASKED, -more, "", component)


def opens(loan, payer, told):
    """What came before the feed knew the loan, or in a row of the portfolio."""
    for each in told["payments"] if payer[0] == "payment" else ():
        if each["id"] == payer[1] and (each["received_on"] <= loan.added_on or payer[1] in loan.in_rows):
            back = Decimal(each.get("taken_back", 0)) + Decimal(each.get("refunded", 0))
            comes(loan, payer, Decimal(each["amount"]) - back)
            loan.paid[payer] = {}
            return
    raise Wrong(f"{payer[1]} was recorded, and no event has told so")


def compare(loan, told):
    """What is overdue by component, the principal left and the credit are the portal's."""
    books, said, found = told["books"], {}, {}
    disputed = [(each["due"], each["component"]) for each in books["dues"] if each.get("disputed")]
    for name in COMPONENTS:
        stands = [key for key in disputed if key[1] == name]
        frozen = sum((loan.balances[due_account(*key), *key] for key in stands), NOTHING)
        found[name] = max(loan.balance(DUE, name) - frozen - Decimal(books["not_charged"][name]), NOTHING)
        said[name] = Decimal(told["overdue"][name])
    found |= {
        "outstanding_principal": principal_left(loan, told),
        "credit": -loan.balance(CREDIT),
    }
    said |= {name: Decimal(told[name]) for name in ("outstanding_principal", "credit")}
    differing = [f"{name}: {found[name]} here, {said[name]} there" for name in said if found[name] != said[name]]
    if differing:
        raise Wrong("; ".join(differing))


def principal_left(loan, told):
    """With what plans let go of it, as the portal has it until the loan is closed."""
    let_go = (CONTINGENT, WAIVED, NOT_CHARGED) if not told["closed_on"] else ()
    of_plans = (value for (account, key, name), value in loan.balances.items() if key and (account, name) in of(let_go))
    return max(loan.balance(PRINCIPAL, "principal") + sum(of_plans, NOTHING), NOTHING)


def of(accounts):
    return {(account, "principal") for account in accounts}


def run_on(loan, told):
    """Interest and fees that have run and are not due: accrued, anew each time. Then what pays everything is known."""
    ran = NOTHING
    for line in told["lines"]:
        key = line["due"], line["component"]
        if key[1] != "principal" and key not in loan.asked:
            ran += Decimal(line["amount"]) - max(loan.balances[account_before(*key), *key], NOTHING)
    more = ran - loan.balance(RUNNING)
    loan.add(RUNNING, more)
    loan.add("interest income", -more)
    paid_early = (
        value for (account, _, name), value in loan.balances.items() if (account, name) == (PLAN_NOT_DUE, "interest")
    )
    owed = -sum((value for value in paid_early if value < 0), NOTHING)
    owed += loan.balance((*DUE, NOT_DUE, PLAN_NOT_DUE, RUNNING, CREDIT, NOT_ASKED))
    if max(owed, NOTHING) != Decimal(told["payoff"]):
        raise Wrong(f"{owed} would pay everything here, {told['payoff']} there")


class Ledger:
    """`journal` are its entries, in the order in which they were posted."""

    def __init__(self):
        self.loans, self.journal, self.seen = {}, [], set()

    def read(self, told):
        for event in told.get("events", [told] if "type" in told else ()):
            if event["id"] not in self.seen:
                self.seen.add(event["id"])
                self.post_event(event)
        if "books" in told:
            self.post(told["loan_no"], told["as_of"], "positions", accrued, told)
            compare(self.loans[told["loan_no"]], told)
        elif "payoff" in told and "lines" in told:
            self.post(told["loan_no"], told["as_of"], "payoff", run_on, told)

    def post_event(self, event):
        rule = RULES.get(event["type"])
        if rule is not None:
            what = f"{event['type']} {event['id']}"
            self.post(event["loan_no"], event["business_date"], what, rule, event, event["data"])
        elif not event["type"].startswith(NO_POSTING):
            raise Wrong(f"{event['type']} {event['id']}: not known whether it is a posting")

    def post(self, number, day, what, rule, *told):
        loan = self.loans.setdefault(number, Loan(number))
        loan.entry = []
        try:
            rule(loan, *told)
            loan.end_of_entry()
            if sum((amount for *_, amount in loan.entry), NOTHING):
                raise Wrong("debits and credits differ")
        except Wrong as wrong:
            raise Wrong(f"{number}, {day}, {what}: {wrong}") from wrong
        if loan.entry:
            self.journal.append({"loan_no": number, "on": day, "from": what, "lines": summed(loan.entry)})


def summed(entry):
    found = defaultdict(Decimal)
    for account, key, component, amount in entry:
        found[account, key, component] += amount
    return [
        {"account": account, "due": key, "component": component, "amount": str(amount)}
        for (account, key, component), amount in found.items()
        if amount
    ]


def main():
    ledger = Ledger()
    try:
        for name in sys.argv[1:]:
            for line in Path(name).read_text(encoding="utf-8").splitlines():
                ledger.read(json.loads(line))
    except Wrong as wrong:
        sys.exit(str(wrong))
    finally:
        for entry in ledger.journal:
            print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
