"""JSON Schemas put together: the kinds of values that events and answers have, and objects of them."""

from typing import Any

Schema = dict[str, Any]

DEFINED_AT = "#/$defs/"
TEXT: Schema = {"type": "string"}
CODED: Schema = {"type": "string", "description": "a code; more of them may come"}
OPAQUE: Schema = {"type": "string", "description": "opaque, of this portal"}
DAY_TEXT: Schema = {"type": "string", "format": "date"}
TIME_TEXT: Schema = {"type": "string", "format": "date-time"}
YES_OR_NO: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
AMOUNT_TEXT: Schema = {"type": "string", "description": "a decimal string with the currency's digits"}
RATE_TEXT: Schema = {"type": "string", "description": "a fraction of one as a decimal string"}


def defined(name: str) -> Schema:
    return {"$ref": f"{DEFINED_AT}{name}"}


def list_of(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def mapped(value: Schema) -> Schema:
    """An object with keys that are no fields."""
    return {"type": "object", "additionalProperties": value}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def each_of(names: tuple[str, ...], schema: Schema) -> Schema:
    """Several fields of one kind."""
    return dict.fromkeys(names, schema)


def fields_of(properties: Schema, *optional: str, description: str = "") -> Schema:
    """An object that has all of these but the optional ones, and may have more."""
    required = [name for name in properties if name not in optional]
    said = {"description": description} if description else {}
    return {"type": "object", **said, "properties": properties, "required": required}
