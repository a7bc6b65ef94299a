"""A plan: the schedule an offer makes of a position."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.pause import PausedDates


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One payment of a plan: no. 0 is the down payment. `plan_interest` is within `components.interest`."""

    no: int
    due_on: date
    days: int
    components: Amounts
    plan_interest: int
    balance: int

    @property
    def total(self) -> int:
        return self.components.total


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an agreement takes in of one due: its key ("contract:6", "plan:REF:1", "charge:C-1") and minor units."""

    due: str
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule that pays `balance` (what is taken in, less the waiver) and its interest. Minor units.

    `dues` are what it takes in of each due; plans of before that was written down have none. `paused` is what becomes
    of other dates, where it is a pause.

    Rounding  each installment once, in the contract's mode; the last one takes the rest
    """

    as_of: date
    currency: str
    taken_in: Amounts
    waived: Amounts
    rows: tuple[PlanRow, ...]
    apr: Fraction
    dues: tuple[TakenIn, ...] = ()
    paused: PausedDates | None = None

    @property
    def balance(self) -> int:
        return self.taken_in.total - self.waived.total

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)

    @property
    def interest(self) -> int:
        """What the plan asks for beyond its balance."""
        return self.total - self.balance

    @property
    def installments(self) -> tuple[PlanRow, ...]:
        return tuple(row for row in self.rows if row.no)

    @property
    def each(self) -> int:
        """What is paid each time but the last; 0 where everything is paid down to begin with."""
        return next((row.total for row in self.rows if row.no), 0)

    @property
    def last_due_on(self) -> date:
        return self.rows[-1].due_on

    @property
    def day_after(self) -> date:
        """On which what was paused is asked for again."""
        return self.last_due_on + timedelta(days=1)
