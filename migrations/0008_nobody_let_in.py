"""0008_nobody_let_in

Why   What a session, a code and a password open is kept lender by lender; what takes two people waits in
      a row of its own, and what was decided under which policy is one; a message can go to a borrower
      who never came in; the deployment's secret can be checked; erasure remembers when it last looked.
Run   python -m portal migrate
Undo  Restore the backup: the version before looks for messages in a table that is gone, so stop it before this runs.
"""
# ruff: noqa: E501, RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

from portal.tables import operations as ops

_MESSAGES = """
INSERT INTO outbound_message
    (ref, person_id, kind, sealed, state, attempts, next_at, leased_until, expires_at, problem, created_at, ended_at)
SELECT ref, person_id, kind,
    CASE WHEN kind = 'code' AND state = 'waiting' THEN substr(sealed, 1, 0) ELSE sealed END,
    CASE WHEN kind = 'code' AND state = 'waiting' THEN 'expired' ELSE state END,
    attempts, next_at, leased_until, expires_at, problem, created_at,
    CASE WHEN kind = 'code' AND state = 'waiting' THEN next_at ELSE ended_at END
FROM delivery ORDER BY id
"""

_WAIVERS = """
INSERT INTO approval
    (ref, lender_id, loan_id, kind, subject, facts, hash, proposed_by, proposed_at, until, outcome, closed_by, open_key)
SELECT p.ref, p.lender_id, l.loan_id, 'waiver', p.ref, p.pending, '', p.pending_by,
    COALESCE(p.submitted_at, p.created_at), COALESCE(p.decide_by, p.expires_on, CURRENT_DATE), '', '', 'waiver:' || p.ref
FROM proposal p JOIN proposal_line l ON l.proposal_id = p.id WHERE p.pending <> '' AND p.pending_by <> ''
"""

# A waiver waited without end: it has a week from now, or from the lender's own date where that is later.
_UNTIL = {
    "sqlite": "UPDATE approval SET until = date(max(until, CURRENT_DATE), '+7 day')",
    "postgres": "UPDATE approval SET until = GREATEST(until, CURRENT_DATE) + 7",
}

# A number that one of the staff changed shortly before waits its day too.
_CHANGED = (
    "(SELECT max(occurred_at) FROM event WHERE type = 'contact.number_changed' AND stream = 'borrower:' || borrower.id)"
)
_WAITS = {
    "sqlite": f"UPDATE borrower SET number_changed_at = {_CHANGED},"
    f" number_waits_until = strftime('%Y-%m-%d %H:%M:%f+00:00', {_CHANGED}, '+1 day')",
    "postgres": f"UPDATE borrower SET number_changed_at = {_CHANGED},"
    f" number_waits_until = {_CHANGED} + INTERVAL '1 day'",
}


