"""Of what kind the fields of an event's `data` are: JSON Schemas by name, and those that several fields share.

A name means the same in every type of event but in those that are named below for it.
"""

from portal.domain.json_schema import (
    AMOUNT_TEXT,
    CODED,
    DAY_TEXT,
    OPAQUE,
    RATE_TEXT,
    TEXT,
    TIME_TEXT,
    WHOLE,
    YES_OR_NO,
    Schema,
    defined,
    fields_of,
    list_of,
    mapped,
    maybe,
)
from portal.domain.money import COMPONENTS

_BY_COMPONENT: Schema = dict.fromkeys(COMPONENTS, AMOUNT_TEXT)
_LINES = list_of(defined("AllocationLine"))

_PAYER: dict[str, Schema] = {"payment": TEXT, "lender_credit": TEXT, "unmatched": mapped(AMOUNT_TEXT)}
"""Whose money it is, and what its lender stated that it pays and nothing was owed of."""

EVENT_PARTS: dict[str, Schema] = {
    "Amounts": fields_of({**_BY_COMPONENT, "total": AMOUNT_TEXT}, description="by component, and their sum"),
    "AllocationLine": fields_of(
        {"due": TEXT, "component": CODED, "amount": AMOUNT_TEXT, "charge": TEXT},
        "charge",
        description="so much of a payment paid this of a due, or the charge that hangs on it",
    ),
    "MovedPayment": fields_of(
        {**_PAYER, "old": _LINES, "new": _LINES},
        *_PAYER,
        description="what a payment, or a credit of the lender's, paid before, and pays now",
    ),
    "PayingNow": fields_of(
        {**_PAYER, "lines": _LINES},
        *_PAYER,
        description="what a payment, or a credit of the lender's, pays by what is known now",
    ),
    "FinalWaiver": fields_of(
        {"agreement": OPAQUE, "vested": defined("Amounts")},
        description="what of the waiver of a plan that had ended is final since",
    ),
    "ReplacedPlan": fields_of(
        {"agreement": OPAQUE, "vested": defined("Amounts"), "claw_back": defined("Amounts")},
        description="the plan that ends with this one, and what of its waiver is final",
    ),
    "MovedDue": fields_of(
        {"due": TEXT, "due_on": DAY_TEXT, "to": DAY_TEXT, "amount": AMOUNT_TEXT},
        "to",
        description="a due that falls in a pause, and the day it moves to",
    ),
    "PaidBy": fields_of(
        {"payment": TEXT, "amount": AMOUNT_TEXT}, description="so much of a due came from this payment"
    ),
    "TakenIn": fields_of({"due": TEXT, **_BY_COMPONENT}, description="what an agreement took in of a due"),
    "PlanRow": fields_of(
        {
            "no": WHOLE,
            "due_on": DAY_TEXT,
            "days": WHOLE,
            **dict.fromkeys(("principal", "interest", "plan_interest", "total", "balance"), AMOUNT_TEXT),
            "components": fields_of(_BY_COMPONENT),
        },
        description="one payment of a plan; 0 is the first sum",
    ),
    "Offer": fields_of(
        {
            "kind": CODED,
            "covers": CODED,
            "installments": maybe(WHOLE),
            "amount": maybe(AMOUNT_TEXT),
            "every": TEXT,
            "first_due": DAY_TEXT,
            "down_payment": AMOUNT_TEXT,
            "interest_rate": RATE_TEXT,
            "interest_only": WHOLE,
            "round_to": AMOUNT_TEXT,
            "standing_offer": TEXT,
            "waiver": mapped(AMOUNT_TEXT),
            "reason": TEXT,
            "pause": fields_of({"scope": CODED, "interest": CODED}),
            "within": OPAQUE,
        },
        "pause",
        "within",
        "interest_only",
        "round_to",
        "standing_offer",
        description="what one side offers",
    ),
    "NearestYes": fields_of(
        {
            "offer": defined("Offer"),
            "each": AMOUNT_TEXT,
            "total": AMOUNT_TEXT,
            "last_due_on": DAY_TEXT,
            "valid_until": DAY_TEXT,
        },
        description="the offer that is accepted at once if it comes back unchanged by its date",
    ),
    "TermDifference": fields_of(
        {"term": TEXT, "asked": {}, "offered": {}}, description="where a counter-offer departs"
    ),
    "Slips": fields_of(
        {"cure_days": WHOLE, "within": WHOLE, "telling_days": WHOLE, "contract": CODED},
        "telling_days",
        "contract",
        description="how a missed payment is caught up, as it was signed",
    ),
    "Vesting": fields_of({"installments": WHOLE, "rounding": CODED}, description="how what is waived becomes final"),
    "NoteRef": fields_of(
        {"ref": OPAQUE, "hash": TEXT}, description="a text that is not in the event, by its salted hash"
    ),
    "Parties": fields_of({"added": list_of(TEXT), "left": list_of(TEXT)}, description="the lender's ids of borrowers"),
}
"""Kinds with a name of their own."""

