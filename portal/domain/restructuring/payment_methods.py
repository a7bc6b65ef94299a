"""A lender's ways to take money, as data of its policy; the portal itself takes none and no card data."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from portal.domain.money import format_amount
from portal.domain.refusal import Refusal


class WayKind(StrEnum):
    """Its own app, which may take an amount, a cashier's page that takes a signed one, or an account to pay into."""

    APP = "app"
    CASHIER = "cashier"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Way:
    """`name` by language; the `url` of a cashier holds the names of `SIGNED` in braces, that of an app may."""

    kind: WayKind
    name: tuple[tuple[str, str], ...]
    url: str = ""
    holder: str = ""
    account: str = ""
    bank: str = ""

    def called(self, lang: str) -> str:
        names = dict(self.name)
        return names.get(lang) or next(iter(names.values()))


class BadWay(Refusal):
    says = "{problem}"


WAY_TEXTS = ("name_zh", "name_en", "url", "holder", "account", "bank")
SIGNED = ("amount", "currency", "reference", "loan_no", "expires")
DUE = "due"
PURPOSE = "purpose"
RETURN = "return"
"""What such an address may hold besides: the key of the due that is named, what the rest is for, and the way back."""
_NEEDED: dict[WayKind, tuple[str, ...]] = {
    WayKind.APP: (),
    WayKind.CASHIER: ("url",),
    WayKind.ACCOUNT: ("holder", "account"),
}
_LONGEST = 400


def way_from(given: Any) -> Way:
    """Raises BadWay, saying which key is wrong and what is allowed."""
    texts = ("kind", *WAY_TEXTS)
    if not isinstance(given, dict):
        raise BadWay("ways_to_pay", problem="has to be a table")
    if unknown := [key for key in given if key not in texts]:
        raise BadWay("ways_to_pay", problem=f"{unknown[0]}: unknown; allowed are {', '.join(texts)}")
    if bad := [key for key, value in given.items() if not isinstance(value, str) or len(value) > _LONGEST]:
        raise BadWay("ways_to_pay", problem=f"{bad[0]}: has to be a text of at most {_LONGEST} characters")
    if given.get("kind") not in tuple(WayKind):
        raise BadWay("ways_to_pay", problem=f"kind: has to be {', '.join(WayKind)}, found {given.get('kind')!r}")
    kind = WayKind(given["kind"])
    if needed := [key for key in ("name_zh", "name_en", *_NEEDED[kind]) if not given.get(key, "").strip()]:
        raise BadWay("ways_to_pay", problem=f"{needed[0]}: is needed for a way of kind {kind.value}")
    _check_url(kind, given.get("url", ""))
    name = (("zh-CN", given["name_zh"]), ("en", given["name_en"]))
    return Way(kind, name, *(given.get(key, "") for key in ("url", "holder", "account", "bank")))


def _check_url(kind: WayKind, url: str) -> None:
    if url and not (url.startswith("https://") and url.isprintable() and " " not in url):
        raise BadWay("ways_to_pay", problem=f"url: has to begin with https:// and hold no spaces, found {url!r}")
    needed = (*SIGNED, "signature") if kind is WayKind.CASHIER else ()
    filled = () if kind is WayKind.ACCOUNT else (*SIGNED, "signature", DUE, PURPOSE, RETURN)
    named = re.findall(r"\{([^{}]*)\}", url)
    if missing := [name for name in needed if name not in named]:
        raise BadWay("ways_to_pay", problem=f"url: of a cashier has to hold {{{missing[0]}}}")
    if unknown := [name for name in named if name not in filled]:
        allowed = ", ".join(f"{{{name}}}" for name in filled) or "none"
        raise BadWay("ways_to_pay", problem=f"url: {{{unknown[0]}}} is never filled in; allowed are {allowed}")


def payment_reference(key: str, loan_no: str) -> str:
    """What a payment names so that it is found: twelve characters, no 0, 1, 8 or 9, the same for a loan every time.

    The first 60 bits of HMAC-SHA-256 under the lender's cashier key over `reference|loan_no`, in base 32: the lender
    can work it out for every loan of its own, nobody else can read anything from it.
    """
    digest = hmac.new(key.encode(), f"reference|{loan_no}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode()[:12]


def signed(key: str, minor: int, currency: str, loan_no: str, expires: date, **named: str) -> dict[str, str]:
    """What goes along to the cashier's page: the values of `SIGNED` and a `signature` that holds them together.

    `minor` in minor units; `expires` is the last day in the lender's time zone. `named` are `due`, the key of the due
    that is named, `purpose`, and `return`, the address to come back to, each empty for none; only an address that has
    no place for one goes without it.
    """
    texts = (format_amount(minor, currency), currency, payment_reference(key, loan_no), loan_no, expires.isoformat())
    values = dict(zip(SIGNED, texts, strict=True)) | named
    return {**values, "signature": _under(key, *values.values())}


def cashiers_word(key: str, minor: int, currency: str, loan_no: str, paid_on: str, number: str) -> str:
    """The signature under which a cashier says that an amount was paid: `paid`, what it was sent, the day, its number.

    `minor` in minor units, `paid_on` as ISO 8601, `number` what the cashier knows the payment by.
    """
    reference = payment_reference(key, loan_no)
    return _under(key, "paid", format_amount(minor, currency), currency, reference, loan_no, paid_on, number)


def _under(key: str, *values: str) -> str:
    """HMAC-SHA-256 in hexadecimal, under the key's own characters, of the values with a vertical bar between them."""
    return hmac.new(key.encode(), "|".join(values).encode(), hashlib.sha256).hexdigest()
