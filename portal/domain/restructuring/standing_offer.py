"""The lender's standing offers: for whom, what, and until when. Inside one a plan is accepted at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.plan import Plan
from portal.domain.ledger.position import Position
from portal.domain.money import Rounding, rounded
from portal.domain.restructuring.offer import Offer

ONCE_A_MONTH = Every(1, "m")


class Lateness(StrEnum):
    """Whether anything on the loan had been late, and was paid since, before what is overdue now."""

    FIRST = "first"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class StandingOffer:
    """Minor units of the policy's currency. `waiver` are shares of what the plan takes in of a component.

    It holds to the end of `until` for loans so many `days_late`, of these `products` (none named: of all), with so
    much overdue. `interest_rate` None is what the policy says of such plans.
    """

    id: str
    name_zh: str
    name_en: str
    reason_zh: str
    reason_en: str
    until: date
    installments: int
    kind: OfferKind = OfferKind.PLAN
    covers: Covers = Covers.OVERDUE
    every: Every = ONCE_A_MONTH
    first_due_within_days: int = 31
    interest_rate: Fraction | None = None
    waiver: tuple[tuple[str, Fraction], ...] = ()
    days_late_from: int = 1
    days_late_to: int | None = None
    overdue_from: int = 0
    overdue_to: int | None = None
    products: tuple[str, ...] = ()
    lateness: Lateness | None = None

    def named(self, locale: str) -> str:
        return self.name_zh if locale.startswith("zh") else self.name_en

    def reasoned(self, locale: str) -> str:
        return self.reason_zh if locale.startswith("zh") else self.reason_en

    def is_for(self, now: Position) -> bool:
        """Whether it is made to whoever owes this today; `now` is without a plan that would give way."""
        overdue, days, product = now.overdue.total, now.days_past_due, now.loan.product
        return (
            now.as_of <= self.until
            and self.days_late_from <= days <= (days if self.days_late_to is None else self.days_late_to)
            and self.overdue_from <= overdue <= (overdue if self.overdue_to is None else self.overdue_to)
            and (not self.products or product in self.products)
            and (self.lateness is None or self.lateness is lateness_of(now))
        )

    def waived_of(self, taken_in: Amounts) -> Amounts:
        """Each share rounded down."""
        shares = dict(self.waiver)
        return Amounts(**{name: _share(minor, shares.get(name)) for name, minor in taken_in.items()})

    def least_rate(self, rate: Fraction) -> Fraction:
        """A year; `rate` is what the policy says of plans of its kind."""
        return rate if self.interest_rate is None else self.interest_rate

    def takes(self, offer: Offer, plan: Plan, rate: Fraction) -> bool:
        """Whether a plan is inside it; `rate` is what the policy says of such plans."""
        kinds = (self.kind, OfferKind.VARIATION) if self.kind is OfferKind.PLAN else (self.kind,)
        waived = self.waived_of(plan.taken_in)
        return (
            offer.kind in kinds
            and (offer.covers, offer.every) == (self.covers, self.every)
            and len(plan.installments) <= self.installments
            and offer.first_due <= self.begins_by(plan.as_of)
            and offer.interest_rate >= self.least_rate(rate)
            and all(minor <= waived.of(component) for component, minor in plan.waived.items())
        )

    def begins_by(self, today: date) -> date:
        return today + timedelta(days=self.first_due_within_days)


def lateness_of(now: Position) -> Lateness:
    paid_late = any(_paid_late(now))
    return Lateness.AGAIN if paid_late else Lateness.FIRST


def _paid_late(now: Position) -> Iterator[bool]:
    open_dues = {row.no for row in now.overdue_installments}
    for entry in now.book.entries:
        for line in entry.lines:
            yield bool(line.due.no) and line.due.no not in open_dues and line.on > line.due.due_on


def _share(minor: int, share: Fraction | None) -> int:
    return rounded(minor * share, Rounding.DOWN) if share else 0
