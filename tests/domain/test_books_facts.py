"""What a general ledger is told of a loan: what fell due, and where each fen of money went."""

from dataclasses import replace
from datetime import date

from portal.domain.contract.loan import Payment
from portal.domain.ledger.books_facts import books_beside, books_facts, counted_facts
from portal.domain.ledger.position import position
from portal.domain.money import parse_amount
from tests.domain.agreed import CASE, agreed, lived
from tests.domain.people import ON


def test_what_fell_due_and_nothing_has_paid_is_what_is_overdue() -> None:
    """3,413.12 overdue on 14 June: five installments of 1,100.16 and 112.64 of penalty fell due, two are paid."""
    told = books_facts(position(CASE, ON))
    dues, allocations = told["dues"], told["allocations"]
    assert isinstance(dues, list) and isinstance(allocations, list)
    asked = sum(parse_amount(each["asked"], "CNY") for each in dues)
    paid = sum(parse_amount(line["amount"], "CNY") for each in allocations for line in each["lines"])
    assert (asked, paid, asked - paid) == (5 * 110016 + 11264, 2 * 110016, 341312)


def test_it_is_told_only_where_it_is_asked_for() -> None:
    assert books_beside(position(CASE, ON), False) == {}
    assert set(books_beside(position(CASE, ON), True)) == {"books"}


def test_what_was_not_owed_counts_as_paid_on_the_first_row() -> None:
    """500.00 of 10 June, told after the plan was signed, and 0.76 of penalty that never arose."""
    told = counted_facts(position(lived([Payment("LATE", date(2026, 6, 10), 50000)], agreed(CASE)), ON), "A-1")
    counted = told["counted"]
    assert isinstance(counted, list)
    assert {each["due"] for each in counted} == {"plan:A-1:1"}
    assert sum(parse_amount(each["amount"], "CNY") for each in counted) == 50076


def test_a_plan_that_has_given_back_takes_in_nothing() -> None:
    assert counted_facts(position(replace(CASE, agreements=(agreed(CASE),)), date(2026, 8, 2)), "A-1") == {}
