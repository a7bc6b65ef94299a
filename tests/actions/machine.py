"""Whatever 小明, two of the staff, the lender's core and the calendar do, in whatever order: nothing illegal succeeds,
no event is lost, the record and the state agree, and a plan never leaves 小明 worse off than the contract alone."""

import asyncio
import contextvars
import json
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from portal.actions.act import Acting, Author, FormToken
from portal.actions.approvals import NothingWaits
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.actions.proposals import (
    ACCEPT,
    WAIVER,
    accept,
    advance_plans,
    agree,
    approve_offer,
    approve_waiver,
    book,
    counter,
    decline,
    pause_plan,
    propose_offer,
    propose_waiver,
    reject_offer,
    reject_waiver,
    revise,
    run_clocks,
    send_offer,
    step,
    submit,
)
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Payment
from portal.domain.contract.pause import PauseScope, PauseTerms
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import Actor, BusinessTime
from portal.domain.ledger.position import Position, position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.negotiation import (
    FOLLOWED,
    LIVE,
    OPEN_STATES,
    TRANSITIONS,
    Move,
    NeedsSecond,
    Party,
    State,
    state_now,
)
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import offer_from_facts
from portal.domain.restructuring.quote import Quote, quote_offer
from portal.reads.approvals import waiting_approval
from portal.reads.cases import Case
from portal.reads.fact_check import FactCounts, fact_gaps
from portal.reads.log import broken_links
from portal.reads.policy import policy
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from tests.actions.story import BORROWER, LAN, NOW, ON, RUI, SIX, TWELVE, VAULT, Story, begin, paper

POLICY = """
[plan]
max_months = 6
[waiver]
penalty = "0.5"
[four_eyes]
waiver_above = "80.00"
[signing]
reading_seconds = 0
"""
OFFERS = {
    "six": SIX,
    "twelve": TWELVE,
    "six, half of the penalty let go": replace(SIX, waiver=Amounts(penalty=5000)),
    "six, all of the penalty let go": replace(SIX, waiver=Amounts(penalty=11000)),
    "a pause": replace(SIX, kind=OfferKind.PAUSE, installments=1),
}
WITHIN = {
    "a pause within the plan": OFFERS["a pause"],
    "the plan's next payment moved": replace(OFFERS["a pause"], pause=PauseTerms(PauseScope.NEXT)),
}
CORE = Actor("lender", "core")
STAFF = {"agent": Author(RUI, VAULT, role="agent"), "approver": Author(LAN, VAULT, role="approver")}
SAID_TWICE = (Move.BOOK, Move.REFUSE_BOOKING)
EDGES = {edge.event: edge.to for edge in TRANSITIONS.values()}
Opens = Callable[[], AbstractAsyncContextManager[None]]


