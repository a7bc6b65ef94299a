"""An event is what happened, in bytes that never change: chained, stored, shown as history and given to the lender.

No name, free text or income detail is in an event: a text goes by reference and salted hash.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

SCHEMA_VERSIONS = {
    "agreement.booking_failed": 2,
    "agreement.signed": 2,
    "loan.added": 2,
    "loan.changed": 2,
    "payment.received": 2,
    "payment.reported": 2,
    "payment.reversed": 2,
    "plan.broken": 2,
    "plan.completed": 2,
    "plan.installment_missed": 2,
    "plan.installment_paid": 2,
    "plan.paused": 2,
    "plan.reinstated": 2,
    "plan.reopened": 2,
    "plan.strained": 2,
    "statement.agrees": 2,
    "statement.differs": 2,
}
"""Of the types whose data has changed, by which version it is told now; all others are at their first."""
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: `kind` is borrower, staff, lender, system or clock; `ref` is opaque and names nobody."""

    kind: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event before it has a place in a stream. `facts` hold codes, dates and decimal strings only."""

    type: str
    actor: Actor
    facts: Mapping[str, object] = field(default_factory=dict)
    proposal: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where and when an event stands: the stream, its number in it, and its position in the lender's feed."""

    stream: str
    seq: int
    feed: int
    lender: str
    loan_no: str
    occurred_at: datetime
    business_date: date
    correlation: str
    key: str = ""


def canonical(event_id: str, happening: NewEvent, place: Envelope) -> bytes:
    """The bytes that are stored, chained, signed and sent: UTF-8 JSON, keys sorted, no spaces."""
    body = {
        "id": event_id,
        "type": happening.type,
        "schema_version": SCHEMA_VERSIONS.get(happening.type, 1),
        "lender": place.lender,
        "loan_no": place.loan_no,
        "stream": place.stream,
        "seq": place.seq,
        "feed": place.feed,
        "occurred_at": place.occurred_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "business_date": place.business_date.isoformat(),
        "actor": {"kind": happening.actor.kind, "ref": happening.actor.ref},
        "proposal": happening.proposal or None,
        "version": happening.version or None,
        "correlation": place.correlation,
        "idempotency_key": place.key or None,
        "data": dict(happening.facts),
    }
    return canonical_text(body).encode()


def canonical_text(value: object) -> str:
    """Keys sorted, no spaces, in one spelling for ever: what is hashed or signed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(previous: str, body: bytes) -> str:
    """The hash that chains an event to the one before it in its stream (SHA-256, hexadecimal)."""
    return hashlib.sha256(previous.encode() + b"\n" + body).hexdigest()


def salted_hash(salt: bytes, text: str) -> str:
    """How a text is named in an event without being in it."""
    return hashlib.sha256(salt + text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class BusinessTime:
    """When something is done: `at` in UTC, and the business day it falls on in the lender's time zone."""

    at: datetime
    today: date
