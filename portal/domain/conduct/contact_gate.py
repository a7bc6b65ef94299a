"""May somebody be contacted now: judged by the rules and what is on record; if not, why, and from when on.

The next time is found by asking the same question of each moment that comes: hours begin on a quarter of an hour of UTC
in every time zone, so also where a clock is set forward or back nothing is passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from types import MappingProxyType

from portal.domain.conduct.contact_rules import ContactChannel, ContactLimit, ContactRules, Counted, CountedOver
from portal.domain.refusal import N_, Refusal

GOOD_FOR = timedelta(minutes=15)
"""So long an allowance is good, and never into hours that are refused; that of a visit until its appointment ends."""
_QUARTER, _LOOKED_AHEAD = timedelta(minutes=15), timedelta(days=9)
PREFERRED = MappingProxyType(
    {
        "phone": ContactChannel.CALL,
        "sms": ContactChannel.MESSAGE,
        "app": ContactChannel.MESSAGE,
        "letter": ContactChannel.LETTER,
    }
)
"""What a borrower can choose, and which channel that is."""


class ContactOutcome(StrEnum):
    REACHED = "reached"
    UNANSWERED = "unanswered"
    BUSY = "busy"
    WRONG_PERSON = "wrong_person"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    MET = "met"
    NOBODY_THERE = "nobody_there"
    NOT_MADE = "not_made"


_SENT = (ContactOutcome.DELIVERED, ContactOutcome.NOT_DELIVERED, ContactOutcome.NOT_MADE)
OUTCOMES_OF: Mapping[ContactChannel, tuple[ContactOutcome, ...]] = MappingProxyType(
    {
        ContactChannel.CALL: (
            *(ContactOutcome.REACHED, ContactOutcome.UNANSWERED, ContactOutcome.BUSY),
            *(ContactOutcome.WRONG_PERSON, ContactOutcome.NOT_MADE),
        ),
        ContactChannel.MESSAGE: _SENT,
        ContactChannel.EMAIL: _SENT,
        ContactChannel.LETTER: _SENT,
        ContactChannel.VISIT: (
            *(ContactOutcome.MET, ContactOutcome.NOBODY_THERE),
            *(ContactOutcome.WRONG_PERSON, ContactOutcome.NOT_MADE),
        ),
    }
)
_UNANSWERED = frozenset({ContactOutcome.UNANSWERED, ContactOutcome.BUSY})
_NOT_EFFECTIVE = _UNANSWERED | {
    ContactOutcome.NOT_DELIVERED,
    ContactOutcome.NOBODY_THERE,
    ContactOutcome.NOT_MADE,
}


class ContactRefusal(StrEnum):
    """Why not, in the order in which one is told where there are several: what depends on somebody before what passes
    by itself.
    """

    NOT_THE_DEBTOR = "not_the_debtor"
    NOTHING_OVERDUE = "nothing_overdue"
    COMPLAINT = "complaint"
    PAUSE = "pause"
    HOLD = "hold"
    NO_APPOINTMENT = "no_appointment"
    PREFERENCE_CHANNEL = "preference_channel"
    NUMBER_WAITS = "number_waits"
    HOURS = "hours"
    PREFERENCE_HOURS = "preference_hours"
    EFFECTIVE_CALLS = "limit_effective_calls_a_day"
    UNANSWERED_TRIES = "limit_unanswered_tries_a_day"
    TRIES = "limit_tries_in_seven_days"


class OutcomeNotOf(Refusal):
    says = N_("What came of a {channel} is one of {allowed}; {given} is not.")


class NotThen(Refusal):
    says = N_("This contact was asked for at {asked_at}; it was made then or later, up to now, {now}; {given} is not.")


@dataclass(frozen=True, slots=True)
class PastContact:
    """One that was made, or was allowed and may have been: on which day of the borrower's, and what came of it.

    `outcome` is None while nobody has told; the others say over what it counts.
    """

    day: date
    channel: ContactChannel
    outcome: ContactOutcome | None
    of: frozenset[CountedOver]


@dataclass(frozen=True, slots=True)
class Barred:
    """A refusal that no hour ends: by itself after `ends_at`, or once somebody has done their part, `by` a day."""

    reason: ContactRefusal
    by: date | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContactQuestion:
    """`agreed` are the hours that the borrower chose for this channel, `appointments` from when to when each is."""

    channel: ContactChannel
    at: datetime
    zone: tzinfo
    rules: ContactRules
    agreed: tuple[int, int] | None = None
    barred: Sequence[Barred] = ()
    appointments: Sequence[tuple[datetime, datetime]] = ()
    past: Sequence[PastContact] = ()


@dataclass(frozen=True, slots=True)
class ContactVerdict:
    """Allowed `until`, or refused: from when on it would be allowed by what is known now, None where that depends on
    somebody, and `by` which day that is decided. Of a limit, how many it allows and how many count.
    """

    until: datetime | None = None
    reason: ContactRefusal | None = None
    allowed_from: datetime | None = None
    by: date | None = None
    most: int | None = None
    counted: int | None = None


def judge_contact(asked: ContactQuestion) -> ContactVerdict:
    judged = _Judged(asked)
    refused = judged.refusal(asked.at)
    if refused is None:
        return ContactVerdict(until=judged.until())
    reason, limit = refused
    counted = judged.count(limit, judged.day(asked.at)) if limit else None
    return ContactVerdict(
        reason=reason,
        allowed_from=judged.allowed_from(),
        by=min((each.by for each in asked.barred if each.by and each.reason is reason), default=None),
        most=limit.most if limit else None,
        counted=counted,
    )


def counted_today(rules: ContactRules, past: Sequence[PastContact], day: date) -> tuple[int, int] | None:
    """How many answered calls count to a borrower on their day, and how many there may be; None where rules count
    otherwise.
    """
    limit = next((each for each in rules.limits if each.over is CountedOver.BORROWER and each.days == 1), None)
    return (_count(limit, past, day), limit.most) if limit else None


def check_outcome(channel: ContactChannel, outcome: ContactOutcome) -> None:
    """Raises OutcomeNotOf."""
    if outcome not in OUTCOMES_OF[channel]:
        raise OutcomeNotOf(
            "outcome", channel=channel, allowed=", ".join(OUTCOMES_OF[channel]), given=repr(str(outcome))
        )


@dataclass(slots=True)
class _Judged:
    asked: ContactQuestion
    full: dict[date, ContactLimit | None] = field(default_factory=dict)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.asked.zone).date()

    def refusal(self, moment: datetime) -> tuple[ContactRefusal, ContactLimit | None] | None:
        """The first that refuses then."""
        asked = self.asked
        reasons = [each.reason for each in asked.barred if each.ends_at is None or moment < each.ends_at]
        if asked.channel is ContactChannel.VISIT and self._appointment(moment) is None:
            reasons.append(ContactRefusal.NO_APPOINTMENT)
        if reasons:
            return min(reasons, key=list(ContactRefusal).index), None
        hour = moment.astimezone(asked.zone).hour
        if not asked.rules.allows_hour(asked.channel, hour, asked.agreed):
            by_itself = asked.rules.allows_hour(asked.channel, hour, None)
            return (ContactRefusal.PREFERENCE_HOURS if by_itself else ContactRefusal.HOURS), None
        limit = self._full(self.day(moment))
        return (ContactRefusal(f"limit_{limit.name}"), limit) if limit else None

    def until(self) -> datetime:
        at = self.asked.at
        if (appointment := self._appointment(at)) is not None and self.asked.channel is ContactChannel.VISIT:
            return appointment[1]
        turn = _next_quarter(at)
        hour = turn.astimezone(self.asked.zone).hour
        goes_on = self.asked.rules.allows_hour(self.asked.channel, hour, self.asked.agreed)
        return at + GOOD_FOR if goes_on else turn

    def allowed_from(self) -> datetime | None:
        """The first minute at which nothing refuses."""
        if any(each.ends_at is None for each in self.asked.barred):
            return None
        return next((moment for moment in self._moments() if self.refusal(moment) is None), None)

    def count(self, limit: ContactLimit, day: date) -> int:
        return _count(limit, self.asked.past, day)

    def _moments(self) -> Iterator[datetime]:
        """From now on, and from when nothing bars it: the beginning, then every quarter of an hour."""
        begin = max([self.asked.at, *(each.ends_at for each in self.asked.barred if each.ends_at)])
        spans: Sequence[tuple[datetime, datetime]] = [(begin, begin + _LOOKED_AHEAD)]
        if self.asked.channel is ContactChannel.VISIT:
            spans = sorted((max(begin, first), last) for first, last in self.asked.appointments)
        for first, last in spans:
            moment = _next_minute(first)
            while moment < last:
                yield moment
                moment = _next_quarter(moment)

    def _appointment(self, moment: datetime) -> tuple[datetime, datetime] | None:
        return next((each for each in self.asked.appointments if each[0] <= moment < each[1]), None)

    def _full(self, day: date) -> ContactLimit | None:
        if day not in self.full:
            limits = (each for each in self.asked.rules.limits if self.asked.channel in each.channels)
            self.full[day] = next((each for each in limits if self.count(each, day) >= each.most), None)
        return self.full[day]


def _count(limit: ContactLimit, past: Sequence[PastContact], day: date) -> int:
    first = day - timedelta(days=limit.days - 1)
    return sum(first <= each.day <= day and _counts(limit, each) for each in past)


def _counts(limit: ContactLimit, past: PastContact) -> bool:
    if past.channel not in limit.channels or limit.over not in past.of or past.outcome is ContactOutcome.NOT_MADE:
        return False
    match limit.counts:
        case Counted.EFFECTIVE:
            return past.outcome not in _NOT_EFFECTIVE
        case Counted.UNANSWERED:
            return past.outcome in _UNANSWERED
    return True


def _next_minute(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)


def _next_quarter(moment: datetime) -> datetime:
    utc = moment.astimezone(UTC)
    whole = utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)
    return whole + _QUARTER
