"""The numbers that lenders have on record for somebody: a code sent to one proves who it is to those lenders alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.reads.approvals import WaitingApproval, personal_facts, waiting_approval
from portal.reads.cases import PersonScope
from portal.tables import models as tables
from portal.vault import Vault

NUMBER = "number"
"""What kind of approval another number is."""


@dataclass(frozen=True, slots=True)
class NumberOnRecord:
    """One number, the lenders that have it, and `proves`, those of them with whom it is not waiting after a change.

    `waits_until` is when the last of the others will take a code to it; `mark` names it in a form.
    """

    phone: str
    mark: str
    lenders: frozenset[int]
    names: tuple[str, ...]
    proves: frozenset[int]
    waits_until: datetime | None

    @property
    def ends_with(self) -> str:
        return self.phone[-4:]


@dataclass(frozen=True, slots=True)
class ChangedNumber:
    """A lender has changed a number: whose hotline hears of it where that was not right."""

    lender_name: str
    hotline: str
    timezone: str
    at: datetime
    waits_until: datetime | None
    ends_with: str


async def numbers_of(scope: PersonScope, vault: Vault, at: datetime) -> tuple[NumberOnRecord, ...]:
    """Each number once; the one that proves most at the top."""
    rows = await _borrowers(scope.person_id, scope.lenders).values(*_KNOWN, name="lender__name")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if phone := vault.unseal(bytes(row["key"]), bytes(row["phone_sealed"])):
            found.setdefault(phone, []).append(row)
    numbers = [_number(phone, vault.lookup("mark", phone)[:16], known, at) for phone, known in found.items()]
    return tuple(sorted(numbers, key=lambda number: (-len(number.proves), number.names)))


async def changed_numbers(
    scope: PersonScope, lenders: Iterable[int], vault: Vault, at: datetime
) -> tuple[ChangedNumber, ...]:
    """The newest change at each of these lenders; `waits_until` is in the future or nothing."""
    rows = _borrowers(scope.person_id, scope.lenders.intersection(lenders)).filter(number_changed_at__isnull=False)
    columns = {"lender_name": "lender__name", "hotline": "lender__hotline", "timezone": "lender__timezone"}
    return tuple(
        ChangedNumber(
            lender_name=row["lender_name"],
            hotline=row["hotline"],
            timezone=row["timezone"],
            at=row["number_changed_at"],
            waits_until=row["number_waits_until"] if waits(row["number_waits_until"], at) else None,
            ends_with=vault.unseal(bytes(row["key"]), bytes(row["phone_sealed"]))[-4:],
        )
        for row in await rows.order_by("-number_changed_at").values(*_KNOWN, **columns)
    )


async def waiting_number(loan_id: int, today: date) -> WaitingApproval | None:
    """What waits about the number of this loan's borrower, from whichever of their loans it was proposed."""
    party = await tables.PartyRow.filter(loan_id=loan_id, role="borrower").order_by("id").first()
    return await waiting_approval(NUMBER, number_subject(party.borrower_id), today) if party else None  # type: ignore[attr-defined]


async def proposed_number(found: WaitingApproval, vault: Vault) -> tuple[str, str]:
    """The number that waits for a second of the staff, in full: whoever approves it has to have seen it.

    With it the one on record, which it is to take the place of.
    """
    borrower = await tables.BorrowerRow.get(id=int(found.subject.removeprefix(number_subject(""))))
    key = bytes(borrower.key)
    return personal_facts(found, key, vault), vault.unseal(key, bytes(borrower.phone_sealed))


def number_subject(borrower_id: int | str) -> str:
    """What another number is about: a borrower, however many loans they owe."""
    return f"borrower:{borrower_id}"


async def every_lender(person_id: int) -> PersonScope:
    """All lenders whose links somebody came by, for whoever has still to prove to each of them who they are."""
    known = await tables.BorrowerRow.filter(person_id=person_id, erased_at__isnull=True).values_list(
        "lender_id", flat=True
    )
    return PersonScope(person_id, frozenset(int(str(each)) for each in known))


def waits(until: datetime | None, at: datetime) -> bool:
    """Whether a number changed so lately that a code to it proves nothing yet: whoever has the old one can object."""
    return until is not None and at < until


_KNOWN = ("lender_id", "key", "phone_sealed", "number_changed_at", "number_waits_until")


def _borrowers(person_id: int, lenders: Iterable[int]) -> Any:
    return tables.BorrowerRow.filter(person_id=person_id, lender_id__in=lenders, erased_at__isnull=True)


def _number(phone: str, mark: str, known: list[dict[str, Any]], at: datetime) -> NumberOnRecord:
    waiting = [row["number_waits_until"] for row in known if waits(row["number_waits_until"], at)]
    return NumberOnRecord(
        phone=phone,
        mark=mark,
        lenders=frozenset(row["lender_id"] for row in known),
        names=tuple(sorted({row["name"] for row in known})),
        proves=frozenset(row["lender_id"] for row in known if not waits(row["number_waits_until"], at)),
        waits_until=max(waiting, default=None),
    )
