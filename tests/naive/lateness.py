"""What lateness costs: each day looks up what was unpaid the evening before.

All days of one due that have the same base and the same rate are one line, rounded once, whatever comes between. Where
penalty compounds, another base or rate between makes two lines; a day on which nothing accrues cuts none in two.
"""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from tests.naive.days import ONE, each_day, years
from tests.naive.rounding import whole

Evenings = dict[date, int]
"""What was unpaid of one component of one due at the end of each day, from its due date on."""


@dataclass
class Line:
    """The days with one base and one rate: the first of them comes after `start`, the last is `end`."""

    due: str
    installment: int
    of: str
    base: int
    start: date
    end: date
    contract: int
    charged: int


def lines(terms: Any, due: Any, until: date, held: Any, apart: int, balance: Any) -> list[Line]:
    """The lines of one due at the end of `until`; `apart` was charged for it by name, `balance` is what was left.

    Of several charges each goes by its own terms; a limit on all of it is filled in their order.
    """
    charges = [each for each in (terms.penalty, *terms.further_penalties) if each.kind != "none"]
    charges = [as_if_paid_in_grace(each, due, held) for each in charges]
    found = [each for one in charges for each in lines_of(replace(terms, penalty=one), due, until, held, balance)]
    if terms.cap is not None and terms.cap.together and found:
        running = [each for each in charges if each.kind in ("daily-simple", "daily-compound", "tiered")]
        stops = [stop for stop in held if stop.component in ("penalty", "principal")]
        counted = replace(terms, penalty=(running or charges)[0])
        return capped_together(counted, found, due, until, stops, apart)
    return found


def as_if_paid_in_grace(penalty: Any, due: Any, held: Any) -> Any:
    """Where what is open on the first day that is not free is too little to be asked for, its free days stay free."""
    quiet = [stop for stop in held if getattr(stop, "quiet", False)]
    if penalty.grace_days and is_held(last_free_day(penalty, due.due_on) + ONE, quiet):
        return replace(penalty, grace="waives")
    return penalty


def lines_of(terms: Any, due: Any, until: date, held: Any, balance: Any) -> list[Line]:
    penalty = terms.penalty
    if until <= due.due_on or until <= last_free_day(penalty, due.due_on):
        return []
    if penalty.grace == "counts-from-due-date" and not outlasted(penalty, due, until):
        return []
    if penalty.kind == "one-off-by-band":
        return by_band(terms, due, until, held, balance)
    found: list[Line] = []
    for component in ("principal", "interest"):
        if component not in penalty.base:
            continue
        stops = [stop for stop in held if stop.component in ("penalty", component)]
        if penalty.kind.startswith("one-off"):
            found += once(terms, due, component, until, stops, more=bool(found))
        else:
            found += day_by_day(terms, due, component, until, stops)
    return found


def by_band(terms: Any, due: Any, until: date, held: Any, balance: Any) -> list[Line]:
    """One amount by what was open the evening before the first day that is not free; not of what was disputed then."""
    penalty, missed_on = terms.penalty, last_free_day(terms.penalty, due.due_on) + ONE
    open_then: dict[str, int] = {}
    for component in ("principal", "interest"):
        stops = [stop for stop in held if stop.component in ("penalty", component)]
        if missed_on <= until and not is_held(missed_on, stops):
            open_then[component] = due.evenings[component].get(missed_on - ONE, 0)
    asked = [name for name in open_then if penalty.base == "outstanding-principal" or name in penalty.base]
    first = next((name for name in asked if open_then[name] > 0), None)
    if first is None:
        return []
    debt = balance(missed_on - ONE) if penalty.base == "outstanding-principal" else sum(open_then[n] for n in asked)
    fees = [band.amount for band in penalty.bands if band.from_debt <= debt]
    fixed = replace(terms, penalty=replace(penalty, kind="one-off-amount", amount=fees[-1] if fees else 0))
    stops = [stop for stop in held if stop.component in ("penalty", first)]
    found = once(fixed, due, first, until, stops, more=False)
    for each in found:
        each.base, each.of = debt, str(penalty.base).removeprefix("overdue-")
    return found


def last_free_day(penalty: Any, due_on: date) -> date:
    """The last day that costs nothing."""
    return due_on + penalty.grace_days * ONE


def outlasted(penalty: Any, due: Any, until: date) -> bool:
    """Something was open on the last free evening, or (given back by a plan) on a later one."""
    first = last_free_day(penalty, due.due_on)
    return any(fen > 0 for fens in due.evenings.values() for day, fen in fens.items() if first <= day <= until)


def paid_in_grace(penalty: Any, due: Any, until: date) -> bool:
    if until <= due.due_on or penalty.grace != "counts-from-due-date":
        return False
    last = min(last_free_day(penalty, due.due_on), until)
    return not any(fens.get(last, 0) for fens in due.evenings.values())


