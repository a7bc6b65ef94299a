"""The published JSON Schema of events: one envelope for all, and by type what its data has."""

from typing import Any

from portal.domain.conduct.event_fields import AT_TIMES, BY_STAFF, EVENT_PARTS, field_schema
from portal.domain.event import SCHEMA_VERSIONS
from portal.domain.json_schema import Schema
from portal.domain.restructuring.negotiation import TRANSITIONS

_SHOWN = ("as_of", "currency", "offer", "schedule", "waived")
"""What tells of an offer as it was shown."""
_PAID = ("allocations", "credit")
"""What each payment pays by what is known now, and what is paid ahead in all."""

DATA: dict[str, tuple[str, ...]] = {
    "agreement.booking_failed": ("reason",),
    "agreement.signed": (
        *_SHOWN,
        "agreement",
        "document_hash",
        "interest_runs",
        "policy_version",
        "read_seconds",
        "reports",
        "slips",
        "vesting",
    ),
    "borrower.changed": ("fields",),
    "borrower.erased": ("kept_days",),
    "charge.corrected": ("charge", "currency", "new", "old"),
    "charge.withdrawn": ("charge", "currency", "old"),
    "complaint.answered": (),
    "complaint.decided": ("complaint_route", "note", "outcome", "problem", "reason"),
    "complaint.extended": ("answer_by", "note", "problem"),
    "complaint.opened": ("answer_by", "component", "kind", "note", "problem"),
    "complaint.withdrawn": ("problem",),
    "consent.given": ("notice",),
    "consent.withdrawn": ("borrower",),
    "contact.allowed": ("channel", "contact", "key", "until"),
    "contact.hold_acknowledged": ("about", "hold", "reason", "scope", "until"),
    "contact.hold_ended": ("about", "ended_for", "hold", "reason", "scope", "until"),
    "contact.hold_requested": ("about", "hold", "reason", "scope", "until"),
    "contact.number_changed": ("approval", "checked", "checked_again", "proposed_by"),
    "contact.number_disowned": (),
    "contact.number_proposed": ("approval", "checked"),
    "contact.number_rejected": ("approval", "proposed_by"),
    "contact.preference_set": ("borrower", "channel", "from_hour", "timezone", "to_hour"),
    "contact.refused": ("allowed_from", "channel", "contact", "decided_by", "key", "reason"),
    "contact.told": ("against", "contact", "made_at", "outcome", "seconds"),
    "credit.corrected": ("credit", "currency", "new", "old"),
    "credit.withdrawn": ("credit", "currency", "old"),
    "dispute.closed": ("components", "outcome", "problem", "until"),
    "dispute.opened": ("components", "from", "problem"),
    "erasure.reported": ("due", "kept", "kept_days"),
    "feed.restored": ("before", "epoch", "restored_to"),
    "invitation.ended": ("invitation", "wrong_tries"),
    "invitation.opened": ("invitation",),
    "invitation.sent": ("invitation",),
    "key.added": ("key", "purposes"),
    "key.ended": ("key",),
    "lender.added": ("kind",),
    "lender.changed": ("fields", "new", "old"),
    "loan.added": ("snapshot",),
    "loan.changed": ("snapshot",),
    "payment.asked_about": ("look_by", "reason", "report"),
    "payment.confirmed": ("payment", "report"),
    "payment.corrected": ("credit", "currency", "moved", "new", "old", "payment"),
    "payment.not_found": ("report",),
    "payment.received": ("allocated", "amount", "currency", "payment", "received_on"),
    "payment.refunded": ("amount", "credit", "currency", "moved", "payment", "received_on"),
    "payment.report_withdrawn": ("report",),
    "payment.reported": ("amount", "currency", "installment", "look_by", "paid_on", "report"),
    "payment.reversed": ("currency", "payment", "received_on", "reverses"),
    "payment.withdrawn": ("credit", "currency", "moved", "old", "payment"),
    "personal.refused": ("again_at", "openings", "staff"),
    "plan.activated": ("agreement", "core_id"),
    "plan.broken": ("balance", "broken_on", "claw_back", "currency", "kept", "vested"),
    "plan.completed": ("completed_on", "currency", "received", "waived"),
    "plan.cured": (),
    "plan.differs": ("agreement", "as_of", "changed", "currency", "owed", "taken_in"),
    "plan.ended": ("currency", "ended_on", "reason", "received"),
    "plan.installment_missed": ("amount", "cure_by", "currency", "due_on", "left", "no", "received", "remaining"),
    "plan.installment_paid": ("amount", "currency", "due_on", "no", "received", "remaining", "settled_on", "vested"),
    "plan.paused": ("from", "until", "within"),
    "plan.reinstated": ("balance", "breaks_on", "currency", "cure_by", "remaining"),
    "plan.reopened": ("balance", "breaks_on", "currency", "cure_by", "remaining"),
    "plan.resumed": ("on",),
    "plan.strained": ("cure_by",),
    "plan.superseded": ("agreement", "by"),
    "plan.varied": ("agreement", "core_id", "varies"),
    "policy.proposed": ("approval",),
    "policy.rejected": ("approval",),
    "policy.set": ("policy_version",),
    "policy.withdrawn": ("approval",),
    "portfolio.imported": ("added", "changed", "stale", "unchanged"),
    "proposal.accepted": _SHOWN,
    "proposal.countered": (*_SHOWN, "allocation", "balance", "differences", "expires_on", "note"),
    "proposal.declined": ("complaint_route", "hold_until", "nearest_yes", "note", "reason"),
    "proposal.expired": ("until",),
    "proposal.income_taken_back": (),
    "proposal.info_provided": ("decide_by", "note"),
    "proposal.info_requested": ("answer_by", "note"),
    "proposal.offered": (*_SHOWN, "allocation", "balance", "expires_on", "note"),
    "proposal.submitted": (*_SHOWN, "balance", "decide_by", "hold_requested", "note", "together"),
    "proposal.turned_down": ("note",),
    "proposal.unanswered": ("components", "decide_by"),
    "proposal.under_review": (),
    "proposal.withdrawn": ("note",),
    "staff.added": ("role", "staff"),
    "staff.ended": ("staff",),
    "staff.reset": ("staff",),
    "staff.role_changed": ("before", "role", "staff"),
    "statement.agrees": ("as_of", "components"),
    "statement.differs": ("as_of", "components", "currency", "differs", "stated"),
    "visit.appointed": ("day", "from_hour", "note", "timezone", "to_hour", "visit"),
    "visit.withdrawn": ("day", "from_hour", "to_hour", "visit"),
    "waiver.proposed": ("currency", "waived"),
    "waiver.rejected": (),
    "waiver.withdrawn": (),
    "webhook.added": ("after", "types", "webhook"),
    "webhook.changed": ("fields", "webhook"),
    "webhook.removed": ("webhook",),
    "webhook.replayed": ("after", "events", "webhook"),
    "webhook.rotated": ("expires_at", "webhook"),
    "webhook.skipped": ("event", "position", "webhook"),
    "webhook.started": ("webhook",),
    "webhook.stopped": ("webhook",),
}
"""What every event of a type has in `data`; more may stand there."""
ADDED: dict[str, tuple[str, ...]] = {
    "agreement.booking_failed": _PAID,
    "agreement.signed": (*_PAID, "counted", "replaces", "taken_in", "took"),
    "loan.added": ("currency", "disbursed_on", "principal"),
    "loan.changed": ("currency", "fields", "new", "old"),
    "payment.received": ("allocation", "credit", "moved"),
    "payment.reported": ("plan_installment",),
    "payment.reversed": ("credit", "moved"),
    "plan.broken": _PAID,
    "plan.completed": _PAID,
    "plan.installment_missed": ("due",),
    "plan.installment_paid": ("due", "paid_by"),
    "plan.paused": ("currency", "interest", "interest_added", "interest_on", "moved", "scope", "still_due"),
    "plan.reinstated": _PAID,
    "plan.reopened": _PAID,
    "plan.strained": ("breaks_on",),
    "statement.agrees": ("computed", "currency", "stated"),
    "statement.differs": ("computed", "tolerated"),
}
"""What version 2 of a type has beyond that; the feed goes on giving events of version 1 as they were."""


