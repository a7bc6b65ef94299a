"""A loan's facts in order of their days, whatever the order of telling."""

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import AllocationRule, Charge, Payment
from portal.domain.ledger.dated import known_on
from portal.domain.ledger.position import position
from portal.domain.ledger.walk import Walk
from tests.domain.agreed import CASE, agreed, contract_money, lived, plan_money
from tests.domain.people import ON

PLAN = agreed(CASE)
JUNE, JULY = date(2026, 6, 15), date(2026, 7, 15)


def test_payments_of_one_day_go_by_their_ids() -> None:
    """500.00 named "a" takes penalty, interest and 291.74 of no. 3; "b" finds principal."""
    pair = [Payment("b", ON, 10000), Payment("a", ON, 50000)]
    first, second = position(lived(pair), ON).payments[-2:]
    assert (first.id, first.allocated) == ("a", Amounts(penalty=5607, interest=15219, principal=29174))
    assert second.allocated == Amounts(principal=10000)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_telling_changes_nothing(order: tuple[int, ...]) -> None:
    facts = [
        Payment("x", date(2026, 7, 14), 56885),
        Payment("y", date(2026, 7, 16), 110016),
        Payment("z", date(2026, 7, 1), 5000),
        Payment("r", date(2026, 7, 20), reverses="x"),
    ]
    told = [facts[place] for place in order]
    assert position(lived(told, PLAN), date(2026, 7, 25)) == position(lived(facts, PLAN), date(2026, 7, 25))


def test_a_reversal_of_a_day_comes_after_its_payments() -> None:
    both = [Payment("a-back", ON, reverses="z"), Payment("z", ON, 50000)]
    now = position(lived(both), ON)
    assert (now.overdue.total, now.payments[-1].reversed_on) == (341312, ON)


def test_an_agreement_of_a_day_comes_after_what_was_paid_that_day() -> None:
    """500.00 of 14 June pay no. 3; the plan over 3,413.12 has 500.00 counted as paid on its first row."""
    now = position(lived([Payment("P-3", ON, 50000)], PLAN), ON)
    assert {line.due for line in now.payments[-1].lines} == {"contract:3"}
    assert now.plans[0].rows[0].left == 6885


def test_money_that_is_just_what_a_row_asks_is_the_plans_and_any_other_goes_to_what_is_oldest() -> None:
    """June is missed. On 14 July 568.85 is the plan's; 568.84 goes to June, and 0.01 more finds the row as it was."""
    whole = position(lived([Payment("P-7", date(2026, 7, 14), 56885)], PLAN), date(2026, 7, 14))
    other = position(lived([Payment("P-7", date(2026, 7, 14), 56884)], PLAN), date(2026, 7, 14))
    assert [whole.plans[0].received, other.plans[0].received] == [56885, 0]


def test_the_rest_of_a_row_is_the_plans_too() -> None:
    """Row 1 named with 100.00, then 468.85: just what it still asks, so not June's."""
    part = Payment("P-7", date(2026, 7, 1), 10000, plan_installment=1)
    rest = Payment("P-8", date(2026, 7, 10), 46885)
    now = position(lived([part, rest], PLAN), date(2026, 7, 10))
    assert (now.plans[0].rows[0].left, now.installments[5].paid) == (0, 0)


def test_credit_pays_each_due_on_its_day_and_never_before() -> None:
    ahead = [Payment("P-3", ON, 341312 + 150000)]
    assert position(lived(ahead), ON).installments[5].paid == 0
    on_day = position(lived(ahead), JUNE)
    assert (on_day.installments[5].left, on_day.credit) == (0, 150000 - 110016)
    later = position(lived(ahead), JULY)
    assert (later.installments[6].paid, later.credit) == (39984, 0)
    assert [line.on for entry in later.book.entries[-1:] for line in entry.lines][-3:] == [JUNE, JULY, JULY]


def test_credit_pays_a_charge_on_its_day_before_the_day_after() -> None:
    fee = Charge("F", date(2026, 6, 20), date(2026, 6, 25), "fees", 3000)
    loan = replace(lived([Payment("P-3", ON, 341312 + 110016 + 5000)]), charges=(fee,))
    assert position(loan, date(2026, 6, 24)).credit == 5000
    assert position(loan, date(2026, 6, 25)).credit == 2000


def test_a_contract_with_an_order_for_money_in_advance_has_it_paid_at_once() -> None:
    rule = AllocationRule(in_advance=("interest", "principal"))
    loan = replace(CASE, terms=replace(CASE.terms, allocation=rule))
    now = position(lived([Payment("P-3", ON, 341312 + 50000)], loan=loan), ON)
    assert (now.credit, now.payments[-1].reached[-1]) == (0, (6, 50000))


