"""The feed as the API gives it: what is asked of it and of its statement, and what is answered, as named schemas."""

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
from portal.web.api.events import LAST_POSITION, MOST_EVENTS
from portal.web.api.openapi_operation import ApiOperation, api_parameter
from portal.web.api.statements import MOST_HEADS, OF_LOANS, OF_OTHERS

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

_POSITION = {"type": "integer", "minimum": 0, "maximum": LAST_POSITION}
_CURSOR = (
    api_parameter(
        "after",
        "query",
        _POSITION,
        "the position of the last event that was dealt with; beyond the end of the feed it is refused",
    ),
    api_parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": MOST_EVENTS}, "at most so many"),
)
_FEED_FILTERS = (
    api_parameter("epoch", "query", TEXT, "of the answer before: where it is another now, that is said (409)"),
    api_parameter("type", "query", TEXT, "only events of this type; several are separated by commas"),
    api_parameter("loan_no", "query", TEXT, "only events of this loan"),
    api_parameter("from", "query", DAY_TEXT, "only from this business day on"),
    api_parameter("to", "query", DAY_TEXT, "only up to this business day"),
)
_ON = api_parameter("on", "query", DAY_TEXT, "the end of which day; today, where none is given")
_HEADS = (
    api_parameter("last", "query", _POSITION, "the last position of the statement that is looked into"),
    api_parameter("of", "query", {"type": "string", "enum": [OF_LOANS, OF_OTHERS]}, "loans, or the chains of no loan"),
    api_parameter("after", "query", _POSITION, "the next of the page before"),
    api_parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": MOST_HEADS}, "at most so many"),
)

FEED_OPERATIONS = (
    ApiOperation(
        *("get", "/events", "listEvents", "Events", "The feed of events"),
        "Byte for byte as they were chained. Keep next, and send it as after; keep epoch, and send it too. Of what is "
        "asked for by type, loan or day a page may be empty, and more still come.",
        *("EventsPage", (*_CURSOR, *_FEED_FILTERS)),
        conflict="The epoch is another: a backup took the place of the database",
    ),
    ApiOperation(
        *("get", "/statement", "getStatement", "Events", "The signed statement of the feed"),
        "Of a day that is over for good, of today as far as the feed goes now. Whoever has read the feed works out the "
        "same hashes; the worker makes it, so that 202 may come first.",
        "FeedStatement",
        (_ON,),
        is_job=True,
    ),
    ApiOperation(
        *("get", "/statement/heads", "listHeads", "Events", "Where each chain ended, by pages"),
        "What a statement is made of: which loans differ, where it differs from what was read.",
        "HeadsPage",
        (_ON, *_HEADS),
    ),
)
