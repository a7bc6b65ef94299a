"""小明's loan in a database, and the two sides of its negotiation: what the tests of actions begin with."""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from portal.actions.act import Acting, Author, FormToken
from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.actions.portfolio import import_portfolio
from portal.actions.proposals import Signed, submit
from portal.domain.contract.calendar import Every
from portal.domain.contract.portfolio import BorrowerFacts, LoanRecord
from portal.domain.event import Actor, BusinessTime
from portal.domain.ledger.position import position
from portal.domain.restructuring.affordability import Budget
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import Quote, quote_offer
from portal.reads.cases import Case, LenderFacts, PersonScope, case, lender_by_slug
from portal.reads.papers import Signer
from portal.reads.policy import policy
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.tables import models as tables
from portal.vault import Vault, new_ref
from portal.web.agreements import agreement_document as portal_paper
from tests.domain.people import ON, XIAOMING

VAULT = Vault("a secret of more than thirty-two characters")
NOW = BusinessTime(datetime(2026, 6, 14, 16, 40, tzinfo=UTC), ON)
BORROWER, RUI, LAN = Actor("borrower", "xiaoming"), Actor("staff", "rui"), Actor("staff", "lan")
FACTS = BorrowerFacts("B-1", "王小明", "+8613800000001", "123X")
SIX = Offer(Every(1, "m"), date(2026, 7, 1), installments=6, reason="illness")
TWELVE = Offer(Every(1, "m"), date(2026, 7, 1), installments=12, reason="illness")
POLICY = '[plan]\nmax_months = 6\nmin_installment = "300.00"\n'


def paper(proposal: ProposalCase) -> Signed:
    """What 小明 signs, as the page would have it."""
    return portal_paper(proposal, "zh-CN", Signer(BORROWER.ref, "王小明", "123X"), "192.0.2.1", NOW, 12)


@dataclass(frozen=True, slots=True)
class Story:
    lender: LenderFacts
    person_id: int
    loan_ref: str

    @property
    def scope(self) -> PersonScope:
        return PersonScope(self.person_id, frozenset({self.lender.id}))

    async def case(self) -> Case:
        return await case(self.loan_ref, self.scope)

    async def quote(self, offer: Offer) -> Quote:
        now = await self.case()
        return quote_offer(position(now.loan, ON), offer, await policy(self.lender.id, "CNY"))

    async def propose(self, offer: Offer, note: str = "", key: str = "", told: Budget | None = None) -> str:
        now, quote = await self.case(), await self.quote(offer)
        acting = Acting(Author(BORROWER, VAULT, note), FormToken(now.seq, key), NOW)
        return await submit(acting, now, self.person_id, quote, told=told)

    async def proposal(self, ref: str) -> ProposalCase:
        return await desk_proposal(ref, self.lender.id)

    async def events(self) -> list[str]:
        """Of the loans, but for what is said of the lender's statements."""
        types = await tables.EventRow.filter(stream__startswith="loan:").order_by("feed").values_list("type", flat=True)
        return [str(name) for name in types if not str(name).startswith("statement.")]

    async def books(self) -> list[str]:
        """What is said of the lender's statements."""
        types = (
            await tables.EventRow.filter(type__startswith="statement.").order_by("feed").values_list("type", flat=True)
        )
        return [str(name).removeprefix("statement.") for name in types]


async def begin() -> Story:
    """佳泉消费金融 with its policy, and 小明 who has come through the door."""
    story = await begin_outside()
    person = await tables.PersonRow.create(ref=new_ref(), key=VAULT.new_key())
    await tables.BorrowerRow.filter(external_id="B-1").update(person_id=person.id)
    return replace(story, person_id=person.id)


async def begin_outside() -> Story:
    """The same with 小明 still before the door."""
    await add_lender(NOW, NewLender("jq", "佳泉消费金融", "consumer-finance", "CNY", "Asia/Shanghai"))
    jq = await lender_by_slug("jq")
    await set_policy(NOW, jq, POLICY, OPERATOR)
    await import_portfolio(NOW, jq, [LoanRecord(1, XIAOMING, FACTS)], [], VAULT)
    row = await tables.LoanRow.get(loan_no="JQ-2026-0001")
    return Story(jq, 0, row.ref)


def fresh_key() -> str:
    return secrets.token_urlsafe(16)
