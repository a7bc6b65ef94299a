"""The address of an endpoint as somebody writes it: what it has to be, before anything is ever sent there."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from portal.domain.conduct.webhooks import may_be_reached
from portal.domain.refusal import N_, Refusal

LONGEST_URL = 500


class NotAnEndpoint(Refusal):
    says = N_("Please write an address such as https://core.lender.example/webhooks. You wrote “{given}”.")


class EndpointNotEncrypted(Refusal):
    says = N_("The address has to begin with https://, for names of loans pass there. You wrote “{given}”.")


class EndpointWithPassword(Refusal):
    says = N_(
        "The address may not hold a user name or a password. What is sent is signed: check the signature instead."
    )


class EndpointNotPublic(Refusal):
    says = N_(
        "{host} is an address inside a network, and nothing is sent there. Please give a public one, or ask whoever "
        "runs the portal about PORTAL_WEBHOOK_PRIVATE."
    )


def check_endpoint(url: str, private: bool) -> None:
    """`private` allows http and addresses inside a network. Names are looked up when it is sent to. Raises Refusal."""
    try:
        parts = urlsplit(url)
        fits = _fits(url, parts)
    except ValueError:
        fits = False
    if not fits:
        raise NotAnEndpoint("url", given=url[:80])
    if parts.scheme != "https" and not private:
        raise EndpointNotEncrypted("url", given=url[:80])
    if "@" in parts.netloc:
        raise EndpointWithPassword("url")
    host = parts.hostname or ""
    if _is_literal(host) and not may_be_reached(host, private):
        raise EndpointNotPublic("url", host=host)


def _fits(url: str, parts: SplitResult) -> bool:
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "#" not in url


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
