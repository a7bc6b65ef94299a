"""A plan beside the contract, the whole loan, and what is told late: every figure of the ledger's rule, by hand."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Agreement, Covers, MissedContract
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.calendar import Every, due_date
from portal.domain.contract.loan import Charge, Installment, Payment, Statement
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.progress import InstallmentStatus, PlanProgress
from portal.domain.ledger.reconciliation import differences
from portal.domain.restructuring.offer import Offer
from tests.domain.agreed import AT_ONCE, CASE, SIX, agreed, contract_money, lived, plan_money
from tests.domain.people import ON

PLAN = agreed(CASE)
PLAN_AT_ONCE = replace(PLAN, cure_terms=AT_ONCE)
EIGHTEEN = Fraction(18, 100)


def whole(installments: int, rate: Fraction = EIGHTEEN, waiver: Amounts = NOTHING) -> Offer:
    return Offer(
        Every(1, "m"),
        date(2026, 7, 15),
        installments=installments,
        covers=Covers.ALL,
        interest_rate=rate,
        waiver=waiver,
    )


def plan_of(now: Position, ref: str = "A-1") -> PlanProgress:
    return next(plan for plan in now.plans if plan.agreement.ref == ref)


def ended(now: Position, ref: str = "A-1") -> tuple[PlanStatus, date | None]:
    return plan_of(now, ref).status, plan_of(now, ref).ended_on


def closes(now: Position) -> bool:
    """The working of the figure adds up, and is the figure."""
    it = now.itemisation
    said = it.opening + it.principal_due + it.interest + it.penalty_fees_costs - it.credited
    return said == it.now == now.overdue.total


# A plan beside the contract (3)


def test_the_six_installments_are_five_of_568_85_and_568_87() -> None:
    assert [row.total for row in PLAN.plan.rows] == [56885] * 5 + [56887]
    assert PLAN.plan.taken_in == Amounts(penalty=11264, interest=41370, principal=288678)


@pytest.mark.parametrize("day", [date(2026, month, 16) for month in range(6, 13)])
def test_who_pays_plan_and_contract_on_the_day_is_never_overdue(day: date) -> None:
    now = position(lived([*contract_money(), *plan_money()], PLAN), day)
    assert (now.overdue.total, now.credit, now.penalty_charged) == (0, 0, 11264)


def test_who_pays_plan_and_contract_on_the_day_completes_the_plan_on_its_last_day_and_not_before() -> None:
    loan = lived([*contract_money(), *plan_money()], PLAN)
    assert plan_of(position(loan, date(2026, 12, 13))).status is PlanStatus.ACTIVE
    assert ended(position(loan, date(2026, 12, 14))) == (PlanStatus.COMPLETED, date(2026, 12, 14))
    last = position(loan, date(2026, 12, 15))
    assert (last.payoff, last.outstanding_principal, last.credit) == (0, 0, 0)


def test_the_contract_alone_cures_the_plans_first_row_and_is_short_of_the_contract() -> None:
    """1,100.16 of 15 July: 568.85 to row 1 of 14 July, 531.31 to installment 7, which is 568.85 short."""
    now = position(lived(contract_money(), PLAN), date(2026, 7, 15))
    assert [row.received for row in plan_of(now).rows] == [56885, 0, 0, 0, 0, 0]
    assert plan_of(now).rows[0].status is InstallmentStatus.CURED
    assert now.installments[6].left == 56885


def test_the_contract_alone_breaks_the_plan_on_its_second_miss_three_working_days_later() -> None:
    """14 August is a second miss. On the 15th 11.46 of penalty and 568.85 go to 7, 519.85 to row 2, 49.00 short.

    L is Friday the 14th, the telling days the 17th to the 19th, B the 20th: 3,413.12 - 568.85 - 519.85 = 2,324.42
    return, beside installment 8 of the 15th: 1,100.16, and 1,021.23 x 23.4 % x 5 / 360 = 3.32 of penalty.
    """
    loan = lived(contract_money(), PLAN)
    eve = position(loan, date(2026, 8, 19))
    assert plan_of(eve).status is PlanStatus.STRAINED
    assert (plan_of(eve).cure_by, plan_of(eve).breaks_on) == (date(2026, 8, 14), date(2026, 8, 20))
    assert plan_of(eve).rows[1].left == 4900
    now = position(loan, date(2026, 8, 20))
    assert ended(now) == (PlanStatus.BROKEN, date(2026, 8, 20))
    assert sum(row.left for row in now.installments[2:5]) == 232442
    assert now.overdue == Amounts(penalty=332, interest=7893, principal=232442 + 102123)
    assert closes(now)


def test_without_telling_days_the_same_breaks_on_the_15th_and_its_money_goes_to_the_contract() -> None:
    """3,413.12 - 568.85 = 2,844.27 return on the 15th, before its money: 905.46 of 1,100.16 go to 3, 194.70 to 4.

    Row 1 had paid penalty 112.64, interest 413.70 and 42.51 of the principal of 3: 947.97 - 42.51 = 905.46 are left.
    """
    loan = lived(contract_money(), PLAN_AT_ONCE)
    before = position(lived(contract_money(last=7), PLAN_AT_ONCE), date(2026, 8, 15))
    assert ended(before) == (PlanStatus.BROKEN, date(2026, 8, 15))
    assert before.installments[2].left + before.installments[3].left + before.installments[4].left == 284427
    now = position(loan, date(2026, 8, 15))
    paid = dict(now.payments[-1].reached)
    assert paid == {3: 90546, 4: 19470}


@pytest.mark.parametrize(("agreement", "broken_on"), [(PLAN, date(2026, 8, 1)), (PLAN_AT_ONCE, date(2026, 7, 29))])
def test_who_names_the_contract_and_never_pays_the_plan_breaks_it(agreement: Agreement, broken_on: date) -> None:
    """Row 1 of 14 July can be cured until the 28th; the 29th to the 31st are working days."""
    loan = lived(contract_money(named=True), agreement)
    assert plan_of(position(loan, broken_on - timedelta(days=1))).status is PlanStatus.STRAINED
    now = position(loan, broken_on)
    assert ended(now) == (PlanStatus.BROKEN, broken_on)
    assert now.installments[5].left == 0 and now.installments[6].left == 0
    assert now.overdue.total == 341312


def test_who_keeps_the_plan_and_never_pays_the_contract_owes_seven_installments() -> None:
    """7 rows: 7,701.15. Penalty by 16 December, days from each 15th: 184, 154, 123, 92, 62, 31, 1 on the principals.

    991.27 118.56; 1,006.14 100.71; 1,021.23 81.65; 1,036.55 61.99; 1,052.10 42.40; 1,067.88 21.52; 1,083.93 0.70.
    """
    now = position(lived(plan_money(), PLAN), date(2026, 12, 16))
    assert ended(now) == (PlanStatus.COMPLETED, date(2026, 12, 14))
    assert [line.charged for line in now.penalty_lines if line.installment >= 6] == [
        11856,
        10071,
        8165,
        6199,
        4240,
        2152,
        70,
    ]
    assert (now.overdue.penalty, now.overdue.total) == (42753, 812868)
    assert closes(now)


def test_who_pays_both_a_day_late_cures_each_row_a_day_later_and_owes_a_day_of_penalty_each() -> None:
    """Penalty of one day each, 0.64 + 0.65 + 0.66 + 0.67 + 0.68 + 0.69 + 0.70, and what it put off: 4.98."""
    loan = lived([*contract_money(later=1), *plan_money(later=1)], PLAN)
    now = position(loan, date(2026, 12, 20))
    assert ended(now) == (PlanStatus.COMPLETED, date(2026, 12, 15))
    assert (now.overdue.total, now.credit) == (498, 0)
    assert {row.status for row in plan_of(now).rows} == {InstallmentStatus.CURED}


def test_who_pays_both_a_day_late_breaks_a_plan_without_telling_days_at_the_second_miss() -> None:
    loan = lived([*contract_money(later=1), *plan_money(later=1)], PLAN_AT_ONCE)
    assert ended(position(loan, date(2026, 8, 20))) == (PlanStatus.BROKEN, date(2026, 8, 15))


def test_who_pays_both_a_week_early_is_ahead_and_the_loan_is_closed_by_what_could_pay_everything() -> None:
    """From July: 568.85 (568.87) on each 7th, 1,100.16 (1,100.19) on each 8th; June's installment on its day."""
    early = [*contract_money(last=6), *contract_money(first=7, later=-7), *plan_money(later=-7)]
    loan = lived(early, PLAN)
    ahead = position(loan, date(2026, 7, 8))
    # 568.85 is what the plan's row asks, so that is paid; 1,100.16 waits for the 15th.
    assert (ahead.credit, plan_of(ahead).rows[0].left, ahead.overdue.total) == (110016, 0, 0)
    on_day = position(loan, date(2026, 7, 15))
    assert (on_day.credit, on_day.installments[6].left) == (0, 0)
    assert position(loan, date(2026, 12, 7)).credit == 0
    last = position(loan, date(2026, 12, 8))
    # Interest of December runs 23 of 30 days by then: 16.26 x 23 / 30 = 12.466, 12.47; 3.79 less than 16.26.
    assert (last.payoff, last.credit, last.installments[11].left) == (0, 379, 0)
    later = position(loan, date(2026, 12, 20))
    assert (later.overdue.total, later.credit) == (0, 379)


