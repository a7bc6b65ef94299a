"""Links for some loans, or for all, or a part of all, that are overdue and whose borrower is to be told."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

from portal.actions.bulk_invitations import Asked, LinkOutcome, Made, invite_next, note_made
from portal.actions.invitations import INVITATION_DAYS, TooManyInvitations
from portal.actions.jobs import note_progress
from portal.actions.numbers import TooManyMessages
from portal.domain.conduct.messages import INVITATION
from portal.domain.event import BusinessTime
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import SomebodyWasFirst
from portal.jobs.running import JobAnswer, Running
from portal.languages import in_every_language
from portal.reads.cases import NotFound
from portal.reads.jobs import job_status as read_job
from portal.reads.to_invite import Sought, candidates, overdue_and_uninvited

MOST_AT_ONCE = 500
TOLD_BEFORE_COUNT = "told_before"


async def send_invitations(running: Running) -> JobAnswer:
    """Done to the end, with a problem in the place of each link that could not be made; refused where none could."""
    asked, made = await _asked(running), Made.by(running.job)
    most = int(running.job.options.get("limit") or MOST_AT_ONCE)
    async with aclosing(_overdue(running) if asked is None else _rest(running, asked)) as for_whom:
        async for read, each in for_whom:
            made = await _invite(running, each, made, read)
            if made.count == most:
                break
    if asked and not made.count:
        return _refused(made)
    return JobAnswer("done", 200, _answer(running, made))


async def made_so_far(running: Running) -> dict[str, object]:
    """The links of one that is given up: nobody could make them again."""
    job = await read_job(running.job.ref, running.lender.id, running.vault)
    return _answer(running, Made.by(job)) if job.answer else {}


async def _invite(running: Running, asked: Asked, made: Made, read: int) -> Made:
    """Whom nothing can be sent to keeps nobody else waiting, and where the loan was named it is said why."""
    lender, vault, base_url = running.lender, running.vault, running.base_url
    try:
        return await invite_next(_moment(running), running.job, lender, asked, made, vault, base_url, read)
    except SomebodyWasFirst:
        raise
    except (Refusal, NotFound) as refusal:
        if running.job.options["overdue"]:
            return made
        made = made.then(_problem(asked, refusal), running.now())
        await note_made(running.job, made, vault, read)
        return made


def _problem(asked: Asked, refusal: Refusal | NotFound) -> LinkOutcome:
    if isinstance(refusal, NotFound):
        return LinkOutcome(asked.loan_no, why=f"There is no loan {asked.loan_no!r} at this lender.", field="loan_no")
    too_many = isinstance(refusal, TooManyInvitations | TooManyMessages)
    return LinkOutcome(asked.loan_no, why=str(refusal), field=refusal.field or "loan_no", too_many=too_many)


def _moment(running: Running) -> BusinessTime:
    """Links live by the wall's clock, as sessions do, also where a demonstration fixes the day."""
    return replace(running.moment(), at=running.now())


async def _asked(running: Running) -> list[Asked] | None:
    """The loans that were named; None where none was."""
    job = running.job
    if job.options["overdue"]:
        return None
    asked = [Asked(**each) for each in json.load(running.spool.read(job.file))]
    await note_progress(job.id, total=len(asked))
    return asked


async def _rest(running: Running, asked: Sequence[Asked]) -> AsyncGenerator[tuple[int, Asked]]:
    for index in range(running.job.read, len(asked)):
        yield index + 1, asked[index]


async def _overdue(running: Running) -> AsyncGenerator[tuple[int, Asked]]:
    """Whoever was sent a link by a try before this one is not among them: it is open."""
    lender, options = running.lender, running.job.options
    sought = Sought(options.get("product") or "", options.get("days_late") or 1)
    await note_progress(running.job.id, total=await candidates(lender.id))
    async for walked in overdue_and_uninvited(lender, running.vault, running.moment().today, running.now, sought):
        facts = json.dumps({TOLD_BEFORE_COUNT: walked.told_before})
        await note_progress(running.job.id, read=walked.looked_at, facts=facts)
        for each in walked.waiting:
            yield walked.looked_at, Asked(each.loan_no)


def _refused(made: Made) -> JobAnswer:
    """Nobody could be invited: too many were, for all of them, or each has a problem of its own."""
    kind, status = ("too-many", 429) if all(each.too_many for each in made.links) else ("rows", 422)
    errors = [_of_loan(index, each) for index, each in enumerate(made.links)]
    detail = f"Nobody was invited. {made.links[0].why}"
    return JobAnswer("refused", status, {"kind": kind, "detail": detail, "errors": errors})


def _answer(running: Running, made: Made) -> dict[str, object]:
    until = (made.first_at or running.now()) + timedelta(days=INVITATION_DAYS)
    links = [_link(running, index, each) for index, each in enumerate(made.links)]
    return {"invitations": links, "expires_at": until.isoformat(timespec="seconds")}


def _link(running: Running, index: int, made: LinkOutcome) -> dict[str, object]:
    if made.why:
        return _of_loan(index, made)
    of_loan: dict[str, object] = {"index": index, "loan_no": made.loan_no}
    if not made.token:
        return {**of_loan, "sent": True}
    link = f"{running.base_url}/i/{made.token}"
    return {**of_loan, "link": link, "texts": in_every_language(INVITATION, lender=running.lender.name, link=link)}


def _of_loan(index: int, made: LinkOutcome) -> dict[str, object]:
    return {"index": index, "loan_no": made.loan_no, "field": made.field, "problem": made.why}
