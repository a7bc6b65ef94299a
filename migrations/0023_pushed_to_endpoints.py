"""0023_pushed_to_endpoints

Why   A lender's news is pushed to endpoints of its own, in order for each loan
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0022_contacts_within_the_law")]

    initial = False

    operations = [
        ops.CreateModel(
            name="WebhookEndpointRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(unique=True, max_length=32)),
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
                ("name", fields.CharField(max_length=80)),
                ("url", fields.CharField(max_length=500)),
                ("types", fields.TextField(unique=False)),
                ("secret", fields.TextField(unique=False)),
                ("previous_secret", fields.TextField(unique=False)),
                ("previous_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(max_length=20)),
                ("position", fields.BigIntField()),
                ("failures", fields.IntField(default=0)),
                ("failing_since", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("next_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("problem", fields.CharField(default="", max_length=200)),
                ("succeeded_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_by", fields.CharField(max_length=60)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "webhook_endpoint",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="state IN ('on', 'stopped', 'removed')", name="webhook_endpoint_state_known"),
                    CheckConstraint(check="position >= 0", name="webhook_endpoint_position_at_least_0"),
                    CheckConstraint(check="failures >= 0", name="webhook_endpoint_failures_at_least_0"),
                ],
                "indexes": [Index(fields=["lender_id", "state"], name="webhook_endpoint_lender")],
                "pk_attr": "id",
            },
            bases=["NamedRow"],
        ),
        ops.CreateModel(
            name="WebhookDeliveryRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(unique=True, max_length=32)),
                (
                    "endpoint",
                    fields.ForeignKeyField(
                        "portal.WebhookEndpointRow",
                        source_field="endpoint_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("event_ref", fields.CharField(max_length=32)),
                ("feed", fields.BigIntField()),
                ("stream", fields.CharField(max_length=40)),
                ("seq", fields.BigIntField()),
                ("type", fields.CharField(max_length=60)),
                ("state", fields.CharField(max_length=20)),
                ("attempts", fields.IntField(default=0)),
                ("first_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("again_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("headers", fields.TextField(unique=False)),
                ("status", fields.IntField(null=True)),
                ("answer", fields.TextField(unique=False)),
                ("milliseconds", fields.IntField(default=0)),
                ("problem", fields.CharField(default="", max_length=200)),
            ],
            options={
                "table": "webhook_delivery",
                "app": "portal",
                "unique_together": (("endpoint", "feed"),),
                "constraints": [
                    CheckConstraint(
                        check="state IN ('delivered', 'failing', 'skipped')", name="webhook_delivery_state_known"
                    ),
                    CheckConstraint(check="attempts >= 0", name="webhook_delivery_attempts_at_least_0"),
                ],
                "indexes": [
                    Index(fields=["endpoint_id", "state", "feed"], name="webhook_delivery_state"),
                    Index(fields=["endpoint_id", "again_at"], name="webhook_delivery_again"),
                    Index(fields=["last_at"], name="webhook_delivery_over"),
                ],
                "pk_attr": "id",
            },
            bases=["NamedRow"],
        ),
        ops.CreateModel(
            name="WebhookLaneRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "endpoint",
                    fields.ForeignKeyField(
                        "portal.WebhookEndpointRow",
                        source_field="endpoint_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("stream", fields.CharField(max_length=40)),
                ("seq", fields.BigIntField()),
                ("known", fields.BigIntField()),
                ("next_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("leased_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("failing_since", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "webhook_lane",
                "app": "portal",
                "unique_together": (("endpoint", "stream"),),
                "constraints": [
                    CheckConstraint(check="seq >= 0", name="webhook_lane_seq_at_least_0"),
                    CheckConstraint(check="attempts >= 0", name="webhook_lane_attempts_at_least_0"),
                ],
                "indexes": [
                    Index(fields=["endpoint_id", "next_at"], name="webhook_lane_due"),
                    Index(fields=["endpoint_id", "failing_since"], name="webhook_lane_failing"),
                ],
                "pk_attr": "id",
            },
            bases=["TableRow"],
        ),
    ]