def test_no_penalty_runs_on_what_is_taken_in_while_the_plan_lives() -> None:
    now = position(lived([*contract_money(), *plan_money()], PLAN), date(2026, 11, 30))
    assert now.penalty_charged == 11264


def test_a_missed_contract_installment_beside_a_plan_is_overdue_apart_from_it() -> None:
    """June's is missed: 1,100.16 and 15 days of penalty, 991.27 x 23.4 % x 15 / 360 = 9.66, on 30 June."""
    now = position(lived([], PLAN), date(2026, 6, 30))
    assert (now.overdue.total, now.overdue.penalty, now.overdue_in_plan.total) == (110982, 966, 0)
    assert plan_of(now).status is PlanStatus.ACTIVE
    missed = position(lived([], PLAN), date(2026, 7, 15))
    assert missed.overdue_in_plan.total == 56885


def test_where_the_policy_says_so_a_missed_contract_installment_breaks_the_plan_by_the_same_days() -> None:
    """15 June is missed: L is the 29th, telling days the 30th, 1 and 2 July, B Friday the 3rd."""
    strict = replace(PLAN, cure_terms=replace(PLAN.cure_terms, contract=MissedContract.BREAKS))
    loan = lived([], strict)
    assert plan_of(position(loan, date(2026, 7, 2))).lives
    assert ended(position(loan, date(2026, 7, 3))) == (PlanStatus.BROKEN, date(2026, 7, 3))


