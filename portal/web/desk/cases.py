"""A loan as staff see it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.links_again import send_link_again
from portal.actions.personal import NoReason, TooManyOpened, note_opened
from portal.actions.staff_notes import write_staff_note
from portal.domain.conduct.contact_gate import counted_today
from portal.domain.ledger.position import position
from portal.domain.ledger.reconciliation import reconcile
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.reasons import HOLD_REASONS, OPEN_REASONS
from portal.reads.cases import Case
from portal.reads.complaints import holds_of
from portal.reads.contact_rules import contact_rules
from portal.reads.contacts import contacts_of_borrower, contacts_of_loan
from portal.reads.desk import loan_events, masked_name, names_in
from portal.reads.personal import looks_at_loan, masked, opened
from portal.reads.policy import policy as read_policy
from portal.reads.search import MOST_FOUND, find_loans
from portal.reads.staff_notes import staff_notes
from portal.reads.visits import appointment_on
from portal.vault import Vault
from portal.web import guard
from portal.web.borrower.contacts import day_there
from portal.web.borrower.loan_rows import loan_rows
from portal.web.changing import FormPage, done_here, see_done
from portal.web.desk.own import lenders_case, wall_time
from portal.web.explained import of_loan
from portal.web.forms import Form, clean_text, phone_number
from portal.web.render import page
from portal.web.urls import addresses
from portal.web.written import written

LONGEST_SOUGHT = 250
LATEST_CONTACTS = 3
_DONE = {"link": N_("A link is on its way to the number on record; nobody here sees it.")}


async def find(request: Request) -> Response:
    typed = clean_text(Form(request.query_params).raw("q"))[:LONGEST_SOUGHT]
    lender_id, vault = guard.current_staff(request).lender_id, request.app.state.vault
    found, more = await find_loans(lender_id, typed, phone_number(typed), vault)
    return page(request, "desk/loans", typed=typed, found=found, more=more, most=MOST_FOUND)


async def desk_loan_why(request: Request) -> Response:
    """How each figure of a loan came about."""
    case = await lenders_case(request)
    now = position(case.loan, guard.today(request, case.lender.timezone))
    return page(request, "desk/why", case=case, **of_loan(now))


async def _closed(request: Request) -> tuple[Case, str]:
    """The loan, and for what the name and the number on its page are opened: nothing yet."""
    return await lenders_case(request), ""


async def _values(request: Request, shown: tuple[Case, str], form: Form) -> Mapping[str, Any]:
    (case, opened_for), vault = shown, request.app.state.vault
    people = await (opened if opened_for else masked)(case.id, vault)
    now = position(case.loan, guard.today(request, case.lender.timezone))
    rows = loan_rows(now, f"{addresses(request.app)('desk_why', ref=case.ref)}#", written(request))
    events = await loan_events(case.id)
    looks = await looks_at_loan(case.id) if guard.current_staff(request).role == "admin" else None
    return {
        "case": case,
        "loan": case.loan,
        "now": now,
        "refunds": rows.refunds,
        "let_go": rows.let_go,
        "books": await run_in_threadpool(reconcile, now),
        "name": await masked_name(case.id, vault),
        "people": people,
        "opened_for": opened_for,
        "asked_for": form.raw("reason"),
        "reasons": list(OPEN_REASONS),
        "holds": await holds_of(case.id),
        **await _contacts(request, case, vault if opened_for else None),
        "hold_reasons": HOLD_REASONS,
        "looks": looks,
        "staff_notes": await staff_notes(case.id, vault),
        "done": done_here(request, _DONE),
        "events": events,
        "names": await names_in(events, case.lender.id),
    }


async def _contacts(request: Request, case: Case, opened: Vault | None) -> Mapping[str, Any]:
    """The latest, how many calls count today, and the next visit; its place where the name is opened too."""
    moment = guard.business_time(request, case.lender.timezone)
    known = await contacts_of_borrower(case.id, moment.today)
    rules = contact_rules((await read_policy(case.lender.id, case.lender.currency)).contact, moment.today)
    today = day_there(moment.at, known.timezone or case.lender.timezone)
    return {
        "contacts": (await contacts_of_loan(case.id)).rows[:LATEST_CONTACTS],
        "counted": counted_today(rules, known.past, today),
        "appointment": await appointment_on(case.id, moment.at, opened),
    }


_LOAN = FormPage("desk/loan", _closed, _values)

loan = _LOAN.get


@_LOAN.post(at={NoReason: "reason", TooManyOpened: "reason"})
async def open_personal(request: Request, shown: tuple[Case, str], form: Form) -> Response:
    """Name, phone and ID digits in full, in this answer alone; that they were opened is written down first."""
    (case, _), reason = shown, form.raw("reason")
    await note_opened(case.ref, guard.current_staff(request), reason, wall_time(request, case.lender.timezone))
    return await _LOAN.show(request, (case, reason), form)


@_LOAN.post()
async def note(request: Request, shown: tuple[Case, str], form: Form) -> Response:
    """A word for colleagues; the way goes on at the page that it was written on."""
    (case, _), text = shown, form.text("note", required=True)
    form.check()
    await write_staff_note(guard.acting(request, case.lender.timezone, form.token(), text), case)
    return RedirectResponse(guard.onward(request) or addresses(request.app)("desk_loan", ref=case.ref), 303)


@_LOAN.post(Refusal)
async def link_again(request: Request, shown: tuple[Case, str], form: Form) -> Response:
    """Another link, to the number on record, which nobody is shown for it."""
    (case, _), base_url = shown, request.app.state.settings.base_url
    acting = guard.acting(request, case.lender.timezone, form.token())
    moment = wall_time(request, case.lender.timezone)
    await send_link_again(replace(acting, moment=moment), case, base_url=base_url)
    return see_done(request, "desk_loan", "link", ref=case.ref)
