"""What lateness costs, once more: each day looks up what was unpaid the evening before, equal days make a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.naive.days import ONE, each_day, years
from tests.naive.rounding import whole

Evening = dict[date, int]
"""What was unpaid of one component of one installment at the end of each day, from its due date on."""


@dataclass
class Line:
    """A run of days on which nothing changed: base and rate are the same on each of them."""

    installment: int
    of: str
    base: int
    start: date
    end: date
    contract: int
    charged: int


def lines(
    terms: Any, no: int, due_on: date, unpaid: dict[str, Evening], until: date, held: Any, apart: int
) -> list[Line]:
    """The lines of one installment at the end of `until`; `apart` was charged for it by name.

    `terms` are read by the names of their fields; nothing of the product is called.
    """
    penalty = terms.penalty
    if penalty.kind == "none" or until < last_free_day(penalty, due_on) + ONE:
        return []
    if penalty.grace == "counts-from-due-date" and not still_unpaid(penalty, due_on, unpaid):
        return []
    found: list[Line] = []
    for component in ("principal", "interest"):
        if component not in penalty.base:
            continue
        evenings, stops = unpaid[component], [s for s in held if s.component in ("penalty", component)]
        if penalty.kind.startswith("one-off"):
            found += once(terms, no, component, due_on, evenings, until, stops, bool(found))
        else:
            found += day_by_day(terms, no, component, due_on, evenings, until, stops)
    stops = [s for s in held if s.component in ("penalty", "principal")]
    if terms.cap is not None and terms.cap.together:
        return capped_together(terms, found, stretches(due_on, unpaid["principal"], until, stops), apart)
    return capped(terms, found)


def last_free_day(penalty: Any, due_on: date) -> date:
    """The last day that costs nothing: the due date is the first day of a grace that counts from the due date."""
    if penalty.grace == "waives":
        return due_on + penalty.grace_days * ONE
    return due_on + max(penalty.grace_days - 1, 0) * ONE


def still_unpaid(penalty: Any, due_on: date, unpaid: dict[str, Evening]) -> bool:
    evening = last_free_day(penalty, due_on)
    return any(evenings[evening] > 0 for evenings in unpaid.values())


def is_held(day: date, stops: Sequence[Any]) -> bool:
    return any(s.start < day and (s.end is None or day <= s.end) for s in stops)


def day_by_day(
    terms: Any, no: int, component: str, due_on: date, evenings: Evening, until: date, stops: Sequence[Any]
) -> list[Line]:
    runs: list[tuple[Any, list[date]]] = []
    before: Any = None
    first = due_on if terms.penalty.grace == "counts-from-due-date" else last_free_day(terms.penalty, due_on)
    for day in each_day(first, until):
        chosen = rate_of(terms, due_on, day)
        now = None
        if evenings[day - ONE] > 0 and chosen is not None and not is_held(day, stops):
            now = (evenings[day - ONE], chosen)
        if now is not None and now == before:
            runs[-1][1].append(day)
        elif now is not None:
            runs.append((now, [day]))
        before = now
    carried, found = 0, []
    for (base, (_, rate)), days in runs:
        start, end = days[0] - ONE, days[-1]
        contract, carried = cost(terms, base, rate, start, end, carried)
        found.append(Line(no, component, base, start, end, contract, contract))
    return found


def rate_of(terms: Any, due_on: date, day: date) -> tuple[int, Any] | None:
    """The rate of a day with the number of its tier, or of its change: another number is another line."""
    penalty = terms.penalty
    if penalty.kind == "tiered":
        begun = [n for n, tier in enumerate(penalty.tiers) if due_on + tier.from_day * ONE <= day]
        return (begun[-1], penalty.tiers[begun[-1]].rate) if begun else None
    begun = [n for n, change in enumerate(penalty.changes) if change.since <= day]
    return (begun[-1], penalty.changes[begun[-1]].rate) if begun else (-1, penalty.rate)


def cost(terms: Any, base: int, rate: Any, start: date, end: date, carried: int) -> tuple[int, int]:
    penalty, mode = terms.penalty, terms.rounding
    if penalty.kind == "daily-compound":
        grown = carried
        for day in each_day(start, end):
            grown += whole((base + grown) * share(terms, rate, day - ONE, day), mode)
        return grown - carried, grown
    if penalty.rounding_point == "day":
        return sum(whole(base * share(terms, rate, day - ONE, day), mode) for day in each_day(start, end)), 0
    return whole(base * share(terms, rate, start, end), mode), 0


def share(terms: Any, rate: Any, start: date, end: date) -> Fraction:
    """What one fen costs over these days."""
    if rate.form == "daily":
        return rate.value * Fraction(len(list(each_day(start, end))))
    yearly = {
        "multiple_of_contract": terms.annual_rate * rate.value,
        "margin_over_contract": terms.annual_rate + rate.value,
        "annual": rate.value,
        "monthly": rate.value + rate.value * 11,
    }[rate.form]
    return yearly * years(start, end, terms.penalty.day_count)


def once(
    terms: Any, no: int, component: str, due_on: date, evenings: Evening, until: date, stops: Sequence[Any], more: bool
) -> list[Line]:
    """One charge on the first day that is not free, if something was unpaid the evening before."""
    penalty, missed_on = terms.penalty, last_free_day(terms.penalty, due_on) + ONE
    missed_on = max(missed_on, due_on + ONE)
    base = evenings[missed_on - ONE] if missed_on <= until else 0
    if base == 0 or is_held(missed_on, stops):
        return []
    contract = whole(base * penalty.percent, terms.rounding) if penalty.kind == "one-off-percent" else penalty.amount
    if contract == 0 or (penalty.kind == "one-off-amount" and more):
        return []
    last = max(day for day in each_day(due_on, until) if evenings[day - ONE] > 0)
    return [Line(no, component, base, due_on, last, contract, contract)]


def capped(terms: Any, found: list[Line]) -> list[Line]:
    for line in found:
        if terms.cap is not None:
            line.charged = min(line.contract, allowed(terms, line.base, line.start, line.end))
    return found


def capped_together(terms: Any, found: list[Line], overdue: list[tuple[int, date, date]], apart: int) -> list[Line]:
    """What the cap allows on the overdue principal is filled by what was charged apart, then line after line."""
    room = max(sum(allowed(terms, *stretch) for stretch in overdue) - apart, 0)
    for line in found:
        line.charged = min(line.contract, room)
        room -= line.charged
    return found


def allowed(terms: Any, base: int, start: date, end: date) -> int:
    return whole(base * terms.cap.annual_rate * years(start, end, terms.penalty.day_count), terms.rounding)


def stretches(due_on: date, principal: Evening, until: date, stops: Sequence[Any]) -> list[tuple[int, date, date]]:
    """Days in a row with the same overdue principal and no stop."""
    found: list[tuple[int, date, date]] = []
    for day in each_day(due_on, until):
        base = principal[day - ONE]
        if base == 0 or is_held(day, stops):
            continue
        if found and found[-1][0] == base and found[-1][2] == day - timedelta(days=1):
            found[-1] = (base, found[-1][1], day)
        else:
            found.append((base, day - ONE, day))
    return found
