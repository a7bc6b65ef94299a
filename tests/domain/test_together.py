"""One amount over several loans: nobody is asked for more in a period than was said, and all of it is paid."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger.position import Position, position
from portal.domain.money import Money
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.together import (
    Spread,
    Together,
    TooLittleForAll,
    WaitsTooLong,
    fullest_month_together,
    in_proportion,
    least_at_once,
    quotes_together,
)
from tests.domain.people import ON, XIAOMING

# His second loan: the same contract, nos. 1 to 4 paid, so that only no. 5 is overdue, since 15 May.
PAID = tuple(Payment(f"P-{no}", date(2026, no, 15), 110016) for no in range(1, 5))
SECOND = replace(XIAOMING, loan_no="JQ-2026-0002", payments=PAID, statement=None)
MONTH = Every(1, "m")
POLICY = Policy()


def over(*loans: Loan) -> list[Position]:
    return [position(loan, ON) for loan in loans]


def test_fifteen_hundred_go_to_two_loans_as_they_are_overdue() -> None:
    # 150000 x 149073 / 195012 = 114664.4 and 150000 x 45939 / 195012 = 35335.6: rounded down, and the fen to the first.
    assert in_proportion(150000, [149073, 45939]) == [114665, 35335]


def test_a_loan_with_hardly_anything_overdue_still_gets_its_fen() -> None:
    assert in_proportion(100, [1000000, 1]) == [99, 1]


@given(st.integers(10, 10**9), st.lists(st.integers(1, 10**9), min_size=1, max_size=10))
def test_no_fen_is_lost_between_the_loans(amount: int, owed: list[int]) -> None:
    shares = in_proportion(amount, owed)
    assert sum(shares) == amount and min(shares) >= 1


def test_the_loan_overdue_for_longest_is_paid_first_and_the_next_begins_a_month_after_it() -> None:
    # 3,413.12 are overdue on the first, at 1,000 a month four payments; 1,119.20 on the second:
    # 976.62 + 123.54 + 19.04.
    asked = Together(100000, MONTH, date(2026, 7, 1), Spread.OLDEST_FIRST)
    second, first = quotes_together(over(SECOND, XIAOMING), asked, POLICY)
    assert [row.due_on.month for row in first.plan.rows] == [7, 8, 9, 10]
    assert [row.total for row in first.plan.rows] == [100000, 100000, 100000, 41312]
    assert [(row.due_on, row.total) for row in second.plan.rows] == [
        (date(2026, 11, 1), 100000),
        (date(2026, 12, 1), 11920),
    ]


def test_of_two_loans_late_since_the_same_day_the_dearer_one_is_paid_first() -> None:
    cheaper = replace(SECOND, terms=replace(SECOND.terms, annual_rate=SECOND.terms.annual_rate / 2))
    asked = Together(200000, MONTH, date(2026, 7, 1), Spread.OLDEST_FIRST)
    cheap, dear = quotes_together(over(cheaper, SECOND), asked, POLICY)
    assert dear.offer.first_due == date(2026, 7, 1) and cheap.offer.first_due == date(2026, 8, 1)


@pytest.mark.parametrize("spread", list(Spread))
@given(st.integers(50000, 600000), st.sampled_from(["1m", "2w", "1w"]))
def test_no_day_asks_for_more_than_was_said_and_each_loan_is_paid_in_full(
    spread: Spread, each: int, every: str
) -> None:
    asked = Together(each, Every.parse(every), date(2026, 7, 1), spread)
    loans = [XIAOMING, SECOND]
    quotes = quotes_together(over(*loans), asked, POLICY)
    days: Counter[date] = Counter()
    for loan, quote in zip(loans, quotes, strict=True):
        assert sum(row.total for row in quote.plan.rows) == position(loan, ON).overdue.total
        days.update({row.due_on: row.total for row in quote.plan.rows})
    assert max(days.values()) <= each


def test_where_the_second_loan_would_wait_longer_than_a_year_the_amount_is_refused() -> None:
    # 3,413.12 at 250 a month are fourteen payments: the other loan's turn would come on 1 September 2027.
    with pytest.raises(WaitsTooLong) as refused:
        quotes_together(over(XIAOMING, SECOND), Together(25000, MONTH, date(2026, 7, 1), Spread.OLDEST_FIRST), POLICY)
    assert refused.value.field == "amount" and refused.value.facts["begins"] == date(2027, 9, 1)


def test_less_than_a_fen_for_each_is_refused_with_the_least_there_is() -> None:
    with pytest.raises(TooLittleForAll) as refused:
        quotes_together(over(XIAOMING, SECOND), Together(1, MONTH, date(2026, 7, 1)), POLICY)
    assert refused.value.field == "amount" and refused.value.facts["least"] == Money(2, "CNY")


def test_the_third_loan_begins_after_the_payments_of_both_before_it_and_each_keeps_the_reason() -> None:
    """July to October for the first, November and December for the second; January for the third."""
    third = replace(SECOND, loan_no="JQ-2026-0003")
    asked = Together(100000, MONTH, date(2026, 7, 1), Spread.OLDEST_FIRST, reason="illness")
    quotes = quotes_together(over(XIAOMING, SECOND, third), asked, POLICY)
    assert [each.plan.rows[0].due_on for each in quotes] == [date(2026, 7, 1), date(2026, 11, 1), date(2027, 1, 1)]
    assert {each.offer.reason for each in quotes} == {"illness"}


def test_the_least_that_is_accepted_at_once_is_as_many_payments_as_the_policy_takes_of_all_of_them_together() -> None:
    """3,413.12 and 1,119.20 are 4,532.32 together: in twelve 378.00, in six 756.00; of 900.00 at least, five."""
    loans, begin = over(XIAOMING, SECOND), date(2026, 7, 1)
    assert least_at_once(loans, MONTH, begin, POLICY) == 37800
    assert least_at_once(loans, MONTH, begin, replace(POLICY, max_months=6)) == 75600
    assert least_at_once(loans, MONTH, begin, replace(POLICY, min_installment=90000)) == 90700
    assert least_at_once(loans, MONTH, begin, replace(POLICY, covers=())) is None


def test_the_fullest_month_adds_the_plans_and_the_contracts_beside_them() -> None:
    """1,000.00 of the plans and twice 1,100.16 of the contracts in July; August is the same, December less."""
    quotes = quotes_together(over(XIAOMING, SECOND), Together(100000, MONTH, date(2026, 7, 1)), POLICY)
    month = fullest_month_together(quotes)
    assert month is not None
    assert (month.plan, month.contract, month.last.due_on) == (100000, 220032, date(2026, 12, 15))


def test_what_all_of_them_keep_of_the_policy_no_part_breaks_and_what_they_do_not_each_breaks() -> None:
    policy = replace(POLICY, min_installment=50000, first_due_within_days=31)
    parts = quotes_together(over(XIAOMING, SECOND), Together(60000, MONTH, date(2026, 7, 1)), policy)
    assert all(each.accepted_at_once for each in parts), "450.00 and 150.00 are parts of 600.00"
    late = quotes_together(over(XIAOMING, SECOND), Together(60000, MONTH, date(2026, 8, 1)), policy)
    assert [[each.rule for each in quote.breaks] for quote in late] == [["first_due_within_days"]] * 2
    small = quotes_together(over(XIAOMING, SECOND), Together(40000, MONTH, date(2026, 7, 1)), policy)
    assert all("min_installment" in [each.rule for each in quote.breaks] for quote in small)
