"""0013_told_threatened_and_on_paper

Why   What somebody wants to be told to their phone; a message that tells of something once, and waits for
      its hour; up to where in a lender's feed borrowers were told of what it says. A threat is a kind of its own
      among what is told to be wrong. Agreements and letters name a lender as it is registered
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from portal.tables import operations as ops

KINDS = "'not_mine', 'amount_wrong', 'still_calling'"
STATES = "'waiting', 'delivered', 'dead', 'expired'"


class Migration(ops.Migration):
    dependencies = [("portal", "0012_money_beyond_what_is_due")]

    initial = False

    operations = [
        ops.CreateModel(
            name="MessageChoiceRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "portal.PersonRow",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "lender",
                    fields.ForeignKeyField(
                        "portal.LenderRow",
                        source_field="lender_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kinds", fields.CharField(default="", max_length=60)),
                ("locale", fields.CharField(max_length=12)),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("looked_on", fields.DateField(null=True)),
            ],
            options={
                "table": "message_choice",
                "app": "portal",
                "unique_together": (("person", "lender"),),
                "indexes": [Index(fields=["lender_id", "looked_on", "id"], name="message_choice_look")],
                "pk_attr": "id",
            },
            bases=["TableRow"],
        ),
        ops.AddField(
            model_name="LenderRow",
            name="told_feed",
            field=fields.BigIntField(null=True, default=0),
        ),
        ops.AddField(
            model_name="OutboundMessageRow",
            name="what",
            field=fields.CharField(default="", db_default="", max_length=20),
        ),
        ops.AddField(
            model_name="OutboundMessageRow",
            name="key",
            field=fields.CharField(null=True, max_length=120),
        ),
        ops.AddConstraint(
            model_name="OutboundMessageRow",
            constraint=UniqueConstraint(fields=("key",), name="outbound_message_key"),
        ),
        ops.ChangeCheck(
            model_name="OutboundMessageRow",
            constraint=CheckConstraint(
                check=f"state IN ({STATES}, 'planned', 'again')", name="outbound_message_state_known"
            ),
            before=CheckConstraint(check=f"state IN ({STATES})", name="outbound_message_state_known"),
        ),
        ops.ChangeCheck(
            model_name="ComplaintRow",
            constraint=CheckConstraint(check=f"kind IN ({KINDS}, 'threat', 'other')", name="problem_kind_known"),
            before=CheckConstraint(check=f"kind IN ({KINDS}, 'other')", name="problem_kind_known"),
        ),
        ops.AddField(
            model_name="LenderRow",
            name="legal_name",
            field=fields.CharField(null=True, max_length=200),
        ),
    ]
