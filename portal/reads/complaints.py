"""What a borrower told is wrong, as its two sides see it. Loading is authorising: what is not yours is not found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain.conduct.complaints import ComplaintKind, Hold, comes_first
from portal.reads.cases import Case, PersonScope, cases_by_id, first_found
from portal.reads.facts import known_facts
from portal.reads.rows import read_rows
from portal.tables import models as tables
from portal.vault import Vault

MOST_COMPLAINTS = 200


@dataclass(frozen=True, slots=True)
class ComplaintSummary:
    """One problem in a list: the lender's queue, or what was told of a loan."""

    id: int
    ref: str
    kind: ComplaintKind
    component: str
    state: str
    outcome: str
    answer_by: date
    extensions: int
    opened_at: datetime
    decided_at: datetime | None
    loan_id: int
    loan_no: str
    cause: str | None = None
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class ComplaintCase:
    """A problem with the loan it is about; `reason` is the code of an answer that did not agree."""

    row: ComplaintSummary
    case: Case
    opened_on: date
    reason: str

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def ref(self) -> str:
        return self.row.ref


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """One text of the thread; empty once it was erased."""

    ref: str
    author: str
    at: datetime
    text: str


async def own_complaint(ref: str, scope: PersonScope) -> ComplaintCase:
    """What this person told a lender they came in for. Raises NotFound."""
    return await _one(ref, **scope.filters())


async def desk_complaint_case(ref: str, lender_id: int) -> ComplaintCase:
    """What this lender was told. Raises NotFound."""
    return await _one(ref, lender_id=lender_id)


async def complaints_of(loan_id: int, person_id: int) -> tuple[ComplaintSummary, ...]:
    """What this person told of a loan, the newest first."""
    return await _rows(tables.ComplaintRow.filter(loan_id=loan_id, person_id=person_id).order_by("-id"))


async def complaint_queue(lender_id: int, most: int = MOST_COMPLAINTS) -> tuple[ComplaintSummary, ...]:
    """What is open, threats first, then the one to be answered first; of either at most so many."""
    still = tables.ComplaintRow.filter(lender_id=lender_id, state="open").order_by("answer_by", "id")
    threats, others = still.filter(kind=ComplaintKind.THREAT.value), still.exclude(kind=ComplaintKind.THREAT.value)
    rows = await _rows(threats.limit(most)) + await _rows(others.limit(most))
    return tuple(sorted(rows, key=lambda row: comes_first(row.kind, row.answer_by)))


async def open_complaints_on(loan_ids: Sequence[int]) -> tuple[ComplaintSummary, ...]:
    """What is open on any of these loans, whoever told it, the newest first."""
    return await _rows(tables.ComplaintRow.filter(loan_id__in=list(loan_ids), state="open").order_by("-id"))


async def closed_complaints(lender_id: int, most: int = 20) -> tuple[ComplaintSummary, ...]:
    return await _rows(
        tables.ComplaintRow.filter(lender_id=lender_id).exclude(state="open").order_by("-decided_at").limit(most)
    )


async def open_complaints(lender_id: int) -> int:
    return await tables.ComplaintRow.filter(lender_id=lender_id, state="open").count()


async def thread(problem_id: int, vault: Vault) -> tuple[ThreadEntry, ...]:
    """Oldest first. Whoever calls has already been let in to the problem."""
    rows = await (
        tables.MessageRow.filter(problem_id=problem_id)
        .order_by("id")
        .values(ref="text__ref", at="written_at", author="text__author", sealed="text__sealed", key="text__person__key")
    )
    texts = [vault.unseal_if_kept(bytes(row["key"]), bytes(row["sealed"])) for row in rows]
    return tuple(
        ThreadEntry(row["ref"], row["author"], row["at"], text or "") for row, text in zip(rows, texts, strict=True)
    )


async def holds_of(loan_id: int) -> tuple[Hold, ...]:
    """The holds on a loan that have not ended."""
    return await read_rows(Hold, tables.HoldRow.filter(loan_id=loan_id, ended_at__isnull=True).order_by("id"))


async def loan_of_hold(ref: str, lender_id: int) -> int:
    """The loan of this lender that a hold is on. Raises NotFound."""
    rows = await tables.HoldRow.filter(ref=ref, loan__lender_id=lender_id).values_list("loan_id", flat=True)
    return int(str(first_found(rows, ref)))


async def _one(ref: str, **access: Any) -> ComplaintCase:
    row = first_found(await _rows(tables.ComplaintRow.filter(ref=ref, **access)), ref)
    (case,) = await cases_by_id([row.loan_id])
    found = (await known_facts("complaint", case))[(ref,)]
    return ComplaintCase(row, case, found["opened_on"], found["reason"] or "")


async def _rows(complaints: Any) -> tuple[ComplaintSummary, ...]:
    return await read_rows(ComplaintSummary, complaints, loan_no="loan__loan_no")
