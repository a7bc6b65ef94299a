"""An event's bytes never change, and each is chained to the one before."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

from portal.domain.event import GENESIS, Actor, Envelope, NewEvent, canonical, link, salted_hash

HAPPENING = NewEvent("proposal.submitted", Actor("borrower", "p1"), {"currency": "CNY", "total": "3413.12"}, "abc", 1)
PLACE = Envelope(
    stream="loan:7",
    seq=2,
    feed=41,
    lender="jq",
    loan_no="JQ-2026-0001",
    occurred_at=datetime(2026, 6, 14, 16, 40, tzinfo=UTC),
    business_date=date(2026, 6, 15),
    correlation="c1",
)
BYTES = (
    b'{"actor":{"kind":"borrower","ref":"p1"},"business_date":"2026-06-15","correlation":"c1",'
    b'"data":{"currency":"CNY","total":"3413.12"},"feed":41,"id":"e1","idempotency_key":null,"lender":"jq",'
    b'"loan_no":"JQ-2026-0001","occurred_at":"2026-06-14T16:40:00.000Z","proposal":"abc","schema_version":1,'
    b'"seq":2,"stream":"loan:7","type":"proposal.submitted","version":1}'
)


def test_the_same_event_has_the_same_bytes_for_good() -> None:
    assert canonical("e1", HAPPENING, PLACE) == BYTES


def test_chinese_is_written_as_it_is_and_a_key_is_named() -> None:
    place = replace(PLACE, loan_no="佳泉-1", key="k1")
    body = canonical("e1", HAPPENING, place)
    assert '"loan_no":"佳泉-1"'.encode() in body
    assert b'"idempotency_key":"k1"' in body


def test_each_link_hashes_the_one_before_and_its_own_bytes() -> None:
    expected = hashlib.sha256(b"0" * 64 + b"\n" + BYTES).hexdigest()
    assert link(GENESIS, BYTES) == expected
    assert link("f" * 64, BYTES) != expected


def test_a_text_is_named_by_a_hash_that_its_salt_makes_unguessable() -> None:
    assert salted_hash(b"one", "我病了") != salted_hash(b"two", "我病了")
