"""What a borrower should know before signing: three questions whose wrong answers are explained and block nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.domain.contract.pause import PauseScope
from portal.domain.contract.plan import Plan
from portal.domain.restructuring.offer import Offer


@dataclass(frozen=True, slots=True)
class Question:
    """Codes, worded by pages: the answers to choose from, and the right one."""

    code: str
    answers: tuple[str, ...]
    right: str


_LATE = Question("late", ("week", "next_day", "called"), "next_day")
_DIFFICULT = Question("difficult", ("stop", "tell", "borrow"), "tell")
QUESTIONS = (
    Question("missed", ("nothing", "catch_up", "all_lost"), "catch_up"),
    _LATE,
    _DIFFICULT,
)
_NOTHING_DUE = Question("held_all", ("all", "half", "nothing"), "nothing")
_MEANWHILE_DUE = Question("held_overdue", ("nothing", "listed", "all"), "listed")
_MOVED_ALONE = Question("moved_alone", ("all", "one", "waived"), "one")
_MOVED = Question("moved", ("stay", "later", "waived"), "later")
_STAY = Question("stay", ("later", "stay", "waived"), "stay")
_OVER = Question("over", ("waived", "asked", "never"), "asked")
OF_A_PAUSE = (_NOTHING_DUE, _MEANWHILE_DUE, _MOVED, _MOVED_ALONE, _STAY, _OVER)


def questions_on(offer: Offer, plan: Plan) -> tuple[Question, ...]:
    """A pause has its own: what is due in it, what becomes of the installments, and what is so when it is over.

    Where nothing is overdue nothing is asked for again. Of one that was drawn up before it said what falls due
    meanwhile, installments stay on their days.
    """
    if offer.pause is None:
        return QUESTIONS
    paused = plan.paused
    if offer.moves_next:
        return _MOVED_ALONE, _LATE, _DIFFICULT
    if offer.pause.scope is PauseScope.OVERDUE:
        return (_MEANWHILE_DUE if paused is None or paused.still_due else _NOTHING_DUE), _STAY, _OVER
    return _NOTHING_DUE, (_MOVED if paused and paused.moved else _DIFFICULT), _OVER if plan.total else _LATE


def misunderstood(given: Mapping[str, str], questions: Sequence[Question] = QUESTIONS) -> tuple[Question, ...]:
    """The questions that were answered wrongly, or not at all."""
    return tuple(each for each in questions if given.get(each.code) != each.right)
