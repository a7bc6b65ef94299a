"""The feed: everything that happened at a lender, in order, from a position that never skips."""

from starlette.requests import Request
from starlette.responses import Response

from portal.reads.log import feed
from portal.web.api.requests import JSON, lender, number

MOST_EVENTS = 1000


async def events(request: Request) -> Response:
    """The bytes of each event are those that were chained; `next` is the cursor to go on from."""
    after = number(request, "after", 0, 0, 10**18)
    limit = number(request, "limit", 100, 1, MOST_EVENTS)
    bodies: list[bytes] = []
    last, more = after, False
    async for event in feed(lender(request).id, after):
        if len(bodies) == limit:
            more = True
            break
        bodies.append(event.body)
        last = event.feed
    tail = f'],"next":{last},"more":{str(more).lower()}}}'
    return Response(b'{"events":[' + b",".join(bodies) + tail.encode(), media_type=JSON)
