"""The penalty of 112.64 in the first row of 王小明's plan (568.85 on 14 July) is disputed from 20 June on."""

from dataclasses import replace
from datetime import date

from portal.domain.contract.agreement import CureTerms
from portal.domain.contract.loan import DISPUTE, Loan, Payment, Suspension
from portal.domain.ledger.disputes import Disputes
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.progress import InstallmentStatus
from tests.domain.agreed import agreed, contract_money, lived, plan_money
from tests.domain.people import XIAOMING

CASE = replace(XIAOMING, statement=None)
OPENED, ANSWERED = date(2026, 6, 20), date(2026, 7, 20)
REST = Payment("P-71", date(2026, 7, 14), 45621)
"""568.85 less 112.64."""


def disputing(*payments: Payment, end: date | None = ANSWERED, component: str = "penalty") -> Loan:
    disputed = Suspension(component, OPENED, end, DISPUTE)
    return replace(lived([*payments, *contract_money(named=True)], agreed(CASE)), suspensions=(disputed,))


def test_it_stands_still_from_the_day_after_it_is_opened_to_the_day_before_the_answer() -> None:
    closed = Suspension("fees", OPENED, OPENED, "late_answer")
    assert Disputes([Suspension("penalty", OPENED, ANSWERED, DISPUTE), closed]).turns == {date(2026, 6, 21), ANSWERED}


def on(loan: Loan, month: int, day: int) -> Position:
    return position(loan, date(2026, month, day))


def test_a_row_is_whole_without_what_is_disputed_of_it() -> None:
    found = on(disputing(REST, end=None), 7, 19)
    (plan,) = found.plans
    assert plan.status is PlanStatus.ACTIVE
    assert (plan.rows[0].status, plan.rows[0].disputed, plan.rows[0].left) == (InstallmentStatus.DISPUTED, 11264, 0)
    assert found.overdue.total == 0
    assert found.payoff == on(disputing(REST, replace(REST, id="P-72", amount=11264)), 7, 19).payoff + 11264


def test_money_passes_it_by_also_where_it_names_the_row() -> None:
    named = replace(REST, amount=56885, plan_installment=1)
    found = on(disputing(named), 7, 14)
    lines = next(each.lines for each in found.payments if each.id == "P-71")
    assert {line.component for line in lines} == {"interest", "principal"}
    assert (sum(line.amount for line in lines), found.credit) == (45621, 11264)


def test_until_the_dispute_money_pays_it() -> None:
    early = replace(REST, received_on=OPENED, amount=11264, plan_installment=1)
    assert on(disputing(early), 6, 20).paid_on("plan:A-1:1") == (("P-71", 11264),)


def test_outside_a_plan_a_dispute_stops_penalty_and_nothing_else() -> None:
    paid = Payment("P-71", date(2026, 7, 1), 50000)
    loan = replace(lived([paid]), suspensions=(Suspension("penalty", date(2026, 6, 14), None, DISPUTE),))
    assert on(loan, 6, 30).overdue.penalty == 11264
    assert on(loan, 7, 1).overdue.penalty == 11264 - 5607, "the penalty of installment 3"


def test_what_stands_of_it_is_due_on_the_day_of_the_answer() -> None:
    loan = disputing(REST)
    assert (due := on(loan, 7, 20).next_dues[0]).due_on == ANSWERED
    assert (due.key, due.amount) == ("plan:A-1:1", 11264)
    assert on(loan, 7, 20).plans[0].status is PlanStatus.ACTIVE
    late = on(loan, 7, 21)
    assert (late.overdue_in_plan.penalty, late.overdue.total) == (11264, 11264)
    assert (late.plans[0].status, late.plans[0].cure_by) == (PlanStatus.STRAINED, date(2026, 8, 3))
    assert late.plans[0].breaks_on == date(2026, 8, 7), "three working days after Monday the third of August"


def test_what_is_paid_on_that_day_is_paid_in_time() -> None:
    loan = disputing(REST, Payment("P-72", ANSWERED, 11264))
    assert on(loan, 7, 20).plans[0].rows[0].status is InstallmentStatus.PAID
    missed_next = on(loan, 8, 15).plans[0]
    assert missed_next.cure_by == date(2026, 8, 28), "the first miss, with its fourteen days"


def test_a_row_that_lacks_something_else_is_missed_from_its_own_day() -> None:
    loan = disputing(replace(REST, amount=40000))
    assert on(loan, 7, 15).overdue_in_plan.total == 5621
    assert on(loan, 7, 15).plans[0].cure_by == date(2026, 7, 28)
    assert on(loan, 7, 25).overdue_in_plan.total == 5621 + 11264
    assert on(loan, 7, 25).plans[0].cure_by == date(2026, 7, 28)


def test_a_dispute_on_the_last_day_to_catch_up_leaves_nothing_missed_to_break_it() -> None:
    broken = lived(contract_money(named=True), agreed(CASE, cure_terms=CureTerms(telling_days=0)))
    assert on(broken, 7, 29).plans[0].status is PlanStatus.BROKEN
    stopped = replace(broken, suspensions=tuple(Suspension(c, date(2026, 7, 28), None, DISPUTE) for c in ALL))
    assert on(stopped, 7, 29).plans[0].status is PlanStatus.ACTIVE
    later = replace(broken, suspensions=tuple(Suspension(c, date(2026, 7, 29), None, DISPUTE) for c in ALL))
    assert on(later, 7, 30).plans[0].status is PlanStatus.BROKEN


ALL = ("costs", "fees", "penalty", "interest", "principal")


def test_a_plan_is_not_completed_while_something_of_it_is_disputed() -> None:
    paid = [REST, *plan_money(2)]
    assert on(disputing(*paid, end=None), 12, 14).plans[0].status is PlanStatus.ACTIVE
    assert on(disputing(*paid, end=None), 12, 14).plans[0].left == 0
    at_last = disputing(*paid, Payment("P-90", date(2026, 12, 14), 11264), end=date(2026, 12, 14))
    assert on(at_last, 12, 14).plans[0].status is PlanStatus.COMPLETED


def test_a_row_of_which_all_is_disputed_is_not_told_as_paid_and_earns_nothing_of_a_waiver() -> None:
    """Rows 2 to 6 are principal alone; row 1 holds penalty and interest besides."""
    (plan,) = on(disputing(end=None, component="principal"), 7, 1).plans
    assert [row.status for row in plan.rows] == [InstallmentStatus.TO_COME, *[InstallmentStatus.DISPUTED] * 5]
    assert (plan.kept, plan.received) == (0, 0)


def test_the_next_plan_takes_it_in_and_a_broken_one_gives_it_back() -> None:
    loan = disputing(REST, end=None)
    assert sum(part.amounts.penalty for part in on(loan, 7, 20).without_plan.taken_in(agreed(CASE).covers)) == 11264
    unpaid = disputing(end=None)
    assert on(unpaid, 8, 1).plans[0].status is PlanStatus.BROKEN
    assert on(unpaid, 8, 1).overdue.penalty >= 11264
