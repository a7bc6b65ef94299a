"""How a plan fares: what was received covers its payments, the oldest first; everything else follows from that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from portal.domain.contract.agreement import CureTerms, OfferKind, Pause
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.plan import Plan, PlanRow
from portal.domain.money import COMPONENTS, Rounding, divide

Receipt = tuple[date, int]
"""The business day money came and minor units of it; what was taken back is left out."""


class InstallmentStatus(StrEnum):
    """How one payment of a plan stands."""

    TO_COME = "to_come"
    PART_PAID = "part_paid"
    PAID = "paid"
    MISSED = "missed"
    CURED = "cured"


class PlanStatus(StrEnum):
    KEPT = "kept"
    STRAINED = "strained"
    BROKEN = "broken"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class InstallmentProgress:
    """One payment of the plan: the day it is due, pauses counted in, and what has come of it, in minor units."""

    row: PlanRow
    due_on: date
    received: int
    settled_on: date | None
    status: InstallmentStatus

    @property
    def left(self) -> int:
        return self.row.total - self.received


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """`cure_by` is the last day to catch up while strained, `ended_on` the day a plan broke or was completed."""

    rows: tuple[InstallmentProgress, ...]
    status: PlanStatus
    cure_by: date | None
    ended_on: date | None

    @property
    def received(self) -> int:
        return sum(row.received for row in self.rows)

    @property
    def left(self) -> int:
        return sum(row.left for row in self.rows)

    @property
    def kept(self) -> int:
        """Installments paid in time or caught up; the down payment is none."""
        return sum(1 for each in self.rows if each.row.no and each.settled_on is not None)

    @property
    def next(self) -> InstallmentProgress | None:
        return next((row for row in self.rows if row.left), None)

    @property
    def last_due_on(self) -> date:
        return self.rows[-1].due_on


def plan_progress(
    plan: Plan,
    receipts: Sequence[Receipt],
    cure_terms: CureTerms,
    as_of: date,
    pauses: Sequence[Pause] = (),
    kind: OfferKind = OfferKind.PLAN,
) -> PlanProgress:
    """How the plan stands at the end of `as_of`.

    A payment is missed when it is not whole at the end of its due date; caught up within `slips.cure_days` it is
    cured. A second miss among `slips.within` payments, or one not cured in time, breaks the plan the day after. A
    pause asks for nothing until its one day, and is over then, whatever came.

    Unit      minor units; `Receipt`s are cumulative, no fen is counted twice
    """
    dues = [_moved(row.due_on, pauses) for row in plan.rows]
    if kind == OfferKind.PAUSE:
        return _pause(plan, dues, receipts, as_of)
    settled = _settled(plan, receipts, as_of)
    broken_on = _broken_on(dues, [on for _, on in settled], cure_terms, as_of)
    if broken_on is not None:
        settled = _settled(plan, receipts, broken_on - timedelta(days=1))
    ended = broken_on or as_of
    rows = tuple(_row(*each, ended) for each in zip(plan.rows, dues, settled, strict=True))
    if broken_on is not None:
        return PlanProgress(rows, PlanStatus.BROKEN, None, broken_on)
    if all(row.settled_on for row in rows):
        return PlanProgress(rows, PlanStatus.COMPLETED, None, max(row.settled_on for row in rows if row.settled_on))
    missed = [row.due_on for row in rows if row.status is InstallmentStatus.MISSED]
    cure_by = min(missed) + timedelta(days=cure_terms.cure_days) if missed else None
    return PlanProgress(rows, PlanStatus.STRAINED if missed else PlanStatus.KEPT, cure_by, None)


def vested(waived: Amounts, kept: int, installments: int) -> Amounts:
    """The part of a waiver that is final after `kept` of so many installments.

    Rounding  what is taken back is rounded down, in the borrower's favour
    """
    rest = max(installments - kept, 0)
    return Amounts(
        **{c: waived.of(c) - divide(waived.of(c) * rest, max(installments, 1), Rounding.DOWN) for c in COMPONENTS}
    )


def _moved(due_on: date, pauses: Sequence[Pause]) -> date:
    for pause in sorted(pauses, key=lambda each: each.start):
        if due_on > pause.start:
            due_on += pause.days
    return due_on


def _settled(plan: Plan, receipts: Sequence[Receipt], until: date) -> list[tuple[int, date | None]]:
    """What has come of each payment, and the day it was whole."""
    found, asked = [], 0
    came = sorted((day, amount) for day, amount in receipts if day <= until)
    total = sum(amount for _, amount in came)
    for row in plan.rows:
        received = min(max(total - asked, 0), row.total)
        asked += row.total
        found.append((received, _reached(came, asked) if received == row.total else None))
    return found


def _reached(came: Sequence[Receipt], asked: int) -> date:
    so_far = 0
    for day, amount in came:
        so_far += amount
        if so_far >= asked:
            return day
    raise AssertionError("asked for no more than came")


def _broken_on(dues: Sequence[date], settled: Sequence[date | None], cure_terms: CureTerms, as_of: date) -> date | None:
    last_days = [due + timedelta(days=cure_terms.cure_days) for due in dues]
    missed = [n for n, due in enumerate(dues) if due < as_of and _late(settled[n], due)]
    ends = [last_days[n] for n in missed if last_days[n] < as_of and _late(settled[n], last_days[n])]
    ends += [dues[n] for m, n in pairwise(missed) if n - m < cure_terms.within]
    return min(ends) + timedelta(days=1) if ends else None


def _late(settled_on: date | None, due_on: date) -> bool:
    return settled_on is None or settled_on > due_on


def _row(row: PlanRow, due_on: date, settled: tuple[int, date | None], as_of: date) -> InstallmentProgress:
    received, on = settled
    if on is not None:
        status = InstallmentStatus.CURED if on > due_on else InstallmentStatus.PAID
    elif due_on < as_of:
        status = InstallmentStatus.MISSED
    else:
        status = InstallmentStatus.PART_PAID if received else InstallmentStatus.TO_COME
    return InstallmentProgress(row, due_on, received, on, status)


def _pause(plan: Plan, dues: Sequence[date], receipts: Sequence[Receipt], as_of: date) -> PlanProgress:
    """Nothing is asked of the borrower, so nothing can be missed."""
    settled = _settled(plan, receipts, as_of)
    rows = tuple(_row(row, due, each, min(as_of, due)) for row, due, each in zip(plan.rows, dues, settled, strict=True))
    over = dues[-1] < as_of or not any(row.left for row in rows)
    return PlanProgress(
        rows, PlanStatus.COMPLETED if over else PlanStatus.KEPT, None, min(dues[-1], as_of) if over else None
    )
