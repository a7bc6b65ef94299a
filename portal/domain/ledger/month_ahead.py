"""The days to come: what falls due next, by date and amount, and what is owed at their end if nothing is paid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.loan import Loan
from portal.domain.ledger.dated import known_on
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.upcoming import UPCOMING_DAYS, NextDue, less_credit

NEXT_DUES = 3


class MonthAhead(NamedTuple):
    """What the days from today to `until` bring, minor units; what is paid ahead is taken off.

    `listed` are all dues until then, and later ones so that there are `NEXT_DUES`; `falling_due` is what falls due by
    then. Nothing paid, `owed` has fallen due by the end of `until`, `penalty` of it new. `returning` is what is in
    `owed` beyond what is overdue today, what falls due and the penalty: a plan that ends gives back, a pause is over.
    """

    until: date
    listed: tuple[NextDue, ...]
    falling_due: int
    owed: int
    penalty: int
    returning: int

    @property
    def next_dues(self) -> tuple[NextDue, ...]:
        return self.listed[:NEXT_DUES]


def month_ahead(now: Position, days: int = UPCOMING_DAYS) -> MonthAhead:
    """Walks on where a plan, a pause or what is paid ahead changes what so many days bring; else it is the sum."""
    until = now.as_of + timedelta(days=days)
    asked = less_credit(_with_what_is_paused(now), now.credit)
    falling = sum(due.amount for due in asked if due.due_on <= until and not due.is_paused)
    today = now.overdue.total + now.overlooked.total
    if now.credit or now.loan.agreements:
        then = position(_as_booked(known_on(now.loan, now.as_of), now.as_of), until)
        on_the_day = sum(due.amount for due in then.next_dues if due.due_on == until)
        owed = then.overdue.total + then.overlooked.total + on_the_day
        penalty = max(then.penalty_charged - now.penalty_charged, 0)
    else:
        penalty = now.penalty_by(until) - now.penalty_charged
        owed = today + falling + penalty
    return MonthAhead(until, _listed(asked, until), falling, owed, penalty, owed - today - falling - penalty)


def _as_booked(loan: Loan, on: date) -> Loan:
    """As if the lender's books took what is signed and not answered yet: what its rows ask falls due then."""
    agreements = tuple(replace(each, answered_on=each.answered_on or on) for each in loan.agreements)
    return replace(loan, agreements=agreements)


def _listed(dues: Sequence[NextDue], until: date) -> tuple[NextDue, ...]:
    """Those of a day stay together, in their order."""
    return tuple(due for place, due in enumerate(dues) if place < NEXT_DUES or due.due_on <= until)


def _with_what_is_paused(now: Position) -> tuple[NextDue, ...]:
    """With what a pause that lasts holds, on the day on which it is asked for again."""
    plan = now.live_plan
    if plan is None or plan.agreement.kind is not OfferKind.PAUSE or not plan.left:
        return now.next_dues
    again = NextDue(f"pause:{plan.agreement.ref}", plan.plan.day_after, plan.left)
    before = tuple(due for due in now.next_dues if due.due_on < again.due_on)
    return (*before, again, *now.next_dues[len(before) :])
