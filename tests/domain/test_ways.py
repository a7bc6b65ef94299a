"""A lender's ways to take money: read from its policy, each bad one named."""

import pytest

from portal.domain.policy_file import BadPolicy, policy_from_text
from portal.domain.ways import WayKind, signed_text

ACCOUNT = """
[[ways_to_pay]]
kind = "account"
name_zh = "对公账户"
name_en = "Corporate account"
holder = "佳泉"
account = "0000 1111"
"""


def test_an_account_is_called_in_each_language() -> None:
    (way,) = policy_from_text(ACCOUNT, 1, "CNY").ways
    assert (way.kind, way.called("zh-CN"), way.called("en"), way.account) == (
        WayKind.ACCOUNT,
        "对公账户",
        "Corporate account",
        "0000 1111",
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (ACCOUNT.replace("account = ", "number = "), "no. 1: number: unknown"),
        (ACCOUNT.replace('kind = "account"', 'kind = "cash"'), "kind: has to be app, cashier, account, found 'cash'"),
        (ACCOUNT.replace('holder = "佳泉"\n', ""), "holder: is needed"),
        (ACCOUNT + 'url = "http://pay.example"\n', "https://"),
        (ACCOUNT.replace('kind = "account"', 'kind = "cashier"\nurl = "https://pay.example"'), "{signature}"),
        ('ways_to_pay = "cash"', "a list of tables"),
    ],
)
def test_a_way_that_cannot_be_is_named_with_what_is_allowed(changed: str, words: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        policy_from_text(changed, 1, "CNY")
    assert words in str(refused.value)


def test_a_cashier_signs_amount_currency_reference_and_day() -> None:
    assert signed_text("3413.12", "CNY", "abcd", "2026-06-14") == b"3413.12|CNY|abcd|2026-06-14"
