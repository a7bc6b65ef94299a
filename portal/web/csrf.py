"""A change comes from one of our own pages: the browser says so, and the form carries a token of this session.

Source: ASVS 5.0.0, V3.5.1. Where an old browser sends neither Sec-Fetch-Site nor Origin, the token alone decides;
so it does where a page's address is kept secret, from which Origin comes as `null`.
"""

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from portal.web.cookies import BORROWER, DESK, SEED, read, write_cookie
from portal.web.urls import WITH_TOKEN

FORMS_OF_EVERY_PAGE = ("/language", "/sign-out", "/desk/sign-out")
WITHOUT_REFERRER = (*WITH_TOKEN, *FORMS_OF_EVERY_PAGE)
"""Where forms of a page with a token in its address go: of such a page a browser tells no origin."""


class ForeignRequest(Exception):
    """The form was not sent from our own page: its `origin` or its `token` says so."""


class OldForm(ForeignRequest):
    """The browser says the form is ours, but its token is of another session: it was open for too long."""


def check_source(request: Request) -> bool:
    """Whether the browser vouches that our own page sent this. Raises ForeignRequest when it names another site."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise ForeignRequest("origin")
        return site == "same-origin"
    sent_from = request.headers.get("origin")
    if sent_from is None or (sent_from == "null" and request.url.path.startswith(WITHOUT_REFERRER)):
        return False
    scheme = "https" if request.app.state.settings.secure else "http"
    if sent_from != f"{scheme}://{request.url.netloc}":
        raise ForeignRequest("origin")
    return True


def check_token(request: Request, given: str, vouched: bool) -> None:
    """Raises ForeignRequest, or OldForm where the browser vouches for the page, unless the token is this browser's."""
    secret = request.app.state.settings.secret
    nonce, _, mac = given.partition(".")
    bound = [known for cookie in (BORROWER, DESK, SEED) if (known := read(request, cookie))]
    if not any(hmac.compare_digest(mac.encode(), _mac(secret, known, nonce).encode()) for known in bound):
        raise OldForm("token") if vouched else ForeignRequest("token")


def token(secret: str, bound: str) -> str:
    """Another one for every page, so that compression gives nothing away."""
    nonce = secrets.token_urlsafe(9)
    return f"{nonce}.{_mac(secret, bound, nonce)}"


def binding(request: Request) -> tuple[str, str]:
    """What this browser's tokens are bound to, and a new seed to keep if it had nothing yet."""
    cookie = DESK if request.scope["path"].startswith("/desk") else BORROWER
    known = read(request, cookie) or read(request, SEED) or getattr(request.state, "seed", "")
    if known:
        return known, ""
    request.state.seed = secrets.token_urlsafe(16)
    return request.state.seed, request.state.seed


def keep_seed(request: Request, response: Response, seed: str) -> None:
    write_cookie(request, response, SEED, seed)


def mark(secret: str, ref: str) -> str:
    """Tells a page's script whether it is still the same person, and nobody who that is."""
    return _mac(secret, ref, "me")[:16]


def _mac(secret: str, bound: str, nonce: str) -> str:
    return hmac.digest(secret.encode(), f"csrf\0{bound}\0{nonce}".encode(), "sha256").hex()
