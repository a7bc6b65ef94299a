"""What is owed on a day: the worked case of the domain to the fen, and cases others published."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount, Every
from portal.domain.contract.loan import AllocationRule, Cap, Charge, Installment, Loan, Payment, Statement, Terms
from portal.domain.contract.penalty_terms import Grace, PenaltyBase, PenaltyKind, PenaltyRate, PenaltyTerms, RateForm
from portal.domain.contract.schedule import Method
from portal.domain.ledger.position import position
from portal.domain.ledger.reconciliation import Difference, differences
from tests.domain.people import ON, XIAOMING


@pytest.mark.parametrize(
    ("multiple", "day_count", "cap", "charged", "not_charged"),
    [
        ("1.3", DayCount.ACTUAL_360, None, [5607, 3753, 1904], 0),
        ("1.5", DayCount.ACTUAL_360, None, [6470, 4330, 2197], 0),
        ("1.5", DayCount.ACTUAL_360, Cap("24-percent", Fraction(24, 100)), [5751, 3849, 1953], 1444),
        ("1.3", DayCount.ACTUAL_365, None, [5530, 3701, 1878], 0),
        ("1.5", DayCount.ACTUAL_365, None, [6381, 4271, 2167], 0),
    ],
)
def test_the_five_rows_of_the_worked_case(
    multiple: str, day_count: DayCount, cap: Cap | None, charged: list[int], not_charged: int
) -> None:
    rate = PenaltyRate(RateForm.MULTIPLE, Fraction(multiple))
    penalty = replace(XIAOMING.terms.penalty, rate=rate, day_count=day_count)
    loan = replace(XIAOMING, terms=replace(XIAOMING.terms, penalty=penalty, cap=cap))
    now = position(loan, ON)
    assert [line.charged for line in now.penalty_lines] == charged
    assert sum(line.not_charged for line in now.penalty_lines) == not_charged
    assert [line.days for line in now.penalty_lines] == [91, 60, 30]
    assert now.overdue == Amounts(penalty=sum(charged), interest=41370, principal=288678)
    assert now.outstanding_principal == 1014588


def test_the_itemisation_of_the_case() -> None:
    it = position(XIAOMING, ON).itemisation
    assert (it.opened_on, it.opening) == (date(2026, 3, 15), 0)
    assert (it.principal_due, it.interest, it.penalty_fees_costs) == (288678, 41370, 11264)
    assert (it.credited, it.now) == (0, 341312)


def test_an_installment_is_not_overdue_on_its_due_date_and_is_the_day_after() -> None:
    assert position(XIAOMING, date(2026, 3, 15)).overdue.total == 0
    assert position(XIAOMING, date(2026, 3, 16)).overdue.total == 110016 + 62  # 947.97 x 23.4 % / 360 = 0.616


def test_the_lenders_books_are_compared_component_by_component() -> None:
    assert differences(position(XIAOMING, ON)) == ()
    said = Statement(ON, Amounts(penalty=11442, interest=41370, principal=288678))
    assert differences(position(replace(XIAOMING, statement=said), ON)) == (Difference("penalty", 11442, 11264),)


def test_a_payment_taken_back_after_the_statement_still_counts_on_its_day() -> None:
    """500.00 came on 10 June, the lender stated what was left on the 12th, and the bank took it back on the 13th."""
    paid = (*XIAOMING.payments, Payment("P-3", date(2026, 6, 10), 50000))
    left = position(replace(XIAOMING, payments=paid), date(2026, 6, 12)).overdue
    back = Payment("R-3", date(2026, 6, 13), reverses="P-3")
    loan = replace(XIAOMING, payments=(*paid, back), statement=Statement(date(2026, 6, 12), left))
    assert differences(position(loan, ON)) == ()


def test_a_credit_while_something_is_overdue_is_in_the_itemisation() -> None:
    loan = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", date(2026, 6, 1), 50000)))
    it = position(loan, ON).itemisation
    assert it.credited == 50000
    assert it.principal_due + it.interest + it.penalty_fees_costs - it.credited == it.now


def test_more_than_everything_owed_closes_the_loan_and_the_rest_is_credit() -> None:
    """10,145.88 of principal and five of thirty days of 152.19, 25.365: half up 25.37. Nothing is owed in June."""
    loan = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", date(2026, 2, 20), 2_000_000)))
    now = position(loan, ON)
    assert now.outstanding_principal == 0
    assert (now.overdue.total, now.credit) == (0, 2_000_000 - 1014588 - 2537)


def test_an_allocation_the_lender_states_is_kept_as_stated() -> None:
    stated = Payment("P-3", date(2026, 6, 1), 50000, allocated=Amounts(principal=50000))
    now = position(replace(XIAOMING, payments=(*XIAOMING.payments, stated)), ON)
    assert now.payments[-1].allocated == Amounts(principal=50000)
    assert now.outstanding_principal == 1014588 - 50000
    assert now.overdue.interest == 41370


def test_a_stated_allocation_pays_the_oldest_installments_and_its_day_is_the_day_they_were_cleared() -> None:
    """2,000.00 of principal: no. 3 (947.97) in full, no. 4 (962.19) in full, and 89.84 of no. 5."""
    stated = Payment("P-3", date(2026, 6, 1), 200000, allocated=Amounts(principal=200000))
    now = position(replace(XIAOMING, payments=(*XIAOMING.payments, stated)), ON)
    assert [row.paid for row in now.installments[2:6]] == [94797, 96219, 8984, 0]
    assert (now.overdue.principal, now.overdue.interest) == (288678 - 200000, 41370)
    # On the 1st the penalty of no. 3 had run 78 days (48.06), of no. 4 47 (29.39), of no. 5 17 (10.79) and then 13 more
    # on 886.78 (7.49): 95.73.
    assert [line.days for line in now.penalty_lines] == [78, 47, 17, 13]
    assert now.overdue.penalty == 4806 + 2939 + 1079 + 749


def test_an_installment_cleared_by_a_stated_allocation_does_not_open_the_next_itemisation() -> None:
    """No. 3 with 17 days of penalty (10.48) is cleared on 1 April; what is owed on 20 April began with no. 4."""
    cleared = Payment("P-3", date(2026, 4, 1), 111064, Amounts(penalty=1048, interest=15219, principal=94797))
    loan = replace(XIAOMING, payments=(*XIAOMING.payments, cleared))
    assert position(loan, date(2026, 4, 1)).overdue.total == 0
    now = position(loan, date(2026, 4, 20))
    assert (now.itemisation.opened_on, now.itemisation.credited) == (date(2026, 4, 15), 0)


def test_fees_that_the_lender_says_were_paid_and_nobody_charged_touch_nothing_else() -> None:
    stated = Payment("P-3", date(2026, 6, 1), 1500, allocated=Amounts(fees=1500))
    now = position(replace(XIAOMING, payments=(*XIAOMING.payments, stated)), ON)
    assert now.overdue == position(XIAOMING, ON).overdue
    assert now.outstanding_principal == 1014588
    assert now.credit == 0


def test_what_a_stated_allocation_leaves_open_is_no_credit_while_something_is_due() -> None:
    """47.81 are left of 600.00: the oldest that is due is the penalty of no. 3, 48.06 by then."""
    stated = Payment("P-3", date(2026, 6, 1), 60000, allocated=Amounts(interest=15219, principal=40000))
    now = position(replace(XIAOMING, payments=(*XIAOMING.payments, stated)), ON)
    assert now.payments[-1].allocated == Amounts(penalty=4781, interest=15219, principal=40000)
    assert now.credit == now.payments[-1].credit == 0
    assert now.payments[-1].stated and not now.payments[0].stated


def single(principal: int, interest: int, contract_rate: str, penalty: PenaltyTerms, due_on: date) -> Loan:
    """One installment, for the published cases that have no schedule."""
    terms = Terms(
        annual_rate=Fraction(contract_rate),
        method=Method.LEVEL,
        installments=1,
        every=Every(1, "m"),
        first_due=due_on,
        day_count=DayCount.ACTUAL_365,
        penalty=penalty,
    )
    schedule = (Installment(1, due_on, principal, interest),)
    signed_on = date(2024, 1, 1)
    return Loan("X", "", "bank", "CNY", signed_on, signed_on, principal, terms, schedule)


def test_eight_percent_for_ten_days_on_3000_is_6_58() -> None:  # oracle B03
    rate = PenaltyRate(RateForm.ANNUAL, Fraction(8, 100))
    terms = PenaltyTerms(PenaltyKind.DAILY_SIMPLE, rate=rate, day_count=DayCount.ACTUAL_365)
    assert position(single(300000, 0, "0", terms, date(2026, 1, 1)), date(2026, 1, 11)).overdue.penalty == 658


def test_contract_rate_and_three_percent_after_seven_days_of_grace_is_1_07() -> None:  # oracle B04
    """The bank counts the due date as the first of its seven days: six come after it."""
    terms = PenaltyTerms(
        PenaltyKind.DAILY_SIMPLE,
        rate=PenaltyRate(RateForm.MARGIN, Fraction(3, 100)),
        grace_days=6,
        grace=Grace.COUNTS_FROM_DUE_DATE,
    )
    loan = single(50000, 0, "0.08", terms, date(2026, 1, 1))
    assert position(loan, date(2026, 1, 8)).overdue.penalty == 107
    assert position(loan, date(2026, 1, 7)).overdue.penalty == 0


def test_two_percent_a_month_on_two_missed_installments_of_50000() -> None:  # oracle B08
    terms = PenaltyTerms(
        PenaltyKind.DAILY_SIMPLE,
        base=PenaltyBase.PRINCIPAL_AND_INTEREST,
        rate=PenaltyRate(RateForm.MONTHLY, Fraction(2, 100)),
        day_count=DayCount.THIRTY_360,
    )
    loan = single(10_000_000, 0, "0", terms, date(2026, 1, 1))
    rows = (Installment(1, date(2026, 1, 1), 5_000_000, 0), Installment(2, date(2026, 2, 1), 5_000_000, 0))
    loan = replace(loan, schedule=rows)
    assert position(loan, date(2026, 2, 1)).overdue.penalty == 100000
    assert position(loan, date(2026, 3, 1)).overdue.penalty == 300000


def test_one_percent_a_day_compounds_on_600_to_606_and_612_06() -> None:  # oracle B11
    rate = PenaltyRate(RateForm.DAILY, Fraction(1, 100))
    loan = single(100000, 0, "0", PenaltyTerms(PenaltyKind.DAILY_COMPOUND, rate=rate), date(2026, 1, 1))
    loan = replace(loan, payments=(Payment("P", date(2026, 1, 1), 40000),))
    assert position(loan, date(2026, 1, 2)).overdue.total == 60600
    assert position(loan, date(2026, 1, 3)).overdue.total == 61206


THREE = tuple(Installment(n, date(2023, n + 1, 1), 100000, 3000) for n in (1, 2, 3))
DUE_THEN_IN_ADVANCE = AllocationRule(
    due=("penalty", "fees", "costs", "interest", "principal"),
    in_advance=("principal", "penalty", "fees", "costs", "interest"),
)


def paying(amount: int, on: date, *charges: Charge) -> Amounts:
    loan = single(300000, 0, "0", PenaltyTerms(), date(2023, 2, 1))
    terms = replace(loan.terms, allocation=DUE_THEN_IN_ADVANCE)
    loan = replace(
        loan, schedule=THREE, terms=terms, charges=charges, payments=(Payment("P", on, amount, installment=1),)
    )
    return position(loan, on).payments[0].allocated


def test_before_its_due_date_a_payment_that_names_it_goes_to_principal_first() -> None:  # oracle E02
    assert paying(100000, date(2023, 1, 10)) == Amounts(principal=100000)


def test_a_penalty_that_is_due_comes_before_principal() -> None:  # oracle E04
    fifty = Charge("C", date(2023, 2, 1), date(2023, 2, 1), "penalty", 5000, 1)
    assert paying(50000, date(2023, 2, 1), fifty) == Amounts(penalty=5000, interest=3000, principal=42000)


def test_due_charges_then_principal_penalty_fees_and_interest_in_advance() -> None:  # oracle E08
    charges = (
        Charge("C-1", date(2023, 1, 15), date(2023, 1, 15), "penalty", 5000, 1),
        Charge("C-2", date(2023, 1, 15), date(2023, 1, 20), "penalty", 5000, 1),
        Charge("C-3", date(2023, 1, 15), date(2023, 1, 20), "fees", 5000, 1),
    )
    paid = paying(118000, date(2023, 1, 15), *charges)
    assert paid == Amounts(fees=5000, penalty=10000, interest=3000, principal=100000)


def test_across_components_all_interest_is_paid_before_any_principal() -> None:
    """152.19 + 137.97 + 123.54 are 413.70; of 450.00 without penalty 36.30 are left for the principal of no. 3."""
    terms = replace(XIAOMING.terms, allocation=AllocationRule(across="component"), penalty=PenaltyTerms())
    paid = Payment("P-3", ON, 45000)
    now = position(replace(XIAOMING, terms=terms, payments=(*XIAOMING.payments, paid)), ON)
    assert now.payments[-1].allocated == Amounts(interest=41370, principal=3630)
    assert now.payments[-1].reached == ((3, 15219 + 3630), (4, 13797), (5, 12354))


def test_a_long_late_loan_may_pay_principal_first() -> None:
    rule = AllocationRule(late=("principal", "interest", "penalty", "fees", "costs"), late_from_day=91)
    loan = replace(XIAOMING, terms=replace(XIAOMING.terms, allocation=rule))
    loan = replace(loan, payments=(*loan.payments, Payment("P-3", ON, 90000)))
    assert position(loan, ON).payments[-1].allocated == Amounts(principal=90000)


def test_whoever_names_the_debt_pays_that_installment_first_and_the_rest_goes_its_usual_way() -> None:
    """1,200.00 on 14 June for no. 5: its penalty 19.04, interest 123.54, principal 976.62; 80.80 to no. 3."""
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", ON, 120000, installment=5)))
    now = position(paid, ON)
    assert [row.left for row in now.installments[2:5]] == [110016 - (8080 - 5607), 110016, 0]
    assert now.payments[-1].allocated == Amounts(penalty=1904 + 5607, interest=12354 + 2473, principal=97662)


def test_a_named_installment_that_is_not_due_yet_is_paid_in_advance() -> None:
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", ON, 110016, installment=6)))
    now = position(paid, ON)
    assert now.installments[5].left == 0 and now.overdue.total == 341312


def test_the_first_payment_went_to_the_first_installment() -> None:
    now = position(XIAOMING, ON)
    assert now.payments[0].reached == ((1, 110016),)
    assert now.payments[1].reached == ((2, 110016),)


def test_what_was_taken_back_reached_nothing_and_moves_nothing_that_came_later() -> None:
    """The second payment keeps what it paid. No. 1 is open as if never paid: 150 days, 920.16 x 23.4 % / 360, 89.72."""
    back = Payment("R-1", date(2026, 3, 1), reverses=XIAOMING.payments[0].id)
    loan = replace(XIAOMING, payments=(*XIAOMING.payments, back))
    first, second = position(loan, ON).payments
    assert first.reached == ()
    assert second.reached == ((2, 110016),)
    now = position(loan, ON)
    assert now.installments[0].left == 110016
    assert [(line.days, line.charged) for line in now.penalty_lines if line.installment == 1] == [(150, 8972)]


def test_what_came_in_two_parts_is_told_part_by_part() -> None:
    """500.00 on 14 February and 600.16 a day later pay no. 2 together: each is told by itself."""
    first, _ = XIAOMING.payments
    parts = (Payment("P-2", date(2026, 2, 14), 50000), Payment("P-3", date(2026, 2, 15), 60016))
    loan = replace(XIAOMING, payments=(first, *parts))
    now = position(loan, ON)
    assert [each.reached for each in now.payments[1:]] == [((2, 50000),), ((2, 60016),)]


def test_what_is_taken_back_later_still_stands_on_the_day_before() -> None:
    back = Payment("R-1", date(2026, 3, 1), reverses=XIAOMING.payments[0].id)
    loan = replace(XIAOMING, payments=(*XIAOMING.payments, back))
    then = date(2026, 2, 28)
    assert position(loan, then).payments[0].reached == ((1, 110016),)
    on_the_day = date(2026, 3, 1)
    assert position(loan, on_the_day).payments[0].reached == ()


def test_an_installment_that_falls_due_today_is_not_overdue() -> None:
    now = position(XIAOMING, date(2026, 6, 15))
    assert [row.no for row in now.overdue_installments] == [3, 4, 5]
    assert (now.installments[5].overdue, now.installments[5].left) == (0, 110016)
