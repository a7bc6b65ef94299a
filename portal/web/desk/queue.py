"""The desk's lists: what is to be decided and whom it waits for, with filters and order in the address."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.restructuring.negotiation import STATES_TO_ANSWER
from portal.reads.access import refused_openings
from portal.reads.bulk import QUEUES_IN_BULK
from portal.reads.desk import working_colleagues
from portal.reads.desk_queue import (
    LOOKED_THROUGH,
    MOST_COUNTED,
    MOST_EXPORTED,
    UNASSIGNED,
    DeskQueue,
    ListedPage,
    Listing,
    listed_page,
    products_to_answer,
    queue_counts,
    sorts_of,
)
from portal.reads.desk_rows import desk_rows
from portal.reads.differing_loans import cause_counts, loans_that_differ
from portal.reads.proposals import unanswered_breaks
from portal.reads.sessions import SignedInStaff
from portal.reads.webhooks import failing_webhooks
from portal.web import guard
from portal.web.desk.listing import listing_of, listing_query, waits_for_other
from portal.web.labels.desk import CAUSE_NAMES, QUEUE_LABELS, SORT_LABELS
from portal.web.labels.plans import RULE_NAMES
from portal.web.render import page, see_other
from portal.web.urls import addresses

REFUSED_SHOWN = timedelta(days=7)


async def proposal_queue_page(request: Request) -> Response:
    staff = guard.current_staff(request)
    today, listing = guard.today(request, staff.timezone), listing_of(request.query_params)
    if listing.queue is DeskQueue.SECOND:
        return see_other(request, "desk_second")
    vault, differ = request.app.state.vault, listing.queue is DeskQueue.BOOKS
    why = listing.filters.get("cause", "")
    loans, behind = await loans_that_differ(staff.lender_id, why, listing.after, vault) if differ else ([], None)
    found = await listed_page(staff.lender_id, staff.ref, listing, today)
    cursors = dict(found.ids)
    rows = await desk_rows(staff, list(cursors), guard.now(), today, vault)
    shown_since = guard.now() - REFUSED_SHOWN
    lists = await _lists(request, staff)
    return page(
        request,
        "desk/queue",
        queue=listing.queue,
        rows=[(row, listing_query(listing, cursors[row.id]), waits_for_other(row, staff)) for row in rows],
        loans=loans,
        causes=await _grouped(request, staff) if differ else [],
        why=why,
        lists=lists,
        bulk=_in_bulk(listing, found, lists) if rows else None,
        onward=listing_query(listing, found.onward or behind) if found.onward or behind else "",
        first=listing_query(listing) if listing.after else "",
        whole=listing_query(replace(listing, after=None)),
        most=MOST_EXPORTED,
        partly=found.partly,
        looked=LOOKED_THROUGH,
        today=today,
        refused=await refused_openings(staff.lender_id, shown_since) if staff.role == "admin" else (),
        failing=[(each, each.since(guard.now())) for each in await failing_webhooks(staff.lender_id, guard.now())],
        **await _choices(staff, listing),
    )


@dataclass(frozen=True, slots=True)
class ListedQueue:
    """One of the desk's lists, with how many stand in it."""

    code: str
    name: str
    count: str
    address: str


async def _lists(request: Request, staff: SignedInStaff) -> list[ListedQueue]:
    found = await queue_counts(staff.lender_id, staff.ref)
    found["ended"] = len(await unanswered_breaks(staff.lender_id))
    found |= {name: getattr(request.state, name) for name in ("second", "problems", "payments")}
    url = addresses(request.app)
    elsewhere = {"second": url("desk_second"), "problems": url("desk_problems"), "payments": url("desk_payments")}
    return [
        ListedQueue(code, name, _counted(found[code]), elsewhere.get(code, f"{url('desk')}?queue={code}"))
        for code, name in QUEUE_LABELS.items()
    ]


@dataclass(frozen=True, slots=True)
class WholeList:
    """What is answered at once: the query of its list, whatever page of it is shown, and how many it has, if known."""

    query: str
    count: str


def _in_bulk(listing: Listing, found: ListedPage, lists: Sequence[ListedQueue]) -> WholeList | None:
    if listing.queue not in QUEUES_IN_BULK:
        return None
    counts = {each.code: each.count for each in lists}
    count = "" if any(listing.filters.values()) else counts[listing.queue]
    if listing.after is None and found.onward is None:
        count = str(len(found.ids))
    return WholeList(listing_query(listing), count)


async def _grouped(request: Request, staff: SignedInStaff) -> list[ListedQueue]:
    """Loans whose books differ by the likeliest cause, the most first."""
    found = await cause_counts(staff.lender_id)
    listed = f"{addresses(request.app)('desk')}?queue={DeskQueue.BOOKS}&cause="
    most_first = sorted(found.items(), key=lambda each: -each[1])
    return [ListedQueue(cause, CAUSE_NAMES[cause], _counted(n), f"{listed}{cause}") for cause, n in most_first]


def _counted(count: int) -> str:
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


async def _choices(staff: SignedInStaff, listing: Listing) -> dict[str, Any]:
    """What the list can be narrowed to and sorted by, and what it is now."""
    sorts = sorts_of(listing.queue)
    if not sorts:
        return {"filters": {}, "chosen": {}}
    colleagues = [(each.ref, each.email) for each in await working_colleagues(staff.lender_id)]
    states = sorted(state.value for state in STATES_TO_ANSWER) if listing.queue is DeskQueue.ANSWER else []
    products = await products_to_answer(staff.lender_id)
    return {
        "filters": {
            "sort": [(sort.value, SORT_LABELS[sort.value]) for sort in sorts if len(sorts) > 1],
            "state": states,
            "rule": list(RULE_NAMES.items()),
            "product": products,
            "assignee": colleagues,
        },
        "nobody": UNASSIGNED,
        "chosen": {"sort": listing.sort.value, **listing.filters},
    }