def events_schema() -> dict[str, Any]:
    """JSON Schema 2020-12. Amounts are decimal strings beside a currency; no name and no free text is in an event."""
    text = {"type": "string"}
    maybe = {"type": ["string", "null"]}
    properties = {
        "id": text,
        "type": {"enum": event_types()},
        "schema_version": {"type": "integer", "minimum": 1, "maximum": max(SCHEMA_VERSIONS.values())},
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
        "$defs": EVENT_PARTS,
        "allOf": [
            *(_of_type({"type": {"const": kind}}, data_schema(kind)) for kind in event_types()),
            *(_of_second_version(kind, names) for kind, names in ADDED.items()),
        ],
    }


def event_types() -> list[str]:
    return sorted({edge.event for edge in TRANSITIONS.values()} | set(DATA))


def data_schema(kind: str) -> Schema:
    """What `data` is in events of a type, of every version."""
    always = DATA.get(kind, ())
    through = ("through",) if kind in BY_STAFF else ()
    names = {*always, *ADDED.get(kind, ()), *AT_TIMES.get(kind, ()), *through}
    properties = {name: field_schema(kind, name) for name in sorted(names)}
    return {"type": "object", "properties": properties, "required": sorted(always)}


def _of_second_version(kind: str, names: tuple[str, ...]) -> Schema:
    of_it = {"type": {"const": kind}, "schema_version": {"const": 2}}
    return _of_type(of_it, {"type": "object", "required": sorted(names)})


def _of_type(of_it: Schema, data: Schema) -> Schema:
    return {"if": {"properties": of_it}, "then": {"properties": {"data": data}}}
