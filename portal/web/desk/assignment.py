"""To whom a proposal is assigned, and which colleague has its page open."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from portal.actions.assignments import note_open
from portal.reads.desk import working_colleagues
from portal.reads.desk_rows import opened_by_colleagues
from portal.reads.proposals import ProposalCase
from portal.web import guard


async def assignment_values(request: Request, proposal: ProposalCase) -> Mapping[str, Any]:
    """What its page shows of that; whoever looks at it has it open from now on."""
    staff = guard.current_staff(request)
    note_open(staff.staff_id, proposal.id, guard.now())
    colleagues = await working_colleagues(staff.lender_id)
    return {
        "assigned_to": next((each.email for each in colleagues if each.ref == proposal.assignee), ""),
        "me_here": staff.email,
        "colleagues": [each.email for each in colleagues],
        "opened_by": (await opened_by_colleagues(staff, guard.now())).get(proposal.id, ""),
    }
