"""What holds for every contract a lender can state: disputes, reversals, tiers, graces and caps drawn at random."""

import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Charge, Loan, Statement, Suspension
from portal.domain.ledger.dated import BOOKS_DIFFER
from portal.domain.ledger.explanation import growth
from portal.domain.ledger.month_ahead import month_ahead
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.ledger.reconciliation import differences, differences_of
from portal.domain.money import COMPONENTS, rounded
from portal.domain.restructuring.offer import Offer
from portal.tables.stored import terms_from_text, terms_to_text
from tests.domain.agreed import agreed
from tests.domain.years import year_fraction
from tests.naive.contracts import loans, looked_at
from tests.naive.ledger import owed

EXAMPLES = settings(max_examples=60, derandomize=True, deadline=None)


def handed_out(found: Position) -> Amounts:
    return sum((payment.allocated for payment in found.payments), Amounts())


@EXAMPLES
@given(loans(), looked_at)
def test_the_lines_sum_to_the_total(loan: Loan, on: date) -> None:
    """Without charges by name: the rows of the schedule, and the penalty lines less the penalty already paid."""
    found, free = position(replace(loan, charges=()), on), owed(replace(loan, charges=()), on).paid_in_grace
    lines = sum(line.charged for line in found.penalty_lines if line.installment not in free)
    assert found.overdue.penalty == lines - handed_out(found).penalty
    assert found.overdue.total == sum(row.overdue for row in found.installments) + found.overdue.penalty


@EXAMPLES
@given(loans(), looked_at)
def test_a_row_is_what_was_paid_on_it_and_what_is_left(loan: Loan, on: date) -> None:
    """What is paid off before its day falls due no more."""
    for row in position(loan, on).installments:
        assert row.paid + row.left + row.taken_in == row.total
        assert 0 <= row.overdue <= row.left <= row.total


@EXAMPLES
@given(loans(), looked_at)
def test_principal_paid_and_principal_left_are_the_principal_of_any_history(loan: Loan, on: date) -> None:
    found = position(loan, on)
    assert handed_out(found).principal + found.outstanding_principal == loan.principal


@EXAMPLES
@given(loans(), looked_at)
def test_no_component_is_negative_anywhere(loan: Loan, on: date) -> None:
    found = position(loan, on)
    everywhere = [found.overdue, *(payment.allocated for payment in found.payments)]
    assert all(amounts.of(name) >= 0 for amounts in everywhere for name in COMPONENTS)
    assert all(payment.credit >= 0 for payment in found.payments)
    assert found.outstanding_principal >= 0
    assert all(0 <= line.charged <= line.contract for line in found.penalty_lines)


@EXAMPLES
@given(loans(), looked_at, st.integers(1, 60))
def test_no_kind_of_penalty_falls_as_days_pass(loan: Loan, on: date, later: int) -> None:
    def charged(day: date) -> int:
        return sum(line.charged for line in position(loan, day).penalty_lines)

    assert charged(on) <= charged(on + timedelta(days=later))


@EXAMPLES
@given(loans(), looked_at)
def test_no_line_and_no_installment_is_charged_above_the_cap(loan: Loan, on: date) -> None:
    found, cap, mode = position(loan, on), loan.terms.cap, loan.terms.rounding
    if cap is None:
        return
    for row in found.installments:
        lines = [line for line in found.penalty_lines if line.installment == row.no]
        if cap.together:
            years = year_fraction(row.due_on, max(on, row.due_on), loan.terms.penalty.day_count)
            # Each stretch is rounded by itself: at most a fen a stretch, and each payment or dispute ends one.
            stretches = 1 + len(loan.payments) + 2 * len(loan.suspensions)
            assert sum(line.charged for line in lines) <= row.principal * cap.annual_rate * years + stretches
        else:
            for line in lines:
                years = year_fraction(line.start, line.end, line.day_count)
                assert line.charged <= rounded(line.base * cap.annual_rate * years, mode)


@EXAMPLES
@given(loans(), looked_at, st.randoms(use_true_random=False))
def test_the_same_events_in_another_order_of_telling_give_the_same(loan: Loan, on: date, chance: random.Random) -> None:
    """Payments of one day go by their ids; all else is ordered by its day."""
    whole = list(loan.payments)
    chance.shuffle(whole)
    told = tuple(whole)
    later = tuple(p for p in whole if p.received_on > on)
    assert position(replace(loan, payments=told), on) == position(loan, on)
    known = tuple(p for p in loan.payments if p not in later)
    assert position(replace(loan, payments=known), on) == position(loan, on)


