"""The lender's answers, the borrower's acceptance, and the moves that carry nothing but a note."""

from datetime import timedelta

from portal.actions.authors import Author, FormToken, keep_text
from portal.actions.holds import limit_holds
from portal.actions.journal import Journal, journal, once
from portal.actions.proposals.moves import (
    actor_key,
    add_offer,
    check_second,
    fingerprint,
    locked,
    make_move,
    nearest_facts,
    quoted_facts,
    standing_facts,
    still_stands,
    take_up,
)
from portal.actions.proposals.outcomes import keep_decision, keep_promise
from portal.domain.event import BusinessTime
from portal.domain.restructuring.negotiation import Move, Party
from portal.domain.restructuring.plan_codec import offer_differences
from portal.domain.restructuring.quote import Quote
from portal.reads.policy import policy as read_policy
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from portal.tables.transaction import retried


@retried
async def counter(proposal: ProposalCase, quote: Quote, author: Author, guard: FormToken, moment: BusinessTime) -> None:
    """The lender answers with an offer of its own: version n+1, valid as long as a quote is. Raises NeedsSecond."""
    async with journal(proposal.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, proposal, guard)
            await check_second(log, row, proposal, quote.plan.waived.total, author)
            return await make_counter(log, row, proposal, quote, author, guard)

        await once(actor_key(proposal, author), guard.key, fingerprint(proposal, "counter", author, quote), unit)


@retried
async def accept(proposal: ProposalCase, party: Party, author: Author, guard: FormToken, moment: BusinessTime) -> None:
    """Either side takes the other's last offer, exactly as it was shown. Raises NeedsSecond of the lender's."""
    async with journal(proposal.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, proposal, guard)
            if party is Party.LENDER:
                await check_second(log, row, proposal, proposal.on_the_table.plan.waived.total, author)
            return await accept_offer(log, row, proposal, party, author, guard)

        await once(actor_key(proposal, author), guard.key, fingerprint(proposal, "accept", author), unit)


async def make_counter(
    log: Journal, row: tables.ProposalRow, proposal: ProposalCase, quote: Quote, author: Author, guard: FormToken
) -> str:
    """The offer, the decision and the event of a counter, for one of the staff or for two."""
    expected_version = await take_up(log, row, proposal.case, author, guard.expected_version)
    row.version += 1
    row.expires_on, row.decide_by = quote.valid_until, None
    note = await keep_text(row, author, proposal.case.id)
    await add_offer(row, Party.LENDER, quote, note, log.moment.at)
    await keep_decision(log, row, proposal.case, (Party.LENDER, "counter"), author.actor, quote.policy, quote)
    facts = {
        **quoted_facts(quote),
        "differences": offer_differences(proposal.on_the_table.offer, quote.offer, quote.plan.currency),
        "allocation": list(proposal.case.loan.terms.allocation.due),
        "note": note,
        "expires_on": quote.valid_until.isoformat(),
    }
    await make_move(log, row, proposal.case, (Party.LENDER, Move.COUNTER), author.actor, facts, expected_version)
    return row.ref


async def accept_offer(
    log: Journal, row: tables.ProposalRow, proposal: ProposalCase, party: Party, author: Author, guard: FormToken
) -> str:
    """The decision and the event of an acceptance; the policy in force then binds both sides."""
    expected_version = (
        await take_up(log, row, proposal.case, author, guard.expected_version)
        if party is Party.LENDER
        else guard.expected_version
    )
    still_stands(row, log.moment)
    policy = await read_policy(proposal.case.lender.id, proposal.case.lender.currency)
    valid_until = policy.stands_until(log.moment.today)
    row.expires_on, row.decide_by = valid_until, None
    note = await keep_text(row, author, proposal.case.id)
    facts = {**standing_facts(proposal), "note": note, "expires_on": valid_until.isoformat()}
    await keep_decision(log, row, proposal.case, (party, "accept"), author.actor, policy, proposal.on_the_table)
    await make_move(log, row, proposal.case, (party, Move.ACCEPT), author.actor, facts, expected_version)
    return row.ref


@retried
async def decline(
    proposal: ProposalCase,
    reason: str,
    author: Author,
    guard: FormToken,
    moment: BusinessTime,
    nearest: Quote | None = None,
) -> None:
    """A person at the lender says no, with a reason code and words, and the nearest that the policy takes at once.

    That offer sent back unchanged within its time is accepted at once, whatever the policy says by then.
    """
    async with journal(proposal.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, proposal, guard)
            expected_version = await take_up(log, row, proposal.case, author, guard.expected_version)
            row.expires_on = row.decide_by = None
            note = await keep_text(row, author, proposal.case.id)
            hold_until = moment.today + timedelta(days=proposal.policy.hold_days)
            facts: dict[str, object] = {"reason": reason, "note": note, "hold_until": hold_until.isoformat()}
            facts |= {"complaint_route": "hotline", "nearest_yes": nearest_facts(nearest) if nearest else None}
            who, table = (Party.LENDER, "decline"), proposal.on_the_table
            await keep_decision(log, row, proposal.case, who, author.actor, proposal.policy, table)
            if nearest:
                await keep_promise(row, nearest)
            await make_move(
                log, row, proposal.case, (Party.LENDER, Move.DECLINE), author.actor, facts, expected_version
            )
            await limit_holds(proposal.case, row.ref, hold_until)
            return row.ref

        await once(actor_key(proposal, author), guard.key, fingerprint(proposal, f"decline:{reason}", author), unit)


@retried
async def step(
    proposal: ProposalCase, party: Party, move: Move, author: Author, guard: FormToken, moment: BusinessTime
) -> None:
    """A move that carries nothing but a note: take up, ask, answer, withdraw. A question stops the lender's clock."""
    policy = proposal.policy
    async with journal(proposal.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, proposal, guard)
            note = await keep_text(row, author, proposal.case.id)
            facts: dict[str, object] = {"note": note}
            if move is Move.ASK:
                row.decide_by, row.expires_on = None, policy.working_days.after(moment.today, policy.info_working_days)
                facts["answer_by"] = row.expires_on.isoformat()
            elif move is Move.ANSWER:
                row.expires_on, row.decide_by = None, policy.decide_by(moment.today)
                facts["decide_by"] = row.decide_by.isoformat()
            await make_move(log, row, proposal.case, (party, move), author.actor, facts, guard.expected_version)
            return row.ref

        await once(actor_key(proposal, author), guard.key, fingerprint(proposal, move.value, author), unit)
