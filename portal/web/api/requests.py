"""Who a machine's request speaks for, and what it says: read strictly, each no a problem."""

import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.access import note_look
from portal.actions.act import Acting, Author, FormToken
from portal.actions.api_keys import note_use
from portal.domain.contract.calendar import parse_date
from portal.domain.event import Actor, BusinessTime
from portal.domain.refusal import Refusal
from portal.intake.lines import first_unfit, strict_json
from portal.reads.api_keys import KeyFacts, former_key, key, why_refused
from portal.reads.cases import LenderFacts
from portal.reads.desk import working_colleague
from portal.vault import token_hash
from portal.web import guard
from portal.web.api.budgets import RequestBudgets
from portal.web.api.problem_details import ProblemDetails
from portal.web.forms import clean_text
from portal.web.refused_sign_ins import note_refused, route_name

_Handler = Callable[[Request], Awaitable[Response]]
_Shape = TypeVar("_Shape", bound=BaseModel)

JSON, LINES = "application/json", ("application/x-ndjson", "application/jsonl", "application/jsonlines")
LONGEST_KEY = 100
DecidedBy = Annotated[
    str, Field(min_length=1, max_length=254, description="e-mail address or ref of one of the lender's staff")
]
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2200, 12, 31)
_IN_LIST = re.compile(r"(?P<name>[a-z_]+)\.(?P<index>[0-9]+)(?:\.(?P<field>.+))?$")
KEY_NEEDED = "A key is needed: Authorization: Bearer rp_..."
# What is read where it came: a longer body is read beside everybody else's requests.
SHORT_BYTES = 16 * 1024


def for_api(purpose: str | None, handler: _Handler, *parameters: str) -> _Handler:
    """Addresses of a lender's own system, with a key for this purpose; `lender(request)` is its lender.

    Where the purpose depends on what is asked for, it is None and the handler asks `require_purpose`.

    A parameter that is not one of these is refused: misspelt, it would be passed over in silence.
    """

    async def endpoint(request: Request) -> Response:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        given = token_hash(secret.strip()) if scheme.lower() == "bearer" and secret else ""
        found = await key(given, guard.now()) if given else None
        if found is None:
            await _note_refused(request, given)
            why = await why_refused(given, guard.now()) if given else ""
            raise ProblemDetails(401, "key", why or KEY_NEEDED, www_authenticate="Bearer")
        request.state.key = found
        _take_request(request, found)
        if purpose is not None:
            require_purpose(request, purpose)
        for name in sorted(set(request.query_params) - set(parameters)):
            known = ", ".join(parameters) or "none"
            raise ProblemDetails(422, "fields", f"There is no parameter {name[:40]!r} here; there are: {known}.")
        note_use(found, guard.now())
        guard.check_address(request)
        response = await handler(request)
        response.headers.update(request.state.budget.headers)
        return response

    endpoint.__name__ = handler.__name__
    endpoint.audience = "api"  # type: ignore[attr-defined]
    return endpoint


def _take_request(request: Request, found: KeyFacts) -> None:
    """Raises ProblemDetails where the key has no more in this minute."""
    budgets: RequestBudgets = request.app.state.budgets
    budget = request.state.budget = budgets.take(found.ref, time.monotonic())
    if budget.refused:
        detail = f"This key may send {budget.most} requests in any minute; send this one again in {budget.more_in} s."
        raise ProblemDetails(429, "too-many", detail, retry_after=str(budget.more_in))


async def _note_refused(request: Request, given: str) -> None:
    """A key that is none, or works no more, is written down: the one that it was, and never what was sent."""
    former = await former_key(given) if given else None
    reason = "ended" if former else "unknown" if given else "missing"
    ref, lender_id = former or ("", None)
    note_refused(request, "key-refused", reason, actor=("key", ref), lender_id=lender_id)


def for_any_system(handler: _Handler) -> _Handler:
    """What anybody's system may read without a key."""
    handler.audience = "api"  # type: ignore[attr-defined]
    return handler


def require_purpose(request: Request, purpose: str) -> None:
    """Raises Problem, and writes down that it was tried."""
    found = used_key(request)
    if purpose not in found.purposes:
        page, who = f"page:{route_name(request)}", ("key", found.ref)
        note_refused(request, "key-refused", "purpose", actor=who, subject=page, lender_id=found.lender.id)
        raise ProblemDetails(
            403, "purpose", f"This key is not for {purpose}; it is for {', '.join(sorted(found.purposes))}."
        )


def lender_of_key(request: Request) -> LenderFacts:
    return used_key(request).lender


def used_key(request: Request) -> KeyFacts:
    """The key that the request came with."""
    found: KeyFacts = request.state.key
    return found


def api_time(request: Request) -> BusinessTime:
    return guard.business_time(request, lender_of_key(request).timezone)


def api_acting(request: Request, actor: Actor) -> Acting:
    """A lender's system saw no page; with an Idempotency-Key the same request again is answered as before."""
    token = FormToken(0, idempotency_key(request), drawn=False)
    return Acting(Author(actor, request.app.state.vault), token, api_time(request))


