"""Jobs: asked for in one short act, taken up one at a time, each step written down with what it did.

Whoever takes one up holds the lock under which jobs run one at a time over all: one that is running already was left
by a process that died, and goes on where it stopped.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.actions.act import change_of_lender, change_outside_feed
from portal.actions.journal import ANSWERS_KEPT, SYSTEM, Journal, KeyUsedOtherwise, lender_stream
from portal.domain.event import BusinessTime, NewEvent
from portal.domain.refusal import N_, Refusal
from portal.reads.jobs import OVER, JobStatus, answer_place, job_of
from portal.reads.rows import columns_of
from portal.tables import models as tables
from portal.vault import Vault, new_ref

MOST_WAITING, MOST_ATTEMPTS = 20, 3
_OPEN = ("waiting", "running")


class TooManyJobs(Refusal):
    says = N_("{most} files wait to be read already. Please send this one when some of them are through.")


@dataclass(frozen=True, slots=True)
class NewJob:
    """`asked_by` is `key:REF`, `staff:REF` or `operator`; `key` is the caller's idempotency key, or empty.

    Without a key, the same request is the same job for as long as that one is not over.
    """

    lender_id: int
    kind: str
    asked_by: str
    options: Mapping[str, object] = field(default_factory=dict)
    file: str = ""
    file_bytes: int = 0
    key: str = ""
    request_hash: str = ""


@change_outside_feed
async def ask_job(new: NewJob, at: datetime) -> tuple[str, bool]:
    """Its ref, and whether it is a new one: the same key with the same request is the same job.

    Raises KeyUsedOtherwise, TooManyJobs.
    """
    await tables.LenderRow.filter(id=new.lender_id).select_for_update(no_key=True).get()
    before = await (_of_key(new, at) if new.key else _going_on(new))
    if before is not None:
        return before.ref, False
    if await tables.JobRow.filter(lender_id=new.lender_id, state__in=_OPEN).count() >= MOST_WAITING:
        raise TooManyJobs("file", most=MOST_WAITING)
    row = await tables.JobRow.create(
        ref=new_ref(),
        state="waiting",
        options=json.dumps(new.options, ensure_ascii=False),
        key=new.key or None,
        created_at=at,
        **columns_of(new, "options", "key"),
    )
    return row.ref, True


async def _of_key(new: NewJob, at: datetime) -> tables.JobRow | None:
    """The job that this key asked for; its answer is kept for ANSWERS_KEPT, and after that the key is a new one."""
    kept_since = at - ANSWERS_KEPT
    row = await tables.JobRow.get_or_none(lender_id=new.lender_id, key=new.key)
    if row is not None and row.state in OVER and row.created_at <= kept_since:
        await tables.JobRow.filter(id=row.id).update(key=None)
        row = None
    elsewhere = tables.IdempotencyRow.filter(actor=f"{SYSTEM}{new.lender_id}", key=new.key, created_at__gt=kept_since)
    if await elsewhere.exists() or (row is not None and row.request_hash != new.request_hash):
        raise KeyUsedOtherwise("key")
    return row


async def _going_on(new: NewJob) -> tables.JobRow | None:
    if not new.request_hash:
        return None
    same = {"asked_by": new.asked_by, "kind": new.kind, "request_hash": new.request_hash}
    return await tables.JobRow.filter(lender_id=new.lender_id, state__in=_OPEN, **same).order_by("id").first()


async def take_job(
    vault: Vault, at: datetime, *, lender_id: int | None = None, besides: Collection[int] = ()
) -> JobStatus | None:
    """The oldest that waits or was left running, now running; None where there is none: to look is no act.

    Of this lender alone where one is named, and of none of those `besides`.
    """
    jobs = tables.JobRow.filter(state__in=_OPEN, **({} if lender_id is None else {"lender_id": lender_id}))
    row = await (jobs.exclude(lender_id__in=list(besides)) if besides else jobs).order_by("id").first()
    return None if row is None else await _take(row.id, vault, at)


@change_outside_feed
async def _take(job_id: int, vault: Vault, at: datetime) -> JobStatus:
    row = await tables.JobRow.get(id=job_id)
    row.state, row.attempts, row.started_at = "running", row.attempts + 1, row.started_at or at
    await row.save(update_fields=["state", "attempts", "started_at"])
    return job_of(row, vault)


@change_outside_feed
async def note_progress(job_id: int, **reached: Any) -> None:
    """How far it is: `read`, `total`, `landed`, `facts` as JSON; in the transaction that did it, where one did."""
    await tables.JobRow.filter(id=job_id).update(**reached)


@change_outside_feed
async def end_job(
    job: JobStatus,
    state: str,
    status: int,
    answer: Mapping[str, object],
    vault: Vault,
    at: datetime,
    news: tuple[NewEvent, BusinessTime] | None = None,
) -> None:
    """Its answer is sealed and its file named no more. One that was refused gives its key back, to be sent mended.

    `news` is what the lender's feed tells of it, in the same transaction.
    """
    sealed = vault.seal_own(answer_place(job.ref), json.dumps(answer, ensure_ascii=False))
    gone: dict[str, str | None] = {"key": None} if state != "done" else {}
    counts = {name: count for name, count in answer.items() if type(count) is int}
    gone |= {"facts": json.dumps(counts)} if counts else {}
    done = {"state": state, "status": status, "answer": sealed, "file": "", "problem": "", "ended_at": at, **gone}
    await tables.JobRow.filter(id=job.id).update(**done)
    if news is not None:
        event, moment = news
        await _tell(moment, job, event)


@change_of_lender
async def _tell(log: Journal, job: JobStatus, event: NewEvent) -> None:
    await log.write(lender_stream(job.lender_id), event)


@change_outside_feed
async def put_back_job(job: JobStatus, problem: str, *, counted: bool = True) -> None:
    """After something went wrong that may go away: it waits again, from where it is.

    Not counted as a try is what has nothing to do with the job itself. One that has ended stays as it ended.
    """
    attempts = job.attempts if counted else job.attempts - 1
    running = tables.JobRow.filter(id=job.id, state="running")
    await running.update(state="waiting", problem=problem[:200], attempts=attempts)
