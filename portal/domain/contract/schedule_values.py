"""A schedule as values: what each installment asks, and what is left after it; and how far a schedule may go."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

MOST_SCHEDULE_ROWS = 1200
MOST_SCHEDULE_RATE = 10


class ScheduleRow(NamedTuple):
    """One installment, minor units; `days` are the day count's, `balance` is the principal left after it."""

    no: int
    due_on: date
    days: int
    principal: int
    interest: int
    balance: int

    @property
    def total(self) -> int:
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class Schedule:
    """`installment` is what the first row that repays principal asks, without interest put off until then."""

    rows: tuple[ScheduleRow, ...]
    installment: int

    @property
    def total_interest(self) -> int:
        return sum(row.interest for row in self.rows)