async def acting_for_staff(
    request: Request, decided_by: str, note: str = "", expected_version: int | None = None, lang: str = "zh-CN"
) -> Acting:
    """One of the lender's staff acts, and its system says so: their role and limits hold as at the desk, and the
    events tell the key. What was seen is of `expected_version`, where one is named.

    Raises ProblemDetails for whoever does not work here now.
    """
    lender, drawn = lender_of_key(request), expected_version is not None
    found = await working_colleague(lender.id, decided_by)
    if found is None:
        said = "It has to name somebody who works at this lender now and has signed in here, by e-mail address or ref."
        raise ProblemDetails(422, "refused", said, [{"field": "decided_by", "problem": said}])
    token = FormToken(expected_version or 0, idempotency_key(request), drawn=drawn)
    actor, key = Actor("staff", found.ref), used_key(request).ref
    author = Author(actor, request.app.state.vault, clean_text(note), lang, found.role, key)
    return Acting(author, token, api_time(request))


def note_text_read(request: Request, loan_ref: str) -> None:
    """What people wrote about a loan is read: that leaves a trace, as at the desk."""
    note_look(("key", used_key(request).ref), loan_ref, lender_of_key(request).id, guard.now())


def misfits(*found: tuple[str, str]) -> None:
    """Raises ProblemDetails where any field is named, each with what is wrong there."""
    if found:
        errors = [{"field": field, "problem": problem} for field, problem in found]
        raise ProblemDetails(422, "fields", "Some fields do not fit.", errors)


def api_answer(text: str, status: int = 200) -> Response:
    return Response(text, status_code=status, media_type=JSON)


def to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


async def read_shape(request: Request, shape: type[_Shape]) -> _Shape:
    """The body in its shape, or a problem that names every field that does not fit, or the first hundred."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise ProblemDetails(415, "media-type", f"Content-Type has to be {JSON}.")
    body = await request.body()
    return _fitted(body, shape) if len(body) <= SHORT_BYTES else await run_in_threadpool(_fitted, body, shape)


def idempotency_key(request: Request) -> str:
    given = request.headers.get("idempotency-key", "")
    if len(given) > LONGEST_KEY:
        raise ProblemDetails(422, "fields", f"Idempotency-Key can have at most {LONGEST_KEY} characters.")
    return given


def number_parameter(request: Request, name: str, default: int, least: int, most: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) <= len(str(most)) and least <= int(given) <= most):
        raise ProblemDetails(
            422, "fields", f"{name} has to be a whole number from {least} to {most}; {given[:40]!r} is not."
        )
    return int(given)


def day_parameter(request: Request, name: str) -> date | None:
    """A day of the calendar, none where none is given. Raises ProblemDetails."""
    given = request.query_params.get(name)
    if given is None:
        return None
    try:
        day = parse_date(given)
    except Refusal as refusal:
        raise ProblemDetails(422, "fields", f"{name}: {refusal}") from refusal
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ProblemDetails(422, "fields", f"{name} has to be from {FIRST_DAY} to {LAST_DAY}; {day} is not.")
    return day


def choice_parameter(request: Request, name: str, allowed: Sequence[str]) -> str:
    """Empty where it is not given. Raises ProblemDetails."""
    given = request.query_params.get(name, "")
    if given and given not in allowed:
        detail = f"{name} has to be one of {', '.join(allowed)}; {given[:40]!r} is not."
        raise ProblemDetails(422, "fields", detail, [{"field": name, "problem": detail}])
    return given


def flag(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "false").lower()
    if given not in ("", "1", "true", "0", "false"):
        raise ProblemDetails(422, "fields", f"{name} has to be true or false; {given[:40]!r} is not.")
    return given in ("", "1", "true")


def _fitted(body: bytes, shape: type[_Shape]) -> _Shape:
    return fitted(one_value(body), shape)


def fitted(data: Any, shape: type[_Shape]) -> _Shape:
    """What was read in its shape. Raises ProblemDetails with every field that does not fit."""
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        named, more = first_unfit(shape, error)
        errors = [_named(field, refusal, data) for field, refusal in named]
        beside = f" {more} more are not named here." if more else ""
        raise ProblemDetails(422, "fields", f"Some fields do not fit.{beside}", errors) from error


def _named(field: str, refusal: Refusal, data: Any) -> dict[str, object]:
    """In the form of every problem of a list, where the field is one of a row: by its index and its loan."""
    place = _IN_LIST.match(field)
    if place is None:
        return {"field": field, "problem": str(refusal)}
    index = int(place["index"])
    row = data[place["name"]][index]
    loan_no = row.get("loan_no") if isinstance(row, dict) else None
    told = loan_no[:LONGEST_KEY] if isinstance(loan_no, str) else ""
    return {"index": index, "loan_no": told, "field": place["field"] or "line", "problem": str(refusal)}


def one_value(body: bytes) -> Any:
    """A body that is one JSON value. Raises Problem."""
    try:
        return strict_json(body)
    except (Refusal, RecursionError) as error:
        raise ProblemDetails(400, "json", f"The body is not one JSON value: {str(error)[:300]}") from error
