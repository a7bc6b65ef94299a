"""The till: what a payment today would do, fen by fen, and the lender's own ways to pay it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.payment_claims import PaymentStatement, claim_payment, withdraw_claim
from portal.domain.conduct.payment_claim import CLAIMS_TO_ANSWER, OPEN_CLAIMS, ReportAnswered
from portal.domain.contract.loan import Payment
from portal.domain.contract.prepayment import Purpose, Then
from portal.domain.ledger.delinquency import delinquency
from portal.domain.ledger.payment_preview import PaymentEffect, beyond, preview_payment
from portal.domain.ledger.position import Position
from portal.domain.ledger.progress import InstallmentProgress
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.payment_methods import DUE, PURPOSE, Way, WayKind, payment_reference, signed
from portal.reads.cases import Case
from portal.reads.payment_claims import ClaimSummary, claims_of
from portal.web import guard
from portal.web.borrower.own import LoanContext, own_loan
from portal.web.changing import FormPage
from portal.web.forms import Form
from portal.web.render import fragment, page_language, wants_fragment
from portal.web.urls import SAFE

NAMED = ("plan", "overdue", "next", "payoff")
AHEAD, ABOVE = "ahead", "above"
"""What may be answered beside the ways to prepay: it waits for the next due; more than everything is meant."""
_PLANNED = "plan"


class PaidOnOutOfRange(Refusal):
    says = N_("The day can be from {least} to {most}. You wrote {given}.")


@dataclass(frozen=True, slots=True)
class PaymentOption:
    """An amount that has a name, in minor units; `on` is the day it is due, `row` the plan's own payment, if one.

    `saves` is what is to come and need not be paid then.
    """

    minor: int
    on: date | None = None
    row: InstallmentProgress | None = None
    saves: int = 0


@dataclass(frozen=True, slots=True)
class NamedDue:
    """The debt that a payment says it is for: an installment of the contract, or a payment of the plan."""

    key: str
    installment: int | None = None
    row: InstallmentProgress | None = None

    @property
    def plan_installment(self) -> int | None:
        return self.row.no if self.row else None


_NONE_NAMED = NamedDue("")


@dataclass(frozen=True, slots=True)
class PaymentContext(LoanContext):
    """One loan at the till: `sums` are the amounts that have a name, by name, the first one chosen to begin with."""

    sums: Mapping[str, PaymentOption]
    claims: tuple[ClaimSummary, ...]

    @property
    def named(self) -> dict[str, NamedDue]:
        """The debts among which a payment may name its own. Source: Civil Code, article 560."""
        late = [row.no for row in self.now.overdue_installments]
        row = self.sums[_PLANNED].row if _PLANNED in self.sums else None
        found = {_PLANNED: NamedDue(row.key, row=row)} if row else {}
        if len(late) > 1 or (late and row):
            found |= {str(no): NamedDue(f"contract:{no}", no) for no in late}
        return found

    @property
    def claimed(self) -> tuple[Payment, ...]:
        """What was said to be paid, as if it had come so, until the lender has found it or not."""
        return tuple(
            Payment(
                f"\U0010fffe{each.ref}",
                each.paid_on,
                each.amount,
                installment=each.installment,
                plan_installment=each.plan_installment,
            )
            for each in self.claims
            if each.status in CLAIMS_TO_ANSWER
        )


async def _till(request: Request) -> PaymentContext:
    at = await own_loan(request)
    claims = await claims_of(at.case.id, request.app.state.vault)
    return PaymentContext(at.case, at.now, at.policy, at.moment, _sums(at.case, at.now), claims)


def _sums(found: Case, now: Position) -> dict[str, PaymentOption]:
    sums = {"plan": _planned(found, now), "overdue": PaymentOption(now.overdue.total)}
    if not now.overdue.total:  # before that, money goes to what is overdue
        sums["next"] = _next_due(found, now)
    offered = {name: each for name, each in sums.items() if each is not None and each.minor}
    offered = {name: each for name, each in offered.items() if name != "next" or each != offered.get("plan")}
    signed_today = now.live_plan is not None and now.live_plan.plan.as_of == now.as_of  # money of today comes before it
    if now.payoff and not signed_today and now.payoff not in [each.minor for each in offered.values()]:
        offered["payoff"] = PaymentOption(now.payoff, saves=now.saved_by_payoff)
    return offered


def _next_due(found: Case, now: Position) -> PaymentOption | None:
    """All that falls due next, of plan and contract; another borrower's plan is told to nobody else."""
    if found.by_other:
        return PaymentOption(now.next_due.left, now.next_due.due_on) if now.next_due else None
    return PaymentOption(now.next_to_pay.amount, now.next_to_pay.due_on) if now.next_to_pay else None