TWO_PAID = [*contract_money(named=True), *plan_money(last=2)]


def test_broken_after_two_of_six_what_was_paid_counts_for_the_original_dues_by_component() -> None:
    """1,137.70 = penalty 112.64 + interest 413.70 + principal 611.36, which goes to 3: 947.97 - 611.36 = 336.61.

    Row 3 of 14 September: L the 28th, the 29th and 30th are working days, the next one after the holidays is the 8th.
    """
    eve, now = (position(lived(TWO_PAID, PLAN), date(2026, 10, day)) for day in (8, 9))
    assert plan_of(eve).status is PlanStatus.STRAINED
    assert ended(now) == (PlanStatus.BROKEN, date(2026, 10, 9))
    assert now.overdue == Amounts(principal=227542)
    assert [row.left for row in now.installments[2:5]] == [33661, 96219, 97662]
    assert closes(now)


def test_after_the_break_penalty_runs_from_the_day_after_and_never_for_the_days_kept() -> None:
    """One day of 23.4 % / 360 on 336.61, 962.19 and 976.62: 0.22 + 0.63 + 0.63 = 1.48, added to 112.64 as paid."""
    now = position(lived(TWO_PAID, PLAN), date(2026, 10, 10))
    assert (now.overdue.penalty, now.overdue.total) == (148, 227542 + 148)


