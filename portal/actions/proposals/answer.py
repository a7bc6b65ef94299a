"""The lender's answers, the borrower's acceptance, and the moves that carry nothing but a note."""

from datetime import timedelta

from portal.actions.act import Act, change
from portal.actions.holds import ask_hold, limit_holds
from portal.actions.proposals.moves import (
    add_offer,
    check_second,
    make_move,
    nearest_facts,
    own_row,
    quoted_facts,
    shown_facts,
    still_stands,
    take_up,
)
from portal.actions.proposals.outcomes import keep_decision, keep_promise
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import Move, Party, State, transition
from portal.domain.restructuring.never_worse import check_never_worse
from portal.domain.restructuring.plan_codec import offer_differences
from portal.domain.restructuring.quote import Quote
from portal.reads.proposals import ProposalCase


@change
async def counter(act: Act, proposal: ProposalCase, quote: Quote) -> None:
    """The lender answers with an offer of its own: version n+1, valid as long as a quote is.

    Raises WorseThanPolicy, NeedsSecond.
    """
    check_never_worse(quote)
    await check_second(act, proposal, quote.plan.waived.total)
    await make_counter(act, proposal, quote)


@change
async def accept(act: Act, proposal: ProposalCase, party: Party) -> None:
    """Either side takes the other's last offer, exactly as it was shown. Raises NeedsSecond of the lender's."""
    if party is Party.LENDER:
        await check_second(act, proposal, proposal.on_the_table.plan.waived.total)
    await accept_offer(act, proposal, party)


async def make_counter(act: Act, proposal: ProposalCase, quote: Quote) -> None:
    """The offer, the decision and the event of a counter, for one of the staff or for two."""
    row = await own_row(proposal)
    await take_up(act, row, proposal.case)
    row.version += 1
    row.expires_on, row.decide_by = quote.valid_until, None
    note = await act.keep_note(proposal.person_id, proposal.case.id)
    await add_offer(act, row, Party.LENDER, quote, note)
    await keep_decision(act.log, row, proposal.case, (Party.LENDER, "counter"), act.actor, quote.policy, quote)
    facts = {
        **quoted_facts(quote),
        "differences": offer_differences(proposal.on_the_table.offer, quote.offer, quote.plan.currency),
        "allocation": list(proposal.case.loan.terms.allocation.due),
        "note": note,
        "expires_on": quote.valid_until.isoformat(),
    }
    await make_move(act.log, row, proposal.case, (Party.LENDER, Move.COUNTER), act.actor, facts)


async def accept_offer(act: Act, proposal: ProposalCase, party: Party) -> None:
    """The decision and the event of an acceptance; the policy in force then binds both sides.

    Whoever takes what the lender offered first asks with it, as whoever sends a plan does, that collection stop.
    """
    row, table = await own_row(proposal), proposal.on_the_table
    first = State(row.state) is State.OFFERED
    if party is Party.LENDER:
        await take_up(act, row, proposal.case)
    still_stands(row, act.acting.moment)
    policy = await act.policy()
    valid_until = policy.stands_until(act.today)
    row.expires_on, row.decide_by = valid_until, None
    note = await act.keep_note(proposal.person_id, proposal.case.id)
    facts = {**shown_facts(table), "note": note, "expires_on": valid_until.isoformat()}
    await keep_decision(act.log, row, proposal.case, (party, "accept"), act.actor, policy, table)
    await make_move(act.log, row, proposal.case, (party, Move.ACCEPT), act.actor, facts)
    if first and position(proposal.case.loan, act.today).overdue.total:
        await ask_hold(act.log, proposal.case, "proposal", row.ref, act.actor)


@change
async def decline(act: Act, proposal: ProposalCase, reason: str, *, nearest: Quote | None = None) -> None:
    """A person at the lender says no, with a reason code and words, and the nearest that the policy takes at once.

    That offer sent back unchanged within its time is accepted at once, whatever the policy says by then. Raises
    MoveNotPossible, also of what was declined before.
    """
    row, table = await own_row(proposal), proposal.on_the_table
    await take_up(act, row, proposal.case)
    transition(State(row.state), Party.LENDER, Move.DECLINE)
    row.expires_on = row.decide_by = None
    note = await act.keep_note(proposal.person_id, proposal.case.id)
    hold_until = act.today + timedelta(days=proposal.policy.hold_days)
    facts: dict[str, object] = {"reason": reason, "note": note, "hold_until": hold_until.isoformat()}
    facts |= {"complaint_route": "hotline", "nearest_yes": nearest_facts(nearest) if nearest else None}
    await keep_decision(act.log, row, proposal.case, (Party.LENDER, "decline"), act.actor, proposal.policy, table)
    if nearest:
        await keep_promise(row, nearest)
    await make_move(act.log, row, proposal.case, (Party.LENDER, Move.DECLINE), act.actor, facts)
    await limit_holds(act.log, proposal.case, row.ref, hold_until)


@change
async def step(act: Act, proposal: ProposalCase, party: Party, move: Move) -> None:
    """A move that carries nothing but a note: take up, ask, answer, withdraw, or turn an offer of the lender's down.

    A question stops the lender's clock.
    """
    row, policy = await own_row(proposal), proposal.policy
    if move is Move.ASK:
        await take_up(act, row, proposal.case)
    facts: dict[str, object] = {"note": await act.keep_note(proposal.person_id, proposal.case.id)}
    if move is Move.ASK:
        row.decide_by, row.expires_on = None, policy.working_days.after(act.today, policy.info_working_days)
        facts["answer_by"] = row.expires_on.isoformat()
    elif move is Move.ANSWER:
        row.expires_on, row.decide_by = None, policy.decide_by(act.today)
        facts["decide_by"] = row.decide_by.isoformat()
    await make_move(act.log, row, proposal.case, (party, move), act.actor, facts)
