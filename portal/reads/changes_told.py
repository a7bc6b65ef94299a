"""What an event or an answer tells of a change, as lines that somebody reads: field, old and new."""

from collections.abc import Iterator, Mapping
from typing import Any

_NOTHING: tuple[Any, ...] = ("", None, "0.00", [])
_FIRST = ("id", "no", "as_of", "received_on", "on", "due_on", "kind", "reverses", "amount", "principal", "interest")
Line = tuple[str, str, str]


def lines_told(what: str, data: Mapping[str, Any]) -> Iterator[Line]:
    """Of an event of this type; texts as its lender's system told them."""
    old, new = data.get("old"), data.get("new")
    if "fields" in data and old is not None:
        for name in data["fields"]:
            yield name, in_words(old.get(name)), in_words((new or {}).get(name))
    elif old is not None and what.endswith((".corrected", ".withdrawn")):
        yield what.partition(".")[0], in_words(old), in_words(new)
    elif "fields" in data:
        yield from ((f"borrower.{name}", "", "") for name in data["fields"])


def _place(name: str) -> int:
    """What names a fact comes first; an event has its keys in the order of letters."""
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def in_words(value: Any) -> str:
    """A payment, charge, credit or row of a schedule by what it says alone, other things with their keys."""
    if isinstance(value, Mapping):
        told = [(name, in_words(value[name])) for name in sorted(value, key=_place) if value[name] not in _NOTHING]
        return " ".join(each if {"id", "no"} & value.keys() else f"{name} {each}" for name, each in told)
    if isinstance(value, list):
        return "; ".join(map(in_words, value)) or "–"
    return "–" if value in _NOTHING else str(value)
