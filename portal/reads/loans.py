"""Loans with all their facts, one or a hundred thousand, in the same few statements."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from tortoise.functions import Max

from portal.domain.contract.loan import NOTHING, Amounts, Charge, Loan, Payment, Statement, Suspension, Terms, Waiver
from portal.domain.money import COMPONENTS
from portal.reads.caps import LENDER_KINDS, strictest
from portal.tables import models as tables
from portal.tables.stored import schedule_from_text, terms_from_text

_BATCH = 500


async def load_loans(loan_ids: Sequence[int], known_at: datetime | None = None) -> dict[int, tuple[Loan, int]]:
    """Each loan by its id, with the seq of its last event; the seq is read first, so that no fact is newer than it.

    With `known_at`, from the facts that had been recorded by then; a loan not known by then is left out.
    """
    found: dict[int, tuple[Loan, int]] = {}
    for start in range(0, len(loan_ids), _BATCH):
        ids = list(loan_ids[start : start + _BATCH])
        last = await seqs(ids)
        loans = await _load({"loan_id__in": ids}, known_at)
        found.update({loan_id: (loan, last.get(loan_id, 0)) for loan_id, loan in loans.items()})
    return found


async def seqs(loan_ids: Iterable[int]) -> dict[int, int]:
    streams = {f"loan:{loan_id}": loan_id for loan_id in loan_ids}
    rows: list[dict[str, Any]] = await (
        tables.EventRow.filter(stream__in=list(streams))
        .annotate(last=Max("seq"))
        .group_by("stream")
        .values("stream", "last")
    )
    return {streams[row["stream"]]: row["last"] for row in rows}


async def _load(which: dict[str, Any], known_at: datetime | None = None) -> dict[int, Loan]:
    """The loans that `which` names, by what the tables of their facts have in common."""
    contracts = {row["loan_id"]: row for row in await _rows(tables.ContractRow, which, "version", known_at, *_CONTRACT)}
    payments, charges, statements = defaultdict(list), defaultdict(list), {}
    for row in await _rows(tables.PaymentRow, which, "id", known_at, *_PAYMENT):
        payments[row["loan_id"]].append(row)
    for row in await _rows(tables.ChargeRow, which, "id", known_at):
        charges[row["loan_id"]].append(_charge(row))
    for row in await _rows(tables.StatementRow, which, "version", known_at):
        statements[row["loan_id"]] = _statement(row)
    held = defaultdict(list)
    for row in await _rows(tables.SuspensionRow, which, "id", known_at):
        held[row["loan_id"]].append(row)
    waived = defaultdict(list)
    for row in await _rows(tables.WaiverRow, which, "id", known_at):
        waived[row["loan_id"]].append(row)
    return {
        loan_id: Loan(
            **_contract(row),
            payments=tuple(map(_payment, payments[loan_id])),
            charges=tuple(charges[loan_id]),
            statement=statements.get(loan_id),
            suspensions=_suspensions(held[loan_id]),
            waivers=_waivers(waived[loan_id], payments[loan_id]),
        )
        for loan_id, row in contracts.items()
    }


_CONTRACT = (
    "loan_id",
    "loan__loan_no",
    "product",
    "lender_kind",
    "currency",
    "signed_on",
    "disbursed_on",
    "principal_minor",
    "terms",
    "schedule",
    "schedule_generated",
    "written_off_on",
)
_PAYMENT = (
    *("loan_id", "external_id", "received_on", "amount_minor", "allocated"),
    *("reverses", "installment_no", "recorded_at"),
)


async def _rows(
    table: Any, which: dict[str, Any], order: str, known_at: datetime | None, *columns: str
) -> list[dict[str, Any]]:
    known = {} if known_at is None else {"recorded_at__lte": known_at}
    rows: list[dict[str, Any]] = await table.filter(**which, **known).order_by(order).values(*columns)
    return rows


def _contract(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "loan_no": row["loan__loan_no"],
        "product": row["product"],
        "lender_kind": row["lender_kind"],
        "currency": row["currency"],
        "signed_on": row["signed_on"],
        "disbursed_on": row["disbursed_on"],
        "principal": row["principal_minor"],
        "terms": _terms(terms_from_text(row["terms"]), row["lender_kind"], row["signed_on"]),
        "schedule": schedule_from_text(row["schedule"]),
        "schedule_generated": bool(row["schedule_generated"]),
        "written_off_on": row["written_off_on"],
    }


def _terms(terms: Terms, lender_kind: str, signed_on: date) -> Terms:
    """A kind stored before kinds were a closed list chose no cap: until it is corrected, the strictest holds."""
    if lender_kind in LENDER_KINDS or terms.cap is not None:
        return terms
    return replace(terms, cap=strictest(signed_on))


def _payment(row: dict[str, Any]) -> Payment:
    stated = row["allocated"]
    return Payment(
        id=row["external_id"],
        received_on=row["received_on"],
        amount=row["amount_minor"],
        allocated=Amounts(**json.loads(stated)) if stated is not None else None,
        reverses=row["reverses"],
        installment=row["installment_no"],
    )


def _charge(row: dict[str, Any]) -> Charge:
    return Charge(
        id=row["external_id"],
        on=row["made_on"],
        due_on=row["due_on"],
        kind=row["kind"],
        amount=row["amount_minor"],
        installment=row["installment_no"],
    )


def _suspensions(rows: list[dict[str, Any]]) -> tuple[Suspension, ...]:
    """One for each row that starts; it ends with the row of the same ref and component that does not."""
    ends = {(row["ref"], row["component"]): row["on"] for row in rows if not row["starts"]}
    return tuple(
        Suspension(row["component"], row["on"], ends.get((row["ref"], row["component"])), row["reason"])
        for row in rows
        if row["starts"]
    )


def _waivers(rows: list[dict[str, Any]], payments: list[dict[str, Any]]) -> tuple[Waiver, ...]:
    """One for each row that grants; what was taken back stands in the row of the same ref that does not."""
    backs = {row["ref"]: row for row in rows if not row["granted"]}
    return tuple(_waiver(row, backs.get(row["ref"]), payments) for row in rows if row["granted"])


def _waiver(row: dict[str, Any], back: dict[str, Any] | None, payments: list[dict[str, Any]]) -> Waiver:
    that_day = (each for each in payments if each["received_on"] == row["on"])
    return Waiver(
        id=row["ref"],
        on=row["on"],
        amounts=_components(row),
        back=_components(back) if back else NOTHING,
        back_on=back["on"] if back else None,
        over=tuple(each["external_id"] for each in that_day if each["recorded_at"] <= row["recorded_at"]),
    )


def _statement(row: dict[str, Any]) -> Statement:
    return Statement(row["as_of"], _components(row))


def _components(row: dict[str, Any]) -> Amounts:
    return Amounts(**{component: row[f"{component}_minor"] for component in COMPONENTS})


async def every_loan(lender_id: int) -> AsyncIterator[Loan]:
    """All loans of a lender in the order of their numbers, a batch in memory at a time."""
    after = ""
    while True:
        rows = await (
            tables.LoanRow.filter(lender_id=lender_id, loan_no__gt=after)
            .order_by("loan_no")
            .limit(_BATCH)
            .values_list("id", "loan_no")
        )
        if rows:
            loans = await _load(
                {"loan__lender_id": lender_id, "loan__loan_no__gt": after, "loan__loan_no__lte": rows[-1][1]}
            )
        for loan_id, _ in rows:
            yield loans[loan_id]
        if len(rows) < _BATCH:
            return
        after = rows[-1][1]


async def currencies(lender_id: int) -> dict[str, str]:
    """The currency of each of a lender's loans, by number."""
    rows = await (
        tables.ContractRow.filter(loan__lender_id=lender_id)
        .order_by("version")
        .values("currency", number="loan__loan_no")
    )
    return {row["number"]: row["currency"] for row in rows}
