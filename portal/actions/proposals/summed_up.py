"""What the desk's queue is sorted and filtered by, written where it changes: an offer is made, facts come of a loan."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from portal.domain.contract.loan import Loan
from portal.domain.contract.plan import Plan
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.policy import Break
from portal.domain.restructuring.stored_breaks import breaks_text
from portal.tables import models as tables


def summed_up(now: Position, plan: Plan, breaks: Sequence[Break]) -> dict[str, Any]:
    """The columns of a proposal that tell of the offer on the table, and of its loan at that moment."""
    return {
        "product": now.loan.product,
        "asked_minor": plan.total,
        "rule": breaks[0].rule if breaks else "",
        "breaks": breaks_text(breaks),
        **_overdue(now),
    }


async def sum_up_overdue(loans: Mapping[int, Loan], today: date) -> None:
    """Facts came of these loans: what is overdue is another sum for the proposals that are open on them."""
    open_now = tables.ProposalLineRow.filter(open_loan__in=list(loans))
    for proposal_id, loan_id in await open_now.values_list("proposal_id", "loan_id"):
        columns = _overdue(position(loans[int(str(loan_id))], today))
        await tables.ProposalRow.filter(id=proposal_id).update(**columns)


def _overdue(now: Position) -> dict[str, Any]:
    late = now.days_past_due
    since = now.as_of - timedelta(days=late) if late else None
    return {"overdue_minor": now.overdue.total, "overdue_since": since}
