"""A row of the access log has bytes that never change, and each lender's rows are a chain of their own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from portal.domain.conduct.access_log import AccessLogEntry, canonical_row, chain_of, pruned_to

ROW = AccessLogEntry(
    "access:7", 3, datetime(2026, 6, 14, 16, 40, tzinfo=UTC), "staff", "s1", "personal.opened:speak", "loan:abc"
)
BYTES = (
    b'{"actor":{"kind":"staff","ref":"s1"},"at":"2026-06-14T16:40:00.000000+00:00","chain":"access:7","detail":"",'
    b'"seq":3,"source":"","subject":"loan:abc","what":"personal.opened:speak"}'
)


def test_the_same_row_has_the_same_bytes_for_good_in_whichever_zone_it_was_read() -> None:
    assert canonical_row(ROW) == BYTES
    there = ROW.at.astimezone(timezone(timedelta(hours=8)))
    assert canonical_row(replace(ROW, at=there)) == BYTES


def test_a_lender_has_its_chain_and_what_belongs_to_none_another() -> None:
    assert (chain_of(7), chain_of(None)) == ("access:7", "access")


def test_a_pruning_names_the_last_row_that_went() -> None:
    assert pruned_to(90) == "access:1-90"
