"""Borrowers, staff and core of the year, who do what was done the least: each move, and each two that can follow.

What the calendar and the ledger do is waited for: a plan is paid, left or taken back as `Borrower` draws it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from portal.actions.act import Acting, Author
from portal.actions.proposals import accept, counter, decline, pause_plan, revise, send_offer, step, submit
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.calendar import Every
from portal.domain.contract.closing import ClosingReason, LoanClosing
from portal.domain.contract.pause import PauseScope, PauseTerms
from portal.domain.ledger.position import position
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.negotiation import LIVE, OPEN_STATES, TRANSITIONS, Move, Party, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import Quote, quote_offer
from portal.reads.cases import Case, case
from portal.reads.policy import policy
from portal.reads.proposals import ProposalCase, desk_proposal
from tests.api.borrowers import LAN, Borrower
from tests.year.auditor import Auditor, Edge

_B, _L = Party.BORROWER, Party.LENDER
TRIES_A_DAY = 0.6


@dataclass
class Life(Borrower):
    """`seen` is what has come by in the feed until last night."""

    seen: Auditor = field(default_factory=Auditor)
    refused: set[tuple[str, str, Edge]] = field(default_factory=set)

    async def day(self, on: date) -> None:
        self.plans_what_was_booked()
        now = await case(self.ref, self.scope)
        sent, plan = now.proposal, now.plan
        if self.kept.loan.closing is not None:
            self.opens_again()
        elif sent is not None and sent.state in OPEN_STATES:
            await self.goes_on(on, await desk_proposal(sent.ref, now.lender.id))
        elif plan is not None and self.rnd.random() < 0.05:
            await self.lives_on(on, now, await desk_proposal(plan.ref, now.lender.id))
        elif self.rnd.random() < (0.02 if plan else 0.15):
            await self.begins(on, now)

    def plans_what_was_booked(self) -> None:
        for ref, agreement in self.kept.agreements.items():
            if ref not in self.planned and agreement.answered_on and not agreement.refused:
                self.planned.add(ref)
                if agreement.kind is not OfferKind.PAUSE:
                    self.plans_to_pay(agreement)

    def answers(self, event: dict[str, Any]) -> str:
        """What the core says of what was signed; nothing, where the clock is to run out."""
        wish = self.wish(event["proposal"], State.AGREED)
        return {Move.REFUSE_BOOKING: "refused"}.get(wish[2], "booked") if wish and wish[1] is Party.CORE else ""

    # An open proposal.

    async def goes_on(self, on: date, proposal: ProposalCase) -> None:
        if self.rnd.random() > TRIES_A_DAY:
            return
        wish = self.wish(proposal.ref, proposal.state)
        if wish is not None and wish in MOVES:
            before = sum(self.core.happened.values())
            await self.tries(wish[2].value, MOVES[wish](self, on, proposal))
            if sum(self.core.happened.values()) > before:
                self.refused.add((proposal.ref, proposal.state.value, wish))

    def wish(self, ref: str, state: State) -> Edge | None:
        """Of what can be done now the edge that came the least, and came the least after the last one."""
        last = self.seen.last_edge(ref)
        found = [
            at
            for at in TRANSITIONS
            if at[0] is state and (ref, state.value, at) not in self.refused and at[1] is not Party.POLICY
        ]
        if not found:
            return None

        def came(at: Edge) -> tuple[int, int, float]:
            return self.seen.pairs[last, at] if last else 0, self.seen.edges[at], self.rnd.random()

        return min(found, key=came)

    # What the lender and the borrower do with a plan that lives.

    async def lives_on(self, on: date, now: Case, plan: ProposalCase) -> None:
        if plan.state not in LIVE:
            return
        what = self.rnd.choice(("pause", "vary", "vary", "again", "again", "close"))
        if what == "pause":
            until = on + timedelta(days=self.rnd.randint(3, 20))
            await self.tries("pause", pause_plan(self.staff(on, plan.case), plan, until))
        elif what == "vary":
            pause = PauseTerms(self.rnd.choice((PauseScope.ALL, PauseScope.NEXT)))
            first = on + timedelta(days=self.rnd.randint(5, 25))
            within = Offer(Every(1, "m"), first, installments=1, kind=OfferKind.PAUSE, pause=pause, reason="illness")
            await self.sends(on, now, [replace(within, within=plan.agreement or "")])
        elif what == "again":
            await self.begins(on, now)
        else:
            self.closes(on)

    def closes(self, on: date) -> None:
        self.kept.loan = replace(self.kept.loan, closing=LoanClosing(on, ClosingReason.SOLD))
        self.core.to_tell[self.kept.loan.loan_no] = self.kept

    def opens_again(self) -> None:
        """Some time later, in most cases."""
        if self.rnd.random() < 0.08:
            self.kept.loan = replace(self.kept.loan, closing=None)
            self.core.to_tell[self.kept.loan.loan_no] = self.kept

    # How one begins.

    async def begins(self, on: date, now: Case) -> None:
        if self.seen.edges[State.DRAFT, _L, Move.OFFER] * 3 < self.seen.edges[State.DRAFT, _B, Move.SUBMIT]:
            await self.tries("offer", self.is_offered(on, now))
        else:
            pause = Offer(
                Every(1, "m"), on + timedelta(days=20), installments=1, kind=OfferKind.PAUSE, reason="illness"
            )
            await self.sends(on, now, [pause] if self.rnd.random() < 0.2 else self.wishes(on))

    async def sends(self, on: date, now: Case, wishes: list[Offer]) -> None:
        for wish in wishes:
            drawn = await self.drawn(on, now, wish)
            if drawn is not None:
                await self.tries("submit", submit(self.acting(on, now), now, self.scope.person_id, drawn))
                return

    async def is_offered(self, on: date, now: Case) -> None:
        for wish in self.wishes(on):
            drawn = await self.drawn(on, now, wish)
            if drawn is not None:
                await send_offer(self.staff(on, now), now, drawn)
                return

    async def drawn(self, on: date, now: Case, wish: Offer) -> Quote | None:
        rules, found = await policy(now.lender.id, now.lender.currency), list[Quote]()

        async def draws() -> None:
            found.append(quote_offer(position(now.loan, on), wish, rules))

        await self.tries("draw", draws())
        return found[0] if found else None

    def staff(self, on: date, now: Case, note: str = "") -> Acting:
        return self.acting(on, now, Author(LAN, self.vault, note, role="approver"))


async def _takes(life: Life, on: date, proposal: ProposalCase) -> None:
    await accept(life.acting(on, proposal.case), proposal, _B)


async def _revises(life: Life, on: date, proposal: ProposalCase) -> None:
    drawn = await life.drawn(on, proposal.case, life.wishes(on)[0])
    if drawn is not None:
        await revise(life.acting(on, proposal.case), proposal, drawn)


async def _signs(life: Life, on: date, proposal: ProposalCase) -> None:
    await life.signs(on, proposal)


async def _agrees(life: Life, on: date, proposal: ProposalCase) -> None:
    await accept(life.staff(on, proposal.case), proposal, _L)


async def _counters(life: Life, on: date, proposal: ProposalCase) -> None:
    drawn = await life.drawn(on, proposal.case, life.wishes(on)[0])
    if drawn is not None:
        await counter(life.staff(on, proposal.case), proposal, drawn)


async def _declines(life: Life, on: date, proposal: ProposalCase) -> None:
    nearest = nearest_yes(position(proposal.case.loan, on), proposal.on_the_table.offer, proposal.policy)
    await decline(life.staff(on, proposal.case), proposal, "too_long", nearest=nearest)


def _steps(party: Party, move: Move) -> "_Moves":
    async def stepped(life: Life, on: date, proposal: ProposalCase) -> None:
        note = "请说明" if move in (Move.ASK, Move.ANSWER) else ""
        author = Author(LAN, life.vault, note, role="approver") if party is _L else replace(life.author, note=note)
        await step(life.acting(on, proposal.case, author), proposal, party, move)

    return stepped


_Moves = Callable[[Life, date, ProposalCase], Awaitable[None]]
_ALL: dict[tuple[Party, Move], _Moves] = {
    (_B, Move.ACCEPT): _takes,
    (_B, Move.REVISE): _revises,
    (_B, Move.SIGN): _signs,
    **{(_B, move): _steps(_B, move) for move in (Move.WITHDRAW, Move.ANSWER, Move.DECLINE)},
    (_L, Move.ACCEPT): _agrees,
    (_L, Move.COUNTER): _counters,
    (_L, Move.DECLINE): _declines,
    **{(_L, move): _steps(_L, move) for move in (Move.TAKE_UP, Move.ASK)},
}
MOVES: dict[Edge, _Moves] = {at: _ALL[at[1], at[2]] for at in TRANSITIONS if (at[1], at[2]) in _ALL}
