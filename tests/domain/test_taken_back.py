"""Money taken back beside plans, and after the loan was closed: what was told before that day stays as it was."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract.agreement import Agreement, Covers, CureTerms, MissedContract, OfferKind
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.loan import Charge, Installment, Loan, Payment
from portal.domain.contract.penalty_terms import PenaltyTerms
from portal.domain.contract.plan import Plan, PlanRow, TakenIn
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position, position
from tests.domain.agreed import CASE, agreed, contract_money, lived
from tests.domain.people import ON

PLAN = agreed(CASE)
AUGUST_25 = date(2026, 8, 25)

THREE = replace(
    CASE,
    principal=300000,
    terms=replace(CASE.terms, annual_rate=Fraction(0), penalty=PenaltyTerms()),
    schedule=tuple(Installment(no, date(2026, 2 + no, 15), 100000, 0) for no in (1, 2, 3)),
    payments=(),
)
"""1,000.00 on the 15th of March, April and May; nothing is charged for time or lateness."""


def row(amount: int, due_on: date, interest: int = 0, no: int = 1) -> PlanRow:
    return PlanRow(no, due_on, 30, Amounts(interest=interest, principal=amount), interest, amount)


def over(ref: str, as_of: date, covers: Covers, taken: dict[int, int], *rows: PlanRow) -> Agreement:
    """Over so much of the principal of these installments of `THREE`."""
    lines = tuple(TakenIn(f"contract:{no}", Amounts(principal=minor)) for no, minor in taken.items())
    total = sum((line.amounts for line in lines), NOTHING)
    plan = Plan(as_of, "CNY", total, NOTHING, rows, Fraction(0))
    return Agreement(ref, OfferKind.PLAN, covers, plan, CureTerms(), as_of, as_of, taken_in=lines)


def status(now: Position) -> tuple[PlanStatus, date | None]:
    return now.plans[-1].status, now.plans[-1].ended_on


def test_a_row_taken_back_makes_a_later_miss_the_second_one_from_that_day_on() -> None:
    """August is missed and has until the 28th. July is taken back on the 25th: then August is a second miss.

    Its last day is not before the 25th: three working days for telling, so broken on the 29th, and not on the 20th.
    """
    july = Payment("P-71", date(2026, 7, 14), 56885, plan_installment=1)
    loan = lived([*contract_money(named=True), july, Payment("R", AUGUST_25, reverses="P-71")], PLAN)
    now = position(loan, AUGUST_25)
    assert (status(now), now.plans[0].cure_by) == ((PlanStatus.STRAINED, None), AUGUST_25)
    assert status(position(loan, date(2026, 8, 28))) == (PlanStatus.STRAINED, None)
    assert status(position(loan, date(2026, 8, 29))) == (PlanStatus.BROKEN, date(2026, 8, 29))


def test_a_plan_that_was_paid_is_not_broken_for_days_on_which_it_was() -> None:
    """The six are paid on 16 June; the contract's June is missed, which would break a plan that lives on 3 July.

    One row is taken back on 25 August: three working days for telling, so broken on the 29th.
    """
    plan = agreed(CASE, cure_terms=CureTerms(contract=MissedContract.BREAKS))
    money = [
        Payment(f"P-7{no}", date(2026, 6, 15), 56887 if no == 6 else 56885, plan_installment=no) for no in range(1, 7)
    ]
    loan = lived([*money, Payment("R", AUGUST_25, reverses="P-76")], plan)
    assert status(position(loan, date(2026, 8, 24)))[0] == PlanStatus.COMPLETED
    assert status(position(loan, date(2026, 8, 28))) == (PlanStatus.STRAINED, None)
    assert status(position(loan, date(2026, 8, 29))) == (PlanStatus.BROKEN, date(2026, 8, 29))


def test_what_came_after_a_closing_that_is_undone_pays_from_its_own_day() -> None:
    """8,000.00 and 2,777.48 close the loan on 14 June, 1,100.16 come on the 25th; the 8,000.00 are taken back.

    The 2,777.48 pay of 3,413.12 as of the 14th, and 635.64 of no. 5 are open until the 25th: 11 days are 4.54. What is
    then left of the 1,100.16, 459.98, pays of June.
    """
    money = [Payment("X-1", ON, 800000), Payment("X-2", ON, 277748), Payment("X-3", date(2026, 6, 25), 110016)]
    loan = lived([*money, Payment("R", date(2026, 7, 1), reverses="X-1")])
    assert position(loan, date(2026, 6, 30)).closed_on == ON
    now = position(loan, date(2026, 7, 1))
    fifth = [line for line in now.penalty_lines if line.installment == 5]
    assert [(line.base, line.end, line.charged) for line in fifth][-1:] == [(63564, date(2026, 6, 25), 454)]
    assert now.paid_on("contract:5")[-1] == ("X-3", 63564 + 454)
    assert (now.credit, now.payments[-1].received_on) == (0, date(2026, 6, 25))


def test_a_plan_that_had_been_paid_and_was_followed_gives_back_before_credit_pays() -> None:
    """A takes in March's 1,000.00 on 20 March; 500.00 and 1,500.00 close the loan on the 25th; B follows on 1 April.

    Without the 500.00 A was never paid: it ended on 1 April, and the 1,500.00 pay March as of the 25th and half of
    April on its day. B's 1,000.00 counted as paid: nothing was owed on its day.
    """
    first = over("A", date(2026, 3, 20), Covers.OVERDUE, {1: 100000}, row(100000, date(2026, 5, 1)))
    second = over("B", date(2026, 4, 1), Covers.OVERDUE, {1: 100000}, row(100000, date(2026, 5, 10)))
    money = [Payment("X-1", date(2026, 3, 25), 50000), Payment("X-2", date(2026, 3, 25), 250000)]
    back = Payment("R", date(2026, 5, 5), reverses="X-2")
    loan = lived([*money, back], first, second, loan=THREE)
    assert position(loan, date(2026, 5, 4)).closed_on == date(2026, 3, 25)
    now = position(loan, date(2026, 5, 5))
    assert (now.plans[0].status, now.plans[0].ended_on) == (PlanStatus.SUPERSEDED, date(2026, 4, 1))
    assert [each.left for each in now.installments] == [50000, 100000, 100000]


def test_what_comes_after_a_schedule_was_replaced_is_not_told_as_come_of_it() -> None:
    """A is the schedule from 1 March and paid ahead; B takes nothing in. A row taken back and paid anew stays told."""
    first = over(
        "A", date(2026, 3, 1), Covers.TO_COME, {1: 100000, 2: 100000, 3: 100000}, row(300000, date(2026, 5, 1))
    )
    second = over("B", date(2026, 4, 1), Covers.TO_COME, {3: 100000}, row(100000, date(2026, 5, 10)))
    money = [Payment("X-1", date(2026, 3, 25), 300000, plan_installment=1), Payment("X-2", date(2026, 5, 10), 300000)]
    loan = lived([*money, Payment("R", date(2026, 5, 5), reverses="X-1")], first, second, loan=THREE)
    now = position(loan, date(2026, 5, 10))
    assert (now.plans[0].status, now.plans[0].rows[0].received, now.overdue.total) == (PlanStatus.SUPERSEDED, 0, 0)


def test_a_row_paid_in_parts_as_of_days_gone_by_is_whole_since_the_last_of_them() -> None:
    """1,000.00 pay the row on 20 April, 1,500.00 close the loan on the 21st, 800.00 and 700.00 come after that.

    The row is taken back on 2 May and paid by 500.00 of the 1,500.00 and 500.00 of the 800.00. When the 1,500.00 are
    taken back too, the 300.00 and 200.00 of the others pay it as of 25 and 26 April: whole on 2 May, 500.00 are left.
    """
    plan = over("A", date(2026, 3, 20), Covers.OVERDUE, {1: 100000}, row(100000, date(2026, 4, 20)))
    money = [
        Payment("X-0", date(2026, 4, 15), 100000, installment=2),
        Payment("X-1", date(2026, 4, 20), 100000, plan_installment=1),
        Payment("X-2", date(2026, 4, 21), 150000),
        Payment("X-3", date(2026, 4, 25), 80000),
        Payment("X-4", date(2026, 4, 26), 70000),
        Payment("R-1", date(2026, 5, 2), reverses="X-1"),
        Payment("R-2", date(2026, 5, 10), reverses="X-2"),
    ]
    now = position(lived(money, plan, loan=THREE), date(2026, 5, 10))
    assert (status(now), now.credit) == ((PlanStatus.COMPLETED, date(2026, 5, 2)), 50000)
    came = [(line.on.day, line.amount) for each in now.book.entries for line in each.lines if line.due.plan]
    assert came == [(2, 50000), (25, 30000), (26, 20000)]


DEAR = over(
    "A", date(2026, 2, 20), Covers.ALL, {1: 100000, 2: 100000, 3: 100000}, row(300000, date(2026, 3, 1), interest=1000)
)
"""All of it on 1 March with 10.00 of interest; broken on 19 March where that does not come."""


def kept_to_the_contract(last: int) -> Loan:
    days = [(date(2026, 3, 15), 100000), (date(2026, 4, 15), 100000), (date(2026, 5, 15), last)]
    return lived([Payment(f"P-{on}", on, minor) for on, minor in days], DEAR, loan=THREE)


def test_what_closes_the_contract_alone_closes_the_loan_whose_plan_broke() -> None:
    """3,010.00 are asked for after the break and 3,000.00 came, as the contract says: no fen of the 10.00 is taken."""
    loan = kept_to_the_contract(100000)
    assert status(position(loan, date(2026, 3, 20))) == (PlanStatus.BROKEN, date(2026, 3, 19))
    more = replace(loan, payments=(*loan.payments, Payment("P-9", date(2026, 5, 20), 5000)))
    now = position(more, date(2026, 6, 1))
    assert (now.closed_on, now.payoff, now.credit, now.outstanding_principal) == (date(2026, 5, 15), 0, 5000, 0)


def test_a_loan_is_closed_on_the_day_of_the_break_where_the_contract_alone_was_before() -> None:
    loan = lived([Payment("P-1", date(2026, 3, 15), 300000)], DEAR, loan=THREE)
    assert (position(loan, date(2026, 3, 18)).closed_on, position(loan, date(2026, 3, 18)).payoff) == (None, 1000)
    for day in (date(2026, 3, 19), date(2026, 4, 1)):
        now = position(loan, day)
        assert (now.closed_on, now.payoff, now.above_contract) == (date(2026, 3, 19), 0, NOTHING)


def test_credit_that_covers_a_charge_leaves_nothing_above_the_contract() -> None:
    """1,040.00 in May close it with 30.00 left, with 40.00 by the contract alone; 7.00 charged are covered by both."""
    fee = Charge("F", date(2026, 6, 2), date(2026, 6, 12), "costs", 700)
    now = position(replace(kept_to_the_contract(104000), charges=(fee,)), date(2026, 6, 2))
    assert (now.credit, now.payoff, now.above_contract) == (3000, 0, NOTHING)


def test_a_row_that_a_closing_had_paid_has_its_days_to_catch_up_from_the_day_it_is_taken_back() -> None:
    """Closed on 10 July, when the plan's first row was to come on the 14th; taken back on 1 September."""
    closing = Payment("X", date(2026, 7, 10), 1200000)
    back = Payment("R", date(2026, 9, 1), reverses="X")
    loan = lived([*contract_money(last=6, named=True), closing, back], PLAN)
    now = position(loan, date(2026, 9, 1))
    assert status(now)[0] == PlanStatus.STRAINED
    assert [each.cure_by for each in now.plans[0].rows][:2] == [date(2026, 9, 15)] * 2


