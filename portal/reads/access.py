"""The access log as it is read: a lender's part of it, and for its admin who opened personal data or was refused."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from portal.domain.conduct.access_log import EXPORTED, LOOKED
from portal.reads.desk import masked_names
from portal.reads.log import EVENTS_AT_ONCE
from portal.reads.personal import OPENED, OPENERS, REFUSED
from portal.reads.rows import batches, each_by_pages, names_of
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

    Or they opened a page of a loan (no `reason` either), or took a list as a sheet: `listed` is which.
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
    listed: str = ""


class OpenedWhat(StrEnum):
    """Names and numbers, with the reason given; pages of loans; lists as sheets."""

    NAMES = "names"
    PAGES = "pages"
    SHEETS = "sheets"


_WHICH = {
    OpenedWhat.NAMES: Q(what__startswith=OPENED) | Q(what=REFUSED),
    OpenedWhat.PAGES: Q(what=LOOKED),
    OpenedWhat.SHEETS: Q(what=EXPORTED),
}


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


async def openings(
    lender_id: int, before: int | None, vault: Vault, what: OpenedWhat = OpenedWhat.NAMES, staff_ref: str = ""
) -> tuple[Opening, ...]:
    """The newest first, `ON_A_PAGE` of them and one more where there are more; `before` is the id that a page ended
    with. With `staff_ref` of one of the lender's staff alone."""
    emails = await _emails(lender_id)
    rows = _of_lender(lender_id, list(emails)).filter(_WHICH[what], actor_kind__in=OPENERS)
    if staff_ref:
        rows = rows.filter(actor_kind="staff", actor_ref=staff_ref)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = await rows.order_by("-id").limit(OPENINGS_ON_A_PAGE + 1)
    numbers = await _loan_numbers(lender_id, [row.subject for row in found])
    names = await masked_names(lender_id, [subject.removeprefix(LOAN) for subject in numbers], vault)
    return tuple(_opening(row, emails, numbers, names) for row in found)


def every_opening(lender_id: int, vault: Vault, what: OpenedWhat, staff_ref: str) -> AsyncIterator[Opening]:
    """All of them, a page in memory at a time."""

    def page(before: int | None) -> Awaitable[Sequence[Opening]]:
        return openings(lender_id, before, vault, what, staff_ref)

    return each_by_pages(page, None, OPENINGS_ON_A_PAGE, lambda each: each.id)


async def staff_who_may_have(lender_id: int) -> dict[str, str]:
    """The e-mail address of each of the lender's staff by ref, those who left too, in their order."""
    return dict(sorted((await _emails(lender_id)).items(), key=lambda each: each[1]))


async def refused_openings(lender_id: int, since: datetime) -> tuple[tuple[str, datetime], ...]:
    """Who of the staff was refused to open more, and when, the newest first."""
    rows = tables.AccessRow.filter(lender_id=lender_id, what=REFUSED, actor_kind="staff", at__gte=since).order_by("-id")
    emails = await _emails(lender_id)
    return tuple((emails.get(row.actor_ref, ""), row.at) for row in await rows.limit(OPENINGS_ON_A_PAGE))


def _opening(row: tables.AccessRow, emails: dict[str, str], numbers: dict[str, str], names: dict[str, str]) -> Opening:
    ref = row.subject.removeprefix(LOAN)
    reason = row.what.removeprefix(OPENED) if row.what.startswith(OPENED) else ""
    who, listed = emails.get(row.actor_ref, ""), row.detail if row.what == EXPORTED else ""
    return Opening(row.id, row.at, who, ref, numbers.get(row.subject, ""), names.get(ref, ""), reason, listed)


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
