"""The borrower's own account, on one page: how it looks, how and when one is reached, the ways in, data, the end."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.message_choice import choose_messages
from portal.actions.password_message import PasswordNews
from portal.actions.preferences import prefer
from portal.actions.sessions import NotProven, PasswordOpensMore, end_session, set_password, tell_no_more
from portal.domain.conduct.complaints import CHANNELS, HOURS
from portal.domain.conduct.news import NewsKind
from portal.domain.refusal import N_, Refusal
from portal.languages import languages
from portal.reads.cases import NotFound, lenders_of
from portal.reads.news import message_choices, told_messages
from portal.reads.numbers import numbers_of
from portal.reads.own_data import preferences_of
from portal.reads.sessions import SignedInPerson, sessions_of
from portal.web import guard
from portal.web.borrower.own import own_lender
from portal.web.changing import FormPage, done_here, see_done
from portal.web.cookies import LANGUAGE, SHIELD, SIZE, YEAR_SECONDS, clear, write_cookie
from portal.web.explained import begun
from portal.web.forms import Form
from portal.web.passwords import check_new, hashed, names_here
from portal.web.render import page_language, see_other
from portal.web.urls import SAFE

SPANS = {f"{begin}-{end_sessions}": (begin, end_sessions) for begin, end_sessions in HOURS}
_SIZES = ("usual", "large", "largest")


# What has just been done, for the top of the page that one comes back to.
_DONE = {
    "display": N_("It looks so from now on, in this browser."),
    "messages": N_("We saved which messages you want."),
    "password": N_("Your new password holds from now on. Other sessions that showed the same have ended."),
    "reached": N_("Your lender was told how you want to be reached."),
    "session": N_("That session has ended."),
}


async def _me(request: Request) -> SignedInPerson:
    return guard.person(request)


async def _values(request: Request, person: SignedInPerson, form: Form) -> Mapping[str, Any]:
    return {
        "person": person,
        "sessions": begun(request, await sessions_of(person.scope, guard.now())),
        "lenders": await lenders_of(person.scope),
        "message_choices": await message_choices(person.scope),
        "told": [
            replace(each, at=_as_today(request, each.at, each.lender.timezone))
            for each in await told_messages(person.scope)
        ],
        "numbers": await numbers_of(person.scope, request.app.state.vault, guard.now()),
        "chosen": await preferences_of(person.scope),
        "channels": CHANNELS,
        "spans": SPANS,
        "sizes": _SIZES,
        "done": done_here(request, _DONE),
    }


def _as_today(request: Request, at: datetime, timezone: str) -> datetime:
    """A time by the wall's clock as far from the day that the pages speak of: in a demonstration that one is fixed."""
    return at + (guard.business_time(request, timezone).at - guard.now())


def _chosen_before(request: Request, person: SignedInPerson) -> Mapping[str, str]:
    """What was chosen before somebody had to say who they are comes back in the address."""
    return request.query_params


_ACCOUNT = FormPage("account/account", _me, _values, _chosen_before)

account_page = _ACCOUNT.get


async def display(request: Request) -> Response:
    """Language, the size of the text, and whether the browser shows what a page is about; kept in this browser only."""
    form = Form(guard.form(request))
    response = see_done(request, "account", "display")
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
    return see_other(request, "account") if request.method in SAFE else await _change_channel(request)


@_ACCOUNT.post()
async def _change_channel(request: Request, person: SignedInPerson, form: Form) -> Response:
    """How and when a lender may reach the borrower, who has proven to it who they are: the lender is told."""
    at = await own_lender(request, form.raw("lender"))
    channel, span = form.choice("channel", CHANNELS), form.choice("hours", tuple(SPANS))
    form.check()
    if not guard.is_proven(person, at.id):
        chosen = {"lender": at.slug, "channel": channel, "hours": span}
        return guard.to_proof(request, f"{request.app.url_path_for('account')}?{urlencode(chosen)}")
    moment = guard.business_time(request, at.timezone)
    await prefer(moment, at, person.person_id, channel, SPANS[span], guard.actor(request))
    return see_done(request, "account", "reached")


async def choose_told(request: Request) -> Response:
    """What somebody is told to their phone: each kind by itself, or by one button all of them or none.

    Nobody has to prove who they are for it: it tells nobody anything, and what guards the account always goes.
    """
    person, form = guard.person(request), Form(guard.form(request))
    ticked = tuple(kind for kind in NewsKind if form.ticked(kind))
    kinds = {"on": tuple(NewsKind), "off": ()}.get(form.raw("all"), ticked)
    choices, locale = await message_choices(person.scope), page_language(request).tag
    await choose_messages(person.scope, choices, kinds, locale, guard.now())
    return see_done(request, "account", "messages")


async def end_sessions(request: Request) -> Response:
    """Ends one of one's own sessions, for whoever has just proven who they are or has nothing to prove it by."""
    person, ref = guard.person(request), request.path_params["ref"]
    found = [each for each in await sessions_of(person.scope, guard.now()) if each.ref == ref]
    if not found:
        raise NotFound(ref)
    if guard.opens_again(person) and not guard.is_fresh(person):
        return guard.to_proof(request, request.app.url_path_for("account"))
    await end_session(found[0].id, guard.now())
    return see_done(request, "account", "session")


async def _password_values(request: Request, person: SignedInPerson, form: Form) -> Mapping[str, Any]:
    further = isinstance(form.errors.get("password"), PasswordOpensMore | NotProven)
    return {"person": person, "further": further}


@FormPage("account/password", _me, _password_values).post(at={Refusal: "password"})
async def change_password(request: Request, person: SignedInPerson, form: Form) -> Response:
    """Offered after the first visit, never required; whoever comes here has just proven who they are."""
    numbers = await numbers_of(person.scope, request.app.state.vault, guard.now())
    known = [part for each in numbers for part in (each.phone, each.phone.removeprefix("+86"))]
    names = names_here(request, [(each.name, each.slug) for each in await lenders_of(person.scope)])
    new = check_new(form.values.get("password", ""), known, names)
    state = request.app.state
    news = PasswordNews(state.vault, state.settings.host, page_language(request).tag)
    await set_password(person.session_id, await hashed(new), guard.now(), news)
    return see_done(request, "account", "password")


async def number_read(request: Request) -> Response:
    """Whoever is signed in has read that a number of theirs was changed."""
    await tell_no_more(guard.person(request).session_id)
    return see_other(request, "account")
