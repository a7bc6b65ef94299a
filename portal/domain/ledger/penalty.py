"""What lateness costs, line by line: one installment, one base, one rate are a line, rounded once, held to the cap.

Where penalty compounds the order of days counts, and only days in a row are one line.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from portal.domain.contract.calendar import DayCount, parts, year_parts
from portal.domain.contract.calendar import days as count_days
from portal.domain.contract.loan import Cap, Suspension, Terms
from portal.domain.contract.penalty_terms import Grace, PenaltyKind, PenaltyRate, PenaltyTerms, RateForm, RoundingPoint
from portal.domain.ledger.spans import (
    Span,
    calendar_days,
    cut_days,
    is_stopped,
    joined_spans,
    single_days,
    spans_in_a_row,
    unbroken,
)
from portal.domain.money import divide, rounded


class PenaltyLine(NamedTuple):
    """One line: `base` x `rate` x `days`, `start` excluded and `end` included. Amounts in minor units.

    `rate` is None for a fixed amount; `per` says what it is a rate of: "year", "day" or "once". `days_not_counted` are
    calendar days between `start` and `end` that are not in `days`: nothing grew on them.
    `charged` = min(contract, cap); `not_charged` is the rest. `plan` is the plan whose row `installment` is, if any.
    """

    installment: int
    of: str
    base: int
    rate: Fraction | None
    per: str
    day_count: DayCount
    start: date
    end: date
    days: int
    contract: int
    charged: int
    clause: str | None = None
    days_not_counted: int = 0
    plan: str = ""
    kind: PenaltyKind = PenaltyKind.NONE

    @property
    def not_charged(self) -> int:
        return self.contract - self.charged


class Base(NamedTuple):
    """From the end of `since` on, `amount` minor units of one component were overdue or about to be."""

    since: date
    amount: int


def penalty_lines(
    terms: Terms,
    installment: int,
    due_on: date,
    bases: Mapping[str, Sequence[Base]],
    until: date,
    suspensions: Sequence[Suspension] = (),
    charged_apart: int = 0,
    paid: Sequence[tuple[date, int]] = (),
) -> tuple[PenaltyLine, ...]:
    """The penalty lines of one installment at the end of day `until`; none if it was whole within its grace.

    `charged_apart` are fees and penalties charged for it by name: a cap on all charges together counts them first.
    `paid` are days and amounts by which its penalty was paid: that much no longer compounds.

    Rounding  the contract's mode, once per line (or per day where the contract says so)
    Source    the contract's clause on late payment; the cap rule chosen by lender kind and contract date
    """
    penalty = terms.penalty
    if penalty.kind is PenaltyKind.NONE or until <= due_on:
        return ()
    stretches = {c: _segments(bases[c], due_on, until) for c in ("principal", "interest")}
    if not _grace_exceeded(penalty, due_on, _last_open(bases, stretches, due_on, until)):
        return ()
    lines: list[PenaltyLine] = []
    for component, segments in stretches.items():
        if component not in penalty.base.value:
            continue
        held = _held(suspensions, component)
        if penalty.kind in (PenaltyKind.ONE_OFF_AMOUNT, PenaltyKind.ONE_OFF_PERCENT):
            lines += _one_off(terms, installment, component, due_on, segments, held, fixed=not lines)
        else:
            lines += _running(terms, installment, component, due_on, segments, held, paid)
    if terms.cap and terms.cap.together:
        held = _held(suspensions, "principal")
        overdue = [(base, [*_unheld((start, end), held)]) for start, end, base in stretches["principal"]]
        return _together(terms, terms.cap, lines, joined_spans(overdue), charged_apart)
    return tuple(lines)


def _held(suspensions: Sequence[Suspension], base: str) -> tuple[Suspension, ...]:
    """What stops a line: the penalty itself is disputed, or its base."""
    return tuple(s for s in suspensions if s.component in ("penalty", base) and s.start != s.end)


def _unheld(span: Span, held: Sequence[Suspension]) -> Iterator[Span]:
    """A stretch without the days that are held: a limit must not make room for what is never charged."""
    return (each for each in pairwise(cut_days(*span, held)) if not is_stopped(*each, held))


def _together(
    terms: Terms, cap: Cap, lines: Sequence[PenaltyLine], overdue: Sequence[tuple[int, list[Span]]], charged_apart: int
) -> tuple[PenaltyLine, ...]:
    """What the cap allows on the overdue principal, what was charged apart counted first."""
    return within_limit(lines, sum(_most(terms, cap, base, spans) for base, spans in overdue) - charged_apart)


def within_limit(lines: Sequence[PenaltyLine], left: int) -> tuple[PenaltyLine, ...]:
    """Lines charge what is left of a limit on all of them, minor units, one after the other until it is used up."""
    found = []
    for line in lines:
        charged = max(min(line.contract, left), 0)
        left -= charged
        found.append(line._replace(charged=charged))
    return tuple(found)


def _grace_exceeded(penalty: PenaltyTerms, due_on: date, day: date) -> bool:
    return (day - due_on).days > penalty.grace_days


_Stretch = tuple[date, date, int]


def _last_open(
    bases: Mapping[str, Sequence[Base]], stretches: Mapping[str, list[_Stretch]], due_on: date, until: date
) -> date:
    """The last day at whose end something was open, also where it came back on that day."""
    now = [next((base.amount for base in reversed(bases[name]) if base.since <= until), 0) for name in stretches]
    return until if any(now) else max((found[-1][1] for found in stretches.values() if found), default=due_on)


def _segments(bases: Sequence[Base], due_on: date, until: date) -> list[_Stretch]:
    """Stretches (start excluded, end included) on which the base kept one amount above zero."""
    found = []
    for index, base in enumerate(bases):
        start = max(base.since, due_on)
        end = min(bases[index + 1].since if index + 1 < len(bases) else until, until)
        if base.amount > 0 and start < end:
            found.append((start, end, base.amount))
    return found


def _one_off(
    terms: Terms,
    installment: int,
    component: str,
    due_on: date,
    segments: Sequence[tuple[date, date, int]],
    held: Sequence[Suspension],
    fixed: bool,
) -> Iterator[PenaltyLine]:
    """One charge for an installment still unpaid when its grace has run out; none if that day is held."""
    penalty = terms.penalty
    missed_on = due_on + timedelta(days=penalty.grace_days + 1)
    base = next((amount for start, end, amount in segments if start < missed_on <= end), 0)
    if not base or is_stopped(missed_on - timedelta(days=1), missed_on, held):
        return
    spans = unbroken([span for start, end, _ in segments for span in _unheld((start, end), held)])
    if penalty.kind is PenaltyKind.ONE_OFF_AMOUNT:
        contract, rate = (penalty.amount or 0) if fixed else 0, None
    else:
        rate = penalty.percent or Fraction(0)
        contract = rounded(base * rate, terms.rounding)
    if contract:
        yield _line(terms, installment, component, base, spans, contract, rate, "once")


def _running(
    terms: Terms,
    installment: int,
    component: str,
    due_on: date,
    segments: Sequence[tuple[date, date, int]],
    held: Sequence[Suspension],
    paid: Sequence[tuple[date, int]],
) -> Iterator[PenaltyLine]:
    carried = 0
    pieces = (
        ((base, rate), [span])
        for start, end, base in segments
        for span, rate in _pieces(terms.penalty, due_on, start, end, held)
    )
    joined = spans_in_a_row if terms.penalty.kind is PenaltyKind.DAILY_COMPOUND else joined_spans
    for (base, rate), spans in joined(pieces):
        daily = rate.form is RateForm.DAILY
        worth, per = (rate.value, "day") if daily else (rate.yearly(terms.annual_rate), "year")
        contract, carried = _cost(terms, base, worth, per, spans, carried, paid)
        yield _line(terms, installment, component, base, spans, contract, worth, per)


def _pieces(
    penalty: PenaltyTerms, due_on: date, start: date, end: date, held: Sequence[Suspension]
) -> Iterator[tuple[Span, PenaltyRate]]:
    """A stretch cut where the tier or the rate changes, where grace ends and where the penalty is suspended."""
    if penalty.grace is Grace.WAIVES:
        start = max(start, due_on + timedelta(days=penalty.grace_days))
    changes = [due_on + timedelta(days=tier.from_day - 1) for tier in penalty.tiers]
    changes += [change.since - timedelta(days=1) for change in penalty.changes]
    for piece_start, piece_end in pairwise(cut_days(start, end, held, changes)):
        rate = _rate_on(penalty, due_on, piece_end)
        if rate is not None and not is_stopped(piece_start, piece_end, held):
            yield (piece_start, piece_end), rate


def _rate_on(penalty: PenaltyTerms, due_on: date, day: date) -> PenaltyRate | None:
    if penalty.kind is not PenaltyKind.TIERED:
        begun = [change for change in penalty.changes if change.since <= day]
        return max(begun, key=lambda change: change.since).rate if begun else penalty.rate
    reached = [tier for tier in penalty.tiers if tier.from_day <= (day - due_on).days]
    return max(reached, key=lambda tier: tier.from_day).rate if reached else None


def _cost(
    terms: Terms,
    base: int,
    rate: Fraction,
    per: str,
    spans: Sequence[Span],
    carried: int,
    paid: Sequence[tuple[date, int]],
) -> tuple[int, int]:
    """What these days cost by contract, and the penalty carried into a compounding base, less what is paid of it."""
    penalty = terms.penalty
    if penalty.kind is PenaltyKind.DAILY_COMPOUND:
        total = carried
        for day in single_days(spans):
            unpaid = total - sum(amount for on, amount in paid if on <= day[0])
            total += _share(terms, base + max(unpaid, 0), rate, per, [day])
        return total - carried, total
    if penalty.rounding_point is RoundingPoint.DAY:
        return sum(_share(terms, base, rate, per, [day]) for day in single_days(spans)), 0
    return _share(terms, base, rate, per, spans), 0


def _share(terms: Terms, base: int, rate: Fraction, per: str, spans: Sequence[Span]) -> int:
    """`base` x `rate` x the time, rounded once."""
    numerator, denominator = rate.as_integer_ratio()
    if per == "day":
        return divide(base * numerator * calendar_days(spans), denominator, terms.rounding)
    day_count = terms.penalty.day_count
    time = sum([parts(start, end, day_count) for start, end in spans])
    return divide(base * numerator * time, denominator * year_parts(day_count), terms.rounding)


def _line(
    terms: Terms,
    installment: int,
    of: str,
    base: int,
    spans: Sequence[Span],
    contract: int,
    rate: Fraction | None,
    per: str,
) -> PenaltyLine:
    day_count, start, end = terms.penalty.day_count, spans[0][0], spans[-1][1]
    counted = calendar_days(spans)
    days = counted if per == "day" else sum([count_days(*span, day_count) for span in spans])
    by_line = terms.cap if terms.cap and not terms.cap.together else None
    charged = min(contract, _most(terms, by_line, base, spans)) if by_line else contract
    return PenaltyLine(
        installment=installment,
        of=of,
        base=base,
        rate=rate,
        per=per,
        day_count=day_count,
        start=start,
        end=end,
        days=days,
        contract=contract,
        charged=charged,
        clause=terms.penalty.clause,
        days_not_counted=(end - start).days - counted,
        kind=terms.penalty.kind,
    )


def _most(terms: Terms, cap: Cap, base: int, spans: Sequence[Span]) -> int:
    """What the cap allows on the line's own base and day count, rounded as the line is."""
    return _share(terms, base, cap.annual_rate, "year", spans)
