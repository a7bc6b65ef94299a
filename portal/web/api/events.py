"""The feed: everything that happened at a lender, in order, from a position that never skips."""

import csv
import io
import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.conduct.event_schema import events_schema
from portal.domain.csv_cell import csv_text
from portal.reads.log import feed, feed_end
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import JSON, lender_of_key, number_parameter

MOST_EVENTS, LAST_POSITION = 1000, 10**18
CSV = "text/csv"


async def events(request: Request) -> Response:
    """The bytes of each event are those that were chained; `next` is the cursor to go on from."""
    after = number_parameter(request, "after", 0, 0, LAST_POSITION)
    limit = number_parameter(request, "limit", 100, 1, MOST_EVENTS)
    bodies: list[bytes] = []
    last, more = after, False
    async for event in feed(lender_of_key(request).id, after):
        if len(bodies) == limit:
            more = True
            break
        bodies.append(event.body)
        last = event.feed
    if not bodies:
        await _check_cursor(request, after)
    if CSV in request.headers.get("accept", ""):
        further = {"link": f'<{request.url.path}?after={last}&limit={limit}>; rel="next"'} if more else {}
        return Response(_sheet(bodies), media_type=CSV, headers={"vary": "Accept", **further})
    tail = f'],"next":{last},"more":{str(more).lower()}}}'
    return Response(b'{"events":[' + b",".join(bodies) + tail.encode(), media_type=JSON, headers={"vary": "Accept"})


async def _check_cursor(request: Request, after: int) -> None:
    """A cursor beyond the end would wait for ever, or pass over what comes. Raises ProblemDetails."""
    end = await feed_end(lender_of_key(request).id)
    if after > end:
        detail = (
            f"after is {after}, and the feed ends at {end}: this cursor is of another database, or of this one before "
            "a backup was restored. Compare your books with the portal's positions before you go on from there."
        )
        error = {"field": "after", "problem": f"It may be {end} at most."}
        raise ProblemDetails(422, "cursor", detail, [error], facts={"end": end})


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
