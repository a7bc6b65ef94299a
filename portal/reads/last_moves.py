"""The last moves of the other side on a loan, which stand on top of its page until the borrower acts, or 30 days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from portal.domain.contract.agreement import OfferKind
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position
from portal.domain.money import parse_amount
from portal.domain.restructuring.negotiation import LIVE, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import offer_from_facts
from portal.reads.cases import Case
from portal.reads.loan_notes import LoanNotes

LAST_MOVE_DAYS = 30


class LastMoveKind(StrEnum):
    """`NOT_BOOKED`: signed, and the lender's books did not take it. `ANSWERED` is a complaint.

    `OFFERED`: the lender has begun; `OFFER_OVER`: nobody took it up in time.
    """

    OFFERED = "offered"
    OFFER_OVER = "offer_over"
    DECLINED = "declined"
    EXPIRED = "expired"
    NOT_BOOKED = "not_booked"
    BROKEN = "broken"
    PAUSE_OVER = "pause_over"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class NearestYes:
    """What the lender said it takes at once when it declined, or what it offers; `each` in minor units."""

    offer: Offer
    each: int
    valid_until: date


@dataclass(frozen=True, slots=True)
class LastMove:
    """`ref` is of the proposal or complaint, `on` the lender's business day, `reason` a code, empty where none is told.

    `pausing` says that it was a pause that came to this, `about` what was wrong, of a complaint.
    """

    kind: LastMoveKind
    ref: str
    on: date
    reason: str = ""
    pausing: bool = False
    about: str = ""
    nearest: NearestYes | None = None


_ANSWERS = {
    ("proposal.offered", State.OFFERED): LastMoveKind.OFFERED,
    ("proposal.declined", State.DECLINED): LastMoveKind.DECLINED,
    ("proposal.expired", State.EXPIRED): LastMoveKind.EXPIRED,
    ("agreement.booking_failed", State.UNDER_REVIEW): LastMoveKind.NOT_BOOKED,
}
"""What a proposal was last answered, where it is still in the state that this led to."""


def last_moves_of(case: Case, now: Position, notes: LoanNotes) -> tuple[LastMove, ...]:
    """An offer of the lender's that is open, then the newest. Of plans only the last that was sent counts: to send
    another one is to act.
    """
    since = now.as_of - timedelta(days=LAST_MOVE_DAYS)
    found = [*_of_proposal(case, notes, now.as_of), *_of_plan(case, now, notes), *_of_complaint(case, notes)]
    stands = [news for news in found if news.on >= since or news.kind is LastMoveKind.OFFERED]
    return tuple(sorted(stands, key=lambda news: (news.kind is LastMoveKind.OFFERED, news.on), reverse=True))


def nearest_yes_of(declined: Mapping[str, Any], currency: str) -> NearestYes | None:
    """What `proposal.declined` tells of it, also where its time has run out since."""
    told = declined.get("nearest_yes")
    if not told:
        return None
    offer = offer_from_facts(told["offer"], currency)
    return NearestYes(offer, parse_amount(told["each"], currency), date.fromisoformat(told["valid_until"]))


def _offered(told: Mapping[str, Any], currency: str) -> NearestYes | None:
    """What `proposal.offered` tells."""
    offer, row = offer_from_facts(told["offer"], currency), next(each for each in told["schedule"] if each["no"])
    return NearestYes(offer, parse_amount(row["total"], currency), date.fromisoformat(told["expires_on"]))


def _of_proposal(case: Case, notes: LoanNotes, today: date) -> Iterator[LastMove]:
    sent = next(iter(notes.sent), None)
    kind = _ANSWERS.get((sent.answer, sent.state)) if sent else None
    if sent is None or kind is None or sent.answered_on is None:
        return
    read = _offered if kind is LastMoveKind.OFFERED else nearest_yes_of
    nearest = read(sent.facts, case.loan.currency)
    kind = LastMoveKind.OFFER_OVER if kind is LastMoveKind.EXPIRED and sent.by_lender else kind
    stands = nearest if nearest and nearest.valid_until >= today else None
    reason = sent.facts.get("reason") or ""
    yield LastMove(kind, sent.ref, sent.answered_on, reason, sent.kind is OfferKind.PAUSE, nearest=stands)


def _of_plan(case: Case, now: Position, notes: LoanNotes) -> Iterator[LastMove]:
    """The plan or the pause that ended last by the ledger of today, unless one was sent on that day or later."""
    plan = now.plans[-1] if now.plans else None
    sent = next((each for each in notes.sent if plan and each.ref == plan.agreement.proposal), None)
    if plan is None or plan.ended_on is None or sent is None or case.plan or _sent_since(case, notes, plan.ended_on):
        return
    pausing = sent.kind is OfferKind.PAUSE
    if plan.status is PlanStatus.BROKEN and sent.state in (*LIVE, State.BROKEN):
        yield LastMove(LastMoveKind.BROKEN, sent.ref, plan.ended_on, pausing=pausing)
    elif plan.status is PlanStatus.COMPLETED and pausing and now.overdue.total:
        yield LastMove(LastMoveKind.PAUSE_OVER, sent.ref, plan.ended_on, pausing=True)


def _of_complaint(case: Case, notes: LoanNotes) -> Iterator[LastMove]:
    """The last one, once it is answered."""
    last = next(iter(notes.complaints), None)
    if last and last.decided_at and last.state == "decided":
        yield LastMove(LastMoveKind.ANSWERED, last.ref, _day(case, last.decided_at), last.outcome, about=last.kind)


def _sent_since(case: Case, notes: LoanNotes, on: date) -> bool:
    times = [sent.submitted_at for sent in notes.sent if sent.submitted_at and not sent.by_lender]
    return any(_day(case, at) >= on for at in times)


def _day(case: Case, at: datetime) -> date:
    return at.astimezone(ZoneInfo(case.lender.timezone)).date()
