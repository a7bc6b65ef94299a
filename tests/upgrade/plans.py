"""Proposals and plans in the states that the demo leaves out, each the story of one borrower of the third lender."""

from dataclasses import replace
from datetime import date

from portal.actions.act import Acting, Author, FormToken
from portal.actions.payments import record_payments
from portal.actions.proposals import (
    WAIVER,
    ProposalPart,
    advance_plans,
    agree,
    approve_waiver,
    book,
    counter,
    pause_plan,
    propose_waiver,
    revise,
    run_clocks,
    submit_together,
)
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import Move, Party
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import quote_offer
from portal.reads.approvals import waiting_approval
from portal.reads.cases import cases
from portal.reads.policy import policy
from portal.reads.proposals import ProposalCase
from portal.web.api.booking import CORE
from tests.upgrade.people import Comer, on

TWICE = Offer(Every(2, "w"), date(2026, 4, 27), installments=2, reason="income_dropped")
LATE = Offer(Every(1, "m"), date(2026, 7, 20), installments=3, reason="illness")
"""Begins later than the policy takes at once: a person decides."""


class Plans:
    """`tellers` by the number of the loan; `told` keeps what a later day goes on with."""

    def __init__(self, tellers: dict[str, Comer]) -> None:
        self.tellers = tellers
        self.lender = next(iter(tellers.values())).lender
        self.seeder: dict[str, ProposalCase] = {}

    async def april(self) -> None:
        """Two plans begin on the 20th; one is kept to its end, one is not and breaks."""
        for loan_no in ("XQ-01", "XQ-02"):
            self.seeder[loan_no] = await self._runs(loan_no, TWICE)
        self._all(on(4, 27))
        await self._pays("XQ-01", self.seeder["XQ-01"].on_the_table.plan.rows[0].total)
        await advance_plans(self.lender, on(4, 28))
        self._all(on(5, 11))
        await self._pays("XQ-01", self.seeder["XQ-01"].on_the_table.plan.rows[1].total)
        await advance_plans(self.lender, on(5, 14))

    async def may(self) -> None:
        """A plan that another takes the place of."""
        await self._runs("XQ-03", replace(TWICE, first_due=date(2026, 6, 20)))

    async def june(self) -> None:
        """On the 1st: what runs out, strains or is cured, what the lender pauses or sells, what the core refuses."""
        soon = replace(TWICE, first_due=date(2026, 6, 8))
        await self._countered("XQ-04", LATE)
        await self.tellers["XQ-05"].propose(LATE, "请您看一下。")
        for loan_no in ("XQ-06", "XQ-07"):
            self.seeder[loan_no] = await self._runs(loan_no, soon)
        proposal, seeder = await self._runs("XQ-08", replace(TWICE, first_due=date(2026, 6, 20))), self.tellers["XQ-08"]
        await pause_plan(
            Acting(Author(seeder.rui, seeder.vault), FormToken(proposal.case.seq), seeder.moment),
            proposal,
            date(2026, 7, 1),
        )
        await self._runs("XQ-22", replace(TWICE, first_due=date(2026, 6, 20)))
        proposal = await self._signed("XQ-09", soon)
        await book(
            Acting(Author(CORE, seeder.vault), FormToken(proposal.case.seq), seeder.moment), proposal, "", "closed"
        )

    async def clocks(self) -> None:
        """Until the 10th: what was missed strains, what nobody answered runs out."""
        await advance_plans(self.lender, on(6, 9))
        await run_clocks(self.lender, on(6, 10))

    async def sold(self) -> None:
        """On the 11th: the plan for what the lender sold ends."""
        await advance_plans(self.lender, on(6, 11))

    async def later(self) -> None:
        """On the 12th: one catches up, one plan gives way to the next."""
        self._all(on(6, 12))
        await self._pays("XQ-07", self.seeder["XQ-07"].on_the_table.plan.rows[0].total)
        await self._runs("XQ-03", replace(TWICE, first_due=date(2026, 6, 26)))

    async def today(self) -> None:
        """On the 14th: waivers that wait for a second pair of eyes and one that had it, an answer to an answer, two
        loans in one."""
        seeder = self.tellers["XQ-11"]
        proposal = await seeder.propose(replace(LATE, waiver=Amounts(penalty=4000)), "能不能免一部分罚息？")
        await propose_waiver(
            Acting(Author(seeder.rui, seeder.vault), FormToken(proposal.case.seq), seeder.moment),
            proposal,
            None,
            "病了",
        )
        seeder = self.tellers["XQ-12"]
        proposal = await seeder.propose(LATE)
        quote = quote_offer(
            position(proposal.case.loan, seeder.moment.today),
            replace(LATE, waiver=Amounts(penalty=3000)),
            proposal.policy,
        )
        await propose_waiver(
            Acting(Author(seeder.rui, seeder.vault), FormToken(proposal.case.seq), seeder.moment),
            proposal,
            quote,
            "病了",
        )
        proposal, seeder = await self._countered("XQ-13", LATE), self.tellers["XQ-13"]
        quote = quote_offer(
            position(proposal.case.loan, seeder.moment.today), replace(LATE, installments=4), proposal.policy
        )
        author = Author(seeder.borrower, seeder.vault, "四期可以吗？")
        await revise(Acting(author, FormToken(proposal.case.seq), seeder.moment), proposal, quote)
        proposal, seeder = await self._approved("XQ-14"), self.tellers["XQ-14"]
        await seeder.step(proposal, Party.BORROWER, Move.WITHDRAW)
        await self._together("XQ-15", "XQ-16")

    async def _together(self, *loan_nos: str) -> None:
        """Two loans of one borrower, sent in one."""
        seeder = self.tellers[loan_nos[0]]
        person_id = await seeder.enter()
        rules = await policy(self.lender.id, self.lender.currency)
        mine = [case for case in await cases(seeder.scope) if case.loan.loan_no in loan_nos]
        quote = [quote_offer(position(case.loan, seeder.moment.today), LATE, rules) for case in mine]
        parts = [ProposalPart(case, each, case.seq) for case, each in zip(mine, quote, strict=True)]
        acting = Acting(Author(seeder.borrower, seeder.vault), FormToken(0), seeder.moment)
        await submit_together(acting, self.lender, person_id, parts)

    def _all(self, moment: BusinessTime) -> None:
        for seeder in self.tellers.values():
            seeder.moment = moment

    async def _runs(self, loan_no: str, offer: Offer) -> ProposalCase:
        seeder = self.tellers[loan_no]
        return await seeder.books(await seeder.propose(offer))

    async def _signed(self, loan_no: str, offer: Offer) -> ProposalCase:
        seeder = self.tellers[loan_no]
        proposal = await seeder.propose(offer)
        await agree(
            Acting(Author(seeder.borrower, seeder.vault), FormToken(proposal.case.seq), seeder.moment),
            proposal,
            signed=await seeder.paper(proposal),
        )
        return await seeder.again(proposal.ref)

    async def _countered(self, loan_no: str, offer: Offer) -> ProposalCase:
        seeder = self.tellers[loan_no]
        proposal = await seeder.propose(offer)
        quote = quote_offer(
            position(proposal.case.loan, seeder.moment.today), replace(offer, installments=2), proposal.policy
        )
        await counter(
            Acting(Author(seeder.rui, seeder.vault, "两期。"), FormToken(proposal.case.seq), seeder.moment),
            proposal,
            quote,
        )
        return await seeder.again(proposal.ref)

    async def _approved(self, loan_no: str) -> ProposalCase:
        """What Wen wanted to answer with let go more than one may, and He agreed to just that."""
        seeder = self.tellers[loan_no]
        proposal = await seeder.propose(LATE)
        quote = quote_offer(
            position(proposal.case.loan, seeder.moment.today),
            replace(LATE, waiver=Amounts(penalty=2500)),
            proposal.policy,
        )
        await propose_waiver(
            Acting(Author(seeder.rui, seeder.vault), FormToken(proposal.case.seq), seeder.moment),
            proposal,
            quote,
            "病了",
        )
        proposal, found = (
            await seeder.again(proposal.ref),
            await waiting_approval(WAIVER, proposal.ref, seeder.moment.today),
        )
        assert found is not None
        second = Author(seeder.he, seeder.vault, role="approver")
        await approve_waiver(Acting(second, FormToken(proposal.case.seq), seeder.moment), proposal, found, quote)
        return await seeder.again(proposal.ref)

    async def _pays(self, loan_no: str, amount: int) -> None:
        seeder = self.tellers[loan_no]
        payment = Payment(f"R-{seeder.moment.today}", seeder.moment.today, amount)
        await record_payments(seeder.moment, self.lender, [PaymentRecord(1, loan_no, payment, None)], seeder.vault)
