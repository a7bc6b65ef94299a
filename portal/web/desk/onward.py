"""Where the way goes on after an answer: to the next proposal where that was asked for, else back to the same one."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.refusal import N_
from portal.reads.desk import loan_number
from portal.reads.proposals import ProposalCase
from portal.web import guard
from portal.web.changing import done_here, see_done
from portal.web.desk.listing import FollowingRow, following_row, opened_from
from portal.web.forms import Form

NEXT = "next"
"""What `then` carries of a form whose sender wants the next one at once."""
SECOND = "second"

_DONE = {
    "accept": N_("You accepted what was asked for."),
    "counter": N_("Your plan was sent."),
    "decline": N_("You declined it."),
    "ask": N_("Your question was sent."),
    "take_up": N_("You took it up."),
    "pause": N_("The plan is paused."),
    "assign": N_("It is assigned otherwise now."),
    "book": N_("It is in your books."),
    "refuse_booking": N_("It went back to the queue."),
    SECOND: N_("It waits for a second person now."),
    "approve": N_("You approved it, and it was sent."),
    "reject": N_("It waits no more; nothing was sent."),
}


async def following(request: Request, proposal: ProposalCase, form: Form) -> FollowingRow | None:
    """The proposal that comes after this one in the list that it was opened from."""
    return await following_row(request, opened_from(request, form), proposal.id)


async def go_on(request: Request, proposal: ProposalCase, form: Form, done: str) -> Response:
    """303 to the page that says on top what was done, and of which loan; the list goes along."""
    after = await following(request, proposal, form) if form.raw("then") == NEXT else None
    listed = after.query if after else opened_from(request, form)
    return see_done(request, "desk_proposal", done, of=proposal.ref, listed=listed, ref=(after or proposal).ref)


async def done_values(request: Request) -> dict[str, Any]:
    """What was just done to `former`, which is (ref, loan number), where the address says so of one of the lender's."""
    done, ref = done_here(request, _DONE), request.query_params.get("of", "")
    number = await loan_number(ref, guard.current_staff(request).lender_id) if done else ""
    return {"done": done if number else None, "former": (ref, number)}
