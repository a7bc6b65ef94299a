"""Sessions and passwords: a session begins and ends on the server.

A session shows the loans of the lenders it was opened for, and of no other: nobody who holds all that opens one
lender's door comes by it to another's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from portal.actions.access import note_access
from portal.actions.act import change_outside_feed
from portal.actions.password_message import PasswordNews, tell_password
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import PersonScope
from portal.reads.numbers import every_lender, waits
from portal.reads.sessions import ids_of, ids_text
from portal.tables import models as tables
from portal.vault import Vault, new_token, token_hash

BORROWER_HOURS, STAFF_HOURS = 12, 8
PROOFS = ("password", "code")
# Whoever gave the password or a code so long ago need not give it again.
PROOF_LASTS = timedelta(minutes=10)
# Whoever tapped twice, or whose line broke, asks once more by the token of before within this time.
ANSWER_LOST = timedelta(minutes=1)
MOST_ON_A_PHONE = 4
MOST_SESSIONS = 10
# So long a session that begins tells of a number that was changed.
TELLS = timedelta(days=30)


class NotProven(Refusal):
    says = N_("Too much time has passed, or a number was changed meanwhile. Please say once more who you are.")


class StaffChanged(Refusal):
    says = N_("Your account was changed while you were signing in. Please sign in again.")


class PasswordOpensMore(Refusal):
    says = N_(
        "Your present password opens more than what you have proven just now. Say who you are by the present password "
        "first, and then choose a new one."
    )


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know of somebody: their id, their password's hash, and the lenders that it opens.

    `of_before` is a password of a version that kept no lenders with it.
    """

    id: int
    password_hash: str | None
    lenders: frozenset[int] = frozenset()
    of_before: bool = False
    phone_hash: str | None = None

    def factor(self, at: datetime) -> "Factor":
        """The password, once it was judged right at that moment."""
        return Factor("password", PersonScope(self.id, self.lenders), at, self.password_hash)


async def people_by_phone(phone: str, vault: Vault) -> list[Account]:
    """Who may sign in with this number and a password: whose it is to sign in with, and for whom a lender has it.

    People share phones; which of them it is the password tells.
    """
    hashed = vault.lookup("phone", phone)
    known = await tables.BorrowerRow.filter(phone_hash=hashed, person_id__isnull=False).values_list(
        "person_id", flat=True
    )
    rows = await tables.PersonRow.filter(Q(phone_hash=hashed) | Q(id__in=known)).order_by("id")
    first = sorted(rows, key=lambda row: row.phone_hash != hashed)
    return [_account(row) for row in first if row.password_hash is not None][:MOST_ON_A_PHONE]


async def person_account(person_id: int) -> Account:
    return _account(await tables.PersonRow.get(id=person_id))


def _account(row: tables.PersonRow) -> Account:
    of_before = row.password_hash is not None and row.password_lenders is None
    return Account(row.id, row.password_hash, ids_of(row.password_lenders or ""), of_before, row.phone_hash)


@dataclass(frozen=True, slots=True)
class Factor:
    """What somebody gave: a password, a code or an invitation, and the lenders it leads to.

    `at` is when a code was sent, a link came in or a password was judged; what changed since counts against it.
    `password_hash` is the one that was judged, `phone_hash` of the number that a code went to.
    """

    how: str
    scope: PersonScope
    at: datetime
    password_hash: str | None = None
    phone_hash: str = ""


@change_outside_feed
async def start_person_session(factor: Factor, at: datetime, device: str = "", former: str = "") -> str:
    """A new session that shows the loans of the lenders that the factor leads to; answers the cookie's token.

    A password proves who it is to the lenders it opens, a code to those with whom the number does not wait, a link to
    none. Looked at again in here: what was changed since the factor was given, or judged, it opens no more.
    `former` is the token that this browser had: that session ends.
    """
    rows = await _borrowers(factor.scope.person_id)
    person = await tables.PersonRow.filter(id=factor.scope.person_id).select_for_update().get()
    shown = _still(factor, person, rows)
    proven = _proven(factor, shown, rows, at)
    news = {r.lender_id for r in rows if r.number_changed_at is not None and r.number_changed_at > at - TELLS}  # type: ignore[attr-defined]
    whose = {
        "person_id": person.id,
        "device": device,
        "lenders": ids_text(shown),
        "changed_lenders": ids_text(shown & news),
        "proven_lenders": ids_text(proven),
        "proven_at": at if proven else None,
    }
    token = await _start("borrower", factor.how, at, BORROWER_HOURS, person.ref, former, **whose)
    weaker = {"how": factor.how} if factor.how not in PROOFS else {}
    await _end_oldest(shown, person.ref, at, person_id=person.id, **weaker)
    return token


