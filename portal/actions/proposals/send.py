"""The borrower's offers: a new proposal, or another offer in one that was countered."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from portal.actions.act import Act, Acting, change_unchecked
from portal.actions.approvals import lapse
from portal.actions.drafts import discard_draft
from portal.actions.holds import ask_hold
from portal.actions.journal import loan_stream
from portal.actions.proposals.income import keep_income
from portal.actions.proposals.moves import add_offer, make_move, new_proposal, own_row, quoted_facts
from portal.actions.proposals.outcomes import keep_decision
from portal.domain.event import Actor
from portal.domain.restructuring.affordability import Budget
from portal.domain.restructuring.negotiation import Move, Party, ProposalOpen, State, transition
from portal.domain.restructuring.quote import Quote
from portal.reads.approvals import WAIVER
from portal.reads.cases import Case, LenderFacts
from portal.reads.decisions import is_promised
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from portal.vault import new_ref

_POLICY = Actor("system", "policy")


class ProposalPart(NamedTuple):
    """The offer for one loan, and the seq its figures were drawn at."""

    case: Case
    quote: Quote
    expected_version: int


@change_unchecked
async def submit(
    act: Act,
    case: Case,
    person_id: int,
    quote: Quote,
    *,
    answers: ProposalCase | None = None,
    told: Budget | None = None,
) -> str:
    """A borrower's new proposal, or another offer in the one that was countered; answers its ref. Inside the policy it
    is accepted in the same transaction. What is `told` of income the lender sees with it.

    A form clicked twice comes as a new proposal the second time, when nothing is countered any more: both are this act.
    Raises ProposalOpen, MoveNotPossible, SomebodyWasFirst, KeyUsedOtherwise.
    """
    if answers is None:
        return await _open(act, ProposalPart(case, quote, act.acting.token.expected_version), person_id, told=told)
    await act.check_version(case)
    return await _revise(act, case, answers, quote, told)


async def revise(acting: Acting, proposal: ProposalCase, quote: Quote, *, told: Budget | None = None) -> str:
    """The borrower answers a counter with another offer: version n+1. Answers and raises as `submit` does."""
    return await submit(acting, proposal.case, proposal.person_id, quote, answers=proposal, told=told)


@change_unchecked
async def submit_together(
    act: Act, lender: LenderFacts, person_id: int, parts: Sequence[ProposalPart], *, told: Budget | None = None
) -> str:
    """New proposals for several loans of one lender, all of them or none; answers and raises as `submit` does.

    Each loan has its own proposal, since each has its own answer, agreement and books; `together` joins them.
    """
    together = new_ref() if len(parts) > 1 else ""
    first, *_ = [await _open(act, part, person_id, together, told) for part in parts]
    return first


async def _open(act: Act, part: ProposalPart, person_id: int, together: str = "", told: Budget | None = None) -> str:
    case, quote, expected_version = part
    if await tables.ProposalLineRow.exists(open_loan=case.id):
        raise ProposalOpen("proposal")
    await act.log.expect(loan_stream(case.id), expected_version)
    await lapse(act.log, WAIVER, case.ref, act.actor)
    sent = {"together": together, "state": State.SUBMITTED.value, "decide_by": quote.policy.decide_by(act.today)}
    row = await new_proposal(case, person_id, quote, act.acting.moment, expected_version, **sent)
    note = await act.keep_note(person_id, case.id)
    await add_offer(act, row, Party.BORROWER, quote, note)
    seen = await keep_income(act, row, told, quote.plan.currency)
    await _send(act, row, case, quote, {"note": note, **seen}, Move.SUBMIT)
    return row.ref


async def _revise(act: Act, case: Case, proposal: ProposalCase, quote: Quote, told: Budget | None) -> str:
    row = await own_row(proposal)
    transition(State(row.state), Party.BORROWER, Move.REVISE)
    row.version += 1
    note = await act.keep_note(proposal.person_id, case.id)
    await add_offer(act, row, Party.BORROWER, quote, note)
    row.submitted_at = act.at
    row.decide_by = quote.policy.decide_by(act.today)
    seen = await keep_income(act, row, told, quote.plan.currency)
    await _send(act, row, case, quote, {"note": note, **seen}, Move.REVISE)
    return row.ref


async def _send(
    act: Act, row: tables.ProposalRow, case: Case, quote: Quote, beside: Mapping[str, object], move: Move
) -> None:
    """The borrower's offer reaches the lender, with what goes beside it; the policy takes it at once where it may.

    A hold is asked for meanwhile, but not where nothing is overdue and nothing is waited for.
    """
    start = State.DRAFT if move is Move.SUBMIT else State(row.state)
    at_once = quote.accepted_at_once or await is_promised(case, quote.offer, act.today)
    holds = bool(quote.position.overdue.total) or not at_once
    facts = {
        **quoted_facts(quote),
        **beside,
        "decide_by": row.decide_by.isoformat() if row.decide_by else None,
        "hold_requested": holds,
        "together": row.together or None,
    }
    row.state = start.value
    await make_move(act.log, row, case, (Party.BORROWER, move), act.actor, facts)
    await discard_draft(case.id, row.person_id)  # type: ignore[attr-defined]
    if holds:
        await ask_hold(act.log, case, "proposal", row.ref, act.actor)
    if at_once:
        row.expires_on, row.decide_by = quote.valid_until, None
        taken = {**quoted_facts(quote), "policy_version": quote.policy.version}
        await keep_decision(act.log, row, case, (Party.POLICY, "accept"), _POLICY, quote.policy, quote)
        await make_move(act.log, row, case, (Party.POLICY, Move.ACCEPT), _POLICY, taken)
