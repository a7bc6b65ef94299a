"""0001_initial

Why   The tables of the portal: streams, versioned facts, sealed fields, proposals with a line per loan.
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: E501, RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops


class Migration(ops.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="AccessRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("actor_kind", fields.CharField(max_length=10)),
                ("actor_ref", fields.CharField(max_length=32)),
                ("what", fields.CharField(max_length=60)),
                ("subject", fields.CharField(default="", max_length=80)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "access",
                "app": "portal",
                "indexes": [Index(fields=["actor_kind", "actor_ref"], name="access_actor")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IdempotencyRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("actor", fields.CharField(max_length=60)),
                ("key", fields.CharField(max_length=100)),
                ("request_hash", fields.CharField(max_length=64)),
                ("result", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "idempotency", "app": "portal", "unique_together": (("actor", "key"),), "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LenderRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("slug", fields.CharField(unique=True, max_length=64)),
                ("name", fields.CharField(max_length=200)),
                ("kind", fields.CharField(max_length=40)),
                ("currency", fields.CharField(max_length=3)),
                ("timezone", fields.CharField(max_length=64)),
                ("hotline", fields.CharField(default="", max_length=40)),
                ("feed", fields.BigIntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "lender",
                "app": "portal",
                "constraints": [CheckConstraint(check="feed >= 0", name="lender_feed_at_least_0")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EventRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(unique=True, max_length=32)),
                ("stream", fields.CharField(max_length=40)),
                ("seq", fields.BigIntField()),
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
                ("feed", fields.BigIntField()),
                ("type", fields.CharField(max_length=60)),
                ("proposal_ref", fields.CharField(default="", max_length=32)),
                ("body", fields.BinaryField()),
                ("previous", fields.CharField(max_length=64)),
                ("hash", fields.CharField(max_length=64)),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("business_date", fields.DateField()),
            ],
            options={
                "table": "event",
                "app": "portal",
                "unique_together": (("stream", "seq"), ("lender", "feed")),
                "constraints": [
                    CheckConstraint(check="seq >= 1", name="event_seq_at_least_1"),
                    CheckConstraint(check="feed >= 1", name="event_feed_at_least_1"),
                ],
                "indexes": [Index(fields=["proposal_ref"], name="event_proposal")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LoanRow",
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
                ("loan_no", fields.CharField(max_length=100)),
                ("stale_since", fields.DateField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "loan", "app": "portal", "unique_together": (("lender", "loan_no"),), "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ChargeRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
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
                ("external_id", fields.CharField(max_length=100)),
                ("made_on", fields.DateField()),
                ("due_on", fields.DateField()),
                ("kind", fields.CharField(max_length=20)),
                ("amount_minor", fields.BigIntField()),
                ("installment_no", fields.IntField(null=True)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "charge",
                "app": "portal",
                "unique_together": (("loan", "external_id"),),
                "constraints": [
                    CheckConstraint(check="amount_minor >= 1", name="charge_amount_minor_at_least_1"),
                    CheckConstraint(check="installment_no >= 1", name="charge_installment_no_at_least_1"),
                    CheckConstraint(check="kind IN ('costs', 'fees', 'penalty')", name="charge_kind_known"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ContractRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
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
                ("version", fields.IntField()),
                ("product", fields.CharField(max_length=200)),
                ("lender_kind", fields.CharField(max_length=40)),
                ("currency", fields.CharField(max_length=3)),
                ("signed_on", fields.DateField()),
                ("disbursed_on", fields.DateField()),
                ("principal_minor", fields.BigIntField()),
                ("terms", fields.TextField(unique=False)),
                ("schedule", fields.TextField(unique=False)),
                ("schedule_generated", fields.BooleanField(default=False)),
                ("written_off_on", fields.DateField(null=True)),
                ("snapshot_hash", fields.CharField(max_length=64)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "contract",
                "app": "portal",
                "unique_together": (("loan", "version"),),
                "constraints": [
                    CheckConstraint(check="version >= 1", name="contract_version_at_least_1"),
                    CheckConstraint(check="principal_minor >= 1", name="contract_principal_minor_at_least_1"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PaymentRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
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
                ("external_id", fields.CharField(max_length=100)),
                ("received_on", fields.DateField()),
                ("amount_minor", fields.BigIntField(default=0)),
                ("allocated", fields.TextField(null=True, unique=False)),
                ("reverses", fields.CharField(null=True, max_length=100)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "payment",
                "app": "portal",
                "unique_together": (("loan", "external_id"), ("loan", "reverses")),
                "constraints": [
                    CheckConstraint(check="amount_minor >= 0", name="payment_amount_minor_at_least_0"),
                    CheckConstraint(
                        check="reverses IS NULL OR amount_minor = 0", name="payment_reversal_has_no_amount"
                    ),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PersonRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(unique=True, max_length=32)),
                ("key", fields.BinaryField()),
                ("phone_hash", fields.CharField(null=True, unique=True, max_length=64)),
                ("phone_sealed", fields.BinaryField(null=True)),
                ("password_hash", fields.CharField(null=True, max_length=200)),
                ("locale", fields.CharField(default="zh-CN", max_length=12)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "person", "app": "portal", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BorrowerRow",
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
                ("external_id", fields.CharField(max_length=100)),
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
                ("key", fields.BinaryField()),
                ("name_sealed", fields.BinaryField()),
                ("phone_sealed", fields.BinaryField()),
                ("phone_hash", fields.CharField(default="", max_length=64)),
                ("id_last4_sealed", fields.BinaryField()),
                ("locale", fields.CharField(default="zh-CN", max_length=12)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "borrower",
                "app": "portal",
                "unique_together": (("lender", "external_id"),),
                "indexes": [Index(fields=["person_id"], name="borrower_person")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ConsentRow",
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
                ("notice", fields.CharField(max_length=40)),
                ("given_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "consent",
                "app": "portal",
                "unique_together": (("person", "lender", "notice"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InvitationRow",
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
                    "loan",
                    fields.ForeignKeyField(
                        "portal.LoanRow",
                        source_field="loan_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("phone_sealed", fields.BinaryField(null=True)),
                ("failures", fields.IntField(default=0)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_why", fields.CharField(null=True, max_length=20)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "invitation",
                "app": "portal",
                "constraints": [CheckConstraint(check="failures >= 0", name="invitation_failures_at_least_0")],
                "indexes": [
                    Index(fields=["borrower_id"], name="invitation_borrower"),
                    Index(fields=["lender_id", "expires_at"], name="invitation_open"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PartyRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
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
                ("role", fields.CharField(default="borrower", max_length=20)),
            ],
            options={
                "table": "party",
                "app": "portal",
                "unique_together": (("loan", "borrower"),),
                "constraints": [CheckConstraint(check="role IN ('borrower', 'co-borrower')", name="party_role_known")],
                "indexes": [Index(fields=["borrower_id"], name="party_borrower")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PolicyVersionRow",
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
                ("version", fields.IntField()),
                ("text", fields.TextField(unique=False)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "policy_version",
                "app": "portal",
                "unique_together": (("lender", "version"),),
                "constraints": [CheckConstraint(check="version >= 1", name="policy_version_version_at_least_1")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ProposalRow",
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
                ("state", fields.CharField(max_length=20)),
                ("version", fields.IntField(default=1)),
                ("decide_by", fields.DateField(null=True)),
                ("expires_on", fields.DateField(null=True)),
                ("submitted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "proposal",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="version >= 1", name="proposal_version_at_least_1"),
                    CheckConstraint(
                        check="state IN ('draft', 'submitted', 'under_review', 'info_requested', 'countered', 'accepted', 'agreed', 'active', 'strained', 'paused', 'declined', 'withdrawn', 'expired', 'broken', 'superseded', 'completed')",
                        name="proposal_state_known",
                    ),
                    CheckConstraint(
                        check="kind IN ('plan', 'pause', 'settlement', 'variation')", name="proposal_kind_known"
                    ),
                ],
                "indexes": [
                    Index(fields=["lender_id", "state"], name="proposal_queue"),
                    Index(fields=["person_id"], name="proposal_person"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AgreementRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(unique=True, max_length=32)),
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
                ("hash", fields.CharField(max_length=64)),
                ("signed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "agreement",
                "app": "portal",
                "unique_together": (("proposal", "version"),),
                "constraints": [CheckConstraint(check="version >= 1", name="agreement_version_at_least_1")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ProposalLineRow",
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
                ("seen", fields.BigIntField()),
                ("open_loan", fields.BigIntField(null=True, unique=True)),
                ("live_loan", fields.BigIntField(null=True, unique=True)),
            ],
            options={
                "table": "proposal_line",
                "app": "portal",
                "unique_together": (("proposal", "loan"),),
                "constraints": [
                    CheckConstraint(check="seen >= 0", name="proposal_line_seen_at_least_0"),
                    CheckConstraint(
                        check="open_loan IS NULL OR open_loan = loan_id", name="proposal_line_open_loan_is_its_own"
                    ),
                ],
                "indexes": [Index(fields=["loan_id"], name="proposal_line_loan")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StaffRow",
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
                ("email", fields.CharField(unique=True, max_length=254)),
                ("role", fields.CharField(max_length=20)),
                ("password_hash", fields.CharField(null=True, max_length=200)),
                ("activation_hash", fields.CharField(null=True, unique=True, max_length=64)),
                ("activation_expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "staff",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="role IN ('agent', 'approver', 'admin')", name="staff_role_known")
                ],
                "indexes": [Index(fields=["lender_id"], name="staff_lender")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SessionRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("kind", fields.CharField(max_length=10)),
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
                (
                    "staff",
                    fields.ForeignKeyField(
                        "portal.StaffRow",
                        source_field="staff_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("how", fields.CharField(max_length=20)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("seen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "session",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="kind IN ('borrower', 'staff')", name="session_kind_known"),
                    CheckConstraint(
                        check="(person_id IS NOT NULL) = (kind = 'borrower')", name="session_person_is_a_borrower"
                    ),
                    CheckConstraint(check="(staff_id IS NOT NULL) = (kind = 'staff')", name="session_staff_is_staff"),
                ],
                "indexes": [
                    Index(fields=["person_id"], name="session_person"),
                    Index(fields=["staff_id"], name="session_staff"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StatementRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
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
                ("version", fields.IntField()),
                ("as_of", fields.DateField()),
                ("costs_minor", fields.BigIntField()),
                ("fees_minor", fields.BigIntField()),
                ("penalty_minor", fields.BigIntField()),
                ("interest_minor", fields.BigIntField()),
                ("principal_minor", fields.BigIntField()),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "statement",
                "app": "portal",
                "unique_together": (("loan", "version"),),
                "constraints": [
                    CheckConstraint(check="version >= 1", name="statement_version_at_least_1"),
                    CheckConstraint(check="costs_minor >= 0", name="statement_costs_minor_at_least_0"),
                    CheckConstraint(check="fees_minor >= 0", name="statement_fees_minor_at_least_0"),
                    CheckConstraint(check="penalty_minor >= 0", name="statement_penalty_minor_at_least_0"),
                    CheckConstraint(check="interest_minor >= 0", name="statement_interest_minor_at_least_0"),
                    CheckConstraint(check="principal_minor >= 0", name="statement_principal_minor_at_least_0"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TextRow",
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
                ("sealed", fields.BinaryField()),
                ("salt", fields.BinaryField()),
                ("hash", fields.CharField(max_length=64)),
                ("author", fields.CharField(max_length=10)),
                ("lang", fields.CharField(max_length=12)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "text",
                "app": "portal",
                "constraints": [CheckConstraint(check="author IN ('borrower', 'staff')", name="text_author_known")],
                "indexes": [Index(fields=["person_id"], name="text_person")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OfferRow",
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
                ("party", fields.CharField(max_length=10)),
                ("terms", fields.TextField(unique=False)),
                ("plan", fields.TextField(unique=False)),
                ("as_of", fields.DateField()),
                ("policy_version", fields.IntField()),
                (
                    "note",
                    fields.ForeignKeyField(
                        "portal.TextRow",
                        source_field="note_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "offer",
                "app": "portal",
                "unique_together": (("proposal", "version"),),
                "constraints": [
                    CheckConstraint(check="version >= 1", name="offer_version_at_least_1"),
                    CheckConstraint(check="party IN ('borrower', 'lender')", name="offer_party_known"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ThrottleRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=64)),
                ("tries", fields.IntField(default=0)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "throttle",
                "app": "portal",
                "constraints": [CheckConstraint(check="tries >= 0", name="throttle_tries_at_least_0")],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
