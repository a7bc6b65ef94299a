"""Lenders, their staff, and the people who owe: a person signs in, a borrower is how one lender knows somebody."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.tables.checks import at_least, one_of
from portal.tables.columns import NamedRow, TableRow, belongs_to, may_belong_to


class LenderRow(TableRow):
    """`feed` is the last position given out in this lender's feed; it is only raised under the row's lock.

    `legal_name` is the one it is registered under, where that is told.
    Up to `told_feed` borrowers were told what it says; nothing until the worker first looked after an upgrade.
    Up to `facts_feed` every fact that the feed tells is a row too; it is less only while the worker copies them.
    `epoch` names the time since a backup was put in the place of this database, none where none ever was; up to
    `epoch_after` the feed is as it was before that.
    `erasure_on` is the business day on which erasure last looked here, `erasure_days` the time for keeping it went by.
    """

    slug = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=200)
    legal_name: fields.Field[str | None] = fields.CharField(max_length=200, null=True)
    kind = fields.CharField(max_length=40)
    currency = fields.CharField(max_length=3)
    timezone = fields.CharField(max_length=64)
    hotline = fields.CharField(max_length=40, default="")
    feed: fields.Field[int] = fields.BigIntField(default=0)
    facts_feed: fields.Field[int] = fields.BigIntField(default=0, db_default=0)
    told_feed: fields.Field[int | None] = fields.BigIntField(null=True, default=0)
    epoch: fields.Field[str | None] = fields.CharField(max_length=32, null=True)
    epoch_after: fields.Field[int] = fields.BigIntField(default=0, db_default=0)
    erasure_on: fields.Field[date | None] = fields.DateField(null=True)
    erasure_days: fields.Field[int | None] = fields.IntField(null=True)
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "lender"
        constraints = (at_least("lender", "feed", 0),)


class PolicyVersionRow(TableRow):
    """A lender's published policy as it was set; never changed, only followed by the next version.

    `set_by` is `operator`, or the ref of the one of the staff who put in force what `proposed_by` had proposed; nothing
    of one set before that was kept.
    """

    lender = belongs_to(LenderRow)
    version: fields.Field[int] = fields.IntField()
    text = fields.TextField()
    proposed_by: fields.Field[str | None] = fields.CharField(max_length=32, null=True)
    set_by: fields.Field[str | None] = fields.CharField(max_length=32, null=True)
    recorded_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "policy_version"
        unique_together = (("lender", "version"),)
        constraints = (at_least("policy_version", "version", 1),)


class StaffRow(NamedRow):
    """`totp_sealed` is the secret of the second factor, bound to the row; `totp_step` the last time step that was used,
    so that a code works once. `recovery_hashes` are of the codes that are left, separated by spaces. `open_proposal` is
    the id of the one whose page they opened last, at `opened_at`: colleagues see that.
    """

    lender = belongs_to(LenderRow)
    email = fields.CharField(max_length=254, unique=True)
    role = fields.CharField(max_length=20)
    password_hash = fields.CharField(max_length=200, null=True)
    activation_hash = fields.CharField(max_length=64, null=True, unique=True)
    activation_expires_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    totp_sealed = fields.TextField(null=True)
    totp_step: fields.Field[int | None] = fields.BigIntField(null=True)
    recovery_hashes = fields.TextField(null=True)
    open_proposal: fields.Field[int | None] = fields.BigIntField(null=True)
    opened_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    ended_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "staff"
        indexes = (Index(fields=("lender_id",), name="staff_lender"),)
        constraints = (one_of("staff", "role", ("agent", "approver", "admin")),)


class PersonRow(NamedRow):
    """Somebody who signs in. `phone_hash` is a keyed hash: looked up, never read.

    `key` seals this person's fields and texts and is itself wrapped; erasure empties it. `password_lenders` are the
    ids of those whose loans the password opens, separated by spaces: a code was given for each when it was set.
    """

    key: fields.Field[bytes] = fields.BinaryField()
    phone_hash = fields.CharField(max_length=64, null=True, unique=True)
    phone_sealed: fields.Field[bytes | None] = fields.BinaryField(null=True)
    password_hash = fields.CharField(max_length=200, null=True)
    password_lenders = fields.TextField(null=True)
    locale = fields.CharField(max_length=12, default="zh-CN")
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)
    erased_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "person"


class BorrowerRow(TableRow):
    """A borrower as one lender knows them; `person` is set only when that person opened the lender's invitation.

    `key` seals what the lender told of them and is itself wrapped; erasure empties it. `withdrawn_at` is set while the
    person has taken back their consent, `closed_at` once they closed the account here. `entry_code_sealed` is what is
    asked for at the door where no ID digits were told; `number_changed_at` is when phone or digits last changed,
    and until `number_waits_until` a code to the phone proves nothing. By `name_hash` and `last4_hash` the desk finds
    who telephones: keyed hashes of the whole name and of the last four digits of the phone, empty where there is none,
    nothing until the worker has written them. No `timezone` is the lender's.
    """

    lender = belongs_to(LenderRow)
    external_id = fields.CharField(max_length=100)
    person = may_belong_to(PersonRow)
    key: fields.Field[bytes] = fields.BinaryField()
    name_sealed: fields.Field[bytes] = fields.BinaryField()
    phone_sealed: fields.Field[bytes] = fields.BinaryField()
    phone_hash = fields.CharField(max_length=64, default="")
    name_hash = fields.CharField(max_length=64, null=True)
    last4_hash = fields.CharField(max_length=64, null=True)
    id_last4_sealed: fields.Field[bytes] = fields.BinaryField()
    entry_code_sealed: fields.Field[bytes | None] = fields.BinaryField(null=True)
    number_changed_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    number_waits_until: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    locale = fields.CharField(max_length=12, default="zh-CN")
    timezone: fields.Field[str | None] = fields.CharField(max_length=64, null=True)
    recorded_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)
    withdrawn_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    closed_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    erased_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "borrower"
        unique_together = (("lender", "external_id"),)
        indexes = (
            Index(fields=("person_id",), name="borrower_person"),
            Index(fields=("phone_hash",), name="borrower_phone"),
            Index(fields=("lender_id", "name_hash"), name="borrower_name"),
            Index(fields=("lender_id", "last4_hash"), name="borrower_last4"),
        )


class ApiKeyRow(NamedRow):
    """What a lender's own system signs in with, its secret kept as a hash. `purposes` are separated by spaces.

    `agency` is who works for the lender with it, where that is somebody else.
    """

    lender = belongs_to(LenderRow)
    name = fields.CharField(max_length=100, default="")
    agency: fields.Field[str | None] = fields.CharField(max_length=100, null=True)
    purposes = fields.CharField(max_length=200)
    secret_hash = fields.CharField(max_length=64, unique=True)
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)
    expires_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    ended_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    used_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"
        indexes = (Index(fields=("lender_id",), name="api_key_lender"),)


class VaultCheckRow(TableRow):
    """One row: a value sealed under the first data key of this deployment, and one hashed under its secret.

    Whoever opens the database with another secret finds that it does not open, before anything is written.
    """

    sealed = fields.TextField()
    lookup = fields.CharField(max_length=64)
    made_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "vault_check"
