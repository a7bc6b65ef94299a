"""0017_who_set_a_policy

Why   Who proposed a policy at the desk and who put it in force; jobs that judge what was proposed
      before anew, under a policy that is not in force yet, and count whom its standing offers reach
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops

KINDS = "'portfolio', 'payments', 'invitations'"


class Migration(ops.Migration):
    dependencies = [("portal", "0016_a_desk_of_people")]

    initial = False

    operations = [
        ops.AddField(
            model_name="PolicyVersionRow",
            name="proposed_by",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AddField(
            model_name="PolicyVersionRow",
            name="set_by",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.ChangeCheck(
            model_name="JobRow",
            constraint=CheckConstraint(check=f"kind IN ({KINDS}, 'replay', 'reach')", name="job_kind_known"),
            before=CheckConstraint(check=f"kind IN ({KINDS})", name="job_kind_known"),
        ),
    ]
