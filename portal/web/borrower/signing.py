"""Signing: what it costs is there to be read for a while, three questions explain, and the exact bytes are kept."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import agree
from portal.domain.conduct.understanding import Question, misunderstood, questions_on
from portal.domain.contract.calendar import LocalTime
from portal.domain.ledger.reconciliation import BooksDiffer
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.comparison import fullest_month
from portal.domain.restructuring.negotiation import Move, MoveNotPossible, Party, moves
from portal.reads.cases import acts_from
from portal.reads.numbers import waits
from portal.reads.papers import Signer, signer_of
from portal.reads.proposals import ProposalCase
from portal.web import guard
from portal.web.agreements import agreement_document, terms_text
from portal.web.borrower.own import own_proposal
from portal.web.changing import FormPage
from portal.web.error_pages import error_page
from portal.web.explained import position_on_page
from portal.web.forms import Form, StalePage
from portal.web.network import address
from portal.web.render import page_language, see_other
from portal.web.urls import SAFE


class NotConfirmed(Refusal):
    says = N_("Please tick this first.")


class ReadFirst(Refusal):
    says = N_("Please take your time to read it first: it can be signed in {seconds} seconds.")


class SignsLater(Refusal):
    says = N_(
        "You were added to this loan lately, and whoever was on record was told of it. You can sign for it from "
        "{time}; nothing was signed."
    )


class ChangedSince(StalePage):
    says = N_("What is here has changed since you opened the page. Please read it again; nothing was signed.")


async def _values(request: Request, proposal: ProposalCase, form: Form) -> Mapping[str, Any]:
    """Once it was tried, wrong answers are explained; a page that is still right keeps the time it was opened."""
    table, questions = proposal.on_the_table, _questions(proposal)
    given = _given(form, questions)
    now = position_on_page(request, proposal.case)
    shown, tried = form.raw("shown"), bool(form.values)
    values = {
        "proposal": proposal,
        "signer": await _signer(request, proposal),
        "plan": table.plan,
        "month": fullest_month(now, table.plan, table.offer.covers),
        "questions": questions,
        "given": given,
        "wrong": [each.code for each in misunderstood(given, questions)] if tried else [],
        "explained": tried,
        "shown": shown if _opened(request, proposal, shown) else _shown(request, proposal),
        "reading_seconds": proposal.policy.reading_seconds,
    }
    return {**values, "key": form.raw("key")} if form.raw("key") else values


_SIGN = FormPage("borrower/sign", own_proposal, _values)


async def sign(request: Request) -> Response:
    """GET shows all of it; POST signs exactly what was shown, once it was there long enough to be read."""
    if request.method not in SAFE:
        return await _sign(request)
    proposal = await own_proposal(request)
    return await _not_now(request, proposal) or await _SIGN.show(request, proposal, Form({}))


@_SIGN.post(ReadFirst, BooksDiffer, MoveNotPossible)
async def _sign(request: Request, proposal: ProposalCase, form: Form) -> Response:
    """A wrong answer is explained once; what is not ticked or not read yet is said."""
    if (other := await _not_now(request, proposal)) is not None:
        return other
    for name in ("limitation", "confirmed"):
        if not form.ticked(name):
            form.refuse(name, NotConfirmed(name))
    read_seconds = _read_for(request, proposal, form.raw("shown"))
    form.check()
    questions = _questions(proposal)
    if misunderstood(_given(form, questions), questions) and not form.ticked("explained"):
        return await _SIGN.show(request, proposal, form)
    acting = guard.acting(request, proposal.case.lender.timezone, form.token())
    signer, tag = await _signer(request, proposal), page_language(request).tag
    signed = agreement_document(proposal, tag, signer, address(request), acting.moment, read_seconds)
    ref = await agree(acting, proposal, signed=signed)
    return see_other(request, "agreement", ref=ref)


async def _not_now(request: Request, proposal: ProposalCase) -> Response | None:
    """Where nothing can be signed: the way on, or why.

    Whoever a later file added to the loan reads it, and signs once the others have had time to object.
    """
    if Move.SIGN not in moves(proposal.state, Party.BORROWER):
        if request.method in SAFE or proposal.agreement:
            return see_other(request, "proposal", ref=proposal.ref)
        return error_page(request, 422, MoveNotPossible(state=proposal.state.value, move=Move.SIGN.value))
    if not guard.is_proven(guard.person(request), proposal.case.lender.id):
        return guard.to_proof(request, request.app.url_path_for("sign", ref=proposal.ref))
    later = await acts_from(proposal.case, guard.person(request).scope)
    if later is None or not waits(later, guard.now()):
        return None
    error = SignsLater("shown", time=LocalTime(later, proposal.case.lender.timezone))
    return await _SIGN.show(request, proposal, Form({}), 200 if request.method in SAFE else 422, error)


async def _signer(request: Request, proposal: ProposalCase) -> Signer:
    return await signer_of(proposal.case.id, guard.person(request).scope, request.app.state.vault)


def _questions(proposal: ProposalCase) -> tuple[Question, ...]:
    return questions_on(proposal.on_the_table.offer, proposal.on_the_table.plan)


def _given(form: Form, questions: Sequence[Question]) -> dict[str, str]:
    return {each.code: form.raw(f"q_{each.code}") for each in questions}


def _shown(request: Request, proposal: ProposalCase) -> str:
    """When this page was opened and what stood on it, so that neither can be made up."""
    opened = int(guard.now().timestamp())
    return f"{opened}.{_mac(request, proposal, opened)}"


def _opened(request: Request, proposal: ProposalCase, shown: str) -> int | None:
    """When it was opened, in seconds; None where what stands here is not what was shown."""
    opened, _, mac = shown.partition(".")
    if not re.fullmatch(r"[0-9]{1,12}", opened):
        return None
    genuine = hmac.compare_digest(mac.encode(), _mac(request, proposal, int(opened)).encode())
    return int(opened) if genuine else None


def _read_for(request: Request, proposal: ProposalCase, shown: str) -> int:
    """Seconds that it was there to be read. Raises ChangedSince, ReadFirst."""
    opened = _opened(request, proposal, shown)
    if opened is None:
        raise ChangedSince("shown")
    seconds = int(guard.now().timestamp()) - opened
    if seconds < proposal.policy.reading_seconds:
        raise ReadFirst("shown", seconds=proposal.policy.reading_seconds - seconds)
    return seconds


def _mac(request: Request, proposal: ProposalCase, opened: int) -> str:
    terms = terms_text(proposal, page_language(request).tag)
    text = "\0".join(("sign", guard.person(request).ref, proposal.ref, str(proposal.version), str(opened), terms))
    secret: str = request.app.state.settings.secret
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
