"""0003_plans_that_live

Why   Consent can be taken back, a session tells when its holder last proved who they are.
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields, migrations

from portal.tables import operations as ops


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_doors_tills_voices")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Borrower",
            name="withdrawn_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Session",
            name="device",
            field=fields.CharField(default="", max_length=40),
        ),
        ops.AddField(
            model_name="Session",
            name="proven_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