@change_outside_feed
async def prove_session(session_id: int, factor: Factor, at: datetime, token: str, *, locked: bool = False) -> None:
    """Whoever holds this session has just given what proves who they are; it shows what that leads to as well.

    One that was locked shows that alone: whoever opened it again gave nothing for the rest. Who gave password and code
    in one session has their password open these lenders from now on. `token` is what it has instead of that of before.
    """
    rows = await _borrowers(factor.scope.person_id)
    row = await tables.SessionRow.filter(id=session_id, person_id=factor.scope.person_id).select_for_update().get()
    person = await tables.PersonRow.filter(id=factor.scope.person_id).select_for_update().get()
    shown = _still(factor, person, rows)
    proven, before = _proven(factor, shown, rows, at), ids_of(row.lenders)
    row.lenders = ids_text(before & shown if locked and before else before | shown)
    row.proven_lenders, row.proven_at, row.seen_at = ids_text(proven), at, at
    await _renew(row, token)
    if row.how == "password" and factor.how == "code":
        opens = ids_text(ids_of(person.password_lenders or "") | proven)
        await tables.PersonRow.filter(id=person.id, password_hash__isnull=False).update(password_lenders=opens)


@change_outside_feed
async def show_lender(session_id: int, factor: Factor, at: datetime) -> str:
    """Whoever holds this session came by a lender's link as well. Answers the token that it has instead."""
    rows = await _borrowers(factor.scope.person_id)
    row = await tables.SessionRow.filter(id=session_id, person_id=factor.scope.person_id).select_for_update().get()
    person = await tables.PersonRow.get(id=factor.scope.person_id)
    row.lenders, row.seen_at = ids_text(ids_of(row.lenders) | _still(factor, person, rows)), at
    token = new_token()
    await _renew(row, token)
    return token


async def _renew(row: tables.SessionRow, token: str) -> None:
    """What a session opens has grown: the token of before opens nothing any more."""
    row.token_hash = token_hash(token)
    await row.save()


async def _borrowers(person_id: int) -> list[tables.BorrowerRow]:
    """A person as their lenders know them; nobody changes a number until this transaction has ended."""
    return list(
        await tables.BorrowerRow.filter(person_id=person_id, erased_at__isnull=True).order_by("id").select_for_update()
    )


def _still(factor: Factor, person: tables.PersonRow, rows: Sequence[tables.BorrowerRow]) -> frozenset[int]:
    """The lenders that a factor leads to still: not where the number, or the password, was changed after it."""
    if factor.how == "password":
        opens = ids_of(person.password_lenders or "") if person.password_hash == factor.password_hash else frozenset()
    else:
        changed = {r.lender_id for r in rows if r.number_changed_at is not None and r.number_changed_at > factor.at}  # type: ignore[attr-defined]
        opens = factor.scope.lenders - changed
    return opens & {row.lender_id for row in rows}  # type: ignore[attr-defined]


def _proven(factor: Factor, shown: frozenset[int], rows: Sequence[tables.BorrowerRow], at: datetime) -> frozenset[int]:
    """Of the lenders shown, those to which the factor tells who somebody is."""
    if factor.how not in PROOFS:
        return frozenset()
    if factor.how == "password":
        return shown
    sure = (r for r in rows if r.phone_hash == factor.phone_hash and not waits(r.number_waits_until, at))
    return shown & {row.lender_id for row in sure}  # type: ignore[attr-defined]


@change_outside_feed
async def tell_no_more(session_id: int) -> None:
    """Whoever holds this session has read that a number was changed."""
    await tables.SessionRow.filter(id=session_id).update(changed_lenders="")


