"""A clock that stands and chance that repeats itself, for a portal that asks for both wherever it likes.

python -m same_pages.still 2026-06-14T10:00:00+08:00 LABEL COMMAND...   a command of the portal under both
"""

import hashlib
import os
import secrets
import sys
import time
from collections import Counter
from datetime import datetime, timedelta, tzinfo
from typing import Any

BEGIN = datetime.fromisoformat("2026-06-14T10:00:00+08:00")
CODE = 271828
"""What every code of six digits is."""


class Still:
    """What time it is, and from what chance is made: of one label, the same size drawn as often gives the same."""

    def __init__(self, at: datetime = BEGIN) -> None:
        self.at, self.label, self.drawn = at, "", Counter[int]()

    def begin(self, label: str) -> None:
        self.label, self.drawn = label, Counter()

    def passes(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    def bytes(self, size: int | None = None) -> bytes:
        size = 32 if size is None else size
        self.drawn[size] += 1
        return hashlib.shake_256(f"{self.label}\0{size}\0{self.drawn[size]}".encode()).digest(size)

    def install(self) -> None:
        """Call it once everything of the portal is imported."""
        secrets.token_bytes, os.urandom = self.bytes, self.bytes
        secrets.randbelow = lambda most: CODE % most  # type: ignore[misc]
        time.time = lambda: self.at.timestamp()
        standing = _standing(self)
        for name, module in list(sys.modules.items()):
            of_portal = name.partition(".")[0] == "portal" or name == "tortoise.timezone"
            if of_portal and getattr(module, "datetime", None) is datetime:
                module.datetime = standing  # type: ignore[attr-defined]


def _standing(still: Still) -> type:
    """`datetime` in all but what time it is; what it makes are plain datetimes."""

    class Meta(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

        def __call__(cls, *args: Any, **kwargs: Any) -> datetime:
            return datetime(*args, **kwargs)

        def __getattr__(cls, name: str) -> Any:
            return getattr(datetime, name)

    class Standing(metaclass=Meta):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return still.at.astimezone(tz) if tz else still.at.astimezone().replace(tzinfo=None)

    return Standing


def main(at: str, label: str, *command: str) -> int:
    from portal.__main__ import main as portal

    still = Still(datetime.fromisoformat(at))
    still.begin(label)
    still.install()
    return portal(command)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
