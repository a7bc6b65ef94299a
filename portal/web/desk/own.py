"""What pages of the desk begin with: a proposal to this lender, and its business day."""

from dataclasses import replace

from starlette.requests import Request

from portal.actions.access import note_access_later, note_look
from portal.domain.conduct.access_log import EXPORTED
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import Position
from portal.reads.cases import Case, desk_case
from portal.reads.plans import proposal_today
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.web import guard
from portal.web.explained import position_on_page


async def lenders_proposal(request: Request) -> ProposalCase:
    """The proposal of the address as it is today, if it was made to this lender. Raises NotFound."""
    proposal = await desk_proposal(request.path_params["ref"], guard.current_staff(request).lender_id)
    looked(request, proposal.case.ref)
    return proposal_today(proposal, position_now(request, proposal))


async def lenders_case(request: Request) -> Case:
    """The loan of the address, if this lender has it. Raises NotFound."""
    found = await desk_case(request.path_params["ref"], guard.current_staff(request).lender_id)
    looked(request, found.ref)
    return found


def looked(request: Request, loan_ref: str) -> None:
    """Whoever of the staff opens a page of a loan leaves a trace; the page does not wait for it."""
    staff = guard.current_staff(request)
    note_look(("staff", staff.ref), loan_ref, staff.lender_id, guard.now())


def note_export(request: Request, listed: str) -> None:
    """Whoever takes a list as a sheet leaves a trace too; `listed` is which."""
    staff = guard.current_staff(request)
    note_access_later(("staff", staff.ref), EXPORTED, guard.now(), detail=listed, lender_id=staff.lender_id)


def wall_time(request: Request, timezone: str) -> BusinessTime:
    """The lender's business day at the time of the clock on the wall, by which sessions, links and limits live."""
    return replace(guard.business_time(request, timezone), at=guard.now())


def moment_at(request: Request, proposal: ProposalCase) -> BusinessTime:
    return guard.business_time(request, proposal.case.lender.timezone)


def position_now(request: Request, proposal: ProposalCase) -> Position:
    return position_on_page(request, proposal.case)
