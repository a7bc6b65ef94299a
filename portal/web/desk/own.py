"""What pages of the desk begin with: a proposal to this lender, and its business day."""

from starlette.requests import Request

from portal.domain.event import Moment
from portal.reads.proposals import ProposalCase, desk_proposal
from portal.web import guard


async def lenders_proposal(request: Request) -> ProposalCase:
    """The proposal of the address, if it was made to this lender. Raises NotFound."""
    return await desk_proposal(request.path_params["ref"], guard.staff(request).lender_id)


def moment_at(request: Request, held: ProposalCase) -> Moment:
    return guard.moment(request, held.case.lender.timezone)
