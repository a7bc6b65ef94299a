"""Lists for a lender's system: one form for all, `next` to send as `after` for the page that follows."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.listed import ListAsked, ListPage
from portal.web.api.requests import api_answer, lender_of_key, number_parameter, to_json

MOST_LISTED, USUALLY_LISTED = 200, 50
PAGED = ("after", "limit")
_Listed = TypeVar("_Listed")


def list_asked(request: Request) -> ListAsked:
    most = number_parameter(request, "limit", USUALLY_LISTED, 1, MOST_LISTED)
    return ListAsked(lender_of_key(request).id, request.query_params.get("after", ""), most)


def list_answer(name: str, found: ListPage[_Listed], facts: Callable[[_Listed], dict[str, Any]]) -> Response:
    rows = [facts(each) for each in found.rows]
    return api_answer(to_json({name: rows, "next": found.next or None, "more": bool(found.next)}))


def day_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def time_text(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
