"""Jobs as their lender sees them: how far a file has come, and what was answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.reads.cases import NotFound
from portal.tables import models as t
from portal.vault import Vault

OVER = frozenset({"done", "refused", "failed"})
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Job:
    """`total` is None until the whole file was checked; `landed` counts loans, or links. `counts` is how far it got by
    name; `answer` and `status` are there once it is over.
    """

    id: int
    ref: str
    lender_id: int
    kind: str
    state: str
    asked_by: str
    options: Mapping[str, Any]
    file: str
    file_bytes: int
    read: int
    total: int | None
    landed: int
    counts: Mapping[str, Any]
    attempts: int
    status: int | None
    answer: Mapping[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def over(self) -> bool:
        return self.state in OVER


def answer_place(ref: str) -> str:
    """What a job's answer is bound to when it is sealed."""
    return f"job:{ref}"


async def job(ref: str, lender_id: int, vault: Vault) -> Job:
    """Raises NotFound for another lender's, too."""
    row = await t.Job.get_or_none(ref=ref, lender_id=lender_id)
    if row is None:
        raise NotFound(ref)
    return job_of(row, vault)


async def jobs_of(lender_id: int, vault: Vault, before: int | None = None) -> list[Job]:
    """A lender's jobs, the newest first, `MOST_LISTED` at a time; `before` is the id of the last one shown."""
    rows = t.Job.filter(lender_id=lender_id, **({} if before is None else {"id__lt": before}))
    return [job_of(row, vault) for row in await rows.order_by("-id").limit(MOST_LISTED)]


async def spooled_files() -> list[str]:
    """The files of jobs that are not over."""
    return [str(name) for name in await t.Job.exclude(file="").values_list("file", flat=True)]


def job_of(row: t.Job, vault: Vault) -> Job:
    answer = json.loads(vault.unseal_own(answer_place(row.ref), row.answer)) if row.answer else None
    return Job(
        id=row.id,
        ref=row.ref,
        lender_id=row.lender_id,  # type: ignore[attr-defined]
        kind=row.kind,
        state=row.state,
        asked_by=row.asked_by,
        options=json.loads(row.options),
        file=row.file,
        file_bytes=row.file_bytes,
        read=row.read,
        total=row.total,
        landed=row.landed,
        counts=json.loads(row.facts),
        attempts=row.attempts,
        status=row.status,
        answer=answer,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
