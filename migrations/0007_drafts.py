"""0007_drafts

Why   A plan that was begun can be kept for later
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0006_reports_that_name_a_debt")]

    initial = False

    operations = [
        ops.CreateModel(
            name="DraftRow",
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
                    "loan",
                    fields.ForeignKeyField(
                        "portal.LoanRow",
                        source_field="loan_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("sealed", fields.BinaryField()),
                ("saved_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "draft", "app": "portal", "unique_together": (("person", "loan"),), "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
