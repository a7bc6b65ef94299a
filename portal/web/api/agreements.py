"""What was signed, as a lender's system reads it: the list, its figures and rules, and the exact bytes."""

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.access import note_access
from portal.actions.proposals.moves import shown_facts
from portal.domain.conduct.access_log import DOCUMENT_TAKEN
from portal.domain.money import format_amount
from portal.domain.restructuring.negotiation import State
from portal.domain.restructuring.plan_codec import plan_facts
from portal.reads.agreements import lenders_agreement_text, signed_agreement
from portal.reads.listed import BOOKINGS, TO_BOOK, ListedAgreement, list_agreements
from portal.reads.loan_beside import bookings_of
from portal.reads.proposals import proposal_of_agreement
from portal.web import guard
from portal.web.api.lists import day_text, list_answer, list_asked, time_text
from portal.web.api.problem_details import ProblemDetails
from portal.web.api.requests import api_answer, choice_parameter, lender_of_key, to_json, used_key

HASH_HEADER = "document-sha256"


async def get_agreements(request: Request) -> Response:
    found = await list_agreements(list_asked(request), choice_parameter(request, "state", BOOKINGS))
    return list_answer("agreements", found, _listed)


async def get_agreement(request: Request) -> Response:
    """Without names: these stand in the document alone."""
    ref, lender = request.path_params["ref"], lender_of_key(request)
    found, proposal = await signed_agreement(ref, lender.id), await proposal_of_agreement(ref, lender.id)
    plan, currency, said = found.plan, found.plan.currency, (await bookings_of(proposal.case)).get(found.ref)
    waits = TO_BOOK if proposal.state is State.AGREED and proposal.agreement == found.ref else None
    facts: dict[str, Any] = {
        "agreement": found.ref,
        "proposal": found.proposal,
        "loan_no": proposal.case.loan.loan_no,
        "state": proposal.state.value,
        "kind": found.offer.kind.value,
        "covers": found.offer.covers.value,
        "version": found.version,
        "document_hash": found.hash,
        "signed_at": time_text(found.signed_at),
        "signed_on": day_text(found.signed_on),
        "booking_state": said["outcome"] if said else waits,
        "booking": said,
        "rules": found.rules,
        **shown_facts(found),
        "taken_in": plan_facts(plan).get("dues", []),
        "total": format_amount(plan.total, currency),
        "last_due_on": plan.last_due_on.isoformat(),
    }
    return api_answer(to_json(facts))


async def get_document(request: Request) -> Response:
    """The bytes whose hash `agreement.signed` tells; who took them is written down before they are given."""
    ref, lender, vault = request.path_params["ref"], lender_of_key(request), request.app.state.vault
    found = await lenders_agreement_text(ref, lender.id, vault)
    loan_ref = (await proposal_of_agreement(ref, lender.id)).case.ref
    who, subject = ("key", used_key(request).ref), f"loan:{loan_ref}"
    await note_access(who, DOCUMENT_TAKEN, guard.now(), subject=subject, detail=ref, lender_id=lender.id)
    body = found.text.encode()
    if hashlib.sha256(body).hexdigest() != found.hash:
        raise ProblemDetails(
            500, "altered", "What is kept of this agreement is not what was signed; tell the operator."
        )
    return Response(body, media_type="text/html; charset=utf-8", headers={HASH_HEADER: found.hash})


def _listed(row: ListedAgreement) -> dict[str, Any]:
    return {
        "agreement": row.ref,
        "proposal": row.proposal,
        "loan_no": row.loan_no,
        "version": row.version,
        "state": row.proposal_state.value,
        "booking_state": row.booking or None,
        "document_hash": row.hash,
        "signed_at": time_text(row.signed_at),
        "signed_on": day_text(row.signed_on),
    }
