"""A wrong number in a lender's file is a code sent to a stranger: what cannot be rung is refused, unrepeated."""

import pytest

from portal.domain.conduct.phone import CountryTwice, NotAMobile, NotAPhone, WrongLength, check_phone, dial_address
from portal.domain.refusal import Refusal


@pytest.mark.parametrize(
    "number",
    [
        "+8613800000001",
        "+8619912345678",
        "+85251234567",
        "+85366123456",
        "+886912345678",
        "+14155550100",
        "+447911123456",
        "+6591234567",
        "+6281234567890",
        "+79161234567",
        "+351912345678",
        "+50670123456",
        "+37251234567",
        "+2348031234567",
    ],
)
def test_a_number_as_it_is_dialled_from_abroad_is_taken(number: str) -> None:
    check_phone(number)


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        ("13900000002", NotAPhone),
        ("+", NotAPhone),
        ("+86 138 0000 0001", NotAPhone),
        ("+86１3800000001", NotAPhone),
        ("+0138000000", NotAPhone),
        ("+3511234", NotAPhone),
        ("+3519123456781234", NotAPhone),
        ("+86008613800000001", CountryTwice),
        ("+868613800000001", CountryTwice),
        ("+86+8613800000001", CountryTwice),
        ("+86013800000001", CountryTwice),
        ("+114155550100", CountryTwice),
        ("+85285251234567", CountryTwice),
        ("+4407911123456", CountryTwice),
        ("+861380000001", WrongLength),
        ("+86138000000012", WrongLength),
        ("+8613812345", WrongLength),
        ("+8525123456", WrongLength),
        ("+1415555010", WrongLength),
        ("+8612345678901", NotAMobile),
        ("+8675512345678", NotAMobile),
        ("+8610123456789", NotAMobile),
    ],
)
def test_a_number_that_nobody_has_is_refused_without_repeating_it(number: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        check_phone(number)
    assert number == "+" or number not in str(refused.value)


def test_a_wrong_length_says_how_many_digits_there_should_be_and_how_many_there_are() -> None:
    with pytest.raises(WrongLength) as refused:
        check_phone("+861380000001")
    assert str(refused.value) == "A number of +86 has 11 digits after its country code; this one has 10."
    with pytest.raises(WrongLength) as refused:
        check_phone("+623456789")
    assert str(refused.value) == "A number of +62 has 8 to 12 digits after its country code; this one has 7."


@pytest.mark.parametrize(
    ("written", "rung"),
    [
        ("400-820-0001", "tel:4008200001"),
        ("110", "tel:110"),
        ("+86 (21) 6123 4567", "tel:+862161234567"),
        ("４００－８２０－０００１", "tel:4008200001"),
        ("021-61234567 转 8", "tel:02161234567"),
        ("请见合同", ""),
        ("", ""),
    ],
)
def test_a_number_as_people_write_it_is_rung_by_a_tap(written: str, rung: str) -> None:
    assert dial_address(written) == rung
