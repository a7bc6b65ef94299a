"""Three questions before signing: each right answer is one of its answers, and a wrong one is found."""

from portal.domain.conduct.understanding import QUESTIONS, misunderstood

RIGHT = {question.code: question.right for question in QUESTIONS}


def test_there_are_three_and_each_can_be_answered_rightly() -> None:
    assert len(QUESTIONS) == 3
    assert all(question.right in question.answers for question in QUESTIONS)
    assert misunderstood(RIGHT) == ()


def test_a_wrong_or_missing_answer_is_named() -> None:
    assert [each.code for each in misunderstood({**RIGHT, "late": "week"})] == ["late"]
    assert [each.code for each in misunderstood({})] == ["missed", "late", "difficult"]
