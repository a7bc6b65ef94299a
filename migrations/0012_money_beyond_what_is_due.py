"""0012_money_beyond_what_is_due

Why   A payment may pay what is to come, be taken back in part or paid back; a lender lets go, closes a
      loan, which ends its plan, states its schedule anew, or corrects what it told; a pause has terms; a
      database made for a test has a clock
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops

STATES = (
    "'draft', 'submitted', 'under_review', 'info_requested', 'countered', 'accepted', 'agreed', 'active', 'strained', "
    "'paused', 'declined', 'withdrawn', 'expired', 'broken', 'superseded', 'completed'"
)


class Migration(ops.Migration):
    dependencies = [("portal", "0011_plans_are_part_of_the_loan")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LenderCreditRow",
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
                ("costs_minor", fields.BigIntField()),
                ("fees_minor", fields.BigIntField()),
                ("penalty_minor", fields.BigIntField()),
                ("interest_minor", fields.BigIntField()),
                ("principal_minor", fields.BigIntField()),
                ("reason", fields.CharField(max_length=200)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "lender_credit",
                "app": "portal",
                "unique_together": (("loan", "external_id"),),
                "constraints": [
                    CheckConstraint(check="costs_minor >= 0", name="lender_credit_costs_minor_at_least_0"),
                    CheckConstraint(check="fees_minor >= 0", name="lender_credit_fees_minor_at_least_0"),
                    CheckConstraint(check="penalty_minor >= 0", name="lender_credit_penalty_minor_at_least_0"),
                    CheckConstraint(check="interest_minor >= 0", name="lender_credit_interest_minor_at_least_0"),
                    CheckConstraint(check="principal_minor >= 0", name="lender_credit_principal_minor_at_least_0"),
                ],
                "pk_attr": "id",
            },
            bases=["TableRow"],
        ),
        ops.CreateModel(
            name="TestClockRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ahead_ms", fields.BigIntField(default=0)),
                ("goal_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "test_clock", "app": "portal", "pk_attr": "id"},
            bases=["TableRow"],
        ),
        ops.CreateModel(
            name="CorrectionRow",
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
                ("fact", fields.CharField(max_length=20)),
                ("external_id", fields.CharField(max_length=100)),
                ("version", fields.IntField()),
                ("told_on", fields.DateField()),
                ("said", fields.TextField(null=True, unique=False)),
                ("recorded_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "correction",
                "app": "portal",
                "unique_together": (("loan", "external_id", "fact", "version"),),
                "constraints": [
                    CheckConstraint(check="version >= 2", name="correction_version_at_least_2"),
                    CheckConstraint(check="fact IN ('charge', 'credit', 'payment')", name="correction_fact_known"),
                ],
                "pk_attr": "id",
            },
            bases=["TableRow"],
        ),
        ops.AddField(
            model_name="ContractRow",
            name="payments_told",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="ContractRow",
            name="closed_on",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="ContractRow",
            name="closed_reason",
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name="ContractRow",
            name="restated_on",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="purpose",
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="takes_back",
            field=fields.CharField(null=True, max_length=100),
        ),
        ops.AddField(
            model_name="PaymentClaimRow",
            name="plan_installment_no",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="PlanPauseRow",
            name="scope",
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name="PlanPauseRow",
            name="interest",
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.ChangeCheck(
            model_name="ProposalRow",
            constraint=CheckConstraint(check=f"state IN ({STATES}, 'ended')", name="proposal_state_known"),
            before=CheckConstraint(check=f"state IN ({STATES})", name="proposal_state_known"),
        ),
    ]
