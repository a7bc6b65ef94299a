"""Contact within the law: appointments that borrowers made, and every contact that was asked for, also refused ones."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.tables.checks import at_least, holds, one_of
from portal.tables.columns import NamedRow, belongs_to, may_belong_to
from portal.tables.loans import LoanRow
from portal.tables.people import ApiKeyRow, BorrowerRow, LenderRow, PersonRow
from portal.tables.proposals import TextRow


class VisitRow(NamedRow):
    """An appointment at the borrower's: `day` and hours are in their time zone, `text` says where, sealed.

    One that is moved is withdrawn, and another takes its place.
    """

    lender = belongs_to(LenderRow)
    loan = belongs_to(LoanRow)
    person = belongs_to(PersonRow)
    borrower = belongs_to(BorrowerRow)
    text = belongs_to(TextRow)
    day: fields.Field[date] = fields.DateField()
    from_hour: fields.Field[int] = fields.IntField()
    to_hour: fields.Field[int] = fields.IntField()
    timezone = fields.CharField(max_length=64)
    starts_at: fields.Field[datetime] = fields.DatetimeField()
    ends_at: fields.Field[datetime] = fields.DatetimeField()
    made_at: fields.Field[datetime] = fields.DatetimeField()
    withdrawn_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "visit"
        indexes = (
            Index(fields=("loan_id", "ends_at"), name="visit_loan"),
            Index(fields=("lender_id", "ends_at"), name="visit_lender"),
        )
        constraints = (
            at_least("visit", "from_hour", 0),
            holds("visit", "ends_after_it_starts", "to_hour > from_hour AND to_hour <= 24"),
        )


class ContactRow(NamedRow):
    """A contact that was asked for: allowed `until`, or refused for `reason`, and what came of it.

    `counted_on` is the day of the borrower's calendar on which it counts, in `timezone`. `agency` is who asked with a
    key of their own, empty where the lender did. Of a limit, `most` is how many it allows and `counted` how many there
    were. `against` says that it was made although it was refused, or outside its allowance. `number_hash` is a keyed
    hash, and empty once the borrower was erased; `borrower` is none where somebody else was asked for.
    """

    lender = belongs_to(LenderRow)
    loan = belongs_to(LoanRow)
    borrower = may_belong_to(BorrowerRow)
    api_key = may_belong_to(ApiKeyRow)
    agency = fields.CharField(max_length=100, default="")
    channel = fields.CharField(max_length=20)
    number_hash = fields.CharField(max_length=64, default="")
    visit = may_belong_to(VisitRow)
    timezone = fields.CharField(max_length=64)
    asked_at: fields.Field[datetime] = fields.DatetimeField()
    counted_on: fields.Field[date] = fields.DateField()
    until: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=40, default="")
    most: fields.Field[int | None] = fields.IntField(null=True)
    counted: fields.Field[int | None] = fields.IntField(null=True)
    allowed_from: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    decided_by: fields.Field[date | None] = fields.DateField(null=True)
    outcome = fields.CharField(max_length=20, default="")
    made_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    seconds: fields.Field[int | None] = fields.IntField(null=True)
    told_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    against = fields.BooleanField(default=False)

    class Meta:
        table = "contact"
        indexes = (
            Index(fields=("borrower_id", "counted_on"), name="contact_borrower"),
            Index(fields=("number_hash", "counted_on"), name="contact_number"),
            Index(fields=("loan_id", "counted_on"), name="contact_loan"),
            Index(fields=("lender_id", "counted_on"), name="contact_lender"),
        )
        constraints = (
            one_of("contact", "channel", ("call", "message", "email", "letter", "visit")),
            holds("contact", "allowed_or_refused", "(until IS NULL) = (reason <> '')"),
            holds("contact", "told_with_outcome", "(told_at IS NULL) = (outcome = '')"),
        )
