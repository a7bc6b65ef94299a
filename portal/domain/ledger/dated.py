"""A loan's facts in the order in which a walk over its ledger takes them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.closing import LenderCredit, LoanClosing
from portal.domain.contract.loan import Loan, Payment, Suspension
from portal.domain.contract.pause import Pause

BOOKS_DIFFER = "books_differ"
"""Why penalty stands still while the lender's statement and the position differ (see `reconciliation`)."""


def stated_on(loan: Loan, as_of: date) -> date | None:
    """The day of the lender's statement, if the walk to `as_of` passes it with what the lender could know on that day.

    It does not where penalty stood still before it because the books differed, or an agreement was not booked yet.
    """
    if loan.statement is None or loan.statement.as_of > as_of:
        return None
    day = loan.statement.as_of
    unknown = any(each.reason == BOOKS_DIFFER and each.start < day for each in loan.suspensions)
    return None if unknown or len(_booked_by(loan, day)) < len(_signed_by(loan, day)) else day


def known_to_lender(loan: Loan) -> Loan:
    """Without the agreements that were not booked before the day of the lender's statement: it cannot know of them.

    Penalty goes on while the books differ: if it stood still there too they never would agree again.
    """
    if loan.statement is None:
        return loan
    suspensions = tuple(each for each in loan.suspensions if each.reason != BOOKS_DIFFER)
    return replace(loan, suspensions=suspensions, agreements=_booked_by(loan, loan.statement.as_of))


def known_on(loan: Loan, day: date) -> Loan:
    """As if nothing had happened after a day."""
    return replace(
        loan,
        payments=tuple(each for each in loan.payments if each.received_on <= day),
        charges=tuple(each for each in loan.charges if each.on <= day),
        agreements=tuple(each for each in loan.agreements if each.plan.as_of <= day),
        lender_credits=tuple(each for each in loan.lender_credits if each.on <= day),
        closing=loan.closing if loan.closing and loan.closing.on <= day else None,
    )


def told_before(loan: Loan, day: date) -> Loan:
    """With the payments as they had been told by the start of a day, where they were corrected since."""
    payments = {each.id: each for each in loan.payments}
    for each in reversed(loan.corrections):
        if each.told_on >= day and isinstance(each.before, Payment):
            payments[each.id] = each.before
    earlier = tuple(each for each in loan.corrections if each.told_on < day)
    return replace(loan, payments=tuple(payments.values()), corrections=earlier)


def _signed_by(loan: Loan, day: date) -> tuple[Agreement, ...]:
    return tuple(each for each in loan.agreements if each.plan.as_of <= day)


def _booked_by(loan: Loan, day: date) -> tuple[Agreement, ...]:
    return tuple(each for each in _signed_by(loan, day) if each.answered_on is not None and each.answered_on < day)


class _Place(IntEnum):
    """Where a fact comes in its day."""

    PAYMENT = 0
    CREDIT = 1
    REFUND = 2
    REVERSAL = 3
    CLOSING = 4
    AGREEMENT = 5
    PAUSE = 6


class GrantedPause(NamedTuple):
    """By the lender, within the agreement of that ref."""

    agreement: str
    pause: Pause


def back_on_their_day(loan: Loan) -> set[str]:
    """Payments taken back whole on their own day pay nothing, not even until its end: a correction stands instead."""
    came = {payment.id: payment.received_on for payment in loan.payments}
    whole = [each for each in loan.payments if each.reverses and not each.amount]
    return {each.reverses for each in whole if each.reverses and came.get(each.reverses) == each.received_on}


DatedFact = tuple[date, int, str, Payment | LenderCredit | LoanClosing | Agreement | GrantedPause]


def facts_until(loan: Loan, as_of: date) -> Iterator[DatedFact]:
    """Those up to a day, each with its place in it."""
    return (each for each in _all_facts(loan) if each[0] <= as_of)


def _all_facts(loan: Loan) -> Iterator[DatedFact]:
    for payment in loan.payments:
        place = _Place.REVERSAL if payment.reverses else _Place.REFUND if payment.is_refund else _Place.PAYMENT
        yield payment.received_on, place, payment.id, payment
    for credit in loan.lender_credits:
        yield credit.on, _Place.CREDIT, credit.id, credit
    if loan.closing:
        yield loan.closing.on, _Place.CLOSING, "", loan.closing
    for index, agreement in enumerate(loan.agreements):
        if not agreement.refused:
            yield agreement.plan.as_of, _Place.AGREEMENT, f"{index:04}", agreement
            yield from _granted(f"{index:04}", agreement)


def _granted(name: str, agreement: Agreement) -> Iterator[DatedFact]:
    """Those without terms are in the dates of its rows."""
    for pause in agreement.pauses:
        if pause.terms is not None:
            yield pause.start, _Place.PAUSE, name, GrantedPause(agreement.ref, pause)


def standing_still(loan: Loan) -> Iterator[Suspension]:
    """No penalty runs from signing to the answer of the lender's core, whatever it is, nor on what is written off."""
    if loan.written_off_on is not None:
        yield Suspension("penalty", loan.written_off_on, None, "written_off")
    for agreement in loan.agreements:
        yield Suspension("penalty", agreement.signed_on, agreement.answered_on, "signed")
