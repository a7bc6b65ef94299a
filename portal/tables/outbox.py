"""Messages on their way out: written in the transaction that causes them, sent after it, tried until they arrive."""

from datetime import datetime

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from portal.tables.checks import at_least, holds, one_of
from portal.tables.columns import NamedRow, may_belong_to
from portal.tables.people import BorrowerRow, PersonRow


class OutboundMessageRow(NamedRow):
    """One message to a person who signs in, or to a borrower of a lender who may never have come in.

    `sealed` holds number and text under the key of whom it is for; `leased_until` is a sender's claim on it. `what` is
    what it tells of. One with a `key` tells of something once: it is `planned` until its hour, or comes up `again`
    after a gateway did not take it; then it is looked at whether that is still so, and only then written. `created_at`
    is that hour.
    """

    person = may_belong_to(PersonRow)
    borrower = may_belong_to(BorrowerRow)
    kind = fields.CharField(max_length=20)
    what = fields.CharField(max_length=20, default="", db_default="")
    key = fields.CharField(max_length=120, null=True)
    sealed: fields.Field[bytes] = fields.BinaryField()
    state = fields.CharField(max_length=20, default="waiting")
    attempts: fields.Field[int] = fields.IntField(default=0)
    next_at: fields.Field[datetime] = fields.DatetimeField()
    leased_until: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    expires_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    problem = fields.CharField(max_length=200, default="")
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)
    ended_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "outbound_message"
        indexes = (
            Index(fields=("state", "next_at"), name="outbound_message_due"),
            Index(fields=("person_id",), name="outbound_message_person"),
            Index(fields=("borrower_id",), name="outbound_message_borrower"),
            Index(fields=("ended_at",), name="outbound_message_over"),
        )
        constraints = (
            at_least("outbound_message", "attempts", 0),
            one_of("outbound_message", "kind", ("code", "notice", "link")),
            one_of("outbound_message", "state", ("waiting", "delivered", "dead", "expired", "planned", "again")),
            UniqueConstraint(fields=("key",), name="outbound_message_key"),
            holds("outbound_message", "is_for_one", "(person_id IS NULL) <> (borrower_id IS NULL)"),
        )
