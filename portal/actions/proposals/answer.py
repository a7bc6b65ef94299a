"""The lender's answers, the borrower's acceptance, and the moves that carry nothing but a note."""

from datetime import timedelta

from portal.actions.authors import Author, Guard, keep_text
from portal.actions.holds import limit_holds
from portal.actions.journal import journal, loan_stream, once
from portal.actions.proposals.moves import (
    ACCEPT,
    add_offer,
    check_second,
    doer,
    drawn_facts,
    keep_decision,
    locked,
    make_move,
    nearest_facts,
    offer_text,
    request,
    standing_facts,
    still_stands,
    take_up,
)
from portal.domain.event import Happening, Moment
from portal.domain.money import Money
from portal.domain.negotiation import TO_ANSWER, Move, MoveNotPossible, Party, State
from portal.domain.plan_codec import differences, money_of
from portal.domain.quote import Quote
from portal.reads.policy import policy as read_policy
from portal.reads.proposals import ProposalCase
from portal.tables.transaction import retried


@retried
async def counter(held: ProposalCase, drawn: Quote, author: Author, guard: Guard, moment: Moment) -> None:
    """The lender answers with an offer of its own: version n+1, valid as long as a quote is."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            waived = Money(drawn.plan.waived.total, drawn.plan.currency)
            check_second(row, held.policy, offer_text(drawn), waived, author)
            seen = await take_up(log, row, held.case, author, guard.seen)
            row.version += 1
            row.expires_on = drawn.valid_until
            row.decide_by = None
            note = await keep_text(row, author)
            await add_offer(row, Party.LENDER, drawn, note, moment.at)
            await keep_decision(
                log, row, held.case, (Party.LENDER, "counter"), author.actor, drawn.policy, waived.minor
            )
            facts = {
                **drawn_facts(drawn),
                "differences": differences(held.on_the_table.offer, drawn.offer, drawn.plan.currency),
                "allocation": list(held.case.loan.terms.allocation.due),
                "note": note,
                "expires_on": drawn.valid_until.isoformat(),
            }
            await make_move(log, row, held.case, (Party.LENDER, Move.COUNTER), author.actor, facts, seen)
            return row.ref

        await once(doer(held, author), guard.key, request(held, "counter", author, drawn), unit)


@retried
async def accept(held: ProposalCase, party: Party, author: Author, guard: Guard, moment: Moment) -> None:
    """Either side takes the other's last offer, exactly as it was shown; the policy in force then binds both."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            seen = guard.seen
            if party is Party.LENDER:
                plan = held.on_the_table.plan
                check_second(row, held.policy, ACCEPT, Money(plan.waived.total, plan.currency), author)
                seen = await take_up(log, row, held.case, author, seen)
            still_stands(row, moment)
            policy = await read_policy(held.case.lender.id, held.case.lender.currency)
            valid_until = policy.stands_until(moment.today)
            row.expires_on, row.decide_by = valid_until, None
            note = await keep_text(row, author)
            facts = {**standing_facts(held), "note": note, "expires_on": valid_until.isoformat()}
            waived = held.on_the_table.plan.waived.total
            await keep_decision(log, row, held.case, (party, "accept"), author.actor, policy, waived)
            await make_move(log, row, held.case, (party, Move.ACCEPT), author.actor, facts, seen)
            return row.ref

        await once(doer(held, author), guard.key, request(held, "accept", author), unit)


@retried
async def decline(
    held: ProposalCase, reason: str, author: Author, guard: Guard, moment: Moment, nearest: Quote | None = None
) -> None:
    """A person at the lender says no, with a reason code and words, and the nearest that the policy takes at once.

    That offer sent back unchanged within its time is accepted at once, whatever the policy says by then.
    """
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            seen = await take_up(log, row, held.case, author, guard.seen)
            row.expires_on = row.decide_by = None
            note = await keep_text(row, author)
            hold_until = moment.today + timedelta(days=held.policy.hold_days)
            facts: dict[str, object] = {"reason": reason, "note": note, "hold_until": hold_until.isoformat()}
            facts |= {"complaint_route": "hotline", "nearest_yes": nearest_facts(nearest) if nearest else None}
            await keep_decision(log, row, held.case, (Party.LENDER, "decline"), author.actor, held.policy)
            await make_move(log, row, held.case, (Party.LENDER, Move.DECLINE), author.actor, facts, seen)
            await limit_holds(held.case, row.ref, hold_until)
            return row.ref

        await once(doer(held, author), guard.key, request(held, f"decline:{reason}", author), unit)


@retried
async def step(held: ProposalCase, party: Party, move: Move, author: Author, guard: Guard, moment: Moment) -> None:
    """A move that carries nothing but a note: take up, ask, answer, withdraw. A question stops the lender's clock."""
    policy = held.policy
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            note = await keep_text(row, author)
            facts: dict[str, object] = {"note": note}
            if move is Move.ASK:
                row.decide_by, row.expires_on = None, policy.working_days.after(moment.today, policy.info_working_days)
                facts["answer_by"] = row.expires_on.isoformat()
            elif move is Move.ANSWER:
                row.expires_on, row.decide_by = None, policy.decide_by(moment.today)
                facts["decide_by"] = row.decide_by.isoformat()
            await make_move(log, row, held.case, (party, move), author.actor, facts, guard.seen)
            return row.ref

        await once(doer(held, author), guard.key, request(held, move.value, author), unit)


@retried
async def propose_waiver(held: ProposalCase, drawn: Quote | None, author: Author, guard: Guard, moment: Moment) -> None:
    """One of the staff wants to answer with more than one may let go: somebody else has to approve it.

    `drawn` is the plan to answer with; None accepts the borrower's own.
    """
    async with journal(held.case.lender.id, moment, guard.key) as log:
        row = await locked(log, held, guard)
        if State(row.state) not in TO_ANSWER:
            raise MoveNotPossible(state=row.state, move="propose_waiver")
        seen = await take_up(log, row, held.case, author, guard.seen)
        plan = drawn.plan if drawn else held.on_the_table.plan
        row.pending = offer_text(drawn) if drawn else ACCEPT
        row.pending_by = author.actor.ref
        await row.save()
        facts = {"waived": money_of(plan.waived, plan.currency), "currency": plan.currency}
        told = Happening("waiver.proposed", author.actor, facts, row.ref, row.version)
        await log.write(loan_stream(held.case.id), told, loan_no=held.case.loan.loan_no, seen=seen)
