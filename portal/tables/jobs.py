"""Files that are read in the background, and the sign of life of whatever reads them."""

from datetime import datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.tables.checks import at_least, one_of
from portal.tables.columns import NamedRow, TableRow, belongs_to
from portal.tables.people import LenderRow

_KINDS = ("portfolio", "payments", "invitations", "replay", "reach", "bulk_preview", "bulk", "feed_statement")


class JobRow(NamedRow):
    """A lender's file or request on its way into the books.

    `file` names the spooled body, empty once it is removed; `landed` is how many of its loans are in, and where a job
    that died goes on; `total` is set once the whole file was checked. `facts` are counts so far, as JSON. `answer` is
    sealed, bound to the job's ref, and `status` is the HTTP status it goes out with. `key` is the caller's own
    idempotency key while the answer may be asked for again.
    """

    lender = belongs_to(LenderRow)
    kind = fields.CharField(max_length=20)
    state = fields.CharField(max_length=20)
    asked_by = fields.CharField(max_length=60)
    options = fields.TextField()
    file = fields.CharField(max_length=64, default="")
    file_bytes: fields.Field[int] = fields.BigIntField(default=0)
    key = fields.CharField(max_length=100, null=True)
    request_hash = fields.CharField(max_length=64, default="")
    read: fields.Field[int] = fields.IntField(default=0)
    total: fields.Field[int | None] = fields.IntField(null=True)
    landed: fields.Field[int] = fields.IntField(default=0)
    facts = fields.TextField(default="{}")
    answer = fields.TextField(default="")
    status: fields.Field[int | None] = fields.IntField(null=True)
    attempts: fields.Field[int] = fields.IntField(default=0)
    problem = fields.CharField(max_length=200, default="")
    created_at: fields.Field[datetime] = fields.DatetimeField()
    started_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    ended_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "job"
        unique_together = (("lender", "key"),)
        indexes = (
            Index(fields=("state", "id"), name="job_queue"),
            Index(fields=("lender_id", "id"), name="job_lender"),
        )
        constraints = (
            one_of("job", "kind", _KINDS),
            one_of("job", "state", ("waiting", "running", "done", "refused", "failed")),
            at_least("job", "file_bytes", 0),
            at_least("job", "read", 0),
            at_least("job", "landed", 0),
            at_least("job", "attempts", 0),
        )


class PulseRow(TableRow):
    """When something that runs in the background was last seen to run, since when it runs, and what went wrong last."""

    name = fields.CharField(max_length=40, unique=True)
    since: fields.Field[datetime] = fields.DatetimeField()
    at: fields.Field[datetime] = fields.DatetimeField()
    problem = fields.CharField(max_length=200, default="")
    problem_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "pulse"
