"""A loan that was paid up: what has to be undone where money that had a part in it is taken back."""

from dataclasses import dataclass, field
from datetime import date

from portal.domain.ledger.book import Entry, PaidLine
from portal.domain.ledger.dues import Component, Due


@dataclass(slots=True)
class PaidUp:
    """The day on which everything was paid: what credit paid before its day, and what was void from then on.

    `by` are the payments that had a part in it: what was left of them as credit, or had paid ahead.
    """

    on: date
    by: set[str] = field(default_factory=set)
    paid: list[tuple[Entry, PaidLine]] = field(default_factory=list)
    void: list[tuple[Due, Component, int]] = field(default_factory=list)
