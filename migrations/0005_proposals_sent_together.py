"""0005_proposals_sent_together

Why   One amount may be spread over several loans; what was sent in one stays joined
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.indexes import Index

from portal.tables import operations as ops


class Migration(ops.Migration):
    dependencies = [("portal", "0004_payments_that_name_a_debt")]

    initial = False

    operations = [
        ops.AddField(
            model_name="ProposalRow",
            name="together",
            field=fields.CharField(default="", max_length=32),
        ),
        ops.AddIndex(
            model_name="ProposalRow",
            index=Index(fields=["together"], name="proposal_together"),
        ),
    ]
