"""Payments that borrowers told of: their own, and the lender's list of those its books have not confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from portal.domain.conduct.payment_claim import CLAIMS_TO_ANSWER, OPEN_CLAIMS, Booked, ClaimStatus, PaymentClaim
from portal.domain.contract.loan import Payment
from portal.reads.cases import first_found
from portal.reads.payments import payments_of
from portal.reads.rows import names_of
from portal.tables import models as tables
from portal.tables.query import Query, stored_date, stored_time
from portal.vault import Vault

MOST_CLAIMS = 200


@dataclass(frozen=True, slots=True)
class ClaimSummary:
    """One report as a page shows it; `arrived` is what was booked, in minor units, where it is confirmed."""

    ref: str
    person_id: int
    loan_ref: str
    loan_no: str
    paid_on: date
    amount: int
    reference: str
    status: ClaimStatus
    reported_at: datetime
    look_by: date
    payment: str | None
    arrived: int | None
    installment: int | None
    plan_installment: int | None


_Claim = TypeVar("_Claim", ClaimSummary, PaymentClaim)
_ELSEWHERE = {
    **{"loan_ref": "loan__ref", "loan_no": "loan__loan_no", "amount": "amount_minor", "installment": "installment_no"},
    "plan_installment": "plan_installment_no",
    **{"payment": "payment__external_id", "arrived": "payment__amount_minor"},
}
_OF_LOAN = Query("""
SELECT claim.ref, claim.person_id, claim.paid_on, claim.amount_minor, claim.installment_no, claim.plan_installment_no,
    claim.reference_sealed, claim.state, claim.look_by, claim.reported_at, loan.ref, loan.loan_no, person.key,
    payment.external_id, payment.amount_minor
FROM payment_report AS claim
JOIN loan ON loan.id = claim.loan_id
JOIN person ON person.id = claim.person_id
LEFT JOIN payment ON payment.id = claim.payment_id
WHERE claim.loan_id = :loan ORDER BY claim.id DESC
""")
_TO_ANSWER = Query("""
SELECT ref, paid_on, amount_minor, installment_no, plan_installment_no
FROM payment_report WHERE loan_id = :loan AND state IN :open ORDER BY id
""")
_COLUMNS = (
    *("ref", "person_id", "paid_on", "amount", "installment", "plan_installment", "reference_sealed"),
    *("state", "look_by", "reported_at", "loan_ref", "loan_no", "key", "payment", "arrived"),
)


async def claims_of(loan_id: int, vault: Vault) -> tuple[ClaimSummary, ...]:
    """What was reported on a loan, the newest first. Whoever calls has already been let in to the loan."""
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in await _OF_LOAN.read(loan=loan_id)]
    for row in rows:
        row |= {name: stored_date(row[name]) for name in ("paid_on", "look_by")}
        row["reported_at"] = stored_time(row["reported_at"])
    return tuple(_claim(ClaimSummary, row, vault) for row in rows)


async def claimed_payments(loan_id: int) -> tuple[Payment, ...]:
    """What was reported on a loan and is not answered, as payments that have come; whoever calls was let in to it."""
    states = tuple(status.value for status in CLAIMS_TO_ANSWER)
    rows = await _TO_ANSWER.read(loan=loan_id, open=states)
    return tuple(as_payment(ref, stored_date(paid_on), amount, *named) for ref, paid_on, amount, *named in rows)


def as_payment(ref: str, paid_on: date, amount: int, no: int | None, plan_no: int | None) -> Payment:
    """What was reported, as if it had come so; its id stands behind those of the books."""
    return Payment(f"\U0010fffe{ref}", paid_on, amount, installment=no, plan_installment=plan_no)


async def claim_queue(lender_id: int, vault: Vault, most: int = MOST_CLAIMS) -> tuple[ClaimSummary, ...]:
    """What no payment of this lender has confirmed: what staff are asked first, then by the day, then the answered.

    Of each at most so many.
    """
    found: list[ClaimSummary] = []
    for status in (ClaimStatus.ASKED, ClaimStatus.AWAITING, ClaimStatus.NOT_FOUND):
        claims = tables.PaymentClaimRow.filter(loan__lender_id=lender_id, state=status.value)
        found += await _rows(claims.order_by("look_by", "reported_at", "id").limit(most), vault)
    return tuple(found)


async def desk_claim(ref: str, lender_id: int, vault: Vault) -> ClaimSummary:
    """A report on a loan of this lender. Raises NotFound."""
    return first_found(await _rows(tables.PaymentClaimRow.filter(ref=ref, loan__lender_id=lender_id), vault), ref)


async def claims_listed(claims: Any, vault: Vault) -> tuple[ClaimSummary, ...]:
    """Those that a query of a lender's claims finds, in its order."""
    return await _rows(claims, vault)


