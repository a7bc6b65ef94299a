"""What pages of the desk begin with: a proposal to this lender, and its business day."""

from dataclasses import replace

from starlette.requests import Request

from portal.domain.event import Moment
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.web import guard


async def lenders_proposal(request: Request) -> ProposalCase:
    """The proposal of the address, if it was made to this lender. Raises NotFound."""
    return await desk_proposal(request.path_params["ref"], guard.staff(request).lender_id)


def by_the_wall(request: Request, timezone: str) -> Moment:
    """The lender's business day at the time of the clock on the wall, by which sessions, links and limits live."""
    return replace(guard.moment(request, timezone), at=guard.now())


def moment_at(request: Request, held: ProposalCase) -> Moment:
    return guard.moment(request, held.case.lender.timezone)
