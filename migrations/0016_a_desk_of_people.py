"""0016_a_desk_of_people

Why   A proposal may begin with the lender's own offer, which is a decision of one of its staff; and what they write for
      each other about a loan, sealed under the borrower's key
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops

BEFORE_SIGNED = "'draft', 'submitted', 'under_review', 'info_requested', 'countered', 'accepted', 'agreed'"
AFTER = "'active', 'strained', 'paused', 'declined', 'withdrawn', 'expired', 'broken', 'superseded', 'completed'"
STATES = f"{BEFORE_SIGNED}, {AFTER}, 'ended'"
VERDICTS = "'accept', 'counter', 'decline'"


class Migration(ops.Migration):
    dependencies = [("portal", "0014_a_queue_that_is_a_tool")]

    initial = False

    operations = [
        ops.CreateModel(
            name="StaffNoteRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(unique=True, max_length=32)),
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
                (
                    "borrower",
                    fields.ForeignKeyField(
                        "portal.BorrowerRow",
                        source_field="borrower_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("sealed", fields.BinaryField()),
                ("author", fields.CharField(max_length=32)),
                ("about", fields.CharField(default="", max_length=32)),
                ("written_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "staff_note",
                "app": "portal",
                "indexes": [
                    Index(fields=["loan_id"], name="staff_note_loan"),
                    Index(fields=["about"], name="staff_note_about"),
                ],
                "pk_attr": "id",
            },
            bases=["NamedRow"],
        ),
        ops.ChangeCheck(
            model_name="ProposalRow",
            constraint=CheckConstraint(check=f"state IN ({STATES}, 'offered')", name="proposal_state_known"),
            before=CheckConstraint(check=f"state IN ({STATES})", name="proposal_state_known"),
        ),
        ops.ChangeCheck(
            model_name="DecisionRow",
            constraint=CheckConstraint(check=f"verdict IN ({VERDICTS}, 'offer')", name="decision_verdict_known"),
            before=CheckConstraint(check=f"verdict IN ({VERDICTS})", name="decision_verdict_known"),
        ),
    ]
