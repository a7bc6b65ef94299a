"""From income and costs to what can be paid for this loan: nothing typed here is kept, only the result goes along.

What comes in and goes out goes along too, sealed, for who lets the lender see it with what they send.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.ledger.position import Position, position
from portal.domain.money import format_amount
from portal.domain.restructuring.affordability import Budget, dry_month, guide, monthly
from portal.reads.cases import Case, cases
from portal.reads.plans import monthly_of_plans
from portal.web import guard
from portal.web.borrower.budget import BUDGET, carried_budget
from portal.web.borrower.own import own_case
from portal.web.borrower.together import can_join
from portal.web.changing import FormPage
from portal.web.forms import Form
from portal.web.urls import filled_query

OUTGOINGS = ("home", "food", "travel", "family", "debts", "other")


async def _values(request: Request, found: Case, form: Form) -> Mapping[str, Any]:
    """Without `left` and what follows from it, while there is nothing to tell yet."""
    return {"case": found, "outgoings": OUTGOINGS, "left": None}


_AFFORD = FormPage("borrower/afford", own_case, _values)


@_AFFORD.post()
async def afford(request: Request, found: Case, form: Form) -> Response:
    income = form.amount("income", found.loan.currency, required=True)
    spent = [form.amount(name, found.loan.currency) or 0 for name in OUTGOINGS]
    form.check()
    assert income is not None
    scope, today = guard.person(request).scope, guard.today(request, found.lender.timezone)
    plans = await monthly_of_plans(scope, found.id, found.loan.currency)
    theirs = [case for case in await cases(scope) if case.loan.currency == found.loan.currency]
    stands = [(case, position(case.loan, guard.today(request, case.lender.timezone))) for case in theirs]
    contracts = _contracts([(case, now) for case, now in stands if case.id != found.id])
    budget = Budget(income, sum(spent) + plans + contracts)
    left, told = budget.left, {"left_over": format_amount(budget.left, found.loan.currency)}
    told[BUDGET] = carried_budget(request, budget, found.loan.currency)
    now = next((now for case, now in stands if case.id == found.id), None) or position(found.loan, today)
    several = sum(case.lender.slug == found.lender.slug and can_join(case, now) for case, now in stands) > 1
    values: dict[str, Any] = {"income": income, "spent": sum(spent), "left": left, "plans": plans}
    return await _AFFORD.show(
        request,
        found,
        form,
        **values,
        contracts=contracts,
        own=next(iter(now.without_plan.next_dues), None),
        dry=dry_month(income, left),
        shares=[(amount, _goal(amount, found.loan.currency, told)) for amount in guide(left)],
        together=_spread(found, left, told) if several and left else "",
        pause=filled_query({"kind": "pause", BUDGET: told[BUDGET]}),
    )


def _contracts(stands: Sequence[tuple[Case, Position]]) -> int:
    """Minor units a month that go on falling due by other contracts, at every lender here; not by the loan itself."""
    rows = [(case.loan.terms.every, now.next_due) for case, now in stands]
    return sum(monthly(row.left, every) for every, row in rows if row)


def _goal(amount: int, currency: str, told: Mapping[str, str]) -> str:
    """The query of the page with all ways out for so much a month, which knows what is left over."""
    return filled_query({"a_month": format_amount(amount, currency), **told})


def _spread(found: Case, left: int, told: Mapping[str, str]) -> str:
    """The query of one amount for all loans in its currency here: half of what is left over."""
    currency = found.loan.currency
    other = "" if currency == found.lender.currency else currency
    return filled_query({"amount": format_amount(guide(left)[0], currency), **told, "currency": other})