def test_of_a_waiver_the_part_of_the_kept_rows_is_final_and_the_rest_comes_back() -> None:
    """112.64 waived: six rows of 3,300.48 / 6 = 550.08; two kept, so 112.64 x 4 / 6 = 75.09 (down) comes back.

    1,100.16 paid: interest 413.70 and principal 686.46; 2,886.78 - 686.46 + 75.09 = 2,275.41.
    """
    forgiving = agreed(CASE, replace(SIX, waiver=Amounts(penalty=11264)))
    assert [row.total for row in forgiving.plan.rows] == [55008] * 6
    kept = [Payment(f"P-7{no}", date(2026, 6 + no, 14), 55008) for no in (1, 2)]
    now = position(lived([*contract_money(named=True), *kept], forgiving), date(2026, 10, 9))
    assert plan_of(now).vested == Amounts(penalty=3755)
    assert now.overdue == Amounts(penalty=7509, principal=220032)
    assert now.overdue.total == 227541


# The whole loan (4)


def test_the_whole_loan_takes_in_what_is_overdue_the_principal_to_come_and_the_interest_that_has_run() -> None:
    """3,413.12, 7,259.10 of principal to come, and of the running period 108.89 x 29 / 30 = 105.26: 10,777.48."""
    taken_in = agreed(CASE, whole(36)).plan.taken_in
    assert taken_in == Amounts(penalty=11264, interest=41370 + 10526, principal=288678 + 725910)
    assert taken_in.total == 1077748


@pytest.mark.parametrize(
    ("installments", "rate", "each", "last", "interest"),
    [
        (12, EIGHTEEN, 98769, 98758, 107469),
        (24, EIGHTEEN, 53766, 53756, 212626),
        (36, EIGHTEEN, 38918, 38918, 323300),
        (12, Fraction(0), 89812, 89816, 0),
        (24, Fraction(0), 44906, 44910, 0),
        (36, Fraction(0), 29937, 29953, 0),
    ],
)
def test_the_whole_loan_in_equal_installments(
    installments: int, rate: Fraction, each: int, last: int, interest: int
) -> None:
    """Counted apart with exact fractions: penalty and old interest bear none, each is the smallest that suffices."""
    plan = agreed(CASE, whole(installments, rate)).plan
    assert {row.total for row in plan.rows[:-1]} == {each}
    assert (plan.rows[-1].total, plan.interest) == (last, interest)


def test_of_36_the_first_two_rows_hold_no_principal() -> None:
    first, second, third = agreed(CASE, whole(36)).plan.rows[:3]
    assert (first.components.principal, second.components.principal) == (0, 0)
    assert third.components.principal > 0


KEPT = [Payment(f"W-{no}", due_date(date(2026, 7, 15), Every(1, "m"), no), 38918) for no in range(6)]


def test_the_schedule_of_the_whole_loan_is_the_schedule() -> None:
    """Six kept by 15 December: row 7 of 15 January is next, the contract asks for nothing any more."""
    now = position(lived(KEPT, agreed(CASE, whole(36))), date(2026, 12, 16))
    assert (now.overdue.total, now.credit, plan_of(now).kept) == (0, 0, 6)
    assert now.next_due is None
    following = plan_of(now).next
    assert following is not None and (following.no, following.due_on, following.left) == (7, date(2027, 1, 15), 38918)


def test_a_plan_that_broke_never_costs_more_than_the_contract_would() -> None:
    """On 1 January 2032 all 36 rows are due, with penalty 19,800.23; the contract alone would be 19,459.83."""
    broken = position(lived(KEPT, agreed(CASE, whole(36))), date(2032, 1, 1))
    alone = position(lived(KEPT), date(2032, 1, 1))
    assert alone.payoff == 1945983
    assert (broken.above_contract.total, broken.payoff, broken.overdue.total) == (34040, 1945983, 1945983)
    assert closes(broken)


