"""What bears on whether somebody may be contacted about a loan: who owes it and how they want it, and what stops it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain.conduct.complaints import ComplaintKind
from portal.tables.query import Query, stored_date, stored_time

_DEBTORS = Query("""
SELECT party.role, borrower.id, borrower.external_id, borrower.phone_hash, borrower.timezone,
    borrower.number_changed_at, borrower.number_waits_until, borrower.erased_at,
    (SELECT max(invitation.ended_at) FROM invitation
     WHERE invitation.borrower_id = borrower.id AND invitation.ended_why = 'not-me'),
    preference.channel, preference.from_hour, preference.to_hour
FROM party JOIN borrower ON borrower.id = party.borrower_id
LEFT JOIN preference ON preference.person_id = borrower.person_id AND preference.lender_id = borrower.lender_id
WHERE party.loan_id = :loan ORDER BY party.id
""")
_STOPS = Query("""
SELECT 'hold' AS what, hold.ref, hold.about AS word, hold.until AS day
FROM hold WHERE hold.loan_id = :loan AND hold.ended_at IS NULL
UNION ALL
SELECT 'complaint', problem.ref, problem.kind, problem.answer_by
FROM problem WHERE problem.loan_id = :loan AND problem.state = 'open'
""")


@dataclass(frozen=True, slots=True)
class Debtor:
    """Somebody who owes a loan; `disowned_at` is when whoever has their number last said that they are another.

    `channel` is the one they chose, empty where they chose none, with the hours from the first to without the last.
    """

    role: str
    borrower_id: int
    external_id: str
    phone_hash: str
    timezone: str | None
    number_changed_at: datetime | None
    number_waits_until: datetime | None
    erased_at: datetime | None
    disowned_at: datetime | None
    channel: str
    hours: tuple[int, int]

    @property
    def is_disowned(self) -> bool:
        """Whether the number is the same since it was disowned."""
        changed = self.number_changed_at
        return self.disowned_at is not None and (changed is None or changed < self.disowned_at)


@dataclass(frozen=True, slots=True)
class OpenHold:
    """`about` is the ref of what it was asked for, `until` the day it ends by itself."""

    about: str
    until: date | None


@dataclass(frozen=True, slots=True)
class OpenComplaint:
    ref: str
    kind: ComplaintKind
    answer_by: date


async def debtors(loan_id: int) -> tuple[Debtor, ...]:
    """Its borrower and who owes it beside them, in the order they came."""
    return tuple(map(_debtor, await _DEBTORS.read(loan=loan_id)))


async def what_stops(loan_id: int) -> tuple[list[OpenHold], list[OpenComplaint]]:
    """Holds that have not ended, and complaints that are open."""
    rows = [(what, ref, word, stored_date(day)) for what, ref, word, day in await _STOPS.read(loan=loan_id)]
    holds = [OpenHold(word, day) for what, _, word, day in rows if what == "hold"]
    return holds, [OpenComplaint(ref, ComplaintKind(word), day) for what, ref, word, day in rows if what != "hold"]


def _debtor(row: Sequence[Any]) -> Debtor:
    role, borrower_id, external_id, phone_hash, timezone, *rest = row
    changed, waits, erased, disowned = map(stored_time, rest[:4])
    channel, first, last = rest[4:]
    who = role, borrower_id, external_id, phone_hash, timezone
    return Debtor(*who, changed, waits, erased, disowned, channel or "", (first or 0, last or 0))
