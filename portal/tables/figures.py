"""What figures are counted from: kept by the worker as it reads the log, and made again of log and facts alone."""

from datetime import date

from tortoise import fields
from tortoise.indexes import Index

from portal.domain.conduct.figure_facts import Figure
from portal.domain.conduct.figures import LATEST
from portal.domain.ledger.month_end import Bucket
from portal.tables.checks import at_least, one_of
from portal.tables.columns import TableRow, belongs_to
from portal.tables.loans import LoanRow
from portal.tables.people import LenderRow


class FigureFactRow(TableRow):
    """One fact of a figure (see `FigureFact`), and the position in the feed of the event that told it.

    `over_on` is the day from which on what it is about is known to be over for good, far away until then.
    """

    lender = belongs_to(LenderRow)
    loan = belongs_to(LoanRow)
    feed: fields.Field[int] = fields.BigIntField()
    figure = fields.CharField(max_length=20)
    about = fields.CharField(max_length=32)
    turn: fields.Field[int] = fields.IntField()
    state = fields.CharField(max_length=20)
    kind = fields.CharField(max_length=20)
    of_on: fields.Field[date] = fields.DateField()
    known_on: fields.Field[date] = fields.DateField()
    since_on: fields.Field[date] = fields.DateField()
    due_on: fields.Field[date | None] = fields.DateField(null=True)
    over_on: fields.Field[date] = fields.DateField(default=LATEST)
    person = fields.CharField(max_length=32, default="")
    asked_minor: fields.Field[int] = fields.BigIntField(default=0)
    waived_minor: fields.Field[int] = fields.BigIntField(default=0)
    currency = fields.CharField(max_length=3, default="")
    cause = fields.CharField(max_length=20, null=True)

    class Meta:
        table = "figure_fact"
        unique_together = (("lender", "feed", "figure"),)
        indexes = (
            Index(
                fields=("lender_id", "figure", "since_on", "about", "turn", "of_on", "known_on", "feed"),
                name="figure_fact_count",
            ),
            Index(
                fields=("lender_id", "figure", "over_on", "since_on", "about", "turn", "of_on", "known_on", "feed"),
                name="figure_fact_open",
            ),
            Index(fields=("about",), name="figure_fact_about"),
        )
        constraints = (
            one_of("figure_fact", "figure", tuple(figure.value for figure in Figure)),
            at_least("figure_fact", "turn", 0),
            at_least("figure_fact", "feed", 1),
        )


class FigureFeedRow(TableRow):
    """Up to which position of a lender's feed its figures are counted, and summed up: those of before there were sums,
    or by a version that keeps none, are to be counted anew.
    """

    lender = belongs_to(LenderRow)
    feed: fields.Field[int] = fields.BigIntField(default=0)
    summed_feed: fields.Field[int | None] = fields.BigIntField(null=True)

    class Meta:
        table = "figure_feed"
        unique_together = (("lender",),)


class FigureTotalRow(TableRow):
    """By how many more or fewer facts are counted together from `of_on` on, as known from `known_on` on."""

    lender = belongs_to(LenderRow)
    figure = fields.CharField(max_length=20)
    state = fields.CharField(max_length=20)
    since_on: fields.Field[date] = fields.DateField()
    due_on: fields.Field[date] = fields.DateField()
    kind = fields.CharField(max_length=20)
    cause = fields.CharField(max_length=20)
    of_on: fields.Field[date] = fields.DateField()
    known_on: fields.Field[date] = fields.DateField()
    counted: fields.Field[int] = fields.BigIntField(default=0)

    class Meta:
        table = "figure_total"
        unique_together = (("lender", "figure", "state", "since_on", "due_on", "kind", "cause", "of_on", "known_on"),)


_BUCKETS = tuple(bucket.value for bucket in Bucket)


class MonthEndRow(TableRow):
    """A loan at the end of a month (see `MonthEnd`), as was known from the end of `known_on` until that of `until_on`.

    What was told late has a row of its own, known from the day on which it was told.
    """

    lender = belongs_to(LenderRow)
    loan = belongs_to(LoanRow)
    of_on: fields.Field[date] = fields.DateField()
    known_on: fields.Field[date] = fields.DateField()
    until_on: fields.Field[date] = fields.DateField(default=LATEST)
    was = fields.CharField(max_length=20)
    bucket = fields.CharField(max_length=20)
    currency = fields.CharField(max_length=3)
    principal_minor: fields.Field[int] = fields.BigIntField()
    overdue_minor: fields.Field[int] = fields.BigIntField()

    class Meta:
        table = "month_end"
        unique_together = (("loan", "of_on", "known_on"),)
        indexes = (
            Index(
                fields=("lender_id", "of_on", "bucket", "loan_id", "was", "known_on", "until_on"),
                name="month_end_cases",
            ),
        )
        constraints = (
            one_of("month_end", "bucket", _BUCKETS),
            one_of("month_end", "was", ("", *_BUCKETS)),
            at_least("month_end", "principal_minor", 0),
            at_least("month_end", "overdue_minor", 0),
        )


class MonthEndTotalRow(TableRow):
    """By how much the loans of a bucket at a month end became more or fewer on the day `known_on`, with their sums.

    What is known on a day is the sum of all until then: so a page adds up some rows, however many loans there are.
    """

    lender = belongs_to(LenderRow)
    of_on: fields.Field[date] = fields.DateField()
    known_on: fields.Field[date] = fields.DateField()
    was = fields.CharField(max_length=20)
    bucket = fields.CharField(max_length=20)
    currency = fields.CharField(max_length=3)
    loans: fields.Field[int] = fields.BigIntField(default=0)
    principal_minor: fields.Field[int] = fields.BigIntField(default=0)
    overdue_minor: fields.Field[int] = fields.BigIntField(default=0)

    class Meta:
        table = "month_end_total"
        unique_together = (("lender", "of_on", "known_on", "was", "bucket", "currency"),)


class MonthEndPlaceRow(TableRow):
    """How far a lender's month ends are worked out: all before `of_on`; of that one the loans up to the id `loan`;
    and of what was told late, the events up to `feed`.
    """

    lender = belongs_to(LenderRow)
    of_on: fields.Field[date] = fields.DateField()
    loan: fields.Field[int] = fields.BigIntField(default=0)
    feed: fields.Field[int] = fields.BigIntField(default=0)

    class Meta:
        table = "month_end_place"
        unique_together = (("lender",),)
