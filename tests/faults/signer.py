"""小明 in a process of their own: `python -m tests.faults.signer URL` proposes, signs and has it booked, without end.

Each plan takes the place of the one before. It goes on wherever it was stopped.
"""

import asyncio
import secrets
import sys

from portal.actions.act import Acting, Author, FormToken
from portal.actions.proposals import accept, agree, book, submit
from portal.domain.event import Actor
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import LIVE, OPEN_STATES, Party, State
from portal.domain.restructuring.quote import quote_offer
from portal.reads.cases import lender_by_slug
from portal.reads.policy import policy
from portal.tables import models as tables
from portal.tables.connection import connected
from tests.actions.story import BORROWER, NOW, ON, SIX, TWELVE, VAULT, Story, paper

CORE = Actor("lender", "core")


async def there() -> Story:
    row = await tables.LoanRow.get(loan_no="JQ-2026-0001")
    borrower = await tables.BorrowerRow.get(external_id="B-1")
    return Story(await lender_by_slug("jq"), int(borrower.person_id or 0), row.ref)  # type: ignore[attr-defined]


async def go_on(story: Story) -> None:
    """One move: the one that the open proposal waits for, or another proposal."""
    case = await story.case()
    kept = FormToken(case.seq, secrets.token_urlsafe(8))
    author = Author(BORROWER, VAULT, "我病了")
    if case.proposal is None:
        offer = SIX if secrets.randbelow(2) else TWELVE
        quote = quote_offer(position(case.loan, ON), offer, await policy(story.lender.id, "CNY"))
        await submit(Acting(author, kept, NOW), case, story.person_id, quote)
        return
    proposal = await story.proposal(case.proposal.ref)
    if proposal.state is State.ACCEPTED:
        await agree(Acting(author, kept, NOW), proposal, signed=paper(proposal))
    elif proposal.state is State.AGREED:
        await book(Acting(Author(CORE, VAULT), kept, NOW), proposal, f"K-{proposal.ref}", "")
    else:
        await accept(Acting(Author(Actor("staff", "rui"), VAULT), kept, NOW), proposal, Party.LENDER)


async def work(url: str) -> None:
    async with connected(url):
        story = await there()
        print("begun", flush=True)
        while True:
            await go_on(story)
            print("moved", flush=True)


async def whole() -> None:
    """What belongs together is there together or not at all; at most one proposal is open and one lives."""
    rows = await tables.ProposalRow.all().order_by("id")
    assert sum(State(row.state) in OPEN_STATES for row in rows) <= 1
    assert sum(State(row.state) in LIVE for row in rows) <= 1
    signed = await tables.EventRow.filter(type="agreement.signed").count()
    assert signed == await tables.AgreementRow.all().count()
    assert await tables.OfferRow.all().count() == await tables.EventRow.filter(type="proposal.submitted").count()
    lives = await tables.ProposalLineRow.filter(live_loan__isnull=False).count()
    assert lives == sum(State(row.state) in LIVE for row in rows)
    booked = await tables.EventRow.filter(type="plan.activated").count()
    ended = await tables.EventRow.filter(type="plan.superseded").count()
    assert booked - ended == lives


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
