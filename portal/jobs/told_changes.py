"""What a file changed of what had been told before, as much of it as anybody can read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_CHANGES = 1_000


@dataclass(slots=True)
class ToldChanges:
    """Every change is counted by its field, the first MOST_CHANGES loans or payments are told with old and new."""

    fields: Counter[str] = field(default_factory=Counter)
    listed: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, *changes: Mapping[str, Any]) -> None:
        for each in changes:
            self.fields.update([*each.get("fields", ()), *(f"borrower.{name}" for name in _of_people(each))])
        self.listed += changes[: max(MOST_CHANGES - len(self.listed), 0)]

    def facts(self) -> dict[str, object]:
        """For the answer; nothing where nothing was changed."""
        if not self.listed:
            return {}
        return {"changed_fields": dict(sorted(self.fields.items())), "changes": self.listed}


def _of_people(change: Mapping[str, Any]) -> set[str]:
    return {name for fields in change.get("borrowers", {}).values() for name in fields}
