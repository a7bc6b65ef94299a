"""Agreements over loans that are not the usual one, and facts about them that are told late or taken back."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Agreement, Covers
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Charge, Installment, Loan, Payment, Suspension
from portal.domain.contract.penalty_terms import PenaltyTerms
from portal.domain.contract.plan import TakenIn
from portal.domain.ledger.delinquency import DelinquencyStatus, delinquency
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.offer import Offer
from tests.domain.agreed import AT_ONCE, CASE, SIX, agreed, contract_money, lived, plan_money
from tests.domain.people import ON

PLAN = agreed(CASE)
TWO = replace(SIX, installments=2)


def whole_book(now: Position) -> tuple[int, int]:
    """What was received and stands, and what of it was paid or is credit."""
    standing = [payment for payment in now.payments if payment.reversed_on is None]
    return sum(p.amount for p in standing), sum(p.allocated.total + p.credit for p in standing)


def test_a_plan_over_a_loan_without_interest_and_penalty() -> None:
    """1,000.00 a month, two overdue on 14 June: 2,000.00 in two of 1,000.00; the payoff adds no interest."""
    rows = tuple(Installment(no, date(2026, 3 + no, 15), 100000, 0) for no in range(1, 7))
    terms = replace(CASE.terms, annual_rate=Fraction(0), penalty=PenaltyTerms())
    loan = replace(CASE, principal=600000, schedule=rows, terms=terms, payments=())
    plan = agreed(loan, TWO)
    assert [row.total for row in plan.plan.rows] == [100000, 100000]
    paid = [Payment(f"P-{day}", day, 100000) for day in (date(2026, 7, 14), date(2026, 8, 14))]
    now = position(lived(paid, plan, loan=loan), date(2026, 8, 14))
    # June and July of the contract were never paid.
    assert (now.plans[0].status, now.overdue.total, now.payoff) == (PlanStatus.COMPLETED, 200000, 400000)
    whole = agreed(loan, replace(TWO, covers=Covers.ALL))
    assert whole.plan.taken_in == Amounts(principal=600000)
    assert position(lived([], whole, loan=loan), date(2026, 7, 1)).payoff == 600000


def test_a_plan_over_a_loan_of_one_installment() -> None:
    """1,000.00 and 10.00 due on 15 January: penalty of 150 days of 1,000.00 at 23.4 % / 360 is 97.50."""
    loan = replace(CASE, principal=100000, schedule=(Installment(1, date(2026, 1, 15), 100000, 1000),), payments=())
    plan = agreed(loan, TWO)
    assert plan.plan.taken_in == Amounts(penalty=9750, interest=1000, principal=100000)
    paid = [Payment("P-1", date(2026, 7, 14), 55375), Payment("P-2", date(2026, 8, 14), 55375)]
    now = position(lived(paid, plan, loan=loan), date(2027, 1, 1))
    assert (now.plans[0].status, now.overdue.total, now.payoff, now.credit) == (PlanStatus.COMPLETED, 0, 0, 0)
    assert delinquency(now).status is DelinquencyStatus.PAID_UP


def test_a_plan_of_one_payment_that_is_broken() -> None:
    plan = agreed(CASE, replace(SIX, installments=1), cure_terms=AT_ONCE)
    now = position(lived(contract_money(named=True), plan), date(2026, 7, 29))
    assert (now.plans[0].status, now.overdue.total) == (PlanStatus.BROKEN, 341312)


def test_a_plan_of_yen_has_no_fractions() -> None:
    """10,778 yen at 0 %, twelve rows: eleven of 898 and 900."""
    rows = (Installment(1, date(2026, 5, 15), 4000, 0), Installment(2, date(2026, 6, 20), 6778, 0))
    terms = replace(CASE.terms, penalty=PenaltyTerms())
    loan = replace(CASE, currency="JPY", principal=10778, schedule=rows, terms=terms, payments=())
    plan = agreed(loan, Offer(Every(1, "m"), date(2026, 7, 15), installments=12, covers=Covers.ALL))
    assert [row.total for row in plan.plan.rows] == [898] * 11 + [900]


def test_a_plan_over_a_loan_that_is_written_off_goes_on_and_payments_count() -> None:
    loan = replace(lived([*contract_money(), *plan_money()], PLAN), written_off_on=date(2026, 8, 1))
    then = position(loan, date(2026, 9, 1))
    assert delinquency(then).status is DelinquencyStatus.WRITTEN_OFF
    assert (then.plans[0].status, then.plans[0].received) == (PlanStatus.ACTIVE, 2 * 56885)
    assert position(loan, date(2026, 12, 15)).payoff == 0


def test_an_installment_that_is_disputed_bears_no_penalty_when_its_plan_breaks() -> None:
    """Nothing grows while the dispute lasts, in a plan or after its end: 112.64 as on the day it was signed."""
    dispute = Suspension("penalty", date(2026, 6, 14), None, "dispute")
    loan = replace(lived(contract_money(named=True), replace(PLAN, cure_terms=AT_ONCE)), suspensions=(dispute,))
    assert position(loan, date(2026, 9, 1)).overdue == Amounts(penalty=11264, interest=41370, principal=288678)


def test_a_payment_that_names_a_row_of_a_plan_that_has_ended_names_nothing() -> None:
    """Broken on 29 July; 500.00 of 5 August for row 2 go to the oldest due, no. 3."""
    late = Payment("P-late", date(2026, 8, 5), 50000, plan_installment=2)
    now = position(lived([*contract_money(named=True), late], replace(PLAN, cure_terms=AT_ONCE)), date(2026, 8, 5))
    assert now.payments[-1].lines[0].due == "contract:3"
    assert whole_book(now)[0] == whole_book(now)[1]


def test_a_payment_that_names_a_row_the_plan_does_not_have_names_nothing() -> None:
    odd = Payment("P-odd", date(2026, 7, 14), 10000, plan_installment=99)
    now = position(lived([*contract_money(last=6), odd], PLAN), date(2026, 7, 14))
    assert [(line.due, line.amount) for line in now.payments[-1].lines] == [("plan:A-1:1", 10000)]


def test_a_payment_for_an_installment_that_was_taken_in_pays_the_first_open_row() -> None:
    named = Payment("P-n", date(2026, 7, 1), 60000, installment=4)
    now = position(lived([*contract_money(last=6), named], PLAN), date(2026, 7, 1))
    assert [row.received for row in now.plans[0].rows[:2]] == [56885, 3115]


def test_two_agreements_of_one_day_over_the_same_dues_take_in_once() -> None:
    """The second ends the first on the same day and finds what that gave back."""
    again = agreed(lived([], PLAN), TWO, "A-2")
    now = position(lived([], PLAN, again), ON)
    assert [plan.status for plan in now.plans] == [PlanStatus.SUPERSEDED, PlanStatus.ACTIVE]
    assert (now.overdue.total, sum(due.amount for due in now.next_dues)) == (0, 341312 + 6 * 110016 + 110019)


def test_an_agreement_that_states_more_of_a_due_than_was_owed_counts_the_difference_as_paid() -> None:
    """No. 3 was whole before: the 1,156.23 stated of it are paid on rows 1 to 3, 568.85, 568.85 and 18.53."""
    stated = (
        TakenIn("contract:3", Amounts(penalty=5607, interest=15219, principal=94797)),
        TakenIn("contract:4", Amounts(penalty=3753, interest=13797, principal=96219)),
        TakenIn("contract:5", Amounts(penalty=1904, interest=12354, principal=97662)),
    )
    in_time = Payment("P-3", date(2026, 3, 15), 110016)
    now = position(lived([in_time], replace(PLAN, taken_in=stated)), ON)
    assert [row.received for row in now.plans[0].rows[:4]] == [56885, 56885, 1853, 0]
    assert (now.overdue.total, now.credit) == (0, 0)


def test_an_agreement_that_states_a_due_nobody_knows_takes_in_nothing_of_it() -> None:
    stated = (TakenIn("contract:99", Amounts(principal=100)), TakenIn("charge:X", Amounts(fees=100)))
    now = position(lived([], replace(PLAN, taken_in=stated)), ON)
    assert now.overdue.total == 341312


def test_a_charge_that_is_overdue_is_taken_in_by_its_own_key_and_comes_back() -> None:
    fee = Charge("F", date(2026, 6, 1), date(2026, 6, 1), "fees", 3000, 5)
    loan = replace(CASE, charges=(fee,))
    plan = agreed(loan, cure_terms=AT_ONCE)
    stated = replace(plan, taken_in=plan.plan.dues)
    assert TakenIn("charge:F", Amounts(fees=3000)) in plan.plan.dues
    assert position(replace(loan, agreements=(stated,)), ON).overdue.total == 0
    broken = position(lived(contract_money(named=True), stated, loan=loan), date(2026, 7, 29))
    assert broken.overdue.fees == 3000


def test_a_charge_that_falls_due_on_the_day_of_the_plan_stays_beside_it() -> None:
    fee = Charge("F", ON, ON, "fees", 3000)
    loan = replace(CASE, charges=(fee,))
    plan = agreed(loan, replace(SIX, covers=Covers.ALL))
    assert plan.plan.taken_in.fees == 0
    assert position(replace(loan, agreements=(plan,)), date(2026, 6, 15)).overdue == Amounts(fees=3000)


def replaced() -> tuple[Loan, Agreement]:
    known = lived([*contract_money(last=9, named=True), *plan_money(last=2)], PLAN)
    return known, agreed(known, replace(TWO, first_due=date(2026, 10, 20)), "A-2", date(2026, 9, 20))


def test_a_payment_under_a_plan_that_gave_way_is_corrected_and_the_money_follows() -> None:
    """Row 2's 568.85 was really 600.00: 31.15 less was owed on 20 September, and count as paid on the second's rows."""
    known, again = replaced()
    payments = tuple(replace(p, amount=60000) if p.id == "P-72" else p for p in known.payments)
    now = position(replace(known, payments=payments, agreements=(PLAN, again)), date(2026, 9, 20))
    assert [plan.status for plan in now.plans] == [PlanStatus.SUPERSEDED, PlanStatus.ACTIVE]
    assert (now.plans[1].left, now.overdue.total, now.credit) == (227542 - 3115, 0, 0)
    assert whole_book(now)[0] == whole_book(now)[1]


def test_a_row_that_a_correction_makes_whole_too_late_breaks_the_plan_before_the_second_one_began() -> None:
    """500.00 of 568.85 by 28 August: broken on 3 September, three working days later. The second stays as it was."""
    known, again = replaced()
    payments = tuple(replace(p, amount=50000) if p.id == "P-72" else p for p in known.payments)
    now = position(replace(known, payments=payments, agreements=(PLAN, again)), date(2026, 9, 20))
    assert [(plan.status, plan.ended_on) for plan in now.plans] == [
        (PlanStatus.BROKEN, date(2026, 9, 3)),
        (PlanStatus.ACTIVE, None),
    ]
    assert (now.plans[1].left, now.overdue.principal + now.overdue.interest) == (227542, 6885)


def test_a_payment_under_a_plan_that_gave_way_is_taken_back_and_the_second_plan_stays() -> None:
    known, again = replaced()
    back = Payment("R", date(2026, 10, 1), reverses="P-72")
    loan = replace(known, payments=(*known.payments, back), agreements=(PLAN, again))
    assert position(loan, date(2026, 9, 30)).overdue.total == 0
    now = position(loan, date(2026, 10, 1))
    assert [plan.status for plan in now.plans] == [PlanStatus.SUPERSEDED, PlanStatus.ACTIVE]
    assert (now.overdue.principal + now.overdue.interest, now.plans[1].left) == (56885, 227542)


def test_a_payment_under_a_completed_plan_that_was_followed_by_another_is_taken_back() -> None:
    """The first is completed on 14 August; the second takes in June, July and August of the contract on 20 August.

    In October row 2 of the first is taken back: that one ends, what it had not paid returns to the dues.
    """
    first = agreed(CASE, TWO)
    paid = [Payment(f"Q-{no}", date(2026, 6 + no, 14), 170656, plan_installment=no) for no in (1, 2)]
    known = lived(paid, first)
    again = agreed(known, replace(TWO, first_due=date(2026, 10, 20)), "A-2", date(2026, 8, 20))
    back = Payment("R", date(2026, 10, 1), reverses="Q-2")
    loan = lived([*paid, back], first, again)
    before = position(loan, date(2026, 9, 30))
    assert [plan.status for plan in before.plans] == [PlanStatus.COMPLETED, PlanStatus.ACTIVE]
    now = position(loan, date(2026, 10, 1))
    assert [plan.status for plan in now.plans] == [PlanStatus.SUPERSEDED, PlanStatus.ACTIVE]
    assert now.overdue.principal + now.overdue.interest - before.overdue.principal - before.overdue.interest == 170656
    assert whole_book(now)[0] == whole_book(now)[1]


def test_money_that_credit_has_passed_on_is_taken_back_with_all_it_paid_and_nothing_else() -> None:
    """2,000.00 beyond what is overdue paid June and 899.84 of July; taken back on 20 July both are open again.

    The 200.32 that came for July on its day stay with July.
    """
    ahead, rest = Payment("P-3", ON, 341312 + 200000), Payment("P-4", date(2026, 7, 15), 20032)
    back = Payment("R", date(2026, 7, 20), reverses="P-3")
    loan = lived([ahead, rest, back])
    assert position(loan, date(2026, 7, 19)).overdue.total == 0
    now = position(loan, date(2026, 7, 20))
    assert [row.left for row in now.installments[2:7]] == [110016] * 4 + [110016 - 20032]
    assert now.payments[3].reached == ((7, 20032),)
    # As if never paid: 127, 96, 66, 35 and 5 days on 947.97, 962.19, 976.62, 991.27 and, of no. 7, on 805.82: what
    # was taken back had paid 94.02 of its interest and that much of its principal, 200.32 paid the rest of it.
    assert [line.charged for line in now.penalty_lines] == [7825, 6004, 4190, 2255, 262]


def test_a_payment_that_closed_the_loan_is_taken_back_and_what_was_void_is_to_come() -> None:
    closing = Payment("X", date(2026, 6, 10), 734984)
    back = Payment("R", date(2026, 6, 20), reverses="X")
    loan = lived([*contract_money(first=3, last=5), closing, back])
    assert position(loan, date(2026, 6, 19)).payoff == 0
    now = position(loan, date(2026, 6, 20))
    assert [row.left for row in now.installments[5:]] == [110016] * 6 + [110019]
    assert now.overdue == Amounts(penalty=322, interest=10889, principal=99127)


@pytest.mark.parametrize("reverses", ["P-9", "R", ""])
def test_taking_back_what_never_came_changes_nothing(reverses: str) -> None:
    back = Payment("R", date(2026, 6, 10), reverses=reverses or None)
    assert position(lived([back]), ON).overdue == position(CASE, ON).overdue


def test_a_payment_told_before_the_day_it_came_and_taken_back_before_that_is_never_received() -> None:
    early = Payment("R", date(2026, 6, 1), reverses="P-3")
    now = position(lived([early, Payment("P-3", date(2026, 6, 10), 50000)]), ON)
    assert (now.overdue.total, now.payments[-1].reversed_on) == (341312, date(2026, 6, 10))
