"""Jobs: asked for in one short act, taken up one at a time, each step written down with what it did.

Whoever takes one up holds the lock under which jobs run one at a time over all: one that is running already was left
by a process that died, and goes on where it stopped.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.actions.journal import KeyUsedOtherwise
from portal.domain.refusal import N_, Refusal
from portal.reads.jobs import Job, answer_place, job_of
from portal.tables import models as t
from portal.tables.transaction import retried, transaction
from portal.vault import Vault, new_ref

MOST_WAITING, MOST_ATTEMPTS = 20, 3


class TooManyJobs(Refusal):
    says = N_("{most} files wait to be read already. Please send this one when some of them are through.")


@dataclass(frozen=True, slots=True)
class NewJob:
    """`asked_by` is `key:REF`, `staff:REF` or `operator`; `key` is the caller's idempotency key, or empty."""

    lender_id: int
    kind: str
    asked_by: str
    options: Mapping[str, object] = field(default_factory=dict)
    file: str = ""
    file_bytes: int = 0
    key: str = ""
    request_hash: str = ""


@retried
async def ask_job(new: NewJob, at: datetime) -> tuple[str, bool]:
    """Its ref, and whether it is a new one: the same key with the same request is the same job.

    Raises KeyUsedOtherwise, TooManyJobs.
    """
    async with transaction():
        await t.Lender.filter(id=new.lender_id).select_for_update().get()
        before = await t.Job.get_or_none(lender_id=new.lender_id, key=new.key) if new.key else None
        if before is not None:
            if before.request_hash != new.request_hash:
                raise KeyUsedOtherwise("key")
            return before.ref, False
        if await t.Job.filter(lender_id=new.lender_id, state__in=("waiting", "running")).count() >= MOST_WAITING:
            raise TooManyJobs("file", most=MOST_WAITING)
        row = await t.Job.create(
            ref=new_ref(),
            lender_id=new.lender_id,
            kind=new.kind,
            state="waiting",
            asked_by=new.asked_by,
            options=json.dumps(new.options, ensure_ascii=False),
            file=new.file,
            file_bytes=new.file_bytes,
            key=new.key or None,
            request_hash=new.request_hash,
            created_at=at,
        )
        return row.ref, True


async def take_job(vault: Vault, at: datetime) -> Job | None:
    """The oldest that waits or was left running, now running; None where there is none."""
    row = await t.Job.filter(state__in=("waiting", "running")).order_by("id").first()
    if row is None:
        return None
    row.state, row.attempts, row.started_at = "running", row.attempts + 1, row.started_at or at
    await row.save(update_fields=["state", "attempts", "started_at"])
    return job_of(row, vault)


async def note_progress(job_id: int, **reached: Any) -> None:
    """How far it is: `read`, `total`, `landed`, `facts` as JSON; in the transaction that did it, where one did."""
    await t.Job.filter(id=job_id).update(**reached)


@retried
async def end_job(job: Job, state: str, status: int, answer: Mapping[str, object], vault: Vault, at: datetime) -> None:
    """Its answer is sealed and its file named no more. One that was refused gives its key back, to be sent mended."""
    sealed = vault.seal_own(answer_place(job.ref), json.dumps(answer, ensure_ascii=False))
    gone = {"key": None} if state != "done" else {}
    await t.Job.filter(id=job.id).update(state=state, status=status, answer=sealed, file="", ended_at=at, **gone)


async def put_back_job(job: Job, problem: str) -> None:
    """After something went wrong that may go away: it waits again, from where it is."""
    await t.Job.filter(id=job.id).update(state="waiting", problem=problem[:200])
