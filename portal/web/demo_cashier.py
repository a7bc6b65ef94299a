"""The demo's own cashier, in the place of the one every lender has: no money moves, and outside the demo it is not."""

import hmac
import secrets
from datetime import date
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from portal.domain.money import parse_amount
from portal.domain.refusal import Refusal
from portal.domain.restructuring.payment_methods import RETURN, cashiers_word, signed
from portal.reads.cases import LenderFacts, NotFound, lenders
from portal.web import guard
from portal.web.render import page


async def demo_cashier(request: Request) -> Response:
    """What a cashier does with a link: it checks the signature, takes the amount, and sends the borrower back."""
    if not request.app.state.settings.is_demo:
        raise NotFound
    sent = {**request.query_params, "loan_no": request.query_params.get("loan", "")}
    lender, minor = await _checked(request, sent)
    if lender is None:
        return page(request, "demo/cashier", status=422, lender=None)
    today = guard.today(request, lender.timezone)
    own = request.app.state.settings.base_url
    back = sent.get(RETURN, "").removeprefix(own)
    return page(
        request,
        "demo/cashier",
        lender=lender,
        minor=minor,
        currency=sent["currency"],
        reference=sent["reference"],
        late=date.fromisoformat(sent["expires"]) < today,
        paid=back and f"{back}&{urlencode(_word(request, lender, minor, sent, today))}",
        cancelled=back and f"{back}&result=cancelled",
    )


async def _checked(request: Request, sent: dict[str, str]) -> tuple[LenderFacts | None, int]:
    """Whose link it is and the amount in minor units; nobody's where its signature does not fit what it says."""
    try:
        minor, expires = parse_amount(sent.get("amount"), sent.get("currency", "")), date.fromisoformat(sent["expires"])
    except (Refusal, KeyError, ValueError):
        return None, 0
    for lender in await lenders():
        key = request.app.state.vault.cashier_key(lender.slug)
        fits = signed(key, minor, sent["currency"], sent["loan_no"], expires, **{RETURN: sent.get(RETURN, "")})
        if hmac.compare_digest(fits["signature"].encode(), sent.get("signature", "").encode()):
            return lender, minor
    return None, 0


def _word(request: Request, lender: LenderFacts, minor: int, sent: dict[str, str], today: date) -> dict[str, str]:
    """What it says of a payment under its signature; the number is its own."""
    number, on = f"DEMO-{secrets.token_hex(4).upper()}", today.isoformat()
    key = request.app.state.vault.cashier_key(lender.slug)
    word = cashiers_word(key, minor, sent["currency"], sent["loan_no"], on, number)
    return {"result": "paid", "paid_on": on, "id": number, "signature": word}
