"""What somebody worked out that they earn and spend: carried sealed from page to page, kept nowhere.

The lender sees it where they tick that, on the page from which their plan is sent, and not otherwise.
"""

import json
from collections.abc import Mapping
from contextlib import suppress

from starlette.requests import Request

from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.affordability import Budget
from portal.reads.told_income import budget_of, budget_text, told_income
from portal.vault import WrongKey, WrongPlace
from portal.web import guard
from portal.web.forms import Form

BUDGET, SHOWS = "budget", "shows_income"
"""The field that carries it, and the tick."""


class BudgetUnreadable(Refusal):
    says = N_(
        "What you had worked out can no longer be read, so nothing was sent. Work it out once more, or send this "
        "without it."
    )


def carried_budget(request: Request, budget: Budget, currency: str) -> str:
    """For this person alone: who is given the address of somebody else's page opens nothing by it."""
    sealed: str = request.app.state.vault.seal_own(_place(request, currency), budget_text(budget, currency))
    return sealed


def read_budget(request: Request, form: Form, currency: str) -> Budget | None:
    """What was carried to this page; None where nothing was, or nothing that can be read."""
    with suppress(WrongKey, WrongPlace):
        if carried := form.raw(BUDGET):
            return budget_of(json.loads(request.app.state.vault.unseal_own(_place(request, currency), carried)))
    return None


def told_budget(request: Request, form: Form, currency: str) -> Budget | None:
    """What the lender may see by the tick. Refuses, at the tick, what was ticked and cannot be read."""
    if form.raw(SHOWS) != "1":
        return None
    found = read_budget(request, form, currency)
    if found is None:
        form.refuse(SHOWS, BudgetUnreadable(SHOWS))
    return found


async def carried_on(request: Request, proposal: str, currency: str) -> str:
    """Of what went with the offer before, for another one: it is asked about anew. Nothing where nothing did."""
    found = await told_income(proposal, request.app.state.vault)
    return carried_budget(request, found.budget, currency) if found else ""


def without_tick(typed: Mapping[str, str]) -> dict[str, str]:
    """What stands in an address, which others write too: nobody finds the tick set."""
    return {name: each for name, each in typed.items() if name != SHOWS}


def _place(request: Request, currency: str) -> str:
    return f"budget:{guard.person(request).person_id}:{currency}"
