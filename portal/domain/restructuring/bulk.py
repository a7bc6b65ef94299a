"""Many proposals answered alike: which of a list are no case for that, each with the reason why somebody looks at it.

None of them is answered unseen: what goes beyond the rule that the list was narrowed to, takes two, or is about a
complaint is left to its own page.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from statistics import median

from portal.domain.money import Money
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER, STATES_WITH_BORROWER, State
from portal.domain.restructuring.policy import Break

MOST_IN_BULK = 1000
"""What one person looks over in a quarter of an hour, and one page still shows."""
TIMES_MEDIAN = 2
"""By more than so many times the median of its list, one goes far beyond a rule."""


class BulkAct(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    ASK = "ask"
    ASSIGN = "assign"


class WhyLeftOut(StrEnum):
    """Why one of a list is not answered with the others."""

    ANSWERED = "answered"
    WITH_BORROWER = "with_borrower"
    PENDING = "pending"
    SECOND = "second"
    RULES = "rules"
    FAR = "far"
    THREAT = "threat"
    COMPLAINT = "complaint"
    ASSIGNED = "assigned"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class BulkFacts:
    """What of a proposal decides: `pending` is a waiver that waits for a second person, `second` that it would take
    one; `elsewhere` that it is a colleague's, `opened` that one has its page open; `rules` are those it goes beyond.
    """

    state: State
    pending: bool = False
    second: bool = False
    elsewhere: bool = False
    opened: bool = False
    complaint: bool = False
    threat: bool = False
    rules: frozenset[str] = frozenset()


def left_out(act: BulkAct, facts: BulkFacts, rule: str = "") -> WhyLeftOut | None:
    """The first reason; `rule` is the one that the list was narrowed to, which all of it goes beyond."""
    return next((why for why, holds in _reasons(act, facts, rule) if holds), None)


def _reasons(act: BulkAct, facts: BulkFacts, rule: str) -> Iterator[tuple[WhyLeftOut, bool]]:
    if act is BulkAct.ASSIGN:
        return
    yield WhyLeftOut.WITH_BORROWER, facts.state in STATES_WITH_BORROWER
    yield WhyLeftOut.ANSWERED, facts.state not in STATES_TO_ANSWER
    if act is BulkAct.ASK:
        return
    yield WhyLeftOut.PENDING, facts.pending
    if act is BulkAct.ACCEPT:
        yield WhyLeftOut.SECOND, facts.second
        yield WhyLeftOut.RULES, bool(facts.rules - {rule})
        yield WhyLeftOut.THREAT, facts.threat
    else:
        yield WhyLeftOut.COMPLAINT, facts.complaint
    yield WhyLeftOut.ASSIGNED, facts.elsewhere
    yield WhyLeftOut.OPEN, facts.opened


def far_beyond(found: Mapping[str, Break]) -> frozenset[str]:
    """Those, by their names, that go beyond a rule by more than TIMES_MEDIAN times the median of the others like them.

    Days are compared with days and sums with sums of one currency; what is no number goes far beyond nothing.
    """
    alike: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for name, broken in found.items():
        unit, size = _size(broken)
        alike[unit][name] = size
    return frozenset(
        name for sizes in alike.values() for name, size in sizes.items() if size > TIMES_MEDIAN * median(sizes.values())
    )


def _size(broken: Break) -> tuple[str, Fraction]:
    """In which unit, and by how much: all of what was asked, where nothing of it is allowed."""
    match broken.asked if broken.beyond is None else broken.beyond:
        case Money(minor, currency):
            return f"{broken.rule} {currency}", Fraction(minor)
        case timedelta() as time:
            return f"{broken.rule} days", Fraction(time.days)
        case int() | Fraction() as number:
            return broken.rule, Fraction(number)
    return "", Fraction(0)
