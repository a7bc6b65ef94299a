"""0020_loans_at_month_ends

Why   Loans at month ends and their sums, which the worker works out; the cause of a complaint, as
      whoever answers it says; and sums of what figures count, for which they are counted anew
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

import datetime

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0019_income_by_consent")]

    initial = False

    operations = [
        ops.CreateModel(
            name="MonthEndPlaceRow",
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
                ("of_on", fields.DateField()),
                ("loan", fields.BigIntField(default=0)),
                ("feed", fields.BigIntField(default=0)),
            ],
            options={"table": "month_end_place", "app": "portal", "unique_together": (("lender",),), "pk_attr": "id"},
            bases=["TableRow"],
        ),
        ops.CreateModel(
            name="MonthEndRow",
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
                ("of_on", fields.DateField()),
                ("known_on", fields.DateField()),
                ("until_on", fields.DateField(default=datetime.date.fromisoformat("9999-12-31"))),
                ("was", fields.CharField(max_length=20)),
                ("bucket", fields.CharField(max_length=20)),
                ("currency", fields.CharField(max_length=3)),
                ("principal_minor", fields.BigIntField()),
                ("overdue_minor", fields.BigIntField()),
            ],
            options={
                "table": "month_end",
                "app": "portal",
                "unique_together": (("loan", "of_on", "known_on"),),
                "constraints": [
                    CheckConstraint(
                        check="bucket IN ('current', 'days_1_29', 'days_30_59', 'days_60_89', 'days_90', 'closed')",
                        name="month_end_bucket_known",
                    ),
                    CheckConstraint(
                        check="was IN ('', 'current', 'days_1_29', 'days_30_59', 'days_60_89', 'days_90', 'closed')",
                        name="month_end_was_known",
                    ),
                    CheckConstraint(check="principal_minor >= 0", name="month_end_principal_minor_at_least_0"),
                    CheckConstraint(check="overdue_minor >= 0", name="month_end_overdue_minor_at_least_0"),
                ],
                "indexes": [
                    Index(
                        fields=["lender_id", "of_on", "bucket", "loan_id", "was", "known_on", "until_on"],
                        name="month_end_cases",
                    )
                ],
                "pk_attr": "id",
            },
            bases=["TableRow"],
        ),
        ops.CreateModel(
            name="MonthEndTotalRow",
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
                ("of_on", fields.DateField()),
                ("known_on", fields.DateField()),
                ("was", fields.CharField(max_length=20)),
                ("bucket", fields.CharField(max_length=20)),
                ("currency", fields.CharField(max_length=3)),
                ("loans", fields.BigIntField(default=0)),
                ("principal_minor", fields.BigIntField(default=0)),
                ("overdue_minor", fields.BigIntField(default=0)),
            ],
            options={
                "table": "month_end_total",
                "app": "portal",
                "unique_together": (("lender", "of_on", "known_on", "was", "bucket", "currency"),),
                "pk_attr": "id",
            },
            bases=["TableRow"],
        ),
        ops.AddField(
            model_name="ComplaintRow",
            name="cause",
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name="FigureFactRow",
            name="cause",
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.CreateModel(
            name="FigureTotalRow",
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
                ("figure", fields.CharField(max_length=20)),
                ("state", fields.CharField(max_length=20)),
                ("since_on", fields.DateField()),
                ("due_on", fields.DateField()),
                ("kind", fields.CharField(max_length=20)),
                ("cause", fields.CharField(max_length=20)),
                ("of_on", fields.DateField()),
                ("known_on", fields.DateField()),
                ("counted", fields.BigIntField(default=0)),
            ],
            options={
                "table": "figure_total",
                "app": "portal",
                "unique_together": (
                    ("lender", "figure", "state", "since_on", "due_on", "kind", "cause", "of_on", "known_on"),
                ),
                "pk_attr": "id",
            },
            bases=["TableRow"],
        ),
        ops.AddField(
            model_name="FigureFeedRow",
            name="summed_feed",
            field=fields.BigIntField(null=True),
        ),
    ]
