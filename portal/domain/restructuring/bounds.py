"""The bounds of any offer, whatever the lender's policy says; beyond them there is no plan."""

from datetime import date, timedelta

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import add_months
from portal.domain.contract.pause import PauseScope
from portal.domain.ledger.pausing import next_move
from portal.domain.ledger.plan_account import ONE_DAY
from portal.domain.ledger.position import Position
from portal.domain.money import Money
from portal.domain.restructuring import offer_refusals as no
from portal.domain.restructuring.offer import (
    FIRST_DUE_WITHIN_MONTHS,
    MOST_INSTALLMENTS,
    MOST_PAUSE,
    MOST_ROUND_TO,
    Offer,
)


def check(position: Position, offer: Offer, taken_in: Amounts) -> None:
    """Raises the refusal of the first term that cannot be, whose `field` names it."""
    _check_time(position, offer)
    _check_amounts(position.currency, offer, taken_in)
    _check_form(position.currency, offer)


def _check_time(position: Position, offer: Offer) -> None:
    as_of = position.as_of
    if (offer.installments is None) == (offer.amount is None):
        raise no.CountOrAmount("installments")
    if offer.installments is not None and not 1 <= offer.installments <= MOST_INSTALLMENTS:
        raise no.InstallmentsOutOfRange("installments", most=MOST_INSTALLMENTS, asked=offer.installments)
    if offer.kind is OfferKind.PAUSE:
        check_pause("first_due", as_of, offer.first_due, MOST_PAUSE.days)
        _check_paused(position, offer)
    if offer.first_due <= as_of:
        raise no.FirstDueTooEarly("first_due", today=as_of, asked=offer.first_due)
    latest = add_months(as_of, FIRST_DUE_WITHIN_MONTHS)
    if offer.first_due > latest:
        raise no.FirstDueTooLate("first_due", most=latest, asked=offer.first_due)


def check_pause(field: str, today: date, until: date, days: int) -> None:
    """Days of a pause are counted as they come, public holidays too. Raises PauseTooShort, PauseOutOfRange."""
    asked = (until - today).days
    if asked < 1:
        raise no.PauseTooShort(field, today=today, given=until)
    if asked > days:
        raise no.PauseOutOfRange(field, days=days, most=today + timedelta(days=days), given=until, asked=asked)


def _check_paused(position: Position, offer: Offer) -> None:
    """There has to be something that it can pause; what falls due next moves alone to a day before the row after it.

    Raises NothingToCome, NothingToPause, OverdueFirst, MoveOutOfRange.
    """
    found = next_move(position.book, position.as_of)
    if offer.moves_next and position.overdue.total:
        raise no.OverdueFirst("first_due")
    if position.overdue.total:
        return
    if found is None:
        raise no.NothingToCome("covers")
    if offer.pause is not None and offer.pause.scope is PauseScope.OVERDUE:
        raise no.NothingToPause("first_due")
    first, most = found.due_on + ONE_DAY, position.as_of + MOST_PAUSE
    last = min(found.before - ONE_DAY, most) if found.before else most
    if first > last:
        raise no.NothingDueByThen("first_due", given=last, next=found.due_on)
    if offer.moves_next and not first <= offer.first_due <= last:
        raise no.MoveOutOfRange("first_due", due=found.due_on, first=first, last=last, given=offer.first_due)


def _check_amounts(currency: str, offer: Offer, taken_in: Amounts) -> None:
    if offer.waiver.principal and offer.kind is not OfferKind.SETTLEMENT:
        raise no.PrincipalNotWaived("waiver_principal")
    for component, asked in offer.waiver.items():
        most = taken_in.of(component)
        if not 0 <= asked <= most:
            raise no.WaiverTooHigh(f"waiver_{component}", most=Money(most, currency), asked=Money(asked, currency))
    balance = taken_in.total - offer.waiver.total
    if not balance and offer.kind is OfferKind.PAUSE:
        return
    if not balance:
        raise no.NothingLeft(next(f"waiver_{name}" for name, minor in offer.waiver.items() if minor))
    if not 0 <= offer.down_payment <= balance:
        most_now, asked_now = Money(balance, currency), Money(offer.down_payment, currency)
        raise no.DownPaymentTooHigh("down_payment", most=most_now, asked=asked_now)


def _check_form(currency: str, offer: Offer) -> None:
    most = (offer.installments or MOST_INSTALLMENTS) - 1 if offer.interest_rate else 0
    if not 0 <= offer.interest_only <= most:
        raise no.InterestOnlyOutOfRange("interest_only", most=most, asked=offer.interest_only)
    if not 1 <= offer.round_to <= MOST_ROUND_TO:
        least, upto, asked = (Money(minor, currency) for minor in (1, MOST_ROUND_TO, offer.round_to))
        raise no.RoundToOutOfRange("round_to", least=least, most=upto, asked=asked)
