"""What a lender knows of whoever sent an offer: their other loans here, what came of their plans, what is open.

Of this lender alone: who owes another one too is nobody's business here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.conduct.complaints import Hold
from portal.domain.contract.agreement import OfferKind
from portal.domain.restructuring.negotiation import State
from portal.reads.cases import Case, PersonScope, cases
from portal.reads.complaints import ComplaintSummary, holds_of, open_complaints_on
from portal.reads.own_data import preferences_of
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables

MOST_PAST = 20


@dataclass(frozen=True, slots=True)
class EarlierProposal:
    """A proposal of before, of this loan or another one, in the state last told."""

    ref: str
    loan_id: int
    loan_no: str
    kind: OfferKind
    state: State
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """`others` are the person's other loans at this lender; `past` and `complaints` are of all of them, whoever of
    those who owe one sent it, the newest first. `reached` is how they chose to be reached, None where they did not.
    """

    others: tuple[Case, ...]
    past: tuple[EarlierProposal, ...]
    complaints: tuple[ComplaintSummary, ...]
    holds: tuple[Hold, ...]
    reached: Mapping[str, Any] | None


async def track_record(proposal: ProposalCase) -> TrackRecord:
    """In as many statements however many loans they have."""
    lender = proposal.case.lender
    scope = PersonScope(proposal.person_id, frozenset({lender.id}))
    others = tuple(each for each in await cases(scope) if each.id != proposal.case.id)
    loans = [proposal.case.id, *(each.id for each in others)]
    return TrackRecord(
        others=others,
        past=await _past(loans, proposal.id),
        complaints=await open_complaints_on(loans),
        holds=await holds_of(proposal.case.id),
        reached=(await preferences_of(scope)).get(lender.slug),
    )


async def _past(loans: Sequence[int], besides: int) -> tuple[EarlierProposal, ...]:
    lines = tables.ProposalLineRow.filter(loan_id__in=loans, proposal_id__not=besides).order_by("-proposal_id")
    rows = await lines.limit(MOST_PAST).values(
        "loan_id",
        ref="proposal__ref",
        loan_no="loan__loan_no",
        kind="proposal__kind",
        state="proposal__state",
        submitted_at="proposal__submitted_at",
    )
    return tuple(
        EarlierProposal(**{**row, "kind": OfferKind(row["kind"]), "state": State(row["state"])}) for row in rows
    )
