"""What a lender's system reads of proposals: the list, and each with what is on the table and what may be answered."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals.moves import nearest_facts, shown_facts
from portal.domain.ledger.position import Position, position
from portal.domain.money import format_amount
from portal.domain.restructuring.best_acceptable import nearest_yes, promise_mark
from portal.domain.restructuring.negotiation import STATES_TO_ANSWER, State
from portal.domain.restructuring.quote import Quote
from portal.domain.restructuring.quote_facts import break_facts
from portal.reads.approvals import WAIVER, waiting_approval
from portal.reads.judged import broken_rules
from portal.reads.listed import ListedProposal, list_proposals
from portal.reads.proposals import HistoryEntry, OfferMade, ProposalCase, desk_proposal, history, sent_together
from portal.web.api.lists import day_text, list_answer, list_asked, time_text
from portal.web.api.requests import api_answer, api_time, choice_parameter, lender_of_key, note_text_read, to_json

PROPOSAL_STATES = tuple(each.value for each in State)


async def get_proposals(request: Request) -> Response:
    state = choice_parameter(request, "state", PROPOSAL_STATES)
    found = await list_proposals(list_asked(request), state, request.query_params.get("loan_no", ""))
    return list_answer("proposals", found, _listed)


async def get_proposal(request: Request) -> Response:
    """With what people wrote in it: that this was read is written down, as at the desk."""
    proposal = await desk_proposal(request.path_params["ref"], lender_of_key(request).id)
    now = position(proposal.case.loan, api_time(request).today)
    told = await history(proposal.ref, request.app.state.vault)
    if any(each.note for each in told):
        note_text_read(request, proposal.case.ref)
    waits = await waiting_approval(WAIVER, proposal.ref, now.as_of)
    return api_answer(
        to_json(
            {
                **_head(proposal),
                "offers": [_made(each) for each in proposal.offers],
                "breaks": [break_facts(each) for each in await broken_rules(proposal, now)],
                **await _nearest(proposal, now),
                "waits_for_second": waits and {"proposed_by": waits.proposed_by, "until": waits.until.isoformat()},
                "sent_together": [
                    {"proposal": each.ref, "loan_no": each.loan_no} for each in await sent_together(proposal)
                ],
                "history": [_entry(each) for each in told],
            }
        )
    )


def nearest_of(proposal: ProposalCase, now: Position) -> Quote | None:
    """What the policy would take at once; drawing up one plan after another may take a second."""
    return nearest_yes(now, proposal.on_the_table.offer, proposal.policy)


def _listed(row: ListedProposal) -> dict[str, Any]:
    return {
        "proposal": row.ref,
        "loan_no": row.loan_no,
        "kind": row.kind.value,
        "state": row.state.value,
        "version": row.version,
        "submitted_at": time_text(row.submitted_at),
        "decide_by": day_text(row.decide_by),
        "expires_on": day_text(row.expires_on),
        "rule": row.rule or None,
    }


def _head(proposal: ProposalCase) -> dict[str, Any]:
    case, table = proposal.case, proposal.on_the_table
    return {
        "proposal": proposal.ref,
        "loan_no": case.loan.loan_no,
        "kind": proposal.kind.value,
        "covers": table.offer.covers.value,
        "state": proposal.state.value,
        "version": proposal.version,
        "expected_version": case.seq,
        "lines": [{"loan_no": case.loan.loan_no, "expected_version": case.seq}],
        "submitted_at": time_text(proposal.submitted_at),
        "decide_by": day_text(proposal.decide_by),
        "expires_on": day_text(proposal.expires_on),
        "assignee": proposal.assignee or None,
        "policy_version": proposal.policy.version,
        "agreement": proposal.agreement,
    }


def _made(made: OfferMade) -> dict[str, Any]:
    return {
        "version": made.version,
        "party": made.party.value,
        "made_at": time_text(made.made_at),
        "policy_version": made.policy_version,
        **shown_facts(made),
        "total": format_amount(made.plan.total, made.plan.currency),
        "last_due_on": made.plan.last_due_on.isoformat(),
    }


async def _nearest(proposal: ProposalCase, now: Position) -> dict[str, Any]:
    """`nearest` is what a decline names: the mark of what it promises."""
    if proposal.state not in STATES_TO_ANSWER:
        return {"nearest": None, "nearest_yes": None}
    found = await run_in_threadpool(nearest_of, proposal, now)
    return {"nearest": promise_mark(found), "nearest_yes": nearest_facts(found) if found else None}


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "type": entry.type,
        "at": time_text(entry.at),
        "actor": {"kind": entry.actor_kind, "ref": entry.actor_ref},
        "version": entry.version or None,
        "note": entry.note or None,
    }
