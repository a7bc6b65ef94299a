"""A code to the phone: it works once, for ten minutes, in the browser that asked; nobody learns whose number it is.

It goes to a number that lenders have on record, and tells those lenders alone who somebody is. Asking counts whether
or not anybody fits; what goes to a number counts once more, and beyond that it is as if nobody fitted.
"""

import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from tortoise.expressions import F
from tortoise.queryset import QuerySet

from portal.actions.access import note_access
from portal.actions.act import change_outside_feed
from portal.actions.known_devices import known_at_number, known_device, of_person
from portal.actions.outbox import check_codes, write_message
from portal.actions.ratelimit import CODES_ASKED, CODES_GUESSED, Caller, TooManyTries, hit, refund
from portal.actions.sessions import Factor
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import PersonScope
from portal.reads.invitations import asked_at_door
from portal.reads.numbers import NumberOnRecord, numbers_of
from portal.reads.sessions import ids_of, ids_text
from portal.tables import models as tables
from portal.vault import Vault, new_token, token_hash

CODE_MINUTES = 10
MOST_GUESSES = 5
SIGN_IN, PROVE = "sign-in", "sign"
# Up to so many lenders of one person nobody can tell by the time taken how many there are.
MOST_LENDERS = 4
# Nor up to so many people at a number how many share it; nobody is left out beyond that.
MOST_SHARING = 4


class WrongCode(Refusal):
    says = N_("This is not the code we sent. Please look at the newest message again.")


class CodeOver(Refusal):
    says = N_("This code has ended: it works once, for ten minutes, and for five tries. Please ask for a new one.")


class NoNumber(Refusal):
    says = N_(
        "We have no phone number of yours, so no code can be sent. Please ask your lender to note one: how to call "
        "it is on your contract. Until then you can look, propose and tell."
    )


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06}"


async def ask_code(phone: str, digits: str, code: str, text: str, caller: Caller, vault: Vault, at: datetime) -> str:
    """Sends `text` with the code where phone and last four fit somebody; answers what the browser keeps.

    Where nobody fits the same is looked up, counted, unsealed, sealed and written, and a row that counts nothing stands
    in for the message, so that neither words nor time tell. Raises TooManyTries.
    """
    hashed = vault.lookup("phone", phone)
    device = await known_at_number(hashed, caller, vault)
    await hit(vault, CODES_ASKED.counts(caller, hashed, device), at)
    return await _ask(phone, digits, _New(SIGN_IN, code, text, device), vault, at)


@dataclass(frozen=True, slots=True)
class _New:
    """A code that is asked for, the message with it, and the device where it was in before."""

    purpose: str
    code: str
    text: str
    device: str


@change_outside_feed
async def _ask(phone: str, digits: str, new: _New, vault: Vault, at: datetime) -> str:
    hashed = vault.lookup("phone", phone)
    await tables.BorrowerRow.filter(phone_hash=hashed).select_for_update()
    person, lenders = await _known_by(phone, digits, vault)
    return await _send(person, _To(phone, hashed, lenders), new, vault, at)


async def ask_again(kept: str, code: str, text: str, caller: Caller, vault: Vault, at: datetime) -> str:
    """Another code to the same number, where there was one; the one before ends. Raises CodeOver, TooManyTries."""
    before = await _code(kept, SIGN_IN)
    device = _device_of(before, caller, vault)
    await hit(vault, CODES_ASKED.counts(caller, before.phone_hash if before else "", device), at)
    return await _again(kept, _New(SIGN_IN, code, text, device), vault, at)


@change_outside_feed
async def _again(kept: str, new: _New, vault: Vault, at: datetime) -> str:
    before = await _code(kept, SIGN_IN)
    if before is None:
        raise CodeOver("code")
    await tables.CodeRow.filter(id=before.id).update(used_at=at)
    person = await tables.PersonRow.get_or_none(id=before.person_id)  # type: ignore[attr-defined]
    await tables.BorrowerRow.filter(person_id=person.id if person else 0).select_for_update()
    number = await _number_of(person.id, ids_of(before.lenders), vault, at) if person else None
    if number is None:
        return await _send(None, _To("", before.phone_hash, frozenset()), new, vault, at)
    to = _To(number.phone, vault.lookup("phone", number.phone), number.lenders)
    return await _send(person, to, new, vault, at)


