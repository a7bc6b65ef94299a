"""Who works here, for the lender's admin, who lets colleagues in, gives other roles, signs out and ends accounts."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.staff import (
    EMAIL,
    ROLES,
    StaffExists,
    WorkedElsewhere,
    WorkedHereBefore,
    add_staff,
    change_role,
    end_staff,
    new_activation,
    sign_out_staff,
)
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import NotFound, lender_by_slug
from portal.reads.desk import Colleague, colleague, colleagues
from portal.reads.sessions import SignedInStaff
from portal.web import guard
from portal.web.changing import FormPage, done_here, see_done
from portal.web.desk.own import wall_time
from portal.web.desk.sign_in import LONGEST_EMAIL
from portal.web.forms import Form

_DONE = {
    "role": N_("The new role holds from the next page on that is opened."),
    "sessions": N_("This colleague is signed out everywhere, and signs in again as always."),
    "end": N_("This colleague is signed out and can no longer sign in."),
}


class NotAnEmail(Refusal):
    says = N_("Please write an e-mail address such as name@lender.example. You wrote “{given}”.")


class OwnAccount(Refusal):
    says = N_("Your own role and account are changed by another administrator, or by the operator.")


async def _me(request: Request) -> SignedInStaff:
    return guard.current_staff(request)


async def _list(request: Request, me: SignedInStaff, form: Form) -> Mapping[str, Any]:
    found, zone = await colleagues(me.lender_id, guard.now()), ZoneInfo(me.timezone)
    return {
        "colleagues": found,
        "ended_on": {each.ref: each.ended_at.astimezone(zone).date() for each in found if each.ended_at},
        "my_ref": me.ref,
        "asks_factor": request.app.state.settings.second_factor,
        "done": done_here(request, _DONE),
    }


_STAFF = FormPage("desk/staff", _me, _list)


@_STAFF.post(at=dict.fromkeys((StaffExists, WorkedElsewhere, WorkedHereBefore), "email"))
async def invite_staff(request: Request, me: SignedInStaff, form: Form) -> Response:
    """A new colleague: the link stands in this answer and nowhere else."""
    email, role = form.text("email", most=LONGEST_EMAIL, required=True).lower(), form.choice("role", ROLES)
    if email and not EMAIL.fullmatch(email):
        form.refuse("email", NotAnEmail("email", given=email))
    form.check()
    lender, moment = await lender_by_slug(me.lender_slug), wall_time(request, me.timezone)
    token = await add_staff(moment, lender, email, role, guard.actor(request))
    return await _with_link(request, me, email, token)


async def _with_link(request: Request, me: SignedInStaff, email: str, token: str) -> Response:
    address = f"{request.app.state.settings.base_url}/desk/activate/{token}"
    return await _STAFF.show(request, me, Form({}), link=address, link_for=email)


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


_ONE = FormPage("desk/staff_end", _of, _values)


@_ONE.post(Refusal)
async def link_for_colleague(request: Request, who: Colleague, form: Form) -> Response:
    """For whoever did not use the first one in time."""
    me = _require_another(request, who)
    lender, moment = await lender_by_slug(me.lender_slug), wall_time(request, me.timezone)
    token = await new_activation(moment, lender, who.email, guard.actor(request))
    return await _with_link(request, me, who.email, token)


@_ONE.post(Refusal)
async def sign_out_colleague(request: Request, who: Colleague, form: Form) -> Response:
    me = _require_another(request, who)
    lender, moment = await lender_by_slug(me.lender_slug), wall_time(request, me.timezone)
    await sign_out_staff(moment, lender, who.email, guard.actor(request))
    return see_done(request, "desk_staff", "sessions")


@_ONE.post(at={Refusal: ""})
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
