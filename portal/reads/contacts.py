"""Contacts that were asked for, as their two sides see them, and what of them counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from portal.domain.conduct.contact_gate import ContactOutcome, ContactRefusal, PastContact
from portal.domain.conduct.contact_rules import ContactChannel, CountedOver
from portal.reads.cases import first_found
from portal.reads.rows import names_of, read_rows, values_of
from portal.tables import models as tables
from portal.tables.query import Query, stored_date

CONTACTS_ON_A_PAGE = 30
LONGEST_COUNTED = timedelta(days=7)
"""No rule counts further back."""

_MADE = "contact.counted_on >= :since AND (contact.until IS NOT NULL OR contact.outcome NOT IN ('', 'not_made'))"
_COLUMNS = "contact.id, contact.counted_on, contact.channel, contact.outcome, contact.borrower_id, contact.loan_id"
_COUNTED = Query(f"""
SELECT {_COLUMNS}, contact.number_hash FROM contact WHERE contact.borrower_id = :borrower AND {_MADE}
UNION SELECT {_COLUMNS}, contact.number_hash FROM contact WHERE contact.loan_id = :loan AND {_MADE}
UNION SELECT {_COLUMNS}, contact.number_hash FROM contact
WHERE contact.number_hash = :number AND contact.lender_id = :lender AND {_MADE}
""")


_BESIDE = f"""
SELECT borrower.timezone, contact.counted_on, contact.channel, contact.outcome
FROM party JOIN borrower ON borrower.id = party.borrower_id
LEFT JOIN contact ON contact.borrower_id = borrower.id AND {_MADE}
WHERE party.loan_id = :loan AND"""
_OF_PERSON = Query(f"{_BESIDE} borrower.person_id = :person")
_OF_LOAN = Query(f"{_BESIDE} party.role = 'borrower'")
_A_DAY = timedelta(days=1)
_OF_ONE = frozenset({CountedOver.BORROWER})


@dataclass(frozen=True, slots=True)
class BorrowerContacts:
    """What counts of one borrower over all their loans, and their time zone, None where it is the lender's."""

    timezone: str | None
    past: tuple[PastContact, ...]


@dataclass(frozen=True, slots=True)
class CountedOf:
    """Over whom contacts are counted; `number` is its keyed hash, empty where there is none."""

    lender_id: int
    borrower_id: int
    loan_id: int
    number: str = ""


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """One that was asked for: allowed `until`, or refused for `reason`; `outcome` is none while nobody has told.

    `counted_on` is the borrower's day, `against` says that it was made although refused or outside its allowance.
    """

    id: int
    ref: str
    loan_no: str
    loan_ref: str
    borrower: str | None
    channel: ContactChannel
    agency: str
    timezone: str
    asked_at: datetime
    counted_on: date
    until: datetime | None
    reason: str
    most: int | None
    counted: int | None
    allowed_from: datetime | None
    decided_by: date | None
    outcome: str
    made_at: datetime | None
    seconds: int | None
    told_at: datetime | None
    against: bool

    @property
    def is_allowed(self) -> bool:
        return self.until is not None

    @property
    def why(self) -> ContactRefusal | None:
        return ContactRefusal(self.reason) if self.reason else None

    @property
    def at(self) -> datetime:
        """When it was made, or asked for where nobody has told."""
        return self.made_at or self.asked_at


_ELSEWHERE = {"loan_no": "loan.loan_no", "loan_ref": "loan.ref", "borrower": "borrower.external_id"}
_BY_REF = Query(f"""
SELECT {", ".join(_ELSEWHERE.get(name, f"contact.{name}") for name in names_of(ContactRecord))}
FROM contact JOIN loan ON loan.id = contact.loan_id LEFT JOIN borrower ON borrower.id = contact.borrower_id
WHERE contact.ref = :ref AND contact.lender_id = :lender
""")


@dataclass(frozen=True, slots=True)
class ContactPage:
    """`older` is the id that the page after this one goes on before, None where there is none."""

    rows: tuple[ContactRecord, ...]
    older: int | None


