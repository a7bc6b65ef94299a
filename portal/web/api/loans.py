"""What a lender's system asks of one loan: all that is known of it, its position, and what pays everything."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.domain.ledger.books_facts import books_beside
from portal.domain.ledger.loan_facts import loan_facts
from portal.domain.ledger.payoff_facts import payoff_facts
from portal.domain.ledger.position import Position, position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.money import COMPONENTS
from portal.domain.refusal import Refusal
from portal.domain.restructuring.offer import MOST_INSTALLMENTS
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import quote_offer
from portal.domain.restructuring.quote_facts import quote_facts
from portal.intake.offers import OfferShape, offer_of
from portal.reads.cases import Case, lender_case
from portal.reads.loan_beside import beside_loan, bookings_of
from portal.reads.log import events_of_loan
from portal.reads.policy import policy as read_policy
from portal.web.api.events import LAST_POSITION, MOST_EVENTS
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import (
    JSON,
    api_answer,
    api_time,
    day_parameter,
    fitted,
    flag,
    lender_of_key,
    number_parameter,
    to_json,
)

QUOTE_TEXTS = ("amount", "first_due", "every", "down_payment", "covers", "interest_rate", "round_to", "settle")
QUOTE_PARAMETERS = (*QUOTE_TEXTS, "installments", "interest_only", "waive", "settlement", "as_of")
_PARAMETERS = {"waiver": "waive", "kind": "settlement"}


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


async def get_quote(request: Request) -> Response:
    """As the command `quote`; drawn up beside everybody else's requests."""
    asked, as_of = _quote_asked(request), _as_of(request)
    case = await lender_case(request.path_params["loan_no"], lender_of_key(request).id)
    policy = await read_policy(case.lender.id, case.lender.currency)
    quote = await run_in_threadpool(_quoted, case, asked, as_of, policy)
    return api_answer(to_json(quote))


def _quoted(case: Case, asked: OfferShape, as_of: date, policy: Policy) -> dict[str, object]:
    """Raises ProblemDetails at the parameter that cannot be."""
    try:
        now = position(case.loan, as_of)
        return quote_facts(case.loan.loan_no, quote_offer(now, offer_of(asked, now, policy), policy))
    except Refusal as refusal:
        field = _PARAMETERS.get(refusal.field.partition(".")[0].partition("_")[0], refusal.field)
        errors = [{"field": field, "problem": str(refusal)}]
        raise ProblemDetails(422, "refused", str(refusal), errors) from refusal


def _quote_asked(request: Request) -> OfferShape:
    """The terms as they stand in the address. Raises ProblemDetails."""
    given = request.query_params
    terms: dict[str, Any] = {name: given[name] for name in QUOTE_TEXTS if name in given}
    counts = {"installments": 1, "interest_only": 0}
    terms |= {
        name: number_parameter(request, name, 0, least, MOST_INSTALLMENTS)
        for name, least in counts.items()
        if name in given
    }
    if waived := given.getlist("waive"):
        terms["waiver"] = _waived(waived)
    if "settle" in given or flag(request, "settlement"):
        terms["kind"] = "settlement"
    return fitted(terms, OfferShape)


def _waived(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given:
        component, _, amount = each.partition("=")
        if component not in COMPONENTS or component in found:
            said = f"COMPONENT=AMOUNT, each of {', '.join(COMPONENTS)} once at most; {each[:40]!r} is not."
            raise ProblemDetails(422, "fields", f"waive: {said}", [{"field": "waive", "problem": said}])
        found[component] = amount
    return found


async def get_loan_events(request: Request) -> Response:
    """The loan's own events by their number in its stream, as they were chained."""
    after = number_parameter(request, "after", 0, 0, LAST_POSITION)
    limit = number_parameter(request, "limit", 100, 1, MOST_EVENTS)
    case = await lender_case(request.path_params["loan_no"], lender_of_key(request).id)
    found = await events_of_loan(case.id, after, limit + 1)
    shown = found[:limit]
    last = shown[-1][0] if shown else after
    tail = f'],"next":{last},"more":{str(len(found) > limit).lower()}}}'
    return Response(b'{"events":[' + b",".join(body for _, body in shown) + tail.encode(), media_type=JSON)


def _as_of(request: Request) -> date:
    """Today at the lender, where no day is asked for."""
    return day_parameter(request, "as_of") or api_time(request).today
