"""Where the way goes on after an answer: to the next proposal where that was asked for, else back to the same one."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.refusal import N_
from portal.reads.desk import loan_number
from portal.reads.proposals import ProposalCase, QueueRow, proposal_queue
from portal.web import guard
from portal.web.changing import done_here, see_done
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
    "book": N_("It is in your books."),
    "refuse_booking": N_("It went back to the queue."),
    SECOND: N_("It waits for a second person now."),
    "approve": N_("You approved it, and it was sent."),
    "reject": N_("It waits no more; nothing was sent."),
}


async def following(request: Request, proposal: ProposalCase) -> QueueRow | None:
    """The proposal that comes after this one."""
    waiting = await proposal_queue(guard.current_staff(request).lender_id)
    return next((row for row in waiting if row.ref != proposal.ref), None)


async def go_on(request: Request, proposal: ProposalCase, form: Form, done: str) -> Response:
    """303 to the page that says on top what was done, and of which loan."""
    after = await following(request, proposal) if form.raw("then") == NEXT else None
    return see_done(request, "desk_proposal", done, of=proposal.ref, ref=(after or proposal).ref)


async def done_values(request: Request) -> dict[str, Any]:
    """What was just done to `former`, which is (ref, loan number), where the address says so of one of the lender's."""
    done, ref = done_here(request, _DONE), request.query_params.get("of", "")
    number = await loan_number(ref, guard.current_staff(request).lender_id) if done else ""
    return {"done": done if number else None, "former": (ref, number)}
