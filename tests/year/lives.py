"""Borrowers, staff and core of the year, who do what was done the least: each move, and each two that can follow.

What the calendar does with a plan follows from money: beside what `Borrower` draws, it is caught up, taken back or told
late where that leads to what was seldom seen.
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
from portal.domain.contract.loan import Payment
from portal.domain.contract.pause import PauseScope, PauseTerms
from portal.domain.ledger.position import position
from portal.domain.ledger.progress import PlanProgress
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.negotiation import FOLLOWED, OPEN_STATES, TRANSITIONS, Move, Party, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import Quote, quote_offer
from portal.reads.cases import Case, case
from portal.reads.policy import policy
from portal.reads.proposals import ProposalCase, desk_proposal
from tests.api.borrowers import LAN, Borrower
from tests.year.auditor import PAIRS, Auditor, Edge

_B, _L = Party.BORROWER, Party.LENDER
# How likely somebody does something on a day: about what is open, while a plan is strained or what can follow was
# seldom seen, while one runs, where there is nothing; and how much less happens once everything was seen.
TRIES, HURRIES, LIVES_ON, BEGINS, QUIET = 0.6, 0.3, 0.1, 0.15, 0.3
# That a plan that ended is looked at again, and that what is wished for of a plan is tried no more.
TURNS_BACK, GIVES_UP = 0.4, 0.3
FOLLOW = {one: [two for two in TRANSITIONS if (one, two) in PAIRS] for one in TRANSITIONS}
A_WHILE = timedelta(days=20)
ENOUGH, GOES_ON = 3, (Move.ACCEPT, Move.SIGN, Move.BOOK, Move.TAKE_UP, Move.ANSWER)


@dataclass
class Life(Borrower):
    """`seen` is what has come by in the feed until last night; `refused` what could not be done after an edge."""

    seen: Auditor = field(default_factory=Auditor, repr=False)
    quiet: bool = False
    refused: set[tuple[str, Edge | None, Edge]] = field(default_factory=set)

    async def day(self, on: date) -> None:
        """Whoever has nothing in mind today reads nothing; what is there was told by last night."""
        self.plans_what_was_booked()
        if self.kept.loan.closing is not None:
            return self.opens_again()
        going = self.seen.going[self.kept.loan.loan_no]
        ref, over = self.seen.over.get(self.kept.loan.loan_no, ("", State.DRAFT))
        if self.rnd.random() > self.chance(set(going.values()), [*going, ref]):
            return None
        now = await case(self.ref, self.scope)
        sent, plan = now.proposal, now.plan
        if sent is not None and sent.state in OPEN_STATES:
            await self.goes_on(on, await desk_proposal(sent.ref, now.lender.id))
        elif plan is not None:
            await self.lives_on(on, now, await desk_proposal(plan.ref, now.lender.id))
        elif over in FOLLOWED and (self.hurries(ref) or self.rnd.random() < TURNS_BACK):
            await self.lives_on(on, now, await desk_proposal(ref, now.lender.id))
        else:
            await self.begins(on, now)
        return None

    def chance(self, going: set[State], refs: list[str]) -> float:
        """That they do something today: sooner where what can follow now was not seen often enough."""
        if going & OPEN_STATES:
            return TRIES
        if State.STRAINED in going or any(self.hurries(ref) for ref in refs):
            return HURRIES
        return (LIVES_ON if going else BEGINS) * (QUIET if self.quiet else 1)

    def hurries(self, ref: str) -> bool:
        """Whether something can follow now that was seldom seen."""
        last, tried = self.seen.last_edge(ref), self.tried_in_vain(ref)
        return last is not None and any(self.seen.pairs[last, at] < ENOUGH for at in FOLLOW[last] if at not in tried)

    def tried_in_vain(self, ref: str) -> set[Edge]:
        """Since the last edge."""
        last = self.seen.last_edge(ref)
        return {at for of, before, at in self.refused if (of, before) == (ref, last)}

    def came_after(self, edge: Edge, steps: int) -> int:
        """How often that was seen which came the least of what can follow, so many steps on."""
        found = [self.seen.pairs[edge, at] for at in FOLLOW[edge]]
        further = [self.came_after(at, steps - 1) for at in FOLLOW[edge]] if steps > 1 else []
        return min([*found, *further], default=ENOUGH)

    def plans_what_was_booked(self) -> None:
        for ref, agreement in list(self.kept.agreements.items()):
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
        wish = self.wish(proposal.ref, proposal.state)
        if wish in MOVES and not await self.tries(wish[2].value, MOVES[wish](self, on, proposal)):
            self.refused.add((proposal.ref, self.seen.last_edge(proposal.ref), wish))

    def wish(self, ref: str, state: State) -> Edge | None:
        """Of what can be done now the edge that came the least, and came the least after the last one."""
        last, tried = self.seen.last_edge(ref), self.tried_in_vain(ref)
        found = [at for at in TRANSITIONS if at[0] is state and at not in tried and at[1] is not Party.POLICY]
        if not found:
            return None

        def came(at: Edge) -> tuple[int, int, int, float]:
            """What was seen often enough, and what can follow it, comes as it does in life."""
            pairs = min(self.seen.pairs[last, at], ENOUGH) if last else 0
            seldom = self.rnd.random() * (1 if at[2] in GOES_ON else 3)
            return pairs, min(self.seen.edges[at], 2 * ENOUGH), min(self.came_after(at, 2), ENOUGH), seldom

        return min(found, key=came)

    # What becomes of a plan.

    async def lives_on(self, on: date, now: Case, plan: ProposalCase) -> None:
        """What leads to the edge that is wished for; where it is the calendar's, by money that comes or does not."""
        wish = self.wish(plan.ref, plan.state)
        if wish is None:
            return
        if self.rnd.random() < GIVES_UP:
            self.refused.add((plan.ref, self.seen.last_edge(plan.ref), wish))
        match wish:
            case _, Party.LENDER, Move.PAUSE:
                until = on + timedelta(days=self.rnd.randint(3, 20))
                await self.tries("pause", pause_plan(self.staff(on, plan.case), plan, until))
            case _, Party.CORE, Move.PAUSE:
                await self.sends(on, now, [self.wishes_a_pause(on, plan)])
            case _, Party.CORE, Move.SUPERSEDE:
                await self.begins(on, now)
            case _:
                self.lets_come(on, wish[2], position(now.loan, on).progress_of(plan.ref))

    def lets_come(self, on: date, move: Move, plan: PlanProgress | None) -> None:
        if move is Move.END:
            self.closes(on)
        elif move in (Move.STRAIN, Move.REOPEN):
            self.goes_back(on, on)
        elif move is Move.BREAK:
            self.goes_back(on, None)
        elif move in (Move.CURE, Move.COMPLETE, Move.REINSTATE):
            self.catches_up(on, move, plan)

    def goes_back(self, on: date, since: date | None) -> None:
        """The last payment is taken back, from that day on or as if it had never come."""
        backs = [*self.kept.loan.payments, *(each for day in self.kept.unheard.values() for each in day)]
        gone = {each.reverses for each in backs}
        counts = [each for each in self.kept.loan.payments if not each.reverses and each.id not in gone]
        if counts:
            last = max(counts, key=lambda each: each.received_on)
            self.hears(Payment(f"R-{last.id}", since or last.received_on, reverses=last.id), on)

    def catches_up(self, on: date, move: Move, plan: PlanProgress | None) -> None:
        """With all that is left, or with what has fallen due; for a plan that broke it came in time and is told now."""
        rows = [row for row in plan.rows if row.left and (move is Move.COMPLETE or row.due_on <= on)] if plan else []
        if rows:
            self.numbers += 1
            day = min(rows[0].due_on, on) if move is Move.REINSTATE else on
            self.hears(Payment(f"P-{self.numbers:03}", day, sum(row.left for row in rows)), on)

    def wishes_a_pause(self, on: date, plan: ProposalCase) -> Offer:
        """Within the plan."""
        pause = PauseTerms(self.rnd.choice((PauseScope.ALL, PauseScope.NEXT)))
        until = on + timedelta(days=self.rnd.randint(5, 25))
        return replace(pause_until(until), pause=pause, within=plan.agreement or "")

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
            await self.sends(on, now, [pause_until(on + A_WHILE)] if self.rnd.random() < 0.2 else self.wishes(on))

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


def pause_until(day: date) -> Offer:
    return Offer(Every(1, "m"), day, installments=1, kind=OfferKind.PAUSE, reason="illness")


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
