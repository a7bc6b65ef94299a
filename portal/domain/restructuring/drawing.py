"""The one function that previews, quotes, proposes and agrees: an offer drawn up over a position."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import NamedTuple

from portal.domain.contract.apr import irr_of_plan
from portal.domain.contract.calendar import DayCount, add_months, due_date, year_fraction
from portal.domain.contract.calendar import days as count_days
from portal.domain.contract.loan import Amounts
from portal.domain.ledger.position import Position
from portal.domain.money import COMPONENTS, Rounding, divide, rounded
from portal.domain.restructuring import offer_refusals as no
from portal.domain.restructuring.bounds import check
from portal.domain.restructuring.offer import MOST_INSTALLMENTS, MOST_MONTHS, Covers, Offer
from portal.domain.restructuring.plan import Plan, PlanRow


class _Period(NamedTuple):
    """`interest` is the exact part of the principal that the period costs."""

    due_on: date
    days: int
    interest: Fraction


Calendar = Callable[[], Iterator[_Period]]


def draw_up(position: Position, offer: Offer, rounding: Rounding, day_count: DayCount, pay_now_by: date) -> Plan:
    """The plan an offer makes of a position; preview, quote, proposal and agreement all call this.

    Unit      minor units of the loan's currency
    Rounding  `rounding`, once per installment; the remainder is in the last installment
    Errors    a `Refusal` whose `field` names the term that cannot be
    """
    taken_in = _taken_in(position, offer)
    check(position, offer, taken_in)
    left = taken_in - offer.waiver
    rows: list[PlanRow] = []
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
    plan = Plan(position.as_of, position.currency, taken_in, offer.waiver, tuple(rows), Fraction(0))
    return replace(plan, apr=_apr(plan)) if offer.interest_rate else plan


def _taken_in(position: Position, offer: Offer) -> Amounts:
    owed = position.overdue
    if offer.covers is Covers.ALL:
        owed = replace(owed, principal=position.outstanding_principal)
    elif offer.covers is Covers.TO_COME:
        owed = Amounts(principal=position.outstanding_principal - owed.principal)
    if not owed.total:
        raise (no.NothingToCome if offer.covers is Covers.TO_COME else no.NothingToPlan)("covers")
    return owed


def _installments(as_of: date, offer: Offer, left: Amounts, rounding: Rounding, day_count: DayCount) -> list[PlanRow]:
    calendar = partial(_periods, as_of, offer, day_count)
    if offer.amount is not None:
        return _rows(calendar, offer, left, offer.amount, rounding)
    count = (offer.installments or 1) - offer.interest_only
    if offer.interest_rate:
        each = _level(calendar, offer, left, rounding)
    else:
        each = divide(left.total, count, rounding, offer.round_to)
        if each * (count - 1) >= left.total:
            each = divide(left.total, count, Rounding.DOWN, offer.round_to)
    return _rows(calendar, offer, left, each, rounding)


def _level(calendar: Calendar, offer: Offer, left: Amounts, rounding: Rounding) -> int:
    """The smallest equal installment after which the last one is not larger than the others."""
    shares = [period.interest.as_integer_ratio() for period in islice(calendar(), offer.installments)]
    low, high = 1, left.total * 2 // offer.round_to + 1
    while low < high:
        steps = (low + high) // 2
        each = steps * offer.round_to
        if _last_of(shares, offer.interest_only, left, each, rounding) <= each:
            high = steps
        else:
            low = steps + 1
    return low * offer.round_to


def _last_of(
    shares: Sequence[tuple[int, int]], interest_only: int, left: Amounts, each: int, rounding: Rounding
) -> int:
    """The last of the installments that `_rows` would draw, of the same sums without their parts."""
    principal, beside = left.principal, left.total - left.principal
    for number, (share, whole) in enumerate(shares, start=1):
        interest = divide(principal * share, whole, rounding)
        if number == len(shares) or (number > interest_only and principal + beside + interest <= each):
            break
        if number > interest_only and each > interest:
            beside_paid = min(each - interest, beside)
            beside -= beside_paid
            principal -= min(each - interest - beside_paid, principal)
    return principal + beside + interest


def _rows(calendar: Calendar, offer: Offer, left: Amounts, each: int, rounding: Rounding) -> list[PlanRow]:
    """Row after row until nothing is left or, where their number is said, the last of them."""
    count = offer.installments
    if each < 1:
        raise no.AmountTooSmall("amount" if count is None else "installments")
    rows: list[PlanRow] = []
    for number, period in enumerate(calendar(), start=1):
        interest = rounded(left.principal * period.interest, rounding)
        last = number == count or (number > offer.interest_only and left.total + interest <= each)
        before = left.total
        asked = before if last else each - interest if number > offer.interest_only else 0
        paid, left = _pay(left, asked)
        rows.append(
            PlanRow(number, period.due_on, period.days, paid + Amounts(interest=interest), interest, left.total)
        )
        if last or not left.total:
            return rows
        if count is None and number > offer.interest_only:
            _go_on(left.total < before, number)
    return rows


def _go_on(shrinks: bool, number: int) -> None:
    """An amount that pays less than the interest never ends, and one far too small ends too late."""
    if not shrinks:
        raise no.AmountTooSmall("amount")
    if number >= MOST_INSTALLMENTS:
        raise no.TooManyPayments("amount", most=MOST_INSTALLMENTS)


def _periods(as_of: date, offer: Offer, day_count: DayCount) -> Iterator[_Period]:
    start = as_of
    for index in range(MOST_INSTALLMENTS + 1):
        due_on = due_date(offer.first_due, offer.every, index)
        interest = offer.interest_rate * year_fraction(start, due_on, day_count)
        yield _Period(due_on, count_days(start, due_on, day_count), interest)
        start = due_on


def _pay(left: Amounts, amount: int) -> tuple[Amounts, Amounts]:
    """Splits a payment over what is left, in the order of `COMPONENTS`; never takes more than is there."""
    paid = dict.fromkeys(COMPONENTS, 0)
    for component, owed in left.items():
        part = max(min(amount, owed), 0)
        paid[component] = part
        amount -= part
    return Amounts(**paid), left - Amounts(**paid)


def _apr(plan: Plan) -> Fraction:
    return irr_of_plan(plan.as_of, plan.balance, [(row.due_on, row.total) for row in plan.rows])
