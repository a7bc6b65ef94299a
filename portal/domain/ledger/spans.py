"""Days in a row on which a penalty grows: cut where something changes, joined where nothing does."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from portal.domain.contract.loan import Suspension

_Key = TypeVar("_Key")
Span = tuple[date, date]
"""Days in a row, the first date excluded and the last included."""


def joined_spans(pieces: Iterable[tuple[_Key, Iterable[Span]]]) -> list[tuple[_Key, list[Span]]]:
    """Pieces of one kind are one, with all their days, whatever comes between."""
    found: dict[_Key, list[Span]] = {}
    for key, spans in pieces:
        found.setdefault(key, []).extend(spans)
    return [(key, unbroken(spans)) for key, spans in found.items() if spans]


def spans_in_a_row(pieces: Iterable[tuple[_Key, Iterable[Span]]]) -> list[tuple[_Key, list[Span]]]:
    """Pieces of one kind are one only where no other kind comes between."""
    grouped = groupby(pieces, key=itemgetter(0))
    found = [(key, [span for _, spans in group for span in spans]) for key, group in grouped]
    return [(key, unbroken(spans)) for key, spans in found if spans]


def unbroken(spans: list[Span]) -> list[Span]:
    """Where one ends as the next begins they are one: a month of 30 days is not counted in two parts."""
    if len(spans) < 2:
        return spans
    found: list[Span] = []
    for start, end in spans:
        if found and found[-1][1] == start:
            start = found.pop()[0]
        found.append((start, end))
    return found


def cut_days(start: date, end: date, held: Sequence[Suspension], more: Sequence[date] = ()) -> list[date]:
    days = {start, end, *more, *(s.start for s in held), *(s.end or end for s in held)}
    return sorted(day for day in days if start <= day <= end)


def is_stopped(start: date, end: date, held: Sequence[Suspension]) -> bool:
    return any(s.start <= start and (s.end is None or end <= s.end) for s in held)


def single_days(spans: Sequence[Span]) -> Iterator[Span]:
    for start, end in spans:
        for number in range((end - start).days):
            yield start + timedelta(days=number), start + timedelta(days=number + 1)


def calendar_days(spans: Sequence[Span]) -> int:
    return sum([(end - start).days for start, end in spans])
