"""Just enough of JSON Schema 2020-12 to hold ours to what they promise; a keyword it does not know is an error."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from portal.domain.conduct.event_schema import events_schema

WORDS = {"$schema", "$defs", "title", "description", "default", "format", "examples"}
INSIDE = {"properties", "items", "additionalProperties", "allOf", "if", "then"}
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


@cache
def event_problems(body: bytes) -> list[str]:
    """What is wrong with an event as it is stored. A body that was judged once, as those of the stage are, is known."""
    told = json.loads(body)
    return [f"{told['type']}, {each}" for each in problems(events_schema(), told)]


def problems(schema: dict[str, Any], value: object) -> list[str]:
    """What is wrong with the value. Raises KeyError for a keyword that nobody taught this module."""
    for name, part in schema.get("$defs", {}).items():
        list(_problems(schema, part, {}, name))
    return list(_problems(schema, schema, value, "$"))


def _problems(root: dict[str, Any], schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    for keyword, said in schema.items():
        if keyword not in WORDS | INSIDE and not _keeps(root, keyword, said, value):
            yield f"{at}: {keyword} {said}"
    yield from _conditions(root, schema, value, at)
    if isinstance(value, list) and "items" in schema:
        for number, each in enumerate(value):
            yield from _problems(root, schema["items"], each, f"{at}[{number}]")
    if isinstance(value, dict) and "properties" in schema:
        yield from _members(root, schema, value, at)


def _conditions(root: dict[str, Any], schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    for each in schema.get("allOf", ()):
        yield from _problems(root, each, value, at)
    if "if" in schema and not list(_problems(root, schema["if"], value, at)):
        yield from _problems(root, schema["then"], value, at)


def _keeps(root: dict[str, Any], keyword: str, said: Any, value: Any) -> bool:
    if keyword == "$ref":
        return not list(_problems(root, root["$defs"][said.removeprefix("#/$defs/")], value, said))
    if keyword == "anyOf":
        return any(not list(_problems(root, each, value, "")) for each in said)
    return RULES[keyword](said, value)


def _members(root: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], at: str) -> Iterator[str]:
    for name, each in value.items():
        if name in schema["properties"]:
            yield from _problems(root, schema["properties"][name], each, f"{at}.{name}")
        elif schema.get("additionalProperties", True) is False:
            yield f"{at}.{name}: unknown"


def _typed(said: str | list[str], value: object) -> bool:
    names = [said] if isinstance(said, str) else said
    return any(isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool)) for name in names)


RULES: dict[str, Callable[[Any, Any], bool]] = {
    "type": _typed,
    "enum": lambda said, value: value in said,
    "const": lambda said, value: value == said,
    "pattern": lambda said, value: not isinstance(value, str) or bool(re.search(said, value)),
    "required": lambda said, value: not isinstance(value, dict) or set(said) <= set(value),
    "minimum": lambda said, value: not isinstance(value, int) or value >= said,
    "maximum": lambda said, value: not isinstance(value, int) or value <= said,
    "minLength": lambda said, value: not isinstance(value, str) or len(value) >= said,
    "maxLength": lambda said, value: not isinstance(value, str) or len(value) <= said,
    "minItems": lambda said, value: not isinstance(value, list) or len(value) >= said,
    "uniqueItems": lambda said, value: not isinstance(value, list) or len({*map(str, value)}) == len(value),
}
