"""What is owed and why: all loans on one page, and each loan's own pages."""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.contact import disputed_on, stage
from portal.domain.contract import cost, departures
from portal.domain.position import Position, position
from portal.domain.reconciliation import differences
from portal.domain.refusal import N_, Refusal
from portal.domain.standing import Where, standing
from portal.reads import cases
from portal.reads.plans import live_plan
from portal.reads.problems import holds_of
from portal.reads.proposals import proposal_case, proposals_of
from portal.web import guard
from portal.web.borrower.own import own_case
from portal.web.forms import Form
from portal.web.render import page


class DayOutOfRange(Refusal):
    says = N_("The day can be from {least} to {most}. You chose {given}.")


async def loans(request: Request) -> Response:
    """One page, what is overdue longest first."""
    person = guard.person(request)
    found = await cases.cases(person.person_id)
    stands = [(case, *_now(request, case)) for case in found]
    stands.sort(key=lambda each: (-each[1].days_past_due, each[0].loan.loan_no))
    return page(request, "borrower/loans", loans=stands, person=person, proposals=await proposals_of(person.person_id))


async def overview(request: Request) -> Response:
    case = await own_case(request)
    now, where = _now(request, case)
    return page(
        request,
        "borrower/loan",
        case=case,
        loan=case.loan,
        now=now,
        where=where,
        differ=differences(case.loan),
        disputed=disputed_on(case.loan, now.as_of),
        collection=stage(await holds_of(case.id)),
        next_due=await _next_due(case, guard.person(request).person_id, now.as_of),
        key=secrets.token_urlsafe(16),
    )


async def _next_due(case: cases.Case, person_id: int, today: date) -> date | None:
    """When the next payment of the plan is due that the loan lives under, unless that plan is somebody else's."""
    if case.plan is None or case.proposal is not None:
        return None
    try:
        plan = await live_plan(await proposal_case(case.plan.ref, person_id))
    except cases.NotFound:
        return None
    row = plan.life(today).next
    return row.due_on if row else None


async def penalties(request: Request) -> Response:
    case = await own_case(request)
    now, _ = _now(request, case)
    tomorrow = position(case.loan, now.as_of + timedelta(days=1))
    more = sum(line.charged for line in tomorrow.penalty_lines) - sum(line.charged for line in now.penalty_lines)
    return page(request, "borrower/penalties", case=case, loan=case.loan, now=now, more=more)


async def terms(request: Request) -> Response:
    case = await own_case(request)
    now, _ = _now(request, case)
    loan = case.loan
    told: dict[str, Any] = {"cost": cost(loan), "departures": departures(loan)}
    return page(request, "borrower/terms", case=case, loan=loan, terms=loan.terms, now=now, **told)


async def day(request: Request) -> Response:
    """What stood here on a day: by what was known when it ended, and by what is known now."""
    case = await own_case(request)
    today = guard.today(request, case.lender.timezone)
    form = Form(dict(request.query_params))
    on = form.date("on", example=today, required=True) if "on" in request.query_params else today
    if on is not None and not case.loan.disbursed_on <= on <= today:
        form.refuse("on", DayOutOfRange("on", least=case.loan.disbursed_on, most=today, given=on))
    if on is None or not form:
        return page(request, "borrower/day", status=422, case=case, form=form, on=today, then=None, now=None)
    ended = datetime.combine(on, time.max, ZoneInfo(case.lender.timezone))
    known = await cases.loan_as_known(case, ended)
    then = position(known, on) if known else None
    return page(request, "borrower/day", case=case, form=form, on=on, then=then, now=position(case.loan, on))


def _now(request: Request, case: cases.Case) -> tuple[Position, Where]:
    today: date = guard.today(request, case.lender.timezone)
    now = position(case.loan, today)
    return now, standing(case.loan, now)
