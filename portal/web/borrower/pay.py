"""The till: what a payment today would do, fen by fen, and the lender's own ways to pay it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from portal.actions.payment_claims import PaymentStatement, claim_payment, withdraw_claim
from portal.domain.conduct.payment_claim import OPEN_CLAIMS, ReportAnswered
from portal.domain.ledger.delinquency import delinquency
from portal.domain.ledger.payment_preview import preview_payment
from portal.domain.ledger.position import Position
from portal.domain.ledger.progress import InstallmentProgress
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.payment_methods import DUE, Way, WayKind, payment_reference, signed
from portal.reads.cases import Case
from portal.reads.payment_claims import claims_of
from portal.web import guard
from portal.web.borrower.own import LoanContext, own_loan
from portal.web.changing import FormPage
from portal.web.forms import Form
from portal.web.render import fragment, page_language, wants_fragment
from portal.web.urls import SAFE

NAMED = ("plan", "overdue", "next")


class PaidOnOutOfRange(Refusal):
    says = N_("The day can be from {least} to {most}. You wrote {given}.")


@dataclass(frozen=True, slots=True)
class PaymentOption:
    """An amount that has a name, in minor units; `on` is the day it is due, `row` the plan's own payment, if one."""

    minor: int
    on: date | None = None
    row: InstallmentProgress | None = None


@dataclass(frozen=True, slots=True)
class PaymentContext(LoanContext):
    """One loan at the till: `sums` are the amounts that have a name, by name, the first one chosen to begin with."""

    sums: Mapping[str, PaymentOption]

    @property
    def named(self) -> list[int]:
        """The installments among which a payment may name its debt. Source: Civil Code, article 560."""
        late = [row.no for row in self.now.overdue_installments]
        return late if len(late) > 1 else []


async def _till(request: Request) -> PaymentContext:
    at = await own_loan(request)
    return PaymentContext(at.case, at.now, at.policy, at.moment, _sums(at.case, at.now))


def _sums(found: Case, now: Position) -> dict[str, PaymentOption]:
    sums = {"plan": _planned(found, now), "overdue": PaymentOption(now.overdue.total)}
    if not now.overdue.total:  # before that, money goes to what is overdue
        sums["next"] = _next_due(found, now)
    offered = {name: each for name, each in sums.items() if each is not None and each.minor}
    return {name: each for name, each in offered.items() if name != "next" or each != offered.get("plan")}


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
        "claims": await claims_of(context.case.id, request.app.state.vault),
        "open": OPEN_CLAIMS,
        "claim_days": context.policy.report_working_days,
        "where": delinquency(context.now).status,
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
    return PaymentStatement(paid_on, amount, reference, named)


def _named(form: Form, context: PaymentContext) -> int | None:
    """The overdue installment that the payment is said to be for."""
    return int(form.choice("installment", ("", *map(str, context.named)), default="") or 0) or None


def _to_claims(request: Request, context: PaymentContext) -> Response:
    return RedirectResponse(f"{request.app.url_path_for('pay', ref=context.case.ref)}#reports", status_code=303)


def _preview(request: Request, context: PaymentContext, form: Form, chosen: tuple[str, int | None]) -> dict[str, Any]:
    what, amount = chosen
    installment = _named(form, context)
    row = context.sums[what].row if what in context.sums and not installment else None
    due = f"contract:{installment}" if installment else row.key if row else ""
    loan, today = context.case.loan, context.moment.today
    key = request.app.state.vault.cashier_key(context.case.lender.slug)
    return {
        "case": context.case,
        "now": context.now,
        "today": today,
        "sums": context.sums,
        "form": form,
        "what": what,
        "amount": amount,
        "named": context.named,
        "installment": installment,
        "effect": preview_payment(context.now, amount, installment, row.no if row else None) if amount else None,
        "ways": [_way(request, context, way, key, (amount, due)) for way in context.policy.ways] if amount else [],
        "reference": payment_reference(key, loan.loan_no),
    }


def _way(request: Request, context: PaymentContext, way: Way, key: str, paid: tuple[int, str]) -> dict[str, str]:
    """`paid` is the amount and the key of the due it is for, which goes along where the address has a place."""
    (amount, due), loan, url = paid, context.case.loan, way.url
    if way.kind is WayKind.CASHIER:
        named = due if f"{{{DUE}}}" in url else None
        for name, value in signed(key, amount, loan.currency, loan.loan_no, context.moment.today, named).items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
    texts = {"holder": way.holder, "account": way.account, "bank": way.bank}
    return {"kind": way.kind.value, "name": way.called(page_language(request).tag), "url": url, **texts}
