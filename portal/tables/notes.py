"""What the lender's staff write for each other about a loan."""

from datetime import datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.tables.columns import NamedRow, belongs_to
from portal.tables.loans import LoanRow
from portal.tables.people import BorrowerRow


class StaffNoteRow(NamedRow):
    """Sealed under the key of the borrower as the lender knows them, so that it goes with them; never shown to them.

    `author` is the staff's ref. `about` is what of it waited for a second person, by the ref of the approval: then it
    is the reason for that.
    """

    loan = belongs_to(LoanRow)
    borrower = belongs_to(BorrowerRow)
    sealed: fields.Field[bytes] = fields.BinaryField()
    author = fields.CharField(max_length=32)
    about = fields.CharField(max_length=32, default="")
    written_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "staff_note"
        indexes = (
            Index(fields=("loan_id",), name="staff_note_loan"),
            Index(fields=("about",), name="staff_note_about"),
        )
