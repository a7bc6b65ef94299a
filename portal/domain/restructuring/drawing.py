"""The one function that previews, quotes, proposes and agrees: an offer drawn up over a position."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.apr import irr_of_plan
from portal.domain.contract.calendar import DayCount, add_months, due_date, parts, year_parts
from portal.domain.contract.calendar import days as count_days
from portal.domain.contract.pause import BY_CONTRACT, Pause, PausedDates
from portal.domain.contract.plan import Plan, PlanRow
from portal.domain.ledger.pausing import paused_dates
from portal.domain.ledger.position import Position
from portal.domain.money import Rounding, divide
from portal.domain.restructuring import offer_refusals as no
from portal.domain.restructuring.bounds import check
from portal.domain.restructuring.offer import MOST_INSTALLMENTS, MOST_MONTHS, Offer

SMALL_REST = 10
"""A last payment of one part in so many of the others, or less, is none by itself: then all of them are equal."""


class _Period(NamedTuple):
    """Over the period the principal costs `weight` of the offer's `_base`."""

    due_on: date
    days: int
    weight: int


def draw_up(position: Position, offer: Offer, rounding: Rounding, day_count: DayCount, pay_now_by: date) -> Plan:
    """The plan an offer makes of a position; preview, quote, proposal and agreement all call this.

    Unit      minor units of the loan's currency
    Rounding  `rounding`, once per installment; the remainder is in the last installment
    Errors    a `Refusal` whose `field` names the term that cannot be
    """
    pausing = offer.kind is OfferKind.PAUSE
    taken_in = position.overdue if pausing else amounts_taken_in(position, offer.covers)
    check(position, offer, taken_in)
    left = taken_in - offer.waiver
    rows = [] if left.total else [_end_of_pause(position.as_of, offer, day_count)]
    if offer.down_payment:
        down_on = min(pay_now_by, offer.first_due)
        paid, left = _pay(left, offer.down_payment)
        rows.append(PlanRow(0, down_on, count_days(position.as_of, down_on, day_count), paid, 0, left.total))
    if left.total:
        rows += _installments(position.as_of, offer, left, rounding, day_count)
    if rows[-1].due_on > add_months(position.as_of, MOST_MONTHS):
        most = add_months(position.as_of, MOST_MONTHS)
        field = "installments" if offer.amount is None else "amount"
        raise no.PlanTooLong(field, months=MOST_MONTHS, most=most, asked=rows[-1].due_on)
    dues = position.taken_in(offer.covers) if taken_in.total else ()
    paused = _paused(position, offer) if pausing else None
    plan = Plan(position.as_of, position.currency, taken_in, offer.waiver, tuple(rows), Fraction(0), dues, paused)
    return replace(plan, apr=_apr(plan)) if offer.interest_rate else plan


def _end_of_pause(as_of: date, offer: Offer, day_count: DayCount) -> PlanRow:
    """Where nothing was overdue as it began, a pause has its last day and nothing to pay on it."""
    return PlanRow(1, offer.first_due, count_days(as_of, offer.first_due, day_count), NOTHING, 0, 0)


def _paused(position: Position, offer: Offer) -> PausedDates:
    """Raises NothingDueByThen where it would change nothing."""
    found = paused_dates(position.book, Pause(position.as_of, offer.first_due, offer.pause or BY_CONTRACT))
    if not found.moved and not position.overdue.total:
        raise no.NothingDueByThen("first_due", given=offer.first_due, next=position.next_dues[0].due_on)
    return found


def amounts_taken_in(position: Position, covers: Covers) -> Amounts:
    """What an offer that covers so much takes in, minor units.

    With all that is to come also what is too little to be asked for by itself. Raises NothingToCome, NothingToPlan.
    """
    owed = NOTHING if covers is Covers.TO_COME else position.overdue
    owed += position.overlooked if covers is Covers.ALL else NOTHING
    if covers is not Covers.OVERDUE:
        owed = sum((line.amounts for line in position.taken_in(Covers.TO_COME)), owed)
    if not owed.total:
        raise (no.NothingToCome if covers is Covers.TO_COME else no.NothingToPlan)("covers")
    return owed


def _installments(as_of: date, offer: Offer, left: Amounts, rounding: Rounding, day_count: DayCount) -> list[PlanRow]:
    calendar: Iterable[_Period] = _periods(as_of, offer, day_count)
    base = offer.interest_rate.denominator * year_parts(day_count)
    if offer.amount is not None:
        each = offer.amount
    elif offer.interest_rate:
        calendar = list(islice(calendar, offer.installments))
        weights = [period.weight for period in calendar[offer.interest_only :]]
        each = _level(_Repaid(left.principal, left.total, weights, base, rounding), offer.round_to)
    else:
        each = _share(left.total, offer, rounding)
    rows = _rows(calendar, base, offer, left, each, rounding)
    if offer.amount is not None and len(rows) > 1 and rows[-1].total * SMALL_REST <= each:
        equal = replace(offer, amount=None, installments=len(rows))
        return _installments(as_of, equal, left, rounding, day_count)
    return rows


