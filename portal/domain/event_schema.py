"""The published JSON Schema of events: one envelope for all, and the list of what may happen."""

from typing import Any

from portal.domain.event import SCHEMA_VERSION
from portal.domain.negotiation import TRANSITIONS

OTHER_TYPES = (
    "lender.added",
    "policy.set",
    "staff.added",
    "staff.reset",
    "key.added",
    "key.ended",
    "portfolio.imported",
    "loan.added",
    "loan.changed",
    "payment.received",
    "payment.reversed",
    "payment.reported",
    "payment.asked_about",
    "payment.confirmed",
    "payment.not_found",
    "payment.report_withdrawn",
    "invitation.sent",
    "invitation.opened",
    "invitation.ended",
    "consent.given",
    "consent.withdrawn",
    "contact.number_disowned",
    "contact.number_changed",
    "contact.hold_requested",
    "contact.hold_acknowledged",
    "contact.hold_ended",
    "contact.preference_set",
    "complaint.opened",
    "complaint.answered",
    "complaint.extended",
    "complaint.decided",
    "complaint.withdrawn",
    "dispute.opened",
    "dispute.closed",
    "plan.installment_paid",
    "plan.installment_missed",
    "proposal.unanswered",
    "waiver.proposed",
    "borrower.erased",
)


def events_schema() -> dict[str, Any]:
    """JSON Schema 2020-12. Amounts are decimal strings beside a currency; no name and no free text is in an event."""
    types = sorted({edge.event for edge in TRANSITIONS.values()} | set(OTHER_TYPES))
    text = {"type": "string"}
    maybe = {"type": ["string", "null"]}
    properties = {
        "id": text,
        "type": {"enum": types},
        "schema_version": {"const": SCHEMA_VERSION},
        "lender": text,
        "loan_no": text,
        "stream": {"type": "string", "pattern": "^(loan|lender|borrower):[0-9]+$"},
        "seq": {"type": "integer", "minimum": 1},
        "feed": {"type": "integer", "minimum": 1},
        "occurred_at": {"type": "string", "format": "date-time"},
        "business_date": {"type": "string", "format": "date"},
        "actor": {
            "type": "object",
            "properties": {"kind": {"enum": ["borrower", "staff", "lender", "system", "clock"]}, "ref": text},
            "required": ["kind", "ref"],
            "additionalProperties": False,
        },
        "proposal": maybe,
        "version": {"type": ["integer", "null"], "minimum": 1},
        "correlation": text,
        "idempotency_key": maybe,
        "data": {"type": "object"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event of the repayment portal",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
