"""Schedules checked against numbers worked by hand or published by others; the last row settles the account."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.calendar import DayCount, Every
from portal.domain.contract.schedule import InstallmentTooLow, Method, generate
from portal.domain.contract.schedule_values import Schedule
from portal.domain.money import Rounding

EIGHTEEN = Fraction(18, 100)
TWELVE = Fraction(12, 100)
JANUARY = date(2026, 1, 15)


def principals(schedule: Schedule) -> list[int]:
    return [row.principal for row in schedule.rows]


def interests(schedule: Schedule) -> list[int]:
    return [row.interest for row in schedule.rows]


def test_xiaomings_12000_at_18_percent_is_the_schedule_of_the_worked_example() -> None:
    schedule = generate(1_200_000, EIGHTEEN, 12, JANUARY)
    assert schedule.installment == 110016
    assert [row.total for row in schedule.rows] == [110016] * 11 + [110019]
    assert principals(schedule)[2:5] == [94797, 96219, 97662]
    assert interests(schedule)[2:5] == [15219, 13797, 12354]
    assert schedule.rows[1].balance == 1_014_588
    assert schedule.rows[-1].due_on == date(2026, 12, 15)
    assert {row.days for row in schedule.rows} == {30}
    assert schedule.total_interest == 120195


def test_interest_by_real_days_differs_from_month_to_month() -> None:
    # Apache Fineract RS03: 5000 at 12 %, daily over 365, installment in whole units.
    schedule = generate(
        500000, TWELVE, 18, date(2022, 12, 1), day_count=DayCount.ACTUAL_365, rounding=Rounding.HALF_EVEN, round_to=100
    )
    assert schedule.installment == 30500
    assert interests(schedule)[:5] == [4932, 4835, 4574, 3892, 4038]
    assert (schedule.rows[-1].principal, schedule.rows[-1].interest) == (29938, 295)
    assert schedule.total_interest == 48733


def test_interest_put_off_for_three_months_comes_with_the_fourth() -> None:
    # Apache Fineract RS07: 5000 at 12 %, no principal for six months, no interest asked for three.
    schedule = generate(
        500000, TWELVE, 18, date(2022, 12, 1),
        rounding=Rounding.HALF_EVEN, round_to=100, principal_grace=6, interest_grace=3,
    )  # fmt: skip
    assert interests(schedule)[:8] == [0, 0, 0, 20000, 5000, 5000, 5000, 4606]
    assert principals(schedule)[:8] == [0, 0, 0, 0, 0, 0, 39400, 39794]
    assert schedule.installment == 44400
    assert schedule.rows[-1].total == 44709
    assert schedule.total_interest == 63109


def test_putting_interest_off_changes_neither_principal_nor_the_total() -> None:
    plain = generate(1_200_000, EIGHTEEN, 12, JANUARY)
    put_off = generate(1_200_000, EIGHTEEN, 12, JANUARY, interest_grace=2)
    assert principals(put_off) == principals(plain)
    assert interests(put_off) == [0, 0, 18000 + 16620 + 15219, *interests(plain)[3:]]
    assert put_off.installment == plain.installment


def test_a_balloon_is_left_to_the_last_row() -> None:
    # (10000 x 1.01^3 - 4000) / (1 + 1.01 + 1.01^2) = 2080.13
    schedule = generate(1_000_000, TWELVE, 3, JANUARY, method=Method.BALLOON, balloon=400_000)
    assert [row.total for row in schedule.rows] == [208013, 208013, 608014]
    assert interests(schedule) == [10000, 8020, 6020]
    assert [row.balance for row in schedule.rows] == [801987, 601994, 0]


def test_interest_only_leaves_the_principal_to_the_last_row() -> None:
    schedule = generate(1_000_000, TWELVE, 3, JANUARY, method=Method.INTEREST_ONLY)
    assert principals(schedule) == [0, 0, 1_000_000]
    assert interests(schedule) == [10000, 10000, 10000]
    assert schedule.installment == 10000


def test_equal_principal_every_week_at_52_percent_costs_one_percent_a_week() -> None:
    schedule = generate(
        100_000, Fraction(52, 100), 4, date(2026, 1, 9),
        method=Method.EQUAL_PRINCIPAL, every=Every(1, "w"), day_count=DayCount.ACTUAL_364,
    )  # fmt: skip
    assert principals(schedule) == [25000] * 4
    assert interests(schedule) == [1000, 750, 500, 250]
    assert schedule.installment == 26000


def test_equal_principal_that_does_not_divide_leaves_the_rest_to_the_last() -> None:
    schedule = generate(100_000, Fraction(0), 3, JANUARY, method=Method.EQUAL_PRINCIPAL, round_to=100)
    assert principals(schedule) == [33300, 33300, 33400]


def test_equal_principal_after_a_grace_is_divided_over_the_rows_that_are_left() -> None:
    schedule = generate(100_000, TWELVE, 5, JANUARY, method=Method.EQUAL_PRINCIPAL, principal_grace=2)
    assert principals(schedule) == [0, 0, 33333, 33333, 33334]
    assert interests(schedule) == [1000, 1000, 1000, 667, 333]
    assert schedule.installment == 34333


def test_flat_interest_is_on_the_whole_principal_to_the_end() -> None:
    # 1250 at 15 % for 4 months: 15.625 a month, 62.50 in all.
    up = generate(125_000, Fraction(15, 100), 4, JANUARY, method=Method.FLAT)
    even = generate(125_000, Fraction(15, 100), 4, JANUARY, method=Method.FLAT, rounding=Rounding.HALF_EVEN)
    assert interests(up) == [1563, 1563, 1563, 1561]
    assert interests(even) == [1562, 1562, 1562, 1564]


def test_flat_with_principal_grace_asks_interest_first() -> None:
    schedule = generate(120_000, TWELVE, 4, JANUARY, method=Method.FLAT, principal_grace=2)
    assert principals(schedule) == [0, 0, 60000, 60000]
    assert interests(schedule) == [1200] * 4
    assert schedule.installment == 61200


def test_a_few_fen_over_many_rows_never_become_negative_interest() -> None:
    # Half a fen a row, rounded up, would be twelve fen where six are owed in all.
    schedule = generate(50, TWELVE, 12, JANUARY, method=Method.FLAT)
    assert interests(schedule) == [1] * 6 + [0] * 6


@pytest.mark.parametrize("method", [Method.LEVEL, Method.EQUAL_PRINCIPAL, Method.FLAT])
def test_without_interest_every_method_divides_the_principal(method: Method) -> None:
    schedule = generate(300_000, Fraction(0), 3, JANUARY, method=method)
    assert [row.total for row in schedule.rows] == [100_000] * 3
    assert schedule.total_interest == 0


def test_a_long_first_period_costs_more_interest_once() -> None:
    schedule = generate(1_000_000, TWELVE, 2, date(2026, 3, 1), disbursed=date(2026, 1, 10))
    assert [row.days for row in schedule.rows] == [51, 30]
    # 10000 x (1 + 0.12 x 51/360) x 1.01 / 2.01 = 5110.298...
    assert interests(schedule)[0] == 17000
    assert schedule.installment == 511_030


def test_one_installment_is_principal_and_interest_at_once() -> None:
    schedule = generate(1_000_000, TWELVE, 1, JANUARY)
    assert [(row.principal, row.interest, row.balance) for row in schedule.rows] == [(1_000_000, 10000, 0)]
    assert schedule.installment == 1_010_000


def test_a_stated_installment_is_kept_and_the_last_row_takes_the_rest() -> None:
    schedule = generate(1_200_000, EIGHTEEN, 12, JANUARY, installment=110_000)
    assert [row.total for row in schedule.rows[:-1]] == [110_000] * 11
    assert schedule.rows[-1].balance == 0
    # 16 fen less in eleven rows, and the interest on them.
    assert schedule.rows[-1].total == 110_209


def test_the_number_follows_from_a_stated_installment() -> None:
    schedule = generate(100_000, Fraction(0), None, JANUARY, installment=30_000)
    assert principals(schedule) == [30000, 30000, 30000, 10000]


@pytest.mark.parametrize(
    ("installment", "grace", "number"),
    [
        (25_000, 0, 4),  # 4 x 250.00 is 1,000.00 to the fen
        (24_999, 0, 5),  # 4 fen are left
        (25_000, 2, 6),  # two rows of grace before
        (100_000, 0, 1),
    ],
)
def test_the_number_is_what_repays_the_last_fen(installment: int, grace: int, number: int) -> None:
    schedule = generate(100_000, Fraction(0), None, JANUARY, installment=installment, principal_grace=grace)
    assert len(schedule.rows) == number


def test_the_number_follows_the_contracts_own_rounding_of_interest() -> None:
    """0.50 at 12 %: half a fen of interest a month at most. Rounded up, 1 of 10 fen is interest; rounded down, none."""
    up = generate(50, TWELVE, None, JANUARY, installment=10, rounding=Rounding.UP)
    down = generate(50, TWELVE, None, JANUARY, installment=10, rounding=Rounding.DOWN)
    assert (len(up.rows), len(down.rows)) == (6, 5)


def test_an_installment_too_low_is_named_with_the_most_rows_there_are() -> None:
    with pytest.raises(InstallmentTooLow, match="would not be repaid within 1200 installments") as refused:
        generate(1_000_000, TWELVE, None, JANUARY, installment=10_000)
    assert refused.value.facts["given"] == 10_000
    assert len(generate(1200, Fraction(0), None, JANUARY, installment=1).rows) == 1200
    with pytest.raises(InstallmentTooLow):
        generate(1201, Fraction(0), None, JANUARY, installment=1)


def test_a_stated_installment_below_the_interest_never_repays() -> None:
    with pytest.raises(InstallmentTooLow) as refused:
        generate(1_000_000, TWELVE, None, JANUARY, installment=10_000)
    assert refused.value.field == "installment"


def test_an_installment_rounded_up_to_whole_units_leaves_the_interest_alone() -> None:
    # 1001 at 12 % in 2 rows: 508.02..., up to 509; interest 10.01 and then 502.01 x 1 % = 5.0201.
    schedule = generate(100_100, TWELVE, 2, JANUARY, rounding=Rounding.UP, round_to=100)
    assert (schedule.installment, interests(schedule)) == (50900, [1001, 502])


def test_an_installment_rounded_up_far_ends_early_and_stays_at_nothing() -> None:
    schedule = generate(10_000, Fraction(0), 4, JANUARY, rounding=Rounding.UP, round_to=5000)
    assert principals(schedule) == [5000, 5000, 0, 0]


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    installments = draw(st.integers(1, 40))
    method = draw(st.sampled_from(Method))
    principal = draw(st.integers(2, 10**9))
    return {
        "principal": principal,
        "annual_rate": draw(st.fractions(0, 10, max_denominator=10_000)),
        "installments": installments,
        "first_due": draw(st.dates(date(2000, 1, 1), date(2060, 12, 31))),
        "method": method,
        "every": draw(st.sampled_from(["1m", "3m", "1w", "2w", "15d"]).map(Every.parse)),
        "day_count": draw(st.sampled_from(DayCount)),
        "rounding": draw(st.sampled_from(Rounding)),
        "round_to": draw(st.sampled_from([1, 10, 100, 5000])),
        "principal_grace": draw(st.integers(0, installments - 1)),
        "interest_grace": draw(st.integers(0, installments - 1)),
        "balloon": draw(st.integers(1, principal - 1)) if method is Method.BALLOON else 0,
    }


@settings(max_examples=60)
@given(contracts())
def test_any_contract_repays_its_principal_to_the_fen(contract: dict[str, Any]) -> None:
    schedule = generate(**contract)
    rows = schedule.rows
    assert len(rows) == contract["installments"]
    assert sum(row.principal for row in rows) == contract["principal"]
    assert rows[-1].balance == 0
    assert min(min(row.principal, row.interest, row.balance) for row in rows) >= 0
    assert all(row.total == row.principal + row.interest for row in rows)
    assert all(row.principal == 0 for row in rows[: contract["principal_grace"]])
    assert all(row.interest == 0 for row in rows[: contract["interest_grace"]])


@settings(max_examples=30)
@given(st.integers(10_000, 10**9), st.integers(1, 600), st.integers(1, 120))
def test_a_level_installment_is_level_and_the_last_row_is_within_its_rounding(
    principal: int, basis_points: int, installments: int
) -> None:
    rows = generate(principal, Fraction(basis_points, 1000), installments, JANUARY).rows
    assert len({row.total for row in rows[:-1]}) <= 1
    # Half a fen of each row, grown by the interest until the end.
    growth = (1 + Fraction(basis_points, 12_000)) ** installments
    assert abs(rows[-1].total - rows[0].total) <= installments * growth + 1
