"""As much of JSON Schema as the portal publishes; a keyword it does not know is an error, not passed over."""

import re
from collections.abc import Iterator
from typing import Any

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)
}  # fmt: skip
SILENT = {"$defs", "$schema", "title", "description", "default", "format"}


def misfits(schema: dict[str, Any], value: Any, root: dict[str, Any] | None = None, at: str = "$") -> Iterator[str]:
    root = schema if root is None else root
    for keyword, said in schema.items():
        if keyword not in SILENT:
            yield from CHECKS[keyword](said, value, root, at, schema)


def _ref(said: str, value: Any, root: dict[str, Any], at: str, _: Any) -> Iterator[str]:
    yield from misfits(root["$defs"][said.removeprefix("#/$defs/")], value, root, at)


def _any_of(said: list[Any], value: Any, root: dict[str, Any], at: str, _: Any) -> Iterator[str]:
    tried = [list(misfits(each, value, root, at)) for each in said]
    if all(tried):
        yield from min(tried, key=len)


def _type(said: str | list[str], value: Any, root: dict[str, Any], at: str, _: Any) -> Iterator[str]:
    allowed = [said] if isinstance(said, str) else said
    fits = any(isinstance(value, TYPES[each]) and (each == "boolean") >= isinstance(value, bool) for each in allowed)
    if not fits:
        yield f"{at}: is not {allowed}"


def _properties(said: dict[str, Any], value: Any, root: dict[str, Any], at: str, _: Any) -> Iterator[str]:
    for name, each in said.items():
        if isinstance(value, dict) and name in value:
            yield from misfits(each, value[name], root, f"{at}.{name}")


def _closed(said: bool, value: Any, root: dict[str, Any], at: str, schema: dict[str, Any]) -> Iterator[str]:
    if said is False and isinstance(value, dict):
        yield from (f"{at}: has {name}" for name in value.keys() - schema.get("properties", {}).keys())


def _required(said: list[str], value: Any, root: dict[str, Any], at: str, _: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{at}: lacks {name}" for name in said if name not in value)


def _items(said: dict[str, Any], value: Any, root: dict[str, Any], at: str, _: Any) -> Iterator[str]:
    for index, each in enumerate(value if isinstance(value, list) else ()):
        yield from misfits(said, each, root, f"{at}[{index}]")


def _holds(fits: Any) -> Any:
    def check(said: Any, value: Any, root: dict[str, Any], at: str, _: Any) -> Iterator[str]:
        if not fits(said, value):
            yield f"{at}: {value!r} against {said!r}"

    return check


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


CHECKS: dict[str, Any] = {
    "$ref": _ref,
    "anyOf": _any_of,
    "type": _type,
    "properties": _properties,
    "additionalProperties": _closed,
    "required": _required,
    "items": _items,
    "enum": _holds(lambda said, value: value in said),
    "const": _holds(lambda said, value: value == said),
    "pattern": _holds(lambda said, value: not isinstance(value, str) or re.search(said, value)),
    "minLength": _holds(lambda said, value: not isinstance(value, str) or len(value) >= said),
    "maxLength": _holds(lambda said, value: not isinstance(value, str) or len(value) <= said),
    "minimum": _holds(lambda said, value: not _is_number(value) or value >= said),
    "maximum": _holds(lambda said, value: not _is_number(value) or value <= said),
}
