"""What the API is, as OpenAPI 3.1: from the same shapes that read the requests."""

import json
from functools import cache
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from portal.domain.conduct.event_schema import events_schema
from portal.intake.shape import LoanShape, PaymentLine
from portal.jobs.runner import JOB_KINDS
from portal.web.api.booking import Booking
from portal.web.api.events import CSV, MOST_EVENTS
from portal.web.api.holds import HoldAnswer
from portal.web.api.invitations import Wanted
from portal.web.api.requests import JSON, LINES

PROBLEM = "application/problem+json"
TEXT, COUNT, YES = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
DAY = {"type": "string", "format": "date"}
OBJECTS = {"type": "array", "items": {"type": "object"}}
EVENTS = {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}


async def openapi(request: Request) -> Response:
    return Response(openapi_text(request.app.state.settings.base_url), media_type=JSON)


@cache
def openapi_text(base_url: str) -> str:
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Repayment portal, for a lender's systems", "version": "1"},
            "servers": [{"url": base_url}],
            "security": [{"key": []}],
            "paths": _paths(),
            "components": {
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
                "schemas": {"Problem": _problem(), "Event": _inlined(events_schema())},
            },
        },
        ensure_ascii=False,
    )


def _paths() -> dict[str, Any]:
    return {
        "/api/v1/portfolio": {"post": _post("Import a portfolio", LoanShape, "loans", _COUNTS, _PORTFOLIO)},
        "/api/v1/payments": {
            "post": _post("Record payments and reversals", PaymentLine, "payments", _RECORDED, _PAYMENTS)
        },
        "/api/v1/invitations": {"post": _plain("Make invitation links", Wanted, _links(), [_KEY])},
        "/api/v1/jobs/{ref}": {"get": _operation("How far something long is, and what came of it", _job(), [_REF])},
        "/api/v1/loans/{loan_no}/position": {"get": _operation("What is owed, and why", _position(), _LOAN)},
        "/api/v1/loans/{loan_no}/payoff": {"get": _operation("What pays everything, and why", _payoff(), _LOAN)},
        "/api/v1/events": {"get": _followed()},
        "/api/v1/holds/{ref}": {"post": _plain("Collection is paused, or goes on", HoldAnswer, _HELD, [_REF])},
        "/api/v1/agreements/{ref}/booking": {"post": _plain("Booked, or refused", Booking, _BOOKED, [_REF])},
    }


def _post(
    summary: str, shape: type[BaseModel], name: str, answer: Any, more: list[Any] | None = None
) -> dict[str, Any]:
    one = _schema(shape)
    listed = {"type": "array", "items": one}
    either = {"anyOf": [listed, {"type": "object", "properties": {name: listed}, "required": [name]}, one]}
    content = {JSON: {"schema": either}, LINES[0]: {"schema": TEXT}}
    body = {"required": True, "content": content}
    operation = _operation(summary, answer, [_KEY, *(more or [])])
    operation["responses"]["202"] = _under_way()
    return {**operation, "requestBody": body}


def _plain(summary: str, shape: type[BaseModel], answer: Any, parameters: list[Any]) -> dict[str, Any]:
    body = {"required": True, "content": {JSON: {"schema": _schema(shape)}}}
    return {**_operation(summary, answer, parameters), "requestBody": body}


def _followed() -> dict[str, Any]:
    """The feed is a sheet too, for whoever asks for text/csv."""
    operation = _operation("The feed of events", _FEED, _CURSOR)
    operation["responses"]["200"]["content"][CSV] = {"schema": TEXT}
    return operation