def test_a_lender_that_does_not_charge_what_is_above_the_contract_either_agrees() -> None:
    """9,346.49 of principal and 2,328.91 of interest; of 8,124.83 of penalty 340.40 less, in all 19,459.83."""
    stated = Statement(date(2032, 1, 1), Amounts(penalty=812483 - 34040, interest=232891, principal=934649))
    loan = replace(lived(KEPT, agreed(CASE, whole(36))), statement=stated)
    for looked_at in (stated.as_of, date(2032, 1, 2)):
        assert differences(position(loan, looked_at)) == ()


def test_a_broken_whole_loan_claws_back_the_waiver_that_is_not_final_as_a_due_of_that_day() -> None:
    """112.64 x 30 / 36 = 93.866, down 93.86 back, 18.78 final. Row 7 of 15 January: L the 29th, B 4 February."""
    forgiving = agreed(CASE, whole(36, waiver=Amounts(penalty=11264)))
    kept = [Payment(f"W-{row.no}", row.due_on, row.total) for row in forgiving.plan.rows[:6]]
    eve, now = (position(lived(kept, forgiving), date(2027, 2, day)) for day in (3, 4))
    assert ended(now) == (PlanStatus.BROKEN, date(2027, 2, 4))
    assert plan_of(now).vested == Amounts(penalty=1878)
    after = position(lived(kept, forgiving), date(2027, 2, 5))
    grown = after.penalty_charged - eve.penalty_charged
    assert after.overdue.total - eve.overdue.total == 9386 + grown


# Payments and the payoff (2)


FIVE_PAID = contract_money(first=3, last=5)


def test_the_payoff_after_five_payments_on_10_june() -> None:
    """7,259.10 + 108.89 x 25 / 30 = 90.7417, 90.74."""
    assert position(lived(FIVE_PAID), date(2026, 6, 10)).payoff == 725910 + 9074


@pytest.mark.parametrize("day", [date(2026, 6, 10), date(2026, 6, 15), date(2026, 7, 16), date(2030, 1, 1)])
def test_once_it_is_paid_nothing_is_owed_on_any_later_day(day: date) -> None:
    now = position(lived([*FIVE_PAID, Payment("X", date(2026, 6, 10), 734984)]), day)
    assert (now.overdue.total, now.payoff, now.credit, now.outstanding_principal) == (0, 0, 0, 0)


def test_what_was_paid_too_much_pays_a_later_fee_by_itself() -> None:
    """1,300.00 where 1,200.00 was owed, then a fee of 60.00: nothing overdue, 40.00 of credit."""
    rows = (Installment(1, date(2026, 1, 15), 120000, 0), Installment(2, date(2026, 9, 15), 60000, 0))
    loan = replace(
        CASE,
        principal=180000,
        schedule=rows,
        payments=(Payment("A", date(2026, 1, 15), 130000),),
        charges=(Charge("F", date(2026, 2, 1), date(2026, 2, 1), "fees", 6000),),
    )
    assert position(loan, date(2026, 1, 31)).credit == 10000
    now = position(loan, date(2026, 2, 10))
    assert (now.overdue.total, now.credit) == (0, 4000)


# The day of an agreement's figures, and one at a time (1)


def test_500_of_10_june_told_after_signing_counts_as_paid_on_the_first_row() -> None:
    """500.00 less owed on the 14th, and 0.76 of penalty that never arose; row 1 asks 568.85 - 500.76 = 68.09.

    On the 10th 53.61 of penalty, 152.19 of interest and 294.20 of principal are paid of 3. So its penalty is 53.61
    for 87 days on 947.97 and 1.70 for 4 days on 653.77, instead of 56.07 for 91 days.
    """
    now = position(lived([Payment("late", date(2026, 6, 10), 50000)], PLAN), ON)
    assert plan_of(now).rows[0].left == 6809
    assert (now.overdue.total, now.credit) == (0, 0)


