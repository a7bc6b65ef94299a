"""What a borrower says is wrong, what that stops, by when it is answered, and whether collection is held."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.domain.contract.calendar import WorkingDays
from portal.domain.contract.loan import DISPUTE, Loan
from portal.domain.money import COMPONENTS
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.negotiation import FOLLOWED, LIVE, State
from portal.domain.restructuring.policy import Policy


class ComplaintKind(StrEnum):
    """What is wrong, in the borrower's eyes."""

    NOT_MINE = "not_mine"
    AMOUNT = "amount_wrong"
    CALLS = "still_calling"
    THREAT = "threat"
    UNLISTED = "unlisted_contact"
    OTHER = "other"


class ComplaintCause(StrEnum):
    """What was behind it, by the lender: the second of the two codes by which banks publish complaints.

    Source: the causes in the tables of complaints that Chinese banks publish each year.
    """

    MANNER = "manner"
    COLLECTION = "collection"
    RULES = "rules"
    FEES = "fees"
    SYSTEM = "system"
    INFORMATION = "information"
    PERSONAL_DATA = "personal_data"
    AGENCY = "agency"
    OTHER = "other_cause"


NOT_CLASSIFIED = "not_classified"
"""Where a complaint was answered before causes were asked for."""


class Outcome(StrEnum):
    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"


class CollectionStatus(StrEnum):
    """Where collection on a loan stands: `PAUSED` only once the lender has said so."""

    NOT_HELD = "not_held"
    ASKED = "asked"
    PAUSED = "paused"


class NoMoreTime(Refusal):
    says = N_("The time to answer was already extended twice; it ends on {until}.")


class NotOpen(Refusal):
    says = N_("This is closed already. You can report something wrong again at any time.")


MOST_EXTENSIONS = 2
HOLD_ENDS_WITH = (FOLLOWED - LIVE) | {State.WITHDRAWN, State.EXPIRED, State.SUPERSEDED}

QUIET_FROM, QUIET_TO = 22, 8
"""No contact from 22:00 to 08:00 in the lender's time zone. Source: GB/T 45251-2025."""

HOURS = ((QUIET_TO, QUIET_FROM), (QUIET_TO, 12), (12, 18), (18, QUIET_FROM))
CHANNELS = ("sms", "app", "letter", "phone")


@dataclass(frozen=True, slots=True)
class Hold:
    """A request that collection stops; `until` is the day it ends by itself, None while nothing ends it."""

    ref: str
    reason: str
    requested_at: datetime
    acknowledged_at: datetime | None = None
    until: date | None = None


def disputed(wrong: ComplaintKind, component: str = "") -> tuple[str, ...]:
    """The components that do not grow while it is looked at: all of them if the loan is somebody else's."""
    if wrong is ComplaintKind.NOT_MINE:
        return COMPONENTS
    return (component,) if wrong is ComplaintKind.AMOUNT else ()


def disputed_on(loan: Loan, day: date) -> tuple[str, ...]:
    """What does not grow on that day because it is disputed, in the order of components."""
    held = {s.component for s in loan.suspensions if s.start <= day and s.end is None and s.reason == DISPUTE}
    return tuple(component for component in COMPONENTS if component in held)


def asks_for_hold(wrong: ComplaintKind) -> bool:
    return wrong is not ComplaintKind.OTHER


def comes_first(kind: ComplaintKind, answer_by: date) -> tuple[bool, date]:
    """In which order the desk answers: threats before all else, each by the last day for its answer."""
    return kind is not ComplaintKind.THREAT, answer_by


def confirmed_by(asked_on: date, working_days: WorkingDays) -> date:
    """The lender's last day to say that collection has stopped: the next working day."""
    return working_days.after(asked_on, 1)


def answer_by(policy: Policy, wrong: ComplaintKind, opened_on: date, extensions: int = 0) -> date:
    """The last day for the answer: days of the calendar, counted after the day it was told.

    A threat is answered on the next working day; where that is extended, by the clock that all else begins with.
    Raises NoMoreTime after the second extension.
    """
    final = policy.complaint_extended_days + policy.complaint_final_days
    of_days = (policy.complaint_days, policy.complaint_extended_days, final)
    days = [opened_on + timedelta(days=each) for each in of_days]
    if wrong is ComplaintKind.THREAT:
        days.insert(0, policy.working_days.after(opened_on, 1))
    if extensions > MOST_EXTENSIONS:
        raise NoMoreTime(until=days[MOST_EXTENSIONS])
    return days[extensions]


def collection_status(holds: Iterable[Hold]) -> tuple[CollectionStatus, datetime | None]:
    """Where collection stands by the holds that are open, and since when: one acknowledged is enough."""
    held = tuple(holds)
    acknowledged = [hold.acknowledged_at for hold in held if hold.acknowledged_at]
    if acknowledged:
        return CollectionStatus.PAUSED, min(acknowledged)
    return (
        (CollectionStatus.ASKED, min(hold.requested_at for hold in held)) if held else (CollectionStatus.NOT_HELD, None)
    )


def over(until: date | None, today: date) -> bool:
    """A hold with a last day is over on the day after it."""
    return until is not None and today > until
