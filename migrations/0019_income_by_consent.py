"""0019_income_by_consent

Why   What somebody let a lender see of income and spending, sealed, until they take it back; and how far
      the lender says it has gone by law
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0018_figures_that_open")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ToldIncomeRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "proposal",
                    fields.ForeignKeyField(
                        "portal.ProposalRow",
                        source_field="proposal_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("version", fields.IntField()),
                ("sealed", fields.BinaryField()),
                ("told_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("taken_back_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "told_income",
                "app": "portal",
                "unique_together": (("proposal", "version"),),
                "constraints": [CheckConstraint(check="version >= 1", name="told_income_version_at_least_1")],
                "pk_attr": "id",
            },
            bases=["TableRow"],
        ),
        ops.AddField(
            model_name="ContractRow",
            name="legal_stage",
            field=fields.CharField(null=True, max_length=20),
        ),
    ]
