"""The borrower's offers: a new proposal, or another offer in one that was countered."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from tortoise.exceptions import IntegrityError

from portal.actions.authors import Author, FormToken, keep_text
from portal.actions.drafts import discard_draft
from portal.actions.holds import ask_hold
from portal.actions.journal import Journal, journal, loan_stream, once
from portal.actions.proposals.moves import add_offer, locked, make_move, quoted_facts
from portal.actions.proposals.outcomes import keep_decision
from portal.domain.event import Actor, BusinessTime
from portal.domain.restructuring.negotiation import Move, Party, ProposalOpen, State, transition
from portal.domain.restructuring.plan_codec import offer_facts
from portal.domain.restructuring.quote import Quote
from portal.reads.cases import Case
from portal.reads.decisions import is_promised
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from portal.tables.transaction import retried
from portal.vault import new_ref

_POLICY = Actor("system", "policy")


class ProposalPart(NamedTuple):
    """The offer for one loan, and the seq its figures were drawn at."""

    case: Case
    quote: Quote
    expected_version: int


async def submit(
    case: Case, person_id: int, quote: Quote, author: Author, guard: FormToken, moment: BusinessTime
) -> str:
    """A borrower's new proposal; answers its ref. Inside the policy it is accepted in the same transaction.

    Raises ProposalOpen, SomebodyWasFirst, KeyUsedOtherwise.
    """
    return await submit_together(
        [ProposalPart(case, quote, guard.expected_version)], person_id, author, guard.key, moment
    )


@retried
async def submit_together(
    parts: Sequence[ProposalPart], person_id: int, author: Author, key: str, moment: BusinessTime
) -> str:
    """New proposals for several loans of one lender, all of them or none; answers and raises as `submit` does.

    Each loan has its own proposal, since each has its own answer, agreement and books; `together` joins them.
    """
    async with journal(parts[0].case.lender.id, moment, key) as log:

        async def unit() -> str:
            together = new_ref() if len(parts) > 1 else ""
            first, *_ = [await _open(log, part, person_id, author, together) for part in parts]
            return first

        asked = [_asked(part.case, part.quote, author) for part in parts]
        return await once(f"person:{person_id}", key, asked[0] if len(asked) == 1 else {"together": asked}, unit)


async def _open(log: Journal, part: ProposalPart, person_id: int, author: Author, together: str) -> str:
    case, quote, expected_version = part
    if await tables.ProposalLineRow.exists(open_loan=case.id):
        raise ProposalOpen("proposal")
    await log.expect(loan_stream(case.id), expected_version)
    row = await _create(part, person_id, together, log.moment)
    note = await keep_text(row, author, case.id)
    await add_offer(row, Party.BORROWER, quote, note, log.moment.at)
    await _send(log, row, case, quote, author, note, expected_version)
    return row.ref


@retried
async def revise(proposal: ProposalCase, quote: Quote, author: Author, guard: FormToken, moment: BusinessTime) -> str:
    """The borrower answers a counter with another offer: version n+1. Answers and raises as `submit` does.

    A form clicked twice comes as `submit` the second time, when nothing is countered any more: both know its key.
    """
    async with journal(proposal.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, proposal, guard)
            transition(State(row.state), Party.BORROWER, Move.REVISE)
            row.version += 1
            note = await keep_text(row, author, proposal.case.id)
            await add_offer(row, Party.BORROWER, quote, note, moment.at)
            row.submitted_at = moment.at
            row.decide_by = _decide_by(quote, moment)
            await _send(log, row, proposal.case, quote, author, note, guard.expected_version, Move.REVISE)
            return row.ref

        return await once(f"person:{proposal.person_id}", guard.key, _asked(proposal.case, quote, author), unit)


def _asked(case: Case, quote: Quote, author: Author) -> dict[str, object]:
    return {"loan": case.id, "offer": offer_facts(quote.offer, case.loan.currency), "note": author.note}


async def _create(part: ProposalPart, person_id: int, together: str, moment: BusinessTime) -> tables.ProposalRow:
    case, quote, expected_version = part
    row = await tables.ProposalRow.create(
        ref=new_ref(),
        lender_id=case.lender.id,
        person_id=person_id,
        kind=quote.offer.kind.value,
        together=together,
        state=State.SUBMITTED.value,
        submitted_at=moment.at,
        decide_by=_decide_by(quote, moment),
    )
    try:
        await tables.ProposalLineRow.create(
            proposal_id=row.id, loan_id=case.id, seen=expected_version, open_loan=case.id
        )
    except IntegrityError as error:
        raise ProposalOpen("proposal") from error
    return row


def _decide_by(quote: Quote, moment: BusinessTime) -> date:
    return quote.policy.decide_by(moment.today)


async def _send(
    log: Journal,
    row: tables.ProposalRow,
    case: Case,
    quote: Quote,
    author: Author,
    note: Mapping[str, str] | None,
    expected_version: int,
    move: Move = Move.SUBMIT,
) -> None:
    """The borrower's offer reaches the lender; the policy takes it at once where it may."""
    start = State.DRAFT if move is Move.SUBMIT else State(row.state)
    facts = {
        **quoted_facts(quote),
        "note": note,
        "decide_by": row.decide_by.isoformat() if row.decide_by else None,
        "hold_requested": True,
        "together": row.together or None,
    }
    row.state = start.value
    await make_move(log, row, case, (Party.BORROWER, move), author.actor, facts, expected_version)
    await discard_draft(case.id, row.person_id)  # type: ignore[attr-defined]
    expected_version = await ask_hold(log, case, "proposal", row.ref, author.actor)
    if quote.accepted_at_once or await is_promised(case, quote.offer, log.moment.today):
        row.expires_on, row.decide_by = quote.valid_until, None
        taken = {**quoted_facts(quote), "policy_version": quote.policy.version}
        await keep_decision(log, row, case, (Party.POLICY, "accept"), _POLICY, quote.policy, quote)
        await make_move(log, row, case, (Party.POLICY, Move.ACCEPT), _POLICY, taken, expected_version)
