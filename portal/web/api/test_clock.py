"""The clock of a test deployment, and what it has to say to phones; elsewhere neither is there."""

import asyncio
import time
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.test_clock import MOST_DAYS, set_clock
from portal.domain.contract.calendar import parse_date
from portal.intake.shape import DAY_PATTERN, Shape
from portal.reads.cases import NotFound
from portal.reads.messages import kept_messages
from portal.reads.test_clock import ClockFacts, read_test_clock
from portal.web.api.handed_in import PATIENCE_SECONDS
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import api_answer, lender_of_key, number_parameter, read_shape, to_json

_LOOK_SECONDS = 0.1
MOST_MESSAGES = 1000


class ClockSetting(Shape):
    """`date` sets the clock to the morning of that day, `days` so many days on: one of the two."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["date"]}, {"required": ["days"]}]})

    date: Annotated[str, Field(pattern=DAY_PATTERN)] | None = None
    days: Annotated[int, Field(ge=0, le=MOST_DAYS)] | None = None


async def get_clock(request: Request) -> Response:
    return _answer(request, await _clock(request))


async def post_clock(request: Request) -> Response:
    """Waits while the worker lets the days pass; where that takes long, the answer says how far it is."""
    await _clock(request)
    data = await read_shape(request, ClockSetting)
    if (data.date is None) is (data.days is None):
        raise ProblemDetails(422, "fields", "Exactly one of date and days is needed.")
    await set_clock(_wanted(request, await _clock(request), data), lender_of_key(request).timezone)
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := await _clock(request)).goal_at is not None and time.monotonic() < until:
        await asyncio.sleep(_LOOK_SECONDS)
    return _answer(request, found, 200 if found.goal_at is None else 202)


async def get_messages(request: Request) -> Response:
    """Of the lender's own borrowers, the newest first."""
    await _clock(request)
    limit = number_parameter(request, "limit", 100, 1, MOST_MESSAGES)
    found = await kept_messages(request.app.state.vault, lender_of_key(request).id, limit)
    return api_answer(to_json({"messages": found}))


async def _clock(request: Request) -> ClockFacts:
    """Raises NotFound where this is no test deployment."""
    found = await read_test_clock() if request.app.state.settings.test else None
    if found is None:
        raise NotFound(request.url.path)
    return found


def _wanted(request: Request, found: ClockFacts, data: ClockSetting) -> date:
    if data.days is None:
        return parse_date(data.date or "", "date")
    return _today(request, found) + timedelta(days=data.days)


def _today(request: Request, found: ClockFacts) -> date:
    return found.at.astimezone(ZoneInfo(lender_of_key(request).timezone)).date()


def _answer(request: Request, found: ClockFacts, status: int = 200) -> Response:
    goal = found.goal_at and found.goal_at.astimezone(ZoneInfo(lender_of_key(request).timezone)).date().isoformat()
    facts = {"now": found.at.isoformat(timespec="seconds"), "date": _today(request, found).isoformat()}
    zone = lender_of_key(request).timezone
    return api_answer(to_json({**facts, "timezone": zone, "on_the_way_to": goal}), status)
