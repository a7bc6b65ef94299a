"""Taking back consent and closing the account: the way in ends; what was agreed, and what the law keeps, stays."""

from tortoise.expressions import Q

from portal.actions.access import note_access
from portal.actions.act import change_of_lender, change_outside_feed
from portal.actions.journal import Journal, borrower_stream
from portal.actions.numbers import close_lender
from portal.actions.proposals.income import forget_incomes
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.reads.cases import LenderFacts
from portal.tables import models as tables


@change_of_lender
async def withdraw_consent(log: Journal, lender: LenderFacts, person_id: int, actor: Actor) -> None:
    """The lender's loans are not shown to this person any more, until they agree anew at one of its links.

    Nor does it see any more what they let it see of their income: nobody would be left to take that back.
    """
    rows = await tables.BorrowerRow.filter(person_id=person_id, lender_id=lender.id, withdrawn_at__isnull=True)
    for borrower in rows:
        event = NewEvent("consent.withdrawn", actor, {"borrower": borrower.external_id})
        await log.write(borrower_stream(borrower.id), event)
    await tables.BorrowerRow.filter(id__in=[row.id for row in rows]).update(withdrawn_at=log.moment.at)
    await forget_incomes(Q(proposal__lender_id=lender.id, proposal__person_id=person_id), log.moment.at)


@change_outside_feed
async def close_account(
    lenders: dict[LenderFacts, BusinessTime], person_id: int, actor: Actor, moment: BusinessTime
) -> None:
    """Consent at these lenders, and every way in to them, at once; `moment` is by the wall's clock.

    From then on erasure looks at them there, where nothing is owed or open. Where no other lender is left, number,
    password and all sessions end too.
    """
    for lender, here in sorted(lenders.items(), key=lambda each: each[0].id):
        await withdraw_consent(here, lender, person_id, actor)
        await tables.BorrowerRow.filter(person_id=person_id, lender_id=lender.id).update(closed_at=moment.at)
        await close_lender(person_id, lender.id)
    if not await tables.BorrowerRow.exists(person_id=person_id, withdrawn_at__isnull=True):
        await _shut(person_id, moment)
    await note_access((actor.kind, actor.ref), "account-closed", moment.at)


async def _shut(person_id: int, moment: BusinessTime) -> None:
    """Nothing opens any more, also no code that was sent a minute ago or is about to be."""
    ended = {"phone_hash": None, "phone_sealed": None, "password_hash": None, "password_lenders": None}
    await tables.PersonRow.filter(id=person_id).update(**ended)
    await tables.SessionRow.filter(person_id=person_id, ended_at__isnull=True).update(ended_at=moment.at)
    await tables.CodeRow.filter(person_id=person_id, used_at__isnull=True).update(used_at=moment.at)
    waiting = tables.OutboundMessageRow.filter(person_id=person_id, state="waiting")
    await waiting.update(state="expired", ended_at=moment.at, sealed=b"", leased_until=None)
