"""What is a person's own, by the ref in the address: what is not theirs is not found."""

from dataclasses import dataclass

from starlette.requests import Request

from portal.domain.event import BusinessTime
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.policy import Policy
from portal.reads import cases
from portal.reads.cases import Case, LenderFacts, NotFound, lenders_of
from portal.reads.plans import case_today, proposal_today
from portal.reads.policy import policy as read_policy
from portal.reads.proposals import ProposalCase, proposal_case
from portal.web import guard
from portal.web.explained import position_on_page


async def own_case(request: Request) -> Case:
    found = await cases.case(request.path_params["ref"], guard.person(request).scope)
    at_lender(request, found.lender)
    return found


@dataclass(frozen=True, slots=True)
class LoanContext:
    """What a page of one loan is drawn from: where it stands at this moment, and its lender's policy in force."""

    case: Case
    now: Position
    policy: Policy
    moment: BusinessTime


async def own_loan(request: Request) -> LoanContext:
    case = await own_case(request)
    policy = await read_policy(case.lender.id, case.lender.currency)
    moment = guard.business_time(request, case.lender.timezone)
    now = position(case.loan, moment.today)
    return LoanContext(case_today(case, now), now, policy, moment)


async def own_proposal(request: Request, ref: str = "") -> ProposalCase:
    """The one in the address, or the one of this ref, as it is today."""
    proposal = await proposal_case(ref or request.path_params["ref"], guard.person(request).scope)
    at_lender(request, proposal.case.lender)
    return proposal_today(proposal, position_on_page(request, proposal.case))


async def own_lender(request: Request, slug: str) -> LenderFacts:
    found = next((each for each in await lenders_of(guard.person(request).scope) if each.slug == slug), None)
    if found is None:
        raise NotFound
    return found


def at_lender(request: Request, lender: LenderFacts) -> None:
    """The page is this lender's: its name stands above, and times are told in its time zone."""
    request.state.lender_name, request.state.timezone = lender.name, lender.timezone
