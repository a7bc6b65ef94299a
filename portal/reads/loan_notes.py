"""What stands beside a loan on its borrower's page: holds, a plan not sent yet, payments and wrongs that were told."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from portal.domain.conduct.complaints import ComplaintKind, Hold
from portal.domain.conduct.payment_claim import OPEN_CLAIMS, PaymentClaim
from portal.tables.query import Query, stored_date, stored_time


@dataclass(frozen=True, slots=True)
class NotedComplaint:
    """What this person told is wrong."""

    ref: str
    kind: ComplaintKind
    opened_at: datetime
    state: str
    outcome: str


@dataclass(frozen=True, slots=True)
class LoanNotes:
    """Holds that have not ended; when a draft was kept; claims not confirmed and complaints, the newest first."""

    holds: tuple[Hold, ...]
    kept_at: datetime | None
    claims: tuple[PaymentClaim, ...]
    complaints: tuple[NotedComplaint, ...]


_NOTES = Query("""
SELECT 'hold' AS note, ref, reason AS word, until AS day, requested_at AS at, acknowledged_at AS answered_at,
    CAST(NULL AS BIGINT) AS amount, id AS place, '' AS state, '' AS outcome
FROM hold WHERE loan_id = :loan AND ended_at IS NULL
UNION ALL
SELECT 'draft', NULL, NULL, NULL, saved_at, NULL, NULL, id, '', ''
FROM draft WHERE loan_id = :loan AND person_id = :person
UNION ALL
SELECT 'claim', ref, state, paid_on, reported_at, NULL, amount_minor, -id, '', ''
FROM payment_report WHERE loan_id = :loan AND state IN :open
UNION ALL
SELECT 'complaint', ref, kind, answer_by, opened_at, NULL, NULL, -id, state, outcome
FROM problem WHERE loan_id = :loan AND person_id = :person
ORDER BY note, place
""")
_OPEN = tuple(status.value for status in OPEN_CLAIMS)


async def loan_notes(loan_id: int, person_id: int) -> LoanNotes:
    """Whoever calls has already been let in to the loan."""
    rows = await _NOTES.read(loan=loan_id, person=person_id, open=_OPEN)
    notes = {note: list(found) for note, found in groupby(rows, itemgetter(0))}
    return LoanNotes(
        holds=tuple(
            Hold(ref, reason, stored_time(at), stored_time(answered_at), stored_date(until))
            for _, ref, reason, until, at, answered_at, *_ in notes.get("hold", ())
        ),
        kept_at=next((stored_time(row[4]) for row in notes.get("draft", ())), None),
        claims=tuple(
            PaymentClaim(row[1], stored_date(row[3]), row[6], stored_time(row[4])) for row in notes.get("claim", ())
        ),
        complaints=tuple(
            NotedComplaint(row[1], ComplaintKind(row[2]), stored_time(row[4]), *row[8:])
            for row in notes.get("complaint", ())
        ),
    )