_BY_FIELD: Schema = {"type": "object", "description": "by the names in `fields`"}
_KINDS: tuple[tuple[Schema, tuple[str, ...]], ...] = (
    (AMOUNT_TEXT, ("amount", "credit", "interest_added", "left", "principal", "received", "remaining")),
    (defined("Amounts"), ("balance", "claw_back", "owed", "stated", "computed", "vested", "waived")),
    (maybe(defined("Amounts")), ("allocated",)),
    (
        DAY_TEXT,
        (
            *(
                "answer_by",
                "as_of",
                "broken_on",
                "completed_on",
                "cure_by",
                "decide_by",
                "disbursed_on",
                "due_on",
                "ended_on",
            ),
            *("expires_on", "from", "hold_until", "look_by", "on", "paid_on", "received_on", "settled_on"),
        ),
    ),
    (maybe(DAY_TEXT), ("breaks_on", "decided_by", "until")),
    (DAY_TEXT, ("day",)),
    (TIME_TEXT, ("again_at", "expires_at", "made_at")),
    (maybe(TIME_TEXT), ("allowed_from",)),
    (WHOLE, ("from_hour", "no", "openings", "policy_version", "read_seconds", "restored_to", "to_hour", "wrong_tries")),
    (WHOLE, ("added", "changed", "stale", "unchanged")),
    (WHOLE, ("after", "events", "position")),
    (maybe(WHOLE), ("installment", "kept_days", "plan_installment", "seconds")),
    (YES_OR_NO, ("against", "hold_requested", "income_told", "interest_runs", "tolerated", "within")),
    (list_of(CODED), ("components", "differs", "fields", "purposes", "types")),
    (OPAQUE, ("agreement", "approval", "by", "hold", "invitation", "key", "problem", "proposed_by", "report", "staff")),
    (OPAQUE, ("contact", "epoch", "event", "through", "varies", "visit", "webhook")),
    (TEXT, ("borrower", "charge", "core_id", "currency", "document_hash", "notice", "payment", "reverses", "snapshot")),
    (CODED, ("before", "channel", "ended_for", "ground", "kind", "outcome", "purpose", "reports", "role", "scope")),
    (CODED, ("interest", "then", "timezone", "why", "checked", "checked_again", "due")),
    (maybe(CODED), ("about", "cause", "complaint_route", "component", "reason", "together")),
    (maybe(defined("NoteRef")), ("note",)),
    (_LINES, ("allocation", "counted")),
    (mapped(AMOUNT_TEXT), ("unmatched",)),
    (list_of(defined("PayingNow")), ("allocations",)),
    (list_of(defined("FinalWaiver")), ("final",)),
    (maybe(defined("ReplacedPlan")), ("replaces",)),
    (list_of(defined("MovedPayment")), ("moved",)),
    (list_of(defined("PaidBy")), ("paid_by",)),
    (list_of(defined("MovedDue")), ("still_due",)),
    (maybe(TEXT), ("interest_on",)),
    (list_of(defined("PlanRow")), ("schedule",)),
    (list_of(defined("TakenIn")), ("taken_in", "took")),
    (list_of(defined("TermDifference")), ("differences",)),
    (defined("Offer"), ("offer",)),
    (maybe(defined("NearestYes")), ("nearest_yes",)),
    (defined("Slips"), ("slips",)),
    (maybe(defined("Vesting")), ("vesting",)),
    (defined("Parties"), ("parties",)),
    (_BY_FIELD, ("new", "old")),
)
EVENT_FIELDS: dict[str, Schema] = {name: schema for schema, names in _KINDS for name in names}
"""By name."""

_OF_TYPE: dict[str, dict[str, Schema]] = {
    "contact.allowed": {"until": TIME_TEXT},
    "credit.corrected": {"credit": TEXT},
    "credit.withdrawn": {"credit": TEXT},
    "plan.broken": {"kept": WHOLE},
    "plan.differs": {"changed": list_of(CODED), "taken_in": defined("Amounts")},
    "plan.paused": {"moved": list_of(defined("MovedDue"))},
    "plan.resumed": {"moved": list_of(defined("MovedDue"))},
    "plan.reinstated": {"cure_by": maybe(DAY_TEXT)},
    "plan.reopened": {"cure_by": maybe(DAY_TEXT)},
    "erasure.reported": {"due": WHOLE, "kept": mapped(WHOLE)},
    "proposal.countered": {"allocation": list_of(CODED)},
    "proposal.offered": {"allocation": list_of(CODED)},
}
"""Where a field of a type is of another kind than elsewhere."""

AT_TIMES: dict[str, tuple[str, ...]] = {
    "borrower.erased": ("ground",),
    "complaint.decided": ("cause",),
    "complaint.opened": ("contact",),
    "key.added": ("expires_at",),
    "loan.changed": ("allocations", "credit", "parties"),
    "payment.corrected": ("final",),
    "payment.received": ("final", "installment", "plan_installment", "purpose", "then", "unmatched"),
    "payment.refunded": ("final",),
    "payment.reversed": ("amount", "final"),
    "payment.withdrawn": ("final",),
    "plan.broken": ("counted", "took"),
    "plan.completed": ("counted", "took"),
    "plan.differs": ("counted", "took"),
    "plan.paused": ("agreement", "note"),
    "plan.reinstated": ("counted", "took"),
    "plan.reopened": ("counted", "took"),
    "proposal.accepted": ("balance", "expires_on", "note", "policy_version"),
    "proposal.submitted": ("income_told",),
    "proposal.under_review": ("decide_by", "note", "why"),
}
"""What an event of a type may have beside what each of them has."""

BY_STAFF = frozenset(
    {
        *("complaint.answered", "complaint.decided", "complaint.extended", "dispute.closed"),
        *("contact.hold_ended", "contact.hold_requested", "payment.confirmed", "payment.not_found"),
        *("proposal.accepted", "proposal.countered", "proposal.declined", "proposal.info_requested"),
        *("proposal.under_review", "waiver.proposed"),
    }
)
"""What one of the staff may do through the lender's own system: the event tells the ref of its key, in `through`."""


def field_schema(kind: str, name: str) -> Schema:
    """Of one field of one type of event; anything, where nobody has said yet what it is."""
    return _OF_TYPE.get(kind, {}).get(name) or EVENT_FIELDS.get(name, {})
