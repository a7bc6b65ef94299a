"""0013_a_threat_can_be_told

Why   A threat is a kind of its own among what is told to be wrong, with a clock of its own
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: RUF012

from tortoise.migrations.constraints import CheckConstraint

from portal.tables import operations as ops

KINDS = "'not_mine', 'amount_wrong', 'still_calling'"


class Migration(ops.Migration):
    dependencies = [("portal", "0012_money_beyond_what_is_due")]

    initial = False

    operations = [
        ops.ChangeCheck(
            model_name="ComplaintRow",
            constraint=CheckConstraint(check=f"kind IN ({KINDS}, 'threat', 'other')", name="problem_kind_known"),
            before=CheckConstraint(check=f"kind IN ({KINDS}, 'other')", name="problem_kind_known"),
        ),
    ]
