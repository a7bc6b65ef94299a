"""Which addresses a lender's news may be pushed to, and when it is tried again.

Source of the ranges: the IANA registries of special-purpose addresses, which `ipaddress` follows; RFC 6052 for NAT64,
RFC 3056 for 6to4, RFC 4380 for Teredo: an IPv4 address inside an IPv6 one is judged as what it is.
"""

from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
FAILS_AS_A_WHOLE = 5
"""So many loans in a row whose news is not accepted, and it is the endpoint that fails."""
TRIED_MEANWHILE = 3
"""So many loans are tried at a time while an endpoint fails as a whole."""
TOLD_AFTER = timedelta(minutes=3)
"""What fails for longer is told to staff: once or twice an endpoint may be restarted."""
SECRETS_OVERLAP = timedelta(hours=24)

_TRANSLATED = IPv6Network("64:ff9b::/96")
_LOCALLY_TRANSLATED = IPv6Network("64:ff9b:1::/48")
_Address = IPv4Address | IPv6Address


def may_be_reached(address: str, private: bool) -> bool:
    """Whether anything is sent to this IP address. With `private` also inside a network, on this machine too; to a
    link-local one never, which no lender's system has: there clouds keep their metadata.
    """
    found = _meant(ip_address(address.partition("%")[0]))
    if found.is_link_local or found.is_multicast or found.is_unspecified:
        return False
    if private:
        return found.is_loopback or not found.is_reserved
    return found.is_global and not (found.is_reserved or getattr(found, "is_site_local", False))


def pause_after(attempts: int, chance: int) -> timedelta:
    """How long after so many failed attempts, from one on: 15 seconds, doubled up to an hour, of which up to a half is
    left out by `chance`, from 0 to 999, so that not everything comes back in the same second.
    """
    doublings = min(max(attempts - 1, 0), 20)
    return _shortened(FIRST_PAUSE * (1 << doublings), chance)


def pause_in_outage(lasts: timedelta, chance: int) -> timedelta:
    """How long an endpoint that has failed as a whole for so long is left alone: as long again, up to an hour."""
    return _shortened(max(FIRST_PAUSE, lasts), chance)


def _shortened(pause: timedelta, chance: int) -> timedelta:
    whole = min(pause, LONGEST_PAUSE)
    return whole - whole * chance / 2000


def _meant(found: _Address) -> _Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(found, IPv4Address):
        return found
    if found in _TRANSLATED or found in _LOCALLY_TRANSLATED:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    teredo = found.teredo[1] if found.teredo else None
    return found.ipv4_mapped or found.sixtofour or teredo or found
