"""The penalty of one installment past its due date, as it grows from day to day."""

from dataclasses import dataclass
from datetime import date

from portal.domain.contract.loan import Loan
from portal.domain.ledger.allocation import Component, Due
from portal.domain.ledger.penalty import Base, PenaltyLine, penalty_lines

PENALTY_BASES = ("principal", "interest")


@dataclass(slots=True)
class Accrual:
    """`lines` are those at the end of `until`; `bases` what penalty is on since when, `paid` what came of it when."""

    bucket: Due
    penalty: Component
    bases: dict[str, list[Base]]
    paid: list[tuple[date, int]]
    until: date
    lines: tuple[PenaltyLine, ...] = ()

    @property
    def goes_on(self) -> bool:
        """Whether anything is left that could cost more."""
        return any([history[-1].amount for history in self.bases.values()])

    def accrue(self, until: date, loan: Loan) -> None:
        self.until, self.lines = until, self.lines_by(until, loan)
        self.penalty.grow(sum([line.charged for line in self.lines]))

    def note(self, on: date, penalty_paid: int) -> None:
        """What is left of the installment after a payment or a waiver that reached it."""
        for component, history in self.bases.items():
            left = self.bucket.left_of(component)
            if history[-1].amount != left:
                history.append(Base(on, left))
        if penalty_paid:
            self.paid.append((on, penalty_paid))

    def lines_by(self, day: date, loan: Loan) -> tuple[PenaltyLine, ...]:
        """By a day, if until then nothing is paid, charged or taken back."""
        due_on, items = self.bucket.due_on, self.bucket.items
        apart = sum([each.amount for each in items if each.source == "charge" and each.component != "costs"])
        assert self.bucket.no is not None
        return penalty_lines(loan.terms, self.bucket.no, due_on, self.bases, day, loan.suspensions, apart, self.paid)


def accrual_of(bucket: Due) -> Accrual:
    """From the end of its due date on, on what is left of it by then."""
    due_on = bucket.due_on
    bases = {component: [Base(due_on, bucket.left_of(component))] for component in PENALTY_BASES}
    return Accrual(bucket, Component("penalty", due_on, 0, "accrued", bucket.no), bases, [], due_on)
