"""What the API is, as OpenAPI 3.1: named schemas of what is taken and answered, an id and a tag for each operation."""

import json
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.json_schema import DEFINED_AT, TEXT, YES_OR_NO, defined
from portal.web.api.events import CSV
from portal.web.api.openapi_answers import answer_schemas
from portal.web.api.openapi_clock import clock_schemas
from portal.web.api.openapi_contacts import CONTACT_OPERATIONS, contact_schemas
from portal.web.api.openapi_decided import deciding_schemas
from portal.web.api.openapi_deciding import DECIDING_OPERATIONS
from portal.web.api.openapi_events import event_schemas
from portal.web.api.openapi_examples import ANSWERS, BODIES
from portal.web.api.openapi_feed import FEED_ANSWERS, FEED_OPERATIONS
from portal.web.api.openapi_operation import KEY_PARAMETER as _KEY
from portal.web.api.openapi_operation import LOAN_PARAMETERS as _LOAN
from portal.web.api.openapi_operation import REF_PARAMETER as _REF
from portal.web.api.openapi_operation import ApiOperation as _Operation
from portal.web.api.openapi_operation import api_parameter as _parameter
from portal.web.api.openapi_shapes import LINES_BODY, body_schema, shape_schemas
from portal.web.api.openapi_webhooks import WEBHOOK_OPERATIONS, webhook_schemas
from portal.web.api.requests import JSON, LINES
from portal.web.api.test_clock import MOST_MESSAGES

PROBLEM = "application/problem+json"
TAGS = {
    "Loans": "What a lender's core tells of loans, and what the portal knows of them.",
    "Payments": "Money that came in, was taken back or paid back.",
    "Invitations": "Links for borrowers.",
    "Events": "Everything that happened, in order.",
    "Proposals": "What is negotiated, and what the lender's staff decide on it.",
    "Complaints": "What borrowers say is wrong, and payments that they told of.",
    "Agreements": "What was signed is booked, or cannot be.",
    "Holds": "Collection is paused, or goes on.",
    "Contacts": "May somebody be called, written to or visited now, and what came of it.",
    "Webhooks": "Events that are pushed, in order for each loan.",
    "Jobs": "What takes long.",
    "Test deployment": "A clock that is set, and what would have been sent. Elsewhere these are 404.",
}
_ABOUT = (
    "Money is a decimal string beside a currency, dates are ISO 8601, rates are fractions of one as decimal strings. "
    "Every no is a Problem, and each problem of a list of rows has its index and its loan. What the address names and "
    "is not there is 404; what a body names and is not there is 422, at its row. Within version 1 keys may be added to "
    "answers, codes to lists that say so, optional fields and parameters to what is taken, types to events, and "
    "addresses; nothing is renamed, taken away or made needed. What cannot be so becomes /api/v2/, beside which "
    "version 1 goes on for two years at least, its answers then with the headers Deprecation and Sunset. A key has so "
    "many requests in any minute: the headers RateLimit-Policy and RateLimit of every answer say how many are left; "
    "what is beyond them is 429."
)


async def openapi(request: Request) -> Response:
    return Response(openapi_text(request.app.state.settings.base_url), media_type=JSON)


@cache
def openapi_text(base_url: str) -> str:
    schemas = {**shape_schemas(), **answer_schemas(), **clock_schemas(), **deciding_schemas(), **event_schemas()}
    schemas = {**schemas, **FEED_ANSWERS, **webhook_schemas(), **contact_schemas()}
    text = json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Repayment portal, for a lender's systems", "version": "1", "description": _ABOUT},
            "servers": [{"url": base_url}],
            "security": [{"key": []}],
            "tags": [{"name": name, "description": said} for name, said in TAGS.items()],
            "paths": _paths(),
            "components": {
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
                "schemas": schemas,
            },
        },
        ensure_ascii=False,
    )
    return text.replace(f'"{DEFINED_AT}', '"#/components/schemas/')


_BUDGET = {
    "RateLimit-Policy": {"schema": TEXT, "description": "how many requests (q) the key has in so many seconds (w)"},
    "RateLimit": {"schema": TEXT, "description": "how many are left (r), and in how many seconds there is more (t)"},
}


def _paths() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in (*_OPERATIONS, *FEED_OPERATIONS, *DECIDING_OPERATIONS, *WEBHOOK_OPERATIONS, *CONTACT_OPERATIONS):
        found.setdefault(f"/api/v1{each.path}", {})[each.method] = _written(each)
    return found


def _written(each: _Operation) -> dict[str, Any]:
    problem = {PROBLEM: {"schema": defined("Problem")}}
    answer: dict[str, Any] = {"schema": defined(each.answer) if each.media == JSON else TEXT}
    if each.id in ANSWERS:
        answer["example"] = ANSWERS[each.id]
    good: dict[str, Any] = {"description": "Done", "headers": _BUDGET, "content": {each.media: answer}}
    responses: dict[str, Any] = {"200": good}
    if each.id == "listEvents":
        good["content"][CSV] = {"schema": TEXT}
    if each.is_job:
        responses["202"] = _UNDER_WAY
    if each.is_under_way:
        responses["202"] = {"description": "Still on the way: ask again", "content": {JSON: answer}}
    if each.conflict:
        responses["409"] = {"description": each.conflict, "content": problem}
    responses |= {status: {"description": "A problem", "content": problem} for status in ("4XX", "5XX")}
    return {
        "operationId": each.id,
        "tags": [each.tag],
        "summary": each.summary,
        "description": each.description,
        "parameters": list(each.parameters),
        **({"requestBody": _body(each)} if each.body else {}),
        "responses": responses,
    }


