"""One amount over several loans of one lender: a preview on GET, all proposals in one on POST."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.proposals import ProposalPart, submit_together
from portal.domain.contract.calendar import Every
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import Position, position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.affordability import monthly
from portal.domain.restructuring.choices import first_day
from portal.domain.restructuring.negotiation import SomebodyWasFirst
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote
from portal.domain.restructuring.reasons import BORROWER_REASONS
from portal.domain.restructuring.together import (
    Spread,
    Together,
    fullest_month_together,
    least_at_once,
    quotes_together,
)
from portal.reads.cases import Case, LenderFacts, PersonScope, cases, lenders_of
from portal.reads.policy import policy as read_policy
from portal.web import guard
from portal.web.borrower.budget import read_budget, told_budget, without_tick
from portal.web.borrower.own import at_lender
from portal.web.changing import Elsewhere, FormPage
from portal.web.forms import Form
from portal.web.offer_form import EVERY, read_reason
from portal.web.offers import as_shown, check_shown, check_strain
from portal.web.render import fragment, see_other, wants_fragment
from portal.web.urls import SAFE


@dataclass(frozen=True, slots=True)
class TogetherContext:
    """The loans in one currency that can be taken together, what is owed of each, the policy, and the moment."""

    lender: LenderFacts
    cases: tuple[Case, ...]
    over: tuple[Position, ...]
    policy: Policy
    moment: BusinessTime

    @property
    def currency(self) -> str:
        return self.over[0].currency

    @property
    def owed(self) -> int:
        return sum(each.overdue.total for each in self.over)


def can_join(case: Case, now: Position) -> bool:
    """Whether it is overdue and has no proposal and no plan yet, of anybody."""
    return bool(now.overdue.total) and not (case.proposal or case.plan or case.by_other)


async def _joinable(scope: PersonScope, lender: str, today: date) -> list[tuple[Case, Position]]:
    """A person's loans at one lender that one amount can be spread over, with what is owed of each."""
    theirs = [(case, position(case.loan, today)) for case in await cases(scope) if case.lender.slug == lender]
    return [(case, now) for case, now in theirs if can_join(case, now)]


async def _context(request: Request) -> TogetherContext:
    """With fewer than two such loans there is nothing to spread: the overview says where each stands."""
    scope, slug = guard.person(request).scope, request.path_params["lender"]
    lender = next((each for each in await lenders_of(scope) if each.slug == slug), None)
    if lender is None:
        raise Elsewhere(see_other(request, "loans"))
    at_lender(request, lender)
    moment = guard.business_time(request, lender.timezone)
    free = await _joinable(scope, slug, moment.today)
    counted = Counter(now.currency for _, now in free)
    several = sorted((currency for currency, count in counted.items() if count > 1), key=_own_first(lender.currency))
    asked = request.query_params.get("currency", several[0] if several else "")
    if asked not in several:
        raise Elsewhere(see_other(request, "loans"))
    found, over = zip(*[each for each in free if each[1].currency == asked], strict=True)
    return TogetherContext(lender, found, over, await read_policy(lender.id, lender.currency), moment)


def _own_first(currency: str) -> Callable[[str], tuple[bool, str]]:
    """An order of currencies: amounts of two are never added, and the lender's own comes first."""
    return lambda each: (each != currency, each)


def _begun(context: TogetherContext) -> dict[str, str]:
    """By the month, and how much is for the borrower to say: nobody begins with all of it in one payment."""
    begin = first_day(context.policy, context.moment.today)
    return {"amount": "", "every": "1m", "first_due": begin.isoformat(), "spread": Spread.PRO_RATA.value}


def _read(form: Form, context: TogetherContext) -> tuple[Quote, ...]:
    """A quote for each loan; none while something is missing or wrong."""
    currency, today = context.currency, context.moment.today
    amount = form.amount("amount", currency, least=1, owed=context.owed, required=True)
    every = Every.parse(form.choice("every", EVERY, default="1m"))
    begin = form.date("first_due", example=first_day(context.policy, today), required=True)
    spread = Spread(form.choice("spread", tuple(Spread), default=Spread.PRO_RATA))
    reason = read_reason(form)
    form.text("note")
    if not form or amount is None or begin is None:
        return ()
    asked = Together(amount, every, begin, spread, reason)
    try:
        quotes = quotes_together(context.over, asked, context.policy)
        check_strain(form, "amount", monthly(amount, every), currency)
    except Refusal as refusal:
        form.refuse(refusal.field or "amount", refusal)
    return quotes if form else ()


async def _values(request: Request, context: TogetherContext, form: Form) -> Mapping[str, Any]:
    shown = request.method not in SAFE or form.raw("amount")
    preview = _preview(context, form, _read(form, context))
    begin = first_day(context.policy, context.moment.today)
    return {
        "reasons": BORROWER_REASONS,
        "spreads": tuple(Spread),
        "least": least_at_once(context.over, Every.parse("1m"), begin, context.policy),
        "contracts": sum(each.upcoming() for each in context.over),
        **preview,
        "budget": read_budget(request, form, context.currency),
        "errors": form.errors if shown else {},
        "plan_errors": {},
    }


def _begins(request: Request, context: TogetherContext) -> Mapping[str, str]:
    typed = without_tick({name: each for name, each in request.query_params.items() if name != "currency"})
    return {**_begun(context), **typed}


_TOGETHER = FormPage("borrower/together", _context, _values, _begins)


@_TOGETHER.post()
async def together(request: Request, context: TogetherContext, form: Form) -> Response:
    if form.raw("move") == "show" and not wants_fragment(request):
        return await _TOGETHER.show(request, context, form)
    quotes = _read(form, context)
    if wants_fragment(request):
        return fragment(request, "together_preview", **_preview(context, form, quotes))
    check_shown(form, _carried(context, quotes))
    told = told_budget(request, form, context.currency)
    form.check()
    acting = guard.acting(request, context.lender.timezone, form.token(), form.text("note"))
    parts = _parts(form, context, quotes)
    ref = await submit_together(acting, context.lender, guard.person(request).person_id, parts, told=told)
    return see_other(request, "proposal", ref=ref)


def _parts(form: Form, context: TogetherContext, quotes: Sequence[Quote]) -> list[ProposalPart]:
    """Raises SomebodyWasFirst where these are not the loans that were shown."""
    shown = dict(each.partition(":")[::2] for each in form.raw("expected_version").split())
    if set(shown) != {case.ref for case in context.cases}:
        raise SomebodyWasFirst("expected_version")
    expected_version = {ref: Form({"expected_version": seq}).token().expected_version for ref, seq in shown.items()}
    return [
        ProposalPart(case, quote, expected_version[case.ref]) for case, quote in zip(context.cases, quotes, strict=True)
    ]


def _preview(context: TogetherContext, form: Form, quotes: tuple[Quote, ...]) -> dict[str, Any]:
    return {
        "lender": context.lender,
        "currency": context.currency,
        "cases": context.cases,
        "quotes": quotes,
        "month": fullest_month_together(quotes),
        "values": form.values,
        "plan_errors": form.errors,
        "today": context.moment.today,
        "decide_by": context.policy.decide_by(context.moment.today),
        "carried": _carried(context, quotes),
    }


def _carried(context: TogetherContext, quotes: Sequence[Quote]) -> dict[str, str]:
    return as_shown(
        quotes, context.policy, context.moment.today, " ".join(f"{case.ref}:{case.seq}" for case in context.cases)
    )