async def _reckon_days(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """Days are added in each database's own way."""
    dialect = "sqlite" if editor.DIALECT == "sqlite" else "postgres"
    for statement in (_UNTIL[dialect], _WAITS[dialect]):
        await editor._run_sql(statement)


class Migration(ops.Migration):
    dependencies = [("portal", "0007_drafts")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ApprovalRow",
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
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=20)),
                ("subject", fields.CharField(max_length=32)),
                ("facts", fields.TextField(default="", unique=False)),
                ("sealed", fields.BinaryField(null=True)),
                ("hash", fields.CharField(default="", max_length=64)),
                ("proposed_by", fields.CharField(max_length=32)),
                ("proposed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("until", fields.DateField()),
                ("outcome", fields.CharField(default="", max_length=20)),
                ("closed_by", fields.CharField(default="", max_length=32)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("open_key", fields.CharField(null=True, unique=True, max_length=60)),
            ],
            options={
                "table": "approval",
                "app": "portal",
                "constraints": [
                    CheckConstraint(
                        check="kind IN ('number', 'waiver', 'bulk', 'offers', 'policy')", name="approval_kind_known"
                    ),
                    CheckConstraint(
                        check="outcome IN ('', 'approved', 'rejected', 'withdrawn', 'expired')",
                        name="approval_outcome_known",
                    ),
                    CheckConstraint(
                        check="outcome <> 'approved' OR closed_by <> proposed_by", name="approval_takes_two"
                    ),
                    CheckConstraint(check="outcome = '' OR open_key IS NULL", name="approval_closed_is_free"),
                ],
                "indexes": [
                    Index(fields=["lender_id", "outcome"], name="approval_queue"),
                    Index(fields=["loan_id"], name="approval_loan"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DecisionRow",
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
                ("version", fields.IntField()),
                ("verdict", fields.CharField(max_length=10)),
                ("party", fields.CharField(max_length=10)),
                ("actor_ref", fields.CharField(default="", max_length=32)),
                ("policy_version", fields.IntField()),
                ("waived_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("decided_on", fields.DateField()),
                ("decided_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "decision",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="verdict IN ('accept', 'counter', 'decline')", name="decision_verdict_known"),
                    CheckConstraint(check="party IN ('borrower', 'lender', 'policy')", name="decision_party_known"),
                    CheckConstraint(check="waived_minor >= 0", name="decision_waived_minor_at_least_0"),
                    CheckConstraint(check="version >= 1", name="decision_version_at_least_1"),
                ],
                "indexes": [
                    Index(fields=["proposal_id"], name="decision_proposal"),
                    Index(fields=["loan_id"], name="decision_loan"),
                    Index(fields=["actor_ref", "decided_on"], name="decision_actor"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OutboundMessageRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ref", fields.CharField(unique=True, max_length=32)),
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
                "table": "outbound_message",
                "app": "portal",
                "constraints": [
                    CheckConstraint(check="attempts >= 0", name="outbound_message_attempts_at_least_0"),
                    CheckConstraint(check="kind IN ('code', 'notice', 'link')", name="outbound_message_kind_known"),
                    CheckConstraint(
                        check="state IN ('waiting', 'delivered', 'dead', 'expired')",
                        name="outbound_message_state_known",
                    ),
                    CheckConstraint(
                        check="(person_id IS NULL) <> (borrower_id IS NULL)", name="outbound_message_is_for_one"
                    ),
                ],
                "indexes": [
                    Index(fields=["state", "next_at"], name="outbound_message_due"),
                    Index(fields=["person_id"], name="outbound_message_person"),
                    Index(fields=["borrower_id"], name="outbound_message_borrower"),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="VaultCheckRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("sealed", fields.TextField(unique=False)),
                ("lookup", fields.CharField(max_length=64)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "vault_check", "app": "portal", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.AddField(
            model_name="BorrowerRow",
            name="entry_code_sealed",
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name="BorrowerRow",
            name="number_changed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="BorrowerRow",
            name="number_waits_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="CodeRow",
            name="phone_hash",
            field=fields.CharField(default="", db_default="", max_length=64),
        ),
        ops.AddField(
            model_name="CodeRow",
            name="lenders",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="LenderRow",
            name="erasure_days",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="LenderRow",
            name="erasure_on",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="BorrowerRow",
            name="closed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="PartyRow",
            name="acts_from",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="PersonRow",
            name="password_lenders",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddIndex(
            model_name="BorrowerRow",
            index=Index(fields=["phone_hash"], name="borrower_phone"),
        ),
        ops.AddField(
            model_name="SessionRow",
            name="changed_lenders",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="SessionRow",
            name="lenders",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="SessionRow",
            name="proven_lenders",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        # Messages move with all they hold, but for codes, which end; a waiver that waited goes on waiting; who was signed in
        # comes in anew, for nobody knows whose links and numbers those sessions came by.
        ops.RunSQL(_MESSAGES),
        ops.DeleteModel(name="Delivery"),
        ops.RunSQL(_WAIVERS),
        ops.RunPython(_reckon_days),
        ops.RunSQL("UPDATE proposal SET pending = '', pending_by = ''"),
        ops.RunSQL("UPDATE session SET ended_at = seen_at WHERE kind = 'borrower' AND ended_at IS NULL"),
        # Answers to lenders' systems lay open here, names of refused rows in them: a request sent again is a new one.
        ops.RunSQL("DELETE FROM idempotency WHERE actor LIKE 'lender:%'"),
        ops.RunSQL("UPDATE code SET used_at = sent_at WHERE used_at IS NULL"),
    ]
