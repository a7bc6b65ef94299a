"""Links for some loans, or for all that are overdue and whose borrower has neither come in nor an open link."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

from portal.actions.bulk_invitations import Asked, LoanToInviteUnknown, Made, check_invitable, invite_next, note_made
from portal.actions.invitations import INVITATION_DAYS, TooManyInvitations
from portal.actions.jobs import note_progress
from portal.domain.conduct.messages import INVITATION
from portal.domain.event import BusinessTime
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import SomebodyWasFirst
from portal.jobs.running import JobAnswer, Running
from portal.languages import in_every_language
from portal.reads.cases import NotFound
from portal.reads.invitations import overdue_and_uninvited, uninvited
from portal.reads.jobs import job_status as read_job

MOST_AT_ONCE = 500


async def send_invitations(running: Running) -> JobAnswer:
    """Refused before the first link is made, or done to the end."""
    try:
        asked = await _asked(running)
    except (Refusal, LoanToInviteUnknown) as error:
        return _refused(error)
    made = Made.by(running.job)
    async with aclosing(_overdue(running) if asked is None else _rest(running, asked)) as for_whom:
        async for read, each in for_whom:
            made = await _invite(running, each, made, read)
            if made.count == MOST_AT_ONCE:
                break
    return JobAnswer("done", 200, _answer(running, made))


async def made_so_far(running: Running) -> dict[str, object]:
    """The links of one that is given up: nobody could make them again."""
    job = await read_job(running.job.ref, running.lender.id, running.vault)
    return _answer(running, Made.by(job)) if job.answer else {}


async def _invite(running: Running, asked: Asked, made: Made, read: int) -> Made:
    """Whom nothing can be sent to by now keeps nobody else waiting, and where the loan was named it is said why."""
    lender, vault, base_url = running.lender, running.vault, running.base_url
    try:
        return await invite_next(_moment(running), running.job, lender, asked, made, vault, base_url, read)
    except SomebodyWasFirst:
        raise
    except (Refusal, NotFound) as refusal:
        if running.job.options["overdue"]:
            return made
        made = made.then(asked.loan_no, "", str(refusal), running.now())
        await note_made(running.job, made, vault, read)
        return made


def _moment(running: Running) -> BusinessTime:
    """Links live by the wall's clock, as sessions do, also where a demonstration fixes the day."""
    return replace(running.moment(), at=running.now())


async def _asked(running: Running) -> list[Asked] | None:
    """The loans that were named, all of them checked before the first link is made; None where none was.

    Raises UnknownLoan, BorrowerErased, NothingToAsk, TooManyInvitations.
    """
    job = running.job
    if job.options["overdue"]:
        return None
    asked = [Asked(**each) for each in json.load(running.spool.read(job.file))]
    if not job.read:
        await check_invitable(running.lender.id, asked, running.vault, running.now())
        await note_progress(job.id, total=len(asked))
    return asked


async def _rest(running: Running, asked: Sequence[Asked]) -> AsyncGenerator[tuple[int, Asked]]:
    for index in range(running.job.read, len(asked)):
        yield index + 1, asked[index]


async def _overdue(running: Running) -> AsyncGenerator[tuple[int, Asked]]:
    """Whoever was sent a link by a try before this one is not among them: it is open."""
    lender_id, today = running.lender.id, running.moment().today
    await note_progress(running.job.id, total=await uninvited(lender_id))
    async for looked_at, waiting in overdue_and_uninvited(lender_id, running.vault, today, running.now):
        await note_progress(running.job.id, read=looked_at)
        for each in waiting:
            yield looked_at, Asked(each.loan_no)


def _refused(error: Refusal | LoanToInviteUnknown) -> JobAnswer:
    if isinstance(error, LoanToInviteUnknown):
        row = {"index": error.index, "field": "loan_no", "problem": f"There is no loan {error.loan_no!r}."}
        return JobAnswer("refused", 422, {"kind": "rows", "detail": "Nobody was invited.", "errors": [row]})
    many = isinstance(error, TooManyInvitations)
    row = {"field": error.field, "problem": str(error)}
    body: dict[str, object] = {"kind": "too-many" if many else "refused", "detail": str(error), "errors": [row]}
    return JobAnswer("refused", 429 if many else 422, body)


def _answer(running: Running, made: Made) -> dict[str, object]:
    until = (made.first_at or running.now()) + timedelta(days=INVITATION_DAYS)
    links = [_link(running, *each) for each in made.links]
    return {"invitations": links, "expires_at": until.isoformat(timespec="seconds")}


def _link(running: Running, loan_no: str, token: str, why: str) -> dict[str, object]:
    if why:
        return {"loan_no": loan_no, "problem": why}
    if not token:
        return {"loan_no": loan_no, "sent": True}
    link = f"{running.base_url}/i/{token}"
    return {
        "loan_no": loan_no,
        "link": link,
        "texts": in_every_language(INVITATION, lender=running.lender.name, link=link),
    }
