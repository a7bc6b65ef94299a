"""A loan as staff see it."""

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.position import position
from portal.domain.reconciliation import reconcile
from portal.reads.cases import desk_case
from portal.reads.desk import find_loans, loan_events, masked_name
from portal.web import guard
from portal.web.forms import Form
from portal.web.render import page


async def find(request: Request) -> Response:
    typed = Form(request.query_params).raw("q")[:100]
    found = await find_loans(guard.staff(request).lender_id, typed, request.app.state.vault)
    return page(request, "desk/loans", typed=typed, found=found)


async def loan(request: Request) -> Response:
    case = await desk_case(request.path_params["ref"], guard.staff(request).lender_id)
    today = guard.today(request, case.lender.timezone)
    return page(
        request,
        "desk/loan",
        case=case,
        loan=case.loan,
        now=position(case.loan, today),
        books=reconcile(case.loan),
        name=await masked_name(case.id, request.app.state.vault),
        events=await loan_events(case.id),
    )
