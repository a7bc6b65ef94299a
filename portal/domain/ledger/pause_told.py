"""A pause as it is told: what it makes of the dates to come, by what is known now of its first day."""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.loan import Loan
from portal.domain.contract.pause import Pause, PausedDates
from portal.domain.ledger.pausing import paused_dates
from portal.domain.ledger.position import position
from portal.domain.ledger.upcoming import NextDue


def dates_of_pause(loan: Loan, agreement: Agreement, pause: Pause) -> PausedDates:
    """Of an agreement that is one, or one that the lender granted within it; the ledger is walked to its first day."""
    within = tuple(each for each in agreement.pauses if each.start < pause.start)
    is_own = pause == agreement.own_pause
    others = (each if each.ref != agreement.ref else replace(each, pauses=within) for each in loan.agreements)
    known = tuple(each for each in others if not (is_own and each.ref == agreement.ref))
    before = position(replace(loan, agreements=known), pause.start)
    book = before.without_plan.book if is_own else before.book
    return paused_dates(book, pause)


def dues_after(dues: Sequence[NextDue], paused: PausedDates) -> tuple[NextDue, ...]:
    """What falls due, and when, once it is agreed; the line of interest that it adds is part of its due."""
    to, more = {each.due: each.to for each in paused.moved}, {paused.interest_on: paused.interest}
    found = [due._replace(due_on=to.get(due.key, due.due_on), amount=due.amount + more.get(due.key, 0)) for due in dues]
    return tuple(sorted(found, key=attrgetter("due_on")))
