"""When and how often a borrower may be contacted: the rules in force for a lender, as data."""

from dataclasses import dataclass, replace
from enum import StrEnum

from portal.domain.restructuring.contact_terms import ContactTerms


class ContactChannel(StrEnum):
    """A message is a text message or one in an app."""

    CALL = "call"
    MESSAGE = "message"
    EMAIL = "email"
    LETTER = "letter"
    VISIT = "visit"


class Counted(StrEnum):
    """What counts: somebody answered (or nobody has told), nobody did, or every try."""

    EFFECTIVE = "effective"
    UNANSWERED = "unanswered"
    TRIES = "tries"


class CountedOver(StrEnum):
    BORROWER = "borrower"
    NUMBER = "number"
    LOAN = "loan"


@dataclass(frozen=True, slots=True)
class ContactLimit:
    """At most so many of these within `days` of the borrower's calendar, today's included."""

    name: str
    channels: frozenset[ContactChannel]
    counts: Counted
    over: CountedOver
    days: int
    most: int


@dataclass(frozen=True, slots=True)
class ContactRules:
    """`hours` are those of the rules, `own_hours` those in which this lender contacts anybody: full ones, from the
    first up to and without the last, for the channels `hours_for`.
    """

    name: str
    hours: tuple[int, int]
    own_hours: tuple[int, int]
    hours_for: frozenset[ContactChannel]
    limits: tuple[ContactLimit, ...]
    source: str = ""

    def allows_hour(self, channel: ContactChannel, hour: int, agreed: tuple[int, int] | None) -> bool:
        """Whether an hour of the borrower's is one to contact them in.

        `agreed` are the hours that the borrower chose for this channel: they narrow; only where they are outside the
        hours of the rules they widen, for that is what the borrower agreed to.
        """
        if channel not in self.hours_for:
            return True
        if agreed is None:
            return _within(hour, self.own_hours)
        return _within(hour, agreed) and (_within(hour, self.own_hours) or not _within(hour, self.hours))

    def limit(self, name: str) -> ContactLimit | None:
        return next((each for each in self.limits if each.name == name), None)


def held_to(rules: ContactRules, terms: ContactTerms, kinds: tuple[ContactLimit, ...]) -> ContactRules:
    """The rules as a lender's policy makes them stricter, and nowhere looser; `kinds` is all that can be counted."""
    first, last = rules.hours
    own = max(first, terms.from_hour or first), min(last, terms.to_hour or last)
    limits = []
    for kind in kinds:
        by_rules, by_lender = rules.limit(kind.name), terms.stricter_limits().get(kind.name)
        most = [by_rules.most] if by_rules else []
        most += [by_lender] if by_lender is not None else []
        if most:
            limits.append(replace(kind, most=min(most)))
    return replace(rules, own_hours=own, limits=tuple(limits))


def _within(hour: int, hours: tuple[int, int]) -> bool:
    return hours[0] <= hour < hours[1]
