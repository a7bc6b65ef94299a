"""What became of an agreement: whether the lender's books took it, when its plan rests, what came of each payment."""

from datetime import date

from tortoise import fields

from portal.tables.checks import at_least, holds, one_of
from portal.tables.columns import TableRow, belongs_to
from portal.tables.proposals import AgreementRow, ProposalRow


class BookingRow(TableRow):
    """The lender's word on an agreement, said once: booked as `core_id`, or refused for `reason`, a code."""

    agreement = belongs_to(AgreementRow)
    outcome = fields.CharField(max_length=10)
    core_id = fields.CharField(max_length=100, default="")
    reason = fields.CharField(max_length=100, default="")
    booked_on: fields.Field[date] = fields.DateField()

    class Meta:
        table = "booking"
        unique_together = (("agreement",),)
        constraints = (
            one_of("booking", "outcome", ("booked", "refused")),
            holds("booking", "says_which", "(outcome = 'booked') = (core_id <> '')"),
        )


class PlanPauseRow(TableRow):
    """Days on which nothing of a plan falls due: after `starts_on`, up to and including `until`.

    `ended_on` is the day it was over by, which may be sooner; `seq` the number of the loan's event that tells of it.
    Without `scope` and `interest` it was granted before a pause had terms.
    """

    proposal = belongs_to(ProposalRow)
    starts_on: fields.Field[date] = fields.DateField()
    until: fields.Field[date] = fields.DateField()
    ended_on: fields.Field[date | None] = fields.DateField(null=True)
    seq: fields.Field[int] = fields.BigIntField()
    scope: fields.Field[str | None] = fields.CharField(max_length=20, null=True)
    interest: fields.Field[str | None] = fields.CharField(max_length=20, null=True)

    class Meta:
        table = "plan_pause"
        unique_together = (("proposal", "seq"),)
        constraints = (holds("plan_pause", "ends_later", "until > starts_on"),)


class InstallmentOutcomeRow(TableRow):
    """That payment `no` of a plan was missed, or is paid: each is told once. `version` is the offer's."""

    proposal = belongs_to(ProposalRow)
    version: fields.Field[int] = fields.IntField()
    no: fields.Field[int] = fields.IntField()
    outcome = fields.CharField(max_length=10)

    class Meta:
        table = "installment_outcome"
        unique_together = (("proposal", "version", "no", "outcome"),)
        constraints = (
            at_least("installment_outcome", "no", 0),
            one_of("installment_outcome", "outcome", ("missed", "paid")),
        )
