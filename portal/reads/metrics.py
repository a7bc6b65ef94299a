"""How full the queues are and how old: counts and times alone, asked by index, whatever the size of the portfolio."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.functions import Count, Min
from tortoise.models import Model
from tortoise.queryset import QuerySet

from portal.domain.conduct.payment_claim import ClaimStatus
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER
from portal.reads.cases import LenderFacts, lenders
from portal.reads.health import WorkerPulse, pulses
from portal.reads.messages import UNSENT
from portal.reads.webhooks import WebhookFacts, all_webhooks
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
    webhooks: Sequence[tuple[str, WebhookFacts]]


async def metrics(at: datetime, today: Callable[[str], date]) -> Metrics:
    """`today` answers the business day in a lender's time zone."""
    found = await lenders()
    return Metrics(
        messages=await _messages(),
        jobs=await _by_state(tables.JobRow, JOB_STATES),
        queues=await _queues(found, today),
        worker=await pulses(),
        refused=await _refused([None, *(each.id for each in found)], at - REFUSED_WITHIN),
        migration=await newest_migration(),
        webhooks=await all_webhooks(),
    )


async def _messages() -> dict[str, Queue]:
    """What no gateway took yet waits too, however often it is looked at."""
    found = await _by_state(tables.OutboundMessageRow, UNSENT)
    waiting, again = found["waiting"], found.pop("again")
    oldest = min((each.oldest for each in (waiting, again) if each.oldest), default=None)
    return {**found, "waiting": Queue(waiting.count + again.count, oldest)}


async def _by_state(table: type[Model], states: Sequence[str]) -> dict[str, Queue]:
    counted = await _counted(table.filter(state__in=states), "state", "created_at")
    return {state: counted.get(state, Queue()) for state in states}


async def _counted(rows: QuerySet[Any], by: str, since: str) -> dict[Any, Queue]:
    found = rows.annotate(count=Count("id"), oldest=Min(since)).group_by(by).values(by, "count", "oldest")
    return {row[by]: Queue(row["count"], row["oldest"]) for row in await found}


async def _queues(found: Sequence[LenderFacts], today: Callable[[str], date]) -> tuple[LenderQueue, ...]:
    open_ = tables.ProposalRow.filter(
        lender_id__in=[each.id for each in found], state__in=[s.value for s in STATES_TO_ANSWER]
    )
    to_answer = await _counted(open_, "lender_id", "submitted_at")
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
    states: dict[str, Any] = {"state__in": [state.value for state in STATES_TO_ANSWER]}
    late: dict[str, tuple[QuerySet[Any], str, str]] = {
        "proposal": (tables.ProposalRow.filter(**states), "lender_id", "decide_by"),
        "complaint": (tables.ComplaintRow.filter(state="open"), "lender_id", "answer_by"),
        "payment": (tables.PaymentClaimRow.filter(state=ClaimStatus.ASKED.value), "loan__lender_id", "look_by"),
    }
    for name, (rows, lender, due) in late.items():
        counted = await _counted(rows.filter(**{f"{lender}__in": ids, f"{due}__lt": day}), lender, due)
        overdue[name].update({lender_id: queue.count for lender_id, queue in counted.items()})


async def _refused(lender_ids: Sequence[int | None], since: datetime) -> int:
    """Lender by lender, as the log is found by lender and time."""
    counts = [
        await tables.AccessRow.filter(lender_id=each, at__gte=since, what__in=REFUSED).count() for each in lender_ids
    ]
    return sum(counts)
