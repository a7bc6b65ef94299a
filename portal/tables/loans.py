"""Loans and their facts. A fact is a row with `recorded_at` that is never updated: replay stands on that."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.domain.money import COMPONENTS
from portal.tables.checks import at_least, holds, one_of
from portal.tables.columns import NamedRow, TableRow, belongs_to, may_belong_to
from portal.tables.people import BorrowerRow, LenderRow, PersonRow

_MINOR = tuple(f"{component}_minor" for component in COMPONENTS)


class LoanRow(NamedRow):
    """What never changes about a loan; `stale_since` marks a snapshot that its lender's last file failed to renew.

    `books_differ_on` is the day of the lender's last statement where it parts from the position by more than the policy
    tolerated then; a loan of before that was kept is not `books_summed_up` until the worker has looked.
    `books_cause` is the likeliest single cause, empty where none explains it, and None until the worker has looked.
    """

    lender = belongs_to(LenderRow)
    loan_no = fields.CharField(max_length=100)
    stale_since: fields.Field[date | None] = fields.DateField(null=True)
    books_differ_on: fields.Field[date | None] = fields.DateField(null=True)
    books_cause: fields.Field[str | None] = fields.CharField(max_length=20, null=True)
    books_summed_up = fields.BooleanField(default=True, db_default=False)
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "loan"
        unique_together = (("lender", "loan_no"),)


class ContractRow(TableRow):
    """One version of a loan's contract as the lender stated it: terms and schedule, read whole or not at all.

    `restated_on` is the day from which a schedule holds that is another than the first; `payments_told` are the ids of
    the payments that stood in its row, as JSON, where that was written down. No `legal_stage` is none.
    """

    loan = belongs_to(LoanRow)
    version: fields.Field[int] = fields.IntField()
    product = fields.CharField(max_length=200)
    lender_kind = fields.CharField(max_length=40)
    currency = fields.CharField(max_length=3)
    signed_on: fields.Field[date] = fields.DateField()
    disbursed_on: fields.Field[date] = fields.DateField()
    principal_minor: fields.Field[int] = fields.BigIntField()
    terms = fields.TextField()
    schedule = fields.TextField()
    schedule_generated = fields.BooleanField(default=False)
    written_off_on: fields.Field[date | None] = fields.DateField(null=True)
    closed_on: fields.Field[date | None] = fields.DateField(null=True)
    closed_reason = fields.CharField(max_length=20, null=True)
    restated_on: fields.Field[date | None] = fields.DateField(null=True)
    legal_stage = fields.CharField(max_length=20, null=True)
    payments_told = fields.TextField(null=True)
    snapshot_hash = fields.CharField(max_length=64)
    recorded_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "contract"
        unique_together = (("loan", "version"),)
        constraints = (at_least("contract", "version", 1), at_least("contract", "principal_minor", 1))


class PartyRow(TableRow):
    """Who owes a loan, and as what; `acts_from` is when whoever a later file added may sign for it."""

    loan = belongs_to(LoanRow)
    borrower = belongs_to(BorrowerRow)
    role = fields.CharField(max_length=20, default="borrower")
    acts_from: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "party"
        unique_together = (("loan", "borrower"),)
        indexes = (Index(fields=("borrower_id",), name="party_borrower"),)
        constraints = (one_of("party", "role", ("borrower", "co-borrower")),)


class PaymentRow(TableRow):
    """Money received or, with `reverses`, taken back; idempotent by the lender's own id within the loan.

    With `takes_back` its amount is a part that was taken back of another payment; `purpose` may be a refund.
    """

    loan = belongs_to(LoanRow)
    external_id = fields.CharField(max_length=100)
    received_on: fields.Field[date] = fields.DateField()
    amount_minor: fields.Field[int] = fields.BigIntField(default=0)
    allocated = fields.TextField(null=True)
    reverses = fields.CharField(max_length=100, null=True)
    takes_back = fields.CharField(max_length=100, null=True)
    purpose = fields.CharField(max_length=20, null=True)
    installment_no: fields.Field[int | None] = fields.IntField(null=True)
    plan_installment_no: fields.Field[int | None] = fields.IntField(null=True)
    recorded_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "payment"
        unique_together = (("loan", "external_id"), ("loan", "reverses"))
        constraints = (
            at_least("payment", "amount_minor", 0),
            holds("payment", "reversal_has_no_amount", "reverses IS NULL OR amount_minor = 0"),
        )


class LenderCreditRow(TableRow):
    """What the lender itself let go or corrected, by component; nobody paid it."""

    loan = belongs_to(LoanRow)
    external_id = fields.CharField(max_length=100)
    made_on: fields.Field[date] = fields.DateField()
    costs_minor: fields.Field[int] = fields.BigIntField()
    fees_minor: fields.Field[int] = fields.BigIntField()
    penalty_minor: fields.Field[int] = fields.BigIntField()
    interest_minor: fields.Field[int] = fields.BigIntField()
    principal_minor: fields.Field[int] = fields.BigIntField()
    reason = fields.CharField(max_length=200)
    recorded_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "lender_credit"
        unique_together = (("loan", "external_id"),)
        constraints = tuple(at_least("lender_credit", each, 0) for each in _MINOR)


class ChargeRow(TableRow):
    loan = belongs_to(LoanRow)
    external_id = fields.CharField(max_length=100)
    made_on: fields.Field[date] = fields.DateField()
    due_on: fields.Field[date] = fields.DateField()
    kind = fields.CharField(max_length=20)
    amount_minor: fields.Field[int] = fields.BigIntField()
    installment_no: fields.Field[int | None] = fields.IntField(null=True)
    recorded_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "charge"
        unique_together = (("loan", "external_id"),)
        constraints = (
            at_least("charge", "amount_minor", 1),
            at_least("charge", "installment_no", 1),
            one_of("charge", "kind", ("costs", "fees", "penalty")),
        )


class CorrectionRow(TableRow):
    """What the lender told otherwise, on the business day `told_on`, of a fact told before: a later version of it.

    `said` is all of it as JSON (see `stored`); none where the fact was withdrawn.
    """

    loan = belongs_to(LoanRow)
    fact = fields.CharField(max_length=20)
    external_id = fields.CharField(max_length=100)
    version: fields.Field[int] = fields.IntField()
    told_on: fields.Field[date] = fields.DateField()
    said = fields.TextField(null=True)
    recorded_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "correction"
        unique_together = (("loan", "external_id", "fact", "version"),)
        constraints = (
            at_least("correction", "version", 2),
            one_of("correction", "fact", ("charge", "credit", "payment")),
        )


class StatementRow(TableRow):
    """The overdue components by the lender's own books, one row per version of what they said of a day."""

    loan = belongs_to(LoanRow)
    version: fields.Field[int] = fields.IntField()
    as_of: fields.Field[date] = fields.DateField()
    costs_minor: fields.Field[int] = fields.BigIntField()
    fees_minor: fields.Field[int] = fields.BigIntField()
    penalty_minor: fields.Field[int] = fields.BigIntField()
    interest_minor: fields.Field[int] = fields.BigIntField()
    principal_minor: fields.Field[int] = fields.BigIntField()
    recorded_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "statement"
        unique_together = (("loan", "version"),)
        constraints = (
            at_least("statement", "version", 1),
            *(at_least("statement", each, 0) for each in _MINOR),
        )


