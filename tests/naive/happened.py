"""What a drawn life holds of the things that are rare: told before and after, by the second count."""

from collections import Counter
from datetime import date

from tests.naive.days import ONE
from tests.naive.ledger import Life, owed
from tests.naive.lives import Drawn

RARE = ("break", "reinstate", "reopen", "refused booking", "late fact before the plan", "plan on plan")
BEYOND = (
    *("fewer", "lower", "next", "by-day", "as-scheduled", "cont", "plan", "stated ahead", "above what it asks"),
    *("pays everything, and says so", "payoff that is short", "short within tolerance"),
    *("let go", "nothing to let go", "refund", "refund above the credit", "part taken back", "prepaid taken back"),
    *("plan ended", "ended with something open", "written off", "restated"),
    *("corrected", "withdrawn", "a row left short by a correction"),
    *(
        "paused: all",
        "paused: overdue",
        "paused: next",
        "the contract moved",
        "a plan moved",
        "interest ran",
        "overlooked",
    ),
)
"""`cont` and `plan`: principal of the contract, or of a whole-loan plan, was prepaid."""


def happened(life: Drawn) -> Counter[str]:
    """Once a life at most of each."""
    found: dict[str, bool] = dict.fromkeys(RARE, False)
    for plan in owed(life.loan, life.on).plans:
        found["break"] |= plan.status == "broken"
        found["refused booking"] |= plan.status == "refused"
        found["plan on plan"] |= plan.status == "superseded"
    if life.loan.agreements:
        found["late fact before the plan"] = is_late_before_a_plan(life)
        found["reinstate"] = any(turns(life, on, "broken") for on in told_late(life))
        found["reopen"] = any(turns(life, on, "completed") for on in taken_back(life))
    return Counter({what: int(is_so) for what, is_so in found.items()})


def beyond(life: Drawn) -> Counter[str]:
    """Of money beyond what is due, and of what the lender itself does; the last two as far as they come to be."""
    count = Life(life.loan, life.on)
    count.live(life.on)
    noted = set(count.book.noted)
    noted |= {"written off"} if life.loan.written_off_on and life.loan.written_off_on < life.on else set()
    told = [each.now is not None for each in life.loan.corrections]
    noted |= {"corrected"} if any(told) else set()
    noted |= {"withdrawn"} if not all(told) else set()
    short = [row.left_short for deal in count.deals for row in deal.rows if row.left_short]
    noted |= {"a row left short by a correction"} if short else set()
    noted |= {"restated"} if life.loan.restated_on and noted & {"cont"} else set()
    return Counter(noted)


def is_late_before_a_plan(life: Drawn) -> bool:
    return any(
        payment.received_on <= agreement.plan.as_of and agreement.signed_on < life.told_on[payment.id] <= life.on
        for payment in life.loan.payments
        for agreement in life.loan.agreements
        if not agreement.refused
    )


def told_late(life: Drawn) -> set[date]:
    first = min(agreement.plan.rows[0].due_on for agreement in life.loan.agreements)
    late = {p.id: life.told_on[p.id] for p in life.loan.payments if p.received_on < life.told_on[p.id]}
    return {on for on in late.values() if first < on <= life.on}


def taken_back(life: Drawn) -> set[date]:
    return {
        payment.received_on for payment in life.loan.payments if payment.reverses and payment.received_on <= life.on
    }


def turns(life: Drawn, on: date, status: str) -> bool:
    """Whether a plan that had this status by what was told before the day is alive again by what was told on it."""
    before = owed(life.known(on, on - ONE), on)
    after = {plan.ref: plan.status for plan in owed(life.known(on, on), on).plans}
    return any(plan.status == status and after[plan.ref] not in (status, "superseded") for plan in before.plans)
