"""The demo's stage: the cast and their stories, told once through the same actions as everybody's."""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from portal.actions.act import Acting, Author, FormToken
from portal.actions.complaints import NewComplaint, decide_complaint, file_complaint
from portal.actions.invitations import accept_invitation, invite
from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.actions.payment_claims import PaymentStatement, claim_payment
from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.actions.proposals import Signed, accept, agree, book, counter, decline, step, submit
from portal.actions.sessions import end_session, start_staff_session
from portal.actions.staff import activate, add_staff
from portal.commands.seed_contacts import tell_calls
from portal.commands.setup import writing
from portal.demo import DEMO_POLICY, JQ, JQ_NAME, PORTFOLIOS, TIMEZONE, YH, Someone, portfolio
from portal.domain.conduct.complaints import ComplaintCause, ComplaintKind, Outcome
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import Actor, BusinessTime
from portal.domain.ledger.position import position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.affordability import Budget
from portal.domain.restructuring.negotiation import Move, Party, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.quote import quote_offer
from portal.intake import read_portfolio
from portal.reads.cases import Case, LenderFacts, NotFound, PersonScope, cases, lender_by_slug
from portal.reads.complaints import ComplaintCase, desk_complaint_case
from portal.reads.invitations import open_invitation
from portal.reads.papers import signer_of
from portal.reads.policy import policy as read_policy
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.reads.sessions import signed_in_staff
from portal.settings import Settings
from portal.vault import Vault, token_hash
from portal.web.agreements import agreement_document
from portal.web.api.booking import CORE
from portal.web.passwords import hashed

STAFF = (("rui@jq.example", "agent"), ("lan@jq.example", "approver"))
SEED_PASSWORD = "desk-in-june"
SHOWN = Budget(450000, 300000)
LONG = Offer(Every(1, "m"), date(2026, 7, 10), installments=12, reason="income_dropped")
SHORT = replace(LONG, installments=5)


async def seed(settings: Settings, links: Path | None = None) -> list[str]:
    """Sets the stage where it is empty, and answers the lines that tell who is there and how each gets in.

    `links` is the file where the borrowers' links are kept, to be handed out again at the next start.
    """
    vault, today = settings.vault(), settings.business_date
    assert today is not None
    moment = settings.moment(datetime.now(UTC), TIMEZONE)
    try:
        await lender_by_slug(JQ)
    except NotFound:
        await _set(vault, moment)
    kept: dict[str, str] = json.loads(links.read_text()) if links and links.exists() else {}
    lines = await _programme(settings, vault, BusinessTime(datetime.now(UTC), today), kept)
    if links:
        with writing(links) as file:
            json.dump(kept, file, indent=1)
    return lines


async def _set(vault: Vault, moment: BusinessTime) -> None:
    for slug, name, legal_name, kind, hotline in (
        (JQ, JQ_NAME, "佳泉消费金融有限公司", "consumer-finance", "400-820-0001"),
        (YH, "银河银行信用卡中心", "银河银行股份有限公司", "bank", "400-820-0002"),
    ):
        await add_lender(moment, NewLender(slug, name, kind, "CNY", TIMEZONE, hotline, legal_name))
        facts = await lender_by_slug(slug)
        await set_policy(moment, facts, DEMO_POLICY.replace(JQ_NAME, name), OPERATOR)
        await import_portfolio(moment, facts, read_portfolio(portfolio(slug), kind), [], vault)
    jq = await lender_by_slug(JQ)
    rui, _ = [await _hire(jq, email, role, moment) for email, role in STAFF]
    for loan_no, tell in SEEDS.items():
        await tell(Seeder(jq, loan_no, rui, vault, moment))
    await tell_calls(jq, "JQ-2026-0005", vault, moment)


async def _hire(at: LenderFacts, email: str, role: str, moment: BusinessTime) -> Actor:
    token = await add_staff(moment, at, email, role)
    staff_id = await activate(token, await hashed(SEED_PASSWORD), moment.at)
    cookie = await start_staff_session(staff_id, moment.at)
    signed_in = await signed_in_staff(token_hash(cookie), moment.at)
    assert signed_in is not None
    await end_session(signed_in.session_id, moment.at)
    return Actor("staff", signed_in.ref)


