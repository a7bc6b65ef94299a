"""What every move shares: the lock, the edge it follows, the offer and the text it leaves behind."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from portal.actions.act import Act
from portal.actions.approvals import lapse
from portal.actions.holds import end_holds
from portal.actions.journal import Journal
from portal.actions.proposals.summed_up import summed_up
from portal.actions.suspensions import resume_accrual
from portal.domain.conduct.complaints import HOLD_ENDS_WITH
from portal.domain.event import Actor, BusinessTime, NewEvent, canonical_text
from portal.domain.money import format_amount
from portal.domain.restructuring.negotiation import (
    LIVE,
    OPEN_STATES,
    STATES_TO_ANSWER,
    Move,
    Party,
    ProposalOpen,
    State,
    TimeRanOut,
    transition,
)
from portal.domain.restructuring.plan_codec import money_of, offer_facts, paused_facts, plan_facts
from portal.domain.restructuring.quote import Quote
from portal.reads.agreements import SignedAgreement
from portal.reads.approvals import WAIVER
from portal.reads.cases import Case
from portal.reads.decisions import takes_two
from portal.reads.plans import followed_proposals
from portal.reads.proposals import OfferMade, ProposalCase
from portal.tables import models as tables
from portal.vault import new_ref

_BATCH = 500


async def own_row(proposal: ProposalCase) -> tables.ProposalRow:
    """The proposal's row, nobody else's until the act commits."""
    return await tables.ProposalRow.filter(id=proposal.id).select_for_update().get()


async def new_proposal(
    case: Case, person_id: int, quote: Quote, moment: BusinessTime, seen: int, **columns: Any
) -> tables.ProposalRow:
    """Within an act: a proposal for one loan, without its offer yet, sent now. Raises ProposalOpen."""
    row = await tables.ProposalRow.create(
        ref=new_ref(),
        lender_id=case.lender.id,
        person_id=person_id,
        kind=quote.offer.kind.value,
        submitted_at=moment.at,
        **columns,
    )
    try:
        await tables.ProposalLineRow.create(proposal_id=row.id, loan_id=case.id, seen=seen, open_loan=case.id)
    except IntegrityError as error:
        raise ProposalOpen("proposal") from error
    return row


async def take_up(act: Act, row: tables.ProposalRow, case: Case) -> None:
    """A decision on a proposal nobody took up yet takes it up first, so that the history tells who did."""
    if row.state == State.SUBMITTED.value:
        await make_move(act.log, row, case, (Party.LENDER, Move.TAKE_UP), act.actor, {})


async def make_move(
    log: Journal,
    row: tables.ProposalRow,
    case: Case,
    who: tuple[Party, Move],
    actor: Actor,
    facts: Mapping[str, object],
) -> None:
    """Follows one edge of the transition table: the event, the state, and whether the loan is free again."""
    edge = transition(State(row.state), *who)
    await log.tell(case, NewEvent(edge.event, actor, facts, row.ref, row.version))
    before, row.state, row.looked_on = State(row.state), edge.to.value, None
    if who == (Party.LENDER, Move.TAKE_UP) and actor.kind == "staff":
        row.assignee = row.assignee or actor.ref
    await row.save()
    if edge.to not in OPEN_STATES:
        live = case.id if edge.to in LIVE else None
        await tables.ProposalLineRow.filter(proposal_id=row.id).update(open_loan=None, live_loan=live)
    if before in STATES_TO_ANSWER and edge.to not in STATES_TO_ANSWER:
        await _resume_accrual(log, case.id, row.ref)
        await lapse(log, WAIVER, row.ref, actor)
    if edge.to in HOLD_ENDS_WITH:
        await end_holds(log, case, row.ref, edge.to.value, actor)


def to_look_at(moment: BusinessTime) -> Q:
    """What the worker has not looked at on this business day, since it moved last.

    One looked at a day later than today was so by a clock that is set right or back since; what was done then stands.
    Further ahead, that clock was wrong altogether.
    """
    before = Q(looked_on__isnull=True) | Q(looked_on__lt=moment.today)
    return before | Q(looked_on__gt=moment.today + timedelta(days=1))


async def look_at(log: Journal, ref: str) -> tables.ProposalRow:
    """The worker looks at it now: nobody else's until we commit, and not looked at again today unless it moves."""
    of_lender = tables.ProposalRow.filter(ref=ref, lender_id=log.lender.id)
    await of_lender.update(looked_on=log.moment.today)
    return await of_lender.get()


