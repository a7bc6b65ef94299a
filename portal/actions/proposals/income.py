"""What somebody lets the lender see of what they earn and spend: with their offer, until they take it back."""

from collections.abc import Mapping
from datetime import datetime

from tortoise.expressions import Q

from portal.actions.act import Act, change_unchecked
from portal.domain.event import NewEvent
from portal.domain.restructuring.affordability import Budget
from portal.reads.cases import cases_by_id
from portal.reads.proposals import ProposalCase
from portal.reads.told_income import budget_text, income_place
from portal.tables import models as tables


async def keep_income(act: Act, row: tables.ProposalRow, told: Budget | None, currency: str) -> Mapping[str, object]:
    """Beside the offer that was just added; what was told with an earlier one goes, whether anything is told now.

    Answers what the event tells: that it was, in no figure.
    """
    await forget_incomes(Q(proposal_id=row.id), act.at)
    if told is None:
        return {}
    person = await tables.PersonRow.get(id=row.person_id)  # type: ignore[attr-defined]
    place = income_place(row.ref, row.version)
    await tables.ToldIncomeRow.create(
        proposal_id=row.id,
        version=row.version,
        sealed=act.author.vault.seal_in(bytes(person.key), place, budget_text(told, currency)),
        told_at=act.at,
    )
    return {"income_told": True}


@change_unchecked
async def take_back_income(act: Act, proposal: ProposalCase) -> None:
    """From this proposal and those that were sent in one with it. It may be done from a page of any age, and twice."""
    sent = Q(proposal_id=proposal.id)
    if proposal.together:
        sent |= Q(proposal__together=proposal.together, proposal__person_id=proposal.person_id)
    rows = await tables.ToldIncomeRow.filter(sent, taken_back_at__isnull=True).values(
        "proposal_id", "version", ref="proposal__ref"
    )
    await forget_incomes(sent, act.at)
    lines = tables.ProposalLineRow.filter(proposal_id__in=[row["proposal_id"] for row in rows])
    loans = {int(str(each)): int(str(loan)) for each, loan in await lines.values_list("proposal_id", "loan_id")}
    cases = {case.id: case for case in await cases_by_id([*loans.values()])}
    for row in rows:
        event = NewEvent("proposal.income_taken_back", act.actor, {}, row["ref"], row["version"])
        await act.log.tell(cases[loans[row["proposal_id"]]], event)


async def forget_incomes(which: Q, at: datetime) -> None:
    """Nothing is left of the figures; that there were any, and until when, is proof of the consent."""
    ids = await tables.ToldIncomeRow.filter(which, taken_back_at__isnull=True).values_list("id", flat=True)
    await tables.ToldIncomeRow.filter(id__in=list(ids)).update(sealed=b"", taken_back_at=at)
