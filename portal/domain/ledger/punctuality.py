"""How punctual somebody was: the installments of the contract that have fallen due, and which were paid in time."""

from typing import NamedTuple

from portal.domain.ledger.dues import Due
from portal.domain.ledger.position import Position


class Punctuality(NamedTuple):
    """Numbers of installments: `in_time` were whole at the end of their day, of `fallen_due` that the borrower had to
    pay.
    """

    in_time: int
    fallen_due: int


def punctuality(now: Position) -> Punctuality:
    """Of the contract alone, by the end of the day before.

    Choice    an installment that a plan took in, or the lender let go, before it was late is no month of either kind
    """
    fallen = [due for due in now.book.contract.values() if due.due_on < now.as_of and due.asked]
    asked = [due for due in fallen if due.is_late(now.as_of) or not _was_taken_away(due)]
    return Punctuality(sum(not due.is_late(now.as_of) for due in asked), len(asked))


def _was_taken_away(due: Due) -> bool:
    return any(item.taken or item.let_go for item in due.own)
