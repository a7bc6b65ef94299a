"""What follows where the lender's statement and the position part, or agree again: it is told, with both figures.

Where they part by more than the policy tolerates, penalty stands still meanwhile if the policy says so.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.actions.journal import Journal, loan_stream
from portal.actions.parties import in_batches
from portal.actions.suspensions import resume_accrual, suspend_accrual
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Loan, Statement
from portal.domain.event import Actor, NewEvent
from portal.domain.ledger.dated import BOOKS_DIFFER
from portal.domain.ledger.position import on_statement_day
from portal.domain.ledger.reconciliation import Difference, differing, total_difference
from portal.domain.restructuring.plan_codec import money_of
from portal.domain.restructuring.policy import Policy
from portal.reads.cases import LenderFacts
from portal.reads.policy import policy as read_policy
from portal.tables import models as tables

_BOOKS = Actor("lender", "books")
STANDS_STILL = ("penalty",)


async def compare_books(log: Journal, lender: LenderFacts, loans: Mapping[int, tuple[Loan | None, Loan]]) -> None:
    """Of each loan by id as it was and as it is: told where either figure of its statement is another than it was.

    Penalty stands still from the statement's day until both say the same, where the policy says so. An earlier stop is
    ended as soon as the two agree within the tolerance, whatever the policy says by then.
    """
    stated = {loan_id: both for loan_id, both in loans.items() if both[1].statement is not None}
    if not stated:
        return
    of_lender, open_now = await read_policy(lender.id, lender.currency), await _open(list(stated))
    parted: dict[int, date | None] = {}
    for loan_id, (before, loan) in stated.items():
        policy = of_lender.judging(loan.currency)
        now = _figures(loan)
        assert now is not None
        parted[loan_id] = _parts(now, policy)
        stood_still, stands_still = await _stand(log, loan_id, now, policy, open_now[loan_id])
        if stood_still != stands_still or _is_news(before, now):
            facts = _facts(now, loan.currency, policy, stood_still, stands_still)
            happening = NewEvent("statement.differs" if now.differ else "statement.agrees", _BOOKS, facts)
            await log.write(loan_stream(loan_id), happening, loan_no=loan.loan_no)
    await _keep_parted(parted)


async def sum_up_books(lender: LenderFacts, loans: Mapping[int, Loan]) -> None:
    """Writes of loans, by id, whether their books differ, where that was not written when they were compared."""
    of_lender = await read_policy(lender.id, lender.currency)
    figures = {loan_id: _figures(loan) for loan_id, loan in loans.items()}
    judging = {loan_id: of_lender.judging(loan.currency) for loan_id, loan in loans.items()}
    await _keep_parted({loan_id: _parts(now, judging[loan_id]) if now else None for loan_id, now in figures.items()})


def _parts(now: "_Figures", policy: Policy) -> date | None:
    """The day of a statement that parts from the position by more than the policy tolerates."""
    return now.statement.as_of if total_difference(now.differ) > policy.tolerance else None


async def _keep_parted(parted: Mapping[int, date | None]) -> None:
    for day in {*parted.values()}:
        ids = [loan_id for loan_id, each in parted.items() if each == day]
        await tables.LoanRow.filter(id__in=ids).update(books_differ_on=day, books_summed_up=True, books_cause=None)


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the lender's books have overdue on a day, and what is so by the facts known here."""

    statement: Statement
    computed: Amounts

    @property
    def differ(self) -> tuple[Difference, ...]:
        return differing(self.statement.overdue, self.computed)


def _figures(loan: Loan) -> _Figures | None:
    stated = loan.statement
    return _Figures(stated, on_statement_day(loan, stated.as_of)) if stated else None


def _is_news(before: Loan | None, now: _Figures) -> bool:
    return before is None or before.statement != now.statement or _figures(before) != now


def _facts(
    now: _Figures, currency: str, policy: Policy, stood_still: Sequence[str], stands_still: Sequence[str]
) -> dict[str, object]:
    """`components` are those that stand still because of it or, where both agree, grow again."""
    differ = now.differ
    facts: dict[str, object] = {
        "as_of": now.statement.as_of.isoformat(),
        "currency": currency,
        "stated": money_of(now.statement.overdue, currency),
        "computed": money_of(now.computed, currency),
        "components": list(stands_still if differ else stood_still),
    }
    if differ:
        facts["differs"] = [each.component for each in differ]
        facts["tolerated"] = total_difference(differ) <= policy.tolerance
    return facts


async def _stand(
    log: Journal, loan_id: int, now: _Figures, policy: Policy, ref: str
) -> tuple[Sequence[str], Sequence[str]]:
    """What stood still of a loan before and what does now."""
    differs = total_difference(now.differ) > policy.tolerance
    if ref and not differs:
        return await resume_accrual(log, loan_id, ref), ()
    if ref or not (differs and policy.penalty_stops_when_books_differ):
        return (STANDS_STILL, STANDS_STILL) if ref else ((), ())
    as_of = now.statement.as_of
    new = f"books:{loan_id}:{as_of:%Y%m%d}"
    if await tables.SuspensionRow.exists(ref=new, starts=True):
        return (), ()
    await suspend_accrual(log, loan_id, new, STANDS_STILL, as_of, BOOKS_DIFFER)
    return (), STANDS_STILL


async def _open(loan_ids: Sequence[int]) -> defaultdict[int, str]:
    """The ref of what stands still of each loan; "" where nothing does."""
    found: defaultdict[int, str] = defaultdict(str)
    for row in await in_batches(tables.SuspensionRow, loan_ids, "loan_id", reason=BOOKS_DIFFER):
        found[row.loan_id] = row.ref if row.starts else ""
    return found
