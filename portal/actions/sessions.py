"""Sessions, passwords and the throttle: a session ends on the server, and every guess is counted there.

A session shows the loans of the lenders it was opened for, and of no other: nobody who holds all that opens one
lender's door comes by it to another's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import F

from portal.domain.refusal import N_, Refusal
from portal.reads.cases import PersonScope
from portal.reads.numbers import waits
from portal.reads.sessions import ids_of, ids_text
from portal.tables import models as t
from portal.tables.transaction import retried, transaction
from portal.vault import Vault, new_token, token_hash

BORROWER_HOURS, STAFF_HOURS = 12, 8
PROOFS = ("password", "code")
# So long a session that begins tells of a number that was changed.
TELLS = timedelta(days=30)
THROTTLE_MINUTES = 15


class TooManyTries(Refusal):
    says = N_("There were too many tries. Please wait {minutes} minutes and try again.")


class PasswordOpensMore(Refusal):
    says = N_(
        "Your present password opens more than what you have proven just now. Say who you are by the present password, "
        "or once for each number that lenders have of you, and then choose a new one."
    )


class LinkOver(Refusal):
    says = N_("This link was used already or is too old. Please ask for a new one.")


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know of somebody: their id, their password's hash, and the lenders that it opens."""

    id: int
    password_hash: str | None
    lenders: frozenset[int] = frozenset()

    @property
    def scope(self) -> PersonScope:
        return PersonScope(self.id, self.lenders)


async def person_by_phone(phone: str, vault: Vault) -> Account | None:
    """Who signs in with this number, or else who has a password and the number on record with a lender."""
    hashed = vault.lookup("phone", phone)
    row = await t.Person.get_or_none(phone_hash=hashed)
    if row is None:
        known = await t.Borrower.filter(phone_hash=hashed, person_id__isnull=False).values_list("person_id", flat=True)
        row = await t.Person.filter(id__in=known, password_hash__isnull=False).order_by("id").first()
    return _account(row) if row else None


async def person_account(person_id: int) -> Account:
    return _account(await t.Person.get(id=person_id))


def _account(row: t.Person) -> Account:
    return Account(row.id, row.password_hash, ids_of(row.password_lenders or ""))


async def staff_by_email(email: str) -> Account | None:
    row = await t.Staff.get_or_none(email=email.strip().lower(), ended_at__isnull=True)
    return Account(row.id, row.password_hash) if row else None


@retried
async def start_person_session(scope: PersonScope, how: str, at: datetime, device: str = "") -> str:
    """A new session that shows the loans of these lenders; answers the cookie's token.

    A password proves who it is to the lenders it opens, a code to those with whom the number is no day old, a link to
    none.
    """
    async with transaction():
        person = await t.Person.get(id=scope.person_id)
        rows = t.Borrower.filter(person_id=person.id, lender_id__in=scope.lenders, number_changed_at__gt=at - TELLS)
        changed = {int(str(each)): until for each, until in await rows.values_list("lender_id", "number_waits_until")}
        fresh = {each for each, until in changed.items() if how == "code" and waits(until, at)}
        proven = scope.lenders - fresh if how in PROOFS else frozenset[int]()
        whose = {
            "person_id": person.id,
            "device": device,
            "lenders": ids_text(scope.lenders),
            "changed_lenders": ids_text(changed),
            "proven_lenders": ids_text(proven),
            "proven_at": at if proven else None,
        }
        return await _start("borrower", how, at, BORROWER_HOURS, person.ref, **whose)


@retried
async def prove_session(session_id: int, lenders: frozenset[int], by: str, at: datetime) -> None:
    """Whoever holds this session has just given what proves who they are to these lenders; it shows theirs too.

    Who gave password and code in one session has their password open these lenders from now on.
    """
    async with transaction():
        row = await t.Session.filter(id=session_id).select_for_update().get()
        row.lenders = ids_text(ids_of(row.lenders) | lenders)
        row.proven_lenders, row.proven_at, row.seen_at = ids_text(lenders), at, at
        await row.save()
        if row.how == "password" and by == "code":
            person = await t.Person.filter(id=row.person_id).select_for_update().get()  # type: ignore[attr-defined]
            opens = ids_text(ids_of(person.password_lenders or "") | lenders)
            await t.Person.filter(id=person.id, password_hash__isnull=False).update(password_lenders=opens)


@retried
async def show_lender(session_id: int, lender_id: int, at: datetime) -> None:
    """Whoever holds this session came by this lender's link as well."""
    async with transaction():
        row = await t.Session.filter(id=session_id).select_for_update().get()
        row.lenders, row.seen_at = ids_text(ids_of(row.lenders) | {lender_id}), at
        await row.save()


async def tell_no_more(session_id: int) -> None:
    """Whoever holds this session has read that a number was changed."""
    await t.Session.filter(id=session_id).update(changed_lenders="")


async def see_session(session_id: int, at: datetime) -> None:
    """Whoever holds this session is there."""
    await t.Session.filter(id=session_id).update(seen_at=at)


async def start_staff_session(staff_id: int, at: datetime) -> str:
    staff = await t.Staff.get(id=staff_id)
    return await _start("staff", "password", at, STAFF_HOURS, staff.ref, staff_id=staff_id)


async def end_session(session_id: int, at: datetime) -> None:
    await t.Session.filter(id=session_id).update(ended_at=at)


@retried
async def set_password(person_id: int, password_hash: str, lenders: frozenset[int], kept: int, at: datetime) -> None:
    """A password that opens these lenders; all other sessions end. Raises PasswordOpensMore.

    One that opens a lender to which nothing was proven now is not replaced: else a number that one lender gave would
    take away what another's loans are signed in to with.
    """
    async with transaction():
        person = await t.Person.filter(id=person_id).select_for_update().get()
        owed = await t.Borrower.filter(person_id=person_id, erased_at__isnull=True).values_list("lender_id", flat=True)
        opens = ids_of(person.password_lenders or "") & {int(str(each)) for each in owed}
        if person.password_hash is not None and not opens <= lenders:
            raise PasswordOpensMore("password")
        await t.Person.filter(id=person_id).update(password_hash=password_hash, password_lenders=ids_text(lenders))
        others = t.Session.filter(person_id=person_id, ended_at__isnull=True).exclude(id=kept)
        await others.update(ended_at=at)


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
