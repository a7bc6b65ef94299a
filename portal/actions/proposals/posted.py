"""What an agreement that is signed, or not booked, changes in the books: told with it, for a general ledger."""

from dataclasses import replace
from datetime import date

from portal.domain.ledger.books_facts import allocation_facts, counted_facts
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.plan_codec import money_of
from portal.reads.cases import Case
from portal.reads.loans import load_loans


async def signed_facts(case: Case, agreement: str, today: date) -> dict[str, object]:
    """Once it is sealed: what each payment pays by it, and which plan it ends, with what of that one's waiver is final.

    An agreement holds from the end of the day its figures are of, booked or not.
    """
    loan, _ = (await load_loans([case.id]))[case.id]
    now = position(loan, today)
    return {
        **allocation_facts(now),
        **counted_facts(now, agreement),
        "replaces": _replaced(position(case.loan, today), now),
    }


def refused_facts(case: Case, agreement: str | None, today: date) -> dict[str, object]:
    """What each payment pays without it."""
    refused = tuple(
        replace(each, refused=True, answered_on=today) if each.ref == agreement else each
        for each in case.loan.agreements
    )
    return allocation_facts(position(replace(case.loan, agreements=refused), today))


def _replaced(before: Position, now: Position) -> dict[str, object] | None:
    last = before.live_plan
    if last is None:
        return None
    ended = next(each for each in now.plans if each.agreement.ref == last.agreement.ref)
    if ended.status is not PlanStatus.SUPERSEDED:
        return None
    currency = now.currency
    back = ended.plan.waived - ended.vested
    return {
        "agreement": ended.agreement.ref,
        "vested": money_of(ended.vested, currency),
        "claw_back": money_of(back, currency),
    }
