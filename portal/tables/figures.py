"""What figures are counted from: kept by the worker as it reads the log, and made again of the log alone."""

from datetime import date

from tortoise import fields
from tortoise.indexes import Index

from portal.domain.conduct.figure_facts import Figure
from portal.domain.conduct.figures import LATEST
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
    """Up to which position of a lender's feed its figures are counted."""

    lender = belongs_to(LenderRow)
    feed: fields.Field[int] = fields.BigIntField(default=0)

    class Meta:
        table = "figure_feed"
        unique_together = (("lender",),)