async def claims_to_answer(lender_id: int) -> int:
    return await tables.PaymentClaimRow.filter(loan__lender_id=lender_id, state=ClaimStatus.ASKED.value).count()


async def could_be(loan_id: int) -> tuple[Booked, ...]:
    """The loan's payments that stand and confirm no report yet, the newest first."""
    claims = tables.PaymentClaimRow.filter(loan_id=loan_id, payment_id__isnull=False)
    used = {str(name) for name in await claims.values_list("payment__external_id", flat=True)}
    booked = [each for each in await booked_of(loan_id, {}) if not each.reversed and each.id not in used]
    return tuple(sorted(booked, key=lambda each: (each.received_on, each.id), reverse=True))


async def booked_of(loan_id: int, references: Mapping[tuple[int, str], str]) -> tuple[Booked, ...]:
    """The loan's payments; `references` came with some of them just now, by loan and payment.

    One that the lender told of no more counts as taken back.
    """
    standing = {each.id: each for each in (await payments_of([loan_id])).get(loan_id, [])}
    taken = {each.reverses for each in standing.values() if each.reverses and not each.amount}
    rows = await tables.PaymentRow.filter(loan_id=loan_id, reverses=None, takes_back=None).order_by("id")
    told = {row.external_id: standing.get(row.external_id) for row in rows}
    return tuple(
        Booked(
            id=row.external_id,
            received_on=now.received_on if now else row.received_on,
            amount=now.amount if now else row.amount_minor,
            recorded_at=row.recorded_at,
            reversed=now is None or row.external_id in taken,
            reference=references.get((loan_id, row.external_id), ""),
        )
        for row in rows
        if not ((now := told[row.external_id]) and now.is_refund)
    )


async def reports_to_settle(loan_ids: Sequence[int], vault: Vault) -> dict[int, list[PaymentClaim]]:
    """The reports that a payment or a reversal may move, by loan: all but those taken back."""
    found: dict[int, list[PaymentClaim]] = {}
    states = _states({*OPEN_CLAIMS, ClaimStatus.CONFIRMED})
    for start in range(0, len(loan_ids), 500):
        some = tables.PaymentClaimRow.filter(loan_id__in=list(loan_ids[start : start + 500]), state__in=states)
        for row in await _values(some.order_by("id")):
            found.setdefault(row["loan_id"], []).append(_claim(PaymentClaim, row, vault))
    return found


def _states(stands: frozenset[ClaimStatus] | set[ClaimStatus]) -> list[str]:
    return [status.value for status in stands]


async def _rows(claims: Any, vault: Vault) -> tuple[ClaimSummary, ...]:
    return tuple(_claim(ClaimSummary, row, vault) for row in await _values(claims))


def _claim(kind: type[_Claim], row: Mapping[str, Any], vault: Vault) -> _Claim:
    stored = {name: row[name] for name in names_of(kind, "reference", "status")}
    return kind(reference=_opened(row, vault), status=ClaimStatus(row["state"]), **stored)


async def _values(claims: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await claims.values(
        *names_of(ClaimSummary, "reference", "status", *_ELSEWHERE),
        *("loan_id", "reference_sealed", "state"),
        key="person__key",
        **_ELSEWHERE,
    )
    return rows


def _opened(row: Mapping[str, Any], vault: Vault) -> str:
    sealed = row["reference_sealed"]
    return (vault.unseal_if_kept(bytes(row["key"]), bytes(sealed)) if sealed else None) or ""
