"""What an event or an answer tells of a change, line by line: field, old and new."""

from collections.abc import Iterator, Mapping
from typing import Any

SAYS_NOTHING: tuple[Any, ...] = ("", None, "0.00", [])
_FIRST = ("id", "no", "as_of", "received_on", "on", "due_on", "kind", "reverses", "amount", "principal", "interest")
Line = tuple[str, Any, Any]


def lines_told(what: str, data: Mapping[str, Any]) -> Iterator[Line]:
    """Of an event of this type, with values as its lender's system told them; of a borrower only that it changed."""
    old, new = data.get("old"), data.get("new")
    if "fields" in data and old is not None:
        for name in data["fields"]:
            yield name, old.get(name), (new or {}).get(name)
    elif old is not None and what.endswith((".corrected", ".withdrawn")):
        yield what.partition(".")[0], old, new
    elif "fields" in data:
        yield from ((f"borrower.{name}", None, None) for name in data["fields"])


def place_of(name: str) -> int:
    """What names a fact comes first; an event has its keys in the order of letters."""
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def in_words(value: Any) -> str:
    """A payment, charge, credit or row of a schedule by what it says alone, other things with their keys."""
    if isinstance(value, Mapping):
        told = [
            (name, in_words(value[name])) for name in sorted(value, key=place_of) if value[name] not in SAYS_NOTHING
        ]
        return " ".join(each if {"id", "no"} & value.keys() else f"{name} {each}" for name, each in told)
    if isinstance(value, list):
        return "; ".join(map(in_words, value)) or "–"
    return "–" if value in SAYS_NOTHING else str(value)
