"""A head of the log: one line to be kept elsewhere, which says how far everything went and what it was until there.

Whoever rewrites the database can chain it anew, but not make a line that was kept elsewhere say the same.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from portal.domain.event import link
from portal.domain.refusal import Refusal

FIRST, VERSION = "portal-audit-head", "1"
_LINE = re.compile(
    r"portal-audit-head 1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) events=(?P<events>\d+)"
    r" feeds=(?P<feeds>\S*) access=(?P<looks>\S*) key=(?P<key>[0-9a-f]{16}) mac=(?P<mac>[0-9a-f]{64})"
)
_MARK = re.compile(r"(?P<whose>[a-z0-9-]*):(?P<seq>\d{1,18}):(?P<hash>[0-9a-f]{64})")


class NotAHead(Refusal):
    says = (
        "This is not a line of `audit head`: it begins with portal-audit-head 1 and ends with mac= and 64 digits. Copy "
        "the whole line, in quotation marks."
    )


class ChangedHead(Refusal):
    says = "This line is not as it was made: a character was changed or mistyped. Copy it once more from its place."


class OtherKey(Refusal):
    says = (
        "This line was made under another key: PORTAL_AUDIT_KEY (or, where there is none, PORTAL_SECRET) has changed "
        "since, or the line is not ours. Check it with the key of then."
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a feed or a chain goes, and what fixes all of it until there."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """`feeds` by lender: the last feed position, and the digest of its events; `looks`: the ends of the access log.

    The access log's chain of no lender stands under an empty name.
    """

    at: datetime
    events: int
    feeds: Mapping[str, Mark] = field(default_factory=dict)
    looks: Mapping[str, Mark] = field(default_factory=dict)


def follow_on(digest: str, stream: str, seq: int, event_hash: str) -> str:
    """The digest of a feed with one more event: of all of them in its order, so the head of every chain is in it."""
    return link(digest, f"{stream} {seq} {event_hash}".encode())


def head_line(head: AuditHead, key: bytes) -> str:
    """The line to keep: no name is in it."""
    at = head.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    marks = f"events={head.events} feeds={_marks(head.feeds)} access={_marks(head.looks)}"
    text = f"{FIRST} {VERSION} {at} {marks} key={_key_name(key)}"
    return f"{text} mac={_mac(key, text)}"


def read_head(line: str, key: bytes) -> AuditHead:
    """What a line says, once it is sure that it was made under this key. Raises NotAHead, ChangedHead, OtherKey."""
    found = _LINE.fullmatch(" ".join(line.split()))
    if found is None:
        raise NotAHead("head")
    if not hmac.compare_digest(found["key"], _key_name(key)):
        raise OtherKey("head")
    if not hmac.compare_digest(found["mac"], _mac(key, found.string.rpartition(" mac=")[0])):
        raise ChangedHead("head")
    at = datetime.strptime(found["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return AuditHead(at, int(found["events"]), _read(found["feeds"]), _read(found["looks"]))


def _marks(marks: Mapping[str, Mark]) -> str:
    return ",".join(f"{whose}:{mark.seq}:{mark.hash}" for whose, mark in sorted(marks.items()))


def _read(text: str) -> dict[str, Mark]:
    found = [_MARK.fullmatch(each) for each in text.split(",") if each]
    return {each["whose"]: Mark(int(each["seq"]), each["hash"]) for each in found if each is not None}


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _key_name(key: bytes) -> str:
    """Tells two keys apart and neither of them."""
    return _mac(key, "name")[:16]