class Seeder:
    """Plays both sides of one proposal; `borrower` is known once they have come through the door."""

    def __init__(self, at: LenderFacts, loan_no: str, rui: Actor, vault: Vault, moment: BusinessTime) -> None:
        self.lender, self.loan_no, self.vault, self.moment = at, loan_no, vault, moment
        self.rui, self.borrower, self.person_id = rui, Actor("borrower"), 0
        self.scope = PersonScope(0, frozenset())

    def acting(self, actor: Actor, case: Case, note: str = "") -> Acting:
        return Acting(Author(actor, self.vault, note), FormToken(case.seq), self.moment)

    async def propose(self, offer: Offer, note: str = "", told: Budget | None = None) -> ProposalCase:
        token = await invite(self.moment, self.lender, self.loan_no, "", self.vault)
        found = await open_invitation(token, self.vault, self.moment.at)
        came = await accept_invitation(self.moment, found, None, self.vault)
        self.person_id, self.borrower = came.person_id, Actor("borrower", came.ref)
        self.scope = PersonScope(self.person_id, frozenset({self.lender.id}))
        (case,) = await cases(self.scope)
        policy = await read_policy(self.lender.id, self.lender.currency)
        quote = quote_offer(position(case.loan, self.moment.today), offer, policy)
        ref = await submit(self.acting(self.borrower, case, note), case, self.person_id, quote, told=told)
        return await self.again(ref)

    async def tell(self, case: Case, seeder: NewComplaint, words: str) -> ComplaintCase:
        ref = await file_complaint(self.acting(self.borrower, case, words), case, self.person_id, seeder)
        return await desk_complaint_case(ref, self.lender.id)

    async def again(self, ref: str) -> ProposalCase:
        return await desk_proposal(ref, self.lender.id)

    async def step(self, proposal: ProposalCase, party: Party, move: Move, note: str = "") -> ProposalCase:
        actor = self.rui if party is Party.LENDER else self.borrower
        await step(self.acting(actor, proposal.case, note), proposal, party, move)
        return await self.again(proposal.ref)

    async def paper(self, proposal: ProposalCase) -> Signed:
        signer = await signer_of(proposal.case.id, self.scope, self.vault)
        return agreement_document(proposal, "zh-CN", signer, "", self.moment, proposal.policy.reading_seconds)

    async def books(self, proposal: ProposalCase) -> ProposalCase:
        """The borrower signs what was accepted, and the lender's core books it."""
        await agree(self.acting(self.borrower, proposal.case), proposal, signed=await self.paper(proposal))
        proposal = await self.again(proposal.ref)
        await book(self.acting(CORE, proposal.case), proposal, f"K-{self.loan_no}", "")
        return await self.again(proposal.ref)


async def _taken_up(seeder: Seeder, told: Budget | None = None) -> ProposalCase:
    return await seeder.step(await seeder.propose(LONG, told=told), Party.LENDER, Move.TAKE_UP)


async def _asked(seeder: Seeder) -> None:
    proposal = await _taken_up(seeder)
    await seeder.step(proposal, Party.LENDER, Move.ASK, "您方便在每月几号还款？")


async def _countered(seeder: Seeder) -> None:
    proposal = await seeder.propose(LONG, "希望分十二期。")
    now = position(proposal.case.loan, seeder.moment.today)
    quote = quote_offer(now, replace(LONG, installments=8), proposal.policy)
    await counter(seeder.acting(seeder.rui, proposal.case, "八期我们可以接受。"), proposal, quote)


async def _agreed(seeder: Seeder) -> None:
    proposal = await seeder.propose(LONG)
    await accept(seeder.acting(seeder.rui, proposal.case), proposal, Party.LENDER)
    proposal = await seeder.again(proposal.ref)
    await agree(seeder.acting(seeder.borrower, proposal.case), proposal, signed=await seeder.paper(proposal))
    case = (await seeder.again(proposal.ref)).case
    statement = PaymentStatement(
        seeder.moment.today - timedelta(days=1), proposal.on_the_table.plan.rows[0].total, "2026061300087"
    )
    await claim_payment(seeder.acting(seeder.borrower, case), case, seeder.person_id, statement)


async def _declined(seeder: Seeder) -> None:
    proposal = await seeder.propose(replace(LONG, installments=36))
    calls = await seeder.tell(proposal.case, NewComplaint(ComplaintKind.CALLS), "昨晚十一点还有人打电话。")
    words = "已查实，该时段不会再有来电。"
    await decide_complaint(
        seeder.acting(seeder.rui, calls.case, words), calls, Outcome.UPHELD, "", ComplaintCause.COLLECTION
    )
    proposal = await seeder.again(proposal.ref)
    await decline(seeder.acting(seeder.rui, proposal.case, "时间太长，十二期以内可以再谈。"), proposal, "too_long")