def _share(total: int, offer: Offer, rounding: Rounding) -> int:
    """An equal part of the total, such that something is left for the last installment."""
    count = offer.installments or 1
    each = divide(total, count, rounding, offer.round_to)
    return each if each * (count - 1) < total else divide(total, count, Rounding.DOWN, offer.round_to)


class _Repaid(NamedTuple):
    """What equal installments have to pay: `total` with the interest on its `principal`, `weights` over `base`."""

    principal: int
    total: int
    weights: Sequence[int]
    base: int
    rounding: Rounding

    def suffices(self, each: int) -> bool:
        """Whether the last installment is not larger than the others; once it is so, it is for any larger one."""
        left = self.total
        for weight in self.weights[:-1]:
            interest = divide(min(left, self.principal) * weight, self.base, self.rounding)
            if left + interest <= each:
                return True
            left -= max(each - interest, 0)
        return left + divide(min(left, self.principal) * self.weights[-1], self.base, self.rounding) <= each

    def exact(self, multiple: int) -> int:
        """The installment that pays it all without rounding interest, rounded up to a multiple.

        While more than the principal is left a period adds a fixed sum, and from then on a share of what is left; it
        adds the less of both. So if the first `before` installments were paid of the former and all others of the
        latter, (total + principal x shares before) x growth after / (before x growth after + annuity after) would pay
        it all, and of these amounts the smallest does. All are whole numbers over powers of `base`.
        """
        growth, annuity, before, share = 1, 0, len(self.weights), sum(self.weights)
        found = divide(self.total * self.base + self.principal * share, self.base * before, Rounding.UP, multiple)
        for weight in reversed(self.weights):
            growth, annuity = growth * (self.base + weight), (annuity + growth) * self.base
            before, share = before - 1, share - weight
            due = (self.total * self.base + self.principal * share) * growth
            found = min(found, divide(due, (before * growth + annuity) * self.base, Rounding.UP, multiple))
        return found


def _level(repaid: _Repaid, multiple: int) -> int:
    """The smallest multiple that suffices as an installment, and at most twice the total.

    Rounding moves each period's interest by less than a minor unit, and so the exact installment by less than one.
    Only where a period's interest is more than an installment is it elsewhere, and looked for among all.
    """
    most, near = repaid.total * 2 // multiple + 1, repaid.exact(multiple) // multiple
    close = range(max(near - 2, 1), min(near + 2, most))

    def first(counts: range) -> int:
        return bisect_left(counts, True, key=lambda count: repaid.suffices(count * multiple))

    place = first(close)
    return (close[place] if 0 < place < len(close) else first(range(1, most)) + 1) * multiple


def _rows(
    calendar: Iterable[_Period], base: int, offer: Offer, left: Amounts, each: int, rounding: Rounding
) -> list[PlanRow]:
    """Row after row until nothing is left or, where their number is said, the last of them."""
    count = offer.installments
    if each < 1:
        raise no.AmountTooSmall("amount" if count is None else "installments")
    rows: list[PlanRow] = []
    for number, (due_on, days, weight) in enumerate(calendar, start=1):
        before, interest = left.total, divide(left.principal * weight, base, rounding)
        last = number == count or (number > offer.interest_only and before + interest <= each)
        asked = before if last else each - interest if number > offer.interest_only else 0
        paid, left = _pay(left, asked)
        after = left.total
        rows.append(PlanRow(number, due_on, days, paid + Amounts(interest=interest), interest, after))
        if last or not after:
            return rows
        if count is None and number > offer.interest_only:
            _go_on(after < before, number)
    return rows


def _go_on(shrinks: bool, number: int) -> None:
    """An amount that pays less than the interest never ends, and one far too small ends too late."""
    if not shrinks:
        raise no.AmountTooSmall("amount")
    if number >= MOST_INSTALLMENTS:
        raise no.TooManyPayments("amount", most=MOST_INSTALLMENTS)


def _periods(as_of: date, offer: Offer, day_count: DayCount) -> Iterator[_Period]:
    start, rate = as_of, offer.interest_rate.numerator
    for index in range(MOST_INSTALLMENTS + 1):
        due_on = due_date(offer.first_due, offer.every, index)
        days = count_days(start, due_on, day_count)
        yield _Period(due_on, days, rate * parts(start, due_on, day_count))
        start = due_on


def _pay(left: Amounts, amount: int) -> tuple[Amounts, Amounts]:
    """Splits a payment over what is left, in the order of `COMPONENTS`; never takes more than is there."""
    taken = []
    for _, owed in left.items():
        taken.append(max(min(amount, owed), 0))
        amount -= taken[-1]
    paid = Amounts(*taken)
    return paid, left - paid


def _apr(plan: Plan) -> Fraction:
    return irr_of_plan(plan.as_of, plan.balance, [(row.due_on, row.total) for row in plan.rows])
