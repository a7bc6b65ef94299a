"""Bulk acts: which proposals of a list they are about, what the preview of one says of each, and what came of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from portal.domain.contract.amounts import Amounts
from portal.domain.restructuring.bulk import MOST_IN_BULK, BulkAct, WhyLeftOut
from portal.domain.restructuring.negotiation import State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import offer_from_facts
from portal.domain.restructuring.policy import Break
from portal.domain.restructuring.stored_breaks import breaks_of_text, breaks_text
from portal.reads.cases import NotFound
from portal.reads.desk_queue import LOOKED_THROUGH, DeskQueue, Listing, QueueSort, listed_page
from portal.reads.jobs import JobStatus, job_of, job_status
from portal.tables import models as tables
from portal.tables.query import Query
from portal.vault import Vault

BULK_PREVIEW, BULK = "bulk_preview", "bulk"
"""Of which kinds the jobs are that look through a list, and that answer what one of those has found."""
QUEUES_IN_BULK = (DeskQueue.ANSWER, DeskQueue.MINE)
MOST_ACTS_LISTED, NO_BREAKS = 50, breaks_text(())


@dataclass(frozen=True, slots=True)
class BulkStaff:
    """One of the staff whose job is run while they need not be signed in."""

    staff_id: int
    ref: str
    email: str
    role: str
    lender_id: int


@dataclass(frozen=True, slots=True)
class BriefPlan:
    """What a line says of a plan, amounts in minor units; None of `brings` is a pause, which brings nothing by itself.

    `brings` is what comes in all with it, the contract included, and by when.
    """

    currency: str
    each: int
    total: int
    count: int
    last_due_on: date
    waived: Amounts
    offer: dict[str, Any]
    brings: tuple[int, date] | None = None

    @property
    def installments(self) -> range:
        return range(1, self.count + 1)

    @property
    def terms(self) -> Offer:
        return offer_from_facts(self.offer, self.currency)


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One of a list as its preview shows it: `seq` is the number of the loan's last event then, and `broken` the rules
    that the offer goes beyond, as they are stored; `promise` is the mark of what declining it promises, `nearest` that
    plan; `assignee` is the ref of the one of the staff it was assigned to.

    `out` says why it is not answered with the others, `who` of the staff is the reason.
    """

    ref: str
    loan_ref: str
    loan_no: str
    state: State
    seq: int
    asked: BriefPlan
    broken: str = NO_BREAKS
    promise: str = ""
    nearest: BriefPlan | None = None
    out: WhyLeftOut | None = None
    who: str = ""
    assignee: str = ""

    @property
    def breaks(self) -> tuple[Break, ...]:
        return breaks_of_text(self.broken)


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What came of one: the act where it was done, else why not; `state` says where it stands then, if elsewhere."""

    ref: str
    loan_no: str
    code: str
    state: str = ""

    @property
    def done(self) -> bool:
        return self.code in {each.value for each in BulkAct}


ITEMS, OUTCOMES = TypeAdapter(tuple[BulkItem, ...]), TypeAdapter(tuple[BulkOutcome, ...])


@dataclass(frozen=True, slots=True)
class BulkSums:
    """How many, and by currency what comes in with them and what is waived; sums of two currencies are two."""

    count: int
    brings: Mapping[str, int]
    waived: Mapping[str, int]


def sums_of(plans: Iterable[BriefPlan]) -> BulkSums:
    count, brings, waived = 0, Counter[str](), Counter[str]()
    for each in plans:
        count += 1
        brings[each.currency] += each.brings[0] if each.brings else 0
        waived[each.currency] += each.waived.total
    return BulkSums(count, dict(sorted(brings.items())), dict(sorted(waived.items())))


def shown_items(job: JobStatus) -> tuple[BulkItem, ...]:
    """What a preview that is over has found."""
    return ITEMS.validate_python(job.answer["items"]) if job.answer else ()


def outcomes_of(job: JobStatus) -> tuple[BulkOutcome, ...]:
    """What came of the items so far."""
    return OUTCOMES.validate_python(job.answer["outcomes"]) if job.answer else ()


def listing_facts(listing: Listing) -> dict[str, object]:
    return {"queue": listing.queue.value, "sort": listing.sort.value, "filters": dict(listing.filters)}


def listing_from_facts(facts: Mapping[str, Any]) -> Listing:
    """From its top."""
    return Listing(DeskQueue(facts["queue"]), QueueSort(facts["sort"]), None, facts["filters"])


async def listed_ids(lender_id: int, staff_ref: str, listing: Listing, today: date) -> tuple[list[int], int]:
    """The first MOST_IN_BULK of a list, whatever pages it has, and how many come after them."""
    found: list[int] = []
    listing = replace(listing, after=None)
    while True:
        page = await listed_page(lender_id, staff_ref, listing, today, LOOKED_THROUGH)
        found += [id_ for id_, _ in page.ids]
        if page.onward is None:
            return found[:MOST_IN_BULK], max(len(found) - MOST_IN_BULK, 0)
        listing = replace(listing, after=page.onward)


_STAFF = Query("""
SELECT staff.id, staff.email, staff.role FROM staff
WHERE staff.ref = :ref AND staff.lender_id = :lender AND staff.ended_at IS NULL AND staff.password_hash IS NOT NULL
""")


async def bulk_staff(lender_id: int, asked_by: str) -> BulkStaff | None:
    """Who of the staff asked for a job, as they are now; None of whoever works there no more or is not let in."""
    kind, _, ref = asked_by.partition(":")
    rows = await _STAFF.read(ref=ref, lender=lender_id) if kind == "staff" else ()
    return next((BulkStaff(id_, ref, email, role, lender_id) for id_, email, role in rows), None)


async def answered_items(job: JobStatus, items: Sequence[BulkItem]) -> frozenset[str]:
    """The refs of those that whoever had the job before has answered."""
    keys = {item_key(job.ref, each.ref): each.ref for each in items}
    rows = tables.IdempotencyRow.filter(actor=job.asked_by, key__in=list(keys))
    return frozenset(keys[str(key)] for key in await rows.values_list("key", flat=True))


async def bulk_job(ref: str, lender_id: int, vault: Vault) -> JobStatus:
    """Raises NotFound, of a job of another kind too."""
    found = await job_status(ref, lender_id, vault)
    if found.kind not in (BULK_PREVIEW, BULK):
        raise NotFound(ref)
    return found


def bulk_key(preview: str) -> str:
    """By which what a preview has found is answered once."""
    return f"{BULK}:{preview}"


def item_key(job_ref: str, item_ref: str) -> str:
    """By which one item of a job is answered once."""
    return f"{bulk_key(job_ref)}:{item_ref}"


async def confirmed_job(preview: str, lender_id: int) -> str:
    """The job that answers what a preview has found; empty before somebody has said so."""
    rows = tables.JobRow.filter(lender_id=lender_id, kind=BULK, key=bulk_key(preview))
    return str(next(iter(await rows.values_list("ref", flat=True)), ""))


async def bulk_acts(lender_id: int) -> Sequence[JobStatus]:
    """The last of a lender, the newest first, without what came of each item."""
    rows = tables.JobRow.filter(lender_id=lender_id, kind=BULK).order_by("-id").limit(MOST_ACTS_LISTED)
    return [job_of(row, None) for row in await rows]
