"""The append-only log: one event row is history on the page, audit trail and outbox."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.tables.checks import at_least
from portal.tables.columns import NamedRow, TableRow, belongs_to
from portal.tables.people import LenderRow


class EventRow(NamedRow):
    """`body` are the canonical bytes, `hash` chains them to `previous` in the same stream."""

    stream = fields.CharField(max_length=40)
    seq: fields.Field[int] = fields.BigIntField()
    lender = belongs_to(LenderRow)
    feed: fields.Field[int] = fields.BigIntField()
    type = fields.CharField(max_length=60)
    proposal_ref = fields.CharField(max_length=32, default="")
    body: fields.Field[bytes] = fields.BinaryField()
    previous = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)
    occurred_at: fields.Field[datetime] = fields.DatetimeField()
    business_date: fields.Field[date] = fields.DateField()

    class Meta:
        table = "event"
        unique_together = (("stream", "seq"), ("lender", "feed"))
        indexes = (Index(fields=("proposal_ref",), name="event_proposal"),)
        constraints = (at_least("event", "seq", 1), at_least("event", "feed", 1))


class FeedStatementRow(TableRow):
    """What was signed of a lender's feed up to position `feed`, at the end of a day or on it: `body`, as JSON."""

    lender = belongs_to(LenderRow)
    on: fields.Field[date] = fields.DateField()
    feed: fields.Field[int] = fields.BigIntField()
    body = fields.TextField()
    made_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "feed_statement"
        unique_together = (("lender", "on", "feed"),)
        constraints = (at_least("feed_statement", "feed", 0),)


class IdempotencyRow(TableRow):
    """A request already answered: the same actor and key get the same answer, another body is refused."""

    actor = fields.CharField(max_length=60)
    key = fields.CharField(max_length=100)
    request_hash = fields.CharField(max_length=64)
    result = fields.TextField()
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "idempotency"
        unique_together = (("actor", "key"),)
