"""Events as named schemas: one of each type, told apart by `type`, and one for those that come later."""

from portal.domain.conduct.event_fields import EVENT_PARTS
from portal.domain.conduct.event_schema import data_schema, event_types, events_schema
from portal.domain.json_schema import DEFINED_AT, TEXT, Schema, defined


def event_schemas() -> dict[str, Schema]:
    envelope = dict(events_schema()["properties"])
    actor = envelope["actor"]
    envelope["actor"], envelope["schema_version"] = defined("Actor"), {"type": "integer", "minimum": 1}
    found: dict[str, Schema] = {"Actor": actor, **EVENT_PARTS}
    for kind in event_types():
        name = event_name(kind)
        found[f"{name}Data"] = data_schema(kind)
        found[name] = _event(envelope, {"type": "string", "const": kind}, defined(f"{name}Data"))
    later = {**TEXT, "not": {"enum": event_types()}}
    found["LaterEvent"] = _event(envelope, later, {"type": "object"}) | {
        "description": "of a type that this document does not know: pass it over"
    }
    found["Event"] = {
        "anyOf": [defined(name) for name in (*map(event_name, event_types()), "LaterEvent")],
        "discriminator": {
            "propertyName": "type",
            "mapping": {kind: f"{DEFINED_AT}{event_name(kind)}" for kind in event_types()},
        },
    }
    return found


def event_name(kind: str) -> str:
    """`plan.installment_paid` is PlanInstallmentPaid."""
    return "".join(word.capitalize() for word in kind.replace(".", "_").split("_"))


def _event(envelope: Schema, kind: Schema, data: Schema) -> Schema:
    properties = {**envelope, "type": kind, "data": data}
    return {"type": "object", "properties": properties, "required": list(properties)}
