"""A plan that lives is varied in place: a pause within it that both sides signed, and the lender's core has booked."""

from portal.actions.journal import Journal
from portal.actions.proposals.moves import make_move
from portal.actions.proposals.outcomes import keep_booking, keep_pause
from portal.domain.contract.pause import BY_CONTRACT, Pause, PausedDates
from portal.domain.event import Actor
from portal.domain.restructuring.negotiation import LIVE, Move, Party, State
from portal.domain.restructuring.plan_codec import pause_facts
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables


async def join_plan(log: Journal, row: tables.ProposalRow, proposal: ProposalCase, core_id: str, actor: Actor) -> None:
    """The plan stays the same agreement, with all that was kept and missed of it; of one that has ended nothing moves.

    What was agreed is part of it from now on, so the proposal that led to it is over.
    """
    table, row.decide_by = proposal.on_the_table, None
    facts = {"agreement": proposal.agreement, "core_id": core_id, "varies": table.offer.within}
    await make_move(log, row, proposal.case, (Party.CORE, Move.JOIN), actor, facts)
    await keep_booking(log, proposal.agreement, core_id=core_id)
    varied = await tables.AgreementRow.get(ref=table.offer.within).prefetch_related("proposal")
    plan = await tables.ProposalRow.filter(id=varied.proposal.id).select_for_update().get()
    if State(plan.state) not in LIVE:
        return
    pause = Pause(table.plan.as_of, table.plan.last_due_on, table.offer.pause or BY_CONTRACT)
    told = pause_facts(pause, table.plan.paused or PausedDates(), table.plan.currency)
    plan.paused_until = pause.end
    told |= {"within": True, "agreement": proposal.agreement}
    await make_move(log, plan, proposal.case, (Party.CORE, Move.PAUSE), actor, told)
    await keep_pause(log, plan, proposal.case.id, pause)
