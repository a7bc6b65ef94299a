"""Borrowers of a lender whose core is `core_books`: what they pay, offer, sign and dispute in two hundred days."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from portal.actions.act import Acting, Author, FormToken
from portal.actions.complaints import NewComplaint, file_complaint, withdraw_complaint
from portal.actions.proposals import accept, agree, decline, submit
from portal.domain.conduct.complaints import ComplaintKind
from portal.domain.contract.agreement import Agreement, Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Charge, Payment
from portal.domain.event import Actor, BusinessTime
from portal.domain.ledger.position import position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.negotiation import OPEN_STATES, Party, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import quote_offer
from portal.reads.cases import Case, PersonScope, case
from portal.reads.complaints import complaints_of, desk_complaint_case
from portal.reads.papers import Signer
from portal.reads.policy import policy
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.tables import models as tables
from portal.vault import Vault, new_ref
from portal.web.agreements import agreement_document
from tests.api.core_books import Core, Kept

LAN = Actor("staff", "lan")
WAYS = ("keeps", "keeps", "keeps", "last day, told late", "last day, told late", "taken back", "stops", "any", "any")


def business_time(day: date) -> BusinessTime:
    return BusinessTime(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), day)


@dataclass
class Borrower:
    """One person with one loan; `coming` is the money that they will have paid by a day, under the core's ids."""

    core: Core = field(repr=False)
    kept: Kept
    scope: PersonScope
    ref: str
    vault: Vault
    rnd: Random
    offers_on: list[date] = field(default_factory=list)
    planned: set[str] = field(default_factory=set)
    numbers: int = 0
    waits: bool = False

    @property
    def author(self) -> Author:
        return Author(Actor("borrower", self.kept.borrower), self.vault)

    def acting(self, on: date, case_now: Case, author: Author | None = None) -> Acting:
        return Acting(author or self.author, FormToken(case_now.seq, new_ref()), business_time(on))

    # What they pay, and when the core hears of it.

    def hears(self, payment: Payment, told_on: date) -> None:
        self.kept.unheard[max(told_on, payment.received_on)].append(payment)

    def pays(self, on: date, fen: int, late: int | None = None, back: int | None = None, **named: Any) -> None:
        """Told by ten days later; now and then it is taken back, or was really another sum on the same day."""
        self.numbers += 1
        payment = Payment(f"P-{self.numbers:03}", on, max(fen, 1), **named)
        told_on = on + timedelta(days=self.late() if late is None else late)
        self.hears(payment, told_on)
        chance = self.rnd.random()
        if chance < 0.06 and back is None:
            back = self.rnd.randint(0, 40)
        if back is not None:
            self.takes_back(payment, told_on, on + timedelta(days=back))
        elif 0.06 <= chance < 0.13:
            self.corrects(payment, told_on + timedelta(days=self.rnd.randint(1, 20)))

    def late(self) -> int:
        return self.rnd.choice((0, 0, self.rnd.randint(0, 10)))

    def takes_back(self, payment: Payment, told_on: date, on: date) -> None:
        self.core.happened["reversal"] += 1
        back = Payment(f"R-{payment.id}", on, reverses=payment.id)
        self.hears(back, max(on + timedelta(days=self.late()), told_on + timedelta(days=1)))

    def corrects(self, payment: Payment, on: date) -> None:
        self.core.happened["correction"] += 1
        self.hears(Payment(f"R-{payment.id}", payment.received_on, reverses=payment.id), on)
        self.hears(replace(payment, id=f"{payment.id}-2", amount=self.near(payment.amount), allocated=None), on)

    def near(self, fen: int) -> int:
        return self.rnd.choice((fen, fen, fen, fen * 2, fen - 1, self.rnd.randint(1, max(fen * 2, 2))))

    def plans_to_pay_the_contract(self) -> None:
        """On the day, early, late, odd, twice, or not at all; some name the installment, some are told by component."""
        keeps = self.rnd.choice((0.2, 0.5, 0.9))
        for row in self.kept.loan.schedule:
            if self.rnd.random() > keeps:
                continue
            on = row.due_on + timedelta(days=self.rnd.choice((0, 0, 0, -7, 1, self.rnd.randint(-20, 60))))
            on = max(on, self.kept.loan.disbursed_on)
            how = self.rnd.random()
            if how < 0.5:
                self.pays(on, self.near(row.total), installment=row.no)
            elif how < 0.6:
                stated = Amounts(fees=row.fees, interest=row.interest, principal=row.principal)
                self.pays(on, row.total, allocated=stated)
            else:
                self.pays(on, self.near(row.total))

    def plans_to_pay(self, agreement: Agreement) -> None:
        """Row after row: kept, on the last day to catch up and told late, kept and taken back, odd, or no more."""
        way = self.rnd.choice(WAYS)
        self.core.happened[f"way: {way}"] += 1
        rows = agreement.plan.rows
        stops = self.rnd.randint(0, len(rows)) if way in ("any", "stops") else len(rows)
        for row in rows[:stops]:
            on, fen, late = max(row.due_on, agreement.answered_on or row.due_on), row.total, None
            if way == "last day, told late" and row.no in (1, len(rows)):
                on, late = on + timedelta(days=agreement.cure_terms.cure_days), 10
            if way == "any":
                on += timedelta(days=self.rnd.choice((0, 0, -3, 1, self.rnd.randint(-5, 15))))
                fen = self.near(row.total)
            on = max(on, agreement.signed_on)
            named = self.rnd.choice(({}, {}, {"plan_installment": row.no}))
            back = self.rnd.randint(2, 30) if way == "taken back" and row is rows[-1] else None
            if fen:
                self.pays(on, fen, late, back, **named)

    # What they offer, sign and dispute.

    async def day(self, on: date) -> None:
        for ref, agreement in self.kept.agreements.items():
            if ref not in self.planned and agreement.answered_on and not agreement.refused:
                self.planned.add(ref)
                self.plans_to_pay(agreement)
        if self.waits or (self.offers_on and self.offers_on[0] <= on):
            await self.negotiates(on, await case(self.ref, self.scope))

    async def negotiates(self, on: date, now: Case) -> None:
        sent = now.proposal
        self.waits = sent is not None and sent.state in OPEN_STATES
        if sent is None or not self.waits:
            if self.offers_on and self.offers_on[0] <= on:
                self.offers_on.pop(0)
                await self.offers(on, now)
            return
        if self.rnd.random() < 0.5:
            return
        proposal = await desk_proposal(sent.ref, now.lender.id)
        if proposal.state is State.ACCEPTED:
            await self.tries("sign", self.signs(on, proposal))
        elif proposal.state in (State.SUBMITTED, State.UNDER_REVIEW) and self.rnd.random() < 0.6:
            await self.tries("answer", self.is_answered(on, proposal))

    async def tries(self, what: str, attempt: Any) -> bool:
        """Whether it was not refused."""
        try:
            await attempt
        except Refusal as refusal:
            self.core.happened[f"{what}: {type(refusal).__name__}"] += 1
            return False
        return True

    async def signs(self, on: date, proposal: ProposalCase) -> None:
        paper = agreement_document(
            proposal, "zh-CN", Signer(self.kept.borrower, "", ""), "192.0.2.1", business_time(on), 12
        )
        await agree(self.acting(on, proposal.case), proposal, signed=paper)

    async def is_answered(self, on: date, proposal: ProposalCase) -> None:
        acting = self.acting(on, proposal.case, Author(LAN, self.vault, role="approver"))
        if self.rnd.random() < 0.8:
            await accept(acting, proposal, Party.LENDER)
        else:
            await decline(acting, proposal, "too_long")

    async def offers(self, on: date, now: Case) -> None:
        rules = await policy(now.lender.id, now.lender.currency)
        owed = position(now.loan, on)
        for offer in self.wishes(on):
            try:
                quote = quote_offer(owed, offer, rules)
                if self.rnd.random() < 0.5 and quote.position.overdue.penalty:
                    waiver = Amounts(penalty=quote.position.overdue.penalty // 2)
                    quote = quote_offer(owed, replace(offer, waiver=waiver), rules)
                await submit(self.acting(on, now), now, self.scope.person_id, quote)
                self.waits = True
                return
            except Refusal as refusal:
                self.core.happened[f"offer: {type(refusal).__name__}"] += 1

    def wishes(self, on: date) -> list[Offer]:
        """Mostly over what is overdue; over all where nothing is."""
        first, every = on + timedelta(days=self.rnd.randint(3, 20)), self.rnd.choice(("1m", "2w", "2w", "1w"))
        offer = Offer(
            Every.parse(every),
            first,
            installments=self.rnd.choice((1, 1, 2, 2, 3, 4)),
            interest_rate=Fraction(self.rnd.choice((0, 0, 6, 18)), 100),
            reason="illness",
        )
        whole = replace(offer, covers=Covers.ALL)
        settled = replace(whole, kind=OfferKind.SETTLEMENT, installments=self.rnd.choice((1, 2)))
        others = [whole, replace(offer, covers=Covers.TO_COME), settled]
        return [offer, whole] if self.rnd.random() < 0.7 else [self.rnd.choice(others), offer]

    async def disputes(self, on: date) -> None:
        """What is charged for lateness, or a part of what is owed; it is taken back some time later."""
        now = await case(self.ref, self.scope)
        open_ones = [each for each in await complaints_of(now.id, self.scope.person_id) if each.state == "open"]
        if open_ones:
            found = await desk_complaint_case(open_ones[0].ref, now.lender.id)
            await withdraw_complaint(self.acting(on, now), found)
        else:
            wrong = NewComplaint(ComplaintKind.AMOUNT, self.rnd.choice(("penalty", "interest", "principal")))
            await file_complaint(self.acting(on, now), now, self.scope.person_id, wrong)

    def is_charged(self, on: date) -> None:
        """A fee for something, in the core's books from that day on; costs alone under a cap."""
        loan = self.kept.loan
        kind = self.rnd.choice(("fees", "costs", "penalty")) if loan.terms.cap is None else "costs"
        number = f"C-{len(loan.charges) + 1}"
        row = self.rnd.choice(loan.schedule).no if self.rnd.random() < 0.5 else None
        charge = Charge(number, on, on + timedelta(days=self.rnd.choice((0, 10))), kind, 700, row)
        self.kept.loan = replace(loan, charges=(*loan.charges, charge))
        self.core.happened["charge"] += 1


async def comes_in(core: Core, kept: Kept, vault: Vault, lender_id: int, rnd: Random) -> Borrower:
    """As if they had come through the door."""
    person = await tables.PersonRow.create(ref=new_ref(), key=vault.new_key())
    await tables.BorrowerRow.filter(external_id=kept.borrower, lender_id=lender_id).update(person_id=person.id)
    row = await tables.LoanRow.get(loan_no=kept.loan.loan_no, lender_id=lender_id)
    found = Borrower(core, kept, PersonScope(person.id, frozenset({lender_id})), row.ref, vault, rnd)
    on = kept.loan.schedule[0].due_on
    for _ in range(rnd.choice((2, 3, 4, 5))):
        on += timedelta(days=rnd.randint(5, 45))
        found.offers_on.append(on)
    found.plans_to_pay_the_contract()
    return found
