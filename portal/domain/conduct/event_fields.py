"""Of what kind the fields of an event's `data` are: JSON Schemas by name, and those that several fields share.

A name means the same in every type of event but in those that `OF_TYPE` names.
"""

from typing import Any

from portal.domain.money import COMPONENTS

Schema = dict[str, Any]

_DEFINED_AT = "#/$defs/"
TEXT: Schema = {"type": "string"}
CODE: Schema = {"type": "string", "description": "a code; more of them may come"}
REF: Schema = {"type": "string", "description": "opaque, of this portal"}
DAY: Schema = {"type": "string", "format": "date"}
AT: Schema = {"type": "string", "format": "date-time"}
YES: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer"}
AMOUNT: Schema = {"type": "string", "description": "a decimal string with the currency's digits"}
RATE: Schema = {"type": "string", "description": "a fraction of one as a decimal string"}


def defined(name: str) -> Schema:
    return {"$ref": f"{_DEFINED_AT}{name}"}


def listed(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def fields_of(properties: Schema, *optional: str, description: str = "") -> Schema:
    """An object that has all of these but the optional ones, and may have more."""
    required = [name for name in properties if name not in optional]
    said = {"description": description} if description else {}
    return {"type": "object", **said, "properties": properties, "required": required}


_BY_COMPONENT: Schema = dict.fromkeys(COMPONENTS, AMOUNT)
_LINES = listed(defined("AllocationLine"))

DEFINED: dict[str, Schema] = {
    "Amounts": fields_of({**_BY_COMPONENT, "total": AMOUNT}, description="by component, and their sum"),
    "AllocationLine": fields_of(
        {"due": TEXT, "component": CODE, "amount": AMOUNT}, description="so much of a payment paid this of a due"
    ),
    "MovedPayment": fields_of(
        {"payment": TEXT, "old": _LINES, "new": _LINES}, description="what a payment paid before, and pays now"
    ),
    "PaidBy": fields_of({"payment": TEXT, "amount": AMOUNT}, description="so much of a due came from this payment"),
    "TakenIn": fields_of({"due": TEXT, **_BY_COMPONENT}, description="what an agreement took in of a due"),
    "PlanRow": fields_of(
        {
            "no": COUNT,
            "due_on": DAY,
            "days": COUNT,
            **dict.fromkeys(("principal", "interest", "plan_interest", "total", "balance"), AMOUNT),
            "components": fields_of(_BY_COMPONENT),
        },
        description="one payment of a plan; 0 is the first sum",
    ),
    "Offer": fields_of(
        {
            "kind": CODE,
            "covers": CODE,
            "installments": maybe(COUNT),
            "amount": maybe(AMOUNT),
            "every": TEXT,
            "first_due": DAY,
            "down_payment": AMOUNT,
            "interest_rate": RATE,
            "interest_only": COUNT,
            "round_to": AMOUNT,
            "waiver": {"type": "object", "additionalProperties": AMOUNT},
            "reason": TEXT,
        },
        "interest_only",
        "round_to",
        description="what one side offers",
    ),
    "NearestYes": fields_of(
        {"offer": defined("Offer"), "each": AMOUNT, "total": AMOUNT, "last_due_on": DAY, "valid_until": DAY},
        description="the offer that is accepted at once if it comes back unchanged by its date",
    ),
    "TermDifference": fields_of(
        {"term": TEXT, "asked": {}, "offered": {}}, description="where a counter-offer departs"
    ),
    "Slips": fields_of(
        {"cure_days": COUNT, "within": COUNT, "telling_days": COUNT, "contract": CODE},
        "telling_days",
        "contract",
        description="how a missed payment is caught up, as it was signed",
    ),
    "Vesting": fields_of({"installments": COUNT, "rounding": CODE}, description="how what is waived becomes final"),
    "NoteRef": fields_of({"ref": REF, "hash": TEXT}, description="a text that is not in the event, by its salted hash"),
    "Parties": fields_of({"added": listed(TEXT), "left": listed(TEXT)}, description="the lender's ids of borrowers"),
}
"""Kinds with a name of their own."""

_BY_FIELD: Schema = {"type": "object", "description": "by the names in `fields`"}
_KINDS: tuple[tuple[Schema, tuple[str, ...]], ...] = (
    (AMOUNT, ("amount", "credit", "left", "received", "remaining")),
    (defined("Amounts"), ("balance", "claw_back", "owed", "stated", "computed", "vested", "waived")),
    (maybe(defined("Amounts")), ("allocated",)),
    (
        DAY,
        (
            *("answer_by", "as_of", "broken_on", "completed_on", "cure_by", "decide_by", "due_on", "ended_on"),
            *("expires_on", "from", "hold_until", "look_by", "on", "paid_on", "received_on", "settled_on"),
        ),
    ),
    (maybe(DAY), ("breaks_on", "until")),
    (AT, ("again_at", "expires_at")),
    (COUNT, ("due_count", "from_hour", "no", "openings", "policy_version", "read_seconds", "to_hour", "wrong_tries")),
    (COUNT, ("added", "changed", "stale", "unchanged")),
    (maybe(COUNT), ("installment", "kept_days", "plan_installment")),
    (YES, ("hold_requested", "interest_runs", "within")),
    (listed(CODE), ("components", "differs", "fields", "purposes")),
    (
        REF,
        (
            *("agreement", "approval", "borrower", "by", "hold", "invitation", "key", "problem", "report", "staff"),
            *("proposed_by", "core_id", "payment", "reverses", "currency", "notice", "snapshot", "document_hash"),
        ),
    ),
    (CODE, ("before", "channel", "ended_for", "ground", "kind", "outcome", "purpose", "reports", "role", "scope")),
    (CODE, ("then", "timezone", "why", "checked", "checked_again", "due")),
    (maybe(CODE), ("about", "complaint_route", "component", "reason", "together")),
    (maybe(defined("NoteRef")), ("note",)),
    (_LINES, ("allocation",)),
    (listed(defined("MovedPayment")), ("moved",)),
    (listed(defined("PaidBy")), ("paid_by",)),
    (listed(defined("PlanRow")), ("schedule",)),
    (listed(defined("TakenIn")), ("taken_in",)),
    (listed(defined("TermDifference")), ("differences",)),
    (defined("Offer"), ("offer",)),
    (maybe(defined("NearestYes")), ("nearest_yes",)),
    (defined("Slips"), ("slips",)),
    (maybe(defined("Vesting")), ("vesting",)),
    (defined("Parties"), ("parties",)),
    (_BY_FIELD, ("new", "old")),
)
FIELDS: dict[str, Schema] = {name: schema for schema, names in _KINDS for name in names}
"""By name."""

OF_TYPE: dict[str, dict[str, Schema]] = {
    "plan.broken": {"kept": COUNT},
    "plan.differs": {"changed": listed(CODE), "taken_in": defined("Amounts")},
    "plan.reinstated": {"cure_by": maybe(DAY)},
    "plan.reopened": {"cure_by": maybe(DAY)},
    "erasure.reported": {"due": COUNT, "kept": {"type": "object", "additionalProperties": COUNT}},
    "proposal.countered": {"allocation": listed(CODE)},
}
"""Where a field of a type is of another kind than elsewhere."""

OPTIONAL: dict[str, tuple[str, ...]] = {
    "borrower.erased": ("ground",),
    "key.added": ("expires_at",),
    "loan.changed": ("parties",),
    "payment.received": ("installment", "plan_installment", "purpose", "then"),
    "payment.reversed": ("amount",),
    "plan.paused": ("note",),
    "proposal.accepted": ("balance", "expires_on", "note", "policy_version"),
    "proposal.under_review": ("decide_by", "note", "why"),
}
"""What an event of a type may have beside what each of them has."""


def field_schema(kind: str, name: str) -> Schema:
    """Of one field of one type of event; anything, where nobody has said yet what it is."""
    return OF_TYPE.get(kind, {}).get(name) or FIELDS.get(name, {})
