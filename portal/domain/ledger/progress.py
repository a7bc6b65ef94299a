"""What has come of an agreement: each payment of it, the last day to catch up, what is final of the waiver."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.pause import Pause
from portal.domain.contract.plan import Plan
from portal.domain.ledger.dues import Due
from portal.domain.ledger.overlooked import is_never_missed
from portal.domain.ledger.plan_account import PlanAccount, PlanStatus


class InstallmentStatus(StrEnum):
    """How one payment of a plan stands."""

    TO_COME = "to_come"
    PART_PAID = "part_paid"
    PAID = "paid"
    MISSED = "missed"
    CURED = "cured"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class InstallmentProgress:
    """One payment of a plan on a day, minor units; no. 0 is the down payment. `due_on` counts pauses in.

    `cure_by` is the last day L to catch up with it while it is missed. `disputed` is not asked for until the answer,
    `let_go` not at all: the lender waived it.
    """

    key: str
    no: int
    due_on: date
    asked: int
    received: int
    settled_on: date | None
    status: InstallmentStatus
    cure_by: date | None = None
    disputed: int = 0
    let_go: int = 0

    @property
    def left(self) -> int:
        """Nothing once it is whole, also where not all of its interest was asked of who paid early."""
        return 0 if self.settled_on else self.asked - self.received - self.disputed - self.let_go


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """`cure_by` is the last day L to catch up while strained, `breaks_on` the day B it breaks on if nothing comes.

    `ended_on` is B, the day it was completed or gave way to another; `pause` is one that lasts.
    `vested` is the part of the waiver that is final, `kept` how many installments were paid in time or caught up.
    """

    agreement: Agreement
    status: PlanStatus
    rows: tuple[InstallmentProgress, ...]
    vested: Amounts
    kept: int
    cure_by: date | None
    breaks_on: date | None
    ended_on: date | None
    pause: Pause | None

    @property
    def paused_until(self) -> date | None:
        return self.pause.end if self.pause else None

    @property
    def plan(self) -> Plan:
        return self.agreement.plan

    @property
    def received(self) -> int:
        return sum(row.received for row in self.rows)

    @property
    def left(self) -> int:
        return sum(row.left for row in self.rows)

    @property
    def disputed(self) -> int:
        return sum(row.disputed for row in self.rows)

    @property
    def lives(self) -> bool:
        return self.status in (PlanStatus.ACTIVE, PlanStatus.STRAINED)

    @property
    def next(self) -> InstallmentProgress | None:
        """Of a pause that holds nothing, its last day."""
        held_nothing = self.agreement.own_pause and not self.plan.total
        return next((row for row in self.rows if row.left or held_nothing), None)

    @property
    def last_due_on(self) -> date:
        return self.rows[-1].due_on


def plan_progress(account: PlanAccount, contract: Sequence[Due], as_of: date) -> PlanProgress:
    """The end of day `as_of`, of an agreement that was walked up to it; of one that ended, the day on which it did.

    `contract` are the installments beside it, which may break it too.
    """
    status, agreement = account.status(contract, as_of), account.agreement
    open_now = account.to_catch_up(contract, as_of) if status is PlanStatus.STRAINED else []
    missed, last_days = [last for _, last in open_now], {due.key: last for due, last in open_now}
    until = account.ended_on or as_of
    ended_on = account.ended_on
    if status is PlanStatus.COMPLETED and ended_on is None:
        ended_on = max(row.whole_on for row in account.rows if row.whole_on)
    return PlanProgress(
        agreement=agreement,
        status=status,
        rows=tuple(
            _row(row, account.told.get(row.key) or row.came, until, last_days.get(row.key)) for row in account.rows
        )
        or _held(account),
        vested=account.vested,
        kept=account.kept,
        cure_by=min(missed, default=None),
        breaks_on=min((account.breaks_on(last, row) for row, last in open_now), default=None),
        ended_on=ended_on,
        pause=_lasting(agreement, as_of) if account.lives else None,
    )


def _lasting(agreement: Agreement, as_of: date) -> Pause | None:
    return agreement.own_pause or next((each for each in agreement.pauses if each.start <= as_of <= each.end), None)


def _held(account: PlanAccount) -> tuple[InstallmentProgress, ...]:
    """Of a pause, what it holds, as of one row on its last day."""
    plan = account.agreement.plan
    key, came = f"plan:{account.agreement.ref}:1", max(plan.total - account.left_held, 0)
    return (InstallmentProgress(key, 1, plan.last_due_on, plan.total, came, None, InstallmentStatus.TO_COME),)


def _row(row: Due, came: tuple[int, int, date | None], until: date, cure_by: date | None) -> InstallmentProgress:
    asked, received, whole_on = came
    if whole_on is not None:
        status = InstallmentStatus.CURED if whole_on > row.whole_by else InstallmentStatus.PAID
    elif row.left_frozen and not row.left_of_row:
        status = InstallmentStatus.DISPUTED
    elif row.whole_by < until and not is_never_missed(row):
        status = InstallmentStatus.MISSED
    else:
        status = InstallmentStatus.PART_PAID if received else InstallmentStatus.TO_COME
    apart = row.left_frozen, sum(item.let_go for item in row.scheduled.values())
    return InstallmentProgress(row.key, row.no, row.due_on, asked, received, whole_on, status, cure_by, *apart)
