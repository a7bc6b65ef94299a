"""What a borrower should know before signing: three questions whose wrong answers are explained and block nothing."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """Codes, worded by pages: the answers to choose from, and the right one."""

    code: str
    answers: tuple[str, ...]
    right: str


QUESTIONS = (
    Question("missed", ("nothing", "catch_up", "all_lost"), "catch_up"),
    Question("late", ("week", "next_day", "called"), "next_day"),
    Question("difficult", ("stop", "tell", "borrow"), "tell"),
)


def misunderstood(given: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions that were answered wrongly, or not at all."""
    return tuple(each for each in QUESTIONS if given.get(each.code) != each.right)
