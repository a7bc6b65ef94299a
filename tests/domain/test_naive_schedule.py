"""A schedule is what counting it out row by row gives; see `tests.naive`, which knows nothing of the product."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.calendar import DayCount, Every, days
from portal.domain.contract.schedule import Method, generate
from portal.domain.money import Rounding, rounded
from tests.domain.years import year_fraction
from tests.naive.days import count, years
from tests.naive.rounding import whole
from tests.naive.schedule import Ask, months_on, rows

FEW = settings(max_examples=300, derandomize=True, deadline=None)
MANY = settings(max_examples=20_000, derandomize=True, deadline=None)

dates = st.dates(date(2023, 1, 1), date(2030, 12, 31))


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    method = draw(st.sampled_from([each.value for each in Method]))
    installments = draw(st.integers(1, 36))
    principal = draw(st.integers(2, 50_000_000))
    every = draw(st.sampled_from(["1m", "1m", "1m", "3m", "1w", "2w", "15d"]))
    disbursed = draw(dates)
    odd_days = draw(st.sampled_from([0, 0, 1, 9, 20]))
    step = months_on(disbursed, int(every[:-1])) if every[-1] == "m" else disbursed + timedelta(days=14)
    return Ask(
        principal,
        Fraction(draw(st.integers(0, 3600)), 10_000),
        installments,
        step + timedelta(days=odd_days),
        disbursed,
        method,
        every,
        draw(st.sampled_from([each.value for each in DayCount])),
        draw(st.sampled_from([each.value for each in Rounding])),
        round_to=draw(st.sampled_from([1, 1, 10, 100])),
        principal_grace=draw(st.integers(0, min(3, installments - 1))),
        interest_grace=draw(st.integers(0, min(3, installments - 1))),
        balloon=draw(st.integers(1, principal - 1)) if method == "balloon" else 0,
    )


def of_the_product(ask: Ask) -> list[Any]:
    drawn = generate(
        ask.principal,
        ask.annual_rate,
        ask.installments,
        ask.first_due,
        disbursed=ask.disbursed,
        method=Method(ask.method),
        every=Every.parse(ask.every),
        day_count=DayCount(ask.day_count),
        rounding=Rounding(ask.rounding),
        round_to=ask.round_to,
        principal_grace=ask.principal_grace,
        interest_grace=ask.interest_grace,
        balloon=ask.balloon,
    )
    return [tuple(row) for row in drawn.rows]


def compare(ask: Ask) -> None:
    assert of_the_product(ask) == rows(ask)


test_every_row_of_a_schedule_is_what_counting_gives = FEW(given(asks())(compare))
test_every_row_of_very_many_schedules_is_what_counting_gives = pytest.mark.proof(MANY(given(asks())(compare)))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(dates, dates, st.sampled_from(list(DayCount)))
def test_days_and_years_are_what_counting_each_day_gives(one: date, other: date, day_count: DayCount) -> None:
    start, end = min(one, other), max(one, other)
    assert days(start, end, day_count) == count(start, end, day_count.value)
    assert year_fraction(start, end, day_count) == years(start, end, day_count.value)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.fractions(-1000, 1000, max_denominator=40), st.sampled_from(list(Rounding)), st.sampled_from([1, 2, 5, 10, 100])
)
def test_rounding_takes_the_neighbour_the_mode_names(value: Fraction, mode: Rounding, multiple: int) -> None:
    assert rounded(value, mode, multiple) == whole(value, mode.value, multiple)
