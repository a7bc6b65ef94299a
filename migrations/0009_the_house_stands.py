"""0009_the_house_stands

Why   A file is read by the worker, which says that it lives and looks at a proposal once a business day;
      staff have a second factor; the log of looks and of ways in that were tried is chained; what is
      only kept for a time is found by that time.
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
    dependencies = [("portal", "0008_nobody_let_in")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ChainHeadRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=40)),
                ("seq", fields.BigIntField()),
                ("hash", fields.CharField(max_length=64)),
                ("pruned_seq", fields.BigIntField()),
                ("pruned_hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "chain_head",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="seq >= 0", name="chain_head_seq_at_least_0"),
                    CheckConstraint(check="pruned_seq >= 0", name="chain_head_pruned_seq_at_least_0"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="JobRow",
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
                ("kind", fields.CharField(max_length=20)),
                ("state", fields.CharField(max_length=20)),
                ("asked_by", fields.CharField(max_length=60)),
                ("options", fields.TextField(unique=False)),
                ("file", fields.CharField(default="", max_length=64)),
                ("file_bytes", fields.BigIntField(default=0)),
                ("key", fields.CharField(null=True, max_length=100)),
                ("request_hash", fields.CharField(default="", max_length=64)),
                ("read", fields.IntField(default=0)),
                ("total", fields.IntField(null=True)),
                ("landed", fields.IntField(default=0)),
                ("facts", fields.TextField(default="{}", unique=False)),
                ("answer", fields.TextField(default="", unique=False)),
                ("status", fields.IntField(null=True)),
                ("attempts", fields.IntField(default=0)),
                ("problem", fields.CharField(default="", max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("started_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "job",
                "app": "portal",
                "unique_together": (("lender", "key"),),
                "constraints": [
                    CheckConstraint(check="kind IN ('portfolio', 'payments', 'invitations')", name="job_kind_known"),
                    CheckConstraint(
                        check="state IN ('waiting', 'running', 'done', 'refused', 'failed')", name="job_state_known"
                    ),
                    CheckConstraint(check="file_bytes >= 0", name="job_file_bytes_at_least_0"),
                    CheckConstraint(check="read >= 0", name="job_read_at_least_0"),
                    CheckConstraint(check="landed >= 0", name="job_landed_at_least_0"),
                    CheckConstraint(check="attempts >= 0", name="job_attempts_at_least_0"),
                ],
                "indexes": [
                    Index(fields=["state", "id"], name="job_queue"),
                    Index(fields=["lender_id", "id"], name="job_lender"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PulseRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=40)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("problem", fields.CharField(default="", max_length=200)),
                ("problem_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "pulse", "app": "portal", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.AddField(
            model_name="AccessRow",
            name="detail",
            field=fields.CharField(default="", db_default="", max_length=60),
        ),
        ops.AddField(
            model_name="AccessRow",
            name="hash",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="AccessRow",
            name="lender",
            field=fields.ForeignKeyField(
                "portal.LenderRow",
                source_field="lender_id",
                null=True,
                db_constraint=True,
                to_field="id",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="AccessRow",
            name="previous",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="AccessRow",
            name="seq",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="AccessRow",
            name="source",
            field=fields.CharField(default="", db_default="", max_length=64),
        ),
        ops.AddIndex(
            model_name="AccessRow",
            index=Index(fields=["seq"], name="access_seq"),
        ),
        ops.AddIndex(
            model_name="AccessRow",
            index=Index(fields=["lender_id", "at"], name="access_lender"),
        ),
        ops.AddIndex(
            model_name="CodeRow",
            index=Index(fields=["sent_at"], name="code_sent"),
        ),
        ops.AddIndex(
            model_name="HoldRow",
            index=Index(fields=["until"], name="hold_until"),
        ),
        ops.AddIndex(
            model_name="OutboundMessageRow",
            index=Index(fields=["ended_at"], name="outbound_message_over"),
        ),
        ops.AddIndex(
            model_name="PaymentClaimRow",
            index=Index(fields=["state", "look_by"], name="payment_report_late"),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="looked_on",
            field=fields.DateField(null=True),
        ),
        ops.AddIndex(
            model_name="SessionRow",
            index=Index(fields=["expires_at"], name="session_over"),
        ),
        ops.AddField(
            model_name="StaffRow",
            name="recovery_hashes",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="StaffRow",
            name="totp_sealed",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="StaffRow",
            name="totp_step",
            field=fields.BigIntField(null=True),
        ),
        ops.AddIndex(
            model_name="ThrottleRow",
            index=Index(fields=["since"], name="throttle_since"),
        ),
    ]
