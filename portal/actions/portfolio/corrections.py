"""Money that goes back, held against payments that are new, corrected or gone in a row."""

from collections.abc import Sequence
from dataclasses import replace

from portal.actions.money_back import refused_money_back
from portal.actions.portfolio.versions import FactChange, payments_after
from portal.domain.contract.loan import Loan
from portal.domain.refusal import Refusal


def check_money_back(loan: Loan, stored: Loan | None, changes: Sequence[FactChange]) -> list[Refusal]:
    """Reversals and refunds that a row tells otherwise, and those of a payment that it does; `stored` is on record."""
    told = payments_after(stored.payments if stored else (), changes)
    places = {each.id: f"payments.{place}." for place, each in enumerate(loan.payments)}
    touched = {each.id for each in changes}
    named = loan.loan_no, loan.currency
    return list(
        refused_money_back(told, touched, named, _as_told(loan, stored), lambda name: places.get(name, "payments."))
    )


def _as_told(loan: Loan, stored: Loan | None) -> Loan:
    """A row's loan with what is stored beside it."""
    if stored is None:
        return loan
    return replace(loan, suspensions=stored.suspensions, agreements=stored.agreements)