class Negotiation(RuleBasedStateMachine):
    """One loan, one database; `opens` is set by the test that runs it."""

    opens: Opens

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.context = asyncio.Runner(), contextvars.copy_context()
        self.database = type(self).opens()
        self.run(self.database.__aenter__())
        self.day, self.events, self.paid = ON, 0, 0
        self.story: Story = self.run(begin())
        self.run(set_policy(NOW, self.story.lender, POLICY, OPERATOR))

    def teardown(self) -> None:
        assert self.run(_gaps()) == []
        self.run(self.database.__aexit__(None, None, None))
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work, context=self.context)

    @property
    def moment(self) -> BusinessTime:
        return BusinessTime(datetime(self.day.year, self.day.month, self.day.day, 4, tzinfo=UTC), self.day)

    def proposal(self) -> ProposalCase | None:
        row = self.run(_newest())
        return self.run(self.story.proposal(row.ref)) if row else None

    def tries(self, wanted: tuple[Party, Move], make: Callable[[ProposalCase, FormToken], Awaitable[object]]) -> None:
        """Made or refused; what the table does not have is refused, and what was refused left nothing behind."""
        proposal = self.proposal()
        if proposal is None:
            return
        party, move = wanted
        takes_up = proposal.state is State.SUBMITTED and party is Party.LENDER
        states = {proposal.state, State.UNDER_REVIEW} if takes_up else {proposal.state}
        possible = any((state, party, move) in TRANSITIONS for state in states)
        before = self.run(_events())

        async def attempt() -> bool:
            try:
                await make(proposal, FormToken(proposal.case.seq, secrets.token_urlsafe(8)))
            except Refusal:
                return False
            return True

        done = self.run(attempt())
        after = self.run(_events())
        told_again = done and after == before and move in SAID_TWICE
        assert possible or not done or told_again, (proposal.state, wanted)
        assert done == (after > before) or told_again, (proposal.state, wanted, done)

    @rule(which=st.sampled_from(list(OFFERS)))
    def xiaoming_proposes(self, which: str) -> None:
        case = self.run(self.story.case())
        before = self.run(_events())

        async def attempt() -> bool:
            try:
                now = position(case.loan, self.day)
                quote = quote_offer(now, self.wish(which, now), await policy(self.story.lender.id, "CNY"))
                kept = FormToken(case.seq, secrets.token_urlsafe(8))
                await submit(
                    Acting(Author(BORROWER, VAULT, "我病了"), kept, self.moment), case, self.story.person_id, quote
                )
            except Refusal:
                return False
            return True

        done = self.run(attempt())
        assert done == (self.run(_events()) > before)
        assert not done or case.proposal is None, "one open proposal at a time"

    def wish(self, which: str, now: Position) -> Offer:
        """Within the plan that lives, where that is meant; of one that does not it is what nobody can agree to."""
        offer = replace((OFFERS | WITHIN)[which], first_due=self.day + timedelta(days=14))
        live = now.live_plan.agreement if now.live_plan else None
        return replace(offer, within=live.ref if live and which in WITHIN else "")

    @rule(by=st.sampled_from(list(STAFF)), which=st.sampled_from([*OFFERS, *WITHIN]))
    def staff_offer(self, by: str, which: str) -> None:
        """The lender begins; what lets much go is laid before the other."""

        async def make(case: Case, acting: Acting) -> None:
            quote = await self.quoted(case, self.wish(which, position(case.loan, self.day)))
            try:
                await send_offer(acting, case, quote)
            except NeedsSecond:
                await propose_offer(acting, case, quote, "病了三个月")

        self.begins(STAFF[by], make)

    @rule(by=st.sampled_from(list(STAFF)), agrees=st.booleans())
    def staff_answer_the_offer_that_waits(self, by: str, agrees: bool) -> None:
        async def make(case: Case, acting: Acting) -> None:
            found = await waiting_approval(WAIVER, case.ref, self.day)
            if found is None:
                raise NothingWaits("approval")
            if not agrees:
                return await reject_offer(acting, case, found)
            facts = json.loads(found.facts)
            offer, as_of = offer_from_facts(facts, "CNY"), date.fromisoformat(facts["as_of"])
            await approve_offer(acting, case, found, await self.quoted(case, offer, as_of))

        self.begins(STAFF[by], make)

    def begins(self, author: Author, make: Callable[[Case, Acting], Awaitable[None]]) -> None:
        """Nothing is begun while something is open, and what was refused left nothing behind."""
        case = self.run(self.story.case())
        before = self.run(_events())

        async def attempt() -> bool:
            try:
                await make(case, Acting(author, FormToken(case.seq, secrets.token_urlsafe(8)), self.moment))
            except Refusal:
                return False
            return True

        done, opened = self.run(attempt()), self.run(self.story.case()).proposal
        assert done == (self.run(_events()) > before)
        assert case.proposal is None or opened == case.proposal, "one open proposal at a time"

    async def quoted(self, case: Case, offer: Offer, as_of: date | None = None) -> Quote:
        now = position(case.loan, as_of or self.day)
        return quote_offer(now, offer, await policy(self.story.lender.id, "CNY"))

    @rule(move=st.sampled_from([Move.WITHDRAW, Move.ANSWER, Move.DECLINE]))
    def xiaoming_moves(self, move: Move) -> None:
        author = Author(BORROWER, VAULT, "这是我的回答")
        self.tries(
            (Party.BORROWER, move),
            lambda proposal, g: step(Acting(author, g, self.moment), proposal, Party.BORROWER, move),
        )

    @rule()
    def xiaoming_accepts(self) -> None:
        author = Author(BORROWER, VAULT)
        self.tries(
            (Party.BORROWER, Move.ACCEPT),
            lambda proposal, g: accept(Acting(author, g, self.moment), proposal, Party.BORROWER),
        )

    @rule(which=st.sampled_from(list(OFFERS)))
    def xiaoming_revises(self, which: str) -> None:
        async def make(proposal: ProposalCase, guard: FormToken) -> None:
            now = position(proposal.case.loan, self.day)
            quote = quote_offer(now, self.wish(which, now), proposal.policy)
            await revise(Acting(Author(BORROWER, VAULT), guard, self.moment), proposal, quote)

        self.tries((Party.BORROWER, Move.REVISE), make)

    @rule()
    def xiaoming_signs(self) -> None:
        author = Author(BORROWER, VAULT)
        self.tries(
            (Party.BORROWER, Move.SIGN),
            lambda proposal, g: agree(Acting(author, g, self.moment), proposal, signed=paper(proposal)),
        )

    @rule(by=st.sampled_from(list(STAFF)), move=st.sampled_from([Move.TAKE_UP, Move.ASK]))
    def staff_move(self, by: str, move: Move) -> None:
        author = replace(STAFF[by], note="收入证明？")
        self.tries(
            (Party.LENDER, move), lambda proposal, g: step(Acting(author, g, self.moment), proposal, Party.LENDER, move)
        )

    @rule(by=st.sampled_from(list(STAFF)))
    def staff_accept(self, by: str) -> None:
        async def make(proposal: ProposalCase, guard: FormToken) -> None:
            try:
                await accept(Acting(STAFF[by], guard, self.moment), proposal, Party.LENDER)
            except NeedsSecond:
                await propose_waiver(Acting(STAFF[by], guard, self.moment), proposal, None, "病了三个月")

        self.tries((Party.LENDER, Move.ACCEPT), make)

    @rule(by=st.sampled_from(list(STAFF)), which=st.sampled_from(list(OFFERS)))
    def staff_counter(self, by: str, which: str) -> None:
        async def make(proposal: ProposalCase, guard: FormToken) -> None:
            now = position(proposal.case.loan, self.day)
            quote = quote_offer(now, self.wish(which, now), proposal.policy)
            try:
                await counter(Acting(STAFF[by], guard, self.moment), proposal, quote)
            except NeedsSecond:
                await propose_waiver(Acting(STAFF[by], guard, self.moment), proposal, quote, "病了三个月")

        self.tries((Party.LENDER, Move.COUNTER), make)

    @rule(by=st.sampled_from(list(STAFF)), agrees=st.booleans())
    def staff_answer_what_waits(self, by: str, agrees: bool) -> None:
        """Half of the time that somebody else of the staff is asked, they agree."""

        async def make(proposal: ProposalCase, guard: FormToken) -> None:
            found = await waiting_approval(WAIVER, proposal.ref, self.day)
            if found is None:
                raise NothingWaits("approval")
            if not agrees:
                return await reject_waiver(Acting(STAFF[by], guard, self.moment), proposal, found)
            quote = None
            if found.facts != ACCEPT:
                facts = json.loads(found.facts)
                offer, as_of = offer_from_facts(facts, "CNY"), date.fromisoformat(facts["as_of"])
                quote = quote_offer(position(proposal.case.loan, as_of), offer, proposal.policy)
            await approve_waiver(Acting(STAFF[by], guard, self.moment), proposal, found, quote)

        self.tries((Party.LENDER, Move.ACCEPT), make)

    @rule(by=st.sampled_from(list(STAFF)))
    def staff_decline(self, by: str) -> None:
        async def make(proposal: ProposalCase, guard: FormToken) -> None:
            nearest = nearest_yes(position(proposal.case.loan, self.day), proposal.on_the_table.offer, proposal.policy)
            await decline(Acting(STAFF[by], guard, self.moment), proposal, "too_long", nearest=nearest)

        self.tries((Party.LENDER, Move.DECLINE), make)

    @rule(days=st.integers(1, 30))
    def staff_pause(self, days: int) -> None:
        until = self.day + timedelta(days=days)
        self.tries(
            (Party.LENDER, Move.PAUSE),
            lambda proposal, g: pause_plan(Acting(STAFF["agent"], g, self.moment), proposal, until),
        )

    @rule(number=st.sampled_from(["K-1", ""]))
    def the_core_answers(self, number: str) -> None:
        move = Move.BOOK if number else Move.REFUSE_BOOKING
        why = "" if number else "closed"
        self.tries(
            (Party.CORE, move),
            lambda proposal, g: book(Acting(Author(CORE, VAULT), g, self.moment), proposal, number, why),
        )

    @rule(
        fen=st.sampled_from([100, 5_000, 56_885, 110_016, 400_000]),
        debt=st.none() | st.integers(1, 12),
        ago=st.sampled_from([0, 0, 0, 3, 20]),
    )
    def xiaoming_pays(self, fen: int, debt: int | None, ago: int = 0) -> None:
        """Some of it is told late."""
        self.paid += 1
        payment = Payment(f"M-{self.paid}", max(self.day - timedelta(days=ago), ON), fen, installment=debt)
        self.run(self.books(payment))
        self.told_is_so()

    @rule(row=st.integers(0, 6))
    def xiaoming_pays_a_row_of_the_plan(self, row: int) -> None:
        self.paid += 1
        self.run(self.books(Payment(f"M-{self.paid}", self.day, 56_885, plan_installment=row)))
        self.told_is_so()

    @precondition(lambda self: self.paid)
    @rule()
    def the_last_payment_comes_back(self) -> None:
        back = Payment(f"B-{self.paid}", self.day, reverses=f"M-{self.paid}")
        self.run(self.books(back, refused=True))
        self.told_is_so()

    async def books(self, payment: Payment, *, refused: bool = False) -> None:
        record = PaymentRecord(1, "JQ-2026-0001", payment, None)
        try:
            await record_payments(self.moment, self.story.lender, [record], VAULT)
        except Refusal:
            assert refused, payment

    @rule(which=st.sampled_from(list(WITHIN)), core=st.sampled_from(["K-1", "K-1", ""]))
    def xiaoming_varies_the_plan(self, which: str, core: str) -> None:
        """From asking to the core's answer; where nothing lives, or something is open, nobody gets as far."""
        proposal = self.proposal()
        if proposal is not None and proposal.state in LIVE:
            self.xiaoming_proposes(which)
            self.staff_accept("approver")
            self.xiaoming_signs()
            self.the_core_answers(core)

    @rule(times=st.integers(1, 4), kept=st.booleans(), varied=st.sampled_from(["", *WITHIN]))
    def it_takes_its_course(self, times: int, kept: bool, varied: str) -> None:
        """The likeliest next steps, so that plans come to life, are varied, kept and broken."""
        for _ in range(times):
            proposal = self.proposal()
            if proposal is not None and proposal.state in LIVE:
                if varied:
                    self.xiaoming_varies_the_plan(varied, "K-1")
                if kept:
                    self.xiaoming_pays(56_900, None)
                self.time_passes(31)
            else:
                self.likeliest(proposal.state if proposal else State.DRAFT)

    def likeliest(self, state: State) -> None:
        {
            State.ACCEPTED: self.xiaoming_signs,
            State.AGREED: lambda: self.the_core_answers("K-1"),
            State.COUNTERED: self.xiaoming_accepts,
            State.OFFERED: self.xiaoming_accepts,
            State.SUBMITTED: lambda: self.staff_accept("approver"),
            State.UNDER_REVIEW: lambda: self.staff_accept("approver"),
        }.get(state, lambda: self.xiaoming_proposes("six, half of the penalty let go"))()

    @rule(days=st.sampled_from([1, 3, 14, 31]))
    def time_passes(self, days: int) -> None:
        self.day = min(self.day + timedelta(days=days), date(2027, 12, 31))
        self.run(run_clocks(self.story.lender, self.moment))
        self.run(advance_plans(self.story.lender, self.moment))
        self.told_is_so()

    def told_is_so(self) -> None:
        """What was told last of the newest plan is where the ledger of today has it, back and forth."""
        proposal = self.proposal()
        if proposal is not None and proposal.state in FOLLOWED:
            found = position(proposal.case.loan, self.day).progress_of(proposal.ref)
            assert state_now(proposal.state, found) in (proposal.state, State.SUPERSEDED), (proposal.state, found)

    @invariant()
    def the_record_holds_and_says_what_the_state_is(self) -> None:
        self.run(_chain_holds())
        count = self.run(_events())
        assert count >= self.events, "no event is lost"
        self.events = count
        open_now = 0
        for ref, state, told in self.run(_proposals()):
            assert State(state) is [EDGES[name] for name in told if name in EDGES][-1], (ref, told)
            open_now += State(state) in OPEN_STATES
        assert open_now <= 1

    @invariant()
    def the_ledger_holds(self) -> None:
        loan = self.run(self.story.case()).loan
        now = position(loan, self.day)
        assert all(minor >= 0 for _, minor in now.overdue.items())
        it = now.itemisation
        assert it.opening + it.principal_due + it.interest + it.penalty_fees_costs - it.credited == it.now
        paid = sum(each.amount for each in now.payments if each.reversed_on is None)
        assert paid == sum(p.allocated.total + p.credit for p in now.payments if p.reversed_on is None)

    @invariant()
    def nobody_is_worse_off_than_by_the_contract_alone(self) -> None:
        loan = self.run(self.story.case()).loan
        alone = position(replace(loan, agreements=(), suspensions=()), self.day)
        assert position(loan, self.day).payoff <= alone.payoff


async def _newest() -> tables.ProposalRow | None:
    """The one that is open or lives, or else the last."""
    rows = await tables.ProposalRow.all().order_by("-id")
    stands = [row for row in rows if State(row.state) in OPEN_STATES | LIVE]
    return next(iter(stands or rows), None)


async def _events() -> int:
    return int(await tables.EventRow.all().count())


async def _gaps() -> list[str]:
    """Facts that an act told and did not keep, or kept and did not tell."""
    return [gap async for gap in fact_gaps(FactCounts())]


async def _chain_holds() -> None:
    assert [link async for link in broken_links() if link.what] == []


async def _proposals() -> list[tuple[str, str, list[str]]]:
    found = []
    for row in await tables.ProposalRow.all().order_by("id"):
        told = await tables.EventRow.filter(proposal_ref=row.ref).order_by("feed").values_list("type", flat=True)
        found.append((str(row.ref), str(row.state), [str(name) for name in told]))
    return found
