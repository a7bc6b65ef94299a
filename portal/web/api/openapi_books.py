"""What a position has for a general ledger, as named schemas."""

from portal.domain.json_schema import AMOUNT_TEXT, CODED, DAY_TEXT, TEXT, YES_OR_NO, Schema, defined, fields_of, list_of

BOOKS: dict[str, Schema] = {
    "FallenDue": fields_of(
        {"due": TEXT, "due_on": DAY_TEXT, "component": CODED, "asked": AMOUNT_TEXT, "disputed": YES_OR_NO},
        "disputed",
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
