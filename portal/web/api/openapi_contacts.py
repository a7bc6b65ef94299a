"""What is answered of contacts, as named schemas, and how they are listed."""

from typing import Any

from portal.domain.conduct.contact_gate import ContactOutcome, ContactRefusal
from portal.domain.conduct.contact_rules import ContactChannel
from portal.domain.json_schema import (
    DAY_TEXT,
    OPAQUE,
    TEXT,
    TIME_TEXT,
    WHOLE,
    YES_OR_NO,
    Schema,
    defined,
    fields_of,
    list_of,
    maybe,
)
from portal.web.api.contacts import MOST_LISTED
from portal.web.api.openapi_operation import KEY_PARAMETER, ApiOperation

_LISTED: tuple[Schema, ...] = (
    {"name": "loan_no", "in": "query", "schema": TEXT, "description": "of one loan alone"},
    {"name": "after", "in": "query", "schema": TEXT, "description": "next of the page before"},
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_LISTED},
        "description": "at most so many",
    },
)
CONTACT_EXAMPLE: dict[str, Any] = {
    **{"contact": "c4n7qk2vxrw5mzpb", "loan_no": "JQ-2026-0001", "borrower": "B-1", "channel": "call", "agency": None},
    **{"asked_at": "2026-06-14T14:05:10+00:00", "timezone": "Asia/Shanghai", "allowed": False, "until": None},
    **{"reason": "hours", "detail": "Nobody is contacted at this hour."},
    **{"allowed_from": "2026-06-15T00:00:00+00:00", "by": None, "outcome": None, "made_at": None},
    **{"seconds": None, "told_at": None, "against": False},
}


def contact_schemas() -> dict[str, Schema]:
    return {
        "Contact": fields_of(
            {
                "contact": OPAQUE,
                "loan_no": TEXT,
                "borrower": {
                    **maybe(TEXT),
                    "description": "the lender's own id; null where nobody of the loan was meant",
                },
                "channel": {"enum": [each.value for each in ContactChannel]},
                "agency": {**maybe(TEXT), "description": "who asked with a key of their own; null: the lender"},
                "asked_at": TIME_TEXT,
                "timezone": {**TEXT, "description": "the borrower's"},
                "allowed": YES_OR_NO,
                "until": {**maybe(TIME_TEXT), "description": "so long it is allowed"},
                "reason": {"enum": [*(each.value for each in ContactRefusal), None]},
                "detail": {**maybe(TEXT), "description": "the reason in words"},
                "allowed_from": {
                    **maybe(TIME_TEXT),
                    "description": "the first minute at which nothing refuses that is known now; null: it depends on "
                    "somebody",
                },
                "by": {**maybe(DAY_TEXT), "description": "the day by which that is decided, where there is one"},
                "outcome": {"enum": [*(each.value for each in ContactOutcome), None]},
                "made_at": maybe(TIME_TEXT),
                "seconds": maybe(WHOLE),
                "told_at": maybe(TIME_TEXT),
                "against": {**YES_OR_NO, "description": "it was made although it was refused, or after its time"},
            },
            description="one contact that was asked for, as it is on record and as the borrower sees it",
        ),
        "ContactsPage": fields_of({"contacts": list_of(defined("Contact")), "next": maybe(TEXT), "more": YES_OR_NO}),
    }


CONTACT_OPERATIONS = (
    ApiOperation(
        *("post", "/contacts", "askContact", "Contacts", "May somebody be contacted now; or: what came of it"),
        "A refusal is an answer, not a problem: reason and allowed_from say why and from when on. With contact it is "
        "told what came of one.",
        "Contact",
        (KEY_PARAMETER,),
        ("ContactQuestion", "ContactReport"),
        conflict="It was told otherwise before: outcome, made_at and seconds say how",
    ),
    ApiOperation(
        *("get", "/contacts", "listContacts", "Contacts", "What is on record, the oldest first"),
        "Each that was asked for, also what was refused; a key of an agency lists its own.",
        *("ContactsPage", _LISTED),
    ),
)
