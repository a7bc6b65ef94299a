"""Two recordings beside each other: how many requests there were, and each difference as a unified diff."""

import difflib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from . import changed

LONGEST_DIFF = 60
MOST_NAMED = 40


def compare(before: Path, after: Path, first: int) -> int:
    """Prints what differs, the first ones in full; answers how many do."""
    old, new = zipfile.ZipFile(before), zipfile.ZipFile(after)
    labels = list(dict.fromkeys([*old.namelist(), *new.namelist()]))
    texts = {label: (_text(old, label), _text(new, label)) for label in labels}
    different = [label for label, (was, is_now) in texts.items() if was != is_now]
    for label in different[:first]:
        print("\n".join(_diff(label, *texts[label])), end="\n\n")
    for label in different[first:MOST_NAMED]:
        print(f"differs: {label}")
    asked = [was or is_now for label, (was, is_now) in texts.items() if not label.startswith("999 log")]
    pages = sum(text.startswith("200\n") and "content-type: text/html" in text for text in asked)
    acts = len({label.partition(" | ")[0] for label in labels if " act | " in label})
    seen = f"{len(asked):,} requests, {pages:,} of them pages, {acts} acts, {len(labels) - len(asked)} rows of the log"
    print(f"{seen}: {len(different)} differ")
    return len(different)


def _text(side: zipfile.ZipFile, label: str) -> str:
    try:
        return changed.normal(side.read(label).decode())
    except KeyError:
        return ""


def _diff(label: str, was: str, is_now: str) -> Iterator[str]:
    yield f"==== {label}"
    if not was or not is_now:
        yield f"only {'now' if is_now else 'before'}: {(was or is_now).splitlines()[0]}"
        return
    sides = [text.replace("><", ">\n<").splitlines() for text in (was, is_now)]
    lines = list(difflib.unified_diff(*sides, "before", "now", n=1, lineterm=""))
    yield from lines[:LONGEST_DIFF]
    if len(lines) > LONGEST_DIFF:
        yield f"... and {len(lines) - LONGEST_DIFF} lines more"
