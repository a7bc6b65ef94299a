"""Who a machine's request speaks for, and what it says: read strictly, each no a problem."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.api_keys import note_use
from portal.domain.event import Moment
from portal.domain.refusal import Refusal
from portal.intake.lines import strict_json, unfit
from portal.reads.api_keys import Key, key
from portal.reads.cases import LenderFacts
from portal.vault import token_hash
from portal.web import guard
from portal.web.api.problems import Problem

Handler = Callable[[Request], Awaitable[Response]]
S = TypeVar("S", bound=BaseModel)

JSON, LINES = "application/json", ("application/x-ndjson", "application/jsonl", "application/jsonlines")
LONGEST_KEY = 100


def for_api(purpose: str | None, handler: Handler, *parameters: str) -> Handler:
    """Addresses of a lender's own system, with a key for this purpose; `lender(request)` is its lender.

    Where the purpose depends on what is asked for, it is None and the handler asks `require_purpose`.

    A parameter that is not one of these is refused: misspelt, it would be passed over in silence.
    """

    async def endpoint(request: Request) -> Response:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        found = await key(token_hash(secret.strip()), guard.now()) if scheme.lower() == "bearer" and secret else None
        if found is None:
            raise Problem(401, "key", "A key is needed: Authorization: Bearer rp_...", www_authenticate="Bearer")
        if purpose is not None:
            require_purpose(found, purpose)
        for name in sorted(set(request.query_params) - set(parameters)):
            known = ", ".join(parameters) or "none"
            raise Problem(422, "fields", f"There is no parameter {name[:40]!r} here; there are: {known}.")
        await note_use(found.ref, guard.now())
        request.state.lender, request.state.key = found.lender, found
        guard.check_address(request)
        return await handler(request)

    endpoint.__name__ = handler.__name__
    endpoint.audience = "api"  # type: ignore[attr-defined]
    return endpoint


def for_any_system(handler: Handler) -> Handler:
    """What anybody's system may read without a key."""
    handler.audience = "api"  # type: ignore[attr-defined]
    return handler


def require_purpose(found: Key, purpose: str) -> None:
    """Raises Problem."""
    if purpose not in found.purposes:
        raise Problem(403, "purpose", f"This key is not for {purpose}; it is for {', '.join(sorted(found.purposes))}.")


def lender(request: Request) -> LenderFacts:
    found: LenderFacts = request.state.lender
    return found


def used_key(request: Request) -> Key:
    """The key that the request came with."""
    found: Key = request.state.key
    return found


def moment(request: Request) -> Moment:
    return guard.moment(request, lender(request).timezone)


def answer(text: str, status: int = 200) -> Response:
    return Response(text, status_code=status, media_type=JSON)


def to_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


async def shaped(request: Request, shape: type[S]) -> S:
    """The body in its shape, or a problem that names every field."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise Problem(415, "media-type", f"Content-Type has to be {JSON}.")
    said = one_value(await request.body())
    try:
        return shape.model_validate(said)
    except ValidationError as error:
        errors = [{"field": field, "problem": str(refusal)} for field, refusal in unfit(shape, error)]
        raise Problem(422, "fields", "Some fields do not fit.", errors) from error


def idempotency_key(request: Request) -> str:
    given = request.headers.get("idempotency-key", "")
    if len(given) > LONGEST_KEY:
        raise Problem(422, "fields", f"Idempotency-Key can have at most {LONGEST_KEY} characters.")
    return given


def number(request: Request, name: str, default: int, least: int, most: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) < 19 and least <= int(given) <= most):
        raise Problem(422, "fields", f"{name} has to be a whole number from {least} to {most}; {given[:40]!r} is not.")
    return int(given)


def flag(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "false").lower()
    if given not in ("", "1", "true", "0", "false"):
        raise Problem(422, "fields", f"{name} has to be true or false; {given[:40]!r} is not.")
    return given in ("", "1", "true")


def one_value(body: bytes) -> Any:
    """A body that is one JSON value. Raises Problem."""
    try:
        return strict_json(body)
    except (Refusal, RecursionError) as error:
        raise Problem(400, "json", f"The body is not one JSON value: {str(error)[:300]}") from error
