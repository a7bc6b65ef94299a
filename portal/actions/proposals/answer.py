"""The lender's answers, the borrower's acceptance, and the moves that carry nothing but a note."""

from datetime import timedelta

from portal.actions.authors import Author, Guard, keep_text
from portal.actions.holds import limit_holds
from portal.actions.journal import journal, once
from portal.actions.proposals.moves import (
    add_offer,
    doer,
    drawn_facts,
    locked,
    make_move,
    request,
    standing_facts,
    still_stands,
    take_up,
)
from portal.domain.calendar import add_working_days
from portal.domain.event import Moment
from portal.domain.negotiation import Move, Party
from portal.domain.plan_codec import differences
from portal.domain.quote import Quote
from portal.reads.proposals import ProposalCase
from portal.tables.transaction import retried


@retried
async def counter(held: ProposalCase, drawn: Quote, author: Author, guard: Guard, moment: Moment) -> None:
    """The lender answers with an offer of its own: version n+1, valid as long as a quote is."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            seen = await take_up(log, row, held.case, author, guard.seen)
            row.version += 1
            row.expires_on = drawn.valid_until
            row.decide_by = None
            note = await keep_text(row, author)
            await add_offer(row, Party.LENDER, drawn, note)
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
    """Either side takes the other's last offer, exactly as it was shown."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            seen = guard.seen
            if party is Party.LENDER:
                seen = await take_up(log, row, held.case, author, seen)
            still_stands(row, moment)
            valid_until = add_working_days(moment.today, held.policy.quote_working_days)
            row.expires_on, row.decide_by = valid_until, None
            note = await keep_text(row, author)
            facts = {**standing_facts(held), "note": note, "expires_on": valid_until.isoformat()}
            await make_move(log, row, held.case, (party, Move.ACCEPT), author.actor, facts, seen)
            return row.ref

        await once(doer(held, author), guard.key, request(held, "accept", author), unit)


@retried
async def decline(held: ProposalCase, reason: str, author: Author, guard: Guard, moment: Moment) -> None:
    """A person at the lender says no, with a reason code and words."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            seen = await take_up(log, row, held.case, author, guard.seen)
            row.expires_on = row.decide_by = None
            note = await keep_text(row, author)
            hold_until = moment.today + timedelta(days=held.policy.hold_days)
            facts = {"reason": reason, "note": note, "hold_until": hold_until.isoformat()}
            await make_move(log, row, held.case, (Party.LENDER, Move.DECLINE), author.actor, facts, seen)
            await limit_holds(held.case, row.ref, hold_until)
            return row.ref

        await once(doer(held, author), guard.key, request(held, f"decline:{reason}", author), unit)


@retried
async def step(held: ProposalCase, party: Party, move: Move, author: Author, guard: Guard, moment: Moment) -> None:
    """A move that carries nothing but a note: take up, ask, answer, withdraw."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await locked(log, held, guard)
            note = await keep_text(row, author)
            await make_move(log, row, held.case, (party, move), author.actor, {"note": note}, guard.seen)
            return row.ref

        await once(doer(held, author), guard.key, request(held, move.value, author), unit)
