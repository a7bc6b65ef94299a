"""Endpoints to which the portal pushes a lender's news: made, changed, stopped, and what was sent to them."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.act import Acting, FormToken
from portal.actions.endpoint_address import LONGEST_URL
from portal.actions.webhooks import (
    LONGEST_NAME,
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
from portal.domain.conduct.event_schema import event_types
from portal.intake.shape import Shape
from portal.reads.rows import columns_of
from portal.reads.webhooks import (
    DELIVERY_STATES,
    MOST_DELIVERIES,
    SentWebhook,
    WebhookDelivery,
    WebhookFacts,
    sent_webhook,
    webhook_deliveries,
    webhook_facts,
    webhooks_of,
)
from portal.web import guard
from portal.web.api.booking import CORE
from portal.web.api.events import LAST_POSITION
from portal.web.api.requests import (
    api_acting,
    api_answer,
    choice_parameter,
    lender_of_key,
    number_parameter,
    read_shape,
    to_json,
)

EndpointName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
EndpointUrl = Annotated[str, Field(min_length=1, max_length=LONGEST_URL, description="https, of a public address")]
EventType = Annotated[str, Field(json_schema_extra={"enum": event_types()})]
WantedTypes = Annotated[list[EventType], Field(max_length=200, description="of events that are sent; all, if none is")]
FeedPosition = Annotated[int, Field(ge=0, le=LAST_POSITION)]


class NewWebhook(Shape):
    """`after` is a position of the feed; left out, news is sent from now on."""

    name: EndpointName
    url: EndpointUrl
    types: WantedTypes = Field(default=[])
    after: FeedPosition | None = None


class WebhookChange(Shape):
    """What is left out stays; `state` stops it, or starts it again."""

    name: EndpointName | None = None
    url: EndpointUrl | None = None
    types: WantedTypes | None = None
    state: Literal["on", "stopped"] | None = None


class ReplayFrom(Shape):
    after: FeedPosition


async def list_webhooks(request: Request) -> Response:
    return api_answer(to_json({"webhooks": [_told(each) for each in await webhooks_of(lender_of_key(request).id)]}))


async def get_webhook(request: Request) -> Response:
    return api_answer(to_json(_told(await _facts(request))))


async def post_webhook(request: Request) -> Response:
    data, lender = await read_shape(request, NewWebhook), lender_of_key(request)
    acting, private = _acting(request), request.app.state.settings.webhook_private
    answer = await add_webhook(acting, lender, data.name, data.url, data.types, data.after, private=private)
    return await _with_secret(request, answer)


async def patch_webhook(request: Request) -> Response:
    data, found, lender = await read_shape(request, WebhookChange), await _facts(request), lender_of_key(request)
    acting, private = _acting(request), request.app.state.settings.webhook_private
    types = found.wanted if data.types is None else data.types
    if (data.name, data.url, data.types) != (None, None, None):
        name, url = data.name or found.name, data.url or found.url
        await change_webhook(acting, lender, found.ref, name, url, list(types), private=private)
    if data.state is not None:
        switch = stop_webhook if data.state == "stopped" else start_webhook
        # Said again it changes nothing: the key of the request stands for the change above.
        await switch(replace(acting, token=FormToken(0, drawn=False)), lender, found.ref)
    return await get_webhook(request)


async def delete_webhook(request: Request) -> Response:
    ref = (await _facts(request)).ref
    await remove_webhook(_acting(request), lender_of_key(request), ref)
    return api_answer(to_json({"webhook": ref, "state": "removed"}))


async def post_rotation(request: Request) -> Response:
    answer = await rotate_webhook(_acting(request), lender_of_key(request), request.path_params["ref"])
    return await _with_secret(request, answer)


async def post_replay(request: Request) -> Response:
    data = await read_shape(request, ReplayFrom)
    await replay_webhook(_acting(request), lender_of_key(request), request.path_params["ref"], data.after)
    return await get_webhook(request)


async def list_deliveries(request: Request) -> Response:
    """Newest events first; `next` is what to send as `before` for those that are older."""
    state = choice_parameter(request, "state", DELIVERY_STATES)
    before = number_parameter(request, "before", 0, 0, LAST_POSITION)
    found = await webhook_deliveries((await _facts(request)).id, state, before or None)
    shown, more = found[:MOST_DELIVERIES], len(found) > MOST_DELIVERIES
    listed = {"deliveries": [_delivered(each) for each in shown], "next": shown[-1].feed if more else None}
    return api_answer(to_json(listed))


async def get_delivery(request: Request) -> Response:
    return await _one_delivery(request)


async def post_delivery_again(request: Request) -> Response:
    ref, delivery = request.path_params["ref"], request.path_params["delivery"]
    await send_delivery_again(lender_of_key(request), ref, delivery, guard.now())
    return await _one_delivery(request)


async def post_delivery_skip(request: Request) -> Response:
    ref, delivery = request.path_params["ref"], request.path_params["delivery"]
    await skip_delivery(_acting(request), lender_of_key(request), ref, delivery)
    return await _one_delivery(request)


def _acting(request: Request) -> Acting:
    """Pauses and secrets live by the wall's clock, as who sends does."""
    acting = api_acting(request, CORE)
    return replace(acting, moment=replace(acting.moment, at=guard.now()))


async def _facts(request: Request) -> WebhookFacts:
    return await webhook_facts(request.path_params["ref"], lender_of_key(request).id)


async def _with_secret(request: Request, answer: str) -> Response:
    """The secret stands in this answer, and in the same one to the same Idempotency-Key, and nowhere else."""
    ref, secret = shown_once(answer, request.app.state.vault)
    found = await webhook_facts(ref, lender_of_key(request).id)
    return api_answer(to_json({**_told(found), "secret": secret}))


async def _one_delivery(request: Request) -> Response:
    found: SentWebhook = await sent_webhook((await _facts(request)).id, request.path_params["delivery"])
    sent = {"headers": dict(found.headers), "body": found.body, "answer": found.answer, "holds_up": found.waits}
    return api_answer(to_json({**_delivered(found.delivery), **sent}))


_SAME = ("name", "url", "state", "position", "unread", "waiting", "stuck")
_TIMES = ("failing_since", "stuck_since", "succeeded_at", "created_at")


def _told(found: WebhookFacts) -> dict[str, object]:
    return {
        "webhook": found.ref,
        **{name: getattr(found, name) for name in _SAME},
        **{name: _time(getattr(found, name)) for name in _TIMES},
        "types": list(found.wanted),
        "problem": found.problem or None,
        "previous_secret_until": _time(found.previous_until),
    }


def _delivered(found: WebhookDelivery) -> dict[str, object]:
    told = columns_of(found, "ref", "event_ref", "again_at", "problem", "first_at", "last_at")
    times = {"first_at": _time(found.first_at), "last_at": _time(found.last_at)}
    return {"delivery": found.ref, "event": found.event_ref, **told, **times, "problem": found.problem or None}


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds") if at else None
