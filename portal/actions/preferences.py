"""How and when a lender may reach somebody, in the words of the one to be reached."""

from portal.actions.act import change_of_lender
from portal.actions.journal import Journal, borrower_stream
from portal.domain.event import Actor, NewEvent
from portal.reads.cases import LenderFacts
from portal.tables import models as tables


@change_of_lender
async def prefer(
    log: Journal, lender: LenderFacts, person_id: int, channel: str, hours: tuple[int, int], actor: Actor
) -> None:
    """Hours are full ones of the lender's time zone. The lender is told by event, without any number."""
    chosen = {"channel": channel, "from_hour": hours[0], "to_hour": hours[1]}
    kept = {**chosen, "set_at": log.moment.at}
    await tables.PreferenceRow.update_or_create(kept, person_id=person_id, lender_id=lender.id)
    for borrower in await tables.BorrowerRow.filter(person_id=person_id, lender_id=lender.id).order_by("id"):
        facts = {"borrower": borrower.external_id, **chosen, "timezone": lender.timezone}
        await log.write(borrower_stream(borrower.id), NewEvent("contact.preference_set", actor, facts))
