"""A change comes from one of our own pages: the browser says so, and the form carries a token of this session.

Source: ASVS 5.0.0, V3.5.1. Where an old browser sends neither Sec-Fetch-Site nor Origin, the token alone decides.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from portal.web.cookies import BORROWER, DESK, SEED, read, write

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignRequest(Exception):
    """The form was not sent from our own page, or its session is another."""


def check_source(request: Request) -> None:
    """Raises ForeignRequest when the browser says that another site sent this."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise ForeignRequest
        return
    sent_from = request.headers.get("origin")
    if sent_from is not None and urlsplit(sent_from).netloc != request.url.netloc:
        raise ForeignRequest


def check_token(request: Request, given: str) -> None:
    """Raises ForeignRequest unless the form's token belongs to a session, or the seed, of this browser."""
    secret = request.app.state.settings.secret
    nonce, _, mac = given.partition(".")
    bound = [known for cookie in (BORROWER, DESK, SEED) if (known := read(request, cookie))]
    if not any(hmac.compare_digest(mac, _mac(secret, known, nonce)) for known in bound):
        raise ForeignRequest


def token(secret: str, bound: str) -> str:
    """Another one for every page, so that compression gives nothing away."""
    nonce = secrets.token_urlsafe(9)
    return f"{nonce}.{_mac(secret, bound, nonce)}"


def binding(request: Request) -> tuple[str, str]:
    """What this browser's tokens are bound to, and a new seed to keep if it had nothing yet."""
    cookie = DESK if request.url.path.startswith("/desk") else BORROWER
    known = read(request, cookie) or read(request, SEED) or getattr(request.state, "seed", "")
    if known:
        return known, ""
    request.state.seed = secrets.token_urlsafe(16)
    return request.state.seed, request.state.seed


def keep_seed(request: Request, response: Response, seed: str) -> None:
    write(request, response, SEED, seed)


def _mac(secret: str, bound: str, nonce: str) -> str:
    return hmac.new(secret.encode(), f"csrf\0{bound}\0{nonce}".encode(), hashlib.sha256).hexdigest()
