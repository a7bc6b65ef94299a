"""What the API takes, as named schemas: from the same shapes that read the requests."""

from typing import Any

from pydantic.json_schema import models_json_schema

from portal.domain.json_schema import TEXT, YES_OR_NO, Schema, defined, list_of
from portal.intake.shape import LoanShape, PaymentLine
from portal.jobs.invitations import MOST_AT_ONCE
from portal.web.api.booking import Booking
from portal.web.api.claims import ClaimAnswer
from portal.web.api.complaints import ComplaintAnswer
from portal.web.api.contacts import ContactQuestionShape, ContactReportShape
from portal.web.api.decisions import Decision
from portal.web.api.holds import HoldAnswer
from portal.web.api.invitations import Wanted
from portal.web.api.webhooks import NewWebhook, ReplayFrom, WebhookChange

_NAMES = {"AmountsShape": "StatedAmounts", "LoanShape": "LoanRow", "OfferShape": "OfferToDraw"}
_EITHER = ("Booking", "HoldAnswer", "Wanted")
"""Shapes that are one of two, by one field: each of the two has a name of its own."""


def shape_schemas() -> dict[str, Schema]:
    """By name. What is a list, or one of two, is named too, so that no schema stands inside another."""
    shapes = (
        *(LoanShape, PaymentLine, Booking, HoldAnswer, Wanted, Decision, ComplaintAnswer, ClaimAnswer),
        *(NewWebhook, WebhookChange, ReplayFrom, ContactQuestionShape, ContactReportShape),
    )
    _, found = models_json_schema([(each, "validation") for each in shapes])
    read: dict[str, Schema] = {_name(name): _plain(each) for name, each in found["$defs"].items()}
    booking, hold, wanted = (read.pop(name) for name in _EITHER)
    return {
        **read,
        "Portfolio": _wrapped("loans", "LoanRow"),
        "Payments": _wrapped("payments", "PaymentLine"),
        "Booked": _one_of_two(booking, "booked", "core_id", "reason"),
        "NotBooked": _one_of_two(booking, "refused", "reason", "core_id"),
        "HoldAcknowledged": _one_of_two(hold, "acknowledged", "", "reason"),
        "HoldEnded": _one_of_two(hold, "ended", "reason", ""),
        "InvitedLoans": _kept(wanted, "loans", description="Links for these loans.", loans={"minItems": 1}),
        "InvitedOverdue": _overdue(wanted),
    }


def body_schema(*names: str, discriminator: str = "") -> Schema:
    """One of these; with one name it is just that."""
    refs = [defined(name) for name in names]
    if len(refs) == 1:
        return refs[0]
    return {"anyOf": refs, **({"discriminator": {"propertyName": discriminator}} if discriminator else {})}


def _wrapped(name: str, row: str) -> Schema:
    rows = list_of(defined(row))
    return {"type": "object", "properties": {name: rows}, "required": [name], "additionalProperties": False}


def _one_of_two(shape: Schema, outcome: str, needed: str, absent: str) -> Schema:
    """`absent` may stand there and be empty."""
    fields = dict(shape["properties"])
    fields["outcome"] = {"type": "string", "const": outcome}
    if needed:
        fields[needed] = {**_without_default(fields[needed]), "minLength": 1}
    if absent:
        fields[absent] = {"type": "string", "maxLength": 0, "description": "empty, or left out"}
    required = ["outcome", *([needed] if needed else [])]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _overdue(wanted: Schema) -> Schema:
    said = "Links for all that are overdue and whose borrower is to be told, or for a part of them."
    kept = _kept(wanted, "overdue", "product", "days_late", "limit", description=said)
    kept["properties"]["overdue"] = {**YES_OR_NO, "description": "true"}
    kept["properties"]["limit"] = {"type": "integer", "minimum": 1, "maximum": MOST_AT_ONCE}
    kept["properties"]["days_late"] = {"type": "integer", "minimum": 1, "maximum": 9999}
    return {**kept, "required": ["overdue"]}


def _kept(shape: Schema, *names: str, description: str, **more: Schema) -> Schema:
    fields = {name: {**_without_default(shape["properties"][name]), **more.get(name, {})} for name in names}
    named = {"description": description, "properties": fields, "required": list(more)}
    return {"type": "object", **named, "additionalProperties": False}


def _without_default(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if name != "default"}


def _name(shape: str) -> str:
    return _NAMES.get(shape, shape.removesuffix("Shape"))


def _plain(node: Any) -> Any:
    """Without titles, which name nothing, and without defaults that are objects, which generators cannot write."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    found: dict[str, Any] = {}
    for name, value in node.items():
        if name == "$ref":
            found[name] = defined(_name(value.rpartition("/")[2]))["$ref"]
        elif not (name == "title" and isinstance(value, str)) and not (name == "default" and _is_nested(value)):
            found[name] = _plain(value)
    return found


def _is_nested(value: Any) -> bool:
    return value is None or isinstance(value, dict | list)


LINES_BODY: Schema = {**TEXT, "format": "binary", "description": "JSON Lines: one such object a line, UTF-8"}
