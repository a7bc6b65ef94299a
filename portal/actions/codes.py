"""A code to the phone: it works once, for ten minutes, in the browser that asked; nobody learns whose number it is."""

import hmac
import json
import secrets
import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache

from tortoise.expressions import F

from portal.domain.refusal import N_, Refusal
from portal.tables import models as t
from portal.tables.transaction import retried, transaction
from portal.vault import Vault, new_ref, new_token, token_hash

CODE_MINUTES = 10
MOST_GUESSES = 5
SIGN_IN, PROVE = "sign-in", "sign"
# Up to so many lenders of one person nobody can tell by the time taken how many there are.
MOST_LENDERS = 4


class WrongCode(Refusal):
    says = N_("This is not the code we sent. Please look at the newest message again.")


class CodeOver(Refusal):
    says = N_("This code has ended: it works once, for ten minutes, and for five tries. Please ask for a new one.")


class NoNumber(Refusal):
    says = N_("We have no phone number of yours. Please choose a password, or ask your lender for a new link.")


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06}"


@retried
async def ask_code(phone: str, digits: str, code: str, text: str, vault: Vault, at: datetime) -> str:
    """Sends `text` with the code where phone and last four fit somebody; answers what the browser keeps.

    Where nobody fits the same is looked up, unsealed and sealed, and an entry of the access log stands in for the
    message, so that neither words nor time tell.
    """
    async with transaction():
        person = await t.Person.get_or_none(phone_hash=vault.lookup("phone", phone))
        fits = await _fits(person.id if person else 0, digits, vault)
        return await _send(person if fits else None, phone, SIGN_IN, code, text, vault, at)


@retried
async def ask_again(kept: str, code: str, text: str, vault: Vault, at: datetime) -> str:
    """Another code to the same number, where there was one; the one before ends. Raises CodeOver."""
    async with transaction():
        before = await t.Code.get_or_none(ref=token_hash(kept), purpose=SIGN_IN, used_at__isnull=True)
        if before is None:
            raise CodeOver("code")
        await t.Code.filter(id=before.id).update(used_at=at)
        person = await t.Person.get_or_none(id=before.person_id)  # type: ignore[attr-defined]
        phone = vault.unseal(bytes(person.key), bytes(person.phone_sealed)) if person and person.phone_sealed else ""
        return await _send(person if phone else None, phone, SIGN_IN, code, text, vault, at)


@retried
async def send_code(person_id: int, code: str, text: str, vault: Vault, at: datetime) -> str:
    """Sends `text` with the code to the number somebody who is signed in has; answers what the browser keeps.

    Raises NoNumber.
    """
    async with transaction():
        person = await t.Person.get(id=person_id)
        if not person.phone_sealed:
            raise NoNumber("phone")
        phone = vault.unseal(bytes(person.key), bytes(person.phone_sealed))
        return await _send(person, phone, PROVE, code, text, vault, at)


async def _send(
    person: t.Person | None, phone: str, purpose: str, code: str, text: str, vault: Vault, at: datetime
) -> str:
    kept, until = new_token(), at + timedelta(minutes=CODE_MINUTES)
    key, _ = _decoy(vault)
    sealed = vault.seal(bytes(person.key) if person else key, json.dumps({"to": phone, "text": text}))
    await t.Code.create(
        ref=token_hash(kept),
        person_id=person.id if person else None,
        purpose=purpose,
        code_hash=_hash(vault, kept, code),
        sent_at=at,
        expires_at=until,
    )
    if person:
        await t.OutboundMessage.create(
            ref=new_ref(), person_id=person.id, kind="code", sealed=sealed, next_at=at, expires_at=until
        )
    else:
        await t.Access.create(actor_kind="borrower", actor_ref="", what="code-refused", at=at)
    return kept


@retried
async def check_code(kept: str, typed: str, purpose: str, vault: Vault, at: datetime) -> int:
    """The person whose code for this purpose it is; a guess is counted before it is judged.

    Raises WrongCode, CodeOver.
    """
    live = {"ref": token_hash(kept), "purpose": purpose, "used_at__isnull": True, "expires_at__gt": at}
    async with transaction():
        if not await t.Code.filter(failures__lt=MOST_GUESSES, **live).update(failures=F("failures") + 1):
            raise CodeOver("code")
    row = await t.Code.get(ref=token_hash(kept))
    person_id: int | None = row.person_id  # type: ignore[attr-defined]
    plain = unicodedata.normalize("NFKC", typed).strip()
    if not hmac.compare_digest(row.code_hash, _hash(vault, kept, plain)) or person_id is None:
        raise (CodeOver if row.failures >= MOST_GUESSES else WrongCode)("code")
    async with transaction():
        if not await t.Code.filter(**live).update(used_at=at):
            raise CodeOver("code")
    return person_id


async def _fits(person_id: int, digits: str, vault: Vault) -> bool:
    """Whether these are the last four of an ID number that a lender told of this person; 0 is nobody."""
    given = unicodedata.normalize("NFKC", digits).strip().upper().encode()
    rows = await t.Borrower.filter(person_id=person_id, erased_at__isnull=True)
    sealed = [(bytes(row.key), bytes(row.id_last4_sealed)) for row in rows]
    sealed += [_decoy(vault)] * (MOST_LENDERS - len(sealed))
    known = [vault.unseal(*each) for each in sealed]
    return any([hmac.compare_digest(last4.encode(), given) for last4 in known if last4])


@lru_cache(maxsize=4)
def _decoy(vault: Vault) -> tuple[bytes, bytes]:
    """Nobody's key, and nothing sealed under it: work that takes as long as somebody's."""
    key = vault.new_key()
    return key, vault.seal(key, "")


def _hash(vault: Vault, kept: str, code: str) -> str:
    return vault.lookup("code", f"{kept}\0{code}")
