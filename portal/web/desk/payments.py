"""Payments that borrowers told of and that no book has confirmed yet."""

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.reports import ask_about
from portal.reads.policy import policy
from portal.reads.reports import open_reports
from portal.web import guard
from portal.web.render import page, see_other


async def payments(request: Request) -> Response:
    staff = guard.staff(request)
    days = (await policy(staff.lender_id, staff.currency)).report_working_days
    found = await open_reports(staff.lender_id, request.app.state.vault, days)
    return page(
        request, "desk/payments", found=found, currency=staff.currency, today=guard.today(request, staff.timezone)
    )


async def ask(request: Request) -> Response:
    """The payment is not to be found: the borrower is asked to look again."""
    staff = guard.staff(request)
    moment = guard.moment(request, staff.timezone)
    await ask_about(request.path_params["ref"], staff.lender_id, guard.actor(request), moment)
    return see_other(request, "desk_payments")
