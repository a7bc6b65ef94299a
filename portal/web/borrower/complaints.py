"""Something is wrong: told in one form, followed on one page, taken back in one tap."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.complaints import NewComplaint, file_complaint, withdraw_complaint, write_to_complaint
from portal.actions.holds import request_hold
from portal.domain.conduct.complaints import ComplaintKind, NotOpen
from portal.domain.conduct.contact_rules import ContactChannel
from portal.domain.money import COMPONENTS
from portal.domain.refusal import N_
from portal.reads.cases import Case
from portal.reads.complaints import ComplaintCase, complaints_of, holds_of, own_complaint
from portal.reads.contacts import contact_of_loan
from portal.web import guard
from portal.web.borrower.own import at_lender, own_case
from portal.web.changing import FormPage, known_move
from portal.web.explained import collection_on_page, of_complaint
from portal.web.forms import Form
from portal.web.labels.contacts import CONTACT_CHANNEL_LABELS
from portal.web.render import page_language, see_other

MOST_WORDS = 2000

ASKED = {
    "channel": N_("How"),
    "should_be": N_("It should be"),
    "when": N_("When"),
    "who": N_("Who"),
    "number": N_("From which number"),
}
BY_KIND: Mapping[ComplaintKind, tuple[str, ...]] = {
    ComplaintKind.AMOUNT: ("should_be",),
    ComplaintKind.CALLS: ("when", "who", "number"),
    ComplaintKind.THREAT: ("when", "who", "number"),
    ComplaintKind.UNLISTED: ("when", "who", "number"),
}


async def _own_complaint(request: Request) -> ComplaintCase:
    found = await own_complaint(request.path_params["ref"], guard.person(request).scope)
    at_lender(request, found.case.lender)
    return found


async def _form_values(request: Request, case: Case, form: Form) -> Mapping[str, Any]:
    earlier = await complaints_of(case.id, guard.person(request).person_id)
    ref, chosen = form.raw("contact"), form.raw("kind") or request.query_params.get("kind")
    return {
        "case": case,
        # That a contact is not listed is said of a list: on the page that has it.
        "kinds": [each for each in ComplaintKind if each is not ComplaintKind.UNLISTED or each == chosen],
        "components": COMPONENTS,
        "earlier": earlier,
        "channels": list(ContactChannel),
        "contact": await contact_of_loan(ref, case.id, guard.person(request).person_id) if ref else None,
    }


def _chosen_before(request: Request, case: Case) -> Mapping[str, str]:
    """Whoever comes from the list of contacts has said what is wrong, and with which."""
    return {name: request.query_params[name] for name in ("kind", "contact") if name in request.query_params}


async def _values(request: Request, complaint: ComplaintCase, form: Form) -> Mapping[str, Any]:
    today = guard.today(request, complaint.case.lender.timezone)
    collection = collection_on_page(request, await holds_of(complaint.case.id), complaint.case.lender.timezone)
    return {"collection": collection, **await of_complaint(complaint, request.app.state.vault, today)}


_NEW_COMPLAINT = FormPage("borrower/file_complaint", own_case, _form_values, _chosen_before)
_COMPLAINT = FormPage("borrower/complaint", _own_complaint, _values)

complaint_page = _COMPLAINT.get


@_NEW_COMPLAINT.post()
async def new_complaint(request: Request, case: Case, form: Form) -> Response:
    """The form, and what was told of this loan before."""
    what, words = _read(request, form, case)
    form.check()
    acting = guard.acting(request, case.lender.timezone, form.token(), words)
    ref = await file_complaint(acting, case, guard.person(request).person_id, what)
    return see_other(request, "problem", ref=ref)


@_COMPLAINT.post(NotOpen)
async def move_complaint(request: Request, complaint: ComplaintCase, form: Form) -> Response:
    move = known_move(request, "write", "withdraw")
    words = form.text("note", most=MOST_WORDS, required=move == "write")
    form.check()
    acting = guard.acting(request, complaint.case.lender.timezone, form.token(), words)
    if move == "write":
        await write_to_complaint(acting, complaint)
    else:
        await withdraw_complaint(acting, complaint)
    return see_other(request, "problem", ref=complaint.ref)


async def hold_page(request: Request) -> Response:
    """The borrower asks that collection stop, for no other thing."""
    case, form = await own_case(request), Form(guard.form(request))
    await request_hold(guard.acting(request, case.lender.timezone, form.token()), case)
    return RedirectResponse(f"{request.app.url_path_for('loan', ref=case.ref)}#held", status_code=303)


def _read(request: Request, form: Form, case: Case) -> tuple[NewComplaint, str]:
    """What is wrong, and the words: the answers to the small questions stand before the free text, each named."""
    kind = form.choice("kind", tuple(ComplaintKind))
    form.check()
    wrong = ComplaintKind(kind)
    component = form.choice("component", COMPONENTS) if wrong is ComplaintKind.AMOUNT else ""
    if wrong is ComplaintKind.AMOUNT:
        form.amount("should_be", case.loan.currency)
    answers = [(name, form.text(name, most=200)) for name in BY_KIND.get(wrong, ())]
    text = form.text("note", most=MOST_WORDS, required=wrong is ComplaintKind.OTHER)
    spoken = page_language(request)
    if wrong is ComplaintKind.UNLISTED and form.raw("channel"):
        channel = form.choice("channel", tuple(ContactChannel))
        form.check()
        answers.insert(0, ("channel", spoken.text(CONTACT_CHANNEL_LABELS[ContactChannel(channel)])))
    lines = [spoken.text(N_("{what}: {answer}")).format(what=spoken.text(ASKED[n]), answer=a) for n, a in answers if a]
    return NewComplaint(wrong, component, form.raw("contact")), "\n".join([*lines, text]).strip()
