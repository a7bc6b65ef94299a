"""0010_facts_are_rows

Why   A booking, a pause, a promise, what came of each payment, the rules of an agreement, reason and
      first day of a complaint, the loan a text is about, and what a decision was made over stood in the
      log's bodies alone: they are rows now. The worker copies what was told before; until it has, it is
      read from the log.
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
    dependencies = [("portal", "0009_the_house_stands")]

    initial = False

    operations = [
        ops.CreateModel(
            name="BookingRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "agreement",
                    fields.ForeignKeyField(
                        "portal.AgreementRow",
                        source_field="agreement_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("outcome", fields.CharField(max_length=10)),
                ("core_id", fields.CharField(default="", max_length=100)),
                ("reason", fields.CharField(default="", max_length=100)),
                ("booked_on", fields.DateField()),
            ],
            options={
                "table": "booking",
                "app": "portal",
                "unique_together": (("agreement",),),
                "constraints": [
                    CheckConstraint(check="outcome IN ('booked', 'refused')", name="booking_outcome_known"),
                    CheckConstraint(check="(outcome = 'booked') = (core_id <> '')", name="booking_says_which"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InstallmentOutcomeRow",
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
                ("no", fields.IntField()),
                ("outcome", fields.CharField(max_length=10)),
            ],
            options={
                "table": "installment_outcome",
                "app": "portal",
                "unique_together": (("proposal", "version", "no", "outcome"),),
                "constraints": [
                    CheckConstraint(check="no >= 0", name="installment_outcome_no_at_least_0"),
                    CheckConstraint(check="outcome IN ('missed', 'paid')", name="installment_outcome_outcome_known"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PlanPauseRow",
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
                ("starts_on", fields.DateField()),
                ("until", fields.DateField()),
                ("ended_on", fields.DateField(null=True)),
                ("seq", fields.BigIntField()),
            ],
            options={
                "table": "plan_pause",
                "app": "portal",
                "unique_together": (("proposal", "seq"),),
                "constraints": [CheckConstraint(check="until > starts_on", name="plan_pause_ends_later")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PromiseRow",
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
                ("terms", fields.TextField(unique=False)),
                ("valid_until", fields.DateField()),
            ],
            options={"table": "promise", "app": "portal", "unique_together": (("proposal",),), "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.AddField(
            model_name="AgreementRow",
            name="rules",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="ComplaintRow",
            name="opened_on",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="ComplaintRow",
            name="reason",
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddField(
            model_name="DecisionRow",
            name="breaks",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="DecisionRow",
            name="position",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="LenderRow",
            name="facts_feed",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="TextRow",
            name="loan",
            field=fields.ForeignKeyField(
                "portal.LoanRow",
                source_field="loan_id",
                null=True,
                db_constraint=True,
                to_field="id",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddIndex(
            model_name="TextRow",
            index=Index(fields=["loan_id"], name="text_loan"),
        ),
    ]
