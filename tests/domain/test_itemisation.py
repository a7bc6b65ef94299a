"""Since when something is overdue without a break, and what came to it and went off it since; worked by hand."""

from datetime import date

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.ledger.dues import Component
from portal.domain.ledger.itemisation import Itemisation, itemise, last_day_clear

FIRST, MIDDLE, LAST = date(2026, 3, 1), date(2026, 3, 15), date(2026, 4, 1)


def test_a_debt_paid_after_the_next_fell_due_begins_the_count_and_one_paid_on_that_day_does_not() -> None:
    late = Component("interest", FIRST, 10000, paid=10000, cleared_on=date(2026, 3, 16))
    in_time = Component("interest", FIRST, 10000, paid=10000, cleared_on=MIDDLE)
    still_owed = Component("principal", MIDDLE, 100000)
    assert last_day_clear([late, still_owed], LAST) == FIRST
    assert last_day_clear([in_time, still_owed], LAST) == MIDDLE
    assert last_day_clear([late, in_time], LAST) == LAST


def test_what_fell_due_and_grew_less_what_was_credited_is_what_is_owed() -> None:
    """1,000.00 and 100.00 fell due, 0.25 of the penalty grew since, 300.00 was paid: 800.25."""
    items = [
        Component("interest", FIRST, 10000, paid=10000),
        Component("principal", MIDDLE, 100000, paid=20000),
        Component("penalty", FIRST, 30, "accrued", paid=5),
        Component("principal", LAST, 100000),
    ]
    assert itemise(items, FIRST, 5, LAST, NOTHING) == Itemisation(FIRST, 0, 100000, 10000, 25, 30000, 80025)


def test_what_an_agreement_took_in_is_not_among_what_fell_due_nor_what_is_above_the_contract() -> None:
    """Of 1,000.00 that fell due 400.00 were taken in; of 50.00 interest 20.00, of 3.00 penalty 1.00 are not charged."""
    items = [
        Component("interest", FIRST, 5000),
        Component("principal", MIDDLE, 100000, taken=40000),
        Component("penalty", FIRST, 300, "accrued"),
    ]
    found = itemise(items, FIRST, 0, LAST, Amounts(penalty=100, interest=2000))
    assert found == Itemisation(FIRST, 0, 60000, 3000, 200, 0, 63200)
