"""Whether what a planned message tells of is still so, on the day it would go, and which dates of somebody are near.

A message is planned by the key that is read here: `what:of what`. Facts may come between, so each is read anew.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tortoise.functions import Sum

from portal.domain.conduct.news import DAYS_BEFORE, News, NewsKind
from portal.domain.conduct.payment_claim import CLAIMS_TO_ANSWER, ClaimStatus
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.loan import Loan
from portal.domain.ledger.position import position
from portal.domain.ledger.progress import InstallmentStatus
from portal.domain.ledger.upcoming import less_credit
from portal.domain.restructuring.negotiation import LIVE, State
from portal.reads.loans import load_loans
from portal.reads.news import Recipient
from portal.reads.proposals import desk_proposal
from portal.tables import models as tables

_STATES = {
    News.OFFERED: {State.OFFERED},
    News.COUNTERED: {State.COUNTERED},
    News.ACCEPTED: {State.ACCEPTED},
    News.SIGN_BY: {State.ACCEPTED},
    News.QUESTION: {State.INFO_REQUESTED},
    News.DECLINED: {State.DECLINED},
    News.BOOKED: LIVE,
    News.VARIED: {State.SUPERSEDED},
    News.NOT_BOOKED: {State.UNDER_REVIEW},
    News.BROKEN: {State.BROKEN},
}


@dataclass(frozen=True, slots=True)
class StillSo:
    """The days that the message names; `not_yet` where it is to be looked at again tomorrow."""

    days: Mapping[str, date]
    not_yet: bool = False


def news_key(news: News, *about: object) -> str:
    return ":".join(map(str, (news, *about)))


async def still_so(key: str, to: Recipient, today: date) -> StillSo | None:
    """None where it is so no more."""
    what, about, *more = key.split(":")
    match News(what):
        case News.DUE | News.PASSED:
            return await _still_due(to, date.fromisoformat(more[0]), today)
        case News.MISSED:
            return await _still_missed(about, int(more[0]), int(more[1]), to, today)
        case News.COMPLAINT:
            return StillSo({}) if await tables.ComplaintRow.exists(ref=about, person_id=to.person_id) else None
        case News.NOT_FOUND:
            claim = tables.PaymentClaimRow.filter(ref=about, person_id=to.person_id)
            return StillSo({}) if await claim.filter(state=ClaimStatus.NOT_FOUND.value).exists() else None
        case news:
            return await _still_there(news, about, to, today)


async def _still_there(news: News, ref: str, to: Recipient, today: date) -> StillSo | None:
    """A proposal that has not moved on: its last day is the one that holds now."""
    row = await tables.ProposalRow.get(ref=ref)
    if State(row.state) not in _STATES[news]:
        return None
    day = row.decide_by if news is News.NOT_BOOKED else row.expires_on
    if news is News.DECLINED:
        promise = await tables.PromiseRow.get_or_none(proposal_id=row.id)
        day = promise.valid_until if promise and promise.valid_until >= today else None
    if news in (News.BOOKED, News.VARIED, News.DECLINED, News.BROKEN):
        return StillSo({"day": day} if day else {})
    return StillSo({"day": day}) if day is not None and day >= today else None


async def _still_missed(ref: str, version: int, no: int, to: Recipient, today: date) -> StillSo | None:
    """While the plan runs, the payment is open and there is a day left; not yet where money that they told of is looked
    for and would be enough.
    """
    proposal = await desk_proposal(ref, to.lender.id)
    found = position(proposal.case.loan, today).progress_of(ref)
    if found is None or not found.lives or proposal.version != version:
        return None
    row = next((each for each in found.rows if each.no == no and each.status is InstallmentStatus.MISSED), None)
    if row is None or row.cure_by is None or row.cure_by < today:
        return None
    told = (await _told_of([proposal.case.id])).get(proposal.case.id, 0)
    return StillSo({"due": row.due_on, "day": row.cure_by}, not_yet=0 < row.left <= told)


async def _still_due(to: Recipient, day: date, today: date) -> StillSo | None:
    near = await near_days(to.lender.id, {to.person_id: to.kinds}, today)
    return StillSo({"day": day}) if day in near[to.person_id] else None


async def near_days(lender_id: int, people: Mapping[int, Iterable[str]], today: date) -> dict[int, set[date]]:
    """By person, who wants to be told of these kinds, the days up to DAYS_BEFORE from today on which they have to pay,
    and yesterday where something of the contract's was due and is open.

    What is paid ahead, or was told as paid and is looked for, asks for nothing. Of a plan only who made it is told.
    Ledgers are walked in a thread.
    """
    owing = tables.PartyRow.filter(borrower__person_id__in=list(people), borrower__lender_id=lender_id)
    rows = await owing.filter(borrower__withdrawn_at__isnull=True).values_list("loan_id", "borrower__person_id")
    ids = sorted({int(loan_id) for loan_id, _ in rows})
    loans, told = await load_loans(ids), await _told_of(ids)
    listed = {each: loans[each][0] for each in ids}
    days = await asyncio.to_thread(_near_days, listed, told, today)
    made = [proposal for _, _, proposal in days.values() if proposal]
    makers = dict(await tables.ProposalRow.filter(ref__in=made).values_list("ref", "person_id"))
    found: dict[int, set[date]] = {person_id: set() for person_id in people}
    for loan_id, person_id in rows:
        kind, near, proposal = days[loan_id]
        if kind in people[person_id] and makers.get(proposal, person_id) == person_id:
            found[person_id] |= near
    return found


def _near_days(
    loans: Mapping[int, Loan], told: Mapping[int, int], today: date
) -> dict[int, tuple[NewsKind, set[date], str]]:
    """Of each loan whether it lives under a plan, the days, and the proposal that led to the plan."""
    return {loan_id: _near_days_of(loan, told.get(loan_id, 0), today) for loan_id, loan in loans.items()}


def _near_days_of(loan: Loan, told: int, today: date) -> tuple[NewsKind, set[date], str]:
    now = position(loan, today)
    ahead = now.credit + max(told - now.overdue.total, 0)
    until = today + timedelta(days=DAYS_BEFORE)
    near = {due.due_on for due in less_credit(now.next_dues, ahead) if due.due_on <= until}
    yesterday = today - timedelta(days=1)
    if told < now.overdue.total and any(row.due_on == yesterday for row in now.overdue_installments):
        near.add(yesterday)
    plan = now.live_plan
    if plan is None or plan.agreement.kind is OfferKind.PAUSE:
        return NewsKind.CONTRACT, near, ""
    return NewsKind.PLAN, near, plan.agreement.proposal


async def _told_of(loan_ids: list[int]) -> dict[int, int]:
    """By loan, what somebody told as paid and is looked for, minor units."""
    asked = tables.PaymentClaimRow.filter(loan_id__in=loan_ids, state__in=[each.value for each in CLAIMS_TO_ANSWER])
    sums = asked.annotate(told=Sum("amount_minor")).group_by("loan_id").values_list("loan_id", "told")
    return {int(loan_id): int(minor) for loan_id, minor in await sums}
