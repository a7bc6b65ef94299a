"""One operation of the API as the OpenAPI document has it, and the parameters that several of them share."""

from typing import Any, NamedTuple

from portal.domain.json_schema import DAY_TEXT, TEXT, Schema
from portal.web.api.requests import JSON, LONGEST_KEY


class ApiOperation(NamedTuple):
    """One address and method; `body` names what it takes, one of them, `lines` that it takes JSON Lines too.

    `conflict` says when it answers 409, `is_under_way` that it answers 202 alike where the end is not waited for.
    `media` is of what it answers.
    """

    method: str
    path: str
    id: str
    tag: str
    summary: str
    description: str
    answer: str
    parameters: tuple[Schema, ...] = ()
    body: tuple[str, ...] = ()
    lines: bool = False
    told_apart_by: str = ""
    is_job: bool = False
    is_under_way: bool = False
    conflict: str = ""
    media: str = JSON


def api_parameter(name: str, where: str, schema: Schema, said: str, **more: Any) -> Schema:
    return {"name": name, "in": where, "schema": schema, "description": said, **more}


KEY_PARAMETER = api_parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "maxLength": LONGEST_KEY},
    "of the sender's choosing: the same request with it gets the first answer again, for seven days",
)
REF_PARAMETER = api_parameter("ref", "path", TEXT, "opaque, from the feed", required=True)
LOAN_PARAMETERS = (
    api_parameter("loan_no", "path", TEXT, "the lender's own number, percent-encoded", required=True),
    api_parameter("as_of", "query", DAY_TEXT, "the end of which day; today, where none is given"),
)
