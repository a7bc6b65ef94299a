"""What a file changed of what had been told before, line by line, old and new."""

from collections.abc import Iterator, Mapping
from typing import Any

from portal.reads.changes_told import in_words

MOST_LINES = 100
MORE_CHANGES = "{} loans in all changed; --json and the feed tell of each"


def change_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Of an import: a line for each loan and field, then the loans that a complete file does not have."""
    changes = answer.get("changes", ())
    for change in changes[:MOST_LINES]:
        number = change["loan_no"]
        for name in change["fields"]:
            yield f"{number}: {name}: {in_words(change['old'].get(name))} -> {in_words(change['new'].get(name))}"
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
        old, new = (in_words(each[name]) for name in ("old", "new"))
        yield f"{each['loan_no']}: {old} -> {new}"
