"""Where the lender's news is pushed, for its admin: endpoints, how far each is, what fails, and each that was sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.act import Acting
from portal.actions.endpoint_address import LONGEST_URL
from portal.actions.webhooks import (
    LONGEST_NAME,
    UnknownEventType,
    add_webhook,
    change_webhook,
    remove_webhook,
    replay_webhook,
    rotate_webhook,
    send_delivery_again,
    shown_once,
    skip_delivery,
    start_webhook,
    stop_webhook,
)
from portal.delivery.webhook_request import WebhookSender
from portal.delivery.webhooks import send_test
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts, lender_by_slug
from portal.reads.feed import feed_end
from portal.reads.webhooks import (
    DELIVERY_STATES,
    MOST_DELIVERIES,
    SentWebhook,
    WebhookFacts,
    problem_of,
    sent_webhook,
    webhook_deliveries,
    webhook_facts,
    webhooks_of,
)
from portal.web import guard
from portal.web.changing import FormPage, done_here, known_move, see_done
from portal.web.desk.own import wall_time
from portal.web.forms import Form

_DONE = {
    "changed": N_("The endpoint was changed. What is sent from now on follows it."),
    "stop": N_("Nothing is sent there any more until you start it again. Nothing is lost meanwhile."),
    "start": N_("It goes on where it was stopped."),
    "remove": N_("The endpoint was removed."),
    "replay": N_("Everything behind that position is sent again, in order."),
    "send": N_("It is sent within a second or two; open this page again to see what came of it."),
    "skip": N_("This event is passed over, and the next one of its loan is sent."),
}
_LONGEST_TYPES = 4000


async def _lender(request: Request) -> LenderFacts:
    return await lender_by_slug(guard.current_staff(request).lender_slug)


def _acting(request: Request, lender: LenderFacts, form: Form) -> Acting:
    """Pauses and secrets live by the wall's clock, as who sends does."""
    return replace(guard.acting(request, lender.timezone, form.token()), moment=wall_time(request, lender.timezone))


async def _list(request: Request, lender: LenderFacts, form: Form) -> Mapping[str, Any]:
    found = await webhooks_of(lender.id)
    return {
        "webhooks": [(each, each.since(guard.now())) for each in found],
        "end": (await feed_end(lender.id)).feed,
        "done": done_here(request, _DONE),
    }


_WEBHOOKS = FormPage("desk/webhooks", _lender, _list)


@_WEBHOOKS.post(at={UnknownEventType: "types", Refusal: "url"})
async def webhooks_page(request: Request, lender: LenderFacts, form: Form) -> Response:
    """A new endpoint: its secret stands in this answer and nowhere else."""
    name, url, types = _typed(form)
    after = form.count("after", 0, (await feed_end(lender.id)).feed)
    form.check()
    private = request.app.state.settings.webhook_private
    answer = await add_webhook(_acting(request, lender, form), lender, name, url, types, after, private=private)
    ref, secret = shown_once(answer, request.app.state.vault)
    found = await webhook_facts(ref, lender.id)
    return await _ONE.show(request, found, Form(_as_it_is(request, found)), secret=secret)


def _typed(form: Form) -> tuple[str, str, Sequence[str]]:
    name = form.text("name", most=LONGEST_NAME, required=True)
    url = form.text("url", most=LONGEST_URL, required=True)
    return name, url, re.split(r"[\s,;，；、]+", form.text("types", most=_LONGEST_TYPES)) if form.raw("types") else []


async def _facts(request: Request) -> WebhookFacts:
    return await webhook_facts(request.path_params["ref"], guard.current_staff(request).lender_id)


async def _one(request: Request, found: WebhookFacts, form: Form) -> Mapping[str, Any]:
    state = request.query_params.get("state", "")
    state = state if state in DELIVERY_STATES else ""
    before = request.query_params.get("before", "")
    listed = await webhook_deliveries(found.id, state, int(before) if re.fullmatch(r"[0-9]{1,18}", before) else None)
    shown = listed[:MOST_DELIVERIES]
    return {
        "webhook": found,
        "since": found.since(guard.now()),
        "rotating": found.previous_until if found.previous_until and found.previous_until > guard.now() else None,
        "deliveries": shown,
        "states": DELIVERY_STATES,
        "state": state,
        "paged": bool(before),
        "older": shown[-1].feed if len(listed) > MOST_DELIVERIES else None,
        "done": done_here(request, _DONE),
    }


