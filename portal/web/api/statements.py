"""The signed statement of the feed at the end of a day, and the ends of the chains that it is made of."""

import asyncio
from collections.abc import Sequence
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.jobs import NewJob, ask_job
from portal.domain.conduct.feed_statement import head_facts
from portal.domain.ledger.position import position
from portal.reads.feed import (
    FEED_STATEMENT,
    FeedEnd,
    LoansAt,
    feed_end,
    feed_until,
    kept_statement,
    loans_at,
    other_heads,
)
from portal.web import guard
from portal.web.api.events import LAST_POSITION
from portal.web.api.handed_in import wait_for_job
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import (
    api_answer,
    api_time,
    choice_parameter,
    day_parameter,
    lender_of_key,
    number_parameter,
    to_json,
    used_key,
)

MOST_HEADS = 500
OF_LOANS, OF_OTHERS = "loans", "others"
_LIMIT = ("limit", 100, 1, MOST_HEADS)


async def get_statement(request: Request) -> Response:
    """Of a day that is over for good; of today as far as the feed goes now. It is made once, by the worker."""
    lender, on = lender_of_key(request), _day(request)
    end = await feed_end(lender.id)
    feed = await feed_until(lender.id, on, end.feed)
    if (kept := await kept_statement(lender.id, on, feed)) is not None:
        return api_answer(kept)
    over = on < api_time(request).today
    options = {"on": on.isoformat(), "feed": feed, "epoch": end.epoch, "over": over}
    asked = NewJob(
        lender_id=lender.id,
        kind=FEED_STATEMENT,
        asked_by=f"key:{used_key(request).ref}",
        options=options,
        request_hash=request.app.state.vault.lookup("request", to_json(options)),
    )
    ref, _ = await ask_job(asked, guard.now())
    return await wait_for_job(request, ref)


async def get_heads(request: Request) -> Response:
    """By pages: behind `after`, the `next` of the page before."""
    lender, on = lender_of_key(request), _day(request)
    feed = await _position(request, on, await feed_end(lender.id))
    of = choice_parameter(request, "of", (OF_LOANS, OF_OTHERS)) or OF_LOANS
    after, limit = (number_parameter(request, *each) for each in (("after", 0, 0, LAST_POSITION), _LIMIT))
    if of == OF_LOANS:
        loans = await loans_at(lender.id, feed, after, limit)
        return _page(on, feed, await asyncio.to_thread(_lines, loans, on), loans.next, loans.more)
    others = await other_heads(lender.id, feed, after, limit)
    return _page(on, feed, [head_facts(head, None) for head in others.heads], others.next, others.more)


def _page(on: date, feed: int, heads: Sequence[dict[str, object]], onward: int, more: bool) -> Response:
    facts = {"on": on.isoformat(), "last": feed, "heads": heads, "next": onward, "more": more}
    return api_answer(to_json(facts))


def _lines(found: LoansAt, on: date) -> Sequence[dict[str, object]]:
    return [head_facts(found.heads[loan.loan_no], position(loan, on)) for loan in found.loans]


def _day(request: Request) -> date:
    today = api_time(request).today
    on = day_parameter(request, "on") or today
    if on > today:
        raise ProblemDetails(422, "fields", f"on: {on} is still to come; today is {today} at this lender.")
    return on


async def _position(request: Request, on: date, end: FeedEnd) -> int:
    """The one that is named, as a statement has it in `last`; else that of the end of the day."""
    if "last" not in request.query_params:
        return await feed_until(lender_of_key(request).id, on, end.feed)
    last = number_parameter(request, "last", 0, 0, LAST_POSITION)
    if last > end.feed:
        raise ProblemDetails(422, "fields", f"last is {last}, and the feed ends at {end.feed}.")
    return last
