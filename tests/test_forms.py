"""What people type into a form is read as people mean it, in both languages; what is no amount and no day is not."""

from datetime import date

import pytest

from portal.domain.money import AmountTooLarge
from portal.web.forms import Form, NotADateTyped, NotAnAmountTyped, typed_amount

TODAY = date(2026, 6, 14)


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("600", "600"),
        ("人民币600", "600"),
        ("600块", "600"),
        ("600块钱", "600"),
        ("600 元", "600"),
        ("¥600", "600"),
        ("￥ 600.50元", "600.5"),
        ("人民币￥600元整", "600"),
        ("RMB 600", "600"),
        ("６００．５０", "600.5"),
        ("１，２３４", "1234"),
        ("1千", "1000"),
        ("1千元", "1000"),
        ("1万", "10000"),
        ("1.5万", "15000"),
        ("1.2345万块", "12345"),
        ("１．５万元", "15000"),
        ("0.5千", "500"),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, yuan: str) -> None:
    assert typed_amount(typed, "CNY") == round(float(yuan) * 100)


@pytest.mark.parametrize(
    "typed",
    ["1e3", "-5", "NaN", "1.23456789万", "千", "1千5", "1¥2", "1,23", "6 0 0", "600元块", "1万千", "十", "600斤"],
)
def test_what_is_no_amount_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(NotAnAmountTyped) as refused:
        typed_amount(typed, "CNY")
    assert refused.value.facts["given"] == typed[:20]


def test_an_amount_that_nobody_lends_is_too_large() -> None:
    with pytest.raises(AmountTooLarge):
        typed_amount("99999999999999万", "CNY")


@pytest.mark.parametrize(
    ("typed", "past", "day"),
    [
        ("7月20日", False, date(2026, 7, 20)),
        ("７月２０号", False, date(2026, 7, 20)),
        ("1月5日", False, date(2027, 1, 5)),
        ("6月10日", False, date(2026, 6, 10)),  # a slip, for it has just gone by
        ("2月29日", False, date(2028, 2, 29)),
        ("20260720", False, date(2026, 7, 20)),
        ("2026 年 7 月 20 日", False, date(2026, 7, 20)),
        ("6月12日", True, date(2026, 6, 12)),
        ("12月30日", True, date(2025, 12, 30)),
        ("2月29日", True, date(2024, 2, 29)),
    ],
)
def test_a_day_without_its_year_is_the_coming_one_or_the_last(typed: str, past: bool, day: date) -> None:
    form = Form({"day": typed})
    assert form.date("day", example=TODAY, past=past) == day
    assert form.values["day"] == day.isoformat()


@pytest.mark.parametrize("typed", ["7月", "13月1日", "2月30日", "20日", "soon", "2026-02-30"])
def test_what_is_no_day_is_refused_and_comes_back(typed: str) -> None:
    form = Form({"day": typed})
    assert form.date("day", example=TODAY) is None
    assert isinstance(form.errors["day"], NotADateTyped) and form.values["day"] == typed