async def _withdrawn(seeder: Seeder) -> None:
    proposal = await seeder.step(await seeder.propose(LONG), Party.BORROWER, Move.WITHDRAW)
    await seeder.tell(proposal.case, NewComplaint(ComplaintKind.AMOUNT, "penalty"), "四月那期是按时还的，不该有罚息。")


async def _running(seeder: Seeder) -> None:
    """Twenty yuan of the penalty waived, two hundred paid to begin with."""
    begun = replace(SHORT, down_payment=20000, waiver=Amounts(penalty=2000))
    proposal = await seeder.propose(begun)
    await accept(seeder.acting(seeder.rui, proposal.case), proposal, Party.LENDER)
    proposal = await seeder.books(await seeder.again(proposal.ref))
    paid = PaymentRecord(1, seeder.loan_no, Payment("P-20", seeder.moment.today, 20000), None)
    after = BusinessTime(seeder.moment.at + timedelta(seconds=1), seeder.moment.today)
    await record_payments(after, seeder.lender, [paid], seeder.vault)
    assert proposal.state is State.ACTIVE


async def _paused(seeder: Seeder) -> None:
    pause = Offer(Every(1, "m"), date(2026, 7, 14), installments=1, kind=OfferKind.PAUSE, reason="illness")
    await seeder.books(await seeder.propose(pause))


SEEDS: dict[str, Callable[[Seeder], Awaitable[object]]] = {
    "JQ-2026-0006": lambda seeder: seeder.propose(LONG, "收入降了，每月只能还这些。"),
    "JQ-2026-0007": lambda seeder: _taken_up(seeder, SHOWN),
    "JQ-2026-0008": _asked,
    "JQ-2026-0009": _countered,
    "JQ-2026-0010": lambda seeder: seeder.propose(SHORT),
    "JQ-2026-0011": _agreed,
    "JQ-2026-0012": _declined,
    "JQ-2026-0013": _withdrawn,
    "JQ-2026-0016": _running,
    "JQ-2026-0017": _paused,
}


async def _programme(settings: Settings, vault: Vault, moment: BusinessTime, kept: dict[str, str]) -> list[str]:
    url = settings.base_url
    lines = [
        "",
        f"The Repayment Portal, business date {moment.today}",
        f"  for borrowers   {url}/",
        f"  for staff       {url}/desk      {STAFF[0][0]} or {STAFF[1][0]}, password {SEED_PASSWORD}",
        "",
        "Borrowers get in by their link and the last four of their ID number:",
    ]
    for slug in (JQ, YH):
        facts = await lender_by_slug(slug)
        for loan_no, who in _first_loans(slug):
            try:
                way_in = f"{url}/i/{await _link(facts, loan_no, kept, vault, moment)}"
            except Refusal as refusal:  # of one person, and everybody else is there
                way_in = f"no new link: {refusal}"
            lines.append(f"  {who.name}\t{who.id_last4}  {loan_no}  {way_in}  {who.shows}")
    environment = f"PORTAL_DATABASE='{settings.database}' PORTAL_SECRET='{settings.secret}'"
    lines += ["", "To read the story as the lender's system does:"]
    lines += [f"  {environment} .venv/bin/python -m portal events --lender {JQ} --json"]
    lines += ["", "To be the lender's system, with a key of its own:"]
    lines += [f"  export PORTAL_KEY=$({environment} .venv/bin/python -m portal key add --lender {JQ})"]
    lines += [f'  make core ARGS="--url {url} follow --on"', ""]
    return lines


async def _link(at: LenderFacts, loan_no: str, kept: dict[str, str], vault: Vault, moment: BusinessTime) -> str:
    """That of an earlier start as long as it opens something: nobody is sent more than so many a day."""
    name = f"{at.slug} {loan_no}"
    with suppress(NotFound):
        if name in kept and not (await open_invitation(kept[name], vault, moment.at)).ended:
            return kept[name]
    kept[name] = await invite(moment, at, loan_no, "", vault)
    return kept[name]


def _first_loans(slug: str) -> list[tuple[str, Someone]]:
    """One link a person and lender, at the loan that stands first."""
    firsts: dict[str, tuple[str, Someone]] = {}
    for contract in PORTFOLIOS[slug]:
        firsts.setdefault(contract.who.external_id, (contract.loan_no, contract.who))
    return list(firsts.values())
