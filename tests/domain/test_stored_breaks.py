"""A rule that was gone beyond is read back from its row as it was, whatever kind of term it is of."""

from datetime import date
from fractions import Fraction

from portal.domain.money import Money
from portal.domain.restructuring.policy import Break
from portal.domain.restructuring.stored_breaks import breaks_of_text, breaks_text

GONE_BEYOND = (
    Break("max_installments", 24, 30),
    Break("max_months", date(2026, 12, 14), date(2027, 6, 10)),
    Break("min_installment", Money(30000, "CNY"), Money(25763, "CNY")),
    Break("interest_rate", Fraction("0.18"), Fraction(1, 3)),
    Break("every", "1m", "2w"),
)


def test_each_kind_of_term_comes_back_as_it_was() -> None:
    assert breaks_of_text(breaks_text(GONE_BEYOND)) == GONE_BEYOND


def test_no_rule_is_none() -> None:
    assert breaks_of_text(breaks_text(())) == ()
