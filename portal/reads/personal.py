"""Names, numbers and digits, masked or opened, and who looked at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.reads.cases import PersonScope
from portal.tables import models as tables
from portal.vault import Erased, Vault

MOST_SHOWN = 50
OPENED, REFUSED = "personal.opened:", "personal.refused"
OPENERS = ("staff", "operator")
"""Who opens personal data: one of the lender's staff, or whoever runs the portal, at its terminal."""


@dataclass(frozen=True, slots=True)
class Who:
    """One who owes a loan; each field is empty where it was never told or is erased."""

    role: str
    name: str
    phone: str
    id_last4: str
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody opened personal data: when, in which role, and the code of why; an operator has no `email`."""

    at: datetime
    role: str
    email: str
    lender_name: str
    timezone: str
    loan_no: str
    reason: str


async def masked(loan_id: int, vault: Vault) -> tuple[Who, ...]:
    """Who owes a loan: the family name with the rest hidden, the last four of the phone, no digit of the ID."""
    return tuple(_masked(who) for who in await opened(loan_id, vault))


async def opened(loan_id: int, vault: Vault) -> tuple[Who, ...]:
    """Who owes a loan, in full. Whoever calls has written down why before."""
    rows = (
        await tables.PartyRow.filter(loan_id=loan_id)
        .order_by("id")
        .values(
            "role",
            key="borrower__key",
            name="borrower__name_sealed",
            phone="borrower__phone_sealed",
            id_last4="borrower__id_last4_sealed",
        )
    )
    return tuple(_unsealed(row, vault) for row in rows)


async def looks_at_loan(loan_id: int) -> tuple[Look, ...]:
    """Who of the staff opened this loan's personal data, the newest first; at most `MOST_SHOWN`."""
    columns = {"lender_name": "lender__name", "timezone": "lender__timezone"}
    return await _looks(await tables.LoanRow.filter(id=loan_id).values("ref", "loan_no", **columns))


async def looks_at_person(scope: PersonScope) -> tuple[Look, ...]:
    """Who of the staff of these lenders opened this person's data, the newest first; at most `MOST_SHOWN`."""
    rows = tables.PartyRow.filter(**scope.filters("borrower__"))
    columns = {"lender_name": "loan__lender__name", "timezone": "loan__lender__timezone"}
    return await _looks(await rows.values(ref="loan__ref", loan_no="loan__loan_no", **columns))


def hidden(name: str) -> str:
    """A name with all but its first character hidden; in Chinese that is the family name."""
    return name[:1] + "＊" * (len(name) - 1)


async def _looks(loans: Sequence[Mapping[str, Any]]) -> tuple[Look, ...]:
    by_subject = {f"loan:{row['ref']}": row for row in loans}
    seen = tables.AccessRow.filter(subject__in=list(by_subject), actor_kind__in=OPENERS, what__startswith=OPENED)
    rows = (
        await seen.order_by("-at", "-id").limit(MOST_SHOWN).values("actor_kind", "actor_ref", "what", "subject", "at")
    )
    staff = await tables.StaffRow.filter(ref__in=[row["actor_ref"] for row in rows]).values("ref", "role", "email")
    by_ref = {row["ref"]: row for row in staff}
    return tuple(_look_of(row, by_subject[row["subject"]], by_ref.get(row["actor_ref"])) for row in rows)


def _look_of(row: Mapping[str, Any], loan: Mapping[str, Any], staff: Mapping[str, Any] | None) -> Look:
    return Look(
        at=row["at"],
        role=staff["role"] if staff else row["actor_kind"],
        email=staff["email"] if staff else "",
        lender_name=loan["lender_name"],
        timezone=loan["timezone"],
        loan_no=loan["loan_no"],
        reason=row["what"].removeprefix(OPENED),
    )


def _unsealed(row: Mapping[str, Any], vault: Vault) -> Who:
    key = bytes(row["key"])
    try:
        name, phone, id_last4 = (vault.unseal(key, bytes(row[each])) for each in ("name", "phone", "id_last4"))
    except Erased:
        return Who(row["role"], "", "", "", erased=True)
    return Who(row["role"], name, phone, id_last4)


def _masked(who: Who) -> Who:
    phone = f"＊{who.phone[-4:]}" if who.phone else ""
    return Who(who.role, hidden(who.name), phone, "＊" * len(who.id_last4), who.erased)
