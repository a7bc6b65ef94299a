"""Collection on a loan: staff say that it is paused, or end that with a reason."""

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.holds import acknowledge_holds, end_hold
from portal.domain.restructuring.reasons import HOLD_REASONS
from portal.reads.cases import NotFound, desk_case
from portal.reads.complaints import holds_of
from portal.web import guard
from portal.web.forms import Form
from portal.web.render import see_other


async def end_hold_page(request: Request) -> Response:
    """`move` is acknowledge, which takes all that wait, or end, which takes all that are open."""
    case = await desk_case(request.path_params["ref"], guard.current_staff(request).lender_id)
    moment = guard.business_time(request, case.lender.timezone)
    open_holds = await holds_of(case.id)
    form = Form(guard.form(request))
    if request.path_params["move"] == "acknowledge":
        await acknowledge_holds(moment, case, [each.ref for each in open_holds], guard.actor(request))
    elif request.path_params["move"] == "end":
        reason = form.choice("reason", tuple(HOLD_REASONS))
        form.check()
        for each in open_holds:
            await end_hold(moment, case, each.ref, reason, guard.actor(request))
    else:
        raise NotFound(request.path_params["move"])
    return see_other(request, "desk_loan", ref=case.ref)
