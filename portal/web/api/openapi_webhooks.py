"""What webhooks are answered with, as named schemas, and examples of them."""

from typing import Any

from portal.domain.json_schema import (
    CODED,
    OPAQUE,
    TEXT,
    TIME_TEXT,
    WHOLE,
    YES_OR_NO,
    Schema,
    defined,
    each_of,
    fields_of,
    list_of,
    mapped,
    maybe,
)
from portal.reads.webhooks import DELIVERY_STATES
from portal.web.api.events import LAST_POSITION
from portal.web.api.openapi_operation import KEY_PARAMETER, ApiOperation
from portal.web.api.openapi_operation import REF_PARAMETER as _REF
from portal.web.api.openapi_problems import COUNT

_PROBLEM: Schema = {
    **maybe(CODED),
    "description": "why the last request was not accepted: a code, and what the net said",
}
_WEBHOOK: Schema = {
    "webhook": OPAQUE,
    **each_of(("name", "url"), TEXT),
    "types": {**list_of(TEXT), "description": "of events that are sent; all, if none is named"},
    "state": CODED,
    "position": {**COUNT, "description": "up to here its streams know of the feed"},
    "unread": {**COUNT, "description": "events of the feed behind that"},
    "waiting": {**COUNT, "description": "streams whose next event is not accepted yet"},
    "stuck": {**COUNT, "description": "those of them whose next event failed"},
    "failing_since": {**maybe(TIME_TEXT), "description": "since when nothing was accepted"},
    "stuck_since": {**maybe(TIME_TEXT), "description": "since when the first stream is stuck"},
    "problem": _PROBLEM,
    "succeeded_at": maybe(TIME_TEXT),
    "previous_secret_until": {**maybe(TIME_TEXT), "description": "until when the secret before signs too"},
    "created_at": TIME_TEXT,
}
_DELIVERY: Schema = {
    **each_of(("delivery", "event"), OPAQUE),
    "feed": WHOLE,
    "stream": TEXT,
    "seq": WHOLE,
    "type": TEXT,
    "state": {**CODED, "description": "failing, delivered or skipped"},
    "attempts": COUNT,
    **each_of(("first_at", "last_at"), TIME_TEXT),
    "status": maybe(WHOLE),
    "milliseconds": COUNT,
    "problem": _PROBLEM,
}
_SENT: Schema = {
    "headers": {**mapped(TEXT), "description": "of the last request"},
    "body": {**TEXT, "description": "the event, byte for byte"},
    "answer": {**TEXT, "description": "the first four kilobytes"},
    "holds_up": {**YES_OR_NO, "description": "its stream goes on only once it is accepted or skipped"},
}


def webhook_schemas() -> dict[str, Schema]:
    secret = {**TEXT, "description": "whsec_..., shown in this answer alone"}
    return {
        "Webhook": fields_of(_WEBHOOK, description="an endpoint, how far it is, and what fails"),
        "WebhookWithSecret": fields_of({**_WEBHOOK, "secret": secret}),
        "Webhooks": fields_of({"webhooks": list_of(defined("Webhook"))}),
        "RemovedWebhook": fields_of({"webhook": OPAQUE, "state": CODED}),
        "WebhookDelivery": fields_of(_DELIVERY, description="how an event got there, as of the last attempt"),
        "WebhookDeliveries": fields_of({"deliveries": list_of(defined("WebhookDelivery")), "next": maybe(WHOLE)}),
        "SentWebhook": fields_of({**_DELIVERY, **_SENT}, description="with what was sent and answered"),
    }


