"""All that the twin has of the portal: a loan of its own rows, and what the domain works out of it."""

from dataclasses import dataclass
from datetime import date, timedelta

from bench.peer.models import Contract
from portal.domain.contract.loan import Installment, Loan, Payment
from portal.domain.ledger.delinquency import Delinquency, delinquency
from portal.domain.ledger.position import Position, position
from portal.tables.stored import terms_from_text

__all__ = ("Figures", "figures")
DUES, DAYS = 3, timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What falls due next, by number, day and amount; what falls due within 30 days, and what is owed at their end if
    nothing is paid: the sum, for a contract without a plan, a pause or money paid ahead, of which this data has none.
    """

    dues: list[tuple[int, date, int]]
    until: date
    falling_due: int
    owed: int
    penalty: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A contract with what is owed of it on a day, where it stands, and what the days to come bring."""

    contract: Contract
    now: Position
    where: Delinquency
    ahead: Ahead


def figures(contract: Contract, today: date) -> Figures:
    """Of a contract whose installments and payments were fetched with it."""
    loan = Loan(
        loan_no=contract.loan_no,
        product=contract.product,
        lender_kind=contract.lender_kind,
        currency=contract.currency,
        signed_on=contract.signed_on,
        disbursed_on=contract.disbursed_on,
        principal=contract.principal,
        terms=terms_from_text(contract.terms),
        schedule=tuple(
            Installment(row.no, row.due_on, row.principal, row.interest, row.fees)
            for row in contract.installments.all()
        ),
        payments=tuple(Payment(row.number, row.received_on, row.amount) for row in contract.payments.all()),
    )
    now = position(loan, today)
    return Figures(contract, now, delinquency(now), _ahead(now, today))


def _ahead(now: Position, today: date) -> Ahead:
    until = today + DAYS
    to_come = [(row.no, row.due_on, row.left) for row in now.installments if row.left and row.due_on >= today]
    falling_due = sum(left for _, due_on, left in to_come if due_on <= until)
    penalty = now.penalty_by(until) - now.penalty_charged
    return Ahead(to_come[:DUES], until, falling_due, now.overdue.total + falling_due + penalty, penalty)
