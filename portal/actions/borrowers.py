"""What a lender's file tells of a borrower: sealed under a key of their own; what it says otherwise is named."""

from typing import Any

from portal.actions.journal import Journal, borrower_stream
from portal.actions.numbers import guard_change
from portal.domain.conduct.messages import DIGITS_CHANGED, NUMBER_CHANGED, NUMBER_REMOVED
from portal.domain.contract.portfolio import BorrowerFacts
from portal.domain.event import Actor, NewEvent
from portal.reads.invitations import entry_code, entry_code_place
from portal.reads.search import last4_hash, name_hash
from portal.tables import models as tables
from portal.vault import Vault

FILE = Actor("lender", "portfolio")


def sealed(lender_id: int, b: BorrowerFacts, key: bytes, vault: Vault) -> dict[str, Any]:
    """The columns of what was told."""
    place = entry_code_place(lender_id, b.external_id)
    return {
        "name_sealed": vault.seal(key, b.name),
        "phone_sealed": vault.seal(key, b.phone),
        "phone_hash": vault.lookup("phone", b.phone) if b.phone else "",
        "name_hash": name_hash(lender_id, b.name, vault),
        "last4_hash": last4_hash(lender_id, b.phone, vault),
        "id_last4_sealed": vault.seal(key, b.id_last4.upper()),
        "entry_code_sealed": vault.seal_in(key, place, b.entry_code) if b.entry_code else None,
        "locale": b.locale,
        "timezone": b.timezone or None,
    }


async def refresh_borrower(log: Journal, row: tables.BorrowerRow, b: BorrowerFacts, vault: Vault) -> list[str]:
    """Writes only what the lender now says otherwise, tells and answers which fields.

    Another phone, or another answer at the door, is what somebody who wants in would change: all that guards a number
    follows. Sealing is random, so texts are compared.
    """
    before = {name: vault.unseal(row.key, getattr(row, f"{name}_sealed")) for name in ("name", "phone", "id_last4")}
    before["entry_code"] = entry_code(row, vault)
    now = {"name": b.name, "phone": b.phone, "id_last4": b.id_last4.upper(), "entry_code": b.entry_code}
    fields = [name for name in now if now[name] != before[name]]
    fields += ["locale"] if row.locale != b.locale else []
    fields += ["timezone"] if (row.timezone or "") != b.timezone else []
    if not fields:
        return []
    await tables.BorrowerRow.filter(id=row.id).update(**sealed(log.lender.id, b, row.key, vault))
    await log.write(borrower_stream(row.id), NewEvent("borrower.changed", FILE, {"fields": fields}))
    if "phone" in fields:
        await guard_change(log, row, before["phone"], vault, NUMBER_CHANGED if b.phone else NUMBER_REMOVED)
    elif "id_last4" in fields or ("entry_code" in fields and not b.id_last4):
        await guard_change(log, row, before["phone"], vault, DIGITS_CHANGED)
    return fields
