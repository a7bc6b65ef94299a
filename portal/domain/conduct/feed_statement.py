"""The statement of a feed: how far it went, one hash over where every chain ends, and what all loans come to by then.

Whoever has read the feed works out the same from what they have read; one event that was lost, doubled or altered makes
it another, and the heads of the chains tell which.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from portal.domain.event import canonical_text
from portal.domain.ledger.position import Position
from portal.domain.money import COMPONENTS, amount_texts, format_amount


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Where a chain ends: `name` is the number of a loan, or the stream of what is none."""

    name: str
    seq: int
    hash: str

    @property
    def line(self) -> bytes:
        return f"{self.name} {self.seq} {self.hash}\n".encode()


class FeedTotals:
    """What all loans of one currency come to at the end of a day; minor units."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._loans = self._principal = 0
        self._overdue = dict.fromkeys((*COMPONENTS, "total"), 0)

    def add(self, found: Position) -> None:
        self._loans += 1
        self._principal += found.outstanding_principal
        for component in self._overdue:
            self._overdue[component] += getattr(found.overdue, component)

    def facts(self) -> dict[str, object]:
        overdue = {name: format_amount(minor, self._currency) for name, minor in self._overdue.items()}
        principal = format_amount(self._principal, self._currency)
        return {"loans": self._loans, "overdue": overdue, "outstanding_principal": principal}


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """Up to which position a statement goes, of which day, in which epoch of the feed; `over` where the day was."""

    lender: str
    on: date
    feed: int
    epoch: str
    over: bool


def heads_hash(heads: Iterable[StreamHead]) -> str:
    """SHA-256 of a line for each, `name seq hash`, in the order of their names' bytes (hexadecimal)."""
    digest = hashlib.sha256()
    for line in sorted(head.line for head in heads):
        digest.update(line)
    return digest.hexdigest()


def feed_statement_facts(
    place: FeedPlace, loans: Iterable[StreamHead], others: Iterable[StreamHead], totals: Mapping[str, FeedTotals]
) -> dict[str, object]:
    """As the API gives it, before it is signed."""
    return {
        "lender": place.lender,
        "on": place.on.isoformat(),
        "day_over": place.over,
        "epoch": place.epoch,
        "events": place.feed,
        "last": place.feed,
        "loan_heads": heads_hash(loans),
        "other_heads": heads_hash(others),
        "totals": {currency: found.facts() for currency, found in sorted(totals.items())},
    }


def signed_bytes(statement: Mapping[str, object]) -> bytes:
    """What is signed: UTF-8 JSON, keys sorted, no spaces, without what tells of the signature."""
    told = {name: value for name, value in statement.items() if name != "signature"}
    return canonical_text(told).encode()


def head_facts(head: StreamHead, found: Position | None) -> dict[str, object]:
    """One line of what a statement is made of; of a loan with its figures."""
    facts: dict[str, object] = {"name": head.name, "seq": head.seq, "hash": head.hash}
    if found is None:
        return facts
    return {
        **facts,
        "currency": found.currency,
        "overdue": amount_texts(found.overdue, found.currency, *COMPONENTS, "total"),
        "outstanding_principal": format_amount(found.outstanding_principal, found.currency),
    }
