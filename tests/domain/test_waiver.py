"""What the lender lets go counts from its day on, and what is taken back counts as never let go."""

from dataclasses import replace
from datetime import date

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Charge, Payment, Waiver
from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from tests.domain.people import ON, XIAOMING

FIRST_OF_JUNE = date(2026, 6, 1)


def test_fifty_of_the_penalty_let_go_leave_62_64_of_112_64() -> None:
    now = position(replace(XIAOMING, waivers=(Waiver("W", FIRST_OF_JUNE, Amounts(penalty=5000)),)), ON)
    assert (now.overdue.penalty, now.overdue.total) == (11264 - 5000, 341312 - 5000)
    assert sum(line.charged for line in now.penalty_lines) == 11264


def test_principal_let_go_costs_no_penalty_from_that_day_on() -> None:
    """947.97 for 78 days until 1 June, then 447.97 for 13 days; 23.4 % over 360: 48.06 and 3.79 instead of 56.07."""
    now = position(replace(XIAOMING, waivers=(Waiver("W", FIRST_OF_JUNE, Amounts(principal=50000)),)), ON)
    assert [(line.base, line.days, line.charged) for line in now.penalty_lines if line.installment == 3] == [
        (94797, 78, 4806),
        (44797, 13, 379),
    ]
    assert now.overdue.principal == 288678 - 50000 and now.outstanding_principal == 1014588 - 50000


def test_what_is_taken_back_is_owed_again_from_the_day_it_is() -> None:
    taken = Waiver("W", FIRST_OF_JUNE, Amounts(penalty=5000), Amounts(penalty=2000), date(2026, 6, 10))
    loan = replace(XIAOMING, waivers=(taken,))
    assert position(loan, ON).overdue.penalty == 11264 - 3000
    before = date(2026, 6, 9)
    assert position(loan, before).overdue.penalty == position(XIAOMING, before).overdue.penalty - 5000


def test_before_its_day_nothing_is_let_go() -> None:
    loan = replace(XIAOMING, waivers=(Waiver("W", FIRST_OF_JUNE, Amounts(penalty=5000)),))
    day = date(2026, 5, 31)
    assert position(loan, day).overdue == position(XIAOMING, day).overdue


def test_a_payment_that_had_come_that_day_is_paid_first_and_the_waiver_takes_what_it_left() -> None:
    """No. 3 is whole since 1 June; its penalty of 48.06 is let go. That of nos. 4 and 5 stays: 37.53 and 19.04."""
    paid = Payment("P-3", FIRST_OF_JUNE, 110016, allocated=Amounts(interest=15219, principal=94797))
    let_go = Waiver("W", FIRST_OF_JUNE, Amounts(penalty=4806), over=("P-3",))
    now = position(replace(XIAOMING, payments=(*XIAOMING.payments, paid), waivers=(let_go,)), ON)
    assert now.overdue.penalty == 3753 + 1904


def test_a_payment_after_the_waiver_of_its_day_finds_what_the_waiver_left_and_all_of_it_is_paid() -> None:
    """3,413.12 are overdue on 14 June and 20.00 are let go: 3,393.12 pay everything, also on that very day."""
    let_go = Waiver("W", ON, Amounts(penalty=2000))
    paid = Payment("P-3", ON, 341312 - 2000)
    now = position(replace(XIAOMING, payments=(*XIAOMING.payments, paid), waivers=(let_go,)), ON)
    assert now.overdue.total == 0 and now.unallocated == 0
    # Had it come before, the penalty would have been paid and not let go: 20.00 of principal are left.
    over = replace(let_go, over=("P-3",))
    before = position(replace(XIAOMING, payments=(*XIAOMING.payments, paid), waivers=(over,)), ON)
    assert (before.overdue.total, before.overdue.principal) == (2000, 2000)


def test_a_payment_names_the_installment_it_was_for_wherever_it_is_told() -> None:
    named = Payment("P-3", FIRST_OF_JUNE, 50000, installment=5)
    now = position(replace(XIAOMING, payments=(*XIAOMING.payments, named)), ON)
    assert now.payments[-1].installment == 5
    told = position_facts(now)["payments"]
    assert told[-1]["installment"] == 5  # type: ignore[index]
    assert "installment" not in told[0]  # type: ignore[index]


def test_a_penalty_the_lender_charged_by_name_is_counted_beside_what_grew() -> None:
    charge = Charge("C", date(2026, 5, 20), date(2026, 5, 20), "penalty", 1500, None)
    now = position(replace(XIAOMING, charges=(charge,)), ON)
    assert now.itemisation.penalty_fees_costs == 11264 + 1500


def test_a_penalty_paid_before_the_count_begins_is_no_part_of_it() -> None:
    """No. 1 came on 25 January with 5.98 for ten days: 920.16 x 23.4 % x 10 / 360. All was whole again by March."""
    late = Payment("P-1", date(2026, 1, 25), 110016 + 598)
    now = position(replace(XIAOMING, payments=(late, XIAOMING.payments[1])), ON)
    assert now.itemisation.opened_on == date(2026, 3, 15)
    assert (now.itemisation.penalty_fees_costs, now.itemisation.credited) == (11264, 0)
