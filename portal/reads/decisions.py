"""What was decided: under which policy, by whom, and how much was let go with it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain.money import Money
from portal.domain.restructuring.negotiation import LAPSED, SIGNED_STATES, NeedsSecond, State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import offer_facts, plan_from_facts
from portal.reads.cases import Case
from portal.reads.facts import known_facts, promised_terms
from portal.reads.policy import policy as read_policy
from portal.reads.rows import batches, names_of
from portal.tables import models as tables

DECIDED_BY = ("lender", "policy")
"""Whose decisions answer what the borrower offered."""


async def takes_two(
    case: Case, proposal_id: int, waived: int, staff: str, today: date, before: int = 0
) -> NeedsSecond | None:
    """Why one of the staff may not let so many minor units go alone: what adds up on the loan, or by them this month.

    By the policy in force; None where it needs nobody else. `before` is what they are about to let go on other loans.
    """
    currency = case.loan.currency
    policy = (await read_policy(case.lender.id, case.lender.currency)).judging(currency)
    if policy.four_eyes_above is None or not waived:
        return None
    on_loan = waived + await waived_on_loan(case.id, proposal_id)
    this_month = waived + before + await let_go_by(staff, today, currency, proposal_id)
    if not (policy.needs_second(on_loan) or policy.needs_second(this_month)):
        return None
    most, loan, month = (Money(minor, currency) for minor in (policy.four_eyes_above, on_loan, this_month))
    return NeedsSecond("", most=most, waived=Money(waived, currency), on_loan=loan, this_month=month)


async def accepted_under(proposal_id: int, offered_under: int) -> int:
    """The policy version that binds what was accepted; what was accepted before decisions were kept has its offer's."""
    accepted = tables.DecisionRow.filter(proposal_id=proposal_id, verdict="accept").order_by("-id").limit(1)
    versions = await accepted.values_list("policy_version", flat=True)
    return int(str(versions[0])) if versions else offered_under


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision and what it was made over; `position` and `breaks` are None of one made before they were kept."""

    at: datetime
    loan_no: str
    proposal: str
    version: int
    verdict: str
    party: str
    actor_ref: str
    policy_version: int
    waived_minor: int
    currency: str
    offer: Mapping[str, Any]
    position: Mapping[str, Any] | None
    breaks: Sequence[Mapping[str, Any]] | None


async def decision_records(lender_id: int, **which: str | int) -> AsyncIterator[DecisionRecord]:
    """A lender's decisions, of all its loans or of `which`, the oldest first; one batch at a time is in memory."""
    rows, columns = tables.DecisionRow.filter(loan__lender_id=lender_id, **which), ("id", "proposal_id", *_RECORD)
    async for batch in batches(rows, _BATCH, *columns, **_NAMED):
        offers = tables.OfferRow.filter(proposal_id__in={row["proposal_id"] for row in batch})
        terms = {(each.proposal_id, each.version): each.terms for each in await offers}  # type: ignore[attr-defined]
        for row in batch:
            row["offer"] = terms[row.pop("proposal_id"), row["version"]]
            del row["id"]
            yield DecisionRecord(**row | {name: json.loads(row[name] or "null") for name in _AS_JSON})


async def decisions_since(lender_id: int) -> datetime | None:
    """What was decided before decisions were kept has no row, and gets none."""
    first = await tables.DecisionRow.filter(proposal__lender_id=lender_id).order_by("id").first()
    return first.decided_at if first else None


_BATCH = 500
_NAMED = {"at": "decided_at", "loan_no": "loan__loan_no", "proposal": "proposal__ref"}
_AS_JSON = ("offer", "position", "breaks")
_RECORD = names_of(DecisionRecord, "offer", *_NAMED)


async def is_promised(case: Case, offer: Offer, today: date) -> bool:
    """Whether the lender, when it declined last, said of just this offer that it would be accepted at once.

    What the borrower turned down is no answer of the lender's: nobody but the lender offered anything in it.
    """
    lines = tables.ProposalLineRow.filter(loan_id=case.id, proposal__state=State.DECLINED.value)
    declined = await lines.order_by("-proposal_id").values_list("proposal_id", "proposal__ref")
    asked = tables.OfferRow.filter(proposal_id__in=[each for each, _ in declined], party="borrower")
    answered = set(await asked.values_list("proposal_id", flat=True)) if declined else set()
    last = next((ref for each, ref in declined if each in answered), "")
    promise = (await known_facts("promise", case)).get((last,))
    terms = promised_terms(offer_facts(offer, case.loan.currency))
    return promise is not None and promise["valid_until"] >= today and promise["terms"] == terms


async def decided_by(proposal_id: int) -> str:
    """The ref of the one of the staff whose decision stands; empty where the policy took it, or nobody answered."""
    answers = tables.DecisionRow.filter(proposal_id=proposal_id, party__in=DECIDED_BY).order_by("-id").limit(1)
    refs = await answers.values_list("actor_ref", flat=True)
    return str(refs[0]) if refs else ""


async def waived_on_loan(loan_id: int, besides: int) -> int:
    """Minor units that earlier proposals of the loan, once agreed, let go; but not the proposal `besides`."""
    states = [state.value for state in SIGNED_STATES]
    lines = tables.ProposalLineRow.filter(loan_id=loan_id, proposal__state__in=states, proposal_id__not=besides)
    agreed = await lines.values_list("proposal_id", flat=True)
    plans = dict(
        await tables.OfferRow.filter(proposal_id__in=agreed).order_by("version").values_list("proposal_id", "plan")
    )
    return sum(plan_from_facts(json.loads(plan)).waived.total for plan in plans.values())


async def let_go_by(staff: str, month: date, currency: str, besides: int) -> int:
    """Minor units that one of the staff let go in the calendar month of a day, by the last decision of each proposal.

    A counter or an acceptance counts while its proposal has not come to nothing; the proposal `besides` does not.
    """
    rows = tables.DecisionRow.filter(
        actor_ref=staff, party="lender", decided_on__gte=month.replace(day=1), currency=currency
    )
    touched = set(await rows.exclude(proposal_id=besides).values_list("proposal_id", flat=True))
    decisions = tables.DecisionRow.filter(proposal_id__in=touched, party__in=DECIDED_BY).order_by("id")
    stand = decisions.exclude(proposal__state__in=[state.value for state in LAPSED])
    last = {row["proposal_id"]: row for row in await stand.values("proposal_id", "actor_ref", "waived_minor")}
    return sum(int(row["waived_minor"]) for row in last.values() if row["actor_ref"] == staff)
