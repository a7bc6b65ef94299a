"""A no to a machine: RFC 9457, with every field that does not fit, in English."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.invitations import TooManyInvitations
from portal.actions.jobs import TooManyJobs
from portal.actions.journal import KeyUsedOtherwise
from portal.actions.numbers import TooManyMessages
from portal.actions.webhooks import NothingToSkip
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import MoveNotPossible, ProposalOpen, SomebodyWasFirst
from portal.jobs.spool import NoRoom
from portal.reads.cases import NotFound
from portal.reads.listed import UnknownCursor
from portal.vault import Erased

API_PREFIX = "/api/"
_CONFLICTS = (SomebodyWasFirst, ProposalOpen, MoveNotPossible, NothingToSkip)
MOST_ERRORS = 1000


class ProblemDetails(Exception):
    """`kind` is the last part of the problem's type, which never changes; `errors` name the fields.

    `facts` are members of the problem beside those that every one has: how things are.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        errors: Sequence[Mapping[str, object]] = (),
        facts: Mapping[str, object] | None = None,
        **headers: str,
    ):
        super().__init__(detail)
        self.status, self.kind, self.detail, self.errors = status, kind, detail, errors
        self.facts = facts or {}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def bad_rows_details(rows: Sequence[Mapping[str, Any]], place: str, count: int) -> ProblemDetails:
    """`place` is how rows are counted; `count` is how many problems in all."""
    errors = row_errors(rows[:MOST_ERRORS], place)
    return ProblemDetails(422, "rows", f"{count} problems; nothing was recorded. Mend them and send all again.", errors)


def row_errors(rows: Sequence[Mapping[str, Any]], place: str) -> list[dict[str, object]]:
    """Refused rows as a job keeps them, in the form of every problem of a list: `index` counts from 0.

    Where `place` is "line" they came as JSON Lines, and the line of the body, from 1, stands beside it.
    """
    named = ("loan_no", "field", "problem")
    return [
        {"index": row["line"] - 1}
        | ({"line": row["line"]} if place == "line" else {})
        | {name: row[name] for name in named}
        for row in rows
    ]


async def api_error(request: Request, error: Exception) -> Response:
    """Whatever went wrong under the API's addresses."""
    problem, budget = _problem(error), getattr(request.state, "budget", None)
    body = {
        "type": f"urn:repayment-portal:problem:{problem.kind}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
        "request_id": request.state.request_id,
        **({"errors": list(problem.errors)} if problem.errors else {}),
        **problem.facts,
    }
    return Response(
        json.dumps(body, ensure_ascii=False),
        status_code=problem.status,
        media_type="application/problem+json",
        headers={**problem.headers, **(budget.headers if budget else {})},
    )


def _problem(error: Exception) -> ProblemDetails:
    match error:
        case ProblemDetails():
            return error
        case NotFound() | Erased() | KeyUsedOtherwise():
            return _ALWAYS_SO[type(error)]
        case Refusal():
            return _refused(error)
        case HTTPException(status_code=status):
            return ProblemDetails(status, _KINDS.get(status, "http"), _SAID.get(status, ""))
        case _:
            return ProblemDetails(500, "broken", "This is our mistake. What was answered before is safe; try again.")


def _refused(error: Refusal) -> ProblemDetails:
    match error:
        case TooManyJobs():
            return ProblemDetails(429, "too-many", str(error), retry_after="60")
        case UnknownCursor():
            return ProblemDetails(422, "cursor", str(error), _field(error))
        case NoRoom():
            return ProblemDetails(507, "no-room", str(error))
        case TooManyInvitations() | TooManyMessages():
            return ProblemDetails(429, "too-many", str(error), _field(error), retry_after="86400")
    status = 409 if isinstance(error, _CONFLICTS) else 422
    return ProblemDetails(status, "conflict" if status == 409 else "refused", str(error), _field(error))


def _field(error: Refusal) -> Sequence[dict[str, Any]]:
    return [{"field": error.field, "problem": str(error)}] if error.field else ()


_ALWAYS_SO: dict[type[Exception], ProblemDetails] = {
    NotFound: ProblemDetails(404, "not-found", "There is no such thing at this lender."),
    Erased: ProblemDetails(410, "erased", "What was kept about this person was erased; nobody can read it any more."),
    KeyUsedOtherwise: ProblemDetails(422, "key-used-otherwise", "This Idempotency-Key came before with another body."),
}
_KINDS = {404: "not-found", 405: "method", 408: "too-slow", 413: "too-large", 415: "media-type", 503: "busy"}
_SAID = {
    400: "The request could not be read.",
    404: "There is no such address; /api/v1/openapi.json lists them.",
    405: "This address does not know this method; the Allow header names those it knows.",
    408: "The rest of the body did not come; send the request again.",
    413: "The body is larger than this address takes.",
}