def _planned(found: Case, now: Position) -> PaymentOption | None:
    """The next payment of the plan that both sides hold to."""
    sent = found.plan or found.proposal
    plan = now.progress_of(sent.ref) if sent else None
    due = plan.next if plan and plan.lives else None
    return PaymentOption(due.left, due.due_on, due) if due else None


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
    return what, form.amount("amount", context.case.loan.currency, least=1, required=True) if what == "other" else None


async def _values(request: Request, context: PaymentContext, form: Form) -> Mapping[str, Any]:
    """An amount is chosen in the address alone: a form that is sent says what was paid."""
    return {
        "person_id": guard.person(request).person_id,
        "claims": context.claims,
        "open": OPEN_CLAIMS,
        "claim_days": context.policy.report_working_days,
        "where": delinquency(context.now),
        **_preview(request, context, form, _chosen(form if request.method in SAFE else Form({}), context)),
    }


_PAY = FormPage("borrower/pay", _till, _values)


async def pay(request: Request) -> Response:
    """GET shows what an amount would do; POST takes the word that something was paid."""
    if request.method not in SAFE:
        return await _claim(request)
    context, form = await _till(request), Form(request.query_params)
    if wants_fragment(request):
        return fragment(request, "pay_preview", **_preview(request, context, form, _chosen(form, context)))
    return await _PAY.show(request, context, form)


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
    paid_on = form.date("paid_on", example=today, required=True)
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


def _preview(request: Request, context: PaymentContext, form: Form, chosen: tuple[str, int | None]) -> dict[str, Any]:
    what, amount = chosen
    said = _named(form, context)
    row = context.sums[what].row if what in context.sums and not said.key else None
    named = NamedDue(row.key, row=row) if row else said
    answer = form.choice("then", ("", AHEAD, ABOVE, *Then), default="")
    key = request.app.state.vault.cashier_key(context.case.lender.slug)
    purpose, then = _purpose(what, answer)
    going = (amount or 0, named.key, ":".join(filter(None, (purpose, then if purpose is Purpose.PREPAY else ""))))
    to = (amount or 0, named.installment, named.plan_installment, purpose, then)
    effect = preview_payment(context.now, *to) if amount else None
    asked = _asked(request, context, effect, what) if effect and not answer else {}
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
        "for_row": said.row,
        "claimed": sum(each.amount for each in context.claimed),
        "effect": effect,
        "asked": asked,
        "answer": answer,
        "purpose": purpose,
        "ways": [_way(request, context, way, key, going) for way in context.policy.ways if amount and not asked],
        "reference": payment_reference(key, context.case.loan.loan_no),
    }


def _purpose(what: str, answer: str) -> tuple[Purpose | None, Then]:
    """What the money is said to be for, beyond what is due."""
    if answer in tuple(Then):
        return Purpose.PREPAY, Then(answer)
    return Purpose.PAYOFF if what == "payoff" and not answer else None, Then.FEWER


def _asked(request: Request, context: PaymentContext, effect: PaymentEffect, what: str) -> Mapping[str, Any]:
    """The one question before the ways to pay, with an address for each answer; nothing where there is none."""
    amount, found = effect.payment.amount, beyond(effect, context.claimed)
    may_wait = what == "other" or (what == "overdue" and context.claimed)
    if not found.above and not (found.saves and may_wait):
        return {}
    said = {"what": "other", "installment": request.query_params.get("installment", "")}
    path, currency = request.app.url_path_for("pay", ref=context.case.ref), context.case.loan.currency

    def leads(minor: int, then: str) -> str:
        values = {**said, "amount": format_amount(minor, currency), "then": then}
        return f"{path}?{urlencode({name: value for name, value in values.items() if value})}#preview"

    return {
        "beyond": found,
        "enough": leads(found.payoff, "") if found.above and found.payoff else "",
        "above": leads(amount, ABOVE),
        "due_alone": leads(amount - found.surplus, "") if found.surplus < amount else "",
        "ahead": leads(amount, AHEAD),
        "ways": [(then, leads(amount, then), saves) for then, saves in found.saves.items()],
    }


def _way(request: Request, context: PaymentContext, way: Way, key: str, paid: tuple[int, str, str]) -> dict[str, str]:
    """`paid` is the amount, the key of the due that it is for and its purpose, which go along if there is a place."""
    (amount, due, purpose), loan, url = paid, context.case.loan, way.url
    if way.kind is WayKind.CASHIER:
        said = {name: value for name, value in ((DUE, due), (PURPOSE, purpose)) if f"{{{name}}}" in url}
        for name, value in signed(key, amount, loan.currency, loan.loan_no, context.moment.today, **said).items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
    texts = {"holder": way.holder, "account": way.account, "bank": way.bank}
    return {"kind": way.kind.value, "name": way.called(page_language(request).tag), "url": url, **texts}
