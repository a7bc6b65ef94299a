"""Where the fen of a payment went is told by the dues that it paid."""

from dataclasses import replace
from datetime import date

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.loan import Payment
from portal.domain.ledger.allocated import AllocationLine
from portal.domain.ledger.position import position
from tests.domain.agreed import contract_money, lived
from tests.domain.people import ON
from tests.naive.cases import SIX_OF_36_WAIVED


def test_an_installment_paid_after_its_day_is_told_with_its_penalty_beside_it() -> None:
    """No. 3 on 14 June: 56.07 of penalty, 152.19 of interest, 947.97 of principal, in all 1,156.23."""
    paid = position(lived([Payment("P-3", ON, 115623)]), ON).payments[-1]
    assert paid.lines == (
        AllocationLine("contract:3", "penalty", 5607, False),
        AllocationLine("contract:3", "interest", 15219, True),
        AllocationLine("contract:3", "principal", 94797, True),
    )
    assert (paid.reached, paid.credit, paid.reversed_on) == (((3, 110016),), 0, None)


def test_what_was_taken_back_has_no_lines_and_says_when() -> None:
    back = Payment("B-3", date(2026, 6, 20), reverses="P-3")
    paid = position(lived([Payment("P-3", ON, 115623), back]), date(2026, 6, 20)).payments[-1]
    assert (paid.lines, paid.reversed_on) == ((), date(2026, 6, 20))


def test_what_a_lender_states_of_a_loan_that_is_closed_is_credit() -> None:
    """7,349.84 paid all of it on 10 June: 500.00 that came later, stated as principal, are owed back."""
    closing = Payment("X", date(2026, 6, 10), 734984)
    late = Payment("Y", date(2026, 6, 20), 50000, allocated=Amounts(principal=50000))
    now = position(lived([*contract_money(first=3, last=5), closing, late]), date(2026, 6, 20))
    assert (now.payoff, now.credit, now.payments[-1].allocated) == (0, 50000, NOTHING)


def test_what_a_lender_stated_of_money_that_came_back_counts_no_more() -> None:
    """10,145.88 of principal are left: 20,000.00 stated as that are more than there is, until they are taken back."""
    stated = Payment("Y", ON, 2000000, allocated=Amounts(principal=2000000))
    back = Payment("R", date(2026, 6, 20), reverses="Y")
    now = position(lived([stated, back]), date(2026, 6, 20))
    assert (now.outstanding_principal, now.payments[-1].allocated) == (1014588, NOTHING)


def test_what_is_paid_of_a_plan_is_of_its_schedule_and_what_a_break_claws_back_is_not() -> None:
    """Six of 36 with 112.64 waived: broken, 93.86 come back. The row's 296.25 stand in the plan, they do not."""
    named = Payment("P-9", date(2027, 2, 5), 29625 + 9386 + 404)
    loan = replace(SIX_OF_36_WAIVED, payments=(*SIX_OF_36_WAIVED.payments, named))
    lines = position(loan, date(2027, 2, 5)).payments[-1].lines
    assert {(line.due, line.component): line.scheduled for line in lines} == {
        ("plan:W:7", "penalty"): False,
        ("plan:W:7", "principal"): True,
        ("plan:W:waiver", "penalty"): False,
    }
