"""An agreement in the walk: the rows it asks for, what it took in, and the one day on which it breaks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from portal.domain.contract.agreement import Agreement, MissedContract
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.pause import Pause
from portal.domain.contract.plan import TakenIn
from portal.domain.ledger.dues import Component, Due, by_due
from portal.domain.ledger.dues_of_facts import plan_due
from portal.domain.ledger.overlooked import is_never_missed
from portal.domain.money import COMPONENTS, Rounding, divide

ONE_DAY = timedelta(days=1)


class PlanStatus(StrEnum):
    ACTIVE = "active"
    STRAINED = "strained"
    BROKEN = "broken"
    COMPLETED = "completed"
    SUPERSEDED = "superseded"
    ENDED = "ended"


@dataclass(slots=True, eq=False)
class PlanAccount:
    """`taken` are parts of dues that left them for as long as it lives, `void` what falls due no more meanwhile. A
    pause has no rows; `held` are the dues that were overdue as it began.

    `final` is what was final of the waiver when it ended, and `told` what each row asked, what had come of it by then
    and the day on which it was whole: of one whose schedule stays, when another agreement took its place.

    Choice    of a waiver that no break claws back all is final
    """

    agreement: Agreement
    rows: list[Due]
    taken: list[tuple[Due, Component, int]] = field(default_factory=list)
    void: list[tuple[Due, Component, int]] = field(default_factory=list)
    ended: PlanStatus | None = None
    ended_on: date | None = None
    final: Amounts | None = None
    told: dict[str, tuple[int, int, date | None]] = field(default_factory=dict)
    held: list[Due] = field(default_factory=list)

    @property
    def lives(self) -> bool:
        return self.ended is None

    @property
    def in_force(self) -> bool:
        """Whether its rows are dues: they stay after a break where its schedule is the contract's."""
        return self.lives or self.agreement.stays

    @property
    def kept(self) -> int:
        """Installments that are whole, with what was disputed; the down payment is none."""
        return sum(1 for row in self.rows if row.no and (self.told.get(row.key) or row.came)[-1] is not None)

    @property
    def is_paid_off(self) -> bool:
        return bool(self.rows) and all(row.whole_on and not row.left_frozen for row in self.rows)

    @property
    def left_held(self) -> int:
        """Of what a pause held as it began and is still open, minor units."""
        start = self.agreement.plan.as_of
        return sum(item.left for due in self.held for item in due.items if item.due_on < start)

    @property
    def vested(self) -> Amounts:
        plan = self.agreement.plan
        if self.final is not None:
            return self.final
        return vested(plan.waived, self.kept, len(plan.installments))

    @property
    def taken_in(self) -> tuple[TakenIn, ...]:
        """By due, minor units; less than was stated where less was owed on its day."""
        return by_due(self.taken)

    def end(self, how: PlanStatus, on: date) -> None:
        kept_all = how is PlanStatus.SUPERSEDED and self.agreement.stays
        self.final = self.agreement.plan.waived if kept_all else self.vested
        self.ended, self.ended_on = how, on

    def tell_rows(self) -> None:
        """From now on money for its rows is no more told as come of it."""
        self.told = self.told or {row.key: row.came for row in self.rows}

    def took(self, due: Due) -> bool:
        return any(each is due for each, *_ in self.taken)

    def missed(self, rows: Sequence[Due], on: date) -> Iterator[tuple[Due, date]]:
        """Rows that were not whole at the end of their due date and are still open, each with its last day L.

        Choice    no last day is before a reversal or an answer that opened a row again, or a correction that left it
        short: until then nothing was missing
        """
        terms, before = self.agreement.cure_terms, None
        told = [row.corrected_on for row in (*self.rows, *rows) if row.is_late(on)]
        opened = [day for row in (*self.rows, *rows) for day in (row.reopened_on, row.answered_on) if day]
        opened_again = max([*opened, *(day for day in told if day)], default=date.min)
        for place, row in enumerate(rows):
            if not row.is_late(on) or is_never_missed(row):
                continue
            if row.whole_on is None and row.whole_by < on:
                again = before is not None and place - before < terms.within
                grace = timedelta(days=terms.cure_days)
                last = row.whole_by if again else row.whole_by + grace
                reopened_on = max(row.reopened_on or date.min, row.corrected_on or date.min)
                last = max(reopened_on + grace if reopened_on >= row.whole_by else last, opened_again)
                yield row, self._caught_up_by(row, max(row.whole_by, reopened_on), last)
            before = place

    def _rests(self, row: Due, day: date) -> bool:
        """Nothing of it is asked for on that day: a pause of all, or of what was overdue as it began."""
        resting = [each for each in self.agreement.pauses if each.start < day <= each.end]
        return any(each.holds(row.due_on) for each in resting)

    def _caught_up_by(self, row: Due, since: date, last: date) -> date:
        """The days to catch up stand still in a pause."""
        left = (last - since).days if self.agreement.pauses else 0
        while left > 0:
            since += ONE_DAY
            left -= not self._rests(row, since)
        return max(since, last)

    def breaks_on(self, last: date, row: Due) -> date:
        """The day B on which it breaks if what was to be paid by `last` still is not; none of a pause."""
        agreement, day = self.agreement, last
        if not agreement.pauses:
            return agreement.working_days.after(last, agreement.cure_terms.telling_days) + ONE_DAY
        left = agreement.cure_terms.telling_days
        while left > 0:
            day += ONE_DAY
            left -= agreement.working_days.works(day) and not self._rests(row, day)
        day += ONE_DAY
        while self._rests(row, day):
            day += ONE_DAY
        return day

    def next_break(self, contract: Sequence[Due], until: date) -> date | None:
        """The first day up to `until` from whose start on it is broken; one that was paid off is not."""
        if self.is_paid_off:
            return None
        days = [self.breaks_on(last, row) for row, last in self.to_catch_up(contract, until)]
        return min((day for day in days if day <= until), default=None)

    def to_catch_up(self, contract: Sequence[Due], on: date) -> list[tuple[Due, date]]:
        """What would break it, each with its last day L: its missed rows, and the contract's where that was signed."""
        found = list(self.missed(self.rows, on))
        if self.agreement.cure_terms.contract is MissedContract.BREAKS:
            found += self.missed([row for row in contract if row.due_on > self.agreement.plan.as_of], on)
        return found

    def status(self, contract: Sequence[Due], as_of: date) -> PlanStatus:
        if self.ended is not None:
            return self.ended
        if not self.rows:
            return PlanStatus.ACTIVE
        if self.is_paid_off:
            return PlanStatus.COMPLETED
        return PlanStatus.STRAINED if self.to_catch_up(contract, as_of) else PlanStatus.ACTIVE


