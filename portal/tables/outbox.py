"""Messages on their way out: written in the transaction that causes them, sent after it, tried until they arrive."""

from datetime import datetime

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from portal.tables.checks import at_least, one_of
from portal.tables.people import Person


class Delivery(Model):
    """One message. `sealed` holds number and text under the person's key; `leased_until` is a sender's claim on it."""

    id: fields.Field[int] = fields.BigIntField(primary_key=True)
    ref = fields.CharField(max_length=32, unique=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "portal.Person", related_name=None, on_delete=fields.RESTRICT
    )
    kind = fields.CharField(max_length=20)
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
        table = "delivery"
        indexes = (
            Index(fields=("state", "next_at"), name="delivery_due"),
            Index(fields=("person_id",), name="delivery_person"),
        )
        constraints = (
            at_least("delivery", "attempts", 0),
            one_of("delivery", "kind", ("code", "notice")),
            one_of("delivery", "state", ("waiting", "delivered", "dead", "expired")),
        )
