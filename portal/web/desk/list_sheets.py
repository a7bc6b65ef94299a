"""Each list of the desk as a sheet (CSV): with the filters and the order of its address, names masked as on its page.

Who took one, and of which list, stands in the access log.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.money import format_amount
from portal.reads.complaints import ComplaintSummary, closed_complaints, complaint_queue
from portal.reads.desk_queue import MOST_EXPORTED, DeskQueue, Listing, listed_page
from portal.reads.desk_rows import DeskRow, desk_rows
from portal.reads.differing_loans import loans_that_differ
from portal.reads.payment_claims import claim_queue
from portal.reads.second import waiting_for_second
from portal.reads.sessions import SignedInStaff
from portal.web import guard
from portal.web.desk.listing import listing_of
from portal.web.desk.own import note_export
from portal.web.sheets import SheetLine, sheet, streamed_sheet

_PROPOSAL = (
    *("loan_no", "name", "state", "until", "days_past_due", "overdue", "asked", "currency", "kind", "payments"),
    *("beyond_the_policy", "assignee", "waits_for_second", "complaint", "claim_of_payment"),
)
_DIFFERING = ("loan_no", "name", "statement_of", "cause")
_COMPLAINT = (
    *("loan_no", "receipt", "kind", "component", "state", "outcome", "cause", "reported_at", "answer_by"),
    *("extensions", "decided_at"),
)
_SECOND = ("loan_no", "what", "waived", "currency", "proposed_by", "proposed_at", "until")
_CLAIM = ("loan_no", "amount", "currency", "paid_on", "state", "look_by", "reported_at")


async def queue_sheet(request: Request) -> Response:
    """From the beginning of the list, whatever page of it was open; at most MOST_EXPORTED rows."""
    listing = replace(listing_of(request.query_params), after=None)
    name = _noted(request, listing.queue)
    if listing.queue is DeskQueue.BOOKS:
        return streamed_sheet(name, _DIFFERING, _cut(_differing(request, listing)))
    return streamed_sheet(name, _PROPOSAL, _cut(_proposals(request, listing)))


async def second_sheet(request: Request) -> Response:
    """What waits for a second person, but for the reasons, which are words among the staff."""
    staff, vault = guard.current_staff(request), request.app.state.vault
    today, name = guard.today(request, staff.timezone), _noted(request, DeskQueue.SECOND)
    rows = [
        (
            *(each.found.loan_no or "", each.kind),
            format_amount(each.waived, each.currency) if each.waived is not None else "",
            *(each.currency, each.found.proposer, each.found.proposed_at.isoformat(), each.found.until),
        )
        for each in await waiting_for_second(staff.lender_id, today, staff.timezone, vault)
    ]
    return sheet(name, _SECOND, rows)


async def complaints_sheet(request: Request) -> Response:
    """What is open in the order of its page, then what was answered, the last first."""
    lender, name = guard.current_staff(request).lender_id, _noted(request, "problems")
    found = await complaint_queue(lender, MOST_EXPORTED)
    found += await closed_complaints(lender, MOST_EXPORTED)
    return sheet(name, _COMPLAINT, [_complaint(each) for each in found[:MOST_EXPORTED]])


async def claims_sheet(request: Request) -> Response:
    staff, name = guard.current_staff(request), _noted(request, "payments")
    found = await claim_queue(staff.lender_id, request.app.state.vault, MOST_EXPORTED)
    rows = [
        (
            each.loan_no,
            format_amount(each.amount, staff.currency),
            *(staff.currency, each.paid_on, each.status, each.look_by, each.reported_at.isoformat()),
        )
        for each in found[:MOST_EXPORTED]
    ]
    return sheet(name, _CLAIM, rows)


def _noted(request: Request, listed: str) -> str:
    """What the file is called, once it is left to be noted who took it."""
    note_export(request, listed)
    return f"{listed}-{guard.today(request, guard.current_staff(request).timezone)}"


async def _cut(rows: AsyncIterator[SheetLine]) -> AsyncIterator[SheetLine]:
    sent = 0
    async for row in rows:
        if sent >= MOST_EXPORTED:
            return
        sent += 1
        yield row


async def _proposals(request: Request, listing: Listing) -> AsyncIterator[SheetLine]:
    """A page of the list in memory at a time."""
    staff, vault = guard.current_staff(request), request.app.state.vault
    today = guard.today(request, staff.timezone)
    while True:
        found = await listed_page(staff.lender_id, staff.ref, listing, today)
        for row in await desk_rows(staff, [each for each, _ in found.ids], guard.now(), today, vault):
            yield _proposal(row, staff, (today - row.late_since).days if row.late_since else 0)
        if found.onward is None:
            return
        listing = replace(listing, after=found.onward)


def _proposal(row: DeskRow, staff: SignedInStaff, days_late: int) -> SheetLine:
    currency = row.plan.currency
    return (
        *(row.loan_no, row.name, row.state, row.until or "", max(days_late, 0)),
        *(format_amount(row.overdue_minor, currency), format_amount(row.plan.total, currency), currency),
        *(row.offer.kind, len(row.plan.installments), " ".join(each.rule for each in row.breaks or ())),
        *(row.assignee, row.second, "threat" if row.threat else _yes(row.complaint), _yes(row.claim)),
    )


async def _differing(request: Request, listing: Listing) -> AsyncIterator[SheetLine]:
    staff, after = guard.current_staff(request), listing.after
    while True:
        cause = listing.filters["cause"]
        found, after = await loans_that_differ(staff.lender_id, cause, after, request.app.state.vault)
        for each in found:
            yield each.loan_no, each.name, each.since, each.cause or ""
        if after is None:
            return


def _complaint(each: ComplaintSummary) -> SheetLine:
    return (
        *(each.loan_no, each.ref, each.kind, each.component, each.state, each.outcome, each.cause or ""),
        *(each.opened_at.isoformat(), each.answer_by, each.extensions),
        each.decided_at.isoformat() if each.decided_at else "",
    )


def _yes(whether: bool) -> str:
    return "yes" if whether else ""
