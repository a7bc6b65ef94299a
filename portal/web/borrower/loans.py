"""What is owed and why: all loans on one page, and each loan's own pages."""

from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.position import Position, differences, position
from portal.domain.standing import Where, standing
from portal.reads import cases
from portal.reads.proposals import proposals_of
from portal.web import guard
from portal.web.render import page


async def loans(request: Request) -> Response:
    """One page, what is overdue longest first."""
    person = guard.person(request)
    found = await cases.cases(person.person_id)
    stands = [(case, *_now(request, case)) for case in found]
    stands.sort(key=lambda each: (-each[1].days_past_due, each[0].loan.loan_no))
    return page(request, "borrower/loans", loans=stands, person=person, proposals=await proposals_of(person.person_id))


async def overview(request: Request) -> Response:
    case = await _case(request)
    now, where = _now(request, case)
    return page(
        request, "borrower/loan", case=case, loan=case.loan, now=now, where=where, differ=differences(case.loan)
    )


async def penalties(request: Request) -> Response:
    case = await _case(request)
    now, _ = _now(request, case)
    tomorrow = position(case.loan, now.as_of + timedelta(days=1))
    more = sum(line.charged for line in tomorrow.penalty_lines) - sum(line.charged for line in now.penalty_lines)
    return page(request, "borrower/penalties", case=case, loan=case.loan, now=now, more=more)


async def terms(request: Request) -> Response:
    case = await _case(request)
    now, _ = _now(request, case)
    return page(request, "borrower/terms", case=case, loan=case.loan, terms=case.loan.terms, now=now)


async def _case(request: Request) -> cases.Case:
    found = await cases.case(request.path_params["ref"], guard.person(request).person_id)
    request.state.lender_name, request.state.timezone = found.lender.name, found.lender.timezone
    return found


def _now(request: Request, case: cases.Case) -> tuple[Position, Where]:
    today: date = guard.today(request, case.lender.timezone)
    now = position(case.loan, today)
    return now, standing(case.loan, now)
