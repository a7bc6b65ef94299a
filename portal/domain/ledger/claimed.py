"""Money that was reported as paid and that no book has confirmed: how a loan stands once it has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain.contract.loan import Payment
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.upcoming import less_credit


@dataclass(frozen=True, slots=True)
class ClaimedMoney:
    """What is being checked, and the loan without it and as if it had come on the days it was reported for."""

    payments: tuple[Payment, ...]
    before: Position
    after: Position

    @property
    def amount(self) -> int:
        """Minor units."""
        return sum(each.amount for each in self.payments)

    @property
    def first_on(self) -> date:
        return min(each.received_on for each in self.payments)

    @property
    def left_of_next(self) -> tuple[date, int] | None:
        """The day of what falls due next, contract and plan together, and what is left of it if this has come."""
        due = self.before.next_to_pay
        if due is None:
            return None
        left = less_credit(self.after.next_dues, self.after.credit)
        return due.due_on, sum(each.amount for each in left if each.due_on == due.due_on)


def if_come(now: Position, claimed: Sequence[Payment]) -> ClaimedMoney | None:
    """Through the same ledger that allocates real payments; None where nothing is being checked."""
    if not claimed:
        return None
    after = position(replace(now.loan, payments=(*now.loan.payments, *claimed)), now.as_of)
    return ClaimedMoney(tuple(claimed), now, after)
