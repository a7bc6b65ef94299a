"""Proposals with a line per loan, the offers made in them, agreements, and the texts people wrote."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.domain.contract.agreement import OfferKind
from portal.domain.restructuring.negotiation import State
from portal.tables.checks import at_least, holds, one_of
from portal.tables.columns import NamedRow, TableRow, belongs_to, may_belong_to
from portal.tables.loans import LoanRow
from portal.tables.people import LenderRow, PersonRow


class ProposalRow(NamedRow):
    """`version` counts the offers made in it; `decide_by` is the lender's date, `expires_on` the open offer's.

    `cure_by` is the last day to catch up, `paused_until` the pause's last day. `together` joins what was sent in one.
    `looked_on` is the lender's business day on which the worker last looked whether a clock has run out; a move empties
    it. `turned_over`: by the ledger the plan is not where it was told to be before plans were part of the loan; nothing
    until that was looked at, and false from when its lender tells it. `pending` and `pending_by` are used no more: what
    waits for a second person is an `Approval`. `assignee` is the ref of the one of the staff whose it is to
    answer.

    What the queue is sorted and filtered by is as of the offer on the table: `asked_minor` in all, the rules of the
    policy it went beyond as JSON (`breaks`) and the first of them (`rule`). `overdue_minor`, and `overdue_since` which
    is the day from which days past due are counted, follow the facts too that come of the loan. Nothing in `breaks`:
    the worker has still to write these. The indexes that hold each queue in its order are in migration 0014.
    """

    lender = belongs_to(LenderRow)
    person = belongs_to(PersonRow)
    kind = fields.CharField(max_length=20)
    together = fields.CharField(max_length=32, default="")
    state = fields.CharField(max_length=20)
    version: fields.Field[int] = fields.IntField(default=1)
    decide_by: fields.Field[date | None] = fields.DateField(null=True)
    expires_on: fields.Field[date | None] = fields.DateField(null=True)
    cure_by: fields.Field[date | None] = fields.DateField(null=True)
    paused_until: fields.Field[date | None] = fields.DateField(null=True)
    looked_on: fields.Field[date | None] = fields.DateField(null=True)
    turned_over: fields.Field[bool | None] = fields.BooleanField(null=True, default=False)
    pending = fields.TextField(default="")
    pending_by = fields.CharField(max_length=32, default="")
    submitted_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    assignee = fields.CharField(max_length=32, default="", db_default="")
    product = fields.CharField(max_length=200, default="", db_default="")
    asked_minor: fields.Field[int] = fields.BigIntField(default=0, db_default=0)
    overdue_minor: fields.Field[int] = fields.BigIntField(default=0, db_default=0)
    overdue_since: fields.Field[date | None] = fields.DateField(null=True)
    rule = fields.CharField(max_length=40, default="", db_default="")
    breaks = fields.TextField(null=True)
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "proposal"
        indexes = (
            Index(fields=("lender_id", "state"), name="proposal_queue"),
            Index(fields=("lender_id", "looked_on"), name="proposal_looked_on"),
            Index(fields=("person_id",), name="proposal_person"),
            Index(fields=("together",), name="proposal_together"),
        )
        constraints = (
            at_least("proposal", "version", 1),
            one_of("proposal", "state", tuple(state.value for state in State)),
            one_of("proposal", "kind", tuple(kind.value for kind in OfferKind)),
        )


class ProposalLineRow(TableRow):
    """One loan in a proposal. `open_loan` repeats the loan while the proposal is open, `live_loan` while it lives under
    the plan: each unique, so there is one.
    """

    proposal = belongs_to(ProposalRow)
    loan = belongs_to(LoanRow)
    seen: fields.Field[int] = fields.BigIntField()
    open_loan: fields.Field[int | None] = fields.BigIntField(null=True, unique=True)
    live_loan: fields.Field[int | None] = fields.BigIntField(null=True, unique=True)

    class Meta:
        table = "proposal_line"
        unique_together = (("proposal", "loan"),)
        indexes = (Index(fields=("loan_id",), name="proposal_line_loan"),)
        constraints = (
            at_least("proposal_line", "seen", 0),
            holds("proposal_line", "open_loan_is_its_own", "open_loan IS NULL OR open_loan = loan_id"),
        )


class TextRow(NamedRow):
    """Something written in a proposal, sealed under its person's key; events name it by `ref` and salted hash only.

    `lang` is the language of the page it was written on, `loan` the one it was written about.
    """

    person = belongs_to(PersonRow)
    loan = may_belong_to(LoanRow)
    sealed: fields.Field[bytes] = fields.BinaryField()
    salt: fields.Field[bytes] = fields.BinaryField()
    hash = fields.CharField(max_length=64)
    author = fields.CharField(max_length=10)
    lang = fields.CharField(max_length=12)
    created_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "text"
        indexes = (Index(fields=("person_id",), name="text_person"), Index(fields=("loan_id",), name="text_loan"))
        constraints = (one_of("text", "author", ("borrower", "staff")),)


class OfferRow(TableRow):
    """One side's offer, with the plan exactly as it was shown."""

    proposal = belongs_to(ProposalRow)
    version: fields.Field[int] = fields.IntField()
    party = fields.CharField(max_length=10)
    terms = fields.TextField()
    plan = fields.TextField()
    as_of: fields.Field[date] = fields.DateField()
    policy_version: fields.Field[int] = fields.IntField()
    note = may_belong_to(TextRow)
    made_at: fields.Field[datetime] = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "offer"
        unique_together = (("proposal", "version"),)
        constraints = (at_least("offer", "version", 1), one_of("offer", "party", ("borrower", "lender")))


class ToldIncomeRow(TableRow):
    """What somebody let the lender see, with the offer of that version, of what they earn and spend, as JSON.

    Sealed under the person's key; nothing is left of it once they took that back, or sent another offer without it.
    """

    proposal = belongs_to(ProposalRow)
    version: fields.Field[int] = fields.IntField()
    sealed: fields.Field[bytes] = fields.BinaryField()
    told_at: fields.Field[datetime] = fields.DatetimeField()
    taken_back_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)

    class Meta:
        table = "told_income"
        unique_together = (("proposal", "version"),)
        constraints = (at_least("told_income", "version", 1),)


class AgreementRow(NamedRow):
    """What was agreed: the exact bytes shown, sealed under the person's key, and their hash.

    `rules` are those both sides hold to, as JSON: the offer's version, how a miss is cured, what is reported.
    """

    proposal = belongs_to(ProposalRow)
    version: fields.Field[int] = fields.IntField()
    sealed: fields.Field[bytes] = fields.BinaryField()
    hash = fields.CharField(max_length=64)
    rules = fields.TextField(null=True)
    signed_at: fields.Field[datetime] = fields.DatetimeField()
    signed_on: fields.Field[date | None] = fields.DateField(null=True)

    class Meta:
        table = "agreement"
        unique_together = (("proposal", "version"),)
        constraints = (at_least("agreement", "version", 1),)


class DraftRow(TableRow):
    """What somebody had typed into the form of a plan and kept for later, sealed under the person's key."""

    person = belongs_to(PersonRow)
    loan = belongs_to(LoanRow)
    sealed: fields.Field[bytes] = fields.BinaryField()
    saved_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "draft"
        unique_together = (("person", "loan"),)
