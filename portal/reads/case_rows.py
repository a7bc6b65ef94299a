"""The tables of what is kept of a loan, and their rows as JSON: what is sealed, and the database's own, left out."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tortoise.fields import BinaryField
from tortoise.models import Model

from portal.domain.money import format_amount
from portal.reads.rows import batches
from portal.tables import models as tables

CASE_ROWS_AT_ONCE = 500
_MINOR = "_minor"
# By the worker, for the worker; or written and read no more.
_INNER = {"looked_on", "turned_over", "pending", "pending_by", "open_key", "number_hash"}
_AS_JSON = {"allocated", "facts", "payments_told", "plan", "rules", "said", "schedule", "terms"}


@dataclass(frozen=True, slots=True)
class CaseTable:
    """One file of a case file: `of` names the loan in these rows, `elsewhere` what other tables tell of them."""

    name: str
    table: type[Model]
    of: str = "loan_id"
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """All that are told, by name."""
        meta = self.table._meta
        keys = {meta.pk_attr, *(f"{name}_id" for name in meta.fk_fields)}
        named = {name for name in meta.fields_db_projection if not isinstance(meta.fields_map[name], BinaryField)}
        return sorted(name for name in named - keys - _INNER if not name.endswith("_sealed"))


_PROPOSAL = {"proposal": "proposal__ref"}

CASE_TABLES = (
    CaseTable("contracts", tables.ContractRow),
    CaseTable("payments", tables.PaymentRow),
    CaseTable("charges", tables.ChargeRow),
    CaseTable("lender_credits", tables.LenderCreditRow),
    CaseTable("corrections", tables.CorrectionRow),
    CaseTable("statements", tables.StatementRow),
    CaseTable("suspensions", tables.SuspensionRow),
    CaseTable("payment_claims", tables.PaymentClaimRow, elsewhere={"payment": "payment__external_id"}),
    CaseTable("holds", tables.HoldRow),
    CaseTable("complaints", tables.ComplaintRow, elsewhere={"contact": "contact__ref"}),
    CaseTable("contacts", tables.ContactRow, elsewhere={"visit": "visit__ref"}),
    CaseTable("visits", tables.VisitRow, elsewhere={"text": "text__ref"}),
    CaseTable(
        "complaint_texts", tables.MessageRow, "problem__loan_id", {"complaint": "problem__ref", "text": "text__ref"}
    ),
    CaseTable("proposals", tables.ProposalRow, "id__in"),
    CaseTable("offers", tables.OfferRow, "proposal_id__in", {**_PROPOSAL, "note": "note__ref"}),
    CaseTable("promises", tables.PromiseRow, "proposal_id__in", _PROPOSAL),
    CaseTable("approvals", tables.ApprovalRow),
    CaseTable("bookings", tables.BookingRow, "agreement__proposal_id__in", {"agreement": "agreement__ref"}),
    CaseTable("plan_pauses", tables.PlanPauseRow, "proposal_id__in", _PROPOSAL),
    CaseTable("plan_payments", tables.InstallmentOutcomeRow, "proposal_id__in", _PROPOSAL),
)
"""Of `proposal_id__in` and its like the loan's proposals are asked for."""


async def rows_of_loan(kept: CaseTable, loan_id: int, currency: str) -> AsyncIterator[bytes]:
    """A line of JSON for each row, the oldest first; amounts are decimal strings in the loan's currency."""
    lines = tables.ProposalLineRow.filter(loan_id=loan_id)
    which = await lines.values_list("proposal_id", flat=True) if kept.of.endswith("__in") else loan_id
    async for batch in batches(
        kept.table.filter(**{kept.of: which}), CASE_ROWS_AT_ONCE, "id", *kept.columns, **kept.elsewhere
    ):
        yield b"".join(case_line(_told(row, currency)) for row in batch)


def case_line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_as_text).encode() + b"\n"


def _told(row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith(_MINOR):
            told[name.removesuffix(_MINOR)] = format_amount(value, currency)
        elif name != "id":
            told[name] = json.loads(value) if name in _AS_JSON and value else value
    return told


def _as_text(value: Any) -> str:
    assert isinstance(value, (date, datetime))
    return value.isoformat()
