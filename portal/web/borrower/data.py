"""What is kept about the person who is signed in: in plain words, and as a copy of all of it."""

import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal.actions.personal import note_taken
from portal.actions.ratelimit import COPIES, hit
from portal.reads.cases import cases, lenders_of
from portal.reads.own_data import own_data
from portal.reads.personal import looks_at_person
from portal.reads.policy import kept_days
from portal.web import guard
from portal.web.render import page


async def data(request: Request) -> Response:
    person = guard.person(request)
    kept = [(each, await kept_days(each.id)) for each in await lenders_of(person.scope)]
    owed = await cases(person.scope)
    return page(request, "account/data", kept=kept, owed=owed, looks=await looks_at_person(person.scope))


async def copy(request: Request) -> Response:
    """Everything in one JSON file, a part in memory at a time. Taking it is written down, and limited.

    Everything of the lenders to whom they have just proven who they are.
    """
    person = guard.person(request)
    await hit(request.app.state.vault, [(COPIES, person.ref)], guard.now())
    await note_taken(person.ref, guard.now())
    attachment = {"content-disposition": 'attachment; filename="my-data.json"'}
    return StreamingResponse(_parts(request), media_type="application/json", headers=attachment)


async def _parts(request: Request) -> AsyncIterator[str]:
    scope = guard.person(request).proven_scope
    days = {each.slug: guard.today(request, each.timezone) for each in await lenders_of(scope)}
    before = "{"
    async for name, part in own_data(scope, request.app.state.vault, days):
        yield f"{before}{json.dumps(name)}:{json.dumps(part, ensure_ascii=False, indent=1)}"
        before = ",\n"
    yield "}\n"