@EXAMPLES
@given(loans(), looked_at)
def test_terms_that_were_written_down_and_read_again_ask_for_the_same(loan: Loan, on: date) -> None:
    again = replace(loan, terms=terms_from_text(terms_to_text(loan.terms)))
    assert position(again, on) == position(loan, on)


@EXAMPLES
@given(loans(), looked_at, st.integers(1, 400))
def test_what_is_charged_tomorrow_is_not_owed_today(loan: Loan, on: date, ahead: int) -> None:
    tomorrow = on + timedelta(days=ahead)
    charge = Charge("C-X", tomorrow, tomorrow, "fees", 1000)
    assert position(replace(loan, charges=(*loan.charges, charge)), on) == position(loan, on)


@st.composite
def told_of(draw: st.DrawFn) -> tuple[Loan, date]:
    """A loan that is looked at on a day, with a statement of that day, before or after it, and with an agreement."""
    loan, on = draw(loans()), draw(looked_at)
    days = st.integers(-40, 60).map(lambda ago: on - timedelta(days=ago))
    amounts = st.builds(Amounts, *[st.integers(0, 9999)] * 5)
    stops = [Suspension("penalty", day, None, BOOKS_DIFFER) for day in draw(st.lists(days, max_size=1))]
    suspensions = (*loan.suspensions, *stops)
    statement = Statement(draw(days), draw(amounts))
    signed = [agreement for day in draw(st.lists(days, max_size=1)) for agreement in drawn_up(draw, loan, day)]
    return replace(loan, statement=statement, agreements=tuple(signed), suspensions=suspensions), on


def drawn_up(draw: st.DrawFn, loan: Loan, day: date) -> Iterator[Agreement]:
    """Over what is overdue on the day, if anything is: booked at once, days later, not yet, or refused."""
    if position(loan, day).overdue.total > 3:
        offer = Offer(Every(1, "m"), day + timedelta(days=20), installments=3)
        answered = draw(st.none() | st.integers(0, 30).map(lambda later: day + timedelta(days=later)))
        refused = draw(st.booleans()) if answered else False
        yield replace(agreed(loan, offer, as_of=day), answered_on=answered, refused=refused)


def compare_in_passing(told: tuple[Loan, date]) -> None:
    loan, on = told
    assert differences(position(loan, on)) == differences_of(loan)


test_the_statement_is_compared_in_passing_as_by_a_walk_to_its_day = EXAMPLES(given(told_of())(compare_in_passing))
test_very_many_statements_are_compared_in_passing_as_by_a_walk_to_their_day = pytest.mark.proof(
    settings(EXAMPLES, max_examples=1_500)(given(told_of())(compare_in_passing))
)


@EXAMPLES
@given(told_of(), st.integers(1, 90))
def test_what_days_add_is_what_a_walk_to_the_last_of_them_finds(told: tuple[Loan, date], days: int) -> None:
    """Where nothing told is of a later day; what is signed and not answered counts as registered on that day."""
    loan, on = told
    taken_back = {p.reverses for p in loan.payments if p.received_on <= on}
    loan = replace(
        loan,
        payments=tuple(p for p in loan.payments if p.received_on <= on and p.id not in taken_back and not p.reverses),
        agreements=tuple(each for each in loan.agreements if each.signed_on <= on),
    )
    then = position(loan, on + timedelta(days=days))
    now = position(loan, on)
    assert growth(now, days) == then.penalty_charged - now.penalty_charged
    found = month_ahead(now)
    booked = tuple(replace(each, answered_on=each.answered_on or on) for each in loan.agreements)
    last = position(replace(loan, agreements=booked), found.until)
    falls_due_then = sum(due.amount for due in last.next_dues if due.due_on == found.until)
    assert found.owed == last.overdue.total + last.overlooked.total + falls_due_then


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets a test set the time zone of the machine."""
    monkeypatch.setenv("TZ", "UTC")
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("place", ["Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_clock_of_the_machine_changes_no_amount(place: str, clock: None) -> None:
    @EXAMPLES
    @given(loans(), looked_at)
    def same(loan: Loan, on: date) -> None:
        def facts(zone: str) -> dict[str, object]:
            os.environ["TZ"] = zone
            time.tzset()
            return position_facts(position(loan, on))

        assert facts(place) == facts("UTC")

    same()