def test_who_pays_everything_on_the_day_of_signing_owes_none_of_the_plans_interest() -> None:
    """10,777.48 pay everything on 14 June, and the plan finds nothing to take in: 3,233.00 of interest are void.

    Taken back on the 20th, the contract's dues are open as if never paid: as without the plan.
    """
    signed = agreed(CASE, whole(36))
    everything, back = Payment("ALL", ON, 1077748), Payment("R-ALL", date(2026, 6, 20), reverses="ALL")
    now = position(lived([everything], signed), date(2026, 6, 19))
    assert (now.payoff, now.credit, ended(now)) == (0, 0, (PlanStatus.COMPLETED, ON))
    taken_back = position(lived([everything, back], signed), date(2026, 6, 20))
    assert taken_back.payoff == position(CASE, date(2026, 6, 20)).payoff > 1077748


def test_a_second_plan_ends_the_first_and_takes_in_what_that_gives_back() -> None:
    """Two of six paid, signed on 20 September: 3,413.12 - 1,137.70 = 2,275.42, no penalty for the days between."""
    money, on = [*contract_money(last=9, named=True), *plan_money(last=2)], date(2026, 9, 20)
    again = agreed(lived(money, PLAN), replace(SIX, first_due=date(2026, 10, 20)), "A-2", on)
    assert again.plan.taken_in == Amounts(principal=227542)
    now = position(lived(money, PLAN, again), on)
    assert ended(now) == (PlanStatus.SUPERSEDED, on)
    assert (now.overdue.total, plan_of(now, "A-2").left, now.credit) == (0, 227542, 0)


def test_a_waiver_that_is_not_final_comes_back_when_another_plan_takes_over() -> None:
    """Two of six kept: 75.09 of 112.64 come back, 2,275.41 in all are what the second takes in."""
    forgiving = agreed(CASE, replace(SIX, waiver=Amounts(penalty=11264)))
    kept = [Payment(f"P-7{no}", date(2026, 6 + no, 14), 55008) for no in (1, 2)]
    known = lived([*contract_money(last=9, named=True), *kept], forgiving)
    again = agreed(known, replace(SIX, first_due=date(2026, 10, 20)), "A-2", date(2026, 9, 20))
    assert again.plan.taken_in == Amounts(penalty=7509, principal=220032)


# Status in both directions (6)


def test_a_break_is_undone_when_its_row_turns_out_to_have_been_paid_in_time() -> None:
    """Broken on 1 August; then 568.85 of 14 July is told: nothing returned, no penalty of the days between."""
    named = contract_money(last=7, named=True)
    on = date(2026, 8, 10)
    assert ended(position(lived(named, PLAN), on)) == (PlanStatus.BROKEN, date(2026, 8, 1))
    told = position(lived([*named, *plan_money(last=1)], PLAN), on)
    assert ended(told) == (PlanStatus.ACTIVE, None)
    assert (told.overdue.total, told.penalty_charged) == (0, 11264)


def test_money_that_came_after_the_break_is_the_plans_where_the_break_is_undone() -> None:
    """200.00 of 5 August paid penalty of the contract; with row 1 told it is credit, for row 2 of the 14th."""
    meanwhile = [*contract_money(last=7, named=True), Payment("M", date(2026, 8, 5), 20000)]
    on = date(2026, 8, 14)
    broken = position(lived(meanwhile, PLAN), on)
    assert [line.due for line in broken.payments[-1].lines] == ["contract:3", "contract:3"]
    told = position(lived([*meanwhile, *plan_money(last=1)], PLAN), on)
    assert {line.due for line in told.payments[-1].lines} == {"plan:A-1:2"}
    assert plan_of(told).rows[1].left == 56885 - 20000


