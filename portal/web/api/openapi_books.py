"""What a position has for a general ledger, as named schemas."""

from portal.domain.json_schema import (
    AMOUNT_TEXT,
    CODED,
    DAY_TEXT,
    TEXT,
    YES_OR_NO,
    Schema,
    defined,
    each_of,
    fields_of,
    list_of,
)

_ASIDE = ("disputed", "paused")
"""Why something that has fallen due is not overdue."""
BOOKS: dict[str, Schema] = {
    "FallenDue": fields_of(
        {"due": TEXT, "due_on": DAY_TEXT, "component": CODED, "asked": AMOUNT_TEXT, **each_of(_ASIDE, YES_OR_NO)},
        *_ASIDE,
        description="what fell due before the day of one component of a due, whatever came of it",
    ),
    "LoanBooks": fields_of(
        {
            "dues": list_of(defined("FallenDue")),
            "allocations": list_of(defined("PayingNow")),
            "credit": AMOUNT_TEXT,
            "not_charged": defined("Amounts"),
        },
        description="what a general ledger needs beside the feed, where it was asked for",
    ),
}
