"""The queue: what is to be decided, the most urgent first."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import WAIVER
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER, STATES_WITH_BORROWER, State
from portal.reads.access import refused_openings
from portal.reads.approvals import all_waiting
from portal.reads.numbers import NUMBER
from portal.reads.proposals import proposal_queue as read_queue
from portal.reads.proposals import unanswered_breaks
from portal.reads.replays import POLICY
from portal.web import guard
from portal.web.render import page

_ON_A_PAGE = 50
REFUSED_SHOWN = timedelta(days=7)


async def proposal_queue_page(request: Request) -> Response:
    staff = guard.current_staff(request)
    today = guard.today(request, staff.timezone)
    second = await all_waiting(staff.lender_id, today)
    rows = await read_queue(staff.lender_id, STATES_TO_ANSWER | STATES_WITH_BORROWER | {State.AGREED, State.STRAINED})
    to_answer = [row for row in rows if row.state in STATES_TO_ANSWER]
    asked = request.query_params.get("page", "1")
    number = int(asked) if asked.isdecimal() and 0 < len(asked) < 6 else 1
    pages = max((len(to_answer) + _ON_A_PAGE - 1) // _ON_A_PAGE, 1)
    number = min(max(number, 1), pages)
    start, shown_since = (number - 1) * _ON_A_PAGE, guard.now() - REFUSED_SHOWN
    return page(
        request,
        "desk/queue",
        rows=to_answer[start : start + _ON_A_PAGE],
        count=len(to_answer),
        number=number,
        pages=pages,
        waiting=[row for row in rows if row.state in STATES_WITH_BORROWER],
        missing=[row for row in rows if row.state is State.STRAINED],
        ended=await unanswered_breaks(staff.lender_id),
        agreed=[row for row in rows if row.state is State.AGREED],
        second={found.subject for found in second if found.kind == WAIVER},
        numbers=[found for found in second if found.kind == NUMBER],
        policies=[found for found in second if found.kind == POLICY],
        today=today,
        refused=await refused_openings(staff.lender_id, shown_since) if staff.role == "admin" else (),
    )
