"""Keys of lenders' own systems: shown once, kept as a hash, ended at once; two may work while one replaces another."""

from collections.abc import Sequence
from datetime import datetime

from portal.actions.journal import journal, lender_stream
from portal.actions.lenders import OPERATOR
from portal.domain.event import Happening, Moment
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts
from portal.tables import models as t
from portal.tables.transaction import retried
from portal.vault import new_ref, new_token, token_hash

PURPOSES = ("portfolio", "payments", "invitations", "events", "booking", "contact")
PREFIX = "rp_"


class NoSuchKey(Refusal):
    says = N_("There is no key {ref} that still works.")


@retried
async def add_key(lender: LenderFacts, name: str, purposes: Sequence[str], moment: Moment) -> str:
    """A new key; answers its secret, which nobody can read again."""
    secret, ref = PREFIX + new_token(), new_ref()
    async with journal(lender.id, moment) as log:
        await t.ApiKey.create(
            ref=ref,
            lender_id=lender.id,
            name=name,
            purposes=" ".join(sorted(set(purposes))),
            secret_hash=token_hash(secret),
        )
        facts = {"key": ref, "purposes": sorted(set(purposes))}
        await log.write(lender_stream(lender.id), Happening("key.added", OPERATOR, facts))
    return secret


@retried
async def end_key(lender: LenderFacts, ref: str, moment: Moment) -> None:
    """Raises NoSuchKey."""
    async with journal(lender.id, moment) as log:
        ended = await t.ApiKey.filter(lender_id=lender.id, ref=ref, ended_at__isnull=True).update(ended_at=moment.at)
        if not ended:
            raise NoSuchKey("ref", ref=ref)
        await log.write(lender_stream(lender.id), Happening("key.ended", OPERATOR, {"key": ref}))


async def note_use(ref: str, at: datetime) -> None:
    """The day a key was last used: to the day, so that reading the feed is no writing."""
    today = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if not await t.ApiKey.exists(ref=ref, used_at__gte=today):
        await t.ApiKey.filter(ref=ref).update(used_at=at)
