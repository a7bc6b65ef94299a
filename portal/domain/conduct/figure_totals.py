"""Figures as sums: by how much a fact makes what is counted more or fewer, from a day on, and as known from a day on.

What is counted of a day, as was known on a day, is the sum of all changes until both: a page adds up some rows,
however many facts there are.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.conduct.complaints import NOT_CLASSIFIED
from portal.domain.conduct.figure_facts import Figure, FigureFact
from portal.domain.conduct.figures import LATEST


@dataclass(frozen=True, slots=True)
class FigureChange:
    """Of what is counted together, what changes from `of_on` on, as known from `known_on` on; `due_on` is LATEST where
    nothing is due.
    """

    figure: Figure
    state: str
    since_on: date
    due_on: date
    kind: str
    cause: str
    of_on: date
    known_on: date


def figure_changes(told: Sequence[FigureFact]) -> Counter[FigureChange]:
    """Of the facts of one turn, in the order in which they were told; each takes the place of what was so until then.

    `pieces` are what is so from which day on, as is known last.
    """
    found: Counter[FigureChange] = Counter()
    pieces: list[tuple[date, FigureFact]] = []
    known = date.min
    for fact in told:
        known = max(known, fact.known_on)
        for start, end, other in _spans(pieces):
            if end > fact.of_on:
                found[_change(other, max(start, fact.of_on), known)] -= 1
                if end < LATEST:
                    found[_change(other, end, known)] += 1
        found[_change(fact, fact.of_on, known)] += 1
        pieces = [*(each for each in pieces if each[0] < fact.of_on), (fact.of_on, fact)]
    return found


def _spans(pieces: Sequence[tuple[date, FigureFact]]) -> Iterator[tuple[date, date, FigureFact]]:
    ends = [*(start for start, _ in pieces[1:]), LATEST]
    for (start, fact), end in zip(pieces, ends, strict=False):
        yield start, end, fact


def _change(fact: FigureFact, of_on: date, known_on: date) -> FigureChange:
    cause = fact.cause or NOT_CLASSIFIED
    return FigureChange(
        fact.figure, fact.state, fact.since_on, fact.due_on or LATEST, fact.kind, cause, of_on, known_on
    )
