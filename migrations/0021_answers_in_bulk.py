"""0021_answers_in_bulk

Why   Many proposals of a list of the desk are answered by one job, and looked through by one before
Run   python -m portal migrate
Undo  The version before does without what is allowed here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops

KINDS = "'portfolio', 'payments', 'invitations', 'replay', 'reach'"


class Migration(ops.Migration):
    dependencies = [("portal", "0020_loans_at_month_ends")]

    initial = False

    operations = [
        ops.ChangeCheck(
            model_name="JobRow",
            constraint=CheckConstraint(check=f"kind IN ({KINDS}, 'bulk_preview', 'bulk')", name="job_kind_known"),
            before=CheckConstraint(check=f"kind IN ({KINDS})", name="job_kind_known"),
        ),
    ]
