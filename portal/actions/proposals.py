"""The moves of a proposal. Every move is one transaction: state, offer, text and one event per loan, or nothing."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import IntegrityError

from portal.actions.journal import Journal, journal, loan_stream, once
from portal.domain.calendar import add_working_days
from portal.domain.event import Actor, Happening, Moment, salted_hash
from portal.domain.negotiation import OPEN, Move, Party, ProposalOpen, State, follow
from portal.domain.plan_codec import money_of, offer_facts, plan_facts, to_text
from portal.domain.quote import Quote
from portal.reads.cases import Case
from portal.reads.proposals import ProposalCase
from portal.tables import models as t
from portal.tables.transaction import retried
from portal.vault import Vault, new_ref

POLICY = Actor("system", "policy")


@dataclass(frozen=True, slots=True)
class Guard:
    """What a form carries back: the seq it was drawn at, and a key that makes a double click act once."""

    seen: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, and the vault their words are sealed in."""

    actor: Actor
    vault: Vault
    note: str = ""


@retried
async def submit(case: Case, person_id: int, drawn: Quote, author: Author, guard: Guard, moment: Moment) -> str:
    """A borrower's new proposal; answers its ref. Inside the policy it is accepted in the same transaction.

    Raises ProposalOpen, SomebodyWasFirst, KeyUsedOtherwise.
    """
    async with journal(case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            if await t.ProposalLine.exists(open_loan=case.id):
                raise ProposalOpen("proposal")
            row = await _create(case, person_id, drawn, guard.seen, moment)
            note = await _keep_text(row, author)
            await _add_offer(row, Party.BORROWER, drawn, note)
            await _send(log, row, case, drawn, author, note, guard.seen)
            return row.ref

        request = {"loan": case.id, "offer": offer_facts(drawn.offer, case.loan.currency), "note": author.note}
        return await once(f"person:{person_id}", guard.key, request, unit)


@retried
async def revise(held: ProposalCase, drawn: Quote, author: Author, guard: Guard, moment: Moment) -> None:
    """The borrower answers a counter with another offer: version n+1. Raises as `submit` does."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, held, guard)
            follow(State(row.state), Party.BORROWER, Move.REVISE)
            row.version += 1
            note = await _keep_text(row, author)
            await _add_offer(row, Party.BORROWER, drawn, note)
            row.submitted_at = moment.at
            row.decide_by = _decide_by(drawn, moment)
            await _send(log, row, held.case, drawn, author, note, guard.seen, Move.REVISE)
            return row.ref

        await once(_doer(held, author), guard.key, _request(held, "revise", author, drawn), unit)


@retried
async def counter(held: ProposalCase, drawn: Quote, author: Author, guard: Guard, moment: Moment) -> None:
    """The lender answers with an offer of its own: version n+1, valid as long as a quote is."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, held, guard)
            seen = await _take_up(log, row, held.case, author, guard.seen)
            row.version += 1
            row.expires_on = drawn.valid_until
            row.decide_by = None
            note = await _keep_text(row, author)
            await _add_offer(row, Party.LENDER, drawn, note)
            facts = {**_drawn_facts(drawn), "note": note, "expires_on": drawn.valid_until.isoformat()}
            await _move(log, row, held.case, (Party.LENDER, Move.COUNTER), author.actor, facts, seen)
            return row.ref

        await once(_doer(held, author), guard.key, _request(held, "counter", author, drawn), unit)


@retried
async def accept(held: ProposalCase, party: Party, author: Author, guard: Guard, moment: Moment) -> None:
    """Either side takes the other's last offer, exactly as it was shown."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, held, guard)
            seen = guard.seen
            if party is Party.LENDER:
                seen = await _take_up(log, row, held.case, author, seen)
            valid_until = add_working_days(moment.today, held.policy.quote_working_days)
            row.expires_on, row.decide_by = valid_until, None
            note = await _keep_text(row, author)
            facts = {**_standing_facts(held), "note": note, "expires_on": valid_until.isoformat()}
            await _move(log, row, held.case, (party, Move.ACCEPT), author.actor, facts, seen)
            return row.ref

        await once(_doer(held, author), guard.key, _request(held, "accept", author), unit)


@retried
async def decline(held: ProposalCase, reason: str, author: Author, guard: Guard, moment: Moment) -> None:
    """A person at the lender says no, with a reason code and words."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, held, guard)
            seen = await _take_up(log, row, held.case, author, guard.seen)
            row.expires_on = row.decide_by = None
            note = await _keep_text(row, author)
            facts = {"reason": reason, "note": note}
            await _move(log, row, held.case, (Party.LENDER, Move.DECLINE), author.actor, facts, seen)
            return row.ref

        await once(_doer(held, author), guard.key, _request(held, f"decline:{reason}", author), unit)


@retried
async def step(held: ProposalCase, party: Party, move: Move, author: Author, guard: Guard, moment: Moment) -> None:
    """A move that carries nothing but a note: take up, ask, answer, withdraw."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, held, guard)
            note = await _keep_text(row, author)
            await _move(log, row, held.case, (party, move), author.actor, {"note": note}, guard.seen)
            return row.ref

        await once(_doer(held, author), guard.key, _request(held, move.value, author), unit)


@retried
async def agree(held: ProposalCase, author: Author, guard: Guard, moment: Moment) -> str:
    """The borrower confirms the accepted plan: the agreement's bytes are sealed and their hash is in the event."""
    async with journal(held.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, held, guard)
            follow(State(row.state), Party.BORROWER, Move.SIGN)
            document = _document(held, moment)
            person = await t.Person.get(id=held.person_id)
            digest = salted_hash(b"", document)
            ref = new_ref()
            await t.Agreement.create(
                ref=ref,
                proposal_id=row.id,
                version=row.version,
                sealed=author.vault.seal(person.key, document),
                hash=digest,
                signed_at=moment.at,
            )
            row.expires_on = None
            facts = {**_standing_facts(held), "agreement": ref, "document_hash": digest}
            await _move(log, row, held.case, (Party.BORROWER, Move.SIGN), author.actor, facts, guard.seen)
            return ref

        return await once(_doer(held, author), guard.key, _request(held, "agree", author), unit)


async def _create(case: Case, person_id: int, drawn: Quote, seen: int, moment: Moment) -> t.Proposal:
    row = await t.Proposal.create(
        ref=new_ref(),
        lender_id=case.lender.id,
        person_id=person_id,
        kind=drawn.offer.kind.value,
        state=State.SUBMITTED.value,
        submitted_at=moment.at,
        decide_by=_decide_by(drawn, moment),
    )
    try:
        await t.ProposalLine.create(proposal_id=row.id, loan_id=case.id, seen=seen, open_loan=case.id)
    except IntegrityError as error:
        raise ProposalOpen("proposal") from error
    return row


def _decide_by(drawn: Quote, moment: Moment) -> Any:
    return add_working_days(moment.today, drawn.policy.decision_working_days)


async def _send(
    log: Journal,
    row: t.Proposal,
    case: Case,
    drawn: Quote,
    author: Author,
    note: Mapping[str, str] | None,
    seen: int,
    move: Move = Move.SUBMIT,
) -> None:
    """The borrower's offer reaches the lender; the policy takes it at once where it may."""
    start = State.DRAFT if move is Move.SUBMIT else State(row.state)
    facts = {
        **_drawn_facts(drawn),
        "note": note,
        "decide_by": row.decide_by.isoformat() if row.decide_by else None,
        "hold_requested": True,
    }
    row.state = start.value
    seen = await _move(log, row, case, (Party.BORROWER, move), author.actor, facts, seen)
    if drawn.accepted_at_once:
        row.expires_on, row.decide_by = drawn.valid_until, None
        taken = {**_drawn_facts(drawn), "policy_version": drawn.policy.version}
        await _move(log, row, case, (Party.POLICY, Move.ACCEPT), POLICY, taken, seen)


async def _take_up(log: Journal, row: t.Proposal, case: Case, author: Author, seen: int) -> int:
    """A decision on a proposal nobody took up yet takes it up first, so that the history tells who did."""
    if row.state != State.SUBMITTED.value:
        return seen
    return await _move(log, row, case, (Party.LENDER, Move.TAKE_UP), author.actor, {}, seen)


async def _move(
    log: Journal,
    row: t.Proposal,
    case: Case,
    who: tuple[Party, Move],
    actor: Actor,
    facts: Mapping[str, object],
    seen: int,
) -> int:
    """Follows one edge of the transition table: the event, the state, and whether the loan is free again."""
    edge = follow(State(row.state), *who)
    happening = Happening(edge.event, actor, facts, row.ref, row.version)
    seq = await log.write(loan_stream(case.id), happening, loan_no=case.loan.loan_no, seen=seen)
    row.state = edge.to.value
    await row.save()
    if edge.to not in OPEN:
        await t.ProposalLine.filter(proposal_id=row.id).update(open_loan=None)
    return seq


async def _locked(log: Journal, held: ProposalCase, guard: Guard) -> t.Proposal:
    """The proposal, nobody else's until we commit. Raises SomebodyWasFirst before any move is judged."""
    await log.expect(loan_stream(held.case.id), guard.seen)
    return await t.Proposal.filter(id=held.id).select_for_update().get()


async def _add_offer(row: t.Proposal, party: Party, drawn: Quote, note: Mapping[str, str] | None) -> None:
    text = await t.Text.get(ref=note["ref"]) if note else None
    await t.Offer.create(
        proposal_id=row.id,
        version=row.version,
        party=party.value,
        terms=to_text(offer_facts(drawn.offer, drawn.plan.currency)),
        plan=to_text(plan_facts(drawn.plan)),
        as_of=drawn.plan.as_of,
        policy_version=drawn.policy.version,
        note_id=text.id if text else None,
    )


async def _keep_text(row: t.Proposal, author: Author) -> dict[str, str] | None:
    """Seals a note under the person's key; the event names it by ref and salted hash."""
    if not author.note:
        return None
    person = await t.Person.get(id=row.person_id)  # type: ignore[attr-defined]
    salt = secrets.token_bytes(16)
    text = await t.Text.create(
        ref=new_ref(),
        person_id=person.id,
        sealed=author.vault.seal(person.key, author.note),
        salt=salt,
        hash=salted_hash(salt, author.note),
        author=author.actor.kind,
    )
    return {"ref": text.ref, "hash": text.hash}


def _drawn_facts(drawn: Quote) -> dict[str, object]:
    currency = drawn.plan.currency
    return {
        "as_of": drawn.plan.as_of.isoformat(),
        "currency": currency,
        "balance": money_of(drawn.position.overdue, currency),
        "offer": offer_facts(drawn.offer, currency),
        "schedule": plan_facts(drawn.plan)["rows"],
        "waived": money_of(drawn.plan.waived, currency),
    }


def _standing_facts(held: ProposalCase) -> dict[str, object]:
    """The facts of the offer on the table, as it was shown when it was made."""
    plan = held.offers[-1].plan
    return {
        "as_of": plan.as_of.isoformat(),
        "currency": plan.currency,
        "offer": offer_facts(held.offers[-1].offer, plan.currency),
        "schedule": plan_facts(plan)["rows"],
        "waived": money_of(plan.waived, plan.currency),
    }


def _document(held: ProposalCase, moment: Moment) -> str:
    """The agreement's canonical text: who by reference, the loan, the plan to the fen, and when."""
    body = {
        "proposal": held.ref,
        "version": held.version,
        "lender": held.case.lender.slug,
        "loan_no": held.case.loan.loan_no,
        "agreed_at": moment.at.isoformat(timespec="seconds"),
        "policy_version": held.policy.version,
        "plan": plan_facts(held.offers[-1].plan),
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _doer(held: ProposalCase, author: Author) -> str:
    return f"{author.actor.kind}:{author.actor.ref}:{held.ref}"


def _request(held: ProposalCase, what: str, author: Author, drawn: Quote | None = None) -> dict[str, object]:
    offer = offer_facts(drawn.offer, drawn.plan.currency) if drawn else None
    return {"proposal": held.ref, "what": what, "note": author.note, "offer": offer}
