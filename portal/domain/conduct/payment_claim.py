"""What a borrower says was paid, held against the lender's books: matched, asked about, or still awaited."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.domain.refusal import N_, Refusal

MATCH_WITHIN = timedelta(days=7)
"""How far the day the books name may be from the day the borrower named."""


class ClaimStatus(StrEnum):
    """Where a report stands: `ASKED` waits for the lender's staff, `NOT_FOUND` is their answer."""

    AWAITING = "awaiting"
    ASKED = "asked"
    NOT_FOUND = "not_found"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


OPEN_CLAIMS = frozenset({ClaimStatus.AWAITING, ClaimStatus.ASKED, ClaimStatus.NOT_FOUND})
CLAIMS_TO_ANSWER = frozenset({ClaimStatus.AWAITING, ClaimStatus.ASKED})


class ReportAnswered(Refusal):
    says = N_("This was answered in the meantime. Here is how it is now.")


class NotThatPayment(Refusal):
    says = N_("There is no payment {given} on this loan that could be it.")


@dataclass(frozen=True, slots=True)
class PaymentClaim:
    """A borrower's word; `payment` is the lender's id of what confirmed it. Amounts in minor units."""

    ref: str
    paid_on: date
    amount: int
    reported_at: datetime
    reference: str = ""
    status: ClaimStatus = ClaimStatus.AWAITING
    payment: str | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """A payment as the lender's books have it; `reference` is what came with the money, where the books say."""

    id: str
    received_on: date
    amount: int
    recorded_at: datetime
    reversed: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A report goes to `stand`; `reason` says why staff are asked: differs, reversed or late."""

    claim: str
    status: ClaimStatus
    payment: str | None = None
    reason: str = ""


def settle_claims(claims: Iterable[PaymentClaim], booked: Iterable[Booked]) -> tuple[Step, ...]:
    """What the books say to the reports of one loan, the oldest report and the oldest payment first.

    A payment confirms one report: by its reference, or else by its amount where it was recorded after the report and
    received within `MATCH_WITHIN` of the day it names. One of another amount within those days asks the staff, and
    so does the reversal of what had confirmed.
    """
    by_time = sorted(claims, key=lambda claim: (claim.reported_at, claim.ref))
    books = sorted(booked, key=lambda payment: (payment.received_on, payment.id))
    steps = {r.ref: Step(r.ref, ClaimStatus.ASKED, reason="reversed") for r in by_time if _taken_back(r, books)}
    used = {claim.payment for claim in by_time if claim.status is ClaimStatus.CONFIRMED and claim.ref not in steps}
    free = [payment for payment in books if not payment.reversed and payment.id not in used]
    waiting = [replace(r, status=ClaimStatus.ASKED) if r.ref in steps else r for r in by_time]
    waiting = [claim for claim in waiting if claim.status in OPEN_CLAIMS]
    for fits in (_same_reference, _same_amount):
        for claim in [r for r in waiting if r.ref not in steps or steps[r.ref].status is ClaimStatus.ASKED]:
            found = next((payment for payment in free if fits(claim, payment)), None)
            if found is not None:
                free.remove(found)
                steps[claim.ref] = Step(claim.ref, ClaimStatus.CONFIRMED, found.id)
    for claim in waiting:
        if claim.status is ClaimStatus.AWAITING and claim.ref not in steps and any(_near(claim, p) for p in free):
            steps[claim.ref] = Step(claim.ref, ClaimStatus.ASKED, reason="differs")
    return tuple(steps.values())


def _taken_back(claim: PaymentClaim, books: Sequence[Booked]) -> bool:
    return claim.status is ClaimStatus.CONFIRMED and any(p.reversed and p.id == claim.payment for p in books)


def _same_reference(claim: PaymentClaim, payment: Booked) -> bool:
    named = _plain(claim.reference)
    return bool(named) and named in (_plain(payment.reference), _plain(payment.id))


def _same_amount(claim: PaymentClaim, payment: Booked) -> bool:
    return claim.amount == payment.amount and _near(claim, payment)


def _near(claim: PaymentClaim, payment: Booked) -> bool:
    told_before = claim.reported_at <= payment.recorded_at
    return told_before and abs(payment.received_on - claim.paid_on) <= MATCH_WITHIN


def _plain(reference: str) -> str:
    """Read out and typed off, spaces and capitals come and go."""
    return "".join(unicodedata.normalize("NFKC", reference).split()).casefold()
