"""How and when a lender may reach somebody, in the words of the one to be reached."""

from portal.actions.journal import borrower_stream, journal
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.reads.cases import LenderFacts
from portal.tables import models as tables
from portal.tables.transaction import retried


@retried
async def prefer(
    lender: LenderFacts, person_id: int, channel: str, hours: tuple[int, int], actor: Actor, moment: BusinessTime
) -> None:
    """Hours are full ones of the lender's time zone. The lender is told by event, without any number."""
    async with journal(lender.id, moment) as log:
        kept = {"channel": channel, "from_hour": hours[0], "to_hour": hours[1], "set_at": moment.at}
        await tables.PreferenceRow.update_or_create(kept, person_id=person_id, lender_id=lender.id)
        facts = {"channel": channel, "from_hour": hours[0], "to_hour": hours[1], "timezone": lender.timezone}
        for borrower in await tables.BorrowerRow.filter(person_id=person_id, lender_id=lender.id).order_by("id"):
            happening = NewEvent("contact.preference_set", actor, {"borrower": borrower.external_id, **facts})
            await log.write(borrower_stream(borrower.id), happening)
