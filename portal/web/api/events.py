"""The feed: everything that happened at a lender, in order, from a position that never skips."""

import csv
import io
import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.conduct.event_schema import events_schema
from portal.domain.csv_cell import csv_text
from portal.reads.log import feed
from portal.web.api.requests import JSON, lender_of_key, number_parameter

MOST_EVENTS = 1000
CSV = "text/csv"


async def events(request: Request) -> Response:
    """The bytes of each event are those that were chained; `next` is the cursor to go on from."""
    after = number_parameter(request, "after", 0, 0, 10**18)
    limit = number_parameter(request, "limit", 100, 1, MOST_EVENTS)
    bodies: list[bytes] = []
    last, more = after, False
    async for event in feed(lender_of_key(request).id, after):
        if len(bodies) == limit:
            more = True
            break
        bodies.append(event.body)
        last = event.feed
    if CSV in request.headers.get("accept", ""):
        further = {"link": f'<{request.url.path}?after={last}&limit={limit}>; rel="next"'} if more else {}
        return Response(_sheet(bodies), media_type=CSV, headers={"vary": "Accept", **further})
    tail = f'],"next":{last},"more":{str(more).lower()}}}'
    return Response(b'{"events":[' + b",".join(bodies) + tail.encode(), media_type=JSON, headers={"vary": "Accept"})


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
