"""What was changed on purpose: nothing else may differ between the two sides. Kept here, in one place to be read."""

import re
from collections.abc import Callable

from .words import WORDS

BASE = "7389d37"
"""The commit before the renovation."""

FIELDS = {"seen": "expected_version"}
"""Names of form fields, also in the addresses of forms that are sent by GET: before, and now."""

ADDRESSES: dict[str, str] = {}
"""Beginnings of addresses: before, and now."""

JSON_NAMES: dict[str, str] = {}
"""Keys of JSON answers and of events: before, and now."""

IN_NAMES = r'(name="|id="|for="|name=|[?&]|&amp;|%3F|%26)'
"""What stands before the name of a field."""

LEFT_OUT: dict[str, str] = {
    r"/static/[0-9a-f]{12}/": "/static/…/",
    r"(?<=style=)[0-9a-f]{12}(?=;)": "…",
    r'("+snapshot"+: ?"+)[0-9a-f]{64}': r"\g<1>…",
}
"""What has to differ, as patterns: the hash in the addresses of static files, and in the cookie that remembers it; and
the digest of what a snapshot says, which is made in another way."""

NO_HEADERS = {"content-length", "date"}

LEDGER_WALKS = (
    "portal.domain.position:Walk.run",
    "portal.domain.ledger.position:Walk.run",
    "portal.domain.ledger.position:Ledger.walk",
)
"""Where the walk through a loan's facts is, the first that exists; `--walk` names another."""


def before(path: str) -> str:
    """An address as it was called before."""
    for old, new in ADDRESSES.items():
        if path == new or path.startswith((f"{new}/", f"{new}?")):
            return old + path[len(new) :]
    return path


def now(path: str, known: Callable[[str], bool]) -> str:
    """An address of before as it is called now; `known` tells whether the side has a route for it."""
    plain = path.partition("?")[0]
    for old, new in ADDRESSES.items():
        if not known(plain) and (path == old or path.startswith((f"{old}/", f"{old}?"))):
            return new + path[len(old) :]
    return path


def normal(text: str) -> str:
    """A whole answer, by the names of before, by the words of now, and without what has to differ."""
    for old, new in WORDS:
        text = text.replace(old, new)
    for pattern, shown in LEFT_OUT.items():
        text = re.sub(pattern, shown, text)
    for old, new in FIELDS.items():
        text = re.sub(rf'{IN_NAMES}{re.escape(new)}(?=["=\]]|%3D)', rf"\g<1>{old}", text)
    for old, new in JSON_NAMES.items():
        text = text.replace(f'"{new}":', f'"{old}":')
    for old, new in ADDRESSES.items():
        text = re.sub(rf"(?<=[\"'= >]){re.escape(new)}(?=[/?\"'< ])", old, text)
    return text
