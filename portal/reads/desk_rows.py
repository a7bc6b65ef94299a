"""A row of the desk's lists: whose, how late, what is asked, which rule it breaks, its clock, and what is beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from portal.domain.contract.plan import Plan
from portal.domain.restructuring.negotiation import State
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Break
from portal.domain.restructuring.stored_breaks import breaks_of_text
from portal.reads.personal import hidden
from portal.reads.proposals import offer_and_plan
from portal.tables import models as tables
from portal.tables.query import Query, stored_date
from portal.vault import Vault

OPEN_FOR = timedelta(minutes=10)
"""So long somebody counts as having a page open that they opened."""


class OfStaff(Protocol):
    """Whoever looks: colleagues are the others of the same lender."""

    @property
    def staff_id(self) -> int: ...

    @property
    def lender_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One proposal in a list of the desk, in the state last told; `looked_on` is when its plan was last counted.

    `overdue_minor`, `late_since` and `breaks` are as of the offer, or the last facts that came; `breaks` is None before
    the worker has written them. `assignee`, `second` (who proposed the waiver that waits) and `opened_by` are e-mail
    addresses of the staff, or empty; `threat` is of an open complaint.
    """

    id: int
    ref: str
    loan_ref: str
    loan_no: str
    name: str
    state: State
    decide_by: date | None
    expires_on: date | None
    cure_by: date | None
    looked_on: date | None
    overdue_minor: int
    late_since: date | None
    breaks: tuple[Break, ...] | None
    offer: Offer
    plan: Plan
    assignee: str
    second: str
    opened_by: str
    complaint: bool
    threat: bool
    claim: bool

    @property
    def until(self) -> date | None:
        """The clock that runs."""
        return self.decide_by or self.expires_on or self.cure_by

    def days_late(self, today: date) -> int:
        return max((today - self.late_since).days, 0) if self.late_since else 0


# By their ids, for SQLite would rather look through all of the lender's; a sign before a column keeps it from that.
_ROWS = Query("""
SELECT proposal.id, proposal.ref, loan.ref, loan.loan_no, borrower.key, borrower.name_sealed, proposal.state,
    proposal.decide_by, proposal.expires_on, proposal.cure_by, proposal.looked_on,
    proposal.overdue_minor, proposal.overdue_since, proposal.breaks, offer.terms, offer.plan, assignee.email,
    (SELECT staff.email FROM approval JOIN staff ON staff.ref = approval.proposed_by
        WHERE approval.open_key = 'waiver:' || proposal.ref AND approval.until >= :today),
    (SELECT MAX(CASE problem.kind WHEN 'threat' THEN 2 ELSE 1 END) FROM problem
        WHERE problem.loan_id = loan.id AND problem.state = 'open'),
    EXISTS (SELECT 1 FROM payment_report
        WHERE payment_report.loan_id = loan.id AND payment_report.state IN ('asked', 'awaiting', 'not_found'))
FROM proposal
JOIN proposal_line ON proposal_line.proposal_id = proposal.id
JOIN loan ON loan.id = proposal_line.loan_id
JOIN offer ON offer.proposal_id = proposal.id
    AND offer.version = (SELECT MAX(made.version) FROM offer AS made WHERE made.proposal_id = proposal.id)
JOIN party ON party.loan_id = loan.id AND party.role = 'borrower'
JOIN borrower ON borrower.id = party.borrower_id
LEFT JOIN staff AS assignee ON assignee.ref = proposal.assignee
WHERE +proposal.lender_id = :lender AND proposal.id IN :proposals
""")


async def desk_rows(staff: OfStaff, ids: Sequence[int], at: datetime, today: date, vault: Vault) -> list[DeskRow]:
    """These of the lender's proposals, in this order, as one of its staff sees them."""
    if not ids:
        return []
    opened = await opened_by_colleagues(staff, at)
    rows = await _ROWS.read(today=today, lender=staff.lender_id, proposals=tuple(ids))
    found = {row[0]: _row(row, opened, vault) for row in rows}
    return [found[each] for each in ids if each in found]


async def opened_by_colleagues(staff: OfStaff, at: datetime) -> dict[int, str]:
    """Which proposals a colleague has open, by id, and who."""
    rows = tables.StaffRow.filter(lender_id=staff.lender_id, ended_at__isnull=True, opened_at__gt=at - OPEN_FOR)
    seen = await rows.exclude(id=staff.staff_id).order_by("opened_at").values_list("open_proposal", "email")
    return {int(str(proposal)): str(email) for proposal, email in seen if proposal}


def _row(row: Sequence[Any], opened: Mapping[int, str], vault: Vault) -> DeskRow:
    id_, ref, loan_ref, loan_no, key, name, state, *rest = row
    decide_by, expires_on, cure_by, looked_on, overdue_minor, since, breaks, terms, plan, *marks = rest
    assignee, second, complaint, claim = marks
    offer, drawn = offer_and_plan(terms, plan)
    return DeskRow(
        id=id_,
        ref=ref,
        loan_ref=loan_ref,
        loan_no=loan_no,
        name=hidden(vault.unseal_if_kept(bytes(key), bytes(name)) or ""),
        state=State(state),
        decide_by=stored_date(decide_by),
        expires_on=stored_date(expires_on),
        cure_by=stored_date(cure_by),
        looked_on=stored_date(looked_on),
        overdue_minor=overdue_minor,
        late_since=stored_date(since),
        breaks=None if breaks is None else breaks_of_text(breaks),
        offer=offer,
        plan=drawn,
        assignee=assignee or "",
        second=second or "",
        opened_by=opened.get(id_, ""),
        complaint=bool(complaint),
        threat=complaint == 2,
        claim=bool(claim),
    )
