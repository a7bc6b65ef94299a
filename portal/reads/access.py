"""The access log as it is read: a lender's part of it, and for its admin who opened personal data or was refused."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from portal.reads.desk import masked_names
from portal.reads.log import EVENTS_AT_ONCE
from portal.reads.personal import OPENED, OPENERS, REFUSED
from portal.reads.rows import batches, names_of
from portal.tables import models as tables
from portal.vault import Vault

OPENINGS_ON_A_PAGE = 50
LOAN = "loan:"


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One row: `email` where it was one of the lender's staff, `loan_no` where it is about a loan."""

    at: datetime
    actor_kind: str
    actor_ref: str
    email: str
    what: str
    detail: str
    subject: str
    loan_no: str
    source: str


@dataclass(frozen=True, slots=True)
class Opening:
    """One of the staff opened a borrower's personal data, or was refused it: `reason` is empty then.

    `email` is empty where an operator did, at the terminal. `name` is masked. `id` is where the page after this row
    goes on.
    """

    id: int
    at: datetime
    email: str
    loan_ref: str
    loan_no: str
    name: str
    reason: str


async def access_of(
    lender_id: int | None, staff_ref: str = "", since: datetime | None = None
) -> AsyncIterator[AccessEntry]:
    """A lender's rows, those of one of its staff, or for None what belongs to no lender; the oldest first."""
    emails = await _emails(lender_id)
    rows = _of_lender(lender_id, [staff_ref] if staff_ref else list(emails))
    if staff_ref:
        rows = rows.filter(actor_kind="staff", actor_ref=staff_ref)
    if since is not None:
        rows = rows.filter(at__gte=since)
    columns = names_of(AccessEntry, "email", "loan_no")
    async for batch in batches(rows, EVENTS_AT_ONCE, "id", *columns):
        numbers = await _loan_numbers(lender_id, [row["subject"] for row in batch])
        for row in batch:
            del row["id"]
            email = emails.get(row["actor_ref"], "") if row["actor_kind"] == "staff" else ""
            yield AccessEntry(**row, email=email, loan_no=numbers.get(row["subject"], ""))


async def openings(lender_id: int, before: int | None, vault: Vault) -> tuple[Opening, ...]:
    """The newest first, `ON_A_PAGE` of them and one more where there are more; `before` is the id that a page ended
    with."""
    emails = await _emails(lender_id)
    which = Q(what__startswith=OPENED) | Q(what=REFUSED)
    rows = _of_lender(lender_id, list(emails)).filter(which, actor_kind__in=OPENERS)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = await rows.order_by("-id").limit(OPENINGS_ON_A_PAGE + 1)
    numbers = await _loan_numbers(lender_id, [row.subject for row in found])
    names = await masked_names(lender_id, [subject.removeprefix(LOAN) for subject in numbers], vault)
    return tuple(_opening(row, emails, numbers, names) for row in found)


async def refused_openings(lender_id: int, since: datetime) -> tuple[tuple[str, datetime], ...]:
    """Who of the staff was refused to open more, and when, the newest first."""
    rows = tables.AccessRow.filter(lender_id=lender_id, what=REFUSED, actor_kind="staff", at__gte=since).order_by("-id")
    emails = await _emails(lender_id)
    return tuple((emails.get(row.actor_ref, ""), row.at) for row in await rows.limit(OPENINGS_ON_A_PAGE))


def _opening(row: tables.AccessRow, emails: dict[str, str], numbers: dict[str, str], names: dict[str, str]) -> Opening:
    ref = row.subject.removeprefix(LOAN)
    reason = row.what.removeprefix(OPENED) if row.what != REFUSED else ""
    who = emails.get(row.actor_ref, "")
    return Opening(row.id, row.at, who, ref, numbers.get(row.subject, ""), names.get(ref, ""), reason)


def _of_lender(lender_id: int | None, staff_refs: Sequence[str]) -> QuerySet[tables.AccessRow]:
    """Rows of before a lender stood in them are found by its staff."""
    of_before = Q(lender_id__isnull=True, actor_kind="staff", actor_ref__in=list(staff_refs))
    return tables.AccessRow.filter(Q(lender_id=lender_id) | of_before)


async def _emails(lender_id: int | None) -> dict[str, str]:
    """The lender's staff by ref, those who left too."""
    return dict(await tables.StaffRow.filter(lender_id=lender_id).values_list("ref", "email"))


async def _loan_numbers(lender_id: int | None, subjects: Sequence[str]) -> dict[str, str]:
    refs = {subject.removeprefix(LOAN) for subject in subjects if subject.startswith(LOAN)}
    loans = await tables.LoanRow.filter(lender_id=lender_id, ref__in=list(refs)).values_list("ref", "loan_no")
    return {f"{LOAN}{ref}": loan_no for ref, loan_no in loans}
