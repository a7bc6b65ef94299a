"""Addresses of our own: where a page can be opened again, and whether one that was handed to us is ours."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import quote, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Match, Route

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# The terms of an offer say nothing of a person, so they may stand in an address; a note or a reason may not.
TERMS = (
    *("kind", "covers", "settle", "how", "installments", "amount", "every", "first_due", "down_payment"),
    *("interest_rate", "interest_only", "standing", "card", "a_month", "trouble", "way"),
)
TRAVELS = frozenset((*TERMS, "paid", "paid_on", "waiver_penalty", "waiver_fees", "waiver_interest"))


# Below these a token stands in the address: whoever reads the address, in a log or as a referrer, has the link.
WITH_TOKEN = ("/i/", "/desk/activate/")


def page_path(request: Request) -> str:
    """Where this page can be opened again: its own address, or the nearest above it that answers GET."""
    path, query = request.scope["path"], request.scope["query_string"].decode()
    if request.method in SAFE:
        return f"{quote(path)}?{query}" if query else quote(path)
    while path and not _opens(request, path):
        path = path.rpartition("/")[0]
    return quote(path) or "/"


@lru_cache(8)
def addresses(app: Starlette) -> Callable[..., str]:
    """What `app.url_path_for` answers, as text: each route is found by its name."""
    forms = {each.name: (each.path_format, each.param_convertors) for each in app.routes if isinstance(each, Route)}

    def address(name: str, **params: str) -> str:
        form, convertors = forms[name]
        if params.keys() != convertors.keys():
            raise LookupError(f"{form} needs {', '.join(convertors) or 'nothing'}, not {', '.join(params)}")
        return form.format(**{each: convertors[each].to_string(given) for each, given in params.items()})

    return address


def typed_path(request: Request, typed: Mapping[str, object]) -> str:
    """The same with what was typed, as far as it may stand in an address."""
    path = page_path(request)
    kept = filled_query({name: value for name, value in typed.items() if name in TRAVELS})
    return f"{path}?{kept}" if kept else path


def filled_query(values: Mapping[str, object]) -> str:
    """The query of an address, without what is empty."""
    return urlencode({name: str(value) for name, value in values.items() if value})


def own_path(given: str) -> str:
    """A path of ours to go on to, or nothing: never another site."""
    if not given.startswith("/") or given.startswith("//") or "\\" in given or not given.isprintable():
        return ""
    try:
        parts = urlsplit(given)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else given


def with_next(address: str, onward: str) -> str:
    """The address of a door that leads on to `onward` afterwards, whatever letters stand in it."""
    return f"{address}?{urlencode({'next': onward})}" if onward else address


def without_tail(token: str) -> str:
    """A link's token without what stood behind it where it was copied from: 。 or a bracket, and what followed that."""
    found = re.match(r"[A-Za-z0-9_-]+", token)
    return found[0] if found else token


def _opens(request: Request, path: str) -> bool:
    asked = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)


def id_in_address(given: str) -> int | None:
    """Where a list goes on; anything that is no id is its beginning."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None
