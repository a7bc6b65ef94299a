"""For the lender's admin: who of the staff opened whose name and number, when and why."""

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.personal import MOST_OPENED
from portal.reads.access import OPENINGS_ON_A_PAGE
from portal.reads.access import openings as read_openings
from portal.web import guard
from portal.web.render import page


async def openings_page(request: Request) -> Response:
    """The newest first; `before` is the row that the page before ended with, so that new ones move nothing."""
    asked = request.query_params.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else None
    found = await read_openings(guard.current_staff(request).lender_id, before, request.app.state.vault)
    older = found[OPENINGS_ON_A_PAGE - 1].id if len(found) > OPENINGS_ON_A_PAGE else None
    return page(request, "desk/openings", rows=found[:OPENINGS_ON_A_PAGE], before=before, older=older, most=MOST_OPENED)