def test_a_late_fact_under_a_second_plan_counts_as_paid_on_the_first_rows_of_that_one() -> None:
    """3,430.01 taken in on 10 August: 3,413.12 and nine days on 2,886.78, 5.55 + 5.63 + 5.71 = 16.89.

    Then row 1 of 14 July is told: 2,844.27 was owed on that day, so 585.74 counts as paid on the second plan's rows.
    """
    named, on = contract_money(last=7, named=True), date(2026, 8, 10)
    again = agreed(lived(named, PLAN), replace(SIX, first_due=date(2026, 9, 14)), "A-2", on)
    assert again.plan.taken_in.total == 343001
    now = position(lived([*named, *plan_money(last=1)], PLAN, again), on)
    assert ended(now) == (PlanStatus.SUPERSEDED, on)
    assert plan_of(now, "A-2").received == 58574
    # 3,430.01 / 6 = 571.67: the first row is whole, 14.07 of the second.
    assert [row.received for row in plan_of(now, "A-2").rows[:3]] == [57167, 1407, 0]


def test_a_completed_plan_is_open_again_when_one_of_its_payments_is_taken_back() -> None:
    """568.85 of July is taken back on 20 January 2027: L is 3 February, B 9 February, after a weekend."""
    back = Payment("R", date(2027, 1, 20), reverses="P-71")
    loan = lived([*contract_money(), *plan_money(), back], PLAN)
    assert plan_of(position(loan, date(2027, 1, 19))).status is PlanStatus.COMPLETED
    now = position(loan, date(2027, 1, 20))
    assert (now.overdue.total, now.overdue_in_plan.total) == (56885, 56885)
    assert (plan_of(now).status, plan_of(now).cure_by, plan_of(now).breaks_on) == (
        PlanStatus.STRAINED,
        date(2027, 2, 3),
        date(2027, 2, 9),
    )
    assert plan_of(position(loan, date(2027, 2, 8))).status is PlanStatus.STRAINED
    assert ended(position(loan, date(2027, 2, 9))) == (PlanStatus.BROKEN, date(2027, 2, 9))


def test_a_strained_plan_is_cured_when_it_turns_out_that_all_came_in_time() -> None:
    """Row 1 comes on the 20th; a payment of 14 July told later makes that the second row's, ahead of its day."""
    late = Payment("P-late", date(2026, 7, 20), 56885)
    named = contract_money(last=7, named=True)
    strained = position(lived([*named, late], PLAN), date(2026, 7, 21))
    assert plan_of(strained).rows[0].status is InstallmentStatus.CURED
    now = position(lived([*named, late, *plan_money(last=1)], PLAN), date(2026, 7, 21))
    assert plan_of(now).rows[0].status is InstallmentStatus.PAID
    assert [row.received for row in plan_of(now).rows[:3]] == [56885, 56885, 0]


# Signed and not booked (1)


def test_a_refused_agreement_changes_nothing_and_the_days_to_the_answer_cost_no_penalty() -> None:
    """Signed on 14 June, refused on the 20th; by the 24th 101, 70 and 40 days have passed since 3, 4 and 5 fell due.

    Each installment is one line of its days less six at 23.4 % / 360: 95 cost 58.54, 64 cost 40.03, 34 cost 21.58.
    """
    refused = replace(PLAN, refused=True, answered_on=date(2026, 6, 20))
    named = contract_money(last=6, named=True)
    assert position(lived(named, refused), date(2026, 6, 20)).overdue.total == 341312
    now = position(lived(named, refused), date(2026, 6, 24))
    assert [(line.days, line.days_not_counted, line.charged) for line in now.penalty_lines] == [
        (95, 6, 5854),
        (64, 6, 4003),
        (34, 6, 2158),
    ]


def test_a_row_that_falls_due_before_the_cores_answer_is_due_on_the_day_of_the_answer() -> None:
    answered = replace(PLAN, answered_on=date(2026, 7, 20))
    rows = plan_of(position(lived([], answered), ON)).rows
    assert [row.due_on for row in rows[:2]] == [date(2026, 7, 20), date(2026, 8, 14)]
    silent = replace(PLAN, answered_on=None)
    waiting = position(lived(contract_money(last=7, named=True), silent), date(2026, 7, 25))
    assert (waiting.overdue.total, plan_of(waiting).status) == (0, PlanStatus.ACTIVE)
