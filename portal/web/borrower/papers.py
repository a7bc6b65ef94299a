"""Papers a borrower keeps: the agreement as it was signed, and the letters that a plan or a loan is paid up.

The signed bytes are the agreement. What only a print shows, as a check code or who signed where the bytes do not say
so, stands beside them.
"""

import hashlib
from typing import Any
from urllib.parse import urlencode

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from portal.domain.conduct.papers import in_groups
from portal.domain.contract.agreement import OfferKind
from portal.domain.ledger.reconciliation import differences
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.negotiation import State
from portal.reads.agreements import AgreementText, agreement_text
from portal.reads.cases import Case, NotFound
from portal.reads.papers import agreement_code, letter_code, paid_up_code, signer_of
from portal.reads.proposals import history
from portal.web import guard
from portal.web.agreements import read_signed
from portal.web.borrower.own import own_case, own_proposal
from portal.web.explained import position_on_page
from portal.web.render import page


class LetterWithdrawn(Refusal):
    says = N_(
        "This letter was withdrawn: a payment for the plan was taken back, and the plan is open again. The page of the "
        "plan says what is still to pay, and by when."
    )


class LetterWaits(Refusal):
    says = N_(
        "The lender's last statement names other figures for this loan than this page, so no letter can be written "
        "yet. Please call the lender and ask it to correct its statement."
    )


async def agreement(request: Request) -> Response:
    """What was signed, and whether the bytes that are kept are the ones whose hash is in the record."""
    found = await _agreement(request)
    proposal = await own_proposal(request, found.proposal)
    code = agreement_code(found.ref, found.hash, request.app.state.vault)
    now, genuine = position_on_page(request, proposal.case), _genuine(found)
    return page(request, "borrower/agreement", found=found, proposal=proposal, genuine=genuine, code=code, now=now)


async def agreement_file(request: Request) -> Response:
    """The signed bytes themselves, to keep: they open without a network and print well."""
    found = await _agreement(request)
    saved = {"content-disposition": f'attachment; filename="agreement-{found.ref}.html"'}
    return Response(found.text.encode(), media_type="text/html; charset=utf-8", headers=saved)


async def agreement_print(request: Request) -> Response:
    """The signed text to print. Signed before the text named people, it has their names beside it."""
    found = await _agreement(request)
    if not _genuine(found):
        return await agreement(request)
    proposal = await own_proposal(request, found.proposal)
    values: dict[str, Any] = {
        "found": found,
        "signed": read_signed(found.text),
        **_sealed(request, found.ref, agreement_code(found.ref, found.hash, request.app.state.vault)),
    }
    return page(request, "borrower/agreement_print", **values, **await _parties(request, proposal.case))


async def letter(request: Request) -> Response:
    """The letter of a completed plan; the address of one that was withdrawn says so."""
    proposal = await own_proposal(request)
    now = position_on_page(request, proposal.case)
    found = now.progress_of(proposal.ref)
    if found is None or proposal.kind is OfferKind.PAUSE:
        raise NotFound(proposal.ref)
    if proposal.state is not State.COMPLETED or found.ended_on is None:
        told = await history(proposal.ref, request.app.state.vault)
        raise LetterWithdrawn if any(each.type == "plan.completed" for each in told) else NotFound(proposal.ref)
    code = await letter_code(proposal, found.ended_on, request.app.state.vault)
    values = {"proposal": proposal, "found": found, "now": now, **_sealed(request, proposal.ref, code)}
    return page(request, "borrower/letter", **values, **await _parties(request, proposal.case))


async def paid_up_letter(request: Request) -> Response:
    """That nothing is owed on a loan any more. Raises LetterWaits where the lender's statement says otherwise."""
    case = await own_case(request)
    now = position_on_page(request, case)
    if now.paid_up_on is None:
        raise NotFound(case.ref)
    if differences(now):
        raise LetterWaits
    code = paid_up_code(case.ref, now.paid_up_on, request.app.state.vault)
    values = {"now": now, **_sealed(request, case.ref, code)}
    return page(request, "borrower/paid_up_letter", **values, **await _parties(request, case))


def _sealed(request: Request, number: str, code: str) -> dict[str, Any]:
    """What stands at the end of a paper: its code, and a square that leads a phone to both, filled in."""
    typed = urlencode({"number": in_groups(number), "code": in_groups(code)})
    address = f"{request.app.state.settings.base_url}{request.app.url_path_for('check')}?{typed}"
    drawn = segno.make(address, error="m", micro=False)
    square = drawn.svg_inline(scale=3, border=4, light="#fff", svgclass="square", lineclass=None)
    return {"code": code, "square": Markup(square)}


async def _parties(request: Request, case: Case) -> dict[str, Any]:
    signer = await signer_of(case.id, guard.person(request).scope, request.app.state.vault)
    return {"case": case, "lender": case.lender, "signer": signer}


def _genuine(found: AgreementText) -> bool:
    return hashlib.sha256(found.text.encode()).hexdigest() == found.hash


async def _agreement(request: Request) -> AgreementText:
    return await agreement_text(request.path_params["ref"], guard.person(request).scope, request.app.state.vault)
