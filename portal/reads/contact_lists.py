"""A lender's contacts as its desk lists them: with filters, by pages, and all of it for a sheet."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from portal.reads.contacts import CONTACTS_ON_A_PAGE, ContactPage, ContactRecord, contact_page
from portal.reads.rows import each_by_pages
from portal.tables import models as tables


class ContactList(StrEnum):
    """Every one; those that were refused; made although they were; allowed, of which nobody has told what came."""

    ALL = "all"
    REFUSED = "refused"
    AGAINST = "against"
    NOT_TOLD = "not_told"


_WHICH: Mapping[ContactList, Mapping[str, Any]] = MappingProxyType(
    {
        ContactList.ALL: {},
        ContactList.REFUSED: {"until__isnull": True},
        ContactList.AGAINST: {"against": True},
        ContactList.NOT_TOLD: {"until__isnull": False, "outcome": ""},
    }
)


@dataclass(frozen=True, slots=True)
class ContactSearch:
    """`agency` is its name, `loan_no` the lender's; the days are the borrower's, both included."""

    lender_id: int
    which: ContactList = ContactList.ALL
    agency: str = ""
    loan_no: str = ""
    since: date | None = None
    until: date | None = None


async def found_contacts(search: ContactSearch, before: int | None = None) -> ContactPage:
    """The newest first."""
    return await contact_page(_rows(search), before)


def every_contact(search: ContactSearch) -> AsyncIterator[ContactRecord]:
    """All of them, a page in memory at a time."""

    async def page(before: int | None) -> Sequence[ContactRecord]:
        return (await contact_page(_rows(search), before, CONTACTS_ON_A_PAGE + 1)).rows

    return each_by_pages(page, None, CONTACTS_ON_A_PAGE, lambda each: each.id)


async def agencies_of(lender_id: int) -> tuple[str, ...]:
    """Who has, or had, a key of their own."""
    rows = tables.ApiKeyRow.filter(lender_id=lender_id, agency__isnull=False).order_by("agency").distinct()
    return tuple(str(each) for each in await rows.values_list("agency", flat=True))


def _rows(search: ContactSearch) -> Any:
    asked = {"agency": search.agency, "loan__loan_no": search.loan_no}
    days = {"counted_on__gte": search.since, "counted_on__lte": search.until}
    filters: dict[str, Any] = {name: value for name, value in asked.items() if value}
    filters |= {name: day for name, day in days.items() if day is not None}
    return tables.ContactRow.filter(lender_id=search.lender_id, **_WHICH[search.which], **filters)
