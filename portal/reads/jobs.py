"""Jobs as their lender sees them: how far a file has come, and what was answered."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.reads.cases import first_found
from portal.reads.rows import names_of
from portal.tables import models as tables
from portal.vault import Vault

OVER = frozenset({"done", "refused", "failed"})
MOST_LISTED = 50
OF_FILES = ("portfolio", "payments", "invitations")
"""The kinds that bring something into the books, or links out of them."""


@dataclass(frozen=True, slots=True)
class JobStatus:
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
    def seconds(self) -> int | None:
        """How long it took, once it is over."""
        return int((self.ended_at - self.started_at).total_seconds()) if self.ended_at and self.started_at else None

    @property
    def over(self) -> bool:
        return self.state in OVER


_AS_STORED = names_of(JobStatus, "options", "counts", "answer")


def answer_place(ref: str) -> str:
    """What a job's answer is bound to when it is sealed."""
    return f"job:{ref}"


async def job_status(ref: str, lender_id: int, vault: Vault) -> JobStatus:
    """Raises NotFound for another lender's, too."""
    return job_of(first_found(await tables.JobRow.filter(ref=ref, lender_id=lender_id), ref), vault)


async def jobs_of(lender_id: int, before: str = "") -> list[JobStatus]:
    """A lender's jobs of files without their answers, the newest first, `MOST_LISTED` at a time.

    `before` is the last one shown. Raises NotFound where that one is not this lender's.
    """
    rows = tables.JobRow.filter(lender_id=lender_id, kind__in=OF_FILES)
    if before:
        ids = await rows.filter(ref=before).values_list("id", flat=True)
        rows = rows.filter(id__lt=first_found(ids, before))
    return [
        job_of(row, None) for row in await rows.order_by("-id").limit(MOST_LISTED).only("options", "facts", *_AS_STORED)
    ]


async def last_options(lender_id: int, marked: str) -> Mapping[str, Any]:
    """Of the newest portfolio whose options say of `marked` that it is so, however many came after; else nothing."""
    said = json.dumps({marked: True})[1:-1]
    rows = tables.JobRow.filter(lender_id=lender_id, kind="portfolio", options__contains=said).order_by("-id").limit(1)
    return next((json.loads(str(each)) for each in await rows.values_list("options", flat=True)), {})


async def who_asked(jobs: Iterable[JobStatus], lender_id: int) -> dict[str, str]:
    """By `asked_by`: the colleague's e-mail address, or the name of the key."""
    refs: dict[str, list[str]] = {"staff": [], "key": []}
    for kind, _, ref in {each.asked_by.partition(":") for each in jobs}:
        refs.setdefault(kind, []).append(ref)
    staff = await tables.StaffRow.filter(lender_id=lender_id, ref__in=refs["staff"]).values_list("ref", "email")
    keys = await tables.ApiKeyRow.filter(lender_id=lender_id, ref__in=refs["key"]).values_list("ref", "name")
    return {f"staff:{ref}": email for ref, email in staff} | {f"key:{ref}": name for ref, name in keys}


async def spooled_files() -> list[str]:
    """The files of jobs that are not over."""
    return [str(name) for name in await tables.JobRow.exclude(file="").values_list("file", flat=True)]


def job_of(row: tables.JobRow, vault: Vault | None) -> JobStatus:
    """Without its answer where there is no vault to open it."""
    answer = json.loads(vault.unseal_own(answer_place(row.ref), row.answer)) if vault and row.answer else None
    return JobStatus(
        options=json.loads(row.options),
        counts=json.loads(row.facts),
        answer=answer,
        **{name: getattr(row, name) for name in _AS_STORED},
    )
