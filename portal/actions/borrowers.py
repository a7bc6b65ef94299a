"""What a lender's file tells of a borrower: sealed under a key of their own; what it says otherwise is named."""

from typing import Any

from portal.actions.journal import Journal, borrower_stream
from portal.actions.numbers import guard_change
from portal.domain.event import Actor, Happening
from portal.domain.messages import DIGITS_CHANGED, NUMBER_CHANGED
from portal.domain.portfolio import BorrowerFacts
from portal.tables import models as t
from portal.vault import Vault

FILE = Actor("lender", "portfolio")


def sealed(b: BorrowerFacts, key: bytes, vault: Vault) -> dict[str, Any]:
    """The columns of what was told."""
    return {
        "name_sealed": vault.seal(key, b.name),
        "phone_sealed": vault.seal(key, b.phone),
        "phone_hash": vault.lookup("phone", b.phone) if b.phone else "",
        "id_last4_sealed": vault.seal(key, b.id_last4.upper()),
        "locale": b.locale,
    }


async def refresh_borrower(log: Journal, row: t.Borrower, b: BorrowerFacts, vault: Vault) -> None:
    """Writes only what the lender now says otherwise, and tells which fields; sealing is random, so texts are compared.

    Another phone, or other ID digits, are what somebody who wants in would change: all that guards a number follows.
    """
    before = {name: vault.unseal(row.key, getattr(row, f"{name}_sealed")) for name in ("name", "phone", "id_last4")}
    now = {"name": b.name, "phone": b.phone, "id_last4": b.id_last4.upper()}
    fields = [name for name in now if now[name] != before[name]]
    fields += ["locale"] if row.locale != b.locale else []
    if not fields:
        return
    await t.Borrower.filter(id=row.id).update(**sealed(b, row.key, vault))
    await log.write(borrower_stream(row.id), Happening("borrower.changed", FILE, {"fields": fields}))
    if "phone" in fields:
        await guard_change(log, row, before["phone"], vault, NUMBER_CHANGED)
    elif "id_last4" in fields:
        await guard_change(log, row, before["phone"], vault, DIGITS_CHANGED)
