"""A plan pays what is owed, to the fen, and the last installment takes the rest."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount, Every
from portal.domain.ledger.position import position
from portal.domain.money import Rounding
from portal.domain.restructuring.comparison import contract_alone, dues_with, fullest_month
from portal.domain.restructuring.drawing import draw_up
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import AmountTooSmall, NothingLeft, NothingToCome, NothingToPlan
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, quote_offer
from tests.domain.people import ON, XIAOMING

SIX = Offer(Every(1, "m"), date(2026, 7, 1), installments=6)


def quoted(offer: Offer) -> Quote:
    return quote_offer(position(XIAOMING, ON), offer, Policy())


def test_six_months_for_3413_12_are_five_times_568_85_and_a_last_568_87() -> None:
    plan = quoted(SIX).plan
    assert [row.total for row in plan.rows] == [56885, 56885, 56885, 56885, 56885, 56887]
    assert plan.total == 341312
    assert plan.last_due_on == date(2026, 12, 1)
    assert plan.apr == 0


def test_penalty_and_interest_are_paid_before_principal() -> None:
    first = quoted(SIX).plan.rows[0].components
    assert first == Amounts(penalty=11264, interest=41370, principal=4251)


def test_the_components_of_all_installments_are_what_is_owed() -> None:
    plan = quoted(SIX).plan
    paid = sum((row.components for row in plan.rows), Amounts())
    assert paid == Amounts(penalty=11264, interest=41370, principal=288678)


def test_paying_800_each_time_takes_five_payments_the_last_of_213_12() -> None:
    plan = quoted(replace(SIX, installments=None, amount=80000)).plan
    assert [row.total for row in plan.rows] == [80000, 80000, 80000, 80000, 21312]


def test_a_down_payment_of_413_12_leaves_six_times_500() -> None:
    plan = quoted(replace(SIX, down_payment=41312)).plan
    assert plan.rows[0].no == 0
    assert plan.rows[0].due_on == date(2026, 6, 17)
    assert [row.total for row in plan.installments] == [50000] * 6


def test_waiving_half_the_penalty_makes_the_plan_56_32_cheaper() -> None:
    plan = quoted(replace(SIX, waiver=Amounts(penalty=5632))).plan
    assert plan.total == 335680
    assert plan.waived.total == 5632


def test_every_two_weeks_from_a_friday_stays_on_fridays() -> None:
    plan = quoted(Offer(Every(2, "w"), date(2026, 6, 26), installments=3)).plan
    assert [row.due_on for row in plan.rows] == [date(2026, 6, 26), date(2026, 7, 10), date(2026, 7, 24)]


def test_the_whole_loan_at_interest_pays_the_interest_of_each_period_first() -> None:
    offer = replace(SIX, covers=Covers.ALL, installments=12, interest_rate=Fraction(18, 100))
    plan = quoted(offer).plan
    assert plan.taken_in == Amounts(penalty=11264, interest=41370 + 10526, principal=1014588)  # 108.89 x 29/30
    assert plan.rows[0].days == 17
    assert plan.rows[0].plan_interest == 8624  # 10,145.88 x 18 % x 17/360 = 86.24
    assert plan.total == plan.balance + sum(row.plan_interest for row in plan.rows)
    assert plan.rows[-1].balance == 0
    assert max(row.total for row in plan.rows) == plan.rows[0].total


def test_all_of_it_now_is_a_plan_of_one_payment() -> None:
    found = quoted(replace(SIX, down_payment=341312))
    assert [(row.no, row.total, row.balance) for row in found.plan.rows] == [(0, 341312, 0)]
    assert (found.plan.each, found.plan.installments) == (0, ())


def test_a_waiver_of_everything_leaves_no_plan_and_says_so_where_it_was_asked() -> None:
    waiver = Amounts(penalty=11264, interest=41370, principal=288678)
    with pytest.raises(NothingLeft) as refused:
        quoted(replace(SIX, waiver=waiver, kind=OfferKind.SETTLEMENT))
    assert refused.value.field == "waiver_penalty"


def test_the_down_payment_is_due_with_the_quote_or_with_the_first_installment_if_that_is_sooner() -> None:
    assert quoted(replace(SIX, down_payment=1)).plan.rows[0].due_on == date(2026, 6, 17)
    sooner = quoted(replace(SIX, down_payment=1, first_due=date(2026, 6, 16))).plan.rows[0]
    assert (sooner.due_on, sooner.days, sooner.plan_interest) == (date(2026, 6, 16), 2, 0)


@pytest.mark.parametrize(("day_count", "days"), [(DayCount.THIRTY_360, 2), (DayCount.ACTUAL_365, 3)])
def test_the_days_until_a_down_payment_are_counted_as_the_contract_counts(day_count: DayCount, days: int) -> None:
    now, offer = position(XIAOMING, date(2026, 5, 30)), replace(SIX, down_payment=1)
    down = draw_up(now, offer, Rounding.HALF_UP, day_count, date(2026, 6, 2)).rows[0]
    assert (down.no, down.due_on, down.days) == (0, date(2026, 6, 2), days)


def test_payments_below_the_interest_never_end_and_are_refused() -> None:
    offer = replace(SIX, covers=Covers.ALL, installments=None, amount=10000, interest_rate=Fraction(18, 100))
    with pytest.raises(AmountTooSmall) as refused:
        quoted(offer)
    assert refused.value.field == "amount"


def test_somebody_who_owes_nothing_has_nothing_to_plan() -> None:
    with pytest.raises(NothingToPlan):
        quote_offer(position(XIAOMING, date(2026, 2, 20)), replace(SIX, first_due=date(2026, 3, 1)), Policy())


MONTHS = replace(SIX, covers=Covers.ALL, installments=12, first_due=date(2026, 7, 14), interest_rate=Fraction(18, 100))


def test_three_months_of_interest_alone_cost_152_19_each() -> None:
    # 10,145.88 x 18 % x 30/360 = 152.1882
    rows = quoted(replace(MONTHS, interest_only=3)).plan.rows
    assert [row.total for row in rows[:3]] == [15219] * 3
    assert {row.balance for row in rows[:3]} == {1077748}  # 10,145.88 + 413.70 + 105.26 + 112.64
    assert len(rows) == 12
    assert rows[-1].balance == 0


def test_a_holiday_of_three_months_costs_its_interest_at_once() -> None:
    # 10,145.88 x 18 % x 120/360 = 608.7528
    first = quoted(replace(MONTHS, first_due=date(2026, 10, 14))).plan.rows[0]
    assert (first.days, first.plan_interest) == (120, 60875)


def test_half_the_rate_is_half_the_interest() -> None:
    # 10,145.88 x 9 % x 30/360 = 76.0941
    assert quoted(replace(MONTHS, interest_rate=Fraction(9, 100))).plan.rows[0].plan_interest == 7609


def test_what_is_still_to_come_can_be_stretched_while_what_is_overdue_stays() -> None:
    # 10,145.88 - 2,886.78 = 7,259.10; 18 % x 30/360 of it = 108.8865; until today 108.89 x 29/30 = 105.26 have run
    offer = replace(MONTHS, covers=Covers.TO_COME, installments=14)
    found = quoted(offer)
    assert found.plan.taken_in == Amounts(interest=10526, principal=725910)
    assert found.plan.rows[0].plan_interest == 10889
    assert sum(row.components.principal for row in found.plan.rows) == 725910
    now = found.comparison.changes[0]
    assert (now.on, now.before, now.after) == (ON, 341312, 341312)


def test_installments_in_whole_yuan_leave_the_rest_to_the_last() -> None:
    # 3,413.12 / 6 = 568.85: 569 five times, and 568.12
    plan = quoted(replace(SIX, round_to=100)).plan
    assert [row.total for row in plan.rows] == [56900] * 5 + [56812]


def test_a_settlement_of_8000_for_the_whole_loan_may_waive_principal() -> None:
    # 10,145.88 + 518.96 + 112.64 = 10,777.48; all penalty and interest and 2,145.88 of principal are waived
    waiver = Amounts(penalty=11264, interest=51896, principal=214588)
    offer = replace(SIX, covers=Covers.ALL, installments=1, waiver=waiver, kind=OfferKind.SETTLEMENT)
    plan = quoted(offer).plan
    assert [row.total for row in plan.rows] == [800000]
    assert plan.waived.total == 277748


def test_a_plan_for_what_is_overdue_leaves_the_rest_of_the_contract_as_it_is() -> None:
    # before: 3,413.12 now and six times 1,100.16 and 1,100.19; after: six payments beside them
    both = quoted(SIX).comparison
    assert both.before == both.after == 341312 + 6 * 110016 + 110019
    first = both.changes[0]
    assert (first.on, first.before, first.after) == (ON, 341312, 0)


def test_on_a_due_date_the_contract_asks_for_that_installment_too() -> None:
    """15 June: 56.69 + 38.15 + 19.68 = 114.52 of penalty, 3,415.00 overdue, and 1,100.16 fall due today."""
    first = quote_offer(position(XIAOMING, date(2026, 6, 15)), SIX, Policy()).comparison.changes[0]
    assert (first.on, first.before, first.after) == (date(2026, 6, 15), 341500 + 110016, 110016)


def test_a_loan_with_nothing_to_come_cannot_be_stretched() -> None:
    with pytest.raises(NothingToCome):
        quote_offer(
            position(XIAOMING, date(2027, 1, 20)),
            replace(SIX, covers=Covers.TO_COME, first_due=date(2027, 3, 1)),
            Policy(),
        )


def test_what_falls_due_once_a_plan_is_agreed_is_plan_and_contract_by_date() -> None:
    """3,413.12 in two halves of 1,706.56 on the first of July and August, beside 1,100.16 on each 15th."""
    quote = quoted(replace(SIX, installments=2))
    dues = dues_with(quote.position, quote.plan, Covers.OVERDUE)
    assert [(due.key, due.due_on, due.amount) for due in dues[:4]] == [
        ("contract:6", date(2026, 6, 15), 110016),
        ("plan::1", date(2026, 7, 1), 170656),
        ("contract:7", date(2026, 7, 15), 110016),
        ("plan::2", date(2026, 8, 1), 170656),
    ]
    whole = quoted(replace(SIX, covers=Covers.ALL))
    assert [due.key for due in dues_with(whole.position, whole.plan, Covers.ALL)] == [f"plan::{n}" for n in range(1, 7)]


def test_the_fullest_month_has_the_plan_and_the_contract_in_it() -> None:
    """Five of 568.85 and one of 568.87 from July on, beside 1,100.16 a month, 1,100.19 in December."""
    found = quoted(SIX)
    month = fullest_month(position(XIAOMING, ON), found.plan, found.offer.covers)
    assert month is not None and (month.plan, month.contract, month.total) == (56887, 110019, 166906)
    assert (month.last.no, month.last.due_on) == (12, date(2026, 12, 15))


def test_the_contract_alone_and_a_plan_each_bring_one_sum_by_one_day() -> None:
    """3,413.12 overdue and 7,701.15 to come; with 56.32 of penalty waived so much less, on the contract's last day."""
    assert contract_alone(position(XIAOMING, ON)) == (1111427, date(2026, 12, 15))
    found = quoted(replace(SIX, waiver=Amounts(penalty=5632)))
    assert found.comparison.proceeds == (1105795, date(2026, 12, 15))


def test_where_a_plan_takes_in_what_is_to_come_nothing_stands_beside_it() -> None:
    whole = quoted(replace(SIX, covers=Covers.ALL))
    assert fullest_month(position(XIAOMING, ON), whole.plan, whole.offer.covers) is None


def test_a_rest_of_almost_nothing_is_no_payment_by_itself() -> None:
    """200.00 a week would leave 13.12 for an 18th payment: then all 18 are 189.62, and the last is 189.58."""
    weekly = Offer(Every(1, "w"), date(2026, 6, 20), amount=20000)
    plan = quote_offer(position(XIAOMING, ON), weekly, Policy()).plan
    assert [row.total for row in plan.rows] == [18962] * 17 + [18958]
    fits = quote_offer(position(XIAOMING, ON), replace(weekly, amount=19000), Policy()).plan
    assert [row.total for row in fits.rows] == [19000] * 17 + [18312], "a whole one, as it was said"
