"""Signing: what it costs is there to be read for a while, three questions explain, and the exact bytes are kept."""

import hashlib
import hmac
import re
import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.act import Acting
from portal.actions.proposals import agree
from portal.domain.conduct.understanding import QUESTIONS, misunderstood
from portal.domain.contract.calendar import LocalTime
from portal.domain.ledger.position import position
from portal.domain.ledger.reconciliation import BooksDiffer
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.comparison import fullest_month
from portal.domain.restructuring.negotiation import Move, MoveNotPossible, Party, State, moves
from portal.domain.restructuring.offer import OfferKind
from portal.reads.agreements import AgreementText, agreement_text
from portal.reads.cases import NotFound, acts_from
from portal.reads.numbers import waits
from portal.reads.plans import live_plan
from portal.reads.proposals import ProposalCase
from portal.web import guard
from portal.web.agreements import agreement_document, terms_text
from portal.web.borrower.own import own_proposal
from portal.web.error_pages import CONFLICTS, status_of
from portal.web.forms import Form
from portal.web.network import address
from portal.web.render import page, page_language, render_document, see_other
from portal.web.urls import SAFE


class NotConfirmed(Refusal):
    says = N_("Please tick this first.")


class ReadFirst(Refusal):
    says = N_("Please read it in peace first: it can be signed in {seconds} seconds.")


class SignsLater(Refusal):
    says = N_(
        "You were added to this loan lately, and whoever was on record was told of it. You can sign for it from "
        "{time}; nothing was signed."
    )


class ChangedSince(Refusal):
    says = N_("What is here has changed since you opened the page. Please read it again; nothing was signed.")


async def sign(request: Request) -> Response:
    """GET shows all of it; POST signs exactly what was shown, once it was there long enough to be read.

    Whoever a later file added to the loan reads it, and signs once the others have had time to object.
    """
    proposal = await own_proposal(request)
    if Move.SIGN not in moves(proposal.state, Party.BORROWER):
        if request.method in SAFE or proposal.agreement:
            return see_other(request, "proposal", ref=proposal.ref)
        raise MoveNotPossible(state=proposal.state.value, move=Move.SIGN.value)
    if not guard.is_proven(guard.person(request), proposal.case.lender.id):
        return guard.to_proof(request, request.app.url_path_for("sign", ref=proposal.ref))
    later = await acts_from(proposal.case, guard.person(request).scope)
    if later is not None and waits(later, guard.now()):
        error = SignsLater("shown", time=LocalTime(later, proposal.case.lender.timezone))
        return _page(request, proposal, Form({}), status=200 if request.method in SAFE else 422, error=error)
    return _page(request, proposal, Form({})) if request.method in SAFE else await _try(request, proposal)


async def _try(request: Request, proposal: ProposalCase) -> Response:
    """A wrong answer is explained once; what is not ticked or not read yet is said."""
    form = Form(dict(guard.form(request)))
    given = {each.code: form.raw(f"q_{each.code}") for each in QUESTIONS}
    for name in ("limitation", "confirmed"):
        if form.raw(name) != "1":
            form.refuse(name, NotConfirmed(name))
    try:
        read_seconds = _read_for(request, proposal, form.raw("shown"))
        if not form or (misunderstood(given) and form.raw("explained") != "1"):
            return _page(request, proposal, form, given, status=200 if form else 422)
        return await _sign(request, proposal, form, read_seconds)
    except (ReadFirst, ChangedSince, BooksDiffer, MoveNotPossible, *CONFLICTS) as refusal:
        status = 409 if isinstance(refusal, ChangedSince) else status_of(refusal)
        return _page(request, await own_proposal(request), form, given, status=status, error=refusal)


async def agreement(request: Request) -> Response:
    """What was signed, and whether the bytes that are kept are the ones whose hash is in the record."""
    found = await _agreement(request)
    proposal = await own_proposal(request, found.proposal)
    genuine = hashlib.sha256(found.text.encode()).hexdigest() == found.hash
    return page(request, "borrower/agreement", found=found, proposal=proposal, genuine=genuine)


