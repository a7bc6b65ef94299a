"""What a plan took in, beside what was owed on its day by what is told since: every figure by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import permutations

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Charge, Installment, Loan, Payment
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import position
from portal.domain.ledger.restated import RestatedPlan, restated_plans
from tests.domain.agreed import CASE, SIX, agreed, contract_money, lived, plan_money
from tests.domain.people import ON
from tests.domain.test_plan_figures import whole

PLAN = agreed(CASE)
RUNS = lived([], PLAN)
LATER = date(2026, 8, 10)
NAMED = contract_money(last=7, named=True)
SECOND = agreed(lived(NAMED, PLAN), replace(SIX, first_due=date(2026, 9, 14)), "A-2", LATER)
EARLY = Payment("P-0", date(2026, 6, 10), 50000)


def told(before: Loan, now: Loan, on: date = date(2026, 7, 2)) -> list[tuple[str, int, int]]:
    """By agreement what was signed, and what was owed by what is known now."""
    return [
        (each.plan.agreement.ref, each.plan.agreement.stated.total, each.owed.total)
        for each in restated_plans(before, now, on)
    ]


def one(before: Loan, now: Loan) -> RestatedPlan:
    (found,) = restated_plans(before, now, date(2026, 7, 2))
    return found


def with_rows(loan: Loan, *rows: Installment) -> Loan:
    """The schedule with these in the place of those of their numbers."""
    by_no = {row.no: row for row in rows}
    return replace(loan, schedule=tuple(by_no.get(row.no, row) for row in loan.schedule))


def test_a_row_that_the_lender_restates_was_owed_otherwise_on_the_plans_day() -> None:
    """Installment 3 was 1,100.16; of 1,000.00 principal and no interest, 91 days at 23.4 % / 360 are 59.15.

    3,413.12 - 1,100.16 - 56.07 + 1,000.00 + 59.15 = 3,316.04.
    """
    found = one(RUNS, with_rows(RUNS, Installment(3, date(2026, 3, 15), 100000, 0)))
    assert found.changed == ("schedule",)
    assert found.plan.agreement.stated == Amounts(penalty=11264, interest=41370, principal=288678)
    assert found.owed == Amounts(penalty=11264 - 5607 + 5915, interest=41370 - 15219, principal=288678 - 94797 + 100000)
    assert found.owed.total == 331604


def test_terms_that_change_beside_a_running_plan_are_named_also_where_the_sum_stays() -> None:
    assert told(RUNS, with_rows(RUNS, Installment(12, date(2026, 12, 15), 108393, 1000))) == [("A-1", 341312, 341312)]


def test_of_a_plan_that_has_ended_nothing_is_said_when_the_contract_changes() -> None:
    broken = lived(NAMED, PLAN)
    assert told(broken, with_rows(broken, Installment(3, date(2026, 3, 15), 100000, 0)), LATER) == []


def test_what_says_the_same_changes_nothing() -> None:
    assert told(RUNS, RUNS) == []
    assert told(CASE, with_rows(CASE, Installment(3, date(2026, 3, 15), 100000, 0))) == [], "it has no plan"


def test_a_charge_of_before_that_is_told_later_was_owed_too() -> None:
    fee = Charge("C-1", date(2026, 6, 1), date(2026, 6, 1), "fees", 2000)
    assert told(RUNS, replace(RUNS, charges=(fee,))) == [("A-1", 341312, 343312)]
    assert told(RUNS, replace(RUNS, charges=(replace(fee, on=date(2026, 7, 1), due_on=date(2026, 7, 1)),))) == []


def test_a_payment_older_than_the_plan_leaves_less() -> None:
    """500.00 of 10 June pays penalty and interest; of 112.64 of penalty 0.76 never arose: 2,912.36."""
    assert told(RUNS, lived([EARLY], PLAN)) == [("A-1", 341312, 291236)]
    for day in (ON, date(2026, 6, 15)):
        assert told(RUNS, lived([replace(EARLY, received_on=day)], PLAN)) == [], "that is the plan's"


def test_a_payment_older_than_the_plan_that_is_taken_back_leaves_more() -> None:
    """1,100.16 of 15 February had paid installment 2: it was open with penalty of 119 days at 23.4 % / 360.

    933.96 of principal, so 72.24; 3,413.12 + 1,100.16 + 72.24 = 4,585.52.
    """
    back = Payment("R", date(2026, 7, 1), reverses=CASE.payments[-1].id)
    assert told(RUNS, lived([back], PLAN)) == [("A-1", 341312, 341312 + 110016 + 7224)]


def test_one_that_was_to_be_reinstated_gives_way_to_the_agreement_signed_since() -> None:
    """3,430.01 was taken in on 10 August; with row 1 of 14 July 2,844.27 was owed: 585.74 less."""
    before, row_1 = lived(NAMED, PLAN, SECOND), plan_money(last=1)
    assert told(before, lived([*NAMED, *row_1], PLAN, SECOND), LATER) == [("A-2", 343001, 284427)]


def test_under_a_plan_that_another_took_the_place_of_it_is_said_also_when_that_one_has_ended() -> None:
    """200.00 of 20 June had paid installment 6 in part: penalty of five days, 3.22, interest 108.89 and 87.89.

    It is taken back when the second plan, of 10 July, has broken. Penalty of 25 days on 991.27 is 16.11, not 3.22 and
    20 days on 903.38, 11.74: 200.00 and 1.15 were owed besides.
    """
    day, part, on = date(2026, 7, 10), Payment("M", date(2026, 6, 20), 20000), date(2026, 10, 1)
    second = agreed(lived([part], PLAN), replace(SIX, first_due=date(2026, 8, 10)), "A-2", day)
    before = lived([part], PLAN, second)
    assert [each.status for each in position(before, on).plans] == [PlanStatus.SUPERSEDED, PlanStatus.BROKEN]
    ((ref, signed, owed),) = told(before, lived([part, Payment("R", on, reverses="M")], PLAN, second), on)
    assert (ref, signed, owed - signed) == ("A-2", second.plan.taken_in.total, 20000 + 115)


def test_money_of_the_second_plans_own_day_is_the_plans_and_a_later_row_is_nothing_to_one_that_has_ended() -> None:
    before, on = lived(NAMED, PLAN, SECOND), date(2026, 11, 10)
    assert told(before, lived([*NAMED, Payment("M", LATER, 20000)], PLAN, SECOND), LATER) == []
    given_way = lived([*NAMED, *plan_money(last=1)], PLAN, SECOND)
    assert [each.status for each in position(given_way, on).plans] == [PlanStatus.SUPERSEDED, PlanStatus.BROKEN]
    assert told(given_way, with_rows(given_way, Installment(12, date(2026, 12, 15), 108393, 1000)), on) == []


def test_the_days_that_an_agreement_refused_before_had_waited_were_no_days_of_penalty() -> None:
    """Refused on 10 June after nine days: penalty of 82, 51 and 21 days, 50.53 + 31.90 + 13.33 = 95.76, not 112.64."""
    refused = replace(PLAN, ref="A-0", signed_on=date(2026, 6, 1), answered_on=date(2026, 6, 10), refused=True)
    plan = agreed(lived([], refused))
    loan = lived([], refused, plan)
    found = told(loan, with_rows(loan, Installment(12, date(2026, 12, 15), 108393, 1000)))
    assert found == [("A-1", 341312 - 1688, 341312 - 1688)]


def test_a_plan_over_the_whole_loan_took_in_what_is_to_come_too() -> None:
    loan = lived([], agreed(CASE, whole(36)))
    less = with_rows(loan, Installment(12, date(2026, 12, 15), 100000, 1626))
    assert told(loan, less) == [("A-1", 1077748, 1077748 - 8393)]


def test_the_order_of_telling_changes_nothing_of_the_figure_told_last() -> None:
    """500.00 of 10 June, a fee of 20.00 and another row 3: whatever comes last ends at the same figure."""
    steps = (
        lambda loan: replace(loan, payments=(*loan.payments, EARLY)),
        lambda loan: replace(loan, charges=(Charge("C-1", date(2026, 6, 1), date(2026, 6, 1), "fees", 2000),)),
        lambda loan: with_rows(loan, Installment(3, date(2026, 3, 15), 100000, 0)),
    )
    last: set[tuple[str, int, int]] = set()
    for order in permutations(steps):
        loans: Sequence[Loan] = [RUNS]
        for step in order:
            loans = [*loans, step(loans[-1])]
        last.add(told(loans[-2], loans[-1])[-1])
    assert len(last) == 1