def _body(each: _Operation) -> dict[str, Any]:
    schema = body_schema(*each.body, discriminator=each.told_apart_by)
    content: dict[str, Any] = {JSON: {"schema": schema, "example": BODIES[each.id]}}
    if each.lines:
        rows = next(iter(BODIES[each.id].values()))
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        content[LINES[0]] = {"schema": LINES_BODY, "example": lines}
    return {"required": True, "content": content}


_BOOKS = _parameter("books", "query", YES_OR_NO, "with what a general ledger needs")
_SKIP_BAD = _parameter("skip_bad", "query", YES_OR_NO, "leave out bad rows instead of refusing all")
_PORTFOLIO = (
    _parameter("dry_run", "query", YES_OR_NO, "only check"),
    _SKIP_BAD,
    _parameter("complete", "query", YES_OR_NO, "these are all loans: which are not among them is told"),
)
_UNDER_WAY = {
    "description": "Still being read: ask for the job",
    "headers": {"Location": {"schema": TEXT, "description": "where to ask how far it is, and for the answer"}},
    "content": {JSON: {"schema": defined("Job")}},
}

_OPERATIONS = (
    _Operation(
        *("post", "/portfolio", "sendPortfolio", "Loans", "Import a portfolio"),
        "All rows or none; with skip_bad the good ones. JSON may have 8 MB, JSON Lines 64. A list will do.",
        "PortfolioAnswer",
        (_KEY, *_PORTFOLIO),
        ("Portfolio",),
        lines=True,
        is_job=True,
    ),
    _Operation(
        *("get", "/loans/{loan_no}", "getLoan", "Loans", "All that the portal knows of a loan"),
        "Terms, schedule in force, state, the head of its position, agreements and what stands open.",
        *("LoanDetails", _LOAN),
    ),
    _Operation(
        *("get", "/loans/{loan_no}/position", "getPosition", "Loans", "What is owed, and why"),
        "At the end of a day, from the facts dated up to it.",
        *("Position", (*_LOAN, _BOOKS)),
    ),
    _Operation(
        *("get", "/loans/{loan_no}/payoff", "getPayoff", "Loans", "What pays everything, and why"),
        "What has to be paid by the end of that day so that nothing is owed any more.",
        *("Payoff", _LOAN),
    ),
    _Operation(
        *("post", "/payments", "sendPayments", "Payments", "Record payments, reversals and refunds"),
        "All of them or none, each once by the lender's own id, in any order. JSON may have 8 MB, JSON Lines 64. "
        "A list will do.",
        "PaymentsAnswer",
        (_KEY, _SKIP_BAD),
        ("Payments",),
        lines=True,
        is_job=True,
    ),
    _Operation(
        *("post", "/invitations", "makeInvitations", "Invitations", "Make invitation links"),
        "For some loans, or for all or a part of those overdue. What cannot be made has a problem in its place.",
        "InvitationsAnswer",
        (_KEY,),
        ("InvitedLoans", "InvitedOverdue"),
        is_job=True,
    ),
    _Operation(
        *("post", "/agreements/{ref}/booking", "bookAgreement", "Agreements", "Booked, or refused"),
        "The same said again gets the same answer, for ever.",
        "BookingAnswer",
        (_REF, _KEY),
        ("Booked", "NotBooked"),
        told_apart_by="outcome",
        conflict="It was answered otherwise before: state, outcome, core_id and reason say how",
    ),
    _Operation(
        *("post", "/holds/{ref}", "answerHold", "Holds", "Collection is paused, or goes on"),
        "The same said again changes nothing; a hold that has ended cannot be acknowledged.",
        "HoldAnswered",
        (_REF, _KEY),
        ("HoldAcknowledged", "HoldEnded"),
        told_apart_by="outcome",
        conflict="It has ended: state says so",
    ),
    _Operation(
        *("get", "/jobs/{ref}", "getJob", "Jobs", "How far something long is, and what came of it"),
        "For every key of the lender that is for what the job does.",
        *("Job", (_REF,)),
    ),
    _Operation(
        *("get", "/test/clock", "getTestClock", "Test deployment", "The clock of a test deployment"),
        "Pages, codes, links and worker live in it.",
        "TestClock",
    ),
    _Operation(
        *("post", "/test/clock", "setTestClock", "Test deployment", "Set it ahead"),
        "To the morning of a day, or so many days on; the worker lets the days pass one by one. Never back.",
        "TestClock",
        body=("ClockToDay", "ClockDaysOn"),
        is_under_way=True,
    ),
    _Operation(
        *("get", "/test/messages", "listTestMessages", "Test deployment", "What would have been sent"),
        "To the lender's own borrowers, the newest first: codes and links are read here.",
        "TestMessages",
        (_parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": MOST_MESSAGES}, "at most so many"),),
    ),
)
