"""Who works here, for the lender's admin, who can give another role and end somebody, each after a second look."""

from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.staff import ROLES, change_role, end_staff
from portal.domain.event import BusinessTime
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts, NotFound, lender_by_slug
from portal.reads.desk import Colleague, colleague, colleagues
from portal.web import guard
from portal.web.error_pages import status_of
from portal.web.forms import Form
from portal.web.render import page
from portal.web.urls import SAFE

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
        done=_DONE.get(request.query_params.get("done", "")),
    )


async def role(request: Request) -> Response:
    """Another role for a colleague."""
    who, form = await _of(request), Form({})
    if request.method in SAFE:
        return _page(request, "desk/staff_role", who, form)
    form = Form(dict(guard.form(request)))
    wanted = form.choice("role", ROLES)
    if not form:
        return _page(request, "desk/staff_role", who, form, 422)
    try:
        _require_another(request, who)
        await change_role(_moment(request), await _lender(request), who.email, wanted, guard.actor(request))
    except Refusal as refusal:
        form.refuse("role", refusal)
        return _page(request, "desk/staff_role", who, form, status_of(refusal))
    return _done(request, "role")


async def end_staff_page(request: Request) -> Response:
    """A colleague who has left."""
    who, form = await _of(request), Form({})
    if request.method in SAFE:
        return _page(request, "desk/staff_end", who, form)
    try:
        _require_another(request, who)
        await end_staff(_moment(request), await _lender(request), who.email, guard.actor(request))
    except Refusal as refusal:
        form.refuse("", refusal)
        return _page(request, "desk/staff_end", who, form, status_of(refusal))
    return _done(request, "end")


async def _of(request: Request) -> Colleague:
    """Raises NotFound; who was ended already is not there either."""
    found = await colleague(guard.current_staff(request).lender_id, request.path_params["ref"], guard.now())
    if found is None or found.ended_at is not None:
        raise NotFound
    return found


def _require_another(request: Request, who: Colleague) -> None:
    if who.ref == guard.current_staff(request).ref:
        raise OwnAccount("role")


async def _lender(request: Request) -> LenderFacts:
    return await lender_by_slug(guard.current_staff(request).lender_slug)


def _moment(request: Request) -> BusinessTime:
    """The lender's business day, and now: sessions live by the wall's clock."""
    return BusinessTime(guard.now(), guard.today(request, guard.current_staff(request).timezone))


def _page(request: Request, template: str, who: Colleague, form: Form, status: int = 200) -> Response:
    return page(request, template, status=status, who=who, roles=ROLES, form=form)


def _done(request: Request, what: str) -> Response:
    return RedirectResponse(f"{request.app.url_path_for('desk_staff')}?done={what}", 303)
