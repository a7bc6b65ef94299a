"""A loan's facts in the order in which a walk over its ledger takes them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from portal.domain.contract.loan import Loan, Payment, Waiver

BOOKS_DIFFER = "books_differ"
"""Why penalty stands still while the lender's statement and the position differ (see `reconciliation`)."""


def in_order(loan: Loan, as_of: date) -> Iterator[tuple[date, Payment | Waiver]]:
    """Payments and waivers up to `as_of` by day; what takes a payment back is none of them.

    A waiver comes after the payments of its day that it was granted over, and before the others.
    """
    waivers = sorted((w for w in loan.waivers if w.on <= as_of), key=lambda w: w.on)
    over = {each for waiver in waivers for each in waiver.over}
    for payment in sorted(loan.payments, key=lambda p: (p.received_on, p.id not in over)):
        if payment.received_on > as_of or payment.reverses:
            continue
        while waivers and _comes_first(waivers[0], payment):
            yield waivers[0].on, waivers.pop(0)
        yield payment.received_on, payment
    for waiver in waivers:
        yield waiver.on, waiver


def stated_on(loan: Loan, as_of: date) -> date | None:
    """The day of the lender's statement, if the walk to `as_of` passes it with what the lender could know on that day.

    It does not where a payment or a waiver of before was taken back later, where something was waived on the day
    itself, and where penalty stood still before it because the books differed.
    """
    if loan.statement is None or loan.statement.as_of > as_of:
        return None
    day = loan.statement.as_of
    taken_back = [p.received_on for p in loan.payments if p.reverses] + [w.back_on for w in loan.waivers if w.back_on]
    unknown = (
        any(day < on <= as_of for on in taken_back),
        any(waiver.on == day for waiver in loan.waivers),
        any(each.reason == BOOKS_DIFFER and each.start < day for each in loan.suspensions),
    )
    return None if any(unknown) else day


def known_to_lender(loan: Loan) -> Loan:
    """Without what was waived on the day of the lender's statement or later, which it cannot know of.

    Penalty goes on while the books differ: if it stood still there too they never would agree again.
    """
    if loan.statement is None:
        return loan
    waivers = tuple(waiver for waiver in loan.waivers if waiver.on < loan.statement.as_of)
    suspensions = tuple(each for each in loan.suspensions if each.reason != BOOKS_DIFFER)
    return replace(loan, waivers=waivers, suspensions=suspensions)


def _comes_first(waiver: Waiver, payment: Payment) -> bool:
    return waiver.on < payment.received_on or (waiver.on == payment.received_on and payment.id not in waiver.over)
