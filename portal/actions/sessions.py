"""Sessions, passwords and the throttle: a session ends on the server, and every guess is counted there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import F

from portal.domain.refusal import N_, Refusal
from portal.tables import models as t
from portal.tables.transaction import retried, transaction
from portal.vault import Vault, new_token, token_hash

BORROWER_HOURS, STAFF_HOURS = 12, 8
PROOFS = ("password", "code")
THROTTLE_MINUTES = 15


class TooManyTries(Refusal):
    says = N_("There were too many tries. Please wait {minutes} minutes and try again.")


class LinkOver(Refusal):
    says = N_("This link was used already or is too old. Please ask for a new one.")


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know of somebody: their id and their password's hash, if there is one."""

    id: int
    password_hash: str | None


async def person_by_phone(phone: str, vault: Vault) -> Account | None:
    row = await t.Person.get_or_none(phone_hash=vault.lookup("phone", phone))
    return Account(row.id, row.password_hash) if row else None


async def person_account(person_id: int) -> Account:
    row = await t.Person.get(id=person_id)
    return Account(row.id, row.password_hash)


async def staff_by_email(email: str) -> Account | None:
    row = await t.Staff.get_or_none(email=email.strip().lower(), ended_at__isnull=True)
    return Account(row.id, row.password_hash) if row else None


async def start_person_session(person_id: int, how: str, at: datetime, device: str = "") -> str:
    """A new session; answers the cookie's token. Password and code prove who it is, a link does not."""
    person = await t.Person.get(id=person_id)
    proven = at if how in PROOFS else None
    whose = {"person_id": person_id, "device": device, "proven_at": proven}
    return await _start("borrower", how, at, BORROWER_HOURS, person.ref, **whose)


async def prove_session(session_id: int, at: datetime) -> None:
    """Whoever holds this session has just given the password or a fresh code."""
    await t.Session.filter(id=session_id).update(proven_at=at, seen_at=at)


async def see_session(session_id: int, at: datetime) -> None:
    """Whoever holds this session is there."""
    await t.Session.filter(id=session_id).update(seen_at=at)


async def start_staff_session(staff_id: int, at: datetime) -> str:
    staff = await t.Staff.get(id=staff_id)
    return await _start("staff", "password", at, STAFF_HOURS, staff.ref, staff_id=staff_id)


async def end_session(session_id: int, at: datetime) -> None:
    await t.Session.filter(id=session_id).update(ended_at=at)


async def end_other_sessions(person_id: int, kept: int, at: datetime) -> None:
    await t.Session.filter(person_id=person_id, ended_at__isnull=True).exclude(id=kept).update(ended_at=at)


async def set_password(person_id: int, password_hash: str) -> None:
    await t.Person.filter(id=person_id).update(password_hash=password_hash)


async def activation(token: str, at: datetime) -> str:
    """The e-mail of the account a one-time link is for. Raises LinkOver."""
    row = await t.Staff.get_or_none(activation_hash=token_hash(token), ended_at__isnull=True)
    if row is None or row.activation_expires_at is None or row.activation_expires_at <= at:
        raise LinkOver("token")
    return row.email


async def activate(token: str, password_hash: str, at: datetime) -> int:
    """Sets the first password, once; answers the staff id. Raises LinkOver."""
    hashed = token_hash(token)
    async with transaction():
        row = await t.Staff.filter(activation_hash=hashed, activation_expires_at__gt=at).select_for_update().first()
        if row is None:
            raise LinkOver("token")
        await t.Staff.filter(id=row.id).update(password_hash=password_hash, activation_hash=None)
        return row.id


@retried
async def count_try(vault: Vault, what: str, whose: str, most: int, at: datetime) -> None:
    """Counts one more try within `THROTTLE_MINUTES`. Raises TooManyTries beyond `most`."""
    key = vault.lookup(f"throttle:{what}", whose)
    async with transaction():
        row, _ = await t.Throttle.get_or_create(key=key, defaults={"since": at})
        row = await t.Throttle.filter(id=row.id).select_for_update().get()
        if row.since <= at - timedelta(minutes=THROTTLE_MINUTES):
            row.tries, row.since = 0, at
        if row.tries >= most:
            left = row.since + timedelta(minutes=THROTTLE_MINUTES) - at
            raise TooManyTries("", minutes=int(left.total_seconds() // 60) + 1)
        row.tries += 1
        await row.save()


async def forget_tries(vault: Vault, what: str, whose: str) -> None:
    await t.Throttle.filter(key=vault.lookup(f"throttle:{what}", whose)).update(tries=0)


async def give_back_try(vault: Vault, what: str, whose: str) -> None:
    """A try that was right counts for nothing where many people share what is limited, as an address."""
    key = vault.lookup(f"throttle:{what}", whose)
    await t.Throttle.filter(key=key, tries__gt=0).update(tries=F("tries") - 1)


async def _start(kind: str, how: str, at: datetime, hours: int, ref: str, **whose: Any) -> str:
    token = new_token()
    async with transaction():
        await t.Session.create(
            token_hash=token_hash(token),
            kind=kind,
            how=how,
            seen_at=at,
            expires_at=at + timedelta(hours=hours),
            **whose,
        )
        await t.Access.create(actor_kind=kind, actor_ref=ref, what="sign-in", subject=how, at=at)
    return token
