"""What is asked for next, of the contract and of a plan beside it, and where the loan stands by that."""

from dataclasses import replace
from datetime import date

from portal.domain.contract.agreement import Covers
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Charge, Payment
from portal.domain.ledger.delinquency import Delinquency, DelinquencyStatus, delinquency
from portal.domain.ledger.explanation import growth
from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.ledger.upcoming import NextDue, less_credit, next_dues_of
from tests.domain.agreed import CASE, SIX, agreed, contract_money, lived, plan_money
from tests.domain.people import ON

PLAN = agreed(CASE)
JUNE, JULY = date(2026, 6, 15), date(2026, 7, 15)


def test_plan_and_contract_are_asked_for_in_the_order_of_their_days() -> None:
    now = position(lived([], PLAN), ON)
    assert now.next_dues[:3] == (
        NextDue("contract:6", JUNE, 110016, 6),
        NextDue("plan:A-1:1", date(2026, 7, 14), 56885, 1),
        NextDue("contract:7", JULY, 110016, 7),
    )
    # Until 14 July, thirty days on, that day included.
    assert now.upcoming() == 110016 + 56885
    assert now.upcoming(31) == 110016 + 56885 + 110016


def test_of_one_day_the_plans_comes_first_and_a_charge_has_its_own_line() -> None:
    plan = agreed(CASE, replace(SIX, first_due=JULY))
    fee = Charge("F", ON, JULY, "fees", 1500, 7)
    now = position(replace(lived([], plan), charges=(fee,)), date(2026, 6, 16))
    assert [(due.key, due.amount) for due in now.next_dues[:3]] == [
        ("plan:A-1:1", 56885),
        ("contract:7", 110016),
        ("charge:F", 1500),
    ]
    assert next_dues_of(now.book.dues, JULY) == now.next_dues


def test_what_falls_due_today_is_asked_for_and_what_fell_due_yesterday_is_overdue() -> None:
    assert position(CASE, JUNE).next_dues[0].due_on == JUNE
    assert position(CASE, date(2026, 6, 16)).next_dues[0].due_on == JULY


def test_credit_is_not_taken_off_what_is_asked_but_off_what_is_still_to_pay() -> None:
    """2,000.00 beyond what is overdue: 1,100.16 for June, 899.84 for July, of which 200.32 are left to pay."""
    now = position(lived([Payment("P-3", ON, 341312 + 200000)]), ON)
    assert (now.credit, now.next_dues[0].amount) == (200000, 110016)
    assert now.next_to_pay == NextDue("contract:7", JULY, 20032, 7)
    assert delinquency(now) == Delinquency(DelinquencyStatus.ON_TIME, 20032, JULY)


def test_credit_pays_each_due_in_order() -> None:
    dues = (NextDue("a", JUNE, 100), NextDue("b", JUNE, 50), NextDue("c", JULY, 70))
    assert less_credit(dues, 120) == (NextDue("b", JUNE, 30), NextDue("c", JULY, 70))
    assert less_credit(dues, 0) == dues
    assert less_credit(dues, 220) == ()


def test_who_is_under_a_whole_loan_plan_is_not_paid_up_but_has_its_rows_to_pay() -> None:
    whole = agreed(CASE, replace(SIX, covers=Covers.ALL, first_due=JULY, installments=12))
    now = position(lived([], whole), date(2026, 6, 30))
    assert now.next_due is None
    assert delinquency(now) == Delinquency(DelinquencyStatus.ON_TIME, whole.plan.rows[0].total, JULY)


def test_what_is_overdue_is_told_apart_by_plan_and_contract_with_the_last_day_to_catch_up() -> None:
    """On 20 July both are missed: row 1 of the 14th, L the 28th; installment 7 of the 15th and five days on it.

    1,006.14 x 23.4 % x 5 / 360 = 3.27.
    """
    now = position(lived(contract_money(last=6), PLAN), date(2026, 7, 20))
    assert delinquency(now) == Delinquency(DelinquencyStatus.OVERDUE, 56885 + 110016 + 327, date(2026, 7, 14))
    assert (now.overdue_in_plan.total, now.plans[0].cure_by) == (56885, date(2026, 7, 28))


def test_a_row_of_a_plan_that_is_late_is_no_grace_of_the_contract() -> None:
    terms = replace(CASE.terms, penalty=replace(CASE.terms.penalty, grace_days=5))
    loan = replace(lived(contract_money(last=6), PLAN), terms=terms)
    assert delinquency(position(loan, date(2026, 7, 15))).status is DelinquencyStatus.OVERDUE


def test_a_day_more_costs_nothing_under_a_plan_that_is_kept_and_nothing_where_credit_pays_what_falls_due() -> None:
    assert growth(position(lived([*contract_money(last=6), *plan_money(last=1)], PLAN), date(2026, 7, 14)), 1) == 0
    ahead = position(lived([Payment("P-3", ON, 341312 + 110016)]), ON)
    assert growth(ahead, 20) == 0
    # From 15 July on no. 7 is open: 1,006.14 x 23.4 % x 9 / 360 = 5.89 by the 24th.
    assert growth(ahead, 40) == 589


def test_a_position_tells_the_next_three_dues_what_is_ahead_and_the_plan() -> None:
    paid = [*contract_money(last=6), Payment("P-71", date(2026, 7, 1), 56885, plan_installment=1)]
    told = position_facts(position(lived(paid, PLAN), date(2026, 7, 1)))
    assert told["next"] == [
        {"key": "contract:7", "due_on": "2026-07-15", "amount": "1100.16"},
        {"key": "plan:A-1:2", "due_on": "2026-08-14", "amount": "568.85"},
        {"key": "contract:8", "due_on": "2026-08-15", "amount": "1100.16"},
    ]
    assert (told["next_30_days"], told["credit"], told["unallocated"]) == ("1100.16", "0.00", "0.00")
    # 2,844.27 of the plan, 6,267.83 of principal to come, and 16 of 30 days of 94.02: 50.14.
    assert told["payoff"] == "9162.24"
    plan = told["plan"]
    assert isinstance(plan, dict)
    assert (plan["ref"], plan["status"]) == ("A-1", "active")
    assert plan["rows"][0] == {
        "key": "plan:A-1:1",
        "no": 1,
        "due_on": "2026-07-14",
        "asked": "568.85",
        "received": "568.85",
        "left": "0.00",
        "status": "paid",
    }
    zero = {"costs": "0.00", "fees": "0.00"}
    assert plan["taken_in"] == [
        {
            "due": "contract:3",
            **zero,
            "penalty": "56.07",
            "interest": "152.19",
            "principal": "947.97",
            "total": "1156.23",
        },
        {
            "due": "contract:4",
            **zero,
            "penalty": "37.53",
            "interest": "137.97",
            "principal": "962.19",
            "total": "1137.69",
        },
        {
            "due": "contract:5",
            **zero,
            "penalty": "19.04",
            "interest": "123.54",
            "principal": "976.62",
            "total": "1119.20",
        },
    ]
    assert told["payments"][-1]["plan_installment"] == 1  # type: ignore[index]


def test_what_an_agreement_would_take_in_is_told_by_due() -> None:
    taken_in = {line.due: line.amounts for line in position(CASE, ON).taken_in(Covers.ALL)}
    assert taken_in["contract:3"] == Amounts(penalty=5607, interest=15219, principal=94797)
    assert taken_in["contract:6"] == Amounts(interest=10526, principal=99127)
    assert taken_in["contract:12"] == Amounts(principal=108393)
