"""0004_payments_that_name_a_debt

Why   The borrower may name the installment that a payment is for (Civil Code, article 560)
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0003_plans_that_live")]

    initial = False

    operations = [
        ops.AddField(
            model_name="PaymentRow",
            name="installment_no",
            field=fields.IntField(null=True),
        ),
    ]
