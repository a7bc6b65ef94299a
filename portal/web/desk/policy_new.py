"""A new policy at the desk: a file, or an earlier version again, is laid before a second person."""

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.approvals import AlreadyProposed
from portal.actions.jobs import NewJob, TooManyJobs, ask_job
from portal.actions.policies import SamePolicy, propose_policy
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import NotFound, lender_by_slug
from portal.reads.policy import policy_text
from portal.reads.policy_file import BadPolicy
from portal.reads.replays import REACH, REPLAY, reach_key, replay_key
from portal.web import guard
from portal.web.changing import status_of
from portal.web.desk.policy import whole_version
from portal.web.forms import Form
from portal.web.render import page, see_other
from portal.web.uploads import MOST_SMALL_FILE_BYTES, Upload, text_of_file, upload

MOST_READ_BYTES = 16 * 1024 * 1024
"""A file that is too large is read past, so that its sender is told so by a page."""
REPLAY_DAYS = (30, 90, 365)
"""How far back a dry run may go; the middle one is what nobody chose."""


class PolicyTooLarge(Refusal):
    says = N_("A policy can have at most {most} kB; this file has more. Nothing of it was kept.")


class SaysNothing(Refusal):
    says = N_("This file sets no rule at all, so none of yours would be left. Please choose one that sets some.")


async def new_policy(request: Request) -> Response:
    """The file that is sent is read whole and judged before anything is kept of it."""
    if request.method != "POST":
        return await _form(request, Form({}))
    sent = await upload(request)
    form = Form(dict(sent.fields))
    try:
        return await _propose(request, form, await _text(sent))
    except BadPolicy as refusal:
        return await _form(request, form, 422, problems=str(refusal.facts["problems"]).splitlines())
    except Refusal as refusal:
        form.refuse("file", refusal)
        return await _form(request, form, status_of(refusal))


async def earlier_policy(request: Request) -> Response:
    """An earlier version goes the same way as a new one. Raises NotFound."""
    asked, form = request.path_params["version"], Form(guard.form(request))
    version, text = await policy_text(guard.current_staff(request).lender_id, whole_version(asked))
    if not version:
        raise NotFound(asked)
    try:
        return await _propose(request, form, text)
    except BadPolicy as refusal:
        return await _form(request, form, 422, problems=str(refusal.facts["problems"]).splitlines())
    except (SamePolicy, AlreadyProposed) as refusal:
        return await _form(request, form, status_of(refusal), error=refusal)


async def _propose(request: Request, form: Form, text: str) -> Response:
    staff = guard.current_staff(request)
    lender = await lender_by_slug(staff.lender_slug)
    approval = await propose_policy(guard.acting(request, staff.timezone, form.token()), lender, text)
    with suppress(TooManyJobs):  # it can be asked for on the page where the policy waits
        await ask_replay(request, approval, REPLAY_DAYS[1])
    return see_other(request, "desk_policy_waits")


async def ask_replay(request: Request, approval: str, days: int) -> None:
    """Once for an approval and so many days. Raises TooManyJobs."""
    await _ask(request, REPLAY, replay_key(approval, days), {"approval": approval, "days": days})


async def ask_reach(request: Request, approval: str) -> None:
    """Once for an approval. Raises TooManyJobs."""
    await _ask(request, REACH, reach_key(approval), {"approval": approval})


async def _ask(request: Request, kind: str, key: str, options: Mapping[str, object]) -> None:
    staff = guard.current_staff(request)
    await ask_job(NewJob(staff.lender_id, kind, f"staff:{staff.ref}", options, key=key, request_hash=key), guard.now())


async def _text(sent: Upload) -> str:
    """Raises NoFile, PolicyTooLarge, NotTextFile, SaysNothing; what is no TOML is for its reader to refuse."""
    text = text_of_file(await _body(sent), "file")
    try:
        if not tomllib.loads(text):
            raise SaysNothing("file")
    except tomllib.TOMLDecodeError:
        pass
    return text


async def _body(sent: Upload) -> bytes:
    """No more than may be is ever held; the rest is read past."""
    body, size = bytearray(), 0
    try:
        async for chunk in sent.chunks:
            size += len(chunk)
            body += chunk if size <= MOST_SMALL_FILE_BYTES else b""
    except HTTPException as error:
        if error.status_code != 413:
            raise
        size = MOST_READ_BYTES
    if size > MOST_SMALL_FILE_BYTES:
        raise PolicyTooLarge("file", most=MOST_SMALL_FILE_BYTES >> 10)
    return bytes(body)


async def _form(
    request: Request, form: Form, status: int = 200, problems: Sequence[str] = (), error: Refusal | None = None
) -> Response:
    version, _ = await policy_text(guard.current_staff(request).lender_id)
    most = MOST_SMALL_FILE_BYTES >> 10
    values = {"form": form, "problems": problems, "error": error, "version": version, "most": most}
    return page(request, "desk/policy_new", status=status, **values)
