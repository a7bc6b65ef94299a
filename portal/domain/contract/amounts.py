"""One amount per component, in the order in which everything names them."""

from dataclasses import dataclass
from operator import add, attrgetter, sub

from portal.domain.money import COMPONENTS


@dataclass(frozen=True, slots=True)
class Amounts:
    """One amount per component, in minor units, in the order of `COMPONENTS`."""

    costs: int = 0
    fees: int = 0
    penalty: int = 0
    interest: int = 0
    principal: int = 0

    @property
    def total(self) -> int:
        return self.costs + self.fees + self.penalty + self.interest + self.principal

    @property
    def penalty_fees_costs(self) -> int:
        return self.penalty + self.fees + self.costs

    def of(self, component: str) -> int:
        amount: int = getattr(self, component)
        return amount

    def items(self) -> tuple[tuple[str, int], ...]:
        return tuple(zip(COMPONENTS, _in_order(self), strict=True))

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(*map(add, _in_order(self), _in_order(other)))

    def __sub__(self, other: "Amounts") -> "Amounts":
        return Amounts(*map(sub, _in_order(self), _in_order(other)))


_in_order = attrgetter(*COMPONENTS)

NOTHING = Amounts()
