"""0018_figures_that_open

Why   What the figures of the desk are counted from, and up to where a lender's feed is counted; the
      worker fills both from the log
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from datetime import date

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0017_who_set_a_policy")]

    initial = False

    operations = [
        ops.CreateModel(
            name="FigureFactRow",
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
                ("feed", fields.BigIntField()),
                ("figure", fields.CharField(max_length=20)),
                ("about", fields.CharField(max_length=32)),
                ("turn", fields.IntField()),
                ("state", fields.CharField(max_length=20)),
                ("kind", fields.CharField(max_length=20)),
                ("of_on", fields.DateField()),
                ("known_on", fields.DateField()),
                ("since_on", fields.DateField()),
                ("due_on", fields.DateField(null=True)),
                ("over_on", fields.DateField(default=date(9999, 12, 31))),
                ("person", fields.CharField(default="", max_length=32)),
                ("asked_minor", fields.BigIntField(default=0)),
                ("waived_minor", fields.BigIntField(default=0)),
                ("currency", fields.CharField(default="", max_length=3)),
            ],
            options={
                "table": "figure_fact",
                "app": "portal",
                "unique_together": (("lender", "feed", "figure"),),
                "constraints": [
                    CheckConstraint(
                        check="figure IN ('answers', 'circumstances', 'plans', 'relief', 'complaints')",
                        name="figure_fact_figure_known",
                    ),
                    CheckConstraint(check="turn >= 0", name="figure_fact_turn_at_least_0"),
                    CheckConstraint(check="feed >= 1", name="figure_fact_feed_at_least_1"),
                ],
                "indexes": [
                    Index(
                        fields=["lender_id", "figure", "since_on", "about", "turn", "of_on", "known_on", "feed"],
                        name="figure_fact_count",
                    ),
                    Index(
                        fields=[
                            *("lender_id", "figure", "over_on", "since_on", "about", "turn", "of_on", "known_on"),
                            "feed",
                        ],
                        name="figure_fact_open",
                    ),
                    Index(fields=["about"], name="figure_fact_about"),
                ],
                "pk_attr": "id",
            },
            bases=["TableRow"],
        ),
        ops.CreateModel(
            name="FigureFeedRow",
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
                ("feed", fields.BigIntField(default=0)),
            ],
            options={"table": "figure_feed", "app": "portal", "unique_together": (("lender",),), "pk_attr": "id"},
            bases=["TableRow"],
        ),
    ]
