"""Which of a list are no case for being answered like the others."""

from datetime import date
from fractions import Fraction

import pytest

from portal.domain.money import Money
from portal.domain.restructuring.bulk import BulkAct, BulkFacts, WhyLeftOut, far_beyond, left_out
from portal.domain.restructuring.negotiation import State
from portal.domain.restructuring.policy import Break

TO_ANSWER = BulkFacts(State.SUBMITTED)
ACCEPT, DECLINE, ASK, ASSIGN = BulkAct


@pytest.mark.parametrize(
    ("facts", "accept", "decline", "ask"),
    [
        ({}, None, None, None),
        ({"state": State.UNDER_REVIEW}, None, None, None),
        ({"state": State.COUNTERED}, "with_borrower", "with_borrower", "with_borrower"),
        ({"state": State.STRAINED}, "answered", "answered", "answered"),
        ({"pending": True}, "pending", "pending", None),
        ({"second": True}, "second", None, None),
        ({"rules": frozenset({"max_months"})}, None, None, None),
        ({"rules": frozenset({"max_months", "every"})}, "rules", None, None),
        ({"complaint": True}, None, "complaint", None),
        ({"complaint": True, "threat": True}, "threat", "complaint", None),
        ({"elsewhere": True}, "assigned", "assigned", None),
        ({"opened": True}, "open", "open", None),
    ],
)
def test_what_somebody_has_to_look_at_is_left_out(
    facts: dict[str, object], accept: str | None, decline: str | None, ask: str | None
) -> None:
    found = BulkFacts(**{"state": State.SUBMITTED, **facts})  # type: ignore[arg-type]
    assert [left_out(act, found, "max_months") for act in BulkAct] == [accept, decline, ask, None]


def test_of_a_list_with_no_rule_only_what_breaks_none_is_accepted() -> None:
    assert left_out(ACCEPT, BulkFacts(State.SUBMITTED, rules=frozenset({"max_months"}))) is WhyLeftOut.RULES
    assert left_out(ACCEPT, TO_ANSWER) is None


def test_far_beyond_a_rule_is_more_than_twice_the_median_of_the_list() -> None:
    """Beyond 14 December by 10, 20, 20 and 40 days, the median is 20 and 40 is not more than twice that; 41 is."""
    last = date(2026, 12, 14)
    days = {name: Break("max_months", last, last.replace(day=14 + n)) for name, n in (("a", 10), ("b", 17))}
    assert far_beyond(days) == frozenset(), "13 and a half is the median of two"
    for name, asked in (("c", date(2027, 1, 3)), ("d", date(2027, 1, 23))):
        days[name] = Break("max_months", last, asked)
    assert far_beyond(days) == {"d"}, "10, 17, 20, 40: the median is 18.5"
    days["b"] = Break("max_months", last, date(2027, 1, 3))
    assert far_beyond(days) == frozenset(), "10, 20, 20, 40"


def test_each_currency_is_compared_with_itself_and_what_is_no_number_with_nothing() -> None:
    """Of yuan 1, 2 and 5; ten thousand yen are the only ones in their currency."""
    found = {
        name: Break("settlement", Money(0, "CNY"), Money(n, "CNY")) for name, n in zip("abc", (1, 2, 5), strict=True)
    }
    found["d"] = Break("settlement", Money(0, "JPY"), Money(10_000, "JPY"))
    found |= {name: Break("every", "1m", "5d") for name in "ef"}
    assert far_beyond(found) == {"c"}
    rates = {
        name: Break("interest_rate", Fraction(1, 10), Fraction(n, 100)) for name, n in (("a", 9), ("b", 8), ("c", 5))
    }
    assert far_beyond(rates) == {"c"}, "short of 10% by 1, 2 and 5"