async def counted_contacts(of: CountedOf, day: date) -> tuple[PastContact, ...]:
    """What counts on a day of the borrower's, each once."""
    values = {"borrower": of.borrower_id, "since": day - LONGEST_COUNTED, "loan": of.loan_id}
    rows = await _COUNTED.read(**values, number=of.number, lender=of.lender_id)
    return tuple(_past(row, of) for row in rows)


async def contact_by_ref(ref: str, lender_id: int) -> ContactRecord:
    """Raises NotFound."""
    return first_found(values_of(ContactRecord, await _BY_REF.read(ref=ref, lender=lender_id)), ref)


async def contact_of_loan(ref: str, loan_id: int, person_id: int) -> ContactRecord:
    """One of theirs about this loan. Raises NotFound."""
    return first_found(await _records(tables.ContactRow.filter(_whose(person_id), ref=ref, loan_id=loan_id)), ref)


async def contact_by_id(contact_id: int) -> ContactRecord:
    """Whoever calls has been let in to what it belongs to."""
    return (await _records(tables.ContactRow.filter(id=contact_id)))[0]


async def contacts_of_person(loan_id: int, person_id: int, day: date) -> BorrowerContacts:
    """What counts of somebody who owes a loan; `day` is the lender's, and theirs may be one before or after."""
    return _of_borrower(await _OF_PERSON.read(loan=loan_id, person=person_id, since=day - LONGEST_COUNTED - _A_DAY))


async def contacts_of_borrower(loan_id: int, day: date) -> BorrowerContacts:
    """The same of a loan's borrower, for its lender."""
    return _of_borrower(await _OF_LOAN.read(loan=loan_id, since=day - LONGEST_COUNTED - _A_DAY))


async def contacts_of_loan(loan_id: int, before: int | None = None, person_id: int | None = None) -> ContactPage:
    """The newest first; for a person, theirs alone."""
    rows = tables.ContactRow.filter(loan_id=loan_id)
    return await contact_page(rows if person_id is None else rows.filter(_whose(person_id)), before)


async def contact_page(rows: Any, before: int | None, most: int = CONTACTS_ON_A_PAGE) -> ContactPage:
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = await _records(rows.order_by("-id").limit(most + 1))
    return ContactPage(found[:most], found[most - 1].id if len(found) > most else None)


async def listed_contacts(
    lender_id: int, agency: str, loan_no: str, after: str, most: int
) -> tuple[tuple[ContactRecord, ...], bool]:
    """What a system reads, the oldest first: an agency its own; with it whether there are more.

    `after` is the ref of the last one that was read. Raises NotFound for one that is not there.
    """
    rows = tables.ContactRow.filter(lender_id=lender_id)
    rows = rows.filter(agency=agency) if agency else rows
    rows = rows.filter(loan__loan_no=loan_no) if loan_no else rows
    if after:
        rows = rows.filter(id__gt=(await contact_by_ref(after, lender_id)).id)
    found = await _records(rows.order_by("id").limit(most + 1))
    return found[:most], len(found) > most


def _whose(person_id: int) -> Q:
    """Another who owes the loan has their own; of nobody who does, all may know."""
    return Q(borrower__person_id=person_id) | Q(borrower_id__isnull=True)


async def _records(rows: Any) -> tuple[ContactRecord, ...]:
    elsewhere = {name: column.replace(".", "__") for name, column in _ELSEWHERE.items()}
    return await read_rows(ContactRecord, rows, **elsewhere)


def _of_borrower(rows: Sequence[Any]) -> BorrowerContacts:
    past = tuple(
        PastContact(stored_date(day), ContactChannel(channel), ContactOutcome(outcome) if outcome else None, _OF_ONE)
        for _, day, channel, outcome in rows
        if day is not None
    )
    return BorrowerContacts(rows[0][0] if rows else None, past)


def _past(row: Any, of: CountedOf) -> PastContact:
    _, counted_on, channel, outcome, borrower_id, loan_id, number = row
    over = {
        CountedOver.BORROWER: borrower_id == of.borrower_id,
        CountedOver.LOAN: loan_id == of.loan_id,
        CountedOver.NUMBER: bool(number) and number == of.number,
    }
    return PastContact(
        stored_date(counted_on),
        ContactChannel(channel),
        ContactOutcome(outcome) if outcome else None,
        frozenset(which for which, same in over.items() if same),
    )
