"""The till: what a payment today would do, fen by fen, and the lender's own ways to pay it."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.reports import Reported, report_payment
from portal.domain.event import Moment
from portal.domain.money import format_amount
from portal.domain.policy import Policy
from portal.domain.position import Position, position
from portal.domain.refusal import N_, Refusal
from portal.domain.ways import Way, WayKind, signed_text
from portal.domain.what_if import Effect, what_pays
from portal.reads.cases import Case, case
from portal.reads.policy import policy as read_policy
from portal.reads.proposals import proposal_case
from portal.reads.reports import reports_of
from portal.web import guard
from portal.web.forms import Form
from portal.web.problems import CONFLICTS
from portal.web.render import fragment, language, page, wants_fragment

MOST_MINOR = 10**13


class PaidOnOutOfRange(Refusal):
    says = N_("The day can be from {least} to {most}. You wrote {given}.")


@dataclass(frozen=True, slots=True)
class Till:
    """One loan at the till: `sums` are the amounts that have a name, by name."""

    case: Case
    policy: Policy
    moment: Moment
    now: Position
    sums: Mapping[str, int]


async def pay(request: Request) -> Response:
    """GET shows what an amount would do; POST takes the word that something was paid."""
    till = await _till(request)
    if request.method == "POST":
        return await _report(request, till)
    form = Form(dict(request.query_params))
    amount = _amount(form, till)
    if wants_fragment(request):
        return fragment(request, "pay_preview", **_preview(request, till, form, amount))
    return await _page(request, till, form, amount)


async def _till(request: Request) -> Till:
    found = await case(request.path_params["ref"], guard.person(request).person_id)
    request.state.lender_name, request.state.timezone = found.lender.name, found.lender.timezone
    policy = await read_policy(found.lender.id, found.lender.currency)
    moment = guard.moment(request, found.lender.timezone)
    now = position(found.loan, moment.today)
    return Till(found, policy, moment, now, await _sums(request, found, now))


async def _sums(request: Request, found: Case, now: Position) -> Mapping[str, int]:
    sums = {"overdue": now.overdue.total}
    if now.next_due is not None:
        sums["next"] = now.next_due.left
    if found.proposal is not None:
        held = await proposal_case(found.proposal.ref, guard.person(request).person_id)
        due = [row for row in held.on_the_table.plan.rows if row.due_on >= now.as_of]
        if due and found.proposal.state.value in ("accepted", "agreed", "active", "strained"):
            sums["plan"] = due[0].total
    return {name: minor for name, minor in sums.items() if minor}


def _amount(form: Form, till: Till) -> int | None:
    """What was chosen, or the first sum that has a name."""
    if not till.sums:
        return None
    first = "other" if form.raw("amount") else next(iter(till.sums))
    what = form.choice("what", (*till.sums, "other"), default=first)
    if what == "other":
        return form.amount("amount", till.case.loan.currency, least=1, most=MOST_MINOR, required=True)
    return till.sums.get(what)


async def _report(request: Request, till: Till) -> Response:
    form = Form(dict(guard.form(request)))
    currency, today, loan = till.case.loan.currency, till.moment.today, till.case.loan
    amount = form.amount("paid", currency, least=1, most=MOST_MINOR, required=True)
    paid_on = form.date("paid_on", example=today, required=True)
    if paid_on is not None and not loan.disbursed_on <= paid_on <= today:
        form.refuse("paid_on", PaidOnOutOfRange("paid_on", least=loan.disbursed_on, most=today, given=paid_on))
    reference = form.text("reference", most=100)
    if not form or amount is None or paid_on is None:
        return await _page(request, till, form, till.sums.get("overdue"), status=422)
    said, person_id = Reported(paid_on, amount, reference), guard.person(request).person_id
    try:
        await report_payment(till.case, person_id, said, guard.author(request), form.guard(), till.moment)
    except CONFLICTS as refusal:
        return await _page(request, await _till(request), form, till.sums.get("overdue"), status=409, told=refusal)
    response = Response(status_code=303)
    response.headers["location"] = f"{request.app.url_path_for('pay', ref=till.case.ref)}#reports"
    return response


async def _page(
    request: Request, till: Till, form: Form, amount: int | None, status: int = 200, told: Refusal | None = None
) -> Response:
    vault = request.app.state.vault
    return page(
        request,
        "borrower/pay",
        status=status,
        told=told,
        key=secrets.token_urlsafe(16),
        reports=await reports_of(till.case.id, vault, till.policy.report_working_days),
        today=till.moment.today,
        **_preview(request, till, form, amount),
    )


def _preview(request: Request, till: Till, form: Form, amount: int | None) -> dict[str, Any]:
    effect: Effect | None = what_pays(till.case.loan, amount, till.moment.today) if amount else None
    return {
        "case": till.case,
        "now": till.now,
        "sums": till.sums,
        "form": form,
        "amount": amount,
        "effect": effect,
        "ways": [_way(request, till, way, amount) for way in till.policy.ways] if amount else [],
        "reference": _spelled(till.case.ref),
    }


def _spelled(ref: str) -> str:
    """In groups of four, easy to read out."""
    return " ".join(ref[start : start + 4] for start in range(0, len(ref), 4)).upper()


def _way(request: Request, till: Till, way: Way, amount: int) -> dict[str, str]:
    url = way.url
    if way.kind is WayKind.CASHIER:
        url = _signed(request, till, way.url, amount, till.moment.today)
    texts = {"holder": way.holder, "account": way.account, "bank": way.bank}
    return {"kind": way.kind.value, "name": way.called(language(request).tag), "url": url, **texts}


def _signed(request: Request, till: Till, url: str, minor: int, expires: date) -> str:
    currency = till.case.loan.currency
    said = {
        "amount": format_amount(minor, currency),
        "currency": currency,
        "reference": till.case.ref,
        "expires": expires.isoformat(),
    }
    key = request.app.state.vault.cashier_key(till.case.lender.slug)
    signature = hmac.new(key.encode(), signed_text(**said), hashlib.sha256).hexdigest()
    for name, value in {**said, "signature": signature}.items():
        url = url.replace(f"{{{name}}}", quote(value))
    return url
