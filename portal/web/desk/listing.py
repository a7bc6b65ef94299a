"""A list of the desk as its address has it, carried along to each row and back: what nobody knows is not asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request

from portal.actions.proposals.waivers import APPROVERS
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER
from portal.reads.desk_queue import FILTERS, Cursor, DeskQueue, Listing, QueueSort, listed_page, sorts_of
from portal.reads.desk_rows import DeskRow, desk_rows
from portal.reads.differing_loans import CAUSES
from portal.reads.sessions import SignedInStaff
from portal.web import guard
from portal.web.forms import Form
from portal.web.urls import filled_query

_Code = TypeVar("_Code", DeskQueue, QueueSort)
_LONGEST = 200
_AHEAD = (5, 50, 200)
"""So many rows are looked at for one that waits for nobody else: most often it is the very next."""
_OF_NUMBERS = {QueueSort.OVERDUE, QueueSort.ASKED}


@dataclass(frozen=True, slots=True)
class FollowingRow:
    """The row after the one that is open, in the list that it was opened from, and the address that goes on there."""

    loan_no: str
    ref: str
    query: str


def listing_of(asked: Mapping[str, str]) -> Listing:
    """What an address asks for."""
    queue = _one_of(DeskQueue, asked.get("queue", ""), DeskQueue.ANSWER)
    sort = _one_of(QueueSort, asked.get("sort", ""), QueueSort.CLOCK)
    sort = sort if sort in sorts_of(queue) else QueueSort.CLOCK
    filters = {name: asked.get(name, "").replace("\0", "")[:_LONGEST] for name in FILTERS}
    if filters["state"] not in {state.value for state in STATES_TO_ANSWER}:
        filters["state"] = ""
    if queue is DeskQueue.BOOKS:
        filters = {"cause": asked.get("cause", "") if asked.get("cause") in CAUSES else ""}
    if queue in (DeskQueue.SECOND, DeskQueue.ENDED):
        filters = {}
    return Listing(queue, sort, _cursor_of(asked.get("after", ""), sort), filters)


def listing_query(listing: Listing, after: Cursor | None = None) -> str:
    """The query of its address, for what stands behind `after`."""
    place = {"after": f"{after.key}~{after.id}"} if after else {}
    return filled_query({"queue": listing.queue, "sort": listing.sort, **listing.filters, **place})


def opened_from(request: Request, form: Form) -> str:
    """The query of the list that a proposal was opened from, read anew; empty where its address has none."""
    asked = dict(parse_qsl(form.raw("listed"))) or dict(request.query_params)
    if "queue" not in asked:
        return ""
    listing = listing_of(asked)
    return listing_query(listing, listing.after)


def from_its_top(listed: str) -> str:
    """The same list without the place in it."""
    return listing_query(listing_of(dict(parse_qsl(listed)))) if listed else ""


async def following_row(request: Request, listed: str, open_id: int) -> FollowingRow | None:
    """What comes next of the list and is not waiting for somebody else; without a list, of what is to be answered."""
    staff, asked = guard.current_staff(request), dict(parse_qsl(listed))
    listing, today = listing_of(asked), guard.today(request, staff.timezone)
    for ahead in _AHEAD:
        page = await listed_page(staff.lender_id, staff.ref, listing, today, ahead)
        cursors = dict(page.ids)
        rows = await desk_rows(staff, list(cursors), guard.now(), today, request.app.state.vault)
        for row in rows:
            if row.id != open_id and not waits_for_other(row, staff):
                return FollowingRow(row.loan_no, row.ref, listing_query(listing, cursors[row.id]))
        if page.onward is None:
            break
        listing = replace(listing, after=page.onward)
    return None


def waits_for_other(row: DeskRow, staff: SignedInStaff) -> bool:
    """It is assigned to a colleague, open at one, or one has to approve what waits on it."""
    may_approve = staff.role in APPROVERS and row.second != staff.email
    assigned_to = row.assignee not in ("", staff.email)
    return bool(row.opened_by) or assigned_to or (bool(row.second) and not may_approve)


def _one_of(codes: type[_Code], given: str, usual: _Code) -> _Code:
    return codes(given) if given in {each.value for each in codes} else usual


def _cursor_of(text: str, sort: QueueSort) -> Cursor | None:
    found = re.fullmatch(r"([0-9]{1,18}|[0-9]{4}-[0-9]{2}-[0-9]{2})~([0-9]{1,18})", text)
    if not found:
        return None
    try:
        return Cursor(int(found[1]) if sort in _OF_NUMBERS else date.fromisoformat(found[1]), int(found[2]))
    except ValueError:
        return None
