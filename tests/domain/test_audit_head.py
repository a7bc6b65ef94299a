"""A head is one line: it says the same wherever it was kept, and any other line is known from it."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from portal.domain.conduct.audit_head import (
    AuditHead,
    ChangedHead,
    Mark,
    NotAHead,
    OtherKey,
    follow_on,
    head_line,
    read_head,
)
from portal.domain.event import GENESIS

KEY, A, B, C = b"k" * 32, "a" * 64, "b" * 64, "c" * 64
HEAD = AuditHead(
    datetime(2026, 6, 14, 16, 40, tzinfo=UTC),
    82,
    {"jq": Mark(80, A), "yh": Mark(2, B)},
    {"": Mark(3, C), "jq": Mark(1, A)},
)
SAID = (
    "portal-audit-head 1 2026-06-14T16:40:00Z events=82 "
    f"feeds=jq:80:{A},yh:2:{B} access=:3:{C},jq:1:{A} key={hmac.new(KEY, b'name', hashlib.sha256).hexdigest()[:16]}"
)
LINE = f"{SAID} mac={hmac.new(KEY, SAID.encode(), hashlib.sha256).hexdigest()}"


def test_a_head_is_one_line_under_its_key() -> None:
    assert head_line(HEAD, KEY) == LINE


def test_the_line_says_the_same_again_also_with_the_spaces_of_a_mail_around_it() -> None:
    assert read_head(LINE, KEY) == HEAD
    assert read_head(f"  {LINE}\n", KEY) == HEAD


def test_of_an_empty_portal_there_is_a_head_too() -> None:
    empty = AuditHead(HEAD.at, 0)
    assert read_head(head_line(empty, KEY), KEY) == empty


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("", NotAHead),
        ("events=82", NotAHead),
        (LINE[:-1], NotAHead),
        (LINE.replace("jq:80", "jq:79"), ChangedHead),
        (LINE.replace("events=82", "events=28"), ChangedHead),
        (LINE.replace("16:40", "16:41"), ChangedHead),
        (LINE[:-1] + ("0" if LINE[-1] != "0" else "1"), ChangedHead),
    ],
)
def test_a_line_that_is_mistyped_is_told_from_one_that_is_none(line: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        read_head(line, KEY)


def test_a_line_under_another_key_is_known_as_that() -> None:
    with pytest.raises(OtherKey, match="another key"):
        read_head(LINE, b"x" * 32)


def test_the_digest_of_a_feed_has_every_event_in_its_order() -> None:
    one = follow_on(GENESIS, "loan:1", 1, A)
    assert one == hashlib.sha256(f"{GENESIS}\nloan:1 1 {A}".encode()).hexdigest()
    two = follow_on(one, "loan:2", 1, B)
    assert two != follow_on(follow_on(GENESIS, "loan:2", 1, B), "loan:1", 1, A) and two != follow_on(
        one, "loan:2", 1, A
    )
