"""When a row of a plan is missed, until when it can be caught up, and the one day on which the plan breaks."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.contract.agreement import MissedContract
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Installment
from portal.domain.contract.pause import Pause
from portal.domain.ledger.dues import Due, contract_due
from portal.domain.ledger.plan_account import PlanAccount, PlanStatus, moved, plan_rows, vested
from tests.domain.agreed import AT_ONCE, CASE, agreed

PLAN = agreed(CASE)
FIRST = date(2026, 7, 14)


def account(*whole_on: date | None, terms: object = None) -> PlanAccount:
    """Whose first rows were whole on these days, all in time or not; the others are open."""
    agreement = replace(PLAN, cure_terms=terms) if terms else PLAN  # type: ignore[arg-type]
    found = PlanAccount(agreement, plan_rows(agreement, date(2027, 6, 1)))
    for row, on in zip(found.rows, whole_on, strict=False):
        row.whole_on = on
    return found


def days(found: PlanAccount, on: date) -> list[tuple[int, date]]:
    return [(row.no, last) for row, last in found.missed(found.rows, on)]


def test_a_row_is_missed_when_its_day_is_over() -> None:
    assert days(account(), FIRST) == []
    assert days(account(), date(2026, 7, 15)) == [(1, date(2026, 7, 28))]
    assert days(account(FIRST), date(2026, 8, 14)) == []


def test_the_second_miss_within_six_has_no_days_to_catch_up() -> None:
    late = account(date(2026, 7, 20))
    assert days(late, date(2026, 8, 15)) == [(2, date(2026, 8, 14))]
    assert days(account(), date(2026, 8, 15)) == [(1, date(2026, 7, 28)), (2, date(2026, 8, 14))]


def test_a_miss_six_rows_ago_is_forgotten_by_a_lender_that_counts_within_five() -> None:
    found = account(date(2026, 7, 20), *[row.due_on for row in PLAN.plan.rows[1:5]])
    terms = replace(PLAN.cure_terms, within=5)
    found.agreement = replace(PLAN, cure_terms=terms)
    assert days(found, date(2026, 12, 15)) == [(6, date(2026, 12, 28))]
    found.agreement = PLAN
    assert days(found, date(2026, 12, 15)) == [(6, date(2026, 12, 14))]


def test_a_row_that_is_open_again_has_its_days_from_that_day_on() -> None:
    found = account()
    found.rows[0].reopened_on = date(2027, 1, 20)
    assert days(found, date(2027, 1, 21))[0] == (1, date(2027, 2, 3))


@pytest.mark.parametrize(
    ("last", "breaks_on"),
    [
        (date(2026, 7, 28), date(2026, 8, 1)),  # Tuesday; Wednesday to Friday, then Saturday
        (date(2026, 8, 14), date(2026, 8, 20)),  # Friday; Monday to Wednesday
        (date(2026, 9, 28), date(2026, 10, 9)),  # Monday; 29th, 30th, seven holidays, 8 October
    ],
)
def test_it_breaks_after_the_telling_days(last: date, breaks_on: date) -> None:
    found, at_once = account(), account(terms=AT_ONCE)
    assert found.breaks_on(last, found.rows[0]) == breaks_on
    assert at_once.breaks_on(last, at_once.rows[0]) == date.fromordinal(last.toordinal() + 1)


def test_the_first_day_of_a_break_counts_and_only_up_to_the_day_that_is_asked() -> None:
    assert account().next_break([], date(2026, 7, 31)) is None
    assert account().next_break([], date(2026, 8, 1)) == date(2026, 8, 1)
    assert account().next_break([], date(2026, 12, 1)) == date(2026, 8, 1)


def beside(no: int, due_on: date) -> Due:
    return contract_due(Installment(no, due_on, 100, 10))


def test_the_contract_beside_it_breaks_it_only_where_that_was_signed_and_only_what_fell_due_after() -> None:
    paid = account(*[row.due_on for row in PLAN.plan.rows[:-1]])
    before, after = beside(5, date(2026, 5, 15)), beside(6, date(2026, 6, 15))
    assert paid.next_break([before, after], date(2026, 9, 1)) is None
    paid.agreement = replace(PLAN, cure_terms=replace(PLAN.cure_terms, contract=MissedContract.BREAKS))
    assert paid.next_break([before, after], date(2026, 9, 1)) == date(2026, 7, 3)
    assert paid.next_break([before], date(2026, 9, 1)) is None
    paid.rows[-1].whole_on = date(2026, 6, 20)
    assert paid.next_break([before, after], date(2026, 9, 1)) is None


def test_its_status_follows_from_its_rows_and_how_it_ended() -> None:
    on = date(2026, 8, 1)
    assert account(FIRST).status((), on) is PlanStatus.ACTIVE
    assert account().status((), on) is PlanStatus.STRAINED
    assert account(*[FIRST] * 6).status((), on) is PlanStatus.COMPLETED
    ended = account()
    ended.ended = PlanStatus.BROKEN
    assert (ended.status((), on), ended.lives) == (PlanStatus.BROKEN, False)


def test_the_down_payment_is_no_installment_that_is_kept() -> None:
    found = account(FIRST, date(2026, 8, 14))
    found.rows[0].no = 0
    assert found.kept == 1


@pytest.mark.parametrize(("kept", "final"), [(0, 0), (1, 17), (3, 50), (5, 84), (6, 100), (7, 100)])
def test_what_comes_back_of_a_yuan_is_rounded_down(kept: int, final: int) -> None:
    assert vested(Amounts(penalty=100), kept, 6) == Amounts(penalty=final)


def test_a_pause_moves_what_falls_due_after_it_begins_and_so_does_the_next() -> None:
    pauses = [Pause(date(2026, 9, 1), date(2026, 9, 11)), Pause(date(2026, 7, 10), date(2026, 8, 9))]
    assert moved(date(2026, 7, 10), pauses) == date(2026, 7, 10)
    assert moved(date(2026, 7, 14), pauses) == date(2026, 8, 13)
    assert moved(date(2026, 8, 14), pauses) == date(2026, 9, 23)


def test_rows_wait_for_the_cores_answer() -> None:
    silent = replace(PLAN, answered_on=None)
    assert [row.due_on for row in plan_rows(silent, date(2026, 8, 20))][:3] == [
        date(2026, 8, 21),
        date(2026, 8, 21),
        date(2026, 9, 14),
    ]
    answered = replace(PLAN, answered_on=date(2026, 8, 20))
    assert [row.due_on for row in plan_rows(answered, date(2026, 9, 1))][:2] == [date(2026, 8, 20)] * 2