async def _code(kept: str, purpose: str) -> tables.CodeRow | None:
    return await tables.CodeRow.get_or_none(ref=token_hash(kept), purpose=purpose, used_at__isnull=True)


def _device_of(code: tables.CodeRow | None, caller: Caller, vault: Vault) -> str:
    person_id: int | None = code.person_id if code else None  # type: ignore[attr-defined]
    return known_device(caller, vault, [of_person(person_id)])


async def send_code(
    scope: PersonScope, chosen: str, code: str, text: str, caller: Caller, vault: Vault, at: datetime
) -> str:
    """Sends `text` with the code to a number on record of somebody who is signed in; answers what the browser keeps.

    `chosen` is the `mark` of the number where there are several. Raises NoNumber, TooManyTries.
    """
    numbers = await numbers_of(scope, vault, at)
    number = next((each for each in numbers if each.mark == chosen), numbers[0] if numbers else None)
    if number is None:
        raise NoNumber("phone")
    device = known_device(caller, vault, [of_person(scope.person_id)])
    await hit(vault, CODES_ASKED.counts(caller, vault.lookup("phone", number.phone), device), at)
    return await _prove(scope, number.mark, _New(PROVE, code, text, device), vault, at)


@change_outside_feed
async def _prove(scope: PersonScope, mark: str, new: _New, vault: Vault, at: datetime) -> str:
    await tables.BorrowerRow.filter(person_id=scope.person_id).select_for_update()
    number = next((each for each in await numbers_of(scope, vault, at) if each.mark == mark), None)
    if number is None:
        raise NoNumber("phone")
    person = await tables.PersonRow.get(id=scope.person_id)
    return await _send(person, _To(number.phone, vault.lookup("phone", number.phone), number.lenders), new, vault, at)


@dataclass(frozen=True, slots=True)
class _To:
    """The number a code goes to, and the lenders that have it."""

    phone: str
    phone_hash: str
    lenders: frozenset[int]


async def _send(person: tables.PersonRow | None, to: _To, new: _New, vault: Vault, at: datetime) -> str:
    """Beyond what may go to one number a day nobody is sent anything, and who is not signed in is not told so."""
    if not new.device:
        try:
            await check_codes(to.phone_hash, at)
        except TooManyTries:
            if new.purpose == PROVE:
                raise
            person = None
    kept, until = new_token(), at + timedelta(minutes=CODE_MINUTES)
    await tables.CodeRow.create(
        ref=token_hash(kept),
        person_id=person.id if person else None,
        purpose=new.purpose,
        lenders=ids_text(to.lenders if person else ()),
        phone_hash=to.phone_hash,
        code_hash=_hash(vault, kept, new.code),
        sent_at=at,
        expires_at=until,
    )
    if person:
        facts = {"person_id": person.id, "kind": "code", "expires_at": until}
        await write_message(bytes(person.key), to.phone, new.text, vault, at, **facts)
    else:
        vault.seal(_decoy(vault)[0], new.text)
        await tables.ThrottleRow.create(key=token_hash(new_token()), since=at)  # in place of the message, and nobody's
    await note_access(("borrower", person.ref if person else ""), "code-sent" if person else "code-refused", at)
    return kept


async def guess_code(kept: str, typed: str, purpose: str, caller: Caller, vault: Vault, at: datetime) -> Factor:
    """`check_code`, counted by network before it counts for the code; the right one counts for nothing.

    Nor does what was asked for to get it. Raises WrongCode, CodeOver, TooManyTries.
    """
    device = _device_of(await _code(kept, purpose), caller, vault)
    counts = CODES_GUESSED.counts(caller, "", device)
    await hit(vault, counts, at)
    factor = await check_code(kept, typed, purpose, vault, at)
    await refund(vault, [*counts, *CODES_ASKED.counts(caller, factor.phone_hash, device)])
    return factor


