"""A loan as staff see it."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.personal import NoReason, TooManyOpened, note_opened
from portal.domain.ledger.position import position
from portal.domain.ledger.reconciliation import reconcile
from portal.domain.refusal import Refusal
from portal.domain.restructuring.reasons import HOLD_REASONS, OPEN_REASONS
from portal.reads.cases import Case, desk_case
from portal.reads.complaints import holds_of
from portal.reads.desk import find_loans, loan_events, masked_name
from portal.reads.personal import Who, looks_at_loan, masked, opened
from portal.web import guard
from portal.web.desk import own
from portal.web.error_pages import status_of
from portal.web.explained import of_loan
from portal.web.forms import Form
from portal.web.render import page


async def find(request: Request) -> Response:
    typed = Form(request.query_params).raw("q")[:100]
    found = await find_loans(guard.current_staff(request).lender_id, typed, request.app.state.vault)
    return page(request, "desk/loans", typed=typed, found=found)


async def loan(request: Request) -> Response:
    case = await _case(request)
    return await _loan(request, case, await masked(case.id, request.app.state.vault))


async def desk_loan_why(request: Request) -> Response:
    """How each figure of a loan came about."""
    case = await _case(request)
    now = position(case.loan, guard.today(request, case.lender.timezone))
    return page(request, "desk/why", case=case, **of_loan(now))


async def open_personal(request: Request) -> Response:
    """Name, phone and ID digits in full, in this answer alone; that they were opened is written down first."""
    case = await _case(request)
    vault = request.app.state.vault
    reason = Form(dict(guard.form(request))).raw("reason")
    try:
        await note_opened(case.ref, guard.current_staff(request), reason, own.wall_time(request, case.lender.timezone))
    except (NoReason, TooManyOpened) as refusal:
        return await _loan(request, case, await masked(case.id, vault), refusal, reason)
    return await _loan(request, case, await opened(case.id, vault), reason=reason)


async def _case(request: Request) -> Case:
    found = await desk_case(request.path_params["ref"], guard.current_staff(request).lender_id)
    own.looked(request, found.ref)
    return found


async def _loan(
    request: Request, case: Case, people: Sequence[Who], refusal: Refusal | None = None, reason: str = ""
) -> Response:
    now = position(case.loan, guard.today(request, case.lender.timezone))
    looks = await looks_at_loan(case.id) if guard.current_staff(request).role == "admin" else None
    return page(
        request,
        "desk/loan",
        status=status_of(refusal) if refusal else 200,
        case=case,
        loan=case.loan,
        now=now,
        books=await run_in_threadpool(reconcile, now),
        name=await masked_name(case.id, request.app.state.vault),
        people=people,
        opened_for="" if refusal else reason,
        asked_for=reason,
        errors={"reason": refusal} if refusal else {},
        reasons=list(OPEN_REASONS),
        holds=await holds_of(case.id),
        hold_reasons=HOLD_REASONS,
        looks=looks,
        events=await loan_events(case.id),
    )
