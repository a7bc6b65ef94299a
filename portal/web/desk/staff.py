"""Who works here, for the lender's admin, who can give another role and end somebody, each after a second look."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.staff import ROLES, change_role, end_staff
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import NotFound, lender_by_slug
from portal.reads.desk import Colleague, colleague, colleagues
from portal.reads.sessions import SignedInStaff
from portal.web import guard
from portal.web.changing import FormPage, done_here, see_done
from portal.web.desk.own import wall_time
from portal.web.forms import Form
from portal.web.render import page

_DONE = {
    "role": N_("The new role holds from the next page on that is opened."),
    "end": N_("This colleague is signed out and can no longer sign in."),
}


class OwnAccount(Refusal):
    says = N_("Your own role and account are changed by another administrator, or by the operator.")


async def staff_list(request: Request) -> Response:
    me = guard.current_staff(request)
    found, zone = await colleagues(me.lender_id, guard.now()), ZoneInfo(me.timezone)
    return page(
        request,
        "desk/staff",
        colleagues=found,
        ended_on={each.ref: each.ended_at.astimezone(zone).date() for each in found if each.ended_at},
        my_ref=me.ref,
        asks_factor=request.app.state.settings.second_factor,
        done=done_here(request, _DONE),
    )


async def _of(request: Request) -> Colleague:
    """Raises NotFound; who was ended already is not there either."""
    found = await colleague(guard.current_staff(request).lender_id, request.path_params["ref"], guard.now())
    if found is None or found.ended_at is not None:
        raise NotFound
    return found


async def _values(request: Request, who: Colleague, form: Form) -> Mapping[str, Any]:
    return {"who": who, "roles": ROLES}


@FormPage("desk/staff_role", _of, _values).post(at={Refusal: "role"})
async def role(request: Request, who: Colleague, form: Form) -> Response:
    """Another role for a colleague."""
    wanted = form.choice("role", ROLES)
    form.check()
    me = _require_another(request, who)
    lender, moment = await lender_by_slug(me.lender_slug), wall_time(request, me.timezone)
    await change_role(moment, lender, who.email, wanted, guard.actor(request))
    return see_done(request, "desk_staff", "role")


@FormPage("desk/staff_end", _of, _values).post(at={Refusal: ""})
async def end_staff_page(request: Request, who: Colleague, form: Form) -> Response:
    """A colleague who has left."""
    me = _require_another(request, who)
    lender, moment = await lender_by_slug(me.lender_slug), wall_time(request, me.timezone)
    await end_staff(moment, lender, who.email, guard.actor(request))
    return see_done(request, "desk_staff", "end")


def _require_another(request: Request, who: Colleague) -> SignedInStaff:
    """Who acts. Raises OwnAccount."""
    me = guard.current_staff(request)
    if who.ref == me.ref:
        raise OwnAccount("role")
    return me