class SuspensionRow(TableRow):
    """The day from which a component does not grow, or (`starts` false) grows again; `ref` joins the two rows."""

    ref = fields.CharField(max_length=32)
    loan = belongs_to(LoanRow)
    component = fields.CharField(max_length=20)
    on: fields.Field[date] = fields.DateField()
    starts = fields.BooleanField()
    reason = fields.CharField(max_length=30)
    recorded_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "suspension"
        unique_together = (("ref", "component", "starts"),)
        indexes = (Index(fields=("loan_id",), name="suspension_loan"),)
        constraints = (one_of("suspension", "component", ("costs", "fees", "penalty", "interest", "principal")),)


class WaiverRow(TableRow):
    """Written and read no more: what a plan waives, and what of it comes back, follows from its agreement."""

    ref = fields.CharField(max_length=32)
    loan = belongs_to(LoanRow)
    on: fields.Field[date] = fields.DateField()
    granted = fields.BooleanField()
    costs_minor: fields.Field[int] = fields.BigIntField()
    fees_minor: fields.Field[int] = fields.BigIntField()
    penalty_minor: fields.Field[int] = fields.BigIntField()
    interest_minor: fields.Field[int] = fields.BigIntField()
    principal_minor: fields.Field[int] = fields.BigIntField()
    recorded_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "waiver"
        unique_together = (("ref", "granted"),)
        indexes = (Index(fields=("loan_id",), name="waiver_loan"),)
        constraints = tuple(at_least("waiver", each, 0) for each in _MINOR)


class PaymentClaimRow(NamedRow):
    """A borrower's word that something was paid, until the lender's own payment confirms it.

    `look_by` is the day by which the lender should have found it.
    """

    loan = belongs_to(LoanRow)
    person = belongs_to(PersonRow)
    paid_on: fields.Field[date] = fields.DateField()
    amount_minor: fields.Field[int] = fields.BigIntField()
    installment_no: fields.Field[int | None] = fields.IntField(null=True)
    plan_installment_no: fields.Field[int | None] = fields.IntField(null=True)
    reference_sealed: fields.Field[bytes | None] = fields.BinaryField(null=True)
    state = fields.CharField(max_length=20)
    payment = may_belong_to(PaymentRow)
    look_by: fields.Field[date] = fields.DateField()
    reported_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "payment_report"
        indexes = (
            Index(fields=("loan_id",), name="payment_report_loan"),
            Index(fields=("state", "look_by"), name="payment_report_late"),
        )
        constraints = (
            at_least("payment_report", "amount_minor", 1),
            one_of("payment_report", "state", ("awaiting", "asked", "not_found", "confirmed", "withdrawn")),
        )
