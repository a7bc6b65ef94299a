"""What lateness costs: one line per installment, segment and base; numbers worked by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import Cap, Charge, Loan, Payment, Suspension
from portal.domain.contract.penalty_terms import (
    Grace,
    PenaltyBase,
    PenaltyKind,
    PenaltyRate,
    PenaltyTerms,
    RateChange,
    RateForm,
    RoundingPoint,
    Tier,
)
from portal.domain.ledger.penalty import Base, PenaltyLine, penalty_lines
from portal.domain.ledger.position import position
from tests.domain.people import ON, XIAOMING

YEARLY = PenaltyRate(RateForm.ANNUAL, Fraction(36, 100))


def lines(penalty: PenaltyTerms, on: date = ON, *payments: Payment, cap: Cap | None = None) -> tuple[PenaltyLine, ...]:
    terms = replace(XIAOMING.terms, penalty=penalty, cap=cap)
    loan = replace(XIAOMING, terms=terms, payments=(*XIAOMING.payments, *payments))
    return position(loan, on).penalty_lines


def with_terms(**terms: object) -> PenaltyTerms:
    return replace(PenaltyTerms(PenaltyKind.DAILY_SIMPLE, rate=YEARLY), **terms)  # type: ignore[arg-type]


def test_nothing_is_charged_on_the_due_date_itself_and_one_day_is_the_day_after() -> None:
    assert lines(with_terms(), date(2026, 3, 15)) == ()
    (line,) = lines(with_terms(), date(2026, 3, 16))
    assert (line.days, line.contract) == (1, 95)  # 947.97 x 36 % / 360 = 0.94797


def test_days_of_grace_that_waive_are_never_charged() -> None:
    terms = with_terms(grace_days=5)
    assert lines(terms, date(2026, 3, 20)) == ()
    (line,) = lines(terms, date(2026, 3, 21))
    assert (line.start, line.days) == (date(2026, 3, 20), 1)


def test_grace_that_counts_from_the_due_date_is_free_within_it_and_whole_after() -> None:
    terms = with_terms(grace_days=7, grace=Grace.COUNTS_FROM_DUE_DATE)
    assert lines(terms, date(2026, 3, 22)) == ()
    (line,) = lines(terms, date(2026, 3, 23))
    assert (line.start, line.days) == (date(2026, 3, 15), 8)


def test_five_days_of_grace_after_the_twentieth_end_with_the_twenty_fifth() -> None:
    penalty = with_terms(grace_days=5, grace=Grace.COUNTS_FROM_DUE_DATE)
    rows = tuple(row._replace(due_on=row.due_on.replace(day=20)) for row in XIAOMING.schedule)
    loan = replace(XIAOMING, terms=replace(XIAOMING.terms, penalty=penalty), schedule=rows)
    paid = Payment("P-3", date(2026, 3, 25), 110016)
    assert position(loan, date(2026, 3, 25)).penalty_lines == ()
    assert position(replace(loan, payments=(*loan.payments, paid)), date(2026, 3, 26)).overdue.total == 0
    assert [line.days for line in position(loan, date(2026, 3, 26)).penalty_lines] == [6]


def test_what_comes_back_after_its_grace_costs_the_days_before_on_that_day_already() -> None:
    """Due on the 15th, taken in by a plan on the 17th, back on 1 April: two days, 947.97 x 36 % x 2/360 = 1.90."""
    penalty = with_terms(grace_days=5, grace=Grace.COUNTS_FROM_DUE_DATE)
    taken_in, back = Base(date(2026, 3, 17), 0), Base(date(2026, 4, 1), 94797)
    bases = {"principal": [Base(date.min, 94797), taken_in, back], "interest": [Base(date.min, 0)]}
    terms, due_on = replace(XIAOMING.terms, penalty=penalty, cap=None), date(2026, 3, 15)
    assert penalty_lines(terms, 3, due_on, bases, date(2026, 3, 31)) == ()
    (line,) = penalty_lines(terms, 3, due_on, bases, date(2026, 4, 1))
    assert (line.days, line.charged) == (2, 190)


def test_a_payment_in_the_middle_ends_its_segment_on_its_day() -> None:
    # On 31 March 16 days have cost 947.97 x 36 % x 16/360 = 15.17; 500.00 pays it, 152.19 interest, 332.64 principal.
    paid = Payment("P-3", date(2026, 3, 31), 50000)
    first, second = lines(with_terms(), date(2026, 4, 14), paid)
    assert (first.base, first.end, first.days, first.contract) == (94797, date(2026, 3, 31), 16, 1517)
    assert (second.base, second.start, second.days) == (61533, date(2026, 3, 31), 14)
    assert second.contract == 861  # 615.33 x 36 % x 14/360 = 8.61462


def test_a_payment_that_only_reaches_the_interest_leaves_one_line() -> None:
    (line,) = lines(with_terms(), date(2026, 4, 14), Payment("P-3", date(2026, 3, 31), 10000))
    assert (line.base, line.days) == (94797, 30)


def test_each_tier_is_a_line_of_its_own() -> None:
    tiers = (Tier(1, YEARLY), Tier(31, PenaltyRate(RateForm.ANNUAL, Fraction(72, 100))))
    first, second = lines(with_terms(kind=PenaltyKind.TIERED, rate=None, tiers=tiers), date(2026, 4, 15))[:2]
    assert (first.days, first.contract) == (30, 2844)  # 947.97 x 36 % x 30/360 = 28.4391
    assert (second.days, second.contract) == (1, 190)  # 947.97 x 72 % x 1/360 = 1.89594


def test_interest_in_the_base_is_a_line_of_its_own() -> None:
    terms = with_terms(base=PenaltyBase.PRINCIPAL_AND_INTEREST)
    principal, interest = lines(terms, date(2026, 4, 14))
    assert (principal.of, principal.contract) == ("principal", 2844)
    assert (interest.of, interest.base, interest.contract) == ("interest", 15219, 457)  # 152.19 x 36 % x 30/360


def test_rounding_every_day_is_what_the_contract_may_say() -> None:
    (line,) = lines(with_terms(rounding_point=RoundingPoint.DAY), date(2026, 4, 14))
    assert line.contract == 2850  # 0.95 a day for 30 days


def test_a_daily_rate_needs_no_year() -> None:
    rate = PenaltyRate(RateForm.DAILY, Fraction(5, 10000))
    (line,) = lines(with_terms(rate=rate, day_count=DayCount.ACTUAL_365), date(2026, 4, 14))
    assert (line.per, line.contract) == ("day", 1422)  # 947.97 x 0.05 % x 30 = 14.21955


def test_the_days_of_a_line_are_those_of_its_day_count_and_real_ones_for_a_daily_rate() -> None:
    """15 March to 14 June are 89 days of 30/360 and 91 real ones: 947.97 x 36 % x 89/360, 947.97 x 0.05 % x 91."""
    yearly = lines(with_terms(day_count=DayCount.THIRTY_360))[0]
    assert (yearly.per, yearly.days, yearly.contract) == ("year", 89, 8437)
    rate = PenaltyRate(RateForm.DAILY, Fraction(5, 10000))
    daily = lines(with_terms(rate=rate, day_count=DayCount.THIRTY_360))[0]
    assert (daily.per, daily.days, daily.contract) == ("day", 91, 4313)


def test_the_day_a_rate_changes_already_costs_the_new_one() -> None:
    half = RateChange(date(2026, 5, 1), PenaltyRate(RateForm.ANNUAL, Fraction(18, 100)))
    second = lines(with_terms(changes=(half,)), date(2026, 5, 1))[1]
    assert (second.installment, second.days, second.contract) == (3, 1, 47)  # 947.97 x 18 % / 360 = 0.473985


def test_a_margin_is_added_to_the_contract_rate() -> None:
    (line,) = lines(with_terms(rate=PenaltyRate(RateForm.MARGIN, Fraction(6, 100))), date(2026, 4, 14))
    assert (line.rate, line.contract) == (Fraction(24, 100), 1896)  # 947.97 x 24 % x 30/360 = 18.9594


def test_above_the_cap_the_rest_is_shown_and_not_charged() -> None:
    (line,) = lines(with_terms(), date(2026, 4, 14), cap=Cap("24-percent", Fraction(24, 100)))
    assert (line.contract, line.charged, line.not_charged) == (2844, 1896, 948)


def test_a_one_off_percentage_is_charged_once_for_each_missed_installment() -> None:
    terms = PenaltyTerms(PenaltyKind.ONE_OFF_PERCENT, percent=Fraction(5, 100))
    assert [line.contract for line in lines(terms)] == [4740, 4811, 4883]  # 5 % of 947.97, 962.19, 976.62


def test_a_one_off_amount_is_charged_even_if_it_is_paid_later() -> None:
    terms = PenaltyTerms(PenaltyKind.ONE_OFF_AMOUNT, amount=2500)
    late = Payment("P-3", date(2026, 3, 20), 112516)
    (line,) = lines(terms, date(2026, 4, 10), late)
    assert line.contract == 2500


def suspended(component: str) -> Loan:
    pause = Suspension(component, date(2026, 3, 25), date(2026, 4, 4), "dispute")
    terms = replace(XIAOMING.terms, penalty=with_terms())
    return replace(XIAOMING, terms=terms, suspensions=(pause,))


def test_a_disputed_penalty_stands_still_for_the_days_of_the_dispute() -> None:
    """One line, rounded once: thirty calendar days from 15 March, ten of them not counted."""
    (line,) = position(suspended("penalty"), date(2026, 4, 14)).penalty_lines
    assert (line.start, line.end) == (date(2026, 3, 15), date(2026, 4, 14))
    assert (line.days, line.days_not_counted) == (20, 10)


def test_disputed_principal_stops_what_is_charged_on_principal() -> None:
    (line,) = position(suspended("principal"), date(2026, 4, 14)).penalty_lines
    assert (line.days, line.days_not_counted) == (20, 10)


def test_disputed_interest_stops_only_the_line_on_interest() -> None:
    pause = Suspension("interest", date(2026, 3, 25), None, "dispute")
    both = with_terms(base=PenaltyBase.PRINCIPAL_AND_INTEREST)
    loan = replace(XIAOMING, terms=replace(XIAOMING.terms, penalty=both), suspensions=(pause,))
    on_principal, on_interest = position(loan, date(2026, 4, 14)).penalty_lines
    assert (on_principal.of, on_principal.days) == ("principal", 30)
    assert (on_interest.of, on_interest.days) == ("interest", 10)


def test_a_charge_made_once_is_not_made_on_a_day_of_a_dispute() -> None:
    once = PenaltyTerms(PenaltyKind.ONE_OFF_AMOUNT, amount=2500)
    pause = Suspension("penalty", date(2026, 3, 10), date(2026, 3, 20), "dispute")
    loan = replace(XIAOMING, terms=replace(XIAOMING.terms, penalty=once), suspensions=(pause,))
    assert [line.installment for line in position(loan, date(2026, 4, 20)).penalty_lines] == [4]


def test_a_limit_on_all_charges_makes_no_room_for_the_days_of_a_dispute() -> None:
    """36 % is held to 24 %: 947.97 x 0.24 x 20/360 = 12.64; with the ten days of the dispute it would be 18.96."""
    pause = Suspension("penalty", date(2026, 3, 25), date(2026, 4, 4), "dispute")
    cap = Cap("24-percent-together", Fraction(24, 100), together=True)
    terms = replace(XIAOMING.terms, penalty=with_terms(), cap=cap)
    found = position(replace(XIAOMING, terms=terms, suspensions=(pause,)), date(2026, 4, 14)).penalty_lines
    assert sum(line.charged for line in found) == 1264


def test_the_case_disputed_on_the_first_of_june_stands_still_at_what_it_was() -> None:
    """By hand at 23.4 %/360: 48.06 + 29.39 + 10.79 = 88.24; four days after it ends 82, 51 and 21 days are counted.

    947.97 for 82 days cost 50.53, 962.19 for 51 days 31.90, 976.62 for 21 days 13.33: each line is rounded once.
    """
    open_ended = Suspension("penalty", date(2026, 6, 1), None, "dispute")
    assert position(XIAOMING, date(2026, 6, 1)).overdue.penalty == 8824
    assert position(replace(XIAOMING, suspensions=(open_ended,)), ON).overdue.penalty == 8824
    closed = replace(open_ended, end=date(2026, 6, 10))
    assert position(replace(XIAOMING, suspensions=(closed,)), ON).overdue.penalty == 5053 + 3190 + 1333


def test_a_dispute_of_the_fees_does_not_stop_the_penalty() -> None:
    (line,) = position(suspended("fees"), date(2026, 4, 14)).penalty_lines
    assert line.days == 30


def test_a_reversed_payment_counts_as_never_received() -> None:
    paid = Payment("P-3", date(2026, 3, 15), 110016)
    back = Payment("R-3", date(2026, 4, 2), reverses="P-3")
    loan = replace(XIAOMING, payments=(*XIAOMING.payments, paid, back))
    assert position(loan, date(2026, 4, 1)).overdue == Amounts()
    assert position(loan, date(2026, 4, 2)).overdue.principal == 94797
    assert position(loan, date(2026, 4, 2)).days_past_due == 18
    told = position(loan, date(2026, 4, 2)).payments[-1]
    assert (told.id, told.received_on, told.amount, told.reversed_on) == (
        "P-3",
        date(2026, 3, 15),
        110016,
        date(2026, 4, 2),
    )
    assert (told.allocated, told.credit, told.stated) == (Amounts(), 0, False)


def test_a_rate_that_changes_on_1_may_makes_two_lines_of_one_installment() -> None:
    # no. 3: 947.97 x 36 % / 360 a day: 46 days to 30 April 43.61; x 18 %: 45 days to 14 June 21.33
    half = RateChange(date(2026, 5, 1), PenaltyRate(RateForm.ANNUAL, Fraction(18, 100)))
    first, second, *_ = lines(with_terms(changes=(half,)))
    assert (first.installment, first.end, first.days, first.contract) == (3, date(2026, 4, 30), 46, 4361)
    assert (second.installment, second.start, second.days, second.contract) == (3, date(2026, 4, 30), 45, 2133)


def test_a_limit_on_all_charges_together_counts_interest_lines_and_named_fees() -> None:
    # no. 3, 91 days: 24 % of 947.97 is 57.51; 36 % on principal 86.27 and on interest 152.19 x 36 % x 91/360 = 13.85
    both = with_terms(base=PenaltyBase.PRINCIPAL_AND_INTEREST)
    cap = Cap("24-percent-together", Fraction(24, 100), together=True)
    principal, interest, *_ = lines(both, cap=cap)
    assert [(line.of, line.contract, line.charged) for line in (principal, interest)] == [
        ("principal", 8627, 5751),
        ("interest", 1385, 0),
    ]
    fee = Charge("C-1", date(2026, 4, 1), date(2026, 4, 1), "fees", 1500, 3)
    terms = replace(XIAOMING.terms, penalty=both, cap=cap)
    with_fee = position(replace(XIAOMING, terms=terms, charges=(fee,)), ON)
    assert with_fee.penalty_lines[0].charged == 4251
    assert with_fee.penalty_lines[0].not_charged == 4376


def test_a_low_rate_leaves_room_under_a_limit_on_all_charges_together() -> None:
    # 12 %: 28.76 on principal and 4.62 on interest, 33.38 of 57.51
    both = with_terms(base=PenaltyBase.PRINCIPAL_AND_INTEREST, rate=PenaltyRate(RateForm.ANNUAL, Fraction(12, 100)))
    cap = Cap("24-percent-together", Fraction(24, 100), together=True)
    assert [line.charged for line in lines(both, cap=cap)[:2]] == [2876, 462]
