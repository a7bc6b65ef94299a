"""The borrower's own account, on one page: how it looks, how and when one is reached, the ways in, data, the end."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.preferences import prefer
from portal.actions.sessions import end_other_sessions, end_session, set_password
from portal.domain.contact import CHANNELS, HOURS
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import NotFound, lenders_of
from portal.reads.own_data import preferences_of
from portal.reads.sessions import phone_of, sessions_of
from portal.web import guard
from portal.web.addresses import SAFE
from portal.web.borrower.prove import knows_password
from portal.web.cookies import LANGUAGE, SHIELD, SIZE, YEAR_SECONDS, clear, write
from portal.web.forms import Form
from portal.web.languages import languages
from portal.web.passwords import check_new, hashed
from portal.web.render import language, page, see_other

SPANS = {f"{begin}-{end}": (begin, end) for begin, end in HOURS}
SIZES = ("usual", "large", "largest")


class OldPasswordWrong(Refusal):
    says = N_("This is not your present password.")


async def account(request: Request) -> Response:
    return await _page(request, Form({}))


async def display(request: Request) -> Response:
    """Language, the size of the text, and whether the browser shows what a page is about; kept in this browser only."""
    form = Form(dict(guard.form(request)))
    response = RedirectResponse(f"{request.app.url_path_for('account')}?kept=1", 303)
    write(request, response, LANGUAGE, form.choice("lang", languages(), default=language(request).tag), YEAR_SECONDS)
    write(request, response, SIZE, form.choice("size", SIZES, default=SIZES[0]), YEAR_SECONDS)
    if form.raw("shield") == "1":
        write(request, response, SHIELD, "1", YEAR_SECONDS)
    else:
        clear(request, response, SHIELD)
    return response


async def reached(request: Request) -> Response:
    """How and when a lender may reach the borrower: the lender is told, and it is shown back."""
    if request.method in SAFE:
        return see_other(request, "account")
    person, form = guard.person(request), Form(dict(guard.form(request)))
    at = next((each for each in await lenders_of(person.person_id) if each.slug == form.raw("lender")), None)
    if at is None:
        raise NotFound
    channel, span = form.choice("channel", CHANNELS), form.choice("hours", tuple(SPANS))
    if not form:
        return await _page(request, form, 422)
    await prefer(at, person.person_id, channel, SPANS[span], guard.actor(request), guard.moment(request, at.timezone))
    return see_other(request, "account")


async def _page(request: Request, form: Form, status: int = 200) -> Response:
    person = guard.person(request)
    return page(
        request,
        "account/account",
        status=status,
        person=person,
        sessions=await sessions_of(person.person_id, guard.now()),
        lenders=await lenders_of(person.person_id),
        chosen=await preferences_of(person.person_id),
        channels=CHANNELS,
        spans=SPANS,
        sizes=SIZES,
        values=form.values,
        errors=form.errors,
        kept=request.query_params.get("kept") == "1",
    )


async def end(request: Request) -> Response:
    """Ends one of one's own sessions, at once."""
    person, ref = guard.person(request), request.path_params["ref"]
    found = [each for each in await sessions_of(person.person_id, guard.now()) if each.ref == ref]
    if not found:
        raise NotFound(ref)
    await end_session(found[0].id, guard.now())
    return see_other(request, "account")


async def password(request: Request) -> Response:
    """Offered after the first visit, never required; the present one is asked for where there is one."""
    person = guard.person(request)
    shown: dict[str, Any] = {"person": person, "fresh": guard.is_fresh(person)}
    if request.method in SAFE:
        return page(request, "account/password", **shown, errors={})
    form = Form(dict(guard.form(request)))
    await _check_old(request, form)
    phone = await phone_of(person.person_id, request.app.state.vault)
    try:
        new = check_new(form.values.get("password", ""), (phone, phone.removeprefix("+86")))
    except Refusal as refusal:
        form.refuse("password", refusal)
    if not form:
        return page(request, "account/password", status=422, **shown, errors=form.errors)
    await set_password(person.person_id, await hashed(new))
    await end_other_sessions(person.person_id, person.session_id, guard.now())
    return see_other(request, "account")


async def _check_old(request: Request, form: Form) -> None:
    """Whoever has just proven who they are is not asked: so a forgotten password is replaced."""
    person = guard.person(request)
    if guard.is_fresh(person) or not person.has_password:
        return
    if not await knows_password(request, form.values.get("old", "")):
        form.refuse("old", OldPasswordWrong("old"))
