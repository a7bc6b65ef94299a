"""What follows where the lender's statement and the position part by more than its policy tolerates."""

from collections import defaultdict
from collections.abc import Sequence

from portal.actions.journal import Journal, loan_stream
from portal.actions.suspensions import resume_accrual, suspend_accrual
from portal.domain.contract.loan import Loan
from portal.domain.event import Actor, NewEvent
from portal.domain.ledger.dated import BOOKS_DIFFER
from portal.domain.ledger.reconciliation import Difference, differences_of, total_difference
from portal.domain.restructuring.plan_codec import money_of
from portal.reads.cases import LenderFacts
from portal.reads.loans import load_loans
from portal.reads.policy import policy as read_policy
from portal.tables import models as tables

_BOOKS = Actor("clock", "books")
STANDS_STILL = ("penalty",)


async def sync_accrual(log: Journal, lender: LenderFacts, loan_ids: Sequence[int]) -> None:
    """Penalty stands still from the statement's day until both say the same, where the policy says so.

    An earlier stop is ended as soon as the two agree within the tolerance, whatever the policy says by then.
    """
    policy = await read_policy(lender.id, lender.currency)
    open_now = await _open(loan_ids)
    stops = policy.penalty_stops_when_books_differ
    for loan_id, (loan, _) in (await load_loans(list(loan_ids) if stops else list(open_now))).items():
        found = differences_of(loan)
        differs = total_difference(found) > policy.tolerance
        if differs and stops and not open_now[loan_id]:
            await _stop(log, loan_id, loan, found)
        elif open_now[loan_id] and not differs:
            await _go_on(log, loan_id, loan, open_now[loan_id])


async def _open(loan_ids: Sequence[int]) -> defaultdict[int, str]:
    """The ref of what stands still of each loan; "" where nothing does."""
    rows = await tables.SuspensionRow.filter(loan_id__in=list(loan_ids), reason=BOOKS_DIFFER).order_by("id")
    found: defaultdict[int, str] = defaultdict(str)
    for row in rows:
        found[row.loan_id] = row.ref if row.starts else ""  # type: ignore[attr-defined]
    return found


async def _stop(log: Journal, loan_id: int, loan: Loan, found: Sequence[Difference]) -> None:
    assert loan.statement is not None
    as_of = loan.statement.as_of
    ref = f"books:{loan_id}:{as_of:%Y%m%d}"
    if await tables.SuspensionRow.exists(ref=ref, starts=True):
        return
    await suspend_accrual(log, loan_id, ref, STANDS_STILL, as_of, BOOKS_DIFFER)
    facts: dict[str, object] = {
        "as_of": as_of.isoformat(),
        "currency": loan.currency,
        "components": list(STANDS_STILL),
        "stated": money_of(loan.statement.overdue, loan.currency),
        "differs": [each.component for each in found],
    }
    await log.write(loan_stream(loan_id), NewEvent("statement.differs", _BOOKS, facts), loan_no=loan.loan_no)


async def _go_on(log: Journal, loan_id: int, loan: Loan, ref: str) -> None:
    assert loan.statement is not None
    components = await resume_accrual(log, loan_id, ref)
    facts: dict[str, object] = {"as_of": loan.statement.as_of.isoformat(), "components": components}
    await log.write(loan_stream(loan_id), NewEvent("statement.agrees", _BOOKS, facts), loan_no=loan.loan_no)
