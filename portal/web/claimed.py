"""What was reported as paid and is being checked, beside whatever sum a page asks for."""

from collections.abc import Iterable

from portal.domain.ledger.claimed import ClaimedMoney, if_come
from portal.domain.ledger.position import Position
from portal.reads.cases import Case
from portal.reads.payment_claims import claimed_payments


async def claimed_of(stands: Iterable[tuple[Case, Position]]) -> dict[str, ClaimedMoney]:
    """By the ref of each loan where something is being checked; whoever calls was let in to all of them."""
    loans = {case.id: (case, now) for case, now in stands}
    found: dict[str, ClaimedMoney] = {}
    for loan_id, payments in (await claimed_payments(list(loans))).items():
        case, now = loans[loan_id]
        if claimed := if_come(now, payments):
            found[case.ref] = claimed
    return found
