"""Three questions before signing: each right answer is one of its answers, and a wrong one is found."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.conduct.understanding import OF_A_PAUSE, QUESTIONS, misunderstood, questions_on
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import BY_CONTRACT, PauseTerms
from portal.domain.ledger.position import position
from portal.domain.restructuring.drawing import draw_up
from portal.domain.restructuring.offer import Offer
from tests.domain.agreed import CASE, SIX
from tests.domain.people import ON

RIGHT = {question.code: question.right for question in QUESTIONS}


def test_there_are_three_and_each_can_be_answered_rightly() -> None:
    assert len(QUESTIONS) == 3
    assert all(question.right in question.answers for question in QUESTIONS)
    assert misunderstood(RIGHT) == ()


def test_a_wrong_or_missing_answer_is_named() -> None:
    assert [each.code for each in misunderstood({**RIGHT, "late": "week"})] == ["late"]
    assert [each.code for each in misunderstood({})] == ["missed", "late", "difficult"]


def asked(terms: PauseTerms | None, until: date, knows_dates: bool = True) -> list[str]:
    kind = OfferKind.PAUSE if terms else OfferKind.PLAN
    offer = Offer(Every(1, "m"), until, installments=1, kind=kind, pause=terms) if terms else SIX
    plan = draw_up(position(CASE, ON), offer, CASE.terms.rounding, CASE.terms.day_count, until)
    plan = plan if knows_dates else replace(plan, paused=None)
    return [each.code for each in questions_on(offer, plan)]


@pytest.mark.parametrize(
    ("terms", "until", "questions"),
    [
        (None, date(2026, 7, 14), ["missed", "late", "difficult"]),
        (PauseTerms(), date(2026, 7, 14), ["held_all", "moved", "over"]),
        (PauseTerms(), ON.replace(day=15), ["held_all", "moved", "over"]),
        (BY_CONTRACT, date(2026, 7, 14), ["held_overdue", "stay", "over"]),
    ],
)
def test_a_pause_has_three_questions_of_its_own(terms: PauseTerms | None, until: date, questions: list[str]) -> None:
    assert asked(terms, until) == questions


def test_of_a_pause_drawn_up_before_it_listed_dates_something_may_fall_due_meanwhile() -> None:
    assert asked(BY_CONTRACT, date(2026, 7, 14), knows_dates=False) == ["held_overdue", "stay", "over"]
    assert all(question.right in question.answers for question in OF_A_PAUSE)
