"""The five figures by which plans are compared: first payment, each, how many, all still to pay, last day."""

from dataclasses import dataclass
from datetime import date

from portal.domain.contract.calendar import Every
from portal.domain.contract.plan import Plan
from portal.domain.restructuring.affordability import monthly


@dataclass(frozen=True, slots=True)
class Figures:
    """Minor units. The first payment is what, and when: a later day is the better one.

    `a_month` is what `each` comes to a month: by it two rhythms are compared.
    """

    first_on: date
    first: int
    each: int
    a_month: int
    count: int
    total: int
    last_on: date

    def is_better_than(self, other: "Figures") -> bool:
        """Whether it is at least as good in all five, and better in one."""
        found = (
            self.first_on >= other.first_on,
            self.first <= other.first,
            self.each <= other.each and self.a_month <= other.a_month,
            self.count <= other.count,
            self.total <= other.total,
            self.last_on <= other.last_on,
        )
        return all(found) and self != other


def figures_of(plan: Plan, every: Every) -> Figures:
    """`each` is the most that is asked at once, a first sum and the last payment left aside."""
    first, totals = plan.rows[0], [row.total for row in plan.installments]
    each = max(totals[:-1] or totals or [first.total])
    a_month = monthly(each, every) if len(totals) > 1 else each
    return Figures(first.due_on, first.total, each, a_month, len(plan.rows), plan.total, plan.last_due_on)
