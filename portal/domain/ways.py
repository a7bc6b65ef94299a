"""A lender's ways to take money, as data of its policy; the portal itself takes none and no card data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.domain.refusal import Refusal


class WayKind(StrEnum):
    """Its own app, a cashier's page that takes a signed amount, or an account to pay into."""

    APP = "app"
    CASHIER = "cashier"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Way:
    """`name` by language; `url` may hold {amount} {currency} {reference} {expires} {signature} for a cashier."""

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
REQUIRED = {WayKind.APP: (), WayKind.CASHIER: ("url",), WayKind.ACCOUNT: ("holder", "account")}
SIGNED = ("{amount}", "{reference}", "{signature}")


def way_from(given: Any) -> Way:
    """Raises BadWay, saying which key is wrong and what is allowed."""
    texts = ("kind", *WAY_TEXTS)
    if not isinstance(given, dict) or not all(isinstance(value, str) and len(value) <= 400 for value in given.values()):
        raise BadWay("ways_to_pay", problem="has to be a table of texts of at most 400 characters")
    if unknown := [key for key in given if key not in texts]:
        raise BadWay("ways_to_pay", problem=f"{unknown[0]}: unknown; allowed are {', '.join(texts)}")
    if given.get("kind") not in tuple(WayKind):
        raise BadWay("ways_to_pay", problem=f"kind: has to be {', '.join(WayKind)}, found {given.get('kind')!r}")
    kind = WayKind(given["kind"])
    needed = [key for key in ("name_zh", "name_en", *REQUIRED[kind]) if not given.get(key)]
    if needed:
        raise BadWay("ways_to_pay", problem=f"{needed[0]}: is needed for a way of kind {kind.value}")
    _check_url(kind, given.get("url", ""))
    name = (("zh-CN", given["name_zh"]), ("en", given["name_en"]))
    return Way(kind, name, *(given.get(key, "") for key in ("url", "holder", "account", "bank")))


def _check_url(kind: WayKind, url: str) -> None:
    if url and not url.startswith("https://"):
        raise BadWay("ways_to_pay", problem=f"url: has to begin with https://, found {url!r}")
    if kind is WayKind.CASHIER and not all(part in url for part in SIGNED):
        raise BadWay("ways_to_pay", problem=f"url: of a cashier has to hold {', '.join(SIGNED)}")


def signed_text(amount: str, currency: str, reference: str, expires: str) -> bytes:
    """What a cashier's signature is made over: HMAC-SHA-256 of these bytes under the lender's cashier key."""
    return f"{amount}|{currency}|{reference}|{expires}".encode()
