"""0024_signed_statements

Why   A lender's system is given a signed statement of its feed, and told when a backup took the place of the database
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops

KINDS = "'portfolio', 'payments', 'invitations', 'replay', 'reach', 'bulk_preview', 'bulk'"


class Migration(ops.Migration):
    dependencies = [("portal", "0023_pushed_to_endpoints")]

    initial = False

    operations = [
        ops.AddField(model_name="LenderRow", name="epoch", field=fields.CharField(null=True, max_length=32)),
        ops.AddField(model_name="LenderRow", name="epoch_after", field=fields.BigIntField(default=0, db_default=0)),
        ops.CreateModel(
            name="FeedStatementRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
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
                ("on", fields.DateField()),
                ("feed", fields.BigIntField()),
                ("body", fields.TextField(unique=False)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "feed_statement",
                "app": "portal",
                "unique_together": (("lender", "on", "feed"),),
                "pk_attr": "id",
                "constraints": [CheckConstraint(check="feed >= 0", name="feed_statement_feed_at_least_0")],
            },
            bases=["TableRow"],
        ),
        ops.ChangeCheck(
            model_name="JobRow",
            constraint=CheckConstraint(check=f"kind IN ({KINDS}, 'feed_statement')", name="job_kind_known"),
            before=CheckConstraint(check=f"kind IN ({KINDS})", name="job_kind_known"),
        ),
    ]
