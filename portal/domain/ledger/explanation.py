"""How a figure came about: what went into an installment, and what another day adds, told from the same ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.annual_cost import formula
from portal.domain.contract.calendar import YEAR_DAYS, add_months
from portal.domain.contract.loan import Installment, Loan
from portal.domain.contract.schedule import Method
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import InstallmentPosition, Position, position
from portal.domain.ledger.progress import InstallmentProgress
from portal.domain.ledger.upcoming import UPCOMING_DAYS, NextDue
from portal.domain.money import rounded
from portal.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class InterestWorking:
    """`base` (minor units) x the contract's rate x `days` / `year`, rounded once, is an installment's interest."""

    base: int
    days: int
    year: int


def interest_workings(loan: Loan) -> Mapping[int, InterestWorking]:
    """By number of the installment; left out where base, rate and days do not give the interest to the minor unit.

    That is so for a list that the lender worked out otherwise, for interest put off, and where a year's end is
    crossed under actual/actual.
    """
    try:
        generated = formula(loan.terms, loan.principal, loan.disbursed_on)
    except Refusal:
        return {}
    found, left = {}, loan.principal
    for row, made in zip(loan.schedule, generated.rows, strict=False):
        base = loan.principal if loan.terms.method is Method.FLAT else left
        for year in _years(loan):
            interest = rounded(base * loan.terms.annual_rate * made.days / year, loan.terms.rounding)
            if row.interest and interest == row.interest:
                found[row.no] = InterestWorking(base, made.days, year)
                break
        left -= row.principal
    return found


def installments_on(loan: Loan, day: date) -> Sequence[Installment | InstallmentPosition]:
    """The contract's rows by their dates at the end of a day: a pause moves them."""
    if not any(each.all_pauses for each in loan.agreements):
        return loan.schedule
    return position(loan, day).installments


def growth(now: Position, days: int = 1) -> int:
    """Minor units of penalty that so many more days add to a position if nothing is paid.

    What falls due until then counts from its own date.
    """
    return now.penalty_by(now.as_of + timedelta(days=days)) - now.penalty_charged


@dataclass(frozen=True, slots=True)
class PlanAhead:
    """What a plan that lives asks next, and the days L and B that follow if nothing more is paid."""

    row: InstallmentProgress
    cure_by: date | None
    breaks_on: date | None

    @property
    def checked_until(self) -> date | None:
        return self.breaks_on - timedelta(days=1) if self.breaks_on else None


@dataclass(frozen=True, slots=True)
class PauseAhead:
    """A pause that lasts: on `asks_again_on` so much is overdue if nothing is paid until then, minor units.

    `dues` fall due from today until 30 days after that, those of the pause itself left out.
    """

    until: date
    asks_again_on: date
    overdue: int
    dues: tuple[NextDue, ...]


def pause_ahead(now: Position) -> PauseAhead | None:
    plan = now.live_plan
    if plan is None or plan.agreement.kind is not OfferKind.PAUSE:
        return None
    until, after = plan.last_due_on, plan.last_due_on + timedelta(days=1)
    own = {row.key for row in plan.rows}
    last = after + timedelta(days=UPCOMING_DAYS)
    dues = tuple(due for due in now.next_dues if due.key not in own and due.due_on <= last)
    return PauseAhead(until, after, position(now.loan, after).overdue.total, dues)


def plan_ahead(now: Position) -> PlanAhead | None:
    """None where no plan lives or nothing of it is left. The ledger is walked on to where its next row is missed."""
    plan = now.live_plan
    if plan is None or plan.next is None or plan.agreement.kind is OfferKind.PAUSE:
        return None
    missed = position(now.loan, max(plan.next.due_on + timedelta(days=1), now.as_of)) if not plan.breaks_on else now
    then = missed.progress_of(plan.agreement.proposal) or plan
    ended_on = then.ended_on if then.status is PlanStatus.BROKEN else None
    return PlanAhead(plan.next, then.cure_by, then.breaks_on or ended_on)


def entry_removed_on(settled: date) -> date:
    """When a bad entry is deleted, if all that is overdue is paid on a day: five years later.

    Source  Regulations on the Administration of the Credit Reporting Industry (State Council, decree 631), article 16
    """
    return add_months(settled, 60)


def _years(loan: Loan) -> tuple[int, ...]:
    fixed = YEAR_DAYS.get(loan.terms.day_count)
    return (fixed,) if fixed else (365, 366)
