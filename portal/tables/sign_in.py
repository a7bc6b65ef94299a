"""Invitations, sessions and throttles: who may come in, and how often somebody may try."""

from datetime import datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.tables.checks import at_least, holds, one_of
from portal.tables.columns import NamedRow, TableRow, belongs_to, may_belong_to
from portal.tables.loans import LoanRow
from portal.tables.people import BorrowerRow, LenderRow, PersonRow, StaffRow


class InvitationRow(NamedRow):
    """A link a lender sent. Only the hash of its token is kept; opening it changes nothing."""

    lender = belongs_to(LenderRow)
    borrower = belongs_to(BorrowerRow)
    loan = belongs_to(LoanRow)
    token_hash = fields.CharField(max_length=64, unique=True)
    phone_sealed: fields.Field[bytes | None] = fields.BinaryField(null=True)
    failures: fields.Field[int] = fields.IntField(default=0)
    expires_at: fields.Field[datetime] = fields.DatetimeField()
    used_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    ended_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    ended_why = fields.CharField(max_length=20, null=True)
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "invitation"
        indexes = (
            Index(fields=("borrower_id",), name="invitation_borrower"),
            Index(fields=("lender_id", "expires_at"), name="invitation_open"),
        )
        constraints = (at_least("invitation", "failures", 0),)


class SessionRow(TableRow):
    """Somebody signed in, a person or one of the staff; the cookie's token is kept only as a hash.

    `lenders` are the ids of those whose loans it shows, `proven_lenders` of those for which the password or a code was
    given at `proven_at`; of `changed_lenders` there is a change of number to tell. All are separated by spaces.
    `device` is a word for the browser.
    """

    token_hash = fields.CharField(max_length=64, unique=True)
    kind = fields.CharField(max_length=10)
    person = may_belong_to(PersonRow)
    staff = may_belong_to(StaffRow)
    how = fields.CharField(max_length=20)
    device = fields.CharField(max_length=40, default="")
    lenders = fields.TextField(default="", db_default="")
    proven_lenders = fields.TextField(default="", db_default="")
    changed_lenders = fields.TextField(default="", db_default="")
    proven_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)
    seen_at: fields.Field[datetime] = fields.DatetimeField()
    expires_at: fields.Field[datetime] = fields.DatetimeField()
    ended_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "session"
        indexes = (
            Index(fields=("person_id",), name="session_person"),
            Index(fields=("staff_id",), name="session_staff"),
            Index(fields=("expires_at",), name="session_over"),
        )
        constraints = (
            one_of("session", "kind", ("borrower", "staff")),
            holds("session", "person_is_a_borrower", "(person_id IS NOT NULL) = (kind = 'borrower')"),
            holds("session", "staff_is_staff", "(staff_id IS NOT NULL) = (kind = 'staff')"),
        )


class CodeRow(TableRow):
    """A code sent to a phone, kept as a keyed hash; `person` is empty where nobody fits, so that both look alike.

    `lenders` are the ids of those that have the number on record, `phone_hash` is of it: the code proves who somebody
    is to them alone, and only where they have it still.
    """

    ref = fields.CharField(max_length=64, unique=True)
    person = may_belong_to(PersonRow)
    purpose = fields.CharField(max_length=20)
    code_hash = fields.CharField(max_length=64)
    lenders = fields.TextField(default="", db_default="")
    phone_hash = fields.CharField(max_length=64, default="", db_default="")
    failures: fields.Field[int] = fields.IntField(default=0)
    sent_at: fields.Field[datetime] = fields.DatetimeField()
    expires_at: fields.Field[datetime] = fields.DatetimeField()
    used_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "code"
        indexes = (
            Index(fields=("person_id",), name="code_person"),
            Index(fields=("sent_at",), name="code_sent"),
        )
        constraints = (at_least("code", "failures", 0), one_of("code", "purpose", ("sign-in", "sign")))


class ThrottleRow(TableRow):
    """How often something was tried in a stretch of time; `key` is a keyed hash of what is being limited."""

    key = fields.CharField(max_length=64, unique=True)
    tries: fields.Field[int] = fields.IntField(default=0)
    since: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "throttle"
        indexes = (Index(fields=("since",), name="throttle_since"),)
        constraints = (at_least("throttle", "tries", 0),)


class ConsentRow(TableRow):
    """A privacy notice somebody agreed to, and in which version."""

    person = belongs_to(PersonRow)
    lender = belongs_to(LenderRow)
    notice = fields.CharField(max_length=40)
    given_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "consent"
        unique_together = (("person", "lender", "notice"),)


class AccessRow(TableRow):
    """Who looked at what, and ways in that were tried: kept apart from a loan's events, so that looking makes no form
    stale. Rows are chained in the order of `seq`: `hash` is over the row and `previous`; those of before 0009 have
    none.

    `source` is a keyed hash of the address it came from, where nobody is known; `detail` a code, never what was typed.
    """

    lender = may_belong_to(LenderRow)
    actor_kind = fields.CharField(max_length=10)
    actor_ref = fields.CharField(max_length=32)
    what = fields.CharField(max_length=60)
    subject = fields.CharField(max_length=80, default="")
    detail = fields.CharField(max_length=60, default="", db_default="")
    source = fields.CharField(max_length=64, default="", db_default="")
    at: fields.Field[datetime] = fields.DatetimeField()
    seq: fields.Field[int | None] = fields.BigIntField(null=True)
    previous = fields.CharField(max_length=64, null=True)
    hash = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "access"
        indexes = (
            Index(fields=("actor_kind", "actor_ref"), name="access_actor"),
            Index(fields=("subject",), name="access_subject"),
            Index(fields=("seq",), name="access_seq"),
            Index(fields=("lender_id", "at"), name="access_lender"),
        )


class ChainHeadRow(TableRow):
    """Where a chain without a stream of its own ends, and behind which row what is left of it begins.

    `seq` and `hash` are of the last row, `pruned_seq` and `pruned_hash` of the last one whose time was over.
    """

    name = fields.CharField(max_length=40, unique=True)
    seq: fields.Field[int] = fields.BigIntField()
    hash = fields.CharField(max_length=64)
    pruned_seq: fields.Field[int] = fields.BigIntField()
    pruned_hash = fields.CharField(max_length=64)

    class Meta:
        table = "chain_head"
        constraints = (at_least("chain_head", "seq", 0), at_least("chain_head", "pruned_seq", 0))
