"""0011_plans_are_part_of_the_loan

Why   Plans and contract are counted as one list of dues. A payment may name a row of a plan. What became of
      a plan may be otherwise by that rule than was told: each that there is already is looked at once, and
      one whose status would turn over stays as it was told until its lender's operator says so.
Run   python -m portal migrate, then migrate --report, and migrate --tell SLUG for each lender
Undo  The version before counts a plan's payments by its own rule again; restore the backup.
"""

from tortoise import fields
from tortoise.indexes import Index

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0010_facts_are_rows")]  # noqa: RUF012

    initial = False

    operations = [  # noqa: RUF012
        ops.AddField(
            model_name="AgreementRow",
            name="signed_on",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="plan_installment_no",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="ProposalRow",
            name="turned_over",
            field=fields.BooleanField(null=True),
        ),
        ops.AddIndex(
            model_name="ProposalRow",
            index=Index(fields=["lender_id", "looked_on"], name="proposal_looked_on"),
        ),
    ]
