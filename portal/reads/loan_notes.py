"""What stands beside a person's loans: holds, a draft, payments and wrongs they told of, the plans they sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from portal.domain.conduct.complaints import ComplaintKind, Hold
from portal.domain.conduct.payment_claim import CLAIMS_TO_ANSWER, OPEN_CLAIMS, ClaimStatus, PaymentClaim
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.loan import Payment
from portal.domain.restructuring.negotiation import State
from portal.reads.cases import OWED_LOANS, PersonScope, in_scope
from portal.reads.payment_claims import as_payment
from portal.tables.query import Query, stored_date, stored_time


@dataclass(frozen=True, slots=True)
class NotedComplaint:
    """What this person told is wrong."""

    ref: str
    kind: ComplaintKind
    opened_at: datetime
    state: str
    outcome: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class SentPlan:
    """One proposal of this person; `answer` is the last event of the other side, with its business day and its facts.

    `by_lender`: the lender began it, and nobody has offered anything else in it.
    """

    ref: str
    kind: OfferKind
    state: State
    submitted_at: datetime | None
    answer: str = ""
    answered_on: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    by_lender: bool = False


@dataclass(frozen=True, slots=True)
class LoanNotes:
    """Holds that have not ended; when a draft was kept; open claims, complaints and plans, the newest first.

    `claimed` is what of the claims is not answered yet, the oldest first, as if it had come as it was told.
    `last_contacts` are the last day on which they were contacted about it, and how often then.
    """

    holds: tuple[Hold, ...] = ()
    kept_at: datetime | None = None
    claims: tuple[PaymentClaim, ...] = ()
    claimed: tuple[Payment, ...] = ()
    complaints: tuple[NotedComplaint, ...] = ()
    sent: tuple[SentPlan, ...] = ()
    last_contacts: tuple[date, int] | None = None


class _Note(NamedTuple):
    loan_id: int
    note: str
    ref: str
    word: str
    day: Any
    at: Any
    answered_at: Any
    amount: int
    place: int
    state: str
    said: str
    body: bytes


_NOTES = """
SELECT loan_id, 'hold' AS note, ref, reason AS word, until AS day, requested_at AS at, acknowledged_at AS answered_at,
    CAST(NULL AS BIGINT) AS amount, id AS place, '' AS state, '' AS said, CAST(NULL AS BYTEA) AS body
FROM hold WHERE loan_id IN ({loans}) AND ended_at IS NULL
UNION ALL
SELECT loan_id, 'draft', NULL, NULL, NULL, saved_at, NULL, NULL, id, '', '', NULL
FROM draft WHERE loan_id IN ({loans}) AND person_id = :person
UNION ALL
SELECT loan_id, 'claim', ref, state, paid_on, reported_at, NULL, amount_minor, -id, '',
    coalesce(CAST(installment_no AS VARCHAR), '') || ':' || coalesce(CAST(plan_installment_no AS VARCHAR), ''), NULL
FROM payment_report WHERE loan_id IN ({loans}) AND state IN :open
UNION ALL
SELECT loan_id, 'complaint', ref, kind, answer_by, opened_at, decided_at, NULL, -id, state, outcome, NULL
FROM problem WHERE loan_id IN ({loans}) AND person_id = :person
UNION ALL
SELECT contact.loan_id, 'contact', NULL, NULL, contact.counted_on, NULL, NULL, count(*), 0, '', '', NULL
FROM contact WHERE contact.loan_id IN ({loans}) AND contact.until IS NOT NULL
    AND contact.counted_on = (SELECT max(told.counted_on) FROM contact AS told WHERE told.loan_id = contact.loan_id)
GROUP BY contact.loan_id, contact.counted_on
UNION ALL
SELECT proposal_line.loan_id, 'sent', proposal.ref, proposal.kind, event.business_date, proposal.submitted_at, NULL,
    CASE WHEN EXISTS (SELECT 1 FROM offer WHERE offer.proposal_id = proposal.id AND offer.party = 'borrower')
    THEN 0 ELSE 1 END, -proposal.id, proposal.state, coalesce(event.type, ''), event.body
FROM proposal_line
JOIN proposal ON proposal.id = proposal_line.proposal_id
LEFT JOIN event ON event.id = (
    SELECT answer.id FROM event AS answer
    WHERE answer.proposal_ref = proposal.ref AND answer.type IN (
        'proposal.declined', 'proposal.expired', 'proposal.offered', 'agreement.booking_failed', 'plan.varied')
    ORDER BY answer.id DESC LIMIT 1)
WHERE proposal_line.loan_id IN ({loans}) AND proposal.person_id = :person
ORDER BY loan_id, note, place
"""
_OF_LOAN = Query(_NOTES.format(loans="SELECT loan.id FROM loan WHERE loan.id = :loan"))
_OF_PERSON = Query(_NOTES.format(loans=OWED_LOANS))
_OPEN = tuple(status.value for status in OPEN_CLAIMS)


async def loan_notes(loan_id: int, person_id: int) -> LoanNotes:
    """Whoever calls has already been let in to the loan."""
    found = _by_loan(await _OF_LOAN.read(loan=loan_id, person=person_id, open=_OPEN))
    return found.get(loan_id, LoanNotes())


async def notes_by_loan(scope: PersonScope) -> dict[int, LoanNotes]:
    """By loan, for all that this person owes at the lenders they came in for, in one question."""
    return _by_loan(await _OF_PERSON.read(**in_scope(scope), open=_OPEN))


def _by_loan(rows: Sequence[Any]) -> dict[int, LoanNotes]:
    read = [_Note._make(row) for row in rows]
    return {loan_id: _notes(list(found)) for loan_id, found in groupby(read, attrgetter("loan_id"))}


def _notes(rows: Sequence[_Note]) -> LoanNotes:
    notes = {note: list(found) for note, found in groupby(rows, attrgetter("note"))}
    kept = [stored_time(row.at) for row in notes.get("draft", ())]
    return LoanNotes(
        holds=tuple(
            Hold(row.ref, row.word, stored_time(row.at), stored_time(row.answered_at), stored_date(row.day))
            for row in notes.get("hold", ())
        ),
        kept_at=kept[0] if kept else None,
        claims=tuple(
            PaymentClaim(row.ref, stored_date(row.day), row.amount, stored_time(row.at), status=ClaimStatus(row.word))
            for row in notes.get("claim", ())
        ),
        claimed=tuple(_claimed(row) for row in reversed(notes.get("claim", ())) if row.word in CLAIMS_TO_ANSWER),
        complaints=tuple(_complaint(row) for row in notes.get("complaint", ())),
        sent=tuple(_sent(row) for row in notes.get("sent", ())),
        last_contacts=next(((stored_date(row.day), row.amount) for row in notes.get("contact", ())), None),
    )


def _claimed(row: _Note) -> Payment:
    no, plan_no = (int(each) if each else None for each in row.said.split(":"))
    return as_payment(row.ref, stored_date(row.day), row.amount, no, plan_no)


def _complaint(row: _Note) -> NotedComplaint:
    told = stored_time(row.at), row.state, row.said, stored_time(row.answered_at)
    return NotedComplaint(row.ref, ComplaintKind(row.word), *told)


def _sent(row: _Note) -> SentPlan:
    data = json.loads(bytes(row.body))["data"] if row.body else {}
    return SentPlan(
        ref=row.ref,
        kind=OfferKind(row.word),
        state=State(row.state),
        submitted_at=stored_time(row.at),
        answer=row.said,
        answered_on=stored_date(row.day),
        facts=data,
        by_lender=bool(row.amount),
    )
