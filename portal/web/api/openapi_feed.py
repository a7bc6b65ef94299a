"""What the API answers of the feed as a whole, as named schemas: its statement, and the heads it is made of."""

from portal.domain.json_schema import (
    AMOUNT_TEXT,
    DAY_TEXT,
    OPAQUE,
    TEXT,
    WHOLE,
    YES_OR_NO,
    Schema,
    defined,
    each_of,
    fields_of,
    list_of,
    mapped,
)

_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256, hexadecimal"}
_COUNT: Schema = {**WHOLE, "minimum": 0}

FEED_ANSWERS: dict[str, Schema] = {
    "FeedTotals": fields_of({"loans": _COUNT, "overdue": defined("Amounts"), "outstanding_principal": AMOUNT_TEXT}),
    "StatementSignature": fields_of(
        {"algorithm": {"type": "string", "const": "ed25519"}, **each_of(("key", "value"), TEXT)},
        description="in base64, of the other members as JSON with sorted keys and no spaces, in UTF-8",
    ),
    "FeedStatement": fields_of(
        {
            "lender": TEXT,
            "on": DAY_TEXT,
            "day_over": YES_OR_NO,
            "epoch": OPAQUE,
            **each_of(("events", "last"), _COUNT),
            **each_of(("loan_heads", "other_heads"), _HASH),
            "totals": {**mapped(defined("FeedTotals")), "description": "by currency"},
            "signature": defined("StatementSignature"),
        },
        description="how far the feed went, one hash over where all chains end, and what all loans come to",
    ),
    "StreamHead": fields_of(
        {
            "name": {**TEXT, "description": "the number of a loan, or the stream of what is none"},
            "seq": _COUNT,
            "hash": _HASH,
            "currency": TEXT,
            "overdue": defined("Amounts"),
            "outstanding_principal": AMOUNT_TEXT,
        },
        *("currency", "overdue", "outstanding_principal"),
        description="where a chain ended; of a loan with its figures",
    ),
    "HeadsPage": fields_of(
        {
            "on": DAY_TEXT,
            "last": _COUNT,
            "heads": list_of(defined("StreamHead")),
            "next": _COUNT,
            "more": YES_OR_NO,
        }
    ),
}
