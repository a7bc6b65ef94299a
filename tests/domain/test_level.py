"""The equal installment by its formula is the one that halving the range of amounts finds, and so is every row."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.agreement import Covers
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount, Every, add_months
from portal.domain.contract.plan import TakenIn
from portal.domain.ledger.position import Position, position
from portal.domain.money import Rounding, divide
from portal.domain.restructuring.drawing import _Repaid, draw_up
from portal.domain.restructuring.offer import MOST_MONTHS, Offer
from portal.domain.restructuring.offer_refusals import PlanTooLong
from tests.domain.people import ON, XIAOMING
from tests.naive.days import due_dates, years
from tests.naive.plan import Wish, paid

FEW = settings(max_examples=400, derandomize=True, deadline=None)
MANY = settings(max_examples=10_000, derandomize=True, deadline=None)


@dataclass(frozen=True)
class Covered(Position):
    """A position with so much principal to come, and nothing else."""

    to_come: int = 0

    def taken_in(self, covers: Covers) -> tuple[TakenIn, ...]:
        return () if covers is Covers.OVERDUE else (TakenIn("contract:6", Amounts(principal=self.to_come)),)


CASE = position(XIAOMING, ON)
NOW = Covered(**{each.name: getattr(CASE, each.name) for each in fields(Position)})
RATES = ["0.0001", "0.06", "0.12", "0.18", "0.2425", "0.36", "1.5", "12"]


def halved(wish: Wish) -> int:
    """The smallest equal installment after which the last one is not larger than the others, by halving the range."""
    low, high = 1, sum(wish.owed) * 2 // wish.round_to + 1
    starts = (wish.as_of, *wish.dates)
    periods = zip(starts, wish.dates, strict=False)
    shares = [(wish.rate * years(*period, wish.day_count)).as_integer_ratio() for period in periods]
    while low < high:
        steps = (low + high) // 2
        each = steps * wish.round_to
        if last_of(shares, wish, each) <= each:
            high = steps
        else:
            low = steps + 1
    return low * wish.round_to


def last_of(shares: Sequence[tuple[int, int]], wish: Wish, each: int) -> int:
    principal, beside = wish.owed[-1], sum(wish.owed[:-1])
    for number, (share, whole) in enumerate(shares, start=1):
        interest = divide(principal * share, whole, Rounding(wish.rounding))
        if number == len(shares) or (number > wish.interest_only and principal + beside + interest <= each):
            break
        if number > wish.interest_only and each > interest:
            beside_paid = min(each - interest, beside)
            beside -= beside_paid
            principal -= min(each - interest - beside_paid, principal)
    return principal + beside + interest


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Wish, Offer, str]:
    """A few fen and the millions of a currency of three digits; the first period of a day, or of most of a year."""
    count, every = draw(st.sampled_from(COUNTS)), draw(st.sampled_from(EVERY))
    first_due = ON + timedelta(days=draw(st.one_of(st.integers(1, 62), st.integers(1, 360))))
    most = draw(st.sampled_from([60, 5_000, 2_000_000, 10**12]))
    owed = [draw(st.one_of(st.just(0), st.integers(0, most))) for _ in range(4)]
    owed.append(draw(st.integers(1, most * 2)))
    covers = draw(st.sampled_from(Covers))
    offer = Offer(
        Every.parse(every),
        first_due,
        installments=count,
        covers=covers,
        interest_rate=Fraction(draw(st.sampled_from(RATES))),
        interest_only=draw(st.one_of(st.just(0), st.integers(0, count - 1))),
        round_to=draw(st.sampled_from([1, 1, 1, 7, 100, 10_000])),
    )
    wish = Wish(
        [0, 0, 0, 0, owed[-1]] if covers is Covers.TO_COME else owed,
        ON,
        due_dates(first_due, count, every),
        offer.interest_rate,
        draw(st.sampled_from(DayCount)).value,
        draw(st.sampled_from(Rounding)).value,
        offer.interest_only,
        offer.round_to,
    )
    return wish, offer, draw(st.sampled_from(["JPY", "CNY", "KWD"]))


COUNTS = [*range(1, 13), 24, 60]
EVERY = ["1m", "1m", "2w", "1w", "15d", "3m"]


def compare(drawn: tuple[Wish, Offer, str]) -> None:
    """The principal of `wish` is what the offer covers: all of it overdue, all of it to come, or half and half."""
    wish, offer, currency = drawn
    overdue = {Covers.OVERDUE: wish.owed[-1], Covers.TO_COME: 0, Covers.ALL: wish.owed[-1] // 2}[offer.covers]
    to_come = wish.owed[-1] - overdue
    now = replace(NOW, currency=currency, overdue=Amounts(*wish.owed[:-1], overdue), to_come=to_come)
    expected, terms = paid(wish, halved(wish)), (Rounding(wish.rounding), DayCount(wish.day_count))
    if expected[-1][0] > add_months(ON, MOST_MONTHS):
        with pytest.raises(PlanTooLong):
            draw_up(now, offer, *terms, ON)
    else:
        plan = draw_up(now, offer, *terms, ON)
        assert [(row.due_on, row.total, row.plan_interest) for row in plan.rows] == expected


test_the_formula_gives_what_halving_gives = FEW(given(wishes())(compare))
test_the_formula_gives_what_halving_gives_very_often = pytest.mark.proof(MANY(given(wishes())(compare)))


def test_sixty_payments_with_interest_are_tried_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The formula is right but for what rounding asks: it and the one below are tried, and no other."""
    tried: list[int] = []
    suffices = _Repaid.suffices
    monkeypatch.setattr(_Repaid, "suffices", lambda repaid, each: tried.append(each) or suffices(repaid, each))
    offer = Offer(Every(1, "m"), date(2026, 7, 14), installments=60, interest_rate=Fraction(12, 100))
    for day_count in DayCount:
        tried.clear()
        plan = draw_up(NOW, offer, Rounding.HALF_UP, day_count, ON)
        assert plan.each in tried and len(tried) <= 3
