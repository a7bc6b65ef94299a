"""0013_papers_name_who_signed

Why   Agreements and letters name a lender as it is registered
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0012_money_beyond_what_is_due")]

    initial = False

    operations = [
        ops.AddField(
            model_name="LenderRow",
            name="legal_name",
            field=fields.CharField(null=True, max_length=200),
        ),
    ]
