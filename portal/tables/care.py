"""What a borrower says is wrong, how they want to be reached, and whether collection is held."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.tables.checks import at_least, one_of
from portal.tables.columns import NamedRow, TableRow, belongs_to, may_belong_to
from portal.tables.contacts import ContactRow
from portal.tables.loans import LoanRow
from portal.tables.people import LenderRow, PersonRow
from portal.tables.proposals import TextRow


class ComplaintRow(NamedRow):
    """Something is wrong: `ref` is the receipt number, `answer_by` the day the lender answers by.

    `opened_on` is the lender's business day, `reason` the code of an answer that did not agree; `cause` is what was
    behind it, as whoever decided it says, and none where nobody has said; `contact` is the one it is about.
    """

    lender = belongs_to(LenderRow)
    loan = belongs_to(LoanRow)
    person = belongs_to(PersonRow)
    contact = may_belong_to(ContactRow)
    kind = fields.CharField(max_length=20)
    component = fields.CharField(max_length=20, default="")
    state = fields.CharField(max_length=20)
    outcome = fields.CharField(max_length=20, default="")
    answer_by: fields.Field[date] = fields.DateField()
    extensions: fields.Field[int] = fields.IntField(default=0)
    reason = fields.CharField(max_length=40, null=True)
    cause = fields.CharField(max_length=20, null=True)
    opened_at: fields.Field[datetime] = fields.DatetimeField()
    opened_on: fields.Field[date | None] = fields.DateField(null=True)
    decided_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "problem"
        indexes = (
            Index(fields=("lender_id", "state"), name="problem_queue"),
            Index(fields=("loan_id",), name="problem_loan"),
            Index(fields=("person_id",), name="problem_person"),
        )
        constraints = (
            one_of(
                "problem",
                "kind",
                ("not_mine", "amount_wrong", "still_calling", "threat", "other", "unlisted_contact"),
            ),
            one_of("problem", "component", ("", "costs", "fees", "penalty", "interest", "principal")),
            one_of("problem", "state", ("open", "decided", "withdrawn")),
            one_of("problem", "outcome", ("", "upheld", "partly", "rejected")),
            at_least("problem", "extensions", 0),
        )


class MessageRow(TableRow):
    """One text in the thread of a problem."""

    problem = belongs_to(ComplaintRow)
    text = belongs_to(TextRow)
    written_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "message"
        indexes = (Index(fields=("problem_id",), name="message_problem"),)


class HoldRow(NamedRow):
    """Collection on a loan is asked to stop; it has stopped only from when the lender acknowledged that."""

    loan = belongs_to(LoanRow)
    reason = fields.CharField(max_length=30)
    about = fields.CharField(max_length=32, default="")
    requested_at: fields.Field[datetime] = fields.DatetimeField()
    acknowledged_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    until: fields.Field[date | None] = fields.DateField(null=True)
    ended_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "hold"
        indexes = (Index(fields=("loan_id",), name="hold_loan"), Index(fields=("until",), name="hold_until"))


class PreferenceRow(TableRow):
    """How and when one lender may reach a person, in full hours of the lender's time zone."""

    person = belongs_to(PersonRow)
    lender = belongs_to(LenderRow)
    channel = fields.CharField(max_length=20)
    from_hour: fields.Field[int] = fields.IntField()
    to_hour: fields.Field[int] = fields.IntField()
    set_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "preference"
        unique_together = (("person", "lender"),)


class MessageChoiceRow(TableRow):
    """What somebody wants to be told to their phone of what they have with one lender; none where nobody asked yet.

    `kinds` are separated by spaces, empty where they want nothing; `locale` is of the page they chose it on.
    `looked_on` is the lender's business day on which the worker last looked what falls due for them.
    """

    person = belongs_to(PersonRow)
    lender = belongs_to(LenderRow)
    kinds = fields.CharField(max_length=60, default="")
    locale = fields.CharField(max_length=12)
    set_at: fields.Field[datetime] = fields.DatetimeField()
    looked_on: fields.Field[date | None] = fields.DateField(null=True)

    class Meta:
        table = "message_choice"
        unique_together = (("person", "lender"),)
        indexes = (Index(fields=("lender_id", "looked_on", "id"), name="message_choice_look"),)
