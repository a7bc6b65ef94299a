"""A contract's schedule from its terms: each row is rounded once, the last row takes what rounding left."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import partial
from itertools import accumulate, count, islice
from math import gcd
from operator import sub
from typing import NamedTuple

from portal.domain.contract.calendar import DayCount, Every, year_parts
from portal.domain.contract.fast_path import MONTHLY, usual
from portal.domain.contract.periods import Periods, each_period, periods
from portal.domain.contract.schedule_values import MOST_SCHEDULE_RATE, MOST_SCHEDULE_ROWS, Schedule, ScheduleRow
from portal.domain.money import MAX_MINOR, Money, Rounding, divide, format_rate, rounded
from portal.domain.refusal import N_, Refusal

_Split = tuple[list[int], list[int]]
"""Principal and interest of every row."""


class Method(StrEnum):
    LEVEL = "level"
    EQUAL_PRINCIPAL = "equal-principal"
    FLAT = "flat"
    INTEREST_ONLY = "interest-only"
    BALLOON = "balloon"


_USUAL = (Method.LEVEL, MONTHLY, DayCount.THIRTY_360, Rounding.HALF_UP, 1, 0, 0, 0, None)


class OutOfBounds(Refusal):
    says = N_("It must be from {least} to {most}; {given} is not.")


class AmountOutOfBounds(Refusal):
    """`least`, `most` and `given` are minor units, until one who knows the currency words them as money."""

    says = N_("It must be from {least} to {most}; {given} is not.")

    def worded_in(self, currency: str) -> Refusal:
        amounts = {name: Money(minor, currency) for name, minor in self.facts.items() if isinstance(minor, int)}
        return OutOfBounds(self.field, **amounts)


class DueTooEarly(Refusal):
    says = N_("The first due date must be after {disbursed}, when the money is paid out; {given} is not.")


class BalloonMisplaced(Refusal):
    says = N_("A balloon goes with the method balloon, and only with it.")


class InstallmentMisplaced(Refusal):
    says = N_("The method {method} has no fixed installment.")


class NumberMissing(Refusal):
    says = N_("The number of installments is needed, unless a level installment is given.")


class InstallmentTooLow(Refusal):
    """`allowed` and `given` are minor units."""

    says = N_("With this installment the loan would not be repaid within {most} installments.")


def generate(
    principal: int,
    annual_rate: Fraction,
    installments: int | None,
    first_due: date,
    *,
    disbursed: date | None = None,
    method: Method = Method.LEVEL,
    every: Every = MONTHLY,
    day_count: DayCount = DayCount.THIRTY_360,
    rounding: Rounding = Rounding.HALF_UP,
    round_to: int = 1,
    principal_grace: int = 0,
    interest_grace: int = 0,
    balloon: int = 0,
    installment: int | None = None,
) -> Schedule:
    """The schedule of a loan paid out on `disbursed` (left out: one period before `first_due`).

    Unit      minor units; rate a fraction of one a year
    Rounding  `rounding`; interest once per row, the installment (equal principal: its principal) to a whole
              multiple of `round_to` (then up and down are for it alone, and interest is rounded half up);
              the last row clears the balance and, if flat, the rest of all interest
    Grace     in the first `principal_grace` rows no principal is due, in the first `interest_grace` rows no
              interest: it is put off to the row after them, and bears no interest itself
    Stated    `installment` is kept as stated; with `installments` None the number follows (level only)
    """
    kind = method, every, day_count, rounding, round_to, principal_grace, interest_grace, balloon, installment
    if kind == _USUAL and (drawn := usual(principal, annual_rate, installments, first_due, disbursed)):
        return drawn
    terms = _Terms(
        principal, annual_rate, installments or 0, first_due, disbursed,
        method, every, day_count, rounding, round_to, principal_grace, interest_grace, balloon, installment,
    )  # fmt: skip
    _check_amounts(terms)
    _check_dates_and_rate(terms)
    if installments is None:
        terms = terms._replace(installments=_count(terms))
    _check_numbers(terms)
    return _drawn_up(terms)


class _Terms(NamedTuple):
    principal: int
    annual_rate: Fraction
    installments: int
    first_due: date
    disbursed: date | None
    method: Method
    every: Every
    day_count: DayCount
    rounding: Rounding
    round_to: int
    principal_grace: int
    interest_grace: int
    balloon: int
    installment: int | None

    @property
    def interest_rounding(self) -> Rounding:
        """A lender who rounds its installment up to whole units does not mean the interest to the fen."""
        one_way = self.round_to > 1 and self.rounding in (Rounding.UP, Rounding.DOWN)
        return Rounding.HALF_UP if one_way else self.rounding


def _check_amounts(terms: _Terms) -> None:
    _check_amount("principal", terms.principal, 1, MAX_MINOR)
    _check_amount("round_to", terms.round_to, 1, MAX_MINOR)
    if (terms.method is Method.BALLOON) != (terms.balloon != 0):
        raise BalloonMisplaced("balloon")
    if terms.method is Method.BALLOON:
        _check_amount("balloon", terms.balloon, 1, terms.principal - 1)
    if terms.installment is not None:
        if terms.method in (Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY):
            raise InstallmentMisplaced("installment", method=terms.method.value)
        _check_amount("installment", terms.installment, 1, MAX_MINOR)


def _check_amount(field: str, given: int, least: int, most: int) -> None:
    if not least <= given <= most:
        raise AmountOutOfBounds(field, least=least, most=most, given=given)


def _check_dates_and_rate(terms: _Terms) -> None:
    if not 0 <= terms.annual_rate <= MOST_SCHEDULE_RATE:
        raise OutOfBounds("annual_rate", least=0, most=MOST_SCHEDULE_RATE, given=format_rate(terms.annual_rate))
    if terms.disbursed is not None and terms.first_due <= terms.disbursed:
        raise DueTooEarly("first_due", disbursed=terms.disbursed, given=terms.first_due)


def _check_numbers(terms: _Terms) -> None:
    most = terms.installments - 1
    for field, given, least, upto in (
        ("installments", terms.installments, 1, MOST_SCHEDULE_ROWS),
        ("principal_grace", terms.principal_grace, 0, most),
        ("interest_grace", terms.interest_grace, 0, most),
    ):
        if not least <= given <= upto:
            raise OutOfBounds(field, least=least, most=upto, given=given)


def _count(terms: _Terms) -> int:
    """How many rows the stated installment takes to repay the principal."""
    if terms.installment is None or terms.method is not Method.LEVEL:
        raise NumberMissing("installments")
    year, balance = year_parts(terms.day_count), terms.principal
    calendar = each_period(terms.disbursed, terms.first_due, terms.every, terms.day_count)
    for no, period in enumerate(islice(calendar, MOST_SCHEDULE_ROWS), 1):
        if no > terms.principal_grace:
            interest = rounded(balance * terms.annual_rate * period.parts / year, terms.interest_rounding)
            balance -= max(terms.installment - interest, 0)
        if balance <= 0:
            return no
    raise InstallmentTooLow("installment", most=MOST_SCHEDULE_ROWS, given=terms.installment)


def _drawn_up(terms: _Terms) -> Schedule:
    calendar = periods(terms.disbursed, terms.first_due, terms.every, terms.day_count, terms.installments)
    factors = _factors(terms, calendar.parts)
    principals, interests = (_flat if terms.method is Method.FLAT else _declining)(terms, factors)
    asked = principals[terms.principal_grace] + interests[terms.principal_grace]
    return Schedule(_rows(calendar, principals, _put_off(interests, terms.interest_grace)), asked)


class _Factors(NamedTuple):
    """Interest per period as integers: a weight over `base` for each, in lowest terms together."""

    weights: list[int]
    base: int


def _factors(terms: _Terms, parts: Sequence[int]) -> _Factors:
    rate = terms.annual_rate.numerator
    base = terms.annual_rate.denominator * year_parts(terms.day_count)
    common = gcd(base, rate * gcd(*parts))
    return _Factors([rate * part // common for part in parts], base // common)


def _declining(terms: _Terms, factors: _Factors) -> _Split:
    """Interest on what is left; every row but the last leaves at least the balloon."""
    (weights, base), grace, balance = factors, terms.principal_grace, terms.principal
    rounding = terms.interest_rounding
    level, each = _asked(terms, factors)
    principals = [0] * grace
    interests = [divide(balance * weight, base, rounding) for weight in weights[:grace]]
    for weight in weights[grace:-1]:
        interest = divide(balance * weight, base, rounding)
        part = max(min(level - interest if level else each, balance - terms.balloon), 0)
        balance -= part
        principals.append(part)
        interests.append(interest)
    return [*principals, balance], [*interests, divide(balance * weights[-1], base, rounding)]


def _asked(terms: _Terms, factors: _Factors) -> tuple[int, int]:
    """What every repaying row asks: a level total, or else (the total being 0) this much principal."""
    if terms.method in (Method.LEVEL, Method.BALLOON):
        return _level(terms, factors), 0
    if terms.method is Method.INTEREST_ONLY:
        return 0, 0
    repaying = terms.installments - terms.principal_grace
    return 0, divide(terms.principal, repaying, terms.rounding, terms.round_to)


def _level(terms: _Terms, factors: _Factors) -> int:
    """The installment that leaves the balloon after the last row: as stated, or exact and then rounded.

    (P (1+f1)...(1+fn) - balloon) / ((1+f2)...(1+fn) + ... + (1+fn) + 1), both kept as integers over base^n.
    """
    if terms.installment is not None:
        return terms.installment
    weights, base = factors.weights[terms.principal_grace :], factors.base
    if weights[0] and weights.count(weights[0]) == len(weights):
        grown, scale = (base + weights[0]) ** len(weights), base ** len(weights)
        due = (terms.principal * grown - terms.balloon * scale) * weights[0]
        return divide(due, base * (grown - scale), terms.rounding, terms.round_to)
    grown, parts, scale = terms.principal, 0, 1
    for weight in weights:
        scale *= base
        grown, parts = grown * (base + weight), parts * (base + weight) + scale
    return divide(grown - terms.balloon * scale, parts, terms.rounding, terms.round_to)


def _flat(terms: _Terms, factors: _Factors) -> _Split:
    """Interest on the whole principal in every row, together never above its exact total."""
    weights, base, principal, rounding = factors.weights, factors.base, terms.principal, terms.interest_rounding
    repaying = len(weights) - terms.principal_grace
    balance, interest_left = principal, divide(principal * sum(weights), base, rounding)
    principals, interests = [], []
    for no, weight in enumerate(weights[:-1], 1):
        interest = min(divide(principal * weight, base, rounding), interest_left)
        due = principal + interest * repaying
        asked = terms.installment or divide(due, repaying, terms.rounding, terms.round_to)
        part = 0 if no <= terms.principal_grace else min(max(asked - interest, 0), balance)
        balance, interest_left = balance - part, interest_left - interest
        principals.append(part)
        interests.append(interest)
    return [*principals, balance], [*interests, interest_left]


def _put_off(interests: list[int], grace: int) -> list[int]:
    return [0] * grace + [sum(interests[: grace + 1])] + interests[grace + 1 :] if grace else interests


def _rows(calendar: Periods, principals: list[int], interests: list[int]) -> tuple[ScheduleRow, ...]:
    balances = islice(accumulate(principals, sub, initial=sum(principals)), 1, None)
    cells = zip(count(1), calendar.due_on, calendar.days, principals, interests, balances)
    return tuple(map(partial(tuple.__new__, ScheduleRow), cells))  # what `Row._make` does, without its looking back
