"""The till: what a payment today would do, fen by fen, and the lender's own ways to pay it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.act import FormToken
from portal.actions.payment_claims import PaymentStatement, claim_payment, withdraw_claim
from portal.domain.conduct.payment_claim import OPEN_CLAIMS, ReportAnswered
from portal.domain.contract.prepayment import Purpose, Then
from portal.domain.ledger.delinquency import delinquency
from portal.domain.ledger.payment_preview import PaymentEffect, beyond, preview_payment
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.payment_methods import WayKind, payment_reference
from portal.reads.cases import NotFound
from portal.web import guard
from portal.web.borrower.cashier import CHOSEN, square_of, told_by_cashier, ways_to_pay
from portal.web.borrower.till import NamedDue, PaymentContext, at_till
from portal.web.changing import FormPage
from portal.web.forms import Form
from portal.web.render import fragment, wants_fragment
from portal.web.urls import SAFE, filled_query

NAMED = ("plan", "overdue", "next", "payoff")
AHEAD, ABOVE = "ahead", "above"
"""What may be answered beside the ways to prepay: it waits for the next due; more than everything is meant."""
_NONE_NAMED = NamedDue("")


class PaidOnOutOfRange(Refusal):
    says = N_("The day can be from {least} to {most}. You wrote {given}.")


def _chosen(form: Form, context: PaymentContext) -> tuple[str, int | None]:
    """The name of the amount and the amount; for a named one that is gone by now, the first that is there."""
    if not context.sums:
        return "other", None
    first = next(iter(context.sums))
    what = form.raw("what") or ("other" if form.raw("amount") else first)
    if what in NAMED:
        what = what if what in context.sums else first
        return what, context.sums[what].minor
    form.choice("what", (*context.sums, "other"), first)
    currency, owed = context.case.loan.currency, context.now.payoff
    return what, form.amount("amount", currency, least=1, owed=owed, required=True) if what == "other" else None


async def _values(request: Request, context: PaymentContext, form: Form) -> Mapping[str, Any]:
    """An amount is chosen in the address alone: a form that is sent says what was paid."""
    return {
        "person_id": guard.person(request).person_id,
        "claims": context.claims,
        "open": OPEN_CLAIMS,
        "claim_days": context.policy.report_working_days,
        "where": delinquency(context.now),
        "booked": context.booked,
        "came_back": Form(request.query_params).amount("back", context.case.loan.currency, least=1),
        **_preview(request, context, form, _chosen(form if request.method in SAFE else Form({}), context)),
    }


_PAY = FormPage("borrower/pay", at_till, _values)


async def pay(request: Request) -> Response:
    """GET shows what an amount would do; POST takes the word that something was paid."""
    if request.method not in SAFE:
        return await _claim(request)
    context, form = await at_till(request), Form(request.query_params)
    if wants_fragment(request):
        return fragment(request, "pay_preview", **_preview(request, context, form, _chosen(form, context)))
    return await _PAY.show(request, context, form)


async def pay_square(request: Request) -> Response:
    """The cashier's link of what the till shows, to be read by a phone: so without a way back to this screen.

    A wide screen fetches it into the page once it comes into sight; without script it is a picture of its own.
    """
    context, form = await at_till(request), Form(request.query_params)
    shown = _preview(request, context, form, _chosen(form, context), back=False)
    link = next((way["url"] for way in shown["ways"] if way["kind"] == WayKind.CASHIER), None)
    if link is None:
        raise NotFound(context.case.ref)
    return Response(square_of(request, link), media_type="text/html" if wants_fragment(request) else "image/svg+xml")


async def pay_back(request: Request) -> Response:
    """Where the lender's cashier sends people back to. What it says under its signature was paid is being checked from
    then on; where it says nothing, or something nobody signed, the till asks whether it was paid.
    """
    context, form = await at_till(request), Form(request.query_params)
    statement = told_by_cashier(request, context, form, _named(form, context))
    if statement is None:
        asked = {} if form.raw("result") == "cancelled" else {"back": form.raw("paid")[:20]}
        chosen = {name: form.raw(name)[:40] for name in CHOSEN if form.raw(name)}
        path = request.app.url_path_for("pay", ref=context.case.ref)
        return RedirectResponse(f"{path}?{urlencode({**chosen, **asked})}", status_code=303)
    if statement.reference not in [each.reference for each in context.claims]:
        token = FormToken(0, f"cashier {statement.reference}"[:100], drawn=False)
        acting = guard.acting(request, context.case.lender.timezone, token)
        await claim_payment(acting, context.case, guard.person(request).person_id, statement)
    return _to_claims(request, context)


@_PAY.post()
async def _claim(request: Request, context: PaymentContext, form: Form) -> Response:
    statement = _statement(form, context)
    acting = guard.acting(request, context.case.lender.timezone, form.token())
    await claim_payment(acting, context.case, guard.person(request).person_id, statement)
    return _to_claims(request, context)


@_PAY.post(ReportAnswered)
async def withdraw(request: Request, context: PaymentContext, form: Form) -> Response:
    """Who told of a payment says that it was a mistake."""
    acting = guard.acting(request, context.case.lender.timezone, form.token())
    await withdraw_claim(acting, context.case, request.path_params["claim"], guard.person(request).person_id)
    return _to_claims(request, context)


def _statement(form: Form, context: PaymentContext) -> PaymentStatement:
    loan, today = context.case.loan, context.moment.today
    amount = form.amount("paid", loan.currency, least=1, required=True)
    paid_on = form.date("paid_on", example=today, required=True, past=True)
    if paid_on is not None and not loan.disbursed_on <= paid_on <= today:
        form.refuse("paid_on", PaidOnOutOfRange("paid_on", least=loan.disbursed_on, most=today, given=paid_on))
    reference, named = form.text("reference", most=100), _named(form, context)
    form.check()
    assert amount is not None and paid_on is not None
    return PaymentStatement(paid_on, amount, reference, named.installment, named.plan_installment)


def _named(form: Form, context: PaymentContext) -> NamedDue:
    """The debt that the payment is said to be for: one that is overdue, or the plan's next."""
    return context.named.get(form.choice("installment", ("", *context.named), default=""), _NONE_NAMED)


