"""A no, and each thing that is wrong, as named schemas."""

from portal.domain.json_schema import CODED, DAY_TEXT, TEXT, WHOLE, Schema, defined, each_of, fields_of, list_of, maybe

COUNT: Schema = {"type": "integer", "minimum": 0}
PROBLEMS: dict[str, Schema] = {
    "ProblemOfRow": fields_of(
        {
            "index": {**COUNT, "description": "of the row in the list, from 0"},
            "line": {"type": "integer", "minimum": 1, "description": "of JSON Lines, from 1"},
            "loan_no": TEXT,
            "field": TEXT,
            "problem": {**TEXT, "description": "what is wrong, in words"},
        },
        "index",
        "line",
        "loan_no",
        "field",
        description="one thing that is wrong; index and loan_no are there wherever rows were sent",
    ),
    "Problem": fields_of(
        {
            "type": {**TEXT, "description": "urn:repayment-portal:problem: and a code that never changes"},
            "title": TEXT,
            "status": WHOLE,
            "detail": {**TEXT, "description": "for a person"},
            "instance": TEXT,
            "request_id": {**TEXT, "description": "what to quote to the portal's operator"},
            "errors": list_of(defined("ProblemOfRow")),
            "state": {**CODED, "description": "of a conflict: how things are"},
            **each_of(("outcome", "core_id", "reason"), maybe(TEXT)),
            **each_of(("hold", "loan_no"), TEXT),
            "end": {**COUNT, "description": "where the feed ends"},
            **each_of(("version", "expected_version"), {**COUNT, "description": "of a proposal or loan: as it is now"}),
            "answer_by": DAY_TEXT,
            "payment": maybe(TEXT),
            "breaks": list_of(defined("PolicyBreak")),
            "nearest": TEXT,
            **each_of(("nearest_yes", "better"), maybe(defined("NearestYes"))),
            "contact": TEXT,
            "made_at": maybe(TEXT),
            "seconds": maybe(WHOLE),
        },
        *("errors", "state", "outcome", "core_id", "reason", "hold", "loan_no", "end"),
        *("version", "expected_version", "answer_by", "payment", "breaks", "nearest", "nearest_yes", "better"),
        *("contact", "made_at", "seconds"),
        description="a no, in the form of RFC 9457",
    ),
}
