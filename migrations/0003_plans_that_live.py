"""0003_plans_that_live

Why   Plans live in the ledger: waivers that can be taken back, dates of catching up and of pauses, a
      second pair of eyes; consent can be taken back, a session tells when its holder last proved who
      they are.
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
    dependencies = [("portal", "0002_doors_tills_voices")]

    initial = False

    operations = [
        ops.CreateModel(
            name="WaiverRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(max_length=32)),
                (
                    "loan",
                    fields.ForeignKeyField(
                        "portal.LoanRow",
                        source_field="loan_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("on", fields.DateField()),
                ("granted", fields.BooleanField()),
                ("costs_minor", fields.BigIntField()),
                ("fees_minor", fields.BigIntField()),
                ("penalty_minor", fields.BigIntField()),
                ("interest_minor", fields.BigIntField()),
                ("principal_minor", fields.BigIntField()),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "waiver",
                "app": "portal",
                "unique_together": (("ref", "granted"),),
                "constraints": [
                    CheckConstraint(check="costs_minor >= 0", name="waiver_costs_minor_at_least_0"),
                    CheckConstraint(check="fees_minor >= 0", name="waiver_fees_minor_at_least_0"),
                    CheckConstraint(check="penalty_minor >= 0", name="waiver_penalty_minor_at_least_0"),
                    CheckConstraint(check="interest_minor >= 0", name="waiver_interest_minor_at_least_0"),
                    CheckConstraint(check="principal_minor >= 0", name="waiver_principal_minor_at_least_0"),
                ],
                "indexes": [Index(fields=["loan_id"], name="waiver_loan")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="BorrowerRow",
            name="withdrawn_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="cure_by",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="paused_until",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="pending",
            field=fields.TextField(default="", unique=False),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="pending_by",
            field=fields.CharField(default="", max_length=32),
        ),
        ops.AddField(
            model_name="SessionRow",
            name="device",
            field=fields.CharField(default="", max_length=40),
        ),
        ops.AddField(
            model_name="SessionRow",
            name="proven_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