def _operation(summary: str, answer: Any, parameters: list[Any]) -> dict[str, Any]:
    problem = {"description": "A problem", "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    good = {"description": "Done", "content": {JSON: {"schema": answer}}}
    return {"summary": summary, "parameters": parameters, "responses": {"200": good, "4XX": problem, "5XX": problem}}


def _schema(shape: type[BaseModel]) -> dict[str, Any]:
    return _inlined(shape.model_json_schema())


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """One schema with its definitions put where they are named: the document has no other names than its own."""
    definitions = schema.pop("$defs", {})
    schema.pop("$schema", None)

    def put(node: Any) -> Any:
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix("#/$defs/")
            return put(definitions[name]) if name in definitions else {key: put(value) for key, value in node.items()}
        return [put(each) for each in node] if isinstance(node, list) else node

    found: dict[str, Any] = put(schema)
    return found


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _problem() -> dict[str, Any]:
    schema = _object(type=TEXT, title=TEXT, status={"type": "integer"}, detail=TEXT, instance=TEXT, request_id=TEXT)
    schema["properties"]["errors"] = OBJECTS
    return schema


def _under_way() -> dict[str, Any]:
    """What is answered where the end of a job is not waited for any longer."""
    total = {"anyOf": [COUNT, {"type": "null"}]}
    job = _object(job=TEXT, state={"enum": ["waiting", "running"]}, read=COUNT, total=total, landed=COUNT)
    where = {"Location": {"schema": TEXT, "description": "where to ask how far it is, and for the answer"}}
    return {"description": "Still being read", "headers": where, "content": {JSON: {"schema": job}}}


def _links() -> dict[str, Any]:
    link = _object(loan_no=TEXT, link=TEXT, texts={"type": "object", "additionalProperties": TEXT})
    either = {"anyOf": [link, _object(loan_no=TEXT, sent={"const": True}), _object(loan_no=TEXT, problem=TEXT)]}
    return _object(invitations={"type": "array", "items": either}, expires_at={"type": "string", "format": "date-time"})


def _job() -> dict[str, Any]:
    """`status` and `answer` are there once it is over: what was asked for would have been answered so."""
    at = {"type": ["string", "null"], "format": "date-time"}
    states = {"enum": ["waiting", "running", "done", "refused", "failed"]}
    job = _object(
        id=TEXT, kind={"enum": sorted(JOB_KINDS)}, state=states, read=COUNT, total={"type": ["integer", "null"]}
    )
    job["properties"] |= {"landed": COUNT, "counts": {"type": "object", "additionalProperties": COUNT}}
    job["properties"] |= {"created_at": at, "started_at": at, "ended_at": at}
    job["properties"] |= {"status": {"type": "integer"}, "answer": {"type": "object"}}
    return job


def _position() -> dict[str, Any]:
    """The figures that are always there; `portal position --json` has the same keys."""
    amounts = {"type": "object", "additionalProperties": TEXT}
    totals = {name: TEXT for name in ("outstanding_principal", "credit", "payoff", "next_30_days")}
    lists = {name: OBJECTS for name in ("installments", "penalty_lines", "payments", "lender_credits", "next")}
    return _object(**_OF_DAY, days_past_due=COUNT, overdue=amounts, **totals, **lists, itemisation=amounts)


def _payoff() -> dict[str, Any]:
    """`lines` less `credit` and `not_charged` are the `payoff`."""
    line = _object(due=TEXT, due_on=DAY, component=TEXT, amount=TEXT)
    line["properties"]["runs"] = _object(**{"from": DAY}, to=DAY, days=COUNT, of_days=COUNT, stated=TEXT)
    sums = {name: TEXT for name in ("payoff", "total", "credit", "not_charged")}
    closed = {"anyOf": [DAY, {"type": "null"}]}
    return _object(**_OF_DAY, **sums, lines={"type": "array", "items": line}, closed_on=closed)


def _parameter(name: str, where: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": where, "schema": schema, **more}


_COUNTS = _object(rows=COUNT, loans=COUNT, bad=COUNT, imported=YES, bad_rows=OBJECTS)
_COUNTS["properties"] |= {name: COUNT for name in ("added", "changed", "unchanged", "stale", "missing")}
_COUNTS["properties"] |= {"changes": OBJECTS, "changed_fields": {"type": "object", "additionalProperties": COUNT}}
_COUNTS["properties"] |= {"missing_loans": {"type": "array", "items": TEXT}}
_RECORDED = _object(payments=COUNT, added=COUNT, repeated=COUNT)
_RECORDED["properties"] |= {"corrected": COUNT, "corrections": OBJECTS, "bad": COUNT, "bad_rows": OBJECTS}
_FEED = _object(events=EVENTS, next=COUNT, more=YES)
_BOOKED = _object(agreement=TEXT, proposal=TEXT, state=TEXT)
_HELD = _object(hold=TEXT, loan_no=TEXT, outcome=TEXT)
_KEY = _parameter("Idempotency-Key", "header", {"type": "string", "maxLength": 100})
_REF = _parameter("ref", "path", TEXT, required=True)
_OF_DAY = {"loan_no": TEXT, "as_of": DAY, "valid_until": DAY, "currency": TEXT}
_LOAN = [_parameter("loan_no", "path", TEXT, required=True), _parameter("as_of", "query", DAY)]
_PORTFOLIO = [_parameter(name, "query", YES) for name in ("dry_run", "skip_bad", "complete")]
_PAYMENTS = [_parameter("skip_bad", "query", YES)]
_CURSOR = [
    _parameter("after", "query", {"type": "integer", "minimum": 0, "maximum": 10**18}),
    _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": MOST_EVENTS}),
]