@change_outside_feed
async def start_staff_session(
    staff_id: int, at: datetime, how: str = "password", device: str = "", judged: str | None = None, former: str = ""
) -> str:
    """A session of one of the staff; answers the cookie's token.

    `judged` is the hash of the password that was right; `former` the token that this browser had: that session ends.
    Raises StaffChanged where the password is another by now, or they were ended.
    """
    staff = await tables.StaffRow.filter(id=staff_id, ended_at__isnull=True).select_for_update().first()
    if staff is None or judged not in (None, staff.password_hash):
        raise StaffChanged("email")
    token = await _start("staff", how, at, STAFF_HOURS, staff.ref, former, staff_id=staff_id, device=device)
    await _end_oldest(frozenset(), staff.ref, at, staff_id=staff_id)
    return token


@change_outside_feed
async def end_session(session_id: int, at: datetime) -> None:
    await tables.SessionRow.filter(id=session_id).update(ended_at=at)


@change_outside_feed
async def set_password(session_id: int, password_hash: str, at: datetime, news: PasswordNews) -> None:
    """A password that opens the lenders just proven in this session; other sessions that show only those end.

    One that opens a lender to which nothing was proven now is not replaced: else a number that one lender gave would
    take away what another's loans are signed in to with. One of before, which nobody knows the lenders of, counts as
    one for all. The numbers on record are told. Raises NotProven, PasswordOpensMore.
    """
    session = await tables.SessionRow.filter(id=session_id, ended_at__isnull=True).select_for_update().first()
    if session is None or session.proven_at is None or session.proven_at <= at - PROOF_LASTS:
        raise NotProven("password")
    proven, person_id = ids_of(session.proven_lenders), session.person_id  # type: ignore[attr-defined]
    person = await tables.PersonRow.filter(id=person_id).select_for_update().get()
    theirs = (await every_lender(person_id)).lenders
    opens = theirs if person.password_lenders is None else theirs & ids_of(person.password_lenders)
    if not proven:
        raise NotProven("password")
    if person.password_hash is not None and not opens <= proven:
        raise PasswordOpensMore("password")
    await tables.PersonRow.filter(id=person_id).update(password_hash=password_hash, password_lenders=ids_text(proven))
    for other in await tables.SessionRow.filter(person_id=person_id, ended_at__isnull=True).exclude(id=session_id):
        if ids_of(other.lenders) <= proven:
            await tables.SessionRow.filter(id=other.id).update(ended_at=at)
    await tell_password(person_id, proven, news, at)


@change_outside_feed
async def keep_renewed(person_id: int, judged: str, password_hash: str) -> bool:
    """The same password by newer parameters: it opens what it opened. Answers False where it was changed meanwhile."""
    return bool(await tables.PersonRow.filter(id=person_id, password_hash=judged).update(password_hash=password_hash))


async def _start(kind: str, how: str, at: datetime, hours: int, ref: str, former: str, **whose: Any) -> str:
    """Within the act that looked at whom it is for."""
    token = new_token()
    if former:
        before = tables.SessionRow.filter(kind=kind, token_hash=token_hash(former), ended_at__isnull=True)
        await before.update(ended_at=at)
    await tables.SessionRow.create(
        token_hash=token_hash(token),
        kind=kind,
        how=how,
        seen_at=at,
        expires_at=at + timedelta(hours=hours),
        **whose,
    )
    await note_access((kind, ref), "sign-in", at, subject=how)
    return token


async def _end_oldest(shown: frozenset[int], ref: str, at: datetime, **whose: Any) -> None:
    """Beyond MOST_SESSIONS the oldest end, and it is written down: a link ends none that a password or a code opened,
    and none ends what shows a lender that it does not show itself.
    """
    rows = await tables.SessionRow.filter(ended_at__isnull=True, expires_at__gt=at, **whose).order_by("-id")
    for row in [row for row in rows if ids_of(row.lenders) <= shown][MOST_SESSIONS:]:
        await end_session(row.id, at)
        await note_access((row.kind, ref), "session-ended", at, subject="oldest")
