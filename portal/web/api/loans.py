"""What a lender's system asks of one loan: all that is known of it, its position, and what pays everything."""

from collections.abc import Callable
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.ledger.books_facts import books_beside
from portal.domain.ledger.loan_facts import loan_facts
from portal.domain.ledger.payoff_facts import payoff_facts
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.position_facts import position_facts
from portal.reads.cases import lender_case
from portal.reads.loan_beside import beside_loan, bookings_of
from portal.web.api.requests import api_answer, api_time, day_parameter, flag, lender_of_key, to_json


async def get_loan(request: Request) -> Response:
    """The ledger of the day asked for; what stands beside it, people and what is negotiated, is as it is now."""
    as_of = _as_of(request)
    case = await lender_case(request.path_params["loan_no"], lender_of_key(request).id)
    facts: dict[str, Any] = loan_facts(position(case.loan, as_of))
    said = await bookings_of(case)
    for each in facts["agreements"]:
        each["booking"] = said.get(each["agreement"])
    return api_answer(to_json({**facts, **await beside_loan(case)}))


async def get_position(request: Request) -> Response:
    with_books = flag(request, "books")
    return await _of_loan(request, lambda found: {**position_facts(found), **books_beside(found, with_books)})


async def get_payoff(request: Request) -> Response:
    return await _of_loan(request, payoff_facts)


async def _of_loan(request: Request, facts: Callable[[Position], dict[str, object]]) -> Response:
    as_of = _as_of(request)
    found = await lender_case(request.path_params["loan_no"], lender_of_key(request).id)
    return api_answer(to_json(facts(position(found.loan, as_of))))


def _as_of(request: Request) -> date:
    """Today at the lender, where no day is asked for."""
    return day_parameter(request, "as_of") or api_time(request).today
