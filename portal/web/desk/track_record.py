"""The person behind a proposal, as far as its lender knows them, on the page on which it is decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from portal.domain.ledger.allocated import AllocatedPayment
from portal.domain.ledger.position import Position
from portal.domain.ledger.progress import PlanProgress
from portal.domain.ledger.punctuality import Punctuality, punctuality
from portal.domain.restructuring.negotiation import State, state_now
from portal.reads.complaints import ComplaintSummary
from portal.reads.proposals import ProposalCase
from portal.reads.track_record import EarlierProposal, track_record
from portal.web.explained import CollectionShown, collection_on_page, position_on_page
from portal.web.urls import addresses

LAST_PAYMENTS = 3


@dataclass(frozen=True, slots=True)
class PastShown:
    """A proposal of before as the ledger of today has it; `progress` only where it was booked."""

    proposal: EarlierProposal
    progress: PlanProgress | None
    href: str

    @property
    def state(self) -> State:
        return state_now(self.proposal.state, self.progress)

    @property
    def ended_on(self) -> date | None:
        return self.progress.ended_on if self.progress else None


@dataclass(frozen=True, slots=True)
class LoanShown:
    """Another loan of theirs at this lender."""

    now: Position
    href: str


@dataclass(frozen=True, slots=True)
class RecordShown:
    """`complaints` each with the address of its page, `last_payments` the newest first."""

    punctual: Punctuality
    last_payments: tuple[AllocatedPayment, ...]
    past: tuple[PastShown, ...]
    others: tuple[LoanShown, ...]
    complaints: tuple[tuple[ComplaintSummary, str], ...]
    collection: CollectionShown
    reached: Mapping[str, Any] | None


async def record_shown(request: Request, proposal: ProposalCase, now: Position) -> RecordShown:
    found, url = await track_record(proposal), addresses(request.app)
    others = await run_in_threadpool(lambda: [(each, position_on_page(request, each)) for each in found.others])
    ledgers = {proposal.case.id: now, **{case.id: there for case, there in others}}
    came = [each for each in reversed(now.payments) if each.reversed_on is None]
    return RecordShown(
        punctual=punctuality(now),
        last_payments=tuple(came[:LAST_PAYMENTS]),
        past=tuple(
            PastShown(each, ledgers[each.loan_id].progress_of(each.ref), url("desk_proposal", ref=each.ref))
            for each in found.past
        ),
        others=tuple(LoanShown(there, url("desk_loan", ref=case.ref)) for case, there in others),
        complaints=tuple((each, url("desk_problem", ref=each.ref)) for each in found.complaints),
        collection=collection_on_page(request, found.holds, proposal.case.lender.timezone),
        reached=found.reached,
    )
