"""Who contacted the borrower about a loan, and what was refused; a visit comes about by their appointment alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.visits import appoint_visit, withdraw_visit
from portal.domain.conduct.contact_gate import counted_today
from portal.domain.conduct.contact_rules import ContactRules
from portal.domain.conduct.visits import (
    NoVisitNow,
    VisitDayOutOfRange,
    visit_windows,
    window_named,
    window_text,
)
from portal.domain.event import BusinessTime
from portal.domain.refusal import N_
from portal.reads.cases import Case
from portal.reads.contact_rules import contact_rules
from portal.reads.contacts import contacts_of_loan, contacts_of_person
from portal.reads.policy import policy as read_policy
from portal.reads.visits import appointment_on
from portal.web import guard
from portal.web.borrower.own import own_case
from portal.web.changing import FormPage, done_here, known_move, see_done
from portal.web.forms import Form
from portal.web.render import page
from portal.web.urls import id_in_address

MOST_PLACE = 500
_DONE = {
    "appointed": N_("The appointment is made. Your lender was told."),
    "withdrawn": N_("The appointment is taken back. Nobody comes."),
}


@dataclass(frozen=True, slots=True)
class _ContactContext:
    """A loan, the rules in force for its borrower, and the day it is where they are."""

    case: Case
    rules: ContactRules
    moment: BusinessTime
    today: date
    timezone: str
    counted: tuple[int, int] | None
    visit_within: int


async def contacts_page(request: Request) -> Response:
    """The newest first; `before` is the id that the page before ended with."""
    context, before = await _context(request), id_in_address(request.query_params.get("before", ""))
    person = guard.person(request).person_id
    found = await contacts_of_loan(context.case.id, before, person)
    return page(
        request,
        "borrower/contacts",
        case=context.case,
        counted=context.counted,
        rules=context.rules,
        rows=found.rows,
        older=found.older,
        before=before,
        appointment=await appointment_on(context.case.id, context.moment.at, person_id=person),
    )


async def _context(request: Request) -> _ContactContext:
    case = await own_case(request)
    moment = guard.business_time(request, case.lender.timezone)
    found = await contacts_of_person(case.id, guard.person(request).person_id, moment.today)
    terms = (await read_policy(case.lender.id, case.lender.currency)).contact
    rules, timezone = contact_rules(terms, moment.today), found.timezone or case.lender.timezone
    today = day_there(moment.at, timezone)
    counted = counted_today(rules, found.past, today)
    return _ContactContext(case, rules, moment, today, timezone, counted, terms.visit_within_days)


def day_there(at: datetime, timezone: str) -> date:
    return at.astimezone(ZoneInfo(timezone)).date()


async def _values(request: Request, context: _ContactContext, form: Form) -> Mapping[str, Any]:
    person, vault = guard.person(request).person_id, request.app.state.vault
    return {
        "case": context.case,
        "appointment": await appointment_on(context.case.id, context.moment.at, vault, person),
        "windows": [(window_text(each), each) for each in visit_windows(context.rules)],
        "within": context.visit_within,
        "done": done_here(request, _DONE),
        "most": MOST_PLACE,
    }


_VISIT = FormPage("borrower/visit", _context, _values)


@_VISIT.post(NoVisitNow, at={VisitDayOutOfRange: "day"})
async def visit_page(request: Request, context: _ContactContext, form: Form) -> Response:
    """The borrower says on which day, in which hours and where: made anew, an appointment is moved."""
    day = form.date("day", example=context.today, required=True)
    windows = visit_windows(context.rules)
    hours = form.choice("hours", [window_text(each) for each in windows])
    place = form.text("note", most=MOST_PLACE, required=True)
    form.check()
    assert day is not None
    acting = guard.acting(request, context.case.lender.timezone, form.token(), place)
    await appoint_visit(acting, context.case, guard.person(request).person_id, day, window_named(windows, hours))
    return see_done(request, "visit", "appointed", ref=context.case.ref)


@_VISIT.post()
async def move_visit(request: Request, context: _ContactContext, form: Form) -> Response:
    known_move(request, "withdraw")
    acting = guard.acting(request, context.case.lender.timezone, form.token())
    await withdraw_visit(acting, context.case, guard.person(request).person_id)
    return see_done(request, "visit", "withdrawn", ref=context.case.ref)
