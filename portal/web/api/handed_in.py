"""What is long: its body goes to the spool as it comes, a job reads it, and whoever sent it waits for a while.

Everything that can be refused by the head of the request is refused before the first byte of the body is read.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from portal.actions.jobs import NewJob
from portal.jobs.asking import ask_of_spool
from portal.jobs.spool import Spool, Spooled
from portal.reads.jobs import JobStatus, job_status
from portal.web import guard
from portal.web.api.problem_details import ProblemDetails, bad_rows_details, row_errors
from portal.web.api.requests import (
    JSON,
    LINES,
    api_answer,
    idempotency_key,
    lender_of_key,
    one_value,
    to_json,
    used_key,
)

A_DAY = "86400"
WHERE_IT_IS = ("line", "batches")
"""What a job counts for itself, to go on behind it."""
PATIENCE_SECONDS = 25.0
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 0.05, 0.25
MOST_LIST_BYTES = 8 * 1024 * 1024
LIST_TOO_LONG = (
    f"A JSON list may have {MOST_LIST_BYTES // 1024**2} MB, for it is read at once. "
    f"Send JSON Lines instead, one object a line, as {LINES[0]}."
)


async def handed_in(request: Request, kind: str, name: str, options: Mapping[str, object]) -> Response:
    """The job's answer where it comes in time, else where to ask for it. The same key and body is the same job."""
    key, place = idempotency_key(request), _place(request)
    spooled = await _spooled(request, request.app.state.spool, name, place)
    return await _done(request, kind, {**options, "place": place}, spooled, key)


async def asked_for(request: Request, kind: str, options: Mapping[str, object], body: bytes) -> Response:
    """The same for what was read already: `body` is what the job is told."""
    key, spool = idempotency_key(request), request.app.state.spool
    return await _done(request, kind, options, await spool.keep(_once(body)), key)


def _place(request: Request) -> str:
    """How rows are counted: a line of a file, or an index in a list."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON and kind not in LINES:
        raise ProblemDetails(415, "media-type", f"Content-Type has to be {JSON} or {LINES[0]}.")
    return "index" if kind == JSON else "line"


async def _done(request: Request, kind: str, options: Mapping[str, object], spooled: Spooled, key: str) -> Response:
    data = to_json({"path": request.url.path, "options": options, "body": spooled.digest})
    new = NewJob(
        lender_id=lender_of_key(request).id,
        kind=kind,
        asked_by=f"key:{used_key(request).ref}",
        options=options,
        file=spooled.name,
        file_bytes=spooled.size,
        key="" if options.get("dry_run") else key,
        request_hash=request.app.state.vault.lookup("request", data) if key else "",
    )
    return await wait_for_job(request, await ask_of_spool(request.app.state.spool, new, guard.now()))


async def _spooled(request: Request, spool: Spool, name: str, place: str) -> Spooled:
    try:
        if place == "line":
            return await spool.keep(request.stream())
        return await spool.keep(_once(await _listed(request, name)))
    except ClientDisconnect as error:
        raise ProblemDetails(400, "cut-off", "The body ended before it was whole. Nothing of it was kept.") from error


async def _listed(request: Request, name: str) -> bytes:
    """A JSON list, bare or under `name`, or one object, as lines."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_LIST_BYTES:
            raise ProblemDetails(413, "too-large", LIST_TOO_LONG)
    return await run_in_threadpool(_as_lines, bytes(body), name)


def _as_lines(body: bytes, name: str) -> bytes:
    data = one_value(body)
    if isinstance(data, dict) and set(data) == {name}:
        data = data[name]
    listed = data if isinstance(data, list) else [data]
    return "\n".join(to_json(each) for each in listed).encode()


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def wait_for_job(request: Request, ref: str) -> Response:
    """Its answer, where it comes in time, else where to ask for it."""
    until, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_LOOK_SECONDS
    while True:
        found = await job_status(ref, lender_of_key(request).id, request.app.state.vault)
        if found.over or time.monotonic() > until:
            return answered(found)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LAST_LOOK_SECONDS)


def answered(found: JobStatus) -> Response:
    """What a job's end is to a machine, or how far it is. Raises Problem for one that was refused or failed."""
    if not found.over or found.answer is None or found.status is None:
        response = api_answer(to_json(facts(found)), 200 if found.over else 202)
        response.headers.update({"location": f"/api/v1/jobs/{found.ref}"})
        return response
    result = found.answer
    if found.state == "done":
        return api_answer(to_json(_told(found)), found.status)
    if "bad_rows" in result:
        raise bad_rows_details(result["bad_rows"], found.options.get("place", "line"), result["bad"])
    headers: dict[str, Any] = (
        {"retry_after": A_DAY} if found.status == 429 else {"location": f"/api/v1/jobs/{found.ref}"}
    )
    kind, detail = result.get("kind", "broken"), result.get("detail") or result["problem"]
    raise ProblemDetails(found.status, kind, detail, result.get("errors", ()), **headers)


def facts(found: JobStatus) -> dict[str, Any]:
    """How far a job is, and its answer once it is over."""
    times = {"created_at": found.created_at, "started_at": found.started_at, "ended_at": found.ended_at}
    return {
        "id": found.ref,
        "kind": found.kind,
        "state": found.state,
        "read": found.read,
        "total": found.total,
        "landed": found.landed,
        "counts": {name: count for name, count in found.counts.items() if name not in WHERE_IT_IS},
        **{name: at and at.isoformat(timespec="seconds") for name, at in times.items()},
        **({"status": found.status, "answer": _told(found)} if found.over else {}),
    }


def _told(found: JobStatus) -> Mapping[str, Any] | None:
    """Its answer, with refused rows in the form of every problem of a list."""
    if found.answer is None or "bad_rows" not in found.answer:
        return found.answer
    rows = row_errors(found.answer["bad_rows"], found.options.get("place", "line"))
    return {**found.answer, "bad_rows": rows}
