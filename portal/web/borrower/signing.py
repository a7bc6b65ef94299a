"""Signing: what it costs is there to be read for a while, three questions explain, and the exact bytes are kept."""

import hashlib
import hmac
import re
import secrets

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.proposals import agree
from portal.domain.conduct.understanding import QUESTIONS, misunderstood
from portal.domain.contract.calendar import LocalTime
from portal.domain.ledger.position import position
from portal.domain.ledger.reconciliation import BooksDiffer
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.comparison import fullest_month
from portal.domain.restructuring.negotiation import Move, MoveNotPossible, Party, State, moves
from portal.domain.restructuring.offer import OfferKind
from portal.reads.cases import NotFound, acts_from
from portal.reads.numbers import waits
from portal.reads.plans import live_plan
from portal.reads.proposals import AgreementText, ProposalCase, agreement_text
from portal.web import guard
from portal.web.agreements import paper, terms_text
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
    says = N_("What stands here has changed since you opened the page. Please read it again; nothing was signed.")


async def sign(request: Request) -> Response:
    """GET shows all of it; POST signs exactly what was shown, once it was there long enough to be read.

    Whoever a later file added to the loan reads it, and signs once the others have had time to object.
    """
    held = await own_proposal(request)
    if Move.SIGN not in moves(held.state, Party.BORROWER):
        if request.method in SAFE or held.agreement:
            return see_other(request, "proposal", ref=held.ref)
        raise MoveNotPossible(state=held.state.value, move=Move.SIGN.value)
    if not guard.is_proven(guard.person(request), held.case.lender.id):
        return guard.to_proof(request, request.app.url_path_for("sign", ref=held.ref))
    later = await acts_from(held.case, guard.person(request).scope)
    if later is not None and waits(later, guard.now()):
        told = SignsLater("shown", time=LocalTime(later, held.case.lender.timezone))
        return _page(request, held, Form({}), status=200 if request.method in SAFE else 422, told=told)
    return _page(request, held, Form({})) if request.method in SAFE else await _try(request, held)


async def _try(request: Request, held: ProposalCase) -> Response:
    """A wrong answer is explained once; what is not ticked or not read yet is said."""
    form = Form(dict(guard.form(request)))
    given = {each.code: form.raw(f"q_{each.code}") for each in QUESTIONS}
    for name in ("limitation", "confirmed"):
        if form.raw(name) != "1":
            form.refuse(name, NotConfirmed(name))
    try:
        read_seconds = _read_for(request, held, form.raw("shown"))
        if not form or (misunderstood(given) and form.raw("explained") != "1"):
            return _page(request, held, form, given, status=200 if form else 422)
        return await _sign(request, held, form, read_seconds)
    except (ReadFirst, ChangedSince, BooksDiffer, MoveNotPossible, *CONFLICTS) as refusal:
        status = 409 if isinstance(refusal, ChangedSince) else status_of(refusal)
        return _page(request, await own_proposal(request), form, given, status=status, told=refusal)


async def agreement(request: Request) -> Response:
    """What was signed, and whether the bytes that are kept are the ones whose hash is in the record."""
    found = await _agreement(request)
    held = await own_proposal(request, found.proposal)
    genuine = hashlib.sha256(found.text.encode()).hexdigest() == found.hash
    return page(request, "borrower/agreement", found=found, held=held, genuine=genuine)


async def agreement_file(request: Request) -> Response:
    """The signed bytes themselves, to keep: they open without a network and print well."""
    found = await _agreement(request)
    return _to_keep(found.text, f"agreement-{found.ref}")


async def letter(request: Request) -> Response:
    """The settlement letter of a completed plan, to keep."""
    held = await own_proposal(request)
    plan = await live_plan(held)
    found = plan.life(guard.today(request, held.case.lender.timezone))
    if held.state is not State.COMPLETED or held.kind is OfferKind.PAUSE or found.ended_on is None:
        raise NotFound(held.ref)
    text = render_document(page_language(request).tag, "settlement", held=held, plan=plan.plan, life=found)
    return _to_keep(text, f"letter-{held.ref}")


async def _agreement(request: Request) -> AgreementText:
    return await agreement_text(request.path_params["ref"], guard.person(request).scope, request.app.state.vault)


def _to_keep(text: str, name: str) -> Response:
    """A file of its own, saved and not shown."""
    saved = {"content-disposition": f'attachment; filename="{name}.html"'}
    return Response(text.encode(), media_type="text/html; charset=utf-8", headers=saved)


async def _sign(request: Request, held: ProposalCase, form: Form, read_seconds: int) -> Response:
    moment = guard.business_time(request, held.case.lender.timezone)
    tag, borrower = page_language(request).tag, guard.person(request).ref
    signed = paper(held, tag, borrower, address(request), moment, read_seconds)
    ref = await agree(held, signed, guard.author(request), form.guard(), moment)
    return RedirectResponse(request.app.url_path_for("agreement", ref=ref), status_code=303)


def _page(
    request: Request,
    held: ProposalCase,
    form: Form,
    given: dict[str, str] | None = None,
    status: int = 200,
    told: Refusal | None = None,
) -> Response:
    wrong = misunderstood(given) if given is not None else ()
    table = held.on_the_table
    now = position(held.case.loan, guard.today(request, held.case.lender.timezone))
    again = form.raw("shown") if not isinstance(told, ChangedSince) else ""
    return page(
        request,
        "borrower/sign",
        status=status,
        told=told,
        held=held,
        plan=table.plan,
        month=fullest_month(now, table.plan, table.offer.covers),
        questions=QUESTIONS,
        given=given or {},
        wrong=[each.code for each in wrong],
        explained=given is not None,
        values=form.values,
        errors=form.errors,
        key=form.raw("key") or secrets.token_urlsafe(16),
        shown=again or _shown(request, held),
        reading_seconds=held.policy.reading_seconds,
    )


def _shown(request: Request, held: ProposalCase) -> str:
    """When this page was opened and what stood on it, so that neither can be made up."""
    opened = int(guard.now().timestamp())
    return f"{opened}.{_mac(request, held, opened)}"


def _read_for(request: Request, held: ProposalCase, shown: str) -> int:
    """Seconds that it was there to be read. Raises ChangedSince, ReadFirst."""
    opened, _, mac = shown.partition(".")
    if not re.fullmatch(r"[0-9]{1,12}", opened):
        raise ChangedSince("shown")
    if not hmac.compare_digest(mac.encode(), _mac(request, held, int(opened)).encode()):
        raise ChangedSince("shown")
    seconds = int(guard.now().timestamp()) - int(opened)
    if seconds < held.policy.reading_seconds:
        raise ReadFirst("shown", seconds=held.policy.reading_seconds - seconds)
    return seconds


def _mac(request: Request, held: ProposalCase, opened: int) -> str:
    terms = terms_text(held, page_language(request).tag)
    said = "\0".join(("sign", guard.person(request).ref, held.ref, str(held.version), str(opened), terms))
    secret: str = request.app.state.settings.secret
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()
