"""What is signed of a feed is kept as it was signed; and a feed whose past was another begins a new epoch."""

from datetime import date, datetime

from portal.actions.act import change_of_lender, change_outside_feed
from portal.actions.journal import Journal, lender_stream
from portal.actions.lenders import OPERATOR
from portal.domain.event import NewEvent
from portal.reads.cases import LenderFacts
from portal.reads.feed import FIRST_EPOCH, kept_statement
from portal.tables import models as tables
from portal.vault import new_ref


@change_outside_feed
async def keep_feed_statement(lender_id: int, on: date, feed: int, body: str, at: datetime) -> str:
    """Answers the one that is kept: the first that was made."""
    if (kept := await kept_statement(lender_id, on, feed)) is not None:
        return kept
    await tables.FeedStatementRow.create(lender_id=lender_id, on=on, feed=feed, body=body, made_at=at)
    return body


@change_of_lender
async def begin_epoch(log: Journal, lender: LenderFacts) -> str:
    """After a backup took the place of the database: what came after it is not there, and its positions come again.

    Answers the name of the epoch. What was signed stays as it is: it is of what is still there.
    """
    row, epoch = log.lender, new_ref()
    facts = {"epoch": epoch, "before": row.epoch or FIRST_EPOCH, "restored_to": row.feed}
    await tables.LenderRow.filter(id=lender.id).update(epoch=epoch, epoch_after=row.feed)
    await log.write(lender_stream(lender.id), NewEvent("feed.restored", OPERATOR, facts))
    return epoch
