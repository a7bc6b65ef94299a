"""Amounts as people and files write them, and the one place where a fen is won or lost."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import (
    MAX_MINOR,
    AmountTooLarge,
    Money,
    NegativeAmount,
    NotAnAmount,
    NotARate,
    Rounding,
    TooManyDecimals,
    UnknownCurrency,
    digits,
    divide,
    format_amount,
    format_rate,
    parse_amount,
    parse_rate,
    rounded,
)
from portal.domain.refusal import Refusal


@pytest.mark.parametrize(
    ("rounding", "halves"),
    [
        (Rounding.HALF_UP, [1, 2, 3, -1, -2, -3]),
        (Rounding.HALF_EVEN, [0, 2, 2, 0, -2, -2]),
        (Rounding.UP, [1, 2, 3, -1, -2, -3]),
        (Rounding.DOWN, [0, 1, 2, 0, -1, -2]),
    ],
)
def test_halves_go_where_the_contract_sends_them(rounding: Rounding, halves: list[int]) -> None:
    assert [divide(n, 2, rounding) for n in (1, 3, 5, -1, -3, -5)] == halves


@pytest.mark.parametrize(
    ("rounding", "thirds"),
    [
        (Rounding.HALF_UP, [0, 1, 0, -1]),
        (Rounding.HALF_EVEN, [0, 1, 0, -1]),
        (Rounding.UP, [1, 1, -1, -1]),
        (Rounding.DOWN, [0, 0, 0, 0]),
    ],
)
def test_what_is_not_a_half_is_nearer_to_one_side(rounding: Rounding, thirds: list[int]) -> None:
    assert [divide(n, 3, rounding) for n in (1, 2, -1, -2)] == thirds


def test_what_divides_evenly_is_never_rounded() -> None:
    assert [divide(-6, 3, rounding) for rounding in Rounding] == [-2, -2, -2, -2]


def test_a_negative_denominator_is_the_same_fraction() -> None:
    assert divide(5, -2, Rounding.HALF_UP) == -3


def test_an_installment_of_327_78_becomes_328_whole_yuan_or_350_in_steps_of_fifty() -> None:
    assert divide(32778, 1, Rounding.HALF_UP, 100) == 32800
    assert divide(32778, 1, Rounding.UP, 5000) == 35000
    assert divide(2500, 1, Rounding.HALF_EVEN, 1000) == 2000
    assert rounded(Fraction(32778), Rounding.DOWN, 100) == 32700


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**4), st.sampled_from(Rounding), st.integers(1, 500))
def test_rounding_never_moves_a_whole_step(n: int, d: int, rounding: Rounding, multiple: int) -> None:
    got = divide(n, d, rounding, multiple)
    assert got % multiple == 0
    assert abs(got - Fraction(n, d)) < multiple
    assert divide(-n, d, rounding, multiple) == -got


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("947.97", "CNY", 94797),
        ("12000", "CNY", 1200000),
        ("0.5", "CNY", 50),
        ("007", "CNY", 700),
        ("0", "CNY", 0),
        ("500000", "VND", 500000),
        ("0", "JPY", 0),
        ("1.5", "KWD", 1500),
        ("1.2345", "CLF", 12345),
        ("10000000000000", "CNY", MAX_MINOR),
    ],
)
def test_plain_decimal_strings_are_amounts(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1e3",
        "NaN",
        "Infinity",
        "1,234.50",
        "1.",
        ".5",
        "+5",
        "--5",
        "0x10",
        "1_000",
        " 1",
        "1\n",
        "１２",
        "٣",
        "5元",
    ],
)
def test_nothing_else_is_an_amount(text: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        parse_amount(text, "CNY", "principal")
    assert refused.value.field == "principal"
    assert "125.00" in str(refused.value)


@pytest.mark.parametrize("given", [5, 5.0, None, True, ["5"], b"5"])
def test_a_number_of_json_is_refused_because_it_may_have_been_a_float(given: object) -> None:
    with pytest.raises(NotAnAmount) as refused:
        parse_amount(given, "CNY")
    assert refused.value.field == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5元", "An amount is written like 125.00, without signs, separators or spaces; '5元' is not."),
        ("-5", "The amount must be 0.00 or more; '-5' is below."),
        ("1.234", "CNY has 2 decimal places; '1.234' has more."),
        ("10000000000000.01", "The amount must not be above 10000000000000.00; '10000000000000.01' is."),
    ],
)
def test_a_refused_amount_says_at_its_field_what_would_be_right(text: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_amount(text, "CNY", "principal")
    assert (refused.value.field, str(refused.value)) == ("principal", says)


def test_a_refused_rate_or_currency_says_what_would_be_right() -> None:
    with pytest.raises(NotARate, match=r"decimal fraction of one, such as 0\.18 for 18 %; '18%' is not"):
        parse_rate("18%")
    with pytest.raises(UnknownCurrency, match="'RMB' is not a currency code of ISO 4217") as refused:
        digits("RMB")
    assert refused.value.field == "currency"


@pytest.mark.parametrize(("length", "shown"), [(38, "'" + 38 * "x" + "'"), (39, "'" + 38 * "x" + "…")])
def test_what_was_given_is_quoted_up_to_forty_characters(length: int, shown: str) -> None:
    with pytest.raises(NotARate) as refused:
        parse_rate("x" * length)
    assert refused.value.facts["given"] == shown
    assert refused.value.field == ""


def test_a_refusal_of_no_field_has_none_and_tells_its_facts() -> None:
    refused = TooManyDecimals(currency="CNY", allowed=2, given="'1.234'")
    assert refused.field == ""
    assert refused.args == ({"currency": "CNY", "allowed": 2, "given": "'1.234'"},)


def test_fen_have_two_places_and_yen_none() -> None:
    with pytest.raises(TooManyDecimals, match=r"CNY has 2 decimal places; '1\.234' has more"):
        parse_amount("1.234", "CNY")
    with pytest.raises(TooManyDecimals):
        parse_amount("1.0", "JPY")


def test_a_sign_is_taken_only_where_it_was_asked_for() -> None:
    with pytest.raises(NegativeAmount):
        parse_amount("-5", "CNY")
    assert parse_amount("-5.01", "CNY", allow_negative=True) == -501


@pytest.mark.parametrize("text", ["10000000000000.01", "9" * 400, "1" + "0" * 5000])
def test_amounts_end_somewhere(text: str) -> None:
    with pytest.raises(AmountTooLarge):
        parse_amount(text, "CNY")


@pytest.mark.parametrize("currency", ["", "cny", "RMB", "XXX", "XAU", "DEM", "CNYX"])
def test_only_currencies_in_force_are_known(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        digits(currency)


@pytest.mark.parametrize(
    ("currency", "places"),
    [("CNY", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("VND", 0), ("BHD", 3), ("TND", 3), ("UYW", 4)],
)
def test_a_currency_has_its_own_places(currency: str, places: int) -> None:
    assert digits(currency) == places


def test_amounts_are_written_with_the_currencys_places() -> None:
    assert format_amount(94797, "CNY") == "947.97"
    assert format_amount(5, "CNY") == "0.05"
    assert format_amount(-5, "CNY") == "-0.05"
    assert format_amount(0, "JPY") == "0"
    assert format_amount(1500, "KWD") == "1.500"
    assert str(Money(94797, "CNY")) == "CNY 947.97"


@given(st.integers(-MAX_MINOR, MAX_MINOR), st.sampled_from(["CNY", "JPY", "KWD", "CLF"]))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert parse_amount(format_amount(minor, currency), currency, allow_negative=True) == minor


def test_rates_are_exact_fractions_of_one() -> None:
    assert parse_rate("0.18") == Fraction(18, 100)
    assert parse_rate("1.3") == Fraction(13, 10)
    assert parse_rate("0.000333333333333333") * 3 == Fraction("0.000999999999999999")


@pytest.mark.parametrize("given", ["18%", "-0.18", "1e-2", "NaN", "", "0." + "1" * 19, "1" * 19, 0.18, 1])
def test_nothing_else_is_a_rate(given: object) -> None:
    with pytest.raises(NotARate) as refused:
        parse_rate(given, "annual_rate")
    assert refused.value.field == "annual_rate"


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Fraction(234, 1000), "0.234"),
        (Fraction(0), "0"),
        (Fraction(1), "1"),
        (Fraction(100), "100"),
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(2, 3), "0.666666666667"),
        (Fraction(1, 3000), "0.000333333333333"),
        (Fraction(200, 3), "66.6666666667"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(1, 2**20), "0.00000095367431640625"),
        (Fraction(3, 5**20), "0.00000000000003145728"),
        (Fraction("0.1234567890123457"), "0.1234567890123457"),
        (Fraction(1, 2), "0.5"),
        (Fraction(13, 10), "1.3"),
        (Fraction(10**13, 3), "3333333333330"),
        (Fraction(7, 6), "1.16666666667"),
        (Fraction(10, 3), "3.33333333333"),
        (Fraction(1, 30), "0.0333333333333"),
        (Fraction(99, 70), "1.41428571429"),
    ],
)
def test_rates_are_written_exactly_or_with_twelve_digits(rate: Fraction, text: str) -> None:
    assert format_rate(rate) == text