def _as_it_is(request: Request, found: WebhookFacts) -> Mapping[str, str]:
    return {"name": found.name, "url": found.url, "types": "\n".join(found.wanted)}


_ONE = FormPage("desk/webhook", _facts, _one, _as_it_is)


@_ONE.post(at={UnknownEventType: "types", Refusal: "url"})
async def webhook_page(request: Request, found: WebhookFacts, form: Form) -> Response:
    """Another name or address, or other types of events."""
    name, url, types = _typed(form)
    form.check()
    lender, private = await _lender(request), request.app.state.settings.webhook_private
    await change_webhook(_acting(request, lender, form), lender, found.ref, name, url, types, private=private)
    return see_done(request, "desk_webhook", "changed", ref=found.ref)


@_ONE.post(Refusal)
async def rotate_page(request: Request, found: WebhookFacts, form: Form) -> Response:
    lender = await _lender(request)
    answer = await rotate_webhook(_acting(request, lender, form), lender, found.ref)
    _, secret = shown_once(answer, request.app.state.vault)
    found = await webhook_facts(found.ref, lender.id)
    return await _ONE.show(request, found, Form(_as_it_is(request, found)), secret=secret)


@_ONE.post(Refusal)
async def send_test_page(request: Request, found: WebhookFacts, form: Form) -> Response:
    """What came of it stands in this answer, and nowhere else."""
    send = WebhookSender(private=request.app.state.settings.webhook_private)
    lender = await _lender(request)
    outcome = await send_test(request.app.state.vault, send, lender, found.ref, guard.now())
    begun = Form(_as_it_is(request, found))
    return await _ONE.show(request, found, begun, tried=outcome, tried_why=problem_of(outcome.problem))


_MOVES = {"stop": stop_webhook, "start": start_webhook, "remove": remove_webhook}


@_ONE.post(Refusal)
async def switch_webhook(request: Request, found: WebhookFacts, form: Form) -> Response:
    move, lender = known_move(request, *_MOVES), await _lender(request)
    await _MOVES[move](_acting(request, lender, form), lender, found.ref)
    if move == "remove":
        return see_done(request, "desk_webhooks", move)
    return see_done(request, "desk_webhook", move, ref=found.ref)


async def _replay_values(request: Request, found: WebhookFacts, form: Form) -> Mapping[str, Any]:
    """Where a position is asked for, how many events stand behind it, to be confirmed."""
    asked = Form(dict(request.query_params))
    after = asked.count("after", 0, found.feed)
    if asked.errors and not form.errors:
        form.refuse("after", asked.errors["after"])
    form.values.setdefault("after", asked.raw("after"))
    return {"webhook": found, "after": after, "events": None if after is None else found.feed - after}


@FormPage("desk/webhook_replay", _facts, _replay_values).post(at={Refusal: "after"})
async def replay_page(request: Request, found: WebhookFacts, form: Form) -> Response:
    after, lender = form.count("after", 0, found.feed, required=True), await _lender(request)
    form.check()
    await replay_webhook(_acting(request, lender, form), lender, found.ref, after or 0)
    return see_done(request, "desk_webhook", "replay", ref=found.ref)


async def _sent(request: Request) -> tuple[WebhookFacts, SentWebhook]:
    found = await _facts(request)
    return found, await sent_webhook(found.id, request.path_params["delivery"])


async def _sent_values(request: Request, both: tuple[WebhookFacts, SentWebhook], form: Form) -> Mapping[str, Any]:
    found, sent = both
    lines = "\n".join(f"{name}: {value}" for name, value in sent.headers.items())
    return {"webhook": found, "sent": sent, "request_head": lines, "done": done_here(request, _DONE)}


_SENT = FormPage("desk/webhook_delivery", _sent, _sent_values)
delivery_page = _SENT.get


@_SENT.post(Refusal)
async def move_delivery(request: Request, both: tuple[WebhookFacts, SentWebhook], form: Form) -> Response:
    """Sent now, or passed over for good."""
    found, sent = both
    move, lender = known_move(request, "send", "skip"), await _lender(request)
    if move == "skip":
        await skip_delivery(_acting(request, lender, form), lender, found.ref, sent.delivery.ref)
    else:
        await send_delivery_again(lender, found.ref, sent.delivery.ref, guard.now())
    return see_done(request, "desk_delivery", move, ref=found.ref, delivery=sent.delivery.ref)
