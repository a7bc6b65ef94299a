"""What a file changed of what had been told before, line by line, old and new."""

from collections.abc import Iterator, Mapping
from typing import Any

MOST_LINES = 100
MORE_CHANGES = "{} loans in all changed; --json and the feed tell of each"


def change_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Of an import: a line for each loan and field, then the loans that a complete file does not have."""
    changes = answer.get("changes", ())
    for change in changes[:MOST_LINES]:
        number = change["loan_no"]
        for name in change["fields"]:
            yield f"{number}: {name}: {_words(change['old'].get(name))} -> {_words(change['new'].get(name))}"
        for person, fields in change.get("borrowers", {}).items():
            yield f"{number}: borrower {person}: {', '.join(fields)} changed"
        for how, people in change.get("parties", {}).items():
            yield from (f"{number}: {person} {how}" for person in people)
    if len(changes) > MOST_LINES:
        yield MORE_CHANGES.format(answer.get("changed", len(changes)))
    yield from (f"{number}: not in the file" for number in answer.get("missing_loans", ()))


def correction_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Of a payments file: a line for each payment that was corrected."""
    for each in answer.get("corrections", ())[:MOST_LINES]:
        old, new = (_words({**each[name], "id": None}) for name in ("old", "new"))
        yield f"{each['loan_no']}: {each['payment']}: {old} -> {new}"


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name} {_words(each)}" for name, each in value.items() if each not in (None, "0.00", []))
    if isinstance(value, list):
        return "; ".join(map(_words, value)) or "nothing"
    return "nothing" if value is None else str(value)
