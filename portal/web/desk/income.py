"""What the borrower let be seen of income and spending, beside what their offer asks of it, where it is decided."""

from dataclasses import dataclass

from starlette.requests import Request

from portal.domain.contract.agreement import OfferKind
from portal.domain.restructuring.affordability import Budget, Strain, monthly, strain
from portal.domain.restructuring.choices import most_in_a_month
from portal.domain.restructuring.negotiation import OPEN_STATES
from portal.reads.judged import amount_for_all
from portal.reads.proposals import ProposalCase
from portal.reads.told_income import ToldIncome, told_income
from portal.web.desk.terms import OfferTerms


@dataclass(frozen=True, slots=True)
class IncomeShown:
    """`a_month` is the most that the offer on the table asks in a month, of all loans where it was sent for `several`.

    None of a pause or a settlement, and of what is no offer any more.
    """

    told: ToldIncome
    a_month: int | None
    several: bool

    @property
    def budget(self) -> Budget:
        return self.told.budget

    @property
    def strain(self) -> Strain | None:
        return None if self.a_month is None else strain(self.a_month, self.budget.left)


async def income_shown(request: Request, proposal: ProposalCase, terms: OfferTerms) -> IncomeShown | None:
    told = await told_income(proposal.ref, request.app.state.vault)
    if told is None:
        return None
    if proposal.state not in OPEN_STATES or terms.offer.kind in (OfferKind.PAUSE, OfferKind.SETTLEMENT):
        return IncomeShown(told, None, several=False)
    asked = await amount_for_all(proposal)
    if asked is not None:
        return IncomeShown(told, monthly(asked.each, asked.every), several=True)
    return IncomeShown(told, most_in_a_month(terms.month, terms.figures), several=False)
