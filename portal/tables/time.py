"""The clock of a test deployment."""

from datetime import datetime

from tortoise import fields

from portal.tables.columns import TableRow


class TestClockRow(TableRow):
    """One row, where the database was made for a test: no other has any, and none is ever taken away.

    `ahead_ms` is how many milliseconds later it is by this clock than by the wall; `goal_at` is until when the worker
    lets day after day pass, while it does.
    """

    ahead_ms: fields.Field[int] = fields.BigIntField(default=0)
    goal_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    made_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "test_clock"