def is_held(day: date, stops: list[Any]) -> bool:
    return any(stop.start < day and (stop.end is None or day <= stop.end) for stop in stops)


def day_by_day(terms: Any, due: Any, component: str, until: date, stops: list[Any]) -> list[Line]:
    penalty, evenings = terms.penalty, due.evenings[component]
    first = due.due_on if penalty.grace == "counts-from-due-date" else last_free_day(penalty, due.due_on)
    counted: dict[Any, list[date]] = {}
    compound: dict[Any, int] = {}
    grown, turn, before = 0, 0, None
    for day in each_day(first, until):
        base, rate = evenings.get(day - ONE, 0), rate_of(terms, due.due_on, day)
        if base <= 0 or rate is None or is_held(day, stops):
            continue
        if penalty.kind == "daily-compound":
            turn += (base, rate) != before
            more = whole((base + grown) * share(terms, rate, [day]), terms.rounding)
            compound[base, rate, turn] = compound.get((base, rate, turn), 0) + more
            grown += more
        counted.setdefault((base, rate, turn), []).append(day)
        before = base, rate
    found = []
    for key, days in counted.items():
        base, rate, _ = key
        cost = compound[key] if compound else simple(terms, base, rate, days)
        found.append(line(terms, due, component, base, days, cost))
    return found


def line(terms: Any, due: Any, component: str, base: int, days: list[date], cost: int) -> Line:
    charged = cost
    if terms.cap is not None and not terms.cap.together:
        charged = min(cost, allowed(terms, base, days))
    return Line(due.key, due.no, component, base, days[0] - ONE, days[-1], cost, charged)


def rate_of(terms: Any, due_on: date, day: date) -> Any:
    """The rate of a day, or None where none has begun."""
    penalty = terms.penalty
    if penalty.kind == "tiered":
        return next((tier.rate for tier in penalty.tiers[::-1] if due_on + tier.from_day * ONE <= day), None)
    return next((change.rate for change in penalty.changes[::-1] if change.since <= day), penalty.rate)


def simple(terms: Any, base: int, rate: Any, days: list[date]) -> int:
    if terms.penalty.rounding_point == "day":
        return sum(whole(base * share(terms, rate, [day]), terms.rounding) for day in days)
    return whole(base * share(terms, rate, days), terms.rounding)


def share(terms: Any, rate: Any, days: list[date]) -> Fraction:
    """What one fen costs over these days."""
    if rate.form == "daily":
        return rate.value * Fraction(len(days))
    yearly = {
        "multiple_of_contract": terms.annual_rate * rate.value,
        "margin_over_contract": terms.annual_rate + rate.value,
        "annual": rate.value,
        "monthly": rate.value + rate.value * 11,
    }[rate.form]
    return yearly * part_of_years(days, terms.penalty.day_count)


def part_of_years(days: list[date], day_count: str) -> Fraction:
    """Each unbroken row of days by the day count, and all of them together."""
    total, start, last = Fraction(0), days[0] - ONE, days[0] - ONE
    for day in days:
        if day - ONE != last:
            total += years(start, last, day_count)
            start = day - ONE
        last = day
    return total + years(start, last, day_count)


def once(terms: Any, due: Any, component: str, until: date, stops: list[Any], more: bool) -> list[Line]:
    """One charge on the first day that is not free, if something was unpaid the evening before."""
    penalty, evenings = terms.penalty, due.evenings[component]
    missed_on = max(last_free_day(penalty, due.due_on), due.due_on) + ONE
    base = evenings.get(missed_on - ONE, 0) if missed_on <= until else 0
    if base <= 0 or is_held(missed_on, stops):
        return []
    contract = whole(base * penalty.percent, terms.rounding) if penalty.kind == "one-off-percent" else penalty.amount
    if contract == 0 or (penalty.kind == "one-off-amount" and more):
        return []
    open_days = [day for day in each_day(due.due_on, until) if evenings.get(day - ONE, 0) > 0]
    days = [day for day in open_days if not is_held(day, stops)]
    return [line(terms, due, component, base, days, contract)]


def allowed(terms: Any, base: int, days: list[date]) -> int:
    return whole(base * terms.cap.annual_rate * part_of_years(days, terms.penalty.day_count), terms.rounding)


def capped_together(terms: Any, found: list[Line], due: Any, until: date, stops: list[Any], apart: int) -> list[Line]:
    """What the cap allows on the overdue principal is filled by what was charged apart, then line after line."""
    overdue: dict[int, list[date]] = {}
    for day in each_day(due.due_on, until):
        base = due.evenings["principal"].get(day - ONE, 0)
        if base > 0 and not is_held(day, stops):
            overdue.setdefault(base, []).append(day)
    room = max(sum(allowed(terms, base, days) for base, days in overdue.items()) - apart, 0)
    for each in found:
        each.charged = min(each.contract, room)
        room -= each.charged
    return found
