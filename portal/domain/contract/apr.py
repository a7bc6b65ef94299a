"""Annual percentage rates, exact to far more digits than anyone prints: decimals of 50 digits, never floats."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import NamedTuple

from portal.domain.contract.calendar import add_months, whole_months
from portal.domain.contract.unit_period import moments, months_and_days, unit_period
from portal.domain.money import Rounding, rounded
from portal.domain.refusal import N_, Refusal

Flow = tuple[date, int]
"""A day and an amount in minor units, never negative: which way it goes is told by the list it stands in."""

PLACES = 20
EXACT = Context(prec=50, Emax=MAX_EMAX, Emin=MIN_EMIN)


class FlowMissing(Refusal):
    says = N_("A rate needs at least one advance and one payment with an amount.")


class PaymentTooEarly(Refusal):
    says = N_("The first advance is on {allowed}; a payment on {given} comes before it.")


class NoRate(Refusal):
    says = N_("No rate makes these advances and payments equal.")


class SeveralRates(Refusal):
    says = N_("More than one rate makes these advances and payments equal, so none of them can be stated.")


def us_actuarial(advances: Sequence[Flow], payments: Sequence[Flow]) -> Fraction:
    """The nominal rate a year by the actuarial method, a fraction of one.

    Source    12 CFR 1026 appendix J (b)(8): sum of A / ((1 + f i)(1 + i)^t) on either side, times the
              unit-periods a year; the unit-period is found from the dates
    """
    start, flows = _in_order(advances, payments)
    unit = unit_period(*(sorted({day for day, amount in side if amount}) for side in (advances, payments)))
    placed = moments(start, [day for day, _ in flows], unit)
    terms = [_Term(amount, at.whole, at.fraction) for (_, amount), at in zip(flows, placed, strict=True)]
    with localcontext(EXACT):
        return _fraction(_only(_roots(terms, unit.per_year))) * unit.per_year


def eu_effective(advances: Sequence[Flow], payments: Sequence[Flow], interval: str) -> Fraction:
    """The effective rate a year X, a fraction of one: sum of C / (1 + X)^t = sum of D / (1 + X)^s.

    Source    Directive 2008/48/EC, annex I; `interval` "months" counts full months back from each flow as 1/12
              of a year and the days left over as 1/365 or 1/366, as the year back from the last of them has (whole
              years back first where all flows are whole years apart: Directive 2014/17/EU, annex I, II); "days"
              counts days as 1/365
    """
    start, flows = _in_order(advances, payments)
    step = _step([day for day, _ in flows])
    years = [_years(start, day, interval, step) for day, _ in flows]
    parts = lcm(*(each.denominator for each in years))
    terms = [_Term(amount, int(t * parts)) for (_, amount), t in zip(flows, years, strict=True)]
    with localcontext(EXACT):
        return _fraction((1 + _only(_roots(terms, Fraction(parts)))) ** parts - 1)


def irr_per_period(advances: Sequence[Flow], payments: Sequence[Flow]) -> Fraction:
    """The rate per period, each day with a flow being one period after the day before: no annualising.

    An amount of 0 makes a period in which nothing flows.

    Choice    where several rates fit, one with the sign of what comes back in all less what went out, the nearest to
              zero; where none has that sign, none is stated
    """
    flows = _net(advances, payments)
    terms = [_Term(amount, number) for number, (_, amount) in enumerate(flows)]
    net = sum(amount for _, amount in flows)
    with localcontext(EXACT):
        roots = _roots(terms, Fraction(1))
        fitting = [root for root in roots if root * net > 0 or root == net == 0]
        return _fraction(min(fitting, key=abs) if fitting else _only(roots))


def irr_of_plan(as_of: date, balance: int, payments: Sequence[Flow]) -> Fraction:
    """What a plan costs a year by the actuarial method, to four decimals; 0 where no more is paid than owed."""
    if balance <= 0 or sum(amount for _, amount in payments) <= balance:
        return Fraction(0)
    return Fraction(rounded(us_actuarial([(as_of, balance)], payments) * 10**4, Rounding.HALF_UP), 10**4)


class _Term(NamedTuple):
    """`amount` (payments positive) over (1 + fraction x i)(1 + i)^whole."""

    amount: int
    whole: int
    fraction: Fraction = Fraction(0)


def _in_order(advances: Sequence[Flow], payments: Sequence[Flow]) -> tuple[date, list[Flow]]:
    given = [[flow for flow in side if flow[1]] for side in (advances, payments)]
    if not all(given):
        raise FlowMissing()
    start, first = (min(side)[0] for side in given)
    if first < start:
        raise PaymentTooEarly("payments", allowed=start, given=first)
    return start, _net(*given)


def _net(advances: Sequence[Flow], payments: Sequence[Flow]) -> list[Flow]:
    """One flow a day, in order of time; what the borrower pays is positive."""
    net: defaultdict[date, int] = defaultdict(int)
    for sign, side in ((-1, advances), (1, payments)):
        for day, amount in side:
            net[day] += sign * amount
    return sorted(net.items())


def _years(start: date, day: date, interval: str, step: int) -> Fraction:
    """In steps of so many months back from the day, and the days that are left before the first of them."""
    if interval == "days":
        return Fraction((day - start).days, 365)
    whole, rest = months_and_days(start, day)
    months = whole // step * step
    begun = add_months(day, -months)
    if months != whole:
        rest = (begun - start).days
    return Fraction(months, 12) + Fraction(rest, (begun - add_months(begun, -12)).days)


def _step(days: Sequence[date]) -> int:
    """Twelve months where all that follows the first flow comes at whole years, else one."""
    months = [whole_months(*pair) for pair in pairwise(days[1:])]
    return 12 if months and all(each is not None and each % 12 == 0 for each in months) else 1


def _only(roots: Sequence[Decimal]) -> Decimal:
    if len(roots) > 1:
        raise SeveralRates("payments")
    return roots[0]


def _fraction(value: Decimal) -> Fraction:
    return Fraction(round(value, PLACES))


STEP = Decimal("0.05")
"""How finely rates are searched: growth by e^0.05 a year."""

GRID = 200
FARTHEST = 100
"""e^100 in one unit-period: beyond what the largest amount and the smallest can make of each other."""


def _roots(terms: Sequence[_Term], per_year: Fraction) -> list[Decimal]:
    """All rates per unit at which the terms add up to nothing: one change of sign has exactly one root."""
    signs = [term.amount > 0 for term in terms if term.amount]
    changes = sum(one != other for one, other in pairwise(signs))
    worth, step = _worth(terms), STEP * per_year.denominator / per_year.numerator
    places = _outwards(worth, step) if changes == 1 else [step * k for k in range(-GRID, GRID + 1)]
    points = [(rate, worth(rate)) for rate in (place.exp() - 1 for place in places)]
    roots = [rate for rate, value in points if value == 0]
    for low, high in pairwise(points):
        if low[1] * high[1] < 0:
            roots.append(_root_between(worth, low, high))
    if not roots or not changes:
        raise NoRate("payments")
    return roots


def _outwards(worth: Callable[[Decimal], Decimal], step: Decimal) -> list[Decimal]:
    """Two logarithms of growth with the root between them, looked for twice as far out each time."""
    here = worth(Decimal(0))
    while here and step < FARTHEST:
        for far in (step, -step):
            if worth(far.exp() - 1) * here < 0:
                return sorted((Decimal(0), far))
        step *= 2
    return [Decimal(0)]


def _worth(terms: Sequence[_Term]) -> Callable[[Decimal], Decimal]:
    """The terms' sum at a rate; those of one fraction are discounted together, from the last one back."""
    together: defaultdict[Fraction, list[tuple[Decimal, int]]] = defaultdict(list)
    reached: defaultdict[Fraction, int] = defaultdict(int)
    for term in sorted(terms, key=lambda term: term.whole):
        together[term.fraction].append((Decimal(term.amount), term.whole - reached[term.fraction]))
        reached[term.fraction] = term.whole
    plain = [(Decimal(part.numerator) / part.denominator, found[::-1]) for part, found in together.items()]

    def worth(rate: Decimal) -> Decimal:
        discount, found = 1 / (1 + rate), Decimal(0)
        for part, steps in plain:
            then = Decimal(0)
            for amount, units in steps:
                then = (then + amount) * (discount if units == 1 else discount**units)
            found += then / (1 + part * rate)
        return found

    return worth


def _root_between(
    worth: Callable[[Decimal], Decimal], below: tuple[Decimal, Decimal], above: tuple[Decimal, Decimal]
) -> Decimal:
    """Ridders' method: keeps the root between its ends and about doubles the right digits with every step.

    Each end is a rate with its worth.
    """
    (low, left), (high, right) = below, above
    rate = low
    for _ in range(100):
        middle = (low + high) / 2
        value = worth(middle)
        lean = (value * value - left * right).sqrt()
        before, rate = rate, middle + (middle - low) * value / lean * (1 if left > right else -1)
        found = worth(rate)
        if found == 0 or abs(rate - before) < Decimal(10) ** -(PLACES * 2):
            break
        for end, height in ((middle, value), (rate, found)):
            if low < end < high:
                low, left, high, right = (end, height, high, right) if height * left > 0 else (low, left, end, height)
    return rate
