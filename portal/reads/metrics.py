"""How full the queues are and how old: counts and times alone, asked by index, whatever the size of the portfolio."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.functions import Count, Min
from tortoise.queryset import QuerySet

from portal.domain.conduct.payment_claim import ClaimStatus
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER
from portal.reads.cases import LenderFacts, lenders
from portal.reads.health import WorkerPulse, pulses
from portal.tables import models as tables
from portal.tables.migrate import newest_migration

REFUSED_WITHIN = timedelta(hours=1)
REFUSED = tuple(f"{way}-refused" for way in ("sign-in", "code", "link", "proof", "activation", "key"))
"""What the access log calls a way in that was refused; of one address it writes down some a minute only."""
JOB_STATES = ("waiting", "running", "failed")


@dataclass(frozen=True, slots=True)
class Queue:
    """How many, and since when the oldest of them."""

    count: int = 0
    oldest: datetime | None = None

    def age(self, at: datetime) -> timedelta:
        """Of the oldest; none where there is nothing, or where a clock was set back."""
        return max(at - self.oldest, timedelta()) if self.oldest else timedelta()


@dataclass(frozen=True, slots=True)
class LenderQueue:
    """`overdue` counts what had to be answered on an earlier day: proposals, complaints, payments that were told of."""

    slug: str
    to_answer: Queue
    overdue: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Metrics:
    messages: Mapping[str, Queue]
    jobs: Mapping[str, Queue]
    queues: tuple[LenderQueue, ...]
    worker: tuple[WorkerPulse, ...]
    refused: int
    migration: str


async def metrics(at: datetime, today: Callable[[str], date]) -> Metrics:
    """`today` answers the business day in a lender's time zone."""
    found = await lenders()
    return Metrics(
        messages=await _by_state(tables.OutboundMessageRow.filter(state__in=("waiting", "dead")), ("waiting", "dead")),
        jobs=await _by_state(tables.JobRow.filter(state__in=JOB_STATES), JOB_STATES),
        queues=await _queues(found, today),
        worker=await pulses(),
        refused=await _refused([None, *(each.id for each in found)], at - REFUSED_WITHIN),
        migration=await newest_migration(),
    )


async def _by_state(rows: QuerySet[Any], states: Sequence[str]) -> dict[str, Queue]:
    found = await rows.annotate(count=Count("id"), oldest=Min("created_at")).group_by("state").values(
        "state", "count", "oldest"
    )  # fmt: skip
    counted = {row["state"]: Queue(row["count"], row["oldest"]) for row in found}
    return {state: counted.get(state, Queue()) for state in states}


async def _queues(found: Sequence[LenderFacts], today: Callable[[str], date]) -> tuple[LenderQueue, ...]:
    open_ = tables.ProposalRow.filter(
        lender_id__in=[each.id for each in found], state__in=[s.value for s in STATES_TO_ANSWER]
    )
    rows = await open_.annotate(count=Count("id"), oldest=Min("submitted_at")).group_by("lender_id").values(
        "lender_id", "count", "oldest"
    )  # fmt: skip
    to_answer = {row["lender_id"]: Queue(row["count"], row["oldest"]) for row in rows}
    overdue: dict[str, dict[int, int]] = {"proposal": {}, "complaint": {}, "payment": {}}
    for day in {today(each.timezone) for each in found}:
        await _count_overdue(overdue, [each.id for each in found if today(each.timezone) == day], day)
    return tuple(
        LenderQueue(
            slug=each.slug,
            to_answer=to_answer.get(each.id, Queue()),
            overdue={name: counts.get(each.id, 0) for name, counts in overdue.items()},
        )
        for each in found
    )


async def _count_overdue(overdue: Mapping[str, dict[int, int]], ids: Sequence[int], day: date) -> None:
    """Of lenders for which it is that day."""
    late: dict[str, QuerySet[Any]] = {
        "proposal": tables.ProposalRow.filter(
            lender_id__in=ids, state__in=[state.value for state in STATES_TO_ANSWER], decide_by__lt=day
        ),
        "complaint": tables.ComplaintRow.filter(lender_id__in=ids, state="open", answer_by__lt=day),
    }
    for name, rows in late.items():
        counted = await rows.annotate(count=Count("id")).group_by("lender_id").values("lender_id", "count")
        overdue[name].update({row["lender_id"]: row["count"] for row in counted})
    asked = tables.PaymentClaimRow.filter(state=ClaimStatus.ASKED.value, look_by__lt=day, loan__lender_id__in=ids)
    for row in await asked.annotate(count=Count("id")).group_by("loan__lender_id").values("loan__lender_id", "count"):
        overdue["payment"][row["loan__lender_id"]] = row["count"]


async def _refused(lender_ids: Sequence[int | None], since: datetime) -> int:
    """Lender by lender, as the log is found by lender and time."""
    counts = [
        await tables.AccessRow.filter(lender_id=each, at__gte=since, what__in=REFUSED).count() for each in lender_ids
    ]
    return sum(counts)
