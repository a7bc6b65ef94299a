"""From what is left over to three offers: nothing typed here is kept, only the result goes along in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.ledger.position import Position, position
from portal.domain.money import format_amount
from portal.domain.restructuring.affordability import dry_month, guide, left_over, monthly
from portal.domain.restructuring.choices import first_day
from portal.domain.restructuring.quote import Quote
from portal.reads.cases import Case, cases
from portal.reads.plans import monthly_of_plans
from portal.reads.policy import policy as read_policy
from portal.web import guard
from portal.web.borrower.own import own_case
from portal.web.borrower.together import can_join
from portal.web.changing import FormPage
from portal.web.forms import Form
from portal.web.offers import read_draft

OUTGOINGS = ("home", "food", "travel", "family", "debts", "other")


@dataclass(frozen=True, slots=True)
class Choice:
    """One offer that fits what is left over, and the address of the form it fills in."""

    quote: Quote
    query: str
    survives: bool


async def _values(request: Request, found: Case, form: Form) -> Mapping[str, Any]:
    """Without `left` and what follows from it, while there is nothing to tell yet."""
    return {"case": found, "outgoings": OUTGOINGS, "left": None, "choices": ()}


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
    contracts = _contracts(stands)
    left = left_over(income, [*spent, plans, contracts])
    dry = dry_month(income, left)
    now = next((now for case, now in stands if case.id == found.id), None) or position(found.loan, today)
    choices = await _choices(found, left, dry, now)
    several = sum(case.lender.slug == found.lender.slug and can_join(case, now) for case, now in stands) > 1
    together = _spread(found, left) if several and choices else ""
    values: dict[str, Any] = {"income": income, "spent": sum(spent), "left": left, "plans": plans, "dry": dry}
    more: dict[str, Any] = {"choices": choices, "together": together, "contracts": contracts}
    return await _AFFORD.show(request, found, form, **values, **more)


def _contracts(stands: Sequence[tuple[Case, Position]]) -> int:
    """Minor units a month that go on falling due by the contracts themselves, at every lender here."""
    rows = [(case.loan.terms.every, now.next_due) for case, now in stands]
    return sum(monthly(row.left, every) for every, row in rows if row)


def _spread(found: Case, left: int) -> str:
    """The query of one amount for all loans in its currency here: half of what is left over."""
    currency = found.loan.currency
    told = {"amount": format_amount(guide(left)[0], currency), "left_over": format_amount(left, currency)}
    return urlencode(told if currency == found.lender.currency else {**told, "currency": currency})


async def _choices(found: Case, left: int, dry: int, now: Position) -> list[Choice]:
    """Half of it, three quarters, all of it a month; one that cannot be drawn up is left out."""
    policy = await read_policy(found.lender.id, found.lender.currency)
    currency, choices = found.loan.currency, []
    begin = first_day(policy, now.as_of).isoformat()
    for amount in guide(left):
        typed = {
            "how": "amount",
            "amount": format_amount(amount, currency),
            "every": "1m",
            "first_due": begin,
        }
        quote = read_draft(Form(typed), found, policy, now).quote
        if quote is not None:
            query = urlencode({**typed, "left_over": format_amount(left, currency)})
            choices.append(Choice(quote, query, amount <= dry))
    return choices
