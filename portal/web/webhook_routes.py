"""The addresses of webhooks: pages of the desk, for its admin, and what a lender's own system asks."""

from portal.web.api import webhooks as api_webhooks
from portal.web.api.requests import for_api
from portal.web.desk import webhooks
from portal.web.guard import for_staff
from portal.web.route_kinds import both, delete, get, patch, post

WEBHOOK_PAGES = (
    both("/desk/webhooks", for_staff(webhooks.webhooks_page, "admin"), name="desk_webhooks"),
    both("/desk/webhooks/{ref}", for_staff(webhooks.webhook_page, "admin"), name="desk_webhook"),
    both("/desk/webhooks/{ref}/replay", for_staff(webhooks.replay_page, "admin"), name="desk_webhook_replay"),
    post("/desk/webhooks/{ref}/rotate", for_staff(webhooks.rotate_page, "admin"), name="desk_webhook_rotate"),
    post("/desk/webhooks/{ref}/test", for_staff(webhooks.send_test_page, "admin"), name="desk_webhook_test"),
    post("/desk/webhooks/{ref}/{move}", for_staff(webhooks.switch_webhook, "admin"), name="desk_webhook_move"),
    get(
        "/desk/webhooks/{ref}/deliveries/{delivery}",
        for_staff(webhooks.delivery_page, "admin"),
        name="desk_delivery",
    ),
    post(
        "/desk/webhooks/{ref}/deliveries/{delivery}/{move}",
        for_staff(webhooks.move_delivery, "admin"),
        name="desk_delivery_move",
    ),
)
WEBHOOK_ADDRESSES = (
    get("/api/v1/webhooks", for_api("webhooks", api_webhooks.list_webhooks), name="api_webhooks"),
    post("/api/v1/webhooks", for_api("webhooks", api_webhooks.post_webhook), name="api_webhook_add"),
    get("/api/v1/webhooks/{ref}", for_api("webhooks", api_webhooks.get_webhook), name="api_webhook"),
    patch("/api/v1/webhooks/{ref}", for_api("webhooks", api_webhooks.patch_webhook), name="api_webhook_change"),
    delete("/api/v1/webhooks/{ref}", for_api("webhooks", api_webhooks.delete_webhook), name="api_webhook_remove"),
    post("/api/v1/webhooks/{ref}/rotate", for_api("webhooks", api_webhooks.post_rotation), name="api_webhook_rotate"),
    post("/api/v1/webhooks/{ref}/replay", for_api("webhooks", api_webhooks.post_replay), name="api_webhook_replay"),
    get(
        "/api/v1/webhooks/{ref}/deliveries",
        for_api("webhooks", api_webhooks.list_deliveries, "state", "before"),
        name="api_deliveries",
    ),
    get(
        "/api/v1/webhooks/{ref}/deliveries/{delivery}",
        for_api("webhooks", api_webhooks.get_delivery),
        name="api_delivery",
    ),
    post(
        "/api/v1/webhooks/{ref}/deliveries/{delivery}/send",
        for_api("webhooks", api_webhooks.post_delivery_again),
        name="api_delivery_again",
    ),
    post(
        "/api/v1/webhooks/{ref}/deliveries/{delivery}/skip",
        for_api("webhooks", api_webhooks.post_delivery_skip),
        name="api_delivery_skip",
    ),
)
