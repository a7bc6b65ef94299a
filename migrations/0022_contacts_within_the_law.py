"""0022_contacts_within_the_law

Why   Every contact that was asked for, appointments that borrowers make, the time zone of a borrower,
      and keys of agencies
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops

KINDS = "'not_mine', 'amount_wrong', 'still_calling', 'threat', 'other'"


class Migration(ops.Migration):
    dependencies = [("portal", "0021_answers_in_bulk")]

    initial = False

    operations = [
        ops.CreateModel(
            name="VisitRow",
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
                    "borrower",
                    fields.ForeignKeyField(
                        "portal.BorrowerRow",
                        source_field="borrower_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "text",
                    fields.ForeignKeyField(
                        "portal.TextRow",
                        source_field="text_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("day", fields.DateField()),
                ("from_hour", fields.IntField()),
                ("to_hour", fields.IntField()),
                ("timezone", fields.CharField(max_length=64)),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("withdrawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "visit",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="from_hour >= 0", name="visit_from_hour_at_least_0"),
                    CheckConstraint(check="to_hour > from_hour AND to_hour <= 24", name="visit_ends_after_it_starts"),
                ],
                "indexes": [
                    Index(fields=["loan_id", "ends_at"], name="visit_loan"),
                    Index(fields=["lender_id", "ends_at"], name="visit_lender"),
                ],
                "pk_attr": "id",
            },
            bases=["NamedRow"],
        ),
        ops.CreateModel(
            name="ContactRow",
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
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "api_key",
                    fields.ForeignKeyField(
                        "portal.ApiKeyRow",
                        source_field="api_key_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("agency", fields.CharField(default="", max_length=100)),
                ("channel", fields.CharField(max_length=20)),
                ("number_hash", fields.CharField(default="", max_length=64)),
                (
                    "visit",
                    fields.ForeignKeyField(
                        "portal.VisitRow",
                        source_field="visit_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("timezone", fields.CharField(max_length=64)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("counted_on", fields.DateField()),
                ("until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(default="", max_length=40)),
                ("most", fields.IntField(null=True)),
                ("counted", fields.IntField(null=True)),
                ("allowed_from", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("decided_by", fields.DateField(null=True)),
                ("outcome", fields.CharField(default="", max_length=20)),
                ("made_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("seconds", fields.IntField(null=True)),
                ("told_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("against", fields.BooleanField(default=False)),
            ],
            options={
                "table": "contact",
                "app": "portal",
                "constraints": [
                    CheckConstraint(
                        check="channel IN ('call', 'message', 'email', 'letter', 'visit')", name="contact_channel_known"
                    ),
                    CheckConstraint(check="(until IS NULL) = (reason <> '')", name="contact_allowed_or_refused"),
                    CheckConstraint(check="(told_at IS NULL) = (outcome = '')", name="contact_told_with_outcome"),
                ],
                "indexes": [
                    Index(fields=["borrower_id", "counted_on"], name="contact_borrower"),
                    Index(fields=["number_hash", "counted_on"], name="contact_number"),
                    Index(fields=["loan_id", "counted_on"], name="contact_loan"),
                    Index(fields=["lender_id", "counted_on"], name="contact_lender"),
                ],
                "pk_attr": "id",
            },
            bases=["NamedRow"],
        ),
        ops.AddField(
            model_name="ApiKeyRow",
            name="agency",
            field=fields.CharField(null=True, max_length=100),
        ),
        ops.AddField(
            model_name="BorrowerRow",
            name="timezone",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="ComplaintRow",
            name="contact",
            field=fields.ForeignKeyField(
                "portal.ContactRow",
                source_field="contact_id",
                null=True,
                db_constraint=True,
                to_field="id",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.ChangeCheck(
            model_name="ComplaintRow",
            constraint=CheckConstraint(check=f"kind IN ({KINDS}, 'unlisted_contact')", name="problem_kind_known"),
            before=CheckConstraint(check=f"kind IN ({KINDS})", name="problem_kind_known"),
        ),
    ]
