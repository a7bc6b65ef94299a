"""A plan is what trying every amount gives; see `tests.naive.plan`, which knows nothing of the product."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount, Every
from portal.domain.ledger.position import position
from portal.domain.money import Rounding
from portal.domain.restructuring.drawing import draw_up
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import AmountTooSmall
from tests.domain.people import ON, XIAOMING
from tests.naive.days import due_dates
from tests.naive.plan import Wish, rows

FEW = settings(max_examples=80, derandomize=True, deadline=None)
MANY = settings(max_examples=3_000, derandomize=True, deadline=None)
NOW = position(XIAOMING, ON)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Wish, str]:
    count, every = draw(st.integers(1, 9)), draw(st.sampled_from(["1m", "2w", "1w"]))
    first_due = ON + timedelta(days=draw(st.integers(1, 120)))
    rate = Fraction(draw(st.sampled_from([0, 6, 18, 36])), 100)
    owed = [draw(st.integers(0, 300)) for _ in range(4)] + [draw(st.integers(1, 3000))]
    wish = Wish(
        owed,
        ON,
        due_dates(first_due, count, every),
        rate,
        draw(st.sampled_from([each.value for each in DayCount])),
        draw(st.sampled_from([each.value for each in Rounding])),
        draw(st.integers(0, count - 1)) if rate else 0,
        draw(st.sampled_from([1, 1, 10, 100])),
    )
    return wish, every


def compare(drawn: tuple[Wish, str]) -> None:
    wish, every = drawn
    offer = Offer(
        Every.parse(every),
        wish.dates[0],
        installments=len(wish.dates),
        interest_rate=wish.rate,
        interest_only=wish.interest_only,
        round_to=wish.round_to,
    )
    expected = rows(wish)
    now = replace(NOW, overdue=Amounts(*wish.owed))
    if not expected:
        with pytest.raises(AmountTooSmall):
            draw_up(now, offer, Rounding(wish.rounding), DayCount(wish.day_count), ON)
        return
    plan = draw_up(now, offer, Rounding(wish.rounding), DayCount(wish.day_count), ON)
    assert [(row.due_on, row.total, row.plan_interest) for row in plan.rows] == expected


test_every_plan_is_what_trying_every_amount_gives = FEW(given(wishes())(compare))
test_very_many_plans_are_what_trying_every_amount_gives = pytest.mark.proof(MANY(given(wishes())(compare)))


def test_one_fen_less_each_time_would_leave_a_larger_last_installment() -> None:
    """10.00 at 36 % over three months of 30 days: 3 % a month.

    3.54 each: 0.30 and 3.24, 0.20 and 3.34, 0.10 and 3.42, in all 3.52. 3.53 each would leave 3.54.
    """
    now = replace(NOW, overdue=Amounts(principal=1000))
    offer = Offer(Every(1, "m"), date(2026, 7, 14), installments=3, interest_rate=Fraction(36, 100))
    plan = draw_up(now, offer, Rounding.HALF_UP, DayCount.THIRTY_360, ON)
    assert [(row.total, row.plan_interest, row.balance) for row in plan.rows] == [
        (354, 30, 676),
        (354, 20, 342),
        (352, 10, 0),
    ]
