"""Who is signed in: one statement from the cookie's hash to the person or the member of staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.reads.cases import PersonScope
from portal.reads.rows import read_rows
from portal.tables import models as tables
from portal.tables.query import Query, stored_time


@dataclass(frozen=True, slots=True)
class SignedInPerson:
    """`lenders` are those whose loans this session shows; `proven_lenders` those to whom the password or a code proved
    who it is at `proven_at`; of `changed_lenders` there is a change of number to tell. `asks_messages`: they were not
    asked yet what to tell them to their phone, of what they have with one of `lenders`.
    """

    session_id: int
    person_id: int
    ref: str
    locale: str
    has_password: bool
    has_phone: bool
    how: str
    since: datetime
    seen_at: datetime
    proven_at: datetime | None
    lenders: frozenset[int]
    proven_lenders: frozenset[int]
    changed_lenders: frozenset[int]
    asks_messages: bool

    @property
    def scope(self) -> PersonScope:
        return PersonScope(self.person_id, self.lenders)

    @property
    def proven_scope(self) -> PersonScope:
        return PersonScope(self.person_id, self.lenders & self.proven_lenders)


@dataclass(frozen=True, slots=True)
class SignedInStaff:
    session_id: int
    staff_id: int
    ref: str
    email: str
    role: str
    lender_id: int
    lender_slug: str
    lender_name: str
    currency: str
    timezone: str
    how: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One way in that is still open; `ref` is a part of its hash, so that it names nothing."""

    id: int
    ref: str
    how: str
    device: str
    since: datetime


async def sessions_of(scope: PersonScope, at: datetime) -> tuple[OpenSession, ...]:
    """Those that show nothing but what this one shows: what was opened for another lender is not told of."""
    rows = await _open_rows(at, person_id=scope.person_id)
    return tuple(_open_session(row) for row in rows if ids_of(row.lenders) <= scope.lenders)


async def sessions_of_staff(staff_id: int, at: datetime) -> tuple[OpenSession, ...]:
    return tuple(_open_session(row) for row in await _open_rows(at, staff_id=staff_id))


async def _open_rows(at: datetime, **whose: int) -> list[tables.SessionRow]:
    return await tables.SessionRow.filter(ended_at__isnull=True, expires_at__gt=at, **whose).order_by("-created_at")


def _open_session(row: tables.SessionRow) -> OpenSession:
    return OpenSession(row.id, row.token_hash[:16], row.how, row.device, row.created_at)


def ids_of(text: str) -> frozenset[int]:
    """Ids of lenders as a session keeps them: separated by spaces."""
    return frozenset(int(each) for each in text.split())


def ids_text(ids: Iterable[int]) -> str:
    return " ".join(str(each) for each in sorted(ids))


_SIGNED_IN = Query("""
SELECT session.id, session.person_id, person.ref, person.locale,
    person.password_hash IS NOT NULL, person.phone_hash IS NOT NULL,
    session.how, session.created_at, session.seen_at, session.proven_at,
    EXISTS (
        SELECT 1 FROM borrower
        WHERE borrower.person_id = session.person_id AND borrower.withdrawn_at IS NULL
            AND ' ' || session.lenders || ' ' LIKE '% ' || borrower.lender_id || ' %'
            AND NOT EXISTS (
                SELECT 1 FROM message_choice AS chosen
                WHERE chosen.person_id = borrower.person_id AND chosen.lender_id = borrower.lender_id
            )
    ),
    session.lenders, session.proven_lenders, session.changed_lenders
FROM session JOIN person ON person.id = session.person_id
WHERE session.token_hash = :token_hash AND session.kind = 'borrower'
    AND session.ended_at IS NULL AND session.expires_at > :at
""")


async def signed_in_person(token_hash: str, at: datetime) -> SignedInPerson | None:
    rows = await _SIGNED_IN.read(token_hash=token_hash, at=at)
    if not rows:
        return None
    session_id, person_id, ref, locale, password, phone, how, since, seen_at, proven_at, asks, *lenders = rows[0]
    shown, proven, changed = map(ids_of, lenders)
    return SignedInPerson(
        session_id=session_id,
        person_id=person_id,
        ref=ref,
        locale=locale,
        has_password=bool(password),
        has_phone=bool(phone),
        how=how,
        since=stored_time(since),
        seen_at=stored_time(seen_at),
        proven_at=stored_time(proven_at),
        lenders=shown,
        proven_lenders=proven,
        changed_lenders=changed,
        asks_messages=bool(asks),
    )


async def signed_in_staff(token_hash: str, at: datetime) -> SignedInStaff | None:
    open_ = {"kind": "staff", "ended_at__isnull": True, "expires_at__gt": at, "staff__ended_at__isnull": True}
    rows = await read_rows(
        SignedInStaff,
        tables.SessionRow.filter(token_hash=token_hash, **open_),
        session_id="id",
        ref="staff__ref",
        email="staff__email",
        role="staff__role",
        lender_id="staff__lender_id",
        lender_slug="staff__lender__slug",
        lender_name="staff__lender__name",
        currency="staff__lender__currency",
        timezone="staff__lender__timezone",
    )
    return rows[0] if rows else None
