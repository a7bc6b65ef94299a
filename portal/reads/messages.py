"""Messages that have not arrived: to the end of which number, how often tried, and why not; never the text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import Q, Subquery

from portal.tables import models as tables
from portal.vault import Vault

SHOWN_DIGITS = 4
UNSENT = ("waiting", "again", "dead")
"""What waits to be taken, was not taken yet or was given up; what is planned only waits for its hour."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """`to` is the end of the number, empty once it cannot be read any more; `expires_at` is when a code runs out."""

    ref: str
    kind: str
    state: str
    to: str
    attempts: int
    problem: str
    created_at: datetime
    expires_at: datetime | None

    def too_old(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at


async def unsent(vault: Vault, lender_id: int | None = None, *, dead: bool = False) -> tuple[Unsent, ...]:
    """What waits or was given up, the oldest first; `dead` leaves out what is still tried.

    A lender's are those to its borrowers, and to people who are borrowers of it.
    """
    rows = tables.OutboundMessageRow.filter(state__in=("dead",) if dead else UNSENT)
    if lender_id is not None:
        rows = rows.filter(_of_lender(lender_id))
    found = await rows.order_by("id").values(*_COLUMNS, person_key="person__key", borrower_key="borrower__key")
    return tuple(_unsent(row, vault) for row in found)


async def kept_messages(vault: Vault, lender_id: int, most: int) -> list[dict[str, Any]]:
    """What a test deployment would have sent, to whole numbers and with every word, the newest first."""
    rows = tables.OutboundMessageRow.filter(_of_lender(lender_id)).order_by("-id").limit(most)
    found = await rows.values("ref", "kind", "sealed", "created_at", p_key="person__key", b_key="borrower__key")
    return [_kept(row, vault) for row in found]


def _kept(row: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    text = vault.unseal_if_kept(bytes(row["p_key"] or row["b_key"]), bytes(row["sealed"]))
    said = json.loads(text) if text else {"to": "", "text": ""}
    at = row["created_at"].isoformat(timespec="seconds")
    return {"id": row["ref"], "kind": row["kind"], "at": at, "to": said["to"], "text": said["text"]}


def _of_lender(lender_id: int) -> Q:
    people = tables.BorrowerRow.filter(lender_id=lender_id, person_id__isnull=False).values("person_id")
    return Q(borrower__lender_id=lender_id) | Q(person_id__in=Subquery(people))


_COLUMNS = ("ref", "kind", "state", "sealed", "attempts", "problem", "created_at", "expires_at")


def _unsent(row: Mapping[str, Any], vault: Vault) -> Unsent:
    columns = {name: row[name] for name in _COLUMNS if name != "sealed"}
    columns["state"] = "dead" if row["state"] == "dead" else "waiting"
    text = vault.unseal_if_kept(bytes(row["person_key"] or row["borrower_key"]), bytes(row["sealed"]))
    return Unsent(to=str(json.loads(text)["to"])[-SHOWN_DIGITS:] if text else "", **columns)
