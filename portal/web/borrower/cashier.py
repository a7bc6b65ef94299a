"""The lender's own ways to pay: the link that takes an amount along, its square for a phone, and the way back."""

import hmac
import io
from collections.abc import Mapping
from urllib.parse import quote

import segno
from starlette.requests import Request

from portal.actions.payment_claims import PaymentStatement
from portal.domain.contract.calendar import parse_date
from portal.domain.money import format_amount
from portal.domain.refusal import Refusal
from portal.domain.restructuring.payment_methods import (
    DUE,
    PURPOSE,
    RETURN,
    Way,
    WayKind,
    cashiers_word,
    signed,
)
from portal.web.borrower.till import NamedDue, PaymentContext
from portal.web.forms import Form
from portal.web.render import page_language
from portal.web.urls import filled_query

DEMO_CASHIER = "https://cashier.example/pay"
"""Nobody's, by its name (RFC 6761); in the demo a page of ours stands in its place."""
CHOSEN = ("what", "amount", "installment", "then", "counted")
"""What of the till's address comes back from the cashier, so that the same stands there again."""
MOST_NUMBER = 100


def ways_to_pay(
    request: Request, context: PaymentContext, amount: int, named: NamedDue, purpose: str, *, back: bool = True
) -> list[dict[str, str]]:
    """The ways of the lender's policy for this amount, in minor units; `back` gives the address to come back to."""
    path = request.app.url_path_for("pay_back", ref=context.case.ref)
    chosen = {name: request.query_params.get(name, "") for name in CHOSEN} | {"installment": context.name_of(named)}
    paid = {"paid": format_amount(amount, context.case.loan.currency)}
    query = filled_query(paid | chosen)
    address = f"{request.app.state.settings.base_url}{path}?{query}" if back else ""
    along = {DUE: named.key, PURPOSE: purpose, RETURN: address}
    return [_way(request, context, way, amount, along) for way in context.policy.ways]


def _way(request: Request, context: PaymentContext, way: Way, amount: int, along: Mapping[str, str]) -> dict[str, str]:
    loan, url = context.case.loan, way.url
    if way.kind is not WayKind.ACCOUNT:
        key = request.app.state.vault.cashier_key(context.case.lender.slug)
        said = {name: value for name, value in along.items() if f"{{{name}}}" in url}
        for name, value in signed(key, amount, loan.currency, loan.loan_no, context.moment.today, **said).items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
    if request.app.state.settings.is_demo and url.startswith(DEMO_CASHIER):
        url = str(request.app.url_path_for("demo_cashier")) + url.removeprefix(DEMO_CASHIER)
    takes = "amount" if "{amount}" in way.url else ""
    texts = {"holder": way.holder, "account": way.account, "bank": way.bank}
    return {"kind": way.kind.value, "name": way.called(page_language(request).tag), "url": url, "takes": takes, **texts}


def square_of(request: Request, url: str) -> str:
    """The address as a square that a phone reads, as an SVG picture."""
    whole = url if url.startswith("https://") else request.app.state.settings.base_url + url
    drawn = io.BytesIO()
    square = segno.make(whole, error="l", micro=False)
    square.save(drawn, "svg", scale=3, border=4, light="#fff", xmldecl=False, svgclass=None, lineclass=None)
    return drawn.getvalue().decode()


def told_by_cashier(request: Request, context: PaymentContext, form: Form, named: NamedDue) -> PaymentStatement | None:
    """What the lender's cashier says under its signature was paid; None for anything that it did not say so."""
    case, today = context.case, context.moment.today
    amount, number = form.amount("paid", case.loan.currency, least=1, required=True), form.raw("id")
    try:
        paid_on = parse_date(form.raw("paid_on"))
    except Refusal:
        return None
    if amount is None or not 0 < len(number) <= MOST_NUMBER or not case.loan.disbursed_on <= paid_on <= today:
        return None
    key = request.app.state.vault.cashier_key(case.lender.slug)
    word = cashiers_word(key, amount, case.loan.currency, case.loan.loan_no, paid_on.isoformat(), number)
    if form.raw("result") != "paid" or not hmac.compare_digest(word.encode(), form.raw("signature").encode()):
        return None
    return PaymentStatement(paid_on, amount, number, named.installment, named.plan_installment)
