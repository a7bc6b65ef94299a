"""Keys of lenders' own systems: shown once, kept as a hash, ended at once; two may work while one replaces another."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.actions.act import change_of_lender, change_outside_feed
from portal.actions.journal import Journal, lender_stream
from portal.actions.lenders import OPERATOR
from portal.domain.event import NewEvent
from portal.domain.refusal import Refusal
from portal.reads.api_keys import KeyFacts
from portal.reads.cases import LenderFacts
from portal.tables import models as tables
from portal.tables.write_behind import write_later
from portal.vault import new_ref, new_token, token_hash

PURPOSES = (
    *("portfolio", "payments", "invitations", "events", "booking", "contact"),
    *("proposals", "agreements", "complaints", "contacts", "webhooks"),
)
AGENCY_PURPOSES = ("contacts",)
"""What a key of an agency is for, where nothing else is said."""
_PREFIX = "rp_"
USUAL_LIFE, LONGEST_LIFE = timedelta(days=365), timedelta(days=731)


class NoSuchKey(Refusal):
    says = "There is no key {ref} that still works."


class KeyLife(Refusal):
    says = "A key works for a day at least and two years at most; a new one takes its place in time."


@change_of_lender
async def add_key(
    log: Journal,
    lender: LenderFacts,
    name: str,
    purposes: Sequence[str],
    expires_at: datetime | None = None,
    agency: str = "",
) -> str:
    """A new key, for a year unless said otherwise; answers its secret, which nobody can read again.

    It has these purposes for good: one that a later version invents is not among them. Raises KeyLife.
    """
    secret, ref = _PREFIX + new_token(), new_ref()
    expires_at = expires_at or log.moment.at + USUAL_LIFE
    if not log.moment.at < expires_at <= log.moment.at + LONGEST_LIFE:
        raise KeyLife("expires")
    await tables.ApiKeyRow.create(
        ref=ref,
        lender_id=lender.id,
        name=name,
        purposes=" ".join(sorted(set(purposes))),
        agency=agency or None,
        secret_hash=token_hash(secret),
        expires_at=expires_at,
    )
    facts = {"key": ref, "purposes": sorted(set(purposes)), "expires_at": expires_at.isoformat()}
    await log.write(lender_stream(lender.id), NewEvent("key.added", OPERATOR, facts))
    return secret


@change_of_lender
async def end_key(log: Journal, lender: LenderFacts, ref: str) -> None:
    """Raises NoSuchKey."""
    ended = await tables.ApiKeyRow.filter(lender_id=lender.id, ref=ref, ended_at__isnull=True).update(
        ended_at=log.moment.at
    )
    if not ended:
        raise NoSuchKey("ref", ref=ref)
    await log.write(lender_stream(lender.id), NewEvent("key.ended", OPERATOR, {"key": ref}))


def note_use(found: KeyFacts, at: datetime) -> None:
    """The day a key was last used: to the day, and a moment later, so that reading the feed is no writing."""
    if found.used_at is None or found.used_at.date() < at.date():
        write_later(("key", found.ref), lambda: _used(found.ref, at))


@change_outside_feed
async def _used(ref: str, at: datetime) -> None:
    await tables.ApiKeyRow.filter(ref=ref).update(used_at=at)
