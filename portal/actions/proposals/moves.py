"""What every move shares: the lock, the edge it follows, the offer and the text it leaves behind."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from portal.actions.journal import Journal, loan_stream
from portal.domain.event import Actor, Happening, Moment, salted_hash
from portal.domain.negotiation import OPEN, Move, Party, State, TimeRanOut, follow
from portal.domain.plan_codec import money_of, offer_facts, plan_facts, to_text
from portal.domain.quote import Quote
from portal.reads.cases import Case
from portal.reads.proposals import ProposalCase
from portal.tables import models as t
from portal.vault import Vault, new_ref


@dataclass(frozen=True, slots=True)
class Guard:
    """What a form carries back: the seq it was drawn at, and a key that makes a double click act once."""

    seen: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, the vault their words are sealed in, and the language of the page they wrote them on."""

    actor: Actor
    vault: Vault
    note: str = ""
    lang: str = "zh-CN"


async def take_up(log: Journal, row: t.Proposal, case: Case, author: Author, seen: int) -> int:
    """A decision on a proposal nobody took up yet takes it up first, so that the history tells who did."""
    if row.state != State.SUBMITTED.value:
        return seen
    return await make_move(log, row, case, (Party.LENDER, Move.TAKE_UP), author.actor, {}, seen)


async def make_move(
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


async def locked(log: Journal, held: ProposalCase, guard: Guard) -> t.Proposal:
    """The proposal, nobody else's until we commit. Raises SomebodyWasFirst before any move is judged."""
    await log.expect(loan_stream(held.case.id), guard.seen)
    return await t.Proposal.filter(id=held.id).select_for_update().get()


def still_stands(row: t.Proposal, moment: Moment) -> None:
    """Raises TimeRanOut after the last day of what is to be taken."""
    if row.expires_on is not None and moment.today > row.expires_on:
        raise TimeRanOut(until=row.expires_on)


async def add_offer(row: t.Proposal, party: Party, drawn: Quote, note: Mapping[str, str] | None) -> None:
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


async def keep_text(row: t.Proposal, author: Author) -> dict[str, str] | None:
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
        lang=author.lang,
    )
    return {"ref": text.ref, "hash": text.hash}


def drawn_facts(drawn: Quote) -> dict[str, object]:
    currency = drawn.plan.currency
    return {
        "as_of": drawn.plan.as_of.isoformat(),
        "currency": currency,
        "balance": money_of(drawn.position.overdue, currency),
        "offer": offer_facts(drawn.offer, currency),
        "schedule": plan_facts(drawn.plan)["rows"],
        "waived": money_of(drawn.plan.waived, currency),
    }


def standing_facts(held: ProposalCase) -> dict[str, object]:
    """The facts of the offer on the table, as it was shown when it was made."""
    plan = held.offers[-1].plan
    return {
        "as_of": plan.as_of.isoformat(),
        "currency": plan.currency,
        "offer": offer_facts(held.offers[-1].offer, plan.currency),
        "schedule": plan_facts(plan)["rows"],
        "waived": money_of(plan.waived, plan.currency),
    }


def doer(held: ProposalCase, author: Author) -> str:
    return f"{author.actor.kind}:{author.actor.ref}:{held.ref}"


def request(held: ProposalCase, what: str, author: Author, drawn: Quote | None = None) -> dict[str, object]:
    offer = offer_facts(drawn.offer, drawn.plan.currency) if drawn else None
    return {"proposal": held.ref, "what": what, "note": author.note, "offer": offer}
