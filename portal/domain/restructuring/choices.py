"""A way out of arrears as somebody chooses one: what they can pay, the plan it comes to, and whether that fits."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.calendar import add_months
from portal.domain.contract.pause import PausedDates
from portal.domain.contract.plan import Plan
from portal.domain.ledger.position import Position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.comparison import Month
from portal.domain.restructuring.figures import Figures
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote
from portal.domain.restructuring.standing_offer import StandingOffer


class ChoiceKind(StrEnum):
    OFFER = "offer"
    WHOLE_LOAN = "whole-loan"
    CATCH_UP = "catch-up"
    PAUSE = "pause"
    SETTLEMENT = "settlement"


class Trouble(StrEnum):
    """How long the borrower thinks that it lasts: a month or two, or for a good while."""

    SHORT = "short"
    LASTING = "lasting"


OPEN_AT_FIRST = 2


@dataclass(frozen=True, slots=True)
class Goal:
    """What somebody can pay a month for this loan, minor units, None while they have not said; and the trouble."""

    a_month: int | None = None
    trouble: Trouble = Trouble.LASTING


@dataclass(frozen=True, slots=True)
class Choice:
    """One way: the plan that it comes to, or why it is not open. `at_once` is the lightest that needs no person."""

    kind: ChoiceKind
    goal: Goal
    quote: Quote | None = None
    refusal: Refusal | None = None
    standing: StandingOffer | None = None
    at_once: Quote | None = None

    @property
    def heaviest_month(self) -> int:
        """The most that plan and contract together ask in a month, minor units."""
        return heaviest_month(self.quote) if self.quote else 0

    @property
    def figures(self) -> Figures:
        """The five of it; `total` is all that is still to pay, the contract beside it included. Minor units."""
        assert self.quote is not None
        if self.quote.offer.kind is OfferKind.PAUSE:
            return figures_of_pause(self.quote.position, self.quote.plan)
        return replace(self.quote.figures, total=self.quote.comparison.after)

    @property
    def over(self) -> int:
        """By how much the fullest month is above what they said, minor units; below nothing so much is left of it."""
        return self.heaviest_month - (self.goal.a_month or 0)

    @property
    def fits(self) -> bool:
        """Whether no month asks for more than they said; of what nobody said, everything fits."""
        return self.quote is not None and (self.goal.a_month is None or self.heaviest_month <= self.goal.a_month)

    @property
    def costs_more(self) -> int:
        """What is paid in all beyond what the contract asks, minor units; below nothing it costs less."""
        if self.quote is None:
            return 0
        return self.figures.total - self.quote.comparison.before


def heaviest_month(quote: Quote) -> int:
    if quote.offer.kind is OfferKind.PAUSE:
        return max((each.amount for each in quote.plan.paused.still_due), default=0) if quote.plan.paused else 0
    return most_in_a_month(quote.fullest_month, quote.figures)


def most_in_a_month(month: Month | None, figures: Figures) -> int:
    """The most that a plan, with the contract beside it, asks in a month; `month` is where most of both falls due."""
    return max(month.total if month else 0, figures.a_month, figures.first)


def figures_of_pause(now: Position, plan: Plan) -> Figures:
    """What is overdue is asked for again on the day after it; then the contract goes on, from the days it moved to."""
    paused = plan.paused or PausedDates()
    dues = [(each.to, each.amount) for each in (*paused.still_due, *paused.moved)]
    dues = dues or [(each.due_on, each.amount) for each in now.next_dues]
    again = [(plan.day_after, now.overdue.total)] if now.overdue.total else []
    rows, each = sorted(again + dues), max((minor for _, minor in dues), default=0)
    total = sum(minor for _, minor in rows) + paused.interest
    return Figures(*rows[0], each, each, len(rows), total, rows[-1][0])


def open_at_first(found: tuple[Choice, ...]) -> frozenset[int]:
    """The places of those that are shown whole: the first two that fit, else the first that is there at all."""
    there = [place for place, each in enumerate(found) if each.quote]
    fitting = [place for place in there if found[place].fits]
    return frozenset((fitting or there[:1])[:OPEN_AT_FIRST])


def first_day(policy: Policy, today: date) -> date:
    """A month from now, or as late as the policy takes at once."""
    return min(add_months(today, 1), today + timedelta(days=policy.first_due_within_days))


def contract_month(now: Position) -> int:
    """The most that the contract asks in one month from now on, what is overdue left aside. Minor units."""
    months: dict[tuple[int, int], int] = {}
    for due in now.next_dues:
        month = due.due_on.year, due.due_on.month
        months[month] = months.get(month, 0) + due.amount
    return max(months.values(), default=0)
