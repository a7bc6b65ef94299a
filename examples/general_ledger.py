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

from loan_accounts import (
    AS_STATED,
    COMPONENTS,
    CONTINGENT,
    COUNTED,
    CREDIT,
    DUE,
    NOT_ASKED,
    NOT_CHARGED,
    NOT_DUE,
    NOTHING,
    PLAN_NOT_DUE,
    PRINCIPAL,
    RUNNING,
    WAIVED,
    Loan,
    Wrong,
    account_before,
    due_account,
    paid_by,
    payer_of,
)
from postings import (
    added,
    broken,
    changed,
    comes,
    completed,
    corrected,
    differs,
    received,
    refunded,
    reversed_,
    signed,
    undone,
)

RULES = {
    "agreement.booking_failed": partial(undone, what="begun"),
    "agreement.signed": signed,
    "loan.added": added,
    "loan.changed": changed,
    "payment.corrected": corrected,
    "payment.received": received,
    "payment.refunded": refunded,
    "payment.reversed": reversed_,
    "payment.withdrawn": corrected,
    "plan.broken": broken,
    "plan.completed": completed,
    "plan.differs": differs,
    "plan.reinstated": partial(undone, what="ended"),
    "plan.reopened": partial(undone, what="final"),
}
NO_POSTING = (
    *(
        "borrower.",
        "charge.",
        "complaint.",
        "consent.",
        "contact.",
        "credit.",
        "dispute.",
        "erasure.",
        "feed.",
        "invitation.",
        "key.",
        "lender.",
    ),
    *("payment.asked_about", "payment.confirmed", "payment.not_found", "payment.report", "personal.", "policy."),
    *("plan.activated", "plan.cured", "plan.ended", "plan.installment_", "plan.paused", "plan.resumed"),
    *(
        "plan.strained",
        "plan.superseded",
        "plan.varied",
        "portfolio.",
        "proposal.",
        "staff.",
        "statement.",
        "visit.",
        "waiver.",
        "webhook.",
    ),
)
"""How types begin that never are a posting: what is said, asked and decided, and what repeats a posting of its own."""

# What comes with time alone.


def accrued(loan, told):
    """At the end of a day: what has fallen due, penalty too, and what credit has paid since. All else was an event."""
    books, asked = told["books"], defaultdict(Decimal)
    for due in books["dues"]:
        asked[due["due"], due["component"]] += Decimal(due["asked"])
    known = {each[:2] for plan in loan.plans.values() for each in (*plan["taken"], *plan["counted"])}
    for key in sorted({*asked, *(loan.asked.keys() - known)}):
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
    not_charged_now(loan, books["not_charged"])


def not_charged_now(loan, told):
    """What a plan that broke would cost beyond the contract stands against the claims."""
    for component, amount in ((name, Decimal(told[name])) for name in COMPONENTS):
        more = amount - loan.balances[NOT_CHARGED, "", component]
        loan.add(NOT_CHARGED, more, "", component)
        loan.add(NOT_ASKED, -more, "", component)


def opens(loan, payer, told):
    """What came before the feed knew the loan: its first row told it."""
    for each in told["payments"] if payer[0] == "payment" else ():
        if each["id"] == payer[1] and each["received_on"] <= loan.added_on:
            back = Decimal(each.get("taken_back", 0)) + Decimal(each.get("refunded", 0))
            comes(loan, payer, Decimal(each["amount"]) - back)
            loan.paid[payer] = {}
            return
    raise Wrong(f"{payer[1]} was recorded, and no event has told so")


def compare(loan, told):
    """What is overdue by component, the principal left and the credit are the portal's."""
    books, said, found = told["books"], {}, {}
    aside = {(each["due"], each["component"]) for each in books["dues"] if "disputed" in each or "paused" in each}
    for name in COMPONENTS:
        stands = [key for key in aside if key[1] == name]
        frozen = sum((loan.balances[due_account(*key), *key] for key in stands), NOTHING)
        found[name] = max(loan.balance(DUE, name) - frozen - Decimal(books["not_charged"][name]), NOTHING)
        said[name] = Decimal(told["overdue"][name])
    found |= {
        "outstanding_principal": principal_left(loan, told),
        "credit": -loan.balance(CREDIT),
    }
    said |= {name: Decimal(told[name]) for name in ("outstanding_principal", "credit")}
    if (plan := told["plan"]) and plan["status"] not in ("active", "strained"):
        found["waiver that may come back"] = loan.balances[CONTINGENT, plan["ref"], "penalty"]
        said["waiver that may come back"] = NOTHING
    if Decimal(told["overlooked"]) == sum(found[name] for name in COMPONENTS):
        said |= {name: found[name] for name in COMPONENTS}
    differing = [f"{name}: {found[name]} here, {said[name]} there" for name in said if found[name] != said[name]]
    if differing:
        raise Wrong("; ".join(differing))


def principal_left(loan, told):
    """With what plans let go of it, as the portal has it until the loan is closed."""
    let_go = (CONTINGENT, WAIVED, NOT_CHARGED) if not told["closed_on"] else ()
    of_plans = (
        value
        for (account, key, name), value in loan.balances.items()
        if key and account in let_go and name == "principal"
    )
    counted = loan.balance(COUNTED, "principal") if told["closed_on"] else NOTHING
    return max(loan.balance(PRINCIPAL, "principal") - counted + sum(of_plans, NOTHING), NOTHING)


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
        except KeyError as missing:
            raise Wrong(f"{number}, {day}, {what}: {missing} was never told") from missing
        if lines := summed(loan.entry):
            self.journal.append({"loan_no": number, "on": day, "from": what, "lines": lines})


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
