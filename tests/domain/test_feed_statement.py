"""A statement of a feed: one line for each chain, in one order, whoever adds them up; and what all loans come to."""

from datetime import date

from portal.domain.conduct.feed_statement import (
    FeedPlace,
    FeedTotals,
    StreamHead,
    feed_statement_facts,
    head_facts,
    heads_hash,
    signed_bytes,
)
from portal.domain.ledger.position import position
from tests.domain.people import ON, XIAOMING

ONE, TEN = StreamHead("A-1", 3, "1".zfill(64)), StreamHead("A-10", 1, "2".zfill(64))
# printf 'A-1 3 %064d\nA-10 1 %064d\n' 1 2 | sha256sum
BOTH = "f005a97e96bd5d2d7603216b39fba82637f013be29c811a24cc876d462a17115"
PLACE = FeedPlace("jq", date(2026, 6, 14), 7, "first", False)


def test_the_hash_is_of_the_lines_in_the_order_of_their_bytes_whoever_came_first() -> None:
    assert heads_hash([TEN, ONE]) == heads_hash([ONE, TEN]) == BOTH
    assert heads_hash([ONE]) != BOTH and heads_hash([ONE, ONE, TEN]) != BOTH


def test_two_loans_come_to_twice_as_much_as_one_and_each_has_its_line() -> None:
    """小明 owes 2,886.78 of principal, 413.70 of interest and 112.64 of penalty; 10,145.88 of principal is left."""
    owed, totals = position(XIAOMING, ON), FeedTotals("CNY")
    totals.add(owed)
    totals.add(owed)
    facts = totals.facts()
    assert (facts["loans"], facts["outstanding_principal"]) == (2, "20291.76")
    assert facts["overdue"] == {
        **{"costs": "0.00", "fees": "0.00", "penalty": "225.28", "interest": "827.40", "principal": "5773.56"},
        "total": "6826.24",
    }
    line = head_facts(ONE, owed)
    assert (line["name"], line["seq"], line["outstanding_principal"]) == ("A-1", 3, "10145.88")
    assert head_facts(ONE, None) == {"name": "A-1", "seq": 3, "hash": "1".zfill(64)}


def test_what_is_signed_is_the_statement_without_its_signature_in_one_spelling() -> None:
    told = feed_statement_facts(PLACE, [ONE, TEN], [], {})
    assert (told["events"], told["last"], told["loan_heads"], told["totals"]) == (7, 7, BOTH, {})
    assert signed_bytes(told) == signed_bytes({**dict(reversed(told.items())), "signature": {"value": "x"}})
    assert b'"lender":"jq","loan_heads":"' in signed_bytes(told)
