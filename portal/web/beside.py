"""Sessions that a browser holds beside the one it shows: whoever opens another lender's link loses nothing by it.

The links of two lenders may lead to two accounts of one person, who came in by each on another phone. Nobody joins them
by that; both stay open here, and a tap leads from one to the other. What is said of an account is never said in the
other: only this browser has both.
"""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.presence import lock_session
from portal.actions.sessions import end_session
from portal.reads.sessions import SignedInPerson, signed_in_person
from portal.vault import token_hash
from portal.web.cookies import BESIDE, clear, read, write_cookie

MOST_BESIDE = 3
_BETWEEN = "."


@dataclass(frozen=True, slots=True)
class BesideSession:
    """One that is open still; `ref` names nothing."""

    token: str
    person: SignedInPerson

    @property
    def ref(self) -> str:
        return token_hash(self.token)[:16]


async def beside_sessions(request: Request, at: datetime) -> tuple[BesideSession, ...]:
    """Nothing is asked of the database where the browser holds none."""
    tokens = [each for each in read(request, BESIDE).split(_BETWEEN) if each][:MOST_BESIDE]
    found = [(each, await signed_in_person(token_hash(each), at)) for each in tokens]
    return tuple(BesideSession(token, person) for token, person in found if person is not None)


def hold_beside(request: Request, response: Response, *tokens: str) -> None:
    """These from now on; the one that came last is the last to go."""
    if tokens:
        write_cookie(request, response, BESIDE, _BETWEEN.join(tokens[:MOST_BESIDE]))
    elif read(request, BESIDE):
        clear(request, response, BESIDE)


async def end_beside(request: Request, response: Response, at: datetime) -> None:
    """Whoever signs out, or in as somebody else, leaves none behind."""
    for each in await beside_sessions(request, at):
        await end_session(each.person.session_id, at)
    hold_beside(request, response)


async def lock_beside(request: Request, at: datetime, since: datetime) -> None:
    for each in await beside_sessions(request, at):
        await lock_session(each.person.session_id, since)
