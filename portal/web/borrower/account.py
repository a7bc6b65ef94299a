"""The borrower's own account, on one page: how it looks, how and when one is reached, the ways in, data, the end."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.preferences import prefer
from portal.actions.sessions import NotProven, PasswordOpensMore, end_session, set_password, tell_no_more
from portal.domain.conduct.complaints import CHANNELS, HOURS
from portal.domain.refusal import N_, Refusal
from portal.languages import languages
from portal.reads.cases import NotFound, lenders_of
from portal.reads.numbers import numbers_of
from portal.reads.own_data import preferences_of
from portal.reads.sessions import sessions_of
from portal.web import guard
from portal.web.cookies import LANGUAGE, SHIELD, SIZE, YEAR_SECONDS, clear, write_cookie
from portal.web.forms import Form
from portal.web.passwords import check_new, hashed, names_here
from portal.web.render import page, page_language, see_other
from portal.web.urls import SAFE

SPANS = {f"{begin}-{end_sessions}": (begin, end_sessions) for begin, end_sessions in HOURS}
_SIZES = ("usual", "large", "largest")


# What has just been done, for the top of the page that one comes back to.
_DONE = {
    "display": N_("It looks so from now on, in this browser."),
    "password": N_("Your new password holds from now on. Other sessions that showed the same have ended."),
    "reached": N_("Your lender was told how you want to be reached."),
    "session": N_("That session has ended."),
}


def _done(request: Request, what: str) -> Response:
    return RedirectResponse(f"{request.app.url_path_for('account')}?done={what}", 303)


async def account_page(request: Request) -> Response:
    """What was chosen before somebody had to say who they are comes back in the address."""
    return await _page(request, Form(dict(request.query_params)))


async def display(request: Request) -> Response:
    """Language, the size of the text, and whether the browser shows what a page is about; kept in this browser only."""
    form = Form(dict(guard.form(request)))
    response = _done(request, "display")
    write_cookie(
        request, response, LANGUAGE, form.choice("lang", languages(), default=page_language(request).tag), YEAR_SECONDS
    )
    write_cookie(request, response, SIZE, form.choice("size", _SIZES, default=_SIZES[0]), YEAR_SECONDS)
    if form.raw("shield") == "1":
        write_cookie(request, response, SHIELD, "1", YEAR_SECONDS)
    else:
        clear(request, response, SHIELD)
    return response


async def change_channel(request: Request) -> Response:
    """How and when a lender may reach the borrower, who has proven to it who they are: the lender is told."""
    if request.method in SAFE:
        return see_other(request, "account")
    person, form = guard.person(request), Form(dict(guard.form(request)))
    at = next((each for each in await lenders_of(person.scope) if each.slug == form.raw("lender")), None)
    if at is None:
        raise NotFound
    channel, span = form.choice("channel", CHANNELS), form.choice("hours", tuple(SPANS))
    if not form:
        return await _page(request, form, 422)
    if not guard.is_proven(person, at.id):
        chosen = {"lender": at.slug, "channel": channel, "hours": span}
        return guard.to_proof(request, f"{request.app.url_path_for('account')}?{urlencode(chosen)}")
    await prefer(
        guard.business_time(request, at.timezone), at, person.person_id, channel, SPANS[span], guard.actor(request)
    )
    return _done(request, "reached")


async def _page(request: Request, form: Form, status: int = 200) -> Response:
    person = guard.person(request)
    return page(
        request,
        "account/account",
        status=status,
        person=person,
        sessions=await sessions_of(person.scope, guard.now()),
        lenders=await lenders_of(person.scope),
        chosen=await preferences_of(person.scope),
        channels=CHANNELS,
        spans=SPANS,
        sizes=_SIZES,
        values=form.values,
        errors=form.errors,
        done=_DONE.get(request.query_params.get("done", "")),
    )


async def end_sessions(request: Request) -> Response:
    """Ends one of one's own sessions, for whoever has just proven who they are or has nothing to prove it by."""
    person, ref = guard.person(request), request.path_params["ref"]
    found = [each for each in await sessions_of(person.scope, guard.now()) if each.ref == ref]
    if not found:
        raise NotFound(ref)
    if guard.opens_again(person) and not guard.is_fresh(person):
        return guard.to_proof(request, request.app.url_path_for("account"))
    await end_session(found[0].id, guard.now())
    return _done(request, "session")


async def change_password(request: Request) -> Response:
    """Offered after the first visit, never required; whoever comes here has just proven who they are."""
    person = guard.person(request)
    if request.method in SAFE:
        return page(request, "account/password", person=person, errors={}, further=False)
    form = Form(dict(guard.form(request)))
    numbers = await numbers_of(person.scope, request.app.state.vault, guard.now())
    known = [part for each in numbers for part in (each.phone, each.phone.removeprefix("+86"))]
    try:
        names = names_here(request, [(each.name, each.slug) for each in await lenders_of(person.scope)])
        new = check_new(form.values.get("password", ""), known, names)
        await set_password(person.session_id, await hashed(new), guard.now())
    except Refusal as refusal:
        form.refuse("password", refusal)
        further = isinstance(refusal, (PasswordOpensMore, NotProven))
        return page(request, "account/password", status=422, person=person, errors=form.errors, further=further)
    return _done(request, "password")


async def number_read(request: Request) -> Response:
    """Whoever is signed in has read that a number of theirs was changed."""
    await tell_no_more(guard.person(request).session_id)
    return see_other(request, "account")