async def check_code(kept: str, typed: str, purpose: str, vault: Vault, at: datetime) -> Factor:
    """The factor that a right code is: whose, for which lenders, and when it was sent; a guess is counted before it is
    judged.

    Raises WrongCode, CodeOver.
    """
    live = tables.CodeRow.filter(ref=token_hash(kept), purpose=purpose, used_at__isnull=True, expires_at__gt=at)
    await _change_live(live.filter(failures__lt=MOST_GUESSES), failures=F("failures") + 1)
    row = await tables.CodeRow.get(ref=token_hash(kept))
    person_id: int | None = row.person_id  # type: ignore[attr-defined]
    plain = unicodedata.normalize("NFKC", typed).strip()
    if not hmac.compare_digest(row.code_hash, _hash(vault, kept, plain)) or person_id is None:
        raise (CodeOver if row.failures >= MOST_GUESSES else WrongCode)("code")
    await _change_live(live, used_at=at)
    return Factor("code", PersonScope(person_id, ids_of(row.lenders)), row.sent_at, phone_hash=row.phone_hash)


@change_outside_feed
async def _change_live(live: QuerySet[tables.CodeRow], **wanted: Any) -> None:
    """A transaction of its own: a guess stays counted however it is judged."""
    if not await live.update(**wanted):
        raise CodeOver("code")


async def _known_by(phone: str, digits: str, vault: Vault) -> tuple[tables.PersonRow | None, frozenset[int]]:
    """Whom lenders know by this number and these digits, and which of them have the number; nobody is None.

    Where people share a number the digits tell them apart; who signs in with it goes first.
    """
    hashed = vault.lookup("phone", phone)
    here = await tables.BorrowerRow.filter(
        phone_hash=hashed, person_id__isnull=False, erased_at__isnull=True, withdrawn_at__isnull=True
    )
    people: list[int] = [row.person_id for row in here]  # type: ignore[attr-defined]
    rows = await tables.BorrowerRow.filter(person_id__in=people, erased_at__isnull=True)
    fitting = _fitting(rows, digits, vault)
    persons = await tables.PersonRow.filter(id__in=fitting).order_by("id")
    person = min(persons, key=lambda each: each.phone_hash != hashed, default=None)
    if person is None:
        return None, frozenset()
    return person, frozenset(row.lender_id for row in here if row.person_id == person.id)  # type: ignore[attr-defined]


def _fitting(rows: Sequence[tables.BorrowerRow], digits: str, vault: Vault) -> set[int]:
    """The persons of whom a lender told just these digits; as much work for nobody as for somebody.

    Beyond MOST_LENDERS lenders of MOST_SHARING people it is as much again: all are looked at, however many there are.
    """
    given = unicodedata.normalize("NFKC", digits).strip().upper().encode()
    candidates: list[tuple[int, str]] = [(row.person_id, asked_at_door(row, vault)) for row in rows]  # type: ignore[attr-defined]
    unsealed = len(rows) + sum(bool(row.entry_code_sealed) for row in rows)
    most = 2 * MOST_LENDERS * MOST_SHARING
    candidates += [(0, vault.unseal(*_decoy(vault))) for _ in range(max(most, unsealed + -unsealed % most) - unsealed)]
    fits = [(person_id, hmac.compare_digest(known.encode(), given)) for person_id, known in candidates]
    return {person_id for person_id, same in fits if same and given}


async def _number_of(person_id: int, lenders: frozenset[int], vault: Vault, at: datetime) -> NumberOnRecord | None:
    """The number that a code went to before, where these lenders have it still."""
    numbers = await numbers_of(PersonScope(person_id, lenders), vault, at)
    return numbers[0] if len(numbers) == 1 else None


@lru_cache(maxsize=4)
def _decoy(vault: Vault) -> tuple[bytes, bytes]:
    """Nobody's key, and nothing sealed under it: work that takes as long as somebody's."""
    key = vault.new_key()
    return key, vault.seal(key, "")


def _hash(vault: Vault, kept: str, code: str) -> str:
    return vault.lookup("code", f"{kept}\0{code}")
