"""A visit comes about by the borrower's appointment alone: on which days and in which hours one can be made."""

from collections.abc import Sequence
from datetime import date, timedelta

from portal.domain.conduct.contact_rules import ContactChannel, ContactRules
from portal.domain.refusal import N_, Refusal

_WINDOWS = ((9, 12), (12, 14), (14, 18), (18, 20))


class VisitDayOutOfRange(Refusal):
    says = N_("A visit can be from {first} to {last}; {given} is not.")


class NoVisitNow(Refusal):
    says = N_("No visit can be appointed now: the lender may not contact you about this loan at present.")


def visit_windows(rules: ContactRules) -> tuple[tuple[int, int], ...]:
    """Full hours of the borrower's local time, those in which the lender contacts nobody left out."""
    allowed = ContactChannel.VISIT
    return tuple(
        (first, last)
        for first, last in _WINDOWS
        if all(rules.allows_hour(allowed, hour, None) for hour in range(first, last))
    )


def visit_days(today: date, within: int) -> tuple[date, date]:
    """The first and the last day: from tomorrow on, so that whoever comes is told in time."""
    return today + timedelta(days=1), today + timedelta(days=within)


def check_visit_day(day: date, today: date, within: int) -> None:
    """Raises VisitDayOutOfRange."""
    first, last = visit_days(today, within)
    if not first <= day <= last:
        raise VisitDayOutOfRange("day", first=first, last=last, given=day)


def window_text(hours: tuple[int, int]) -> str:
    """As a form sends it."""
    return f"{hours[0]}-{hours[1]}"


def window_named(windows: Sequence[tuple[int, int]], name: str) -> tuple[int, int]:
    return next(each for each in windows if window_text(each) == name)
