"""Where a request comes from, as tries are counted: an IPv4 address, or the /64 that an IPv6 subscriber has."""

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request
from starlette.responses import Response

from portal.actions.known_devices import keeps
from portal.actions.ratelimit import Caller
from portal.web.cookies import KNOWN, YEAR_SECONDS, read, write_cookie

IPV6_BITS = 64
# What a browser calls itself; the first that fits, since an iPhone also says that it is like a Mac.
_DEVICES = ("MicroMessenger", "iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")


def address(request: Request) -> str:
    """The address of the connection; headers that anybody may forge are not asked."""
    return request.client.host if request.client else ""


def network(address: str) -> str:
    """An IPv4 address in IPv6's form is that IPv4 address; what is no address, as of a socket, is counted as it is."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    first = int(found) >> (128 - IPV6_BITS) << (128 - IPV6_BITS)
    return f"{IPv6Address(first)}/{IPV6_BITS}"


def caller(request: Request, cookie: str = KNOWN) -> Caller:
    return Caller(network(address(request)), read(request, cookie))


def remember(request: Request, response: Response, account: str, cookie: str = KNOWN) -> None:
    """From now on this browser has tries of its own at this account."""
    kept = keeps(read(request, cookie), request.app.state.vault, account)
    write_cookie(request, response, cookie, kept, YEAR_SECONDS)


def device_name(request: Request) -> str:
    """A code for the kind of device, so that a list of sessions can be told apart; nothing else of it is kept."""
    agent = request.headers.get("user-agent", "")
    return next((code for code in _DEVICES if code in agent), "")
