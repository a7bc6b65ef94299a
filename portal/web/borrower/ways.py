"""The ways out of arrears as cards: each with where its plan is looked through and sent."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.restructuring.choices import Choice, ChoiceKind, Goal, Trouble, open_at_first
from portal.domain.restructuring.quote import Quote
from portal.domain.restructuring.relief import choices
from portal.web.borrower.budget import BUDGET
from portal.web.borrower.own import LoanContext
from portal.web.forms import Form
from portal.web.offer_form import offer_values
from portal.web.urls import filled_query

GOAL = ("a_month", "trouble", "left_over", BUDGET)
"""What somebody says of themselves before they choose; it travels in the address from card to card."""


@dataclass(frozen=True, slots=True)
class Card:
    """`query` is the form filled in with its plan, `at_once` with the lightest that is taken at once, if another."""

    choice: Choice
    is_open: bool
    query: str = ""
    at_once: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """What was typed, and the cards that follow from it."""

    form: Form
    goal: Goal
    cards: tuple[Card, ...]


def read_goal(form: Form, currency: str) -> Goal:
    a_month = form.amount("a_month", currency, least=1)
    trouble = form.choice("trouble", [each.value for each in Trouble], default=Trouble.LASTING.value)
    return Goal(a_month, Trouble(trouble))


async def ways_out(context: LoanContext, form: Form) -> Ways:
    """Drawn up off the loop: some ten plans are tried for each card."""
    currency = context.case.loan.currency
    goal = read_goal(form, currency)
    found = await run_in_threadpool(choices, context.now, context.policy, goal)
    return as_cards(found, form, goal)


def as_cards(found: tuple[Choice, ...], form: Form, goal: Goal) -> Ways:
    shown = open_at_first(found)
    return Ways(form, goal, tuple(_card(each, place in shown, form) for place, each in enumerate(found)))


def chosen_way(form: Form, quote: Quote, currency: str) -> Choice:
    """What is in the form as the way that it is, so that it is shown as the cards are."""
    if quote.offer.kind is OfferKind.PAUSE:
        kind = ChoiceKind.PAUSE
    elif quote.offer.kind is OfferKind.SETTLEMENT:
        kind = ChoiceKind.SETTLEMENT
    else:
        kind = ChoiceKind.CATCH_UP if quote.offer.covers is Covers.OVERDUE else ChoiceKind.WHOLE_LOAN
    offers = {each.id: each for each in quote.policy.offers}
    return Choice(kind, read_goal(form, currency), quote, standing=offers.get(quote.offer.standing))


def query_of(quote: Quote, currency: str, form: Form, card: str = "") -> str:
    """The form filled in with a plan, and with what was said before it was chosen."""
    asked = {name: form.raw(name) for name in GOAL}
    values = {**offer_values(quote.offer, currency, quote.plan.total), **asked, "card": card or form.raw("card")}
    return filled_query(values)


def back_to_ways(form: Form) -> str:
    """The query of the page with all of them, for what was said."""
    said = filled_query({name: form.raw(name) for name in GOAL})
    return f"?{said}" if said else ""


def _card(choice: Choice, is_open: bool, form: Form) -> Card:
    own, lighter = choice.quote, choice.at_once
    if own is None:
        return Card(choice, is_open)
    currency = own.plan.currency
    another = lighter if lighter and not own.accepted_at_once and lighter.offer != own.offer else None
    at_once = query_of(another, currency, form, choice.kind.value) if another else ""
    return Card(choice, is_open, query_of(own, currency, form, choice.kind.value), at_once)
