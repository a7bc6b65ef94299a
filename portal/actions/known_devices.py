"""A device that was in before: what its browser keeps gives it tries and messages of its own, and nothing else.

It is no factor: whoever steals it has a few tries more, and nobody has to be kept out by it. So nothing of it is in a
table. It is random bits and a keyed hash over them and the account, for which nobody can make it without the secret.
A password or a code gives it, a link does not: a lender's own key can make twenty links a day, each a device more.
"""

import hmac
import secrets
from collections.abc import Iterable

from portal.actions.ratelimit import Caller
from portal.tables import models as tables
from portal.vault import Vault

# People share a phone; the last to come in are kept.
MOST_KEPT = 4
BETWEEN, WITHIN = "~", "."


def of_person(person_id: int | None) -> str:
    return f"person:{person_id}"


def of_staff(staff_id: int | None) -> str:
    return f"staff:{staff_id}"


def known_device(caller: Caller, vault: Vault, accounts: Iterable[str]) -> str:
    """What is counted for this device where it was in as one of these accounts; else nothing."""
    kept = _each(caller.kept)
    for account in accounts:
        for nonce, mac in kept:
            if hmac.compare_digest(mac, _mac(vault, account, nonce)):
                return f"{account}\0{nonce}"
    return ""


async def known_at_number(phone_hash: str, caller: Caller, vault: Vault) -> str:
    """The same, of whoever has this number to sign in with or on record."""
    if not caller.kept:
        return ""
    known = await tables.BorrowerRow.filter(phone_hash=phone_hash, person_id__isnull=False).values_list(
        "person_id", flat=True
    )
    theirs = await tables.PersonRow.filter(phone_hash=phone_hash).values_list("id", flat=True)
    return known_device(caller, vault, [of_person(int(str(each))) for each in (*known, *theirs)])


def keeps(kept: str, vault: Vault, account: str) -> str:
    """What the browser keeps from now on: somebody came in as this account. What it had for others stays."""
    had = _each(kept)
    mine = next((nonce for nonce, mac in had if hmac.compare_digest(mac, _mac(vault, account, nonce))), None)
    nonce = mine or secrets.token_urlsafe(16)
    others = [each for each in had if each[0] != nonce]
    return BETWEEN.join(WITHIN.join(each) for each in [(nonce, _mac(vault, account, nonce)), *others][:MOST_KEPT])


def _each(kept: str) -> list[tuple[str, str]]:
    """Random bits and hash of each; what nobody of us wrote is left out."""
    found = [each.partition(WITHIN) for each in kept.split(BETWEEN)[:MOST_KEPT]]
    return [(nonce, mac) for nonce, _, mac in found if nonce.isascii() and mac.isascii() and mac]


def _mac(vault: Vault, account: str, nonce: str) -> str:
    return vault.lookup("known-device", f"{account}\0{nonce}")