def test_money_of_a_due_that_is_named_goes_there_before_its_day_and_the_rest_its_usual_way() -> None:
    named = Payment("P-3", ON, 120000, installment=12)
    now = position(lived([named]), ON)
    assert dict(now.payments[-1].reached)[12] == 110019
    # 99.81 are left: of no. 3 56.07 of penalty and 43.74 of interest.
    assert dict(now.payments[-1].reached)[3] == 120000 - 110019 - 5607


def test_a_day_that_is_passed_is_noted_with_what_could_be_known_on_it() -> None:
    walk = Walk(lived([Payment("P-3", date(2026, 6, 20), 341312)]), date(2026, 7, 1), passing=ON)
    walk.run()
    assert walk.noted == Amounts(penalty=11264, interest=41370, principal=288678)


def test_what_came_after_a_day_is_left_out_of_what_was_known_on_it() -> None:
    loan = replace(lived([*contract_money(), *plan_money()], PLAN), charges=(Charge("F", JULY, JULY, "fees", 100),))
    then = known_on(loan, ON)
    assert (len(then.payments), then.charges, then.agreements) == (2, (), (PLAN,))
    assert known_on(loan, date(2026, 6, 13)).agreements == ()
    assert position(then, ON) == position(loan, ON)


def test_money_that_could_pay_everything_does_on_any_day_on_which_it_is_enough() -> None:
    """3,413.12, 7,259.10 to come and 105.26 that have run close the loan on the 14th; a fen less does not."""
    enough = 341312 + 725910 + 10526
    closed, short = (position(lived([Payment("X", ON, minor)]), date(2026, 8, 1)) for minor in (enough, enough - 1))
    assert (closed.payoff, closed.credit, closed.next_dues) == (0, 0, ())
    assert short.payoff > 0 and short.credit > 0


def test_what_was_closed_by_two_payments_is_open_again_when_one_of_them_is_taken_back() -> None:
    """4,000.00 and 6,777.48 pay all of it on 14 June. Without the first the second had been credit since that day.

    It pays 3,413.12 as of the 14th and June's 1,100.16 on the 15th, so no penalty grew: 2,264.20 are left, for July.
    """
    pair = [Payment("X-1", ON, 400000), Payment("X-2", ON, 677748)]
    loan = lived([*pair, Payment("R", date(2026, 6, 20), reverses="X-1")])
    assert position(loan, date(2026, 6, 19)).payoff == 0
    now = position(loan, date(2026, 6, 20))
    assert (now.credit, now.overdue.total, now.penalty_charged) == (677748 - 341312 - 110016, 0, 11264)
    assert [row.left for row in now.installments[5:]] == [0, *[110016] * 5, 110019]
    assert {line.end for line in now.penalty_lines} == {ON}


def test_credit_pays_what_was_taken_back_on_that_day_with_the_penalty_of_the_days_between() -> None:
    """All that was overdue is paid on 10 June, and 500.00 ahead on the 11th; the first is taken back on the 14th.

    The 500.00 that were credit pay no. 3: 91 days of 947.97 are 56.07, 152.19 of interest, 291.74 of principal.
    """
    owed = position(CASE, date(2026, 6, 10)).overdue.total
    money = [Payment("X-1", date(2026, 6, 10), owed), Payment("X-2", date(2026, 6, 11), 50000)]
    loan = lived([*money, Payment("R", ON, reverses="X-1")])
    assert position(loan, date(2026, 6, 13)).credit == 50000
    now = position(loan, ON)
    assert now.payments[-1].allocated == Amounts(penalty=5607, interest=15219, principal=29174)
    assert (now.credit, now.overdue.total) == (0, 341312 - 50000)


def test_how_late_it_is_when_money_comes_says_in_which_order_all_of_it_pays() -> None:
    """91 days late on 14 June: no. 3 is named and paid, and 100.00 more pay principal of no. 4, 60 days late."""
    rule = AllocationRule(late=("principal", "interest", "penalty", "fees", "costs"), late_from_day=91)
    loan = replace(CASE, terms=replace(CASE.terms, allocation=rule))
    now = position(lived([Payment("P-3", ON, 115623 + 10000, installment=3)], loan=loan), ON)
    assert [(line.component, line.amount) for line in now.payments[-1].lines][3:] == [("principal", 10000)]


def test_a_charge_of_the_day_is_known_on_it_and_not_the_day_before() -> None:
    loan = replace(CASE, charges=(Charge("F", JULY, JULY, "fees", 100),))
    assert known_on(loan, JULY).charges == loan.charges
    assert known_on(loan, date(2026, 7, 14)).charges == ()
