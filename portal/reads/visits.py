"""Appointments for a visit, as the borrower made them."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.reads.rows import read_rows
from portal.tables import models as tables
from portal.vault import Vault

MOST_COMING = 200


@dataclass(frozen=True, slots=True)
class Appointment:
    """Day and hours are the borrower's; `place` is empty where it was not opened, or is erased."""

    ref: str
    day: date
    from_hour: int
    to_hour: int
    made_at: datetime
    place: str = ""


@dataclass(frozen=True, slots=True)
class ComingVisit:
    """One in the lender's list; where, is opened at the loan."""

    loan_no: str
    loan_ref: str
    day: date
    from_hour: int
    to_hour: int


async def coming_visits(lender_id: int, at: datetime) -> tuple[ComingVisit, ...]:
    """What borrowers have appointed and is not over, the next first."""
    rows = tables.VisitRow.filter(lender_id=lender_id, ends_at__gt=at, withdrawn_at__isnull=True)
    found = rows.order_by("ends_at", "id").limit(MOST_COMING)
    return await read_rows(ComingVisit, found, loan_no="loan__loan_no", loan_ref="loan__ref")


async def appointment_on(
    loan_id: int, at: datetime, vault: Vault | None = None, person_id: int | None = None
) -> Appointment | None:
    """The next one that is not over, with the vault its place too; whoever calls has been let in to the loan."""
    mine = {} if person_id is None else {"person_id": person_id}
    rows = tables.VisitRow.filter(loan_id=loan_id, ends_at__gt=at, withdrawn_at__isnull=True, **mine)
    columns = ("ref", "day", "from_hour", "to_hour", "made_at")
    found = await rows.order_by("starts_at").limit(1).values(*columns, key="person__key", sealed="text__sealed")
    if not found:
        return None
    key, sealed = (bytes(found[0].pop(name)) for name in ("key", "sealed"))
    place = vault.unseal_if_kept(key, sealed) if vault else None
    return Appointment(**found[0], place=place or "")
