"""0002_doors_tills_voices

Why   The door by code, the till, the voice, holds and preferences, keys of lenders' systems, messages on
      their way out.
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
    dependencies = [("portal", "0001_initial")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ApiKeyRow",
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
                ("name", fields.CharField(default="", max_length=100)),
                ("purposes", fields.CharField(max_length=200)),
                ("secret_hash", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "api_key",
                "app": "portal",
                "indexes": [Index(fields=["lender_id"], name="api_key_lender")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CodeRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(unique=True, max_length=64)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "portal.PersonRow",
                        source_field="person_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("purpose", fields.CharField(max_length=20)),
                ("code_hash", fields.CharField(max_length=64)),
                ("failures", fields.IntField(default=0)),
                ("sent_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "code",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="failures >= 0", name="code_failures_at_least_0"),
                    CheckConstraint(check="purpose IN ('sign-in', 'sign')", name="code_purpose_known"),
                ],
                "indexes": [Index(fields=["person_id"], name="code_person")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Delivery",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(unique=True, max_length=32)),
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
                ("kind", fields.CharField(max_length=20)),
                ("sealed", fields.BinaryField()),
                ("state", fields.CharField(default="waiting", max_length=20)),
                ("attempts", fields.IntField(default=0)),
                ("next_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("leased_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("problem", fields.CharField(default="", max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "delivery",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="attempts >= 0", name="delivery_attempts_at_least_0"),
                    CheckConstraint(check="kind IN ('code', 'notice')", name="delivery_kind_known"),
                    CheckConstraint(
                        check="state IN ('waiting', 'delivered', 'dead', 'expired')", name="delivery_state_known"
                    ),
                ],
                "indexes": [
                    Index(fields=["state", "next_at"], name="delivery_due"),
                    Index(fields=["person_id"], name="delivery_person"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HoldRow",
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
                ("reason", fields.CharField(max_length=30)),
                ("about", fields.CharField(default="", max_length=32)),
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("acknowledged_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("until", fields.DateField(null=True)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "hold",
                "app": "portal",
                "indexes": [Index(fields=["loan_id"], name="hold_loan")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PaymentClaimRow",
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
                    "person",
                    fields.ForeignKeyField(
                        "portal.PersonRow",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("paid_on", fields.DateField()),
                ("amount_minor", fields.BigIntField()),
                ("reference_sealed", fields.BinaryField(null=True)),
                ("state", fields.CharField(max_length=20)),
                (
                    "payment",
                    fields.ForeignKeyField(
                        "portal.PaymentRow",
                        source_field="payment_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("look_by", fields.DateField()),
                ("reported_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "payment_report",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="amount_minor >= 1", name="payment_report_amount_minor_at_least_1"),
                    CheckConstraint(
                        check="state IN ('awaiting', 'asked', 'not_found', 'confirmed', 'withdrawn')",
                        name="payment_report_state_known",
                    ),
                ],
                "indexes": [Index(fields=["loan_id"], name="payment_report_loan")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PreferenceRow",
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
                    "lender",
                    fields.ForeignKeyField(
                        "portal.LenderRow",
                        source_field="lender_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("channel", fields.CharField(max_length=20)),
                ("from_hour", fields.IntField()),
                ("to_hour", fields.IntField()),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "preference",
                "app": "portal",
                "unique_together": (("person", "lender"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ComplaintRow",
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
                ("kind", fields.CharField(max_length=20)),
                ("component", fields.CharField(default="", max_length=20)),
                ("state", fields.CharField(max_length=20)),
                ("outcome", fields.CharField(default="", max_length=20)),
                ("answer_by", fields.DateField()),
                ("extensions", fields.IntField(default=0)),
                ("opened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "problem",
                "app": "portal",
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('not_mine', 'amount_wrong', 'still_calling', 'other')",
                        name="problem_kind_known",
                    ),
                    CheckConstraint(
                        check="component IN ('', 'costs', 'fees', 'penalty', 'interest', 'principal')",
                        name="problem_component_known",
                    ),
                    CheckConstraint(check="state IN ('open', 'decided', 'withdrawn')", name="problem_state_known"),
                    CheckConstraint(
                        check="outcome IN ('', 'upheld', 'partly', 'rejected')", name="problem_outcome_known"
                    ),
                    CheckConstraint(check="extensions >= 0", name="problem_extensions_at_least_0"),
                ],
                "indexes": [
                    Index(fields=["lender_id", "state"], name="problem_queue"),
                    Index(fields=["loan_id"], name="problem_loan"),
                    Index(fields=["person_id"], name="problem_person"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MessageRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "problem",
                    fields.ForeignKeyField(
                        "portal.ComplaintRow",
                        source_field="problem_id",
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
                ("written_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "message",
                "app": "portal",
                "indexes": [Index(fields=["problem_id"], name="message_problem")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SuspensionRow",
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
                ("component", fields.CharField(max_length=20)),
                ("on", fields.DateField()),
                ("starts", fields.BooleanField()),
                ("reason", fields.CharField(max_length=30)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "suspension",
                "app": "portal",
                "unique_together": (("ref", "component", "starts"),),
                "constraints": [
                    CheckConstraint(
                        check="component IN ('costs', 'fees', 'penalty', 'interest', 'principal')",
                        name="suspension_component_known",
                    )
                ],
                "indexes": [Index(fields=["loan_id"], name="suspension_loan")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddIndex(
            model_name="AccessRow",
            index=Index(fields=["subject"], name="access_subject"),
        ),
        ops.AddField(
            model_name="BorrowerRow",
            name="erased_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="PersonRow",
            name="erased_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
