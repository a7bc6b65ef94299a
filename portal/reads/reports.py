"""Payments that borrowers told of: their own, and the lender's list of those nobody has found yet."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.domain.calendar import add_working_days
from portal.tables import models as t
from portal.vault import Erased, Vault


@dataclass(frozen=True, slots=True)
class Report:
    """`look_by` is the day by which the lender should have found it."""

    ref: str
    loan_ref: str
    loan_no: str
    paid_on: date
    amount: int
    reference: str
    state: str
    reported_at: datetime
    look_by: date


async def reports_of(loan_id: int, vault: Vault, working_days: int) -> tuple[Report, ...]:
    """What was reported on a loan, the newest first. Whoever calls has already been let in to the loan."""
    return await _reports(t.PaymentReport.filter(loan_id=loan_id).order_by("-id"), vault, working_days)


async def open_reports(lender_id: int, vault: Vault, working_days: int) -> tuple[Report, ...]:
    """The lender's reports that no payment has confirmed, the oldest first."""
    rows = t.PaymentReport.filter(loan__lender_id=lender_id, state__in=("awaiting", "asked")).order_by("id")
    return await _reports(rows, vault, working_days)


async def _reports(rows: object, vault: Vault, working_days: int) -> tuple[Report, ...]:
    found = await rows.values(  # type: ignore[attr-defined]
        "ref",
        "paid_on",
        "amount_minor",
        "reference_sealed",
        "state",
        "reported_at",
        loan_ref="loan__ref",
        loan_no="loan__loan_no",
        key="person__key",
    )
    return tuple(
        Report(
            ref=row["ref"],
            loan_ref=row["loan_ref"],
            loan_no=row["loan_no"],
            paid_on=row["paid_on"],
            amount=row["amount_minor"],
            reference=_opened(row["key"], row["reference_sealed"], vault),
            state=row["state"],
            reported_at=row["reported_at"],
            look_by=add_working_days(row["reported_at"].date(), working_days),
        )
        for row in found
    )


def _opened(key: bytes, sealed: bytes | None, vault: Vault) -> str:
    try:
        return vault.unseal(bytes(key), bytes(sealed)) if sealed else ""
    except Erased:
        return ""
