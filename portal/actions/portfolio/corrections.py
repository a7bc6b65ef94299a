"""Money that goes back, held against payments that are new, corrected or gone in a row."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from portal.actions.money_back import check_refund, check_reversal, order_told
from portal.actions.portfolio.versions import FactChange, payments_after
from portal.domain.contract.loan import Loan, Payment
from portal.domain.refusal import Refusal


def check_money_back(loan: Loan, stored: Loan | None, changes: Sequence[FactChange]) -> list[Refusal]:
    """Reversals and refunds that a row tells otherwise, and those of a payment that it does; `stored` is on record.

    In the order of `order_told`, whatever the order of the row.
    """
    told = payments_after(stored.payments if stored else (), changes)
    places = {each.id: f"payments.{place}." for place, each in enumerate(loan.payments)}
    to_check, refusals = _back(told, {each.id for each in changes}), list[Refusal]()
    for each in to_check:
        del told[each.id]
    for each in to_check:
        field = places.get(each.id, "payments.")
        try:
            if each.is_refund:
                check_refund(each, _as_told(loan, stored), told, field)
            else:
                check_reversal(each, loan.loan_no, loan.currency, told, field)
        except Refusal as refusal:
            refusals.append(refusal)
        told[each.id] = each
    return refusals


def _back(told: Mapping[str, Payment], touched: set[str]) -> list[Payment]:
    back = (each for each in told.values() if each.reverses or each.is_refund)
    return sorted((each for each in back if touched & {each.id, each.reverses}), key=order_told)


def _as_told(loan: Loan, stored: Loan | None) -> Loan:
    """A row's loan with what is stored beside it."""
    if stored is None:
        return loan
    return replace(loan, suspensions=stored.suspensions, agreements=stored.agreements)