def test_a_closing_leaves_nothing_of_a_due_of_which_a_part_was_taken_in() -> None:
    """An agreement of 10 June took in 1.00 of the interest of the 15th too; all is paid on the 12th."""
    day = date(2026, 6, 10)
    lines = (*position(CASE, day).taken_in(Covers.OVERDUE), TakenIn("contract:6", Amounts(interest=100)))
    plan = replace(agreed(CASE, as_of=day), taken_in=lines)
    now = position(lived([Payment("X", date(2026, 6, 12), 2000000)], plan), date(2026, 6, 12))
    assert (now.closed_on, now.payoff, now.next_dues) == (date(2026, 6, 12), 0, ())


def test_all_that_is_taken_back_on_one_day_is_so_before_credit_pays_the_oldest_due() -> None:
    """March and April are taken back on 20 April, in either order: 500.00 of credit are March's."""
    money = [
        Payment("X-1", date(2026, 3, 10), 100000, installment=2),
        Payment("X-2", date(2026, 3, 15), 100000),
        Payment("X-3", date(2026, 3, 16), 50000),
    ]
    for first, second in (("X-1", "X-2"), ("X-2", "X-1")):
        back = [Payment(f"R-{n}", date(2026, 4, 20), reverses=name) for n, name in enumerate((first, second))]
        now = position(lived([*money, *back], loan=THREE), date(2026, 4, 20))
        assert [each.left for each in now.installments] == [50000, 100000, 100000]
