"""Where the portal pushes to: checks who it is from, deals with it, and says yes only once it is kept.

Whatever is not a yes comes again. Behind a server of your own it is `receive` alone that you call.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.connection import Refused, Unreachable

MOST_BYTES = 1024 * 1024
TRIED_OUT = "webhook.test"


def receive(core, secret, body, headers):
    """The HTTP status to answer with. A request of before five minutes ago is not taken, whoever signed it."""
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return 401
    event = json.loads(body)
    if event["type"] != TRIED_OUT:
        try:
            core.pushed(event)
        except (Refused, Unreachable):
            return 503  # kept or not, it comes again, and is known then
    return 204


def serve(core, secret, port):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("content-length") or 0)
            status = 413
            if length <= MOST_BYTES:
                status = receive(core, secret, self.rfile.read(length), {k.lower(): v for k, v in self.headers.items()})
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            """What was done of it is said by the core."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.serve_forever()