async def look_again(log: Journal, loan_ids: Sequence[int]) -> None:
    """Facts came with a snapshot of these loans: the worker looks at their last plans at its next round."""
    for start in range(0, len(loan_ids), _BATCH):
        if refs := await followed_proposals(loan_ids[start : start + _BATCH]):
            await tables.ProposalRow.filter(ref__in=refs).update(looked_on=None)


def still_stands(row: tables.ProposalRow, moment: BusinessTime) -> None:
    """Raises TimeRanOut after the last day of what is to be taken."""
    if row.expires_on is not None and moment.today > row.expires_on:
        raise TimeRanOut(until=row.expires_on)


async def check_second(act: Act, proposal: ProposalCase, waived: int) -> None:
    """Raises NeedsSecond where so many minor units, with what was let go before, are too many for one."""
    found = await takes_two(proposal.case, proposal.id, waived, act.actor.ref, act.today)
    if found is not None:
        raise found


def late_ref(proposal: str, decide_by: date) -> str:
    """What joins the two rows of a penalty that stands still because no answer came by that day."""
    return f"{proposal}:late{decide_by:%Y%m%d}"


async def _resume_accrual(log: Journal, loan_id: int, proposal: str) -> None:
    """The lender has answered, however often it was late before."""
    stopped = tables.SuspensionRow.filter(ref__startswith=f"{proposal}:late", starts=True)
    for ref in await stopped.order_by("id").values_list("ref", flat=True):
        await resume_accrual(log, loan_id, str(ref))


async def add_offer(
    act: Act, row: tables.ProposalRow, party: Party, quote: Quote, note: Mapping[str, str] | None
) -> None:
    """Another version; where it answers a pause by a plan the proposal is that. Call it before the move that tells."""
    text = await tables.TextRow.get(ref=note["ref"]) if note else None
    row.kind = quote.offer.kind.value
    row.update_from_dict(summed_up(quote.position, quote.plan, quote.breaks))
    await tables.OfferRow.create(
        proposal_id=row.id,
        version=row.version,
        party=party.value,
        terms=canonical_text(offer_facts(quote.offer, quote.plan.currency)),
        plan=canonical_text(plan_facts(quote.plan)),
        as_of=quote.plan.as_of,
        policy_version=quote.policy.version,
        made_at=act.at,
        note_id=text.id if text else None,
    )


def quoted_facts(quote: Quote) -> dict[str, object]:
    return {**shown_facts(quote), "balance": money_of(quote.position.overdue, quote.plan.currency)}


def nearest_facts(quote: Quote) -> dict[str, object]:
    """What would be accepted at once, and until when it is."""
    currency = quote.plan.currency
    return {
        "offer": offer_facts(quote.offer, currency),
        "each": format_amount(quote.plan.each or quote.plan.total, currency),
        "total": format_amount(quote.plan.total, currency),
        "last_due_on": quote.plan.last_due_on.isoformat(),
        "valid_until": quote.valid_until.isoformat(),
    }


def shown_facts(shown: Quote | OfferMade | SignedAgreement) -> dict[str, object]:
    """The facts of an offer that is made, lies on the table or was signed, as it was shown when it was made."""
    plan = shown.plan
    paused = {"paused": paused_facts(plan.paused, plan.currency)} if plan.paused else {}
    return {
        **paused,
        "as_of": plan.as_of.isoformat(),
        "currency": plan.currency,
        "offer": offer_facts(shown.offer, plan.currency),
        "schedule": plan_facts(plan)["rows"],
        "waived": money_of(plan.waived, plan.currency),
    }