def _to_claims(request: Request, context: PaymentContext) -> Response:
    return RedirectResponse(f"{request.app.url_path_for('pay', ref=context.case.ref)}#reports", status_code=303)


def _preview(
    request: Request, context: PaymentContext, form: Form, chosen: tuple[str, int | None], *, back: bool = True
) -> dict[str, Any]:
    what, amount = chosen
    said = _named(form, context)
    row = context.sums[what].row if what in context.sums and not said.key else None
    named = NamedDue(row.key, row=row) if row else said
    answer = form.choice("then", ("", AHEAD, ABOVE, *Then), default="")
    purpose, then = _purpose(what, answer)
    to = (amount or 0, named.installment, named.plan_installment, purpose, then)
    effect = preview_payment(context.now, *to) if amount else None
    asked = _asked(request, context, effect, what) if effect and not answer else {}
    goes = ":".join(filter(None, (purpose, then if purpose is Purpose.PREPAY else "")))
    key = request.app.state.vault.cashier_key(context.case.lender.slug)
    return {
        "case": context.case,
        "now": context.now,
        "today": context.moment.today,
        "sums": context.sums,
        "form": form,
        "what": what,
        "amount": amount,
        "named": context.named,
        "installment": form.raw("installment") if said.key else "",
        "pays_for": context.name_of(named),
        "for_row": said.row,
        "in_turn": said.in_turn,
        "claimed": context.claimed,
        "counted": context.counted,
        "effect": effect,
        "asked": asked,
        "answer": answer,
        "purpose": purpose,
        "ways": ways_to_pay(request, context, amount, named, goes, back=back) if amount and not asked else [],
        "square": request.url.query,
        "reference": payment_reference(key, context.case.loan.loan_no),
    }


def _purpose(what: str, answer: str) -> tuple[Purpose | None, Then]:
    """What the money is said to be for, beyond what is due."""
    if answer in tuple(Then):
        return Purpose.PREPAY, Then(answer)
    return Purpose.PAYOFF if what == "payoff" and not answer else None, Then.FEWER


def _asked(request: Request, context: PaymentContext, effect: PaymentEffect, what: str) -> Mapping[str, Any]:
    """The one question before the ways to pay, with an address for each answer; nothing where there is none."""
    amount, found = effect.payment.amount, beyond(effect)
    if not found.above and not (found.saves and what == "other"):
        return {}
    said = {"what": "other", "installment": request.query_params.get("installment", ""), **context.uncounted}
    path, currency = request.app.url_path_for("pay", ref=context.case.ref), context.case.loan.currency

    def leads(minor: int, then: str) -> str:
        query = filled_query({**said, "amount": format_amount(minor, currency), "then": then})
        return f"{path}?{query}#preview"

    return {
        "beyond": found,
        "enough": leads(found.payoff, "") if found.above and found.payoff else "",
        "above": leads(amount, ABOVE),
        "due_alone": leads(amount - found.surplus, "") if found.surplus < amount else "",
        "ahead": leads(amount, AHEAD),
        "ways": [(then, leads(amount, then), saves) for then, saves in found.saves.items()],
    }
