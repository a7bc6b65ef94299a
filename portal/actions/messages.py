"""Messages that were given up, sent again because an operator says so."""

from datetime import datetime

from portal.actions.act import change_outside_feed
from portal.domain.refusal import Refusal
from portal.tables import models as tables


class NotGivenUp(Refusal):
    says = "Only what was given up can be sent again; message {ref} is {state}."


class NoSuchMessage(Refusal):
    says = "There is no message {ref}."


class MessageTooOld(Refusal):
    says = "Message {ref} is a code that ran out; whoever needs one asks for a new one."


@change_outside_feed
async def send_again(ref: str, at: datetime) -> None:
    """The message is due now, with all its tries before it. Raises NoSuchMessage, NotGivenUp, MessageTooOld."""
    row = await tables.OutboundMessageRow.filter(ref=ref).select_for_update().first()
    if row is None:
        raise NoSuchMessage("ref", ref=ref)
    if row.state != "dead":
        raise NotGivenUp("ref", ref=ref, state=row.state)
    if row.expires_at is not None and row.expires_at <= at:
        raise MessageTooOld("ref", ref=ref)
    await tables.OutboundMessageRow.filter(id=row.id).update(
        state="waiting", attempts=0, next_at=at, leased_until=None, ended_at=None
    )
