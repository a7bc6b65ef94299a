"""Looks through a list of the desk for a bulk act: what answering each would bring, and which are left out and why."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date

from portal.actions.jobs import note_progress
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.best_acceptable import nearest_yes, promise_mark
from portal.domain.restructuring.bulk import BulkAct, BulkFacts, far_beyond, left_out
from portal.domain.restructuring.bulk import WhyLeftOut as Out
from portal.domain.restructuring.comparison import compare
from portal.domain.restructuring.plan_codec import offer_facts
from portal.domain.restructuring.policy import Break
from portal.domain.restructuring.quote import Quote
from portal.domain.restructuring.stored_breaks import breaks_text
from portal.jobs.running import BREATHER_SECONDS, JobAnswer, ReadSoFar, Running
from portal.reads.bulk import ITEMS, BriefPlan, BulkItem, BulkStaff, bulk_staff, listed_ids, listing_from_facts
from portal.reads.cases import NotFound
from portal.reads.decisions import takes_two
from portal.reads.desk_rows import DeskRow, desk_rows
from portal.reads.judged import broken_rules, position_of_offer
from portal.reads.proposals import OfferMade, ProposalCase, desk_proposal

_AT_ONCE = 20


async def preview_bulk(running: Running) -> JobAnswer:
    """Options: `act`, and `queue`, `sort`, `filters` of the list. Begun anew where it died."""
    lender, job, today = running.lender, running.job, running.moment().today
    staff = await bulk_staff(lender.id, job.asked_by)
    if staff is None:
        return JobAnswer("refused", 422, {"problem": "Whoever asked for it works here no more."})
    listing = listing_from_facts(job.options)
    ids, stay = await listed_ids(lender.id, staff.ref, listing, today)
    await note_progress(job.id, total=len(ids))
    so_far, rule = ReadSoFar(job.id), listing.filters.get("rule", "")
    found = _Looking(staff, BulkAct(job.options["act"]), rule, today)
    for start in range(0, len(ids), _AT_ONCE):
        for row in await desk_rows(staff, ids[start : start + _AT_ONCE], running.now(), today, running.vault):
            await found.add(row)
            await so_far.note(len(found.items))
        await asyncio.sleep(BREATHER_SECONDS)
    await note_progress(job.id, read=len(ids))
    items = ITEMS.dump_python(found.without_far(), mode="json")
    return JobAnswer("done", 200, {"on": today.isoformat(), "items": items, "stay": stay})


@dataclass(slots=True)
class _Looking:
    """`waived` is what those that are taken in so far come to by currency: together they may take two people."""

    staff: BulkStaff
    act: BulkAct
    rule: str
    today: date
    items: list[BulkItem] = field(default_factory=list)
    beyond: dict[str, Break] = field(default_factory=dict)
    waived: Counter[str] = field(default_factory=Counter)

    async def add(self, row: DeskRow) -> None:
        try:
            proposal = await desk_proposal(row.ref, self.staff.lender_id)
        except NotFound:  # it went while the list was looked through
            return
        now = position(proposal.case.loan, self.today)
        broken = await broken_rules(proposal, now) if self.act is BulkAct.ACCEPT else ()
        out = left_out(self.act, await self._facts(row, proposal, broken), self.rule)
        item = _item(row, proposal, now, broken)
        if self.act is BulkAct.DECLINE and out is None:
            item = await _with_promise(item, proposal, now)
        if out is None:
            self.waived[item.asked.currency] += item.asked.waived.total
            self.beyond.update((item.ref, each) for each in broken if each.rule == self.rule)
        who = {Out.ASSIGNED: row.assignee, Out.OPEN: row.opened_by, Out.PENDING: row.second}
        self.items.append(replace(item, out=out, who=who.get(out, "") if out else ""))

    async def _facts(self, row: DeskRow, proposal: ProposalCase, broken: tuple[Break, ...]) -> BulkFacts:
        return BulkFacts(
            state=proposal.state,
            pending=bool(row.second),
            second=self.act is BulkAct.ACCEPT and await self._takes_two(proposal),
            elsewhere=row.assignee not in ("", self.staff.email),
            opened=bool(row.opened_by),
            complaint=row.complaint,
            threat=row.threat,
            rules=frozenset(each.rule for each in broken),
        )

    async def _takes_two(self, proposal: ProposalCase) -> bool:
        plan = proposal.on_the_table.plan
        waived, before = plan.waived.total, self.waived[plan.currency]
        found = await takes_two(proposal.case, proposal.id, waived, self.staff.ref, self.today, before)
        return found is not None

    def without_far(self) -> tuple[BulkItem, ...]:
        """With those left out that go beyond the rule by far more than the others."""
        far = far_beyond(self.beyond)
        return tuple(replace(each, out=Out.FAR) if each.ref in far else each for each in self.items)


async def _with_promise(item: BulkItem, proposal: ProposalCase, now: Position) -> BulkItem:
    nearest = await asyncio.to_thread(nearest_yes, now, proposal.on_the_table.offer, proposal.policy)
    brief = _brief(nearest, nearest.position) if nearest else None
    return replace(item, promise=promise_mark(nearest), nearest=brief)


def _item(row: DeskRow, proposal: ProposalCase, now: Position, broken: tuple[Break, ...]) -> BulkItem:
    table = proposal.on_the_table
    return BulkItem(
        ref=row.ref,
        loan_ref=row.loan_ref,
        loan_no=row.loan_no,
        state=proposal.state,
        seq=proposal.case.seq,
        asked=_brief(table, position_of_offer(proposal, table, now)),
        broken=breaks_text(broken),
        assignee=proposal.assignee,
    )


def _brief(shown: OfferMade | Quote, before: Position | None) -> BriefPlan:
    plan, offer = shown.plan, shown.offer
    found = compare(before, plan, offer.covers).proceeds if before else None
    return BriefPlan(
        currency=plan.currency,
        each=plan.each or plan.total,
        total=plan.total,
        count=len(plan.installments),
        last_due_on=plan.last_due_on,
        waived=plan.waived,
        offer=offer_facts(offer, plan.currency),
        brings=(found.total, found.last_on) if found else None,
    )
