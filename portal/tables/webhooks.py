"""Where a lender's news is pushed: the feed itself is what waits, and these rows say how far each of its streams is."""

from datetime import datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.tables.checks import at_least, one_of
from portal.tables.columns import NamedRow, TableRow, belongs_to
from portal.tables.people import LenderRow


class WebhookEndpointRow(NamedRow):
    """`position` is up to where in the lender's feed its lanes know of events; `types` are those it wants, all if none.

    `secret` is sealed and bound to the row; until `previous_until` the one before signs too. `failures` counts loans in
    a row whose news was not accepted; while it fails as a whole, nothing is tried before `next_at`. `problem` is what
    was answered last, while it fails. One that was removed keeps its row, for events name it.
    """

    lender = belongs_to(LenderRow)
    name = fields.CharField(max_length=80)
    url = fields.CharField(max_length=500)
    types = fields.TextField()
    secret = fields.TextField()
    previous_secret = fields.TextField()
    previous_until: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    state = fields.CharField(max_length=20)
    position: fields.Field[int] = fields.BigIntField()
    failures: fields.Field[int] = fields.IntField(default=0)
    failing_since: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    next_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    problem = fields.CharField(max_length=200, default="")
    succeeded_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    created_by = fields.CharField(max_length=60)
    created_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "webhook_endpoint"
        indexes = (Index(fields=("lender_id", "state"), name="webhook_endpoint_lender"),)
        constraints = (
            one_of("webhook_endpoint", "state", ("on", "stopped", "removed")),
            at_least("webhook_endpoint", "position", 0),
            at_least("webhook_endpoint", "failures", 0),
        )


class WebhookLaneRow(TableRow):
    """One stream on its way to one endpoint, in order: `seq` is the last event dealt with, `known` the last there is.

    `next_at` is when its next one is due, and nothing where none waits; `leased_until` is a sender's claim.
    """

    endpoint = belongs_to(WebhookEndpointRow)
    stream = fields.CharField(max_length=40)
    seq: fields.Field[int] = fields.BigIntField()
    known: fields.Field[int] = fields.BigIntField()
    next_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    leased_until: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    attempts: fields.Field[int] = fields.IntField(default=0)
    failing_since: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_lane"
        unique_together = (("endpoint", "stream"),)
        indexes = (
            Index(fields=("endpoint_id", "next_at"), name="webhook_lane_due"),
            Index(fields=("endpoint_id", "failing_since"), name="webhook_lane_failing"),
        )
        constraints = (at_least("webhook_lane", "seq", 0), at_least("webhook_lane", "attempts", 0))


class WebhookDeliveryRow(NamedRow):
    """How an event got to an endpoint, as of its last attempt; the body is the event's own bytes.

    `headers` are those of the request, as JSON, and `answer` the beginning of what came back. `again_at` is since when
    staff want one sent again whose turn in its stream is over.
    """

    endpoint = belongs_to(WebhookEndpointRow)
    event_ref = fields.CharField(max_length=32)
    feed: fields.Field[int] = fields.BigIntField()
    stream = fields.CharField(max_length=40)
    seq: fields.Field[int] = fields.BigIntField()
    type = fields.CharField(max_length=60)
    state = fields.CharField(max_length=20)
    attempts: fields.Field[int] = fields.IntField(default=0)
    first_at: fields.Field[datetime] = fields.DatetimeField()
    last_at: fields.Field[datetime] = fields.DatetimeField()
    again_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    headers = fields.TextField()
    status: fields.Field[int | None] = fields.IntField(null=True)
    answer = fields.TextField()
    milliseconds: fields.Field[int] = fields.IntField(default=0)
    problem = fields.CharField(max_length=200, default="")

    class Meta:
        table = "webhook_delivery"
        unique_together = (("endpoint", "feed"),)
        indexes = (
            Index(fields=("endpoint_id", "state", "feed"), name="webhook_delivery_state"),
            Index(fields=("endpoint_id", "again_at"), name="webhook_delivery_again"),
            Index(fields=("last_at",), name="webhook_delivery_over"),
        )
        constraints = (
            one_of("webhook_delivery", "state", ("delivered", "failing", "skipped")),
            at_least("webhook_delivery", "attempts", 0),
        )
