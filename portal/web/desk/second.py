"""The approver's list: everything that one of the staff proposed and another has to agree to.

Answers to proposals are a list of the desk too: the next of it comes after each.
"""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.desk_queue import Cursor, DeskQueue, Listing
from portal.reads.replays import POLICY
from portal.reads.second import WaitsForSecond, waiting_for_second
from portal.web import guard
from portal.web.desk.listing import listing_query
from portal.web.render import page
from portal.web.urls import addresses


async def second_page(request: Request) -> Response:
    staff = guard.current_staff(request)
    today, vault = guard.today(request, staff.timezone), request.app.state.vault
    found = await waiting_for_second(staff.lender_id, today, staff.timezone, vault)
    return page(request, "desk/second", rows=[(each, _answered_on(request, each)) for each in found], my_ref=staff.ref)


def _answered_on(request: Request, each: WaitsForSecond) -> str:
    """The address of the page that shows it and takes the answer."""
    url = addresses(request.app)
    if each.kind == "answer":
        query = listing_query(Listing(DeskQueue.SECOND), Cursor(each.found.until, each.found.id))
        return f"{url('desk_proposal', ref=each.found.subject)}?{query}"
    if each.kind == POLICY:
        return url("desk_policy")
    return url("desk_offer" if each.kind == "offer" else "desk_number", ref=each.found.loan_ref or "")
