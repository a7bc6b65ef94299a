"""All that the twin has of the portal: a loan of its own rows, and what the domain works out of it."""

from dataclasses import dataclass
from datetime import date

from bench.peer.models import Contract
from portal.domain.contract.loan import Installment, Loan, Payment
from portal.domain.ledger.delinquency import Delinquency, delinquency
from portal.domain.ledger.position import Position, position
from portal.domain.money import COMPONENTS
from portal.tables.stored import terms_from_text

__all__ = ("COMPONENTS", "Figures", "figures")


@dataclass(frozen=True, slots=True)
class Figures:
    """A contract with what is owed of it on a day, and where it stands."""

    contract: Contract
    now: Position
    where: Delinquency


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
    return Figures(contract, now, delinquency(now))
