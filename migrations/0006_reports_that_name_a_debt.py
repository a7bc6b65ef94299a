"""0006_reports_that_name_a_debt

Why   Who tells of a payment may say which installment it is for (Civil Code, article 560)
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0005_proposals_sent_together")]

    initial = False

    operations = [
        ops.AddField(
            model_name="PaymentClaimRow",
            name="installment_no",
            field=fields.IntField(null=True),
        ),
    ]
