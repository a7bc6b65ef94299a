"""What the lender's side decided: who, under which policy, how much was waived; what waits for a second; a promise."""

from datetime import date, datetime

from tortoise import fields
from tortoise.indexes import Index

from portal.tables.checks import at_least, holds, one_of
from portal.tables.columns import NamedRow, TableRow, belongs_to, may_belong_to
from portal.tables.loans import LoanRow
from portal.tables.people import LenderRow
from portal.tables.proposals import ProposalRow


class ApprovalRow(NamedRow):
    """Something that takes two of the staff: proposed by one, to be approved by another until a day.

    `facts` are what it is about, as JSON; what is personal of them stands in `sealed` instead, under the borrower's
    key, and is emptied once it is closed. `hash` is of what the first person was shown. `open_key` is kind and subject
    while it waits, so that the same thing waits once.
    """

    lender = belongs_to(LenderRow)
    loan = may_belong_to(LoanRow)
    kind = fields.CharField(max_length=20)
    subject = fields.CharField(max_length=32)
    facts = fields.TextField(default="")
    sealed: fields.Field[bytes | None] = fields.BinaryField(null=True)
    hash = fields.CharField(max_length=64, default="")
    proposed_by = fields.CharField(max_length=32)
    proposed_at: fields.Field[datetime] = fields.DatetimeField()
    until: fields.Field[date] = fields.DateField()
    outcome = fields.CharField(max_length=20, default="")
    closed_by = fields.CharField(max_length=32, default="")
    closed_at: fields.Field[datetime | None] = fields.DatetimeField(null=True)
    open_key = fields.CharField(max_length=60, null=True, unique=True)

    class Meta:
        table = "approval"
        indexes = (
            Index(fields=("lender_id", "outcome"), name="approval_queue"),
            Index(fields=("loan_id",), name="approval_loan"),
        )
        constraints = (
            one_of("approval", "kind", ("number", "waiver", "bulk", "offers", "policy")),
            one_of("approval", "outcome", ("", "approved", "rejected", "withdrawn", "expired")),
            holds("approval", "takes_two", "outcome <> 'approved' OR closed_by <> proposed_by"),
            holds("approval", "closed_is_free", "outcome = '' OR open_key IS NULL"),
        )


class DecisionRow(TableRow):
    """An offer accepted, countered, declined or made first by the lender's side, or accepted by the borrower.

    `version` is the offer's that was decided on, and `policy_version` the lender's policy at that moment: what was
    accepted is bound by it. `actor_ref` is the staff's, the person's, or empty where the policy itself accepted.
    `waived_minor` is in the loan's currency. `position` is what was owed when it was decided on, and `breaks` every
    rule of that policy that the offer goes beyond, both as JSON.
    """

    proposal = belongs_to(ProposalRow)
    loan = belongs_to(LoanRow)
    version: fields.Field[int] = fields.IntField()
    verdict = fields.CharField(max_length=10)
    party = fields.CharField(max_length=10)
    actor_ref = fields.CharField(max_length=32, default="")
    policy_version: fields.Field[int] = fields.IntField()
    waived_minor: fields.Field[int] = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    position = fields.TextField(null=True)
    breaks = fields.TextField(null=True)
    decided_on: fields.Field[date] = fields.DateField()
    decided_at: fields.Field[datetime] = fields.DatetimeField()

    class Meta:
        table = "decision"
        indexes = (
            Index(fields=("proposal_id",), name="decision_proposal"),
            Index(fields=("loan_id",), name="decision_loan"),
            Index(fields=("actor_ref", "decided_on"), name="decision_actor"),
        )
        constraints = (
            one_of("decision", "verdict", ("accept", "counter", "decline", "offer")),
            one_of("decision", "party", ("borrower", "lender", "policy")),
            at_least("decision", "waived_minor", 0),
            at_least("decision", "version", 1),
        )


class PromiseRow(TableRow):
    """Of a declined proposal: the offer that is accepted at once where it is sent until a day."""

    proposal = belongs_to(ProposalRow)
    terms = fields.TextField()
    valid_until: fields.Field[date] = fields.DateField()

    class Meta:
        table = "promise"
        unique_together = (("proposal",),)