_EXAMPLE: dict[str, Any] = {
    **{"webhook": "w3kx7qm2vrbz5npc", "name": "core", "url": "https://core.lender.example/webhooks", "types": []},
    **{"state": "on", "position": 41, "unread": 0, "waiting": 0, "stuck": 0, "failing_since": None},
    **{"stuck_since": None, "problem": None, "succeeded_at": None, "previous_secret_until": None},
    "created_at": "2026-06-14T10:00:00.000+00:00",
}
WEBHOOK_BODIES: dict[str, Any] = {
    "addWebhook": {"name": "core", "url": "https://core.lender.example/webhooks"},
    "changeWebhook": {"types": ["agreement.signed", "plan.broken"]},
    "replayWebhook": {"after": 40},
}
WEBHOOK_ANSWERS: dict[str, Any] = {
    "addWebhook": {**_EXAMPLE, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    "getWebhook": _EXAMPLE,
}

_ID = {"name": "delivery", "in": "path", "schema": TEXT, "description": "opaque, from the list", "required": True}
_STATE: Schema = {"type": "string", "enum": list(DELIVERY_STATES)}
_POSITION: Schema = {"type": "integer", "minimum": 0, "maximum": LAST_POSITION}
_LISTED = (
    {"name": "state", "in": "query", "schema": _STATE, "description": "only these"},
    {"name": "before", "in": "query", "schema": _POSITION, "description": "next of the page before"},
)
_MOVED_ON = "Nothing waits for it any more: it was accepted or skipped meanwhile"


def _operation(
    method: str, path: str, id_: str, summary: str, description: str, answer: str, *parameters: Schema, **more: Any
) -> ApiOperation:
    named = (method, f"/webhooks{path}", id_, "Webhooks", summary, description, answer)
    return ApiOperation(*named, parameters, **more)


_ONE = (_REF, KEY_PARAMETER)
_ONE_DELIVERY = "/{ref}/deliveries/{delivery}"
WEBHOOK_OPERATIONS = (
    _operation("get", "", "listWebhooks", "The endpoints", "With how far each is and what fails.", "Webhooks"),
    _operation(
        *("post", "", "addWebhook", "A new endpoint", "Its secret stands in this answer and nowhere else."),
        "WebhookWithSecret",
        KEY_PARAMETER,
        body=("NewWebhook",),
    ),
    _operation("get", "/{ref}", "getWebhook", "One endpoint", "How far it is and what fails.", "Webhook", _REF),
    _operation(
        *("patch", "/{ref}", "changeWebhook", "Change it, stop it or start it again"),
        *("What is left out stays. Started again it gets all that came since.", "Webhook"),
        *_ONE,
        body=("WebhookChange",),
    ),
    _operation("delete", "/{ref}", "removeWebhook", "Remove it", "For good.", "RemovedWebhook", *_ONE),
    _operation(
        *("post", "/{ref}/rotate", "rotateWebhookSecret", "A new secret"),
        *("For a day the one before signs too.", "WebhookWithSecret"),
        *_ONE,
    ),
    _operation(
        *("post", "/{ref}/replay", "replayWebhook", "Send again from a position"),
        *("Everything behind a position of the feed, in order.", "Webhook"),
        *_ONE,
        body=("ReplayFrom",),
    ),
    _operation(
        *("get", "/{ref}/deliveries", "listWebhookDeliveries", "What was sent"),
        *("The newest events first, fifty at a time, for thirty days.", "WebhookDeliveries"),
        *(_REF, *_LISTED),
    ),
    _operation(
        *("get", _ONE_DELIVERY, "getWebhookDelivery", "One delivery"),
        *("With request and answer, as of the last attempt.", "SentWebhook"),
        *(_REF, _ID),
    ),
    _operation(
        *("post", f"{_ONE_DELIVERY}/send", "sendWebhookDelivery", "Send it now"),
        *("Instead of after its pause; or once more, where it was accepted.", "SentWebhook"),
        *(_REF, _ID),
    ),
    _operation(
        *("post", f"{_ONE_DELIVERY}/skip", "skipWebhookDelivery", "Pass over an event that fails"),
        *("Its stream goes on with the next one.", "SentWebhook"),
        *(_REF, _ID, KEY_PARAMETER),
        conflict=_MOVED_ON,
    ),
)
