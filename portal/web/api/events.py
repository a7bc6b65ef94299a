"""The feed: everything that happened at a lender, in order, from a position that never skips."""

import csv
import io
import json
from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.conduct.event_schema import event_types, events_schema
from portal.domain.csv_cell import csv_text
from portal.reads.feed import FeedEnd, FeedFilter, feed_end, feed_page
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import JSON, day_parameter, lender_of_key, number_parameter

MOST_EVENTS, LAST_POSITION = 1000, 10**18
CSV = "text/csv"
PARAMETERS = ("after", "limit", "epoch", "type", "loan_no", "from", "to")


async def events(request: Request) -> Response:
    """The bytes of each event are those that were chained; `next` is the cursor to go on from."""
    after = number_parameter(request, "after", 0, 0, LAST_POSITION)
    limit = number_parameter(request, "limit", 100, 1, MOST_EVENTS)
    lender, wanted = lender_of_key(request), _wanted(request)
    end = await feed_end(lender.id)
    _check_epoch(request, end)
    if after > end.feed:
        raise _beyond_the_end(after, end)
    found = await feed_page(lender.id, after, limit, wanted, end.feed)
    if CSV in request.headers.get("accept", ""):
        further = {"link": f'<{_address_after(request, found.next)}>; rel="next"'} if found.more else {}
        return Response(_sheet(found.bodies), media_type=CSV, headers={"vary": "Accept", **further})
    tail = f'],"next":{found.next},"more":{str(found.more).lower()},"epoch":"{end.epoch}"}}'
    body = b'{"events":[' + b",".join(found.bodies) + tail.encode()
    return Response(body, media_type=JSON, headers={"vary": "Accept"})


def _wanted(request: Request) -> FeedFilter:
    """Raises ProblemDetails for a type that no event has: it would be waited for for ever."""
    asked = request.query_params
    types = tuple(sorted({each.strip() for each in asked.get("type", "").split(",") if each.strip()}))
    if unknown := sorted(set(types) - set(event_types())):
        known = ", ".join(event_types())
        raise ProblemDetails(422, "fields", f"type: no event is of type {unknown[0][:60]!r}; there are: {known}.")
    return FeedFilter(types, asked.get("loan_no"), day_parameter(request, "from"), day_parameter(request, "to"))


def _address_after(request: Request, after: int) -> str:
    """The same question behind another position."""
    return f"{request.url.path}?{urlencode({'after': after, **_besides_after(request)})}"


def _besides_after(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if name != "after"}


def _check_epoch(request: Request, end: FeedEnd) -> None:
    """A cursor of before a restore may be below the end again, and what came in its place would be passed over."""
    known = request.query_params.get("epoch")
    if known not in (None, end.epoch):
        detail = (
            f"This feed's epoch is {end.epoch}, another than yours: a backup took the place of the database. Up to "
            f"position {end.epoch_after} the feed is as it was; go on from there, or from your own position where that "
            "is less, in the new epoch, and compare the statement of the feed: what you read beyond it is not here."
        )
        facts = {"epoch": end.epoch, "same_until": end.epoch_after, "end": end.feed}
        raise ProblemDetails(409, "epoch", detail, facts=facts)


def _beyond_the_end(after: int, end: FeedEnd) -> ProblemDetails:
    """A cursor beyond the end would wait for ever, or pass over what comes."""
    detail = (
        f"after is {after}, and the feed ends at {end.feed}: this cursor is of another database, or of this one before "
        "a backup was restored. Compare your books with the portal's positions before you go on from there."
    )
    error = {"field": "after", "problem": f"It may be {end.feed} at most."}
    return ProblemDetails(422, "cursor", detail, [error], facts={"end": end.feed, "epoch": end.epoch})


def columns() -> tuple[str, ...]:
    """An event's keys in the schema's order; the actor is two columns, and `data` the last, as JSON."""
    rest = [name for name in events_schema()["properties"] if name not in ("actor", "data")]
    return (*rest, "actor_kind", "actor_ref", "data")


def _sheet(bodies: Sequence[bytes]) -> str:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(columns())
    for body in bodies:
        event = json.loads(body)
        actor = event.pop("actor")
        event |= {"actor_kind": actor["kind"], "actor_ref": actor["ref"]}
        event["data"] = json.dumps(event["data"], ensure_ascii=False, sort_keys=True)
        cells = (event[name] for name in columns())
        sheet.writerow([csv_text(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue()