async def agreement_file(request: Request) -> Response:
    """The signed bytes themselves, to keep: they open without a network and print well."""
    found = await _agreement(request)
    return _to_keep(found.text, f"agreement-{found.ref}")


async def letter(request: Request) -> Response:
    """The settlement letter of a completed plan, to keep."""
    proposal = await own_proposal(request)
    plan = await live_plan(proposal)
    found = plan.progress(guard.today(request, proposal.case.lender.timezone))
    if proposal.state is not State.COMPLETED or proposal.kind is OfferKind.PAUSE or found.ended_on is None:
        raise NotFound(proposal.ref)
    text = render_document(
        page_language(request).tag, "settlement", proposal=proposal, plan=plan.plan, plan_progress=found
    )
    return _to_keep(text, f"letter-{proposal.ref}")


async def _agreement(request: Request) -> AgreementText:
    return await agreement_text(request.path_params["ref"], guard.person(request).scope, request.app.state.vault)


def _to_keep(text: str, name: str) -> Response:
    """A file of its own, saved and not shown."""
    saved = {"content-disposition": f'attachment; filename="{name}.html"'}
    return Response(text.encode(), media_type="text/html; charset=utf-8", headers=saved)


async def _sign(request: Request, proposal: ProposalCase, form: Form, read_seconds: int) -> Response:
    moment = guard.business_time(request, proposal.case.lender.timezone)
    tag, borrower = page_language(request).tag, guard.person(request).ref
    signed = agreement_document(proposal, tag, borrower, address(request), moment, read_seconds)
    ref = await agree(Acting(guard.author(request), form.guard(), moment), proposal, signed=signed)
    return RedirectResponse(request.app.url_path_for("agreement", ref=ref), status_code=303)


def _page(
    request: Request,
    proposal: ProposalCase,
    form: Form,
    given: dict[str, str] | None = None,
    status: int = 200,
    error: Refusal | None = None,
) -> Response:
    wrong = misunderstood(given) if given is not None else ()
    table = proposal.on_the_table
    now = position(proposal.case.loan, guard.today(request, proposal.case.lender.timezone))
    again = form.raw("shown") if not isinstance(error, ChangedSince) else ""
    return page(
        request,
        "borrower/sign",
        status=status,
        error=error,
        proposal=proposal,
        plan=table.plan,
        month=fullest_month(now, table.plan, table.offer.covers),
        questions=QUESTIONS,
        given=given or {},
        wrong=[each.code for each in wrong],
        explained=given is not None,
        values=form.values,
        errors=form.errors,
        key=form.raw("key") or secrets.token_urlsafe(16),
        shown=again or _shown(request, proposal),
        reading_seconds=proposal.policy.reading_seconds,
    )


def _shown(request: Request, proposal: ProposalCase) -> str:
    """When this page was opened and what stood on it, so that neither can be made up."""
    opened = int(guard.now().timestamp())
    return f"{opened}.{_mac(request, proposal, opened)}"


def _read_for(request: Request, proposal: ProposalCase, shown: str) -> int:
    """Seconds that it was there to be read. Raises ChangedSince, ReadFirst."""
    opened, _, mac = shown.partition(".")
    if not re.fullmatch(r"[0-9]{1,12}", opened):
        raise ChangedSince("shown")
    if not hmac.compare_digest(mac.encode(), _mac(request, proposal, int(opened)).encode()):
        raise ChangedSince("shown")
    seconds = int(guard.now().timestamp()) - int(opened)
    if seconds < proposal.policy.reading_seconds:
        raise ReadFirst("shown", seconds=proposal.policy.reading_seconds - seconds)
    return seconds


def _mac(request: Request, proposal: ProposalCase, opened: int) -> str:
    terms = terms_text(proposal, page_language(request).tag)
    text = "\0".join(("sign", guard.person(request).ref, proposal.ref, str(proposal.version), str(opened), terms))
    secret: str = request.app.state.settings.secret
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