def plan_rows(agreement: Agreement, as_of: date) -> list[Due]:
    """Its rows as dues; one that falls due before the lender's core has answered is due on the day of the answer."""
    answered = agreement.answered_on
    rows = []
    for row in agreement.plan.rows:
        due_on = earned_on = moved(row.due_on, agreement.pauses)
        if answered is not None:
            due_on = max(due_on, answered)
        elif due_on <= as_of:
            due_on = as_of + ONE_DAY
        rows.append(plan_due(agreement.ref, row, due_on, earned_on))
        rows[-1].is_unanswered = answered is None
    return rows


def moved(due_on: date, pauses: Sequence[Pause]) -> date:
    """By the days of pauses without terms; of others the walk takes the dates as they come."""
    for pause in sorted(pauses, key=lambda each: each.start):
        if pause.terms is None and due_on > pause.start:
            due_on += pause.days
    return due_on


def vested(waived: Amounts, kept: int, installments: int) -> Amounts:
    """The part of a waiver that is final after `kept` of so many installments.

    Rounding  what is taken back is rounded down, in the borrower's favour
    """
    rest = max(installments - kept, 0)
    return Amounts(
        **{c: waived.of(c) - divide(waived.of(c) * rest, max(installments, 1), Rounding.DOWN) for c in COMPONENTS}
    )
