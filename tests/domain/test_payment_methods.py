"""A lender's ways to take money: read from its policy, each bad one named; what a cashier is given is signed."""

import hashlib
import hmac
from base64 import b32decode
from datetime import date
from pathlib import Path

import pytest

from portal.domain.restructuring.payment_methods import (
    BadWay,
    WayKind,
    cashiers_word,
    payment_reference,
    signed,
    way_from,
)
from portal.reads.policy_file import BadPolicy, policy_from_text

ACCOUNT = """
[[ways_to_pay]]
kind = "account"
name_zh = "对公账户"
name_en = "Corporate account"
holder = "佳泉"
account = "0000 1111"
"""
CASHIER = """
[[ways_to_pay]]
kind = "cashier"
name_zh = "收银台"
name_en = "Cashier"
url = "https://pay.example/?a={amount}&c={currency}&r={reference}&l={loan_no}&e={expires}&s={signature}"
"""
KEY = "5f" * 32


def test_an_account_is_called_in_each_language() -> None:
    (way,) = policy_from_text(ACCOUNT, 1, "CNY").ways
    assert (way.kind, way.called("zh-CN"), way.called("en"), way.account) == (
        WayKind.ACCOUNT,
        "对公账户",
        "Corporate account",
        "0000 1111",
    )


def test_ways_stand_in_the_order_of_the_policy() -> None:
    kinds = [way.kind for way in policy_from_text(CASHIER + ACCOUNT, 1, "CNY").ways]
    assert kinds == [WayKind.CASHIER, WayKind.ACCOUNT]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (ACCOUNT.replace("account = ", "number = "), "no. 1: number: unknown"),
        (ACCOUNT.replace('kind = "account"', 'kind = "cash"'), "kind: has to be app, cashier, account, found 'cash'"),
        (ACCOUNT.replace('holder = "佳泉"\n', ""), "holder: is needed"),
        (ACCOUNT.replace("佳泉", " "), "holder: is needed"),
        (ACCOUNT.replace('"0000 1111"', "11"), "account: has to be a text of at most 400"),
        (ACCOUNT + 'url = "http://pay.example"\n', "https://"),
        (ACCOUNT + 'url = "javascript:alert(1)"\n', "https://"),
        (ACCOUNT + 'url = "https://pay.example/?a={amount}"\n', "{amount} is never filled in; allowed are none"),
        (CASHIER.replace("{loan_no}", "1"), "has to hold {loan_no}"),
        (CASHIER.replace("{signature}", "{signature}{sum}"), "{sum} is never filled in"),
        (ACCOUNT + CASHIER.replace("https", "ftp"), "no. 2: url"),
        ('ways_to_pay = "cash"', "a list of tables"),
        ('ways_to_pay = ["cash"]', "no. 1: has to be a table"),
    ],
)
def test_a_way_that_cannot_be_is_named_with_what_is_allowed(changed: str, words: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        policy_from_text(changed, 1, "CNY")
    assert words in str(refused.value)


WAY = {"kind": "app", "name_zh": "应用", "name_en": "App"}
SAYS_OF_SIX = "{amount}, {currency}, {reference}, {loan_no}, {expires}, {signature}"
SIX = SAYS_OF_SIX.replace(", ", "&")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("app", "has to be a table"),
        (
            {**WAY, "number": "1"},
            "number: unknown; allowed are kind, name_zh, name_en, url, holder, account, bank",
        ),
        ({**WAY, "bank": "x" * 401}, "bank: has to be a text of at most 400 characters"),
        ({**WAY, "kind": "cash"}, "kind: has to be app, cashier, account, found 'cash'"),
        ({"name_zh": "应用", "name_en": "App"}, "kind: has to be app, cashier, account, found None"),
        ({**WAY, "name_en": " "}, "name_en: is needed for a way of kind app"),
        ({**WAY, "kind": "cashier"}, "url: is needed for a way of kind cashier"),
        ({**WAY, "kind": "account", "holder": "佳泉"}, "account: is needed for a way of kind account"),
        (
            {**WAY, "url": "https://pay.example/a b"},
            "url: has to begin with https:// and hold no spaces, found 'https://pay.example/a b'",
        ),
        (
            {**WAY, "url": "https://pay.example/?{sum}"},
            "url: {sum} is never filled in; allowed are " + SAYS_OF_SIX + ", {due}, {purpose}, {return}",
        ),
        (
            {**WAY, "kind": "cashier", "url": "https://pay.example/?{amount}"},
            "url: of a cashier has to hold {currency}",
        ),
        (
            {**WAY, "kind": "cashier", "url": f"https://pay.example/?{SIX}{{sum}}"},
            "url: {sum} is never filled in; allowed are " + SAYS_OF_SIX + ", {due}, {purpose}, {return}",
        ),
    ],
)
def test_a_way_is_refused_with_the_key_and_what_it_takes(given: object, says: str) -> None:
    with pytest.raises(BadWay) as refused:
        way_from(given)
    assert (refused.value.field, str(refused.value)) == ("ways_to_pay", says)


def test_a_way_has_all_that_was_given_and_its_first_name_in_an_unknown_language() -> None:
    given = {**WAY, "kind": "account", "holder": "佳泉", "account": "00", "bank": "ICBC", "url": "https://pay.example"}
    way = way_from(given)
    assert (way.url, way.holder, way.account, way.bank) == ("https://pay.example", "佳泉", "00", "ICBC")
    assert (way.called("zh-CN"), way.called("en"), way.called("fr")) == ("应用", "App", "应用")
    plain = way_from(WAY)
    assert plain.name == (("zh-CN", "应用"), ("en", "App"))
    assert (plain.url, plain.holder, plain.account, plain.bank) == ("", "", "", "")
    assert way_from({**WAY, "bank": "x" * 400}).bank == "x" * 400


def test_a_reference_is_twelve_characters_that_only_the_lender_can_make() -> None:
    reference = payment_reference(KEY, "JQ-2026-0001")
    digest = hmac.new(KEY.encode(), b"reference|JQ-2026-0001", hashlib.sha256).digest()
    assert len(reference) == 12 and not set(reference) & set("0189")
    assert int.from_bytes(b32decode(reference + "AAAA")[:8], "big") >> 4 == int.from_bytes(digest[:8], "big") >> 4
    assert len({payment_reference(KEY, loan) for loan in ("JQ-2026-0001", "JQ-2026-0002", "jq-2026-0001")}) == 3
    assert payment_reference("6f" * 32, "JQ-2026-0001") != reference


def test_what_is_signed_stands_in_order_with_bars_between() -> None:
    said = signed(KEY, 341312, "CNY", "JQ-2026-0001", date(2026, 6, 14))
    text = f"3413.12|CNY|{said['reference']}|JQ-2026-0001|2026-06-14"
    assert said["signature"] == hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert (said["amount"], said["loan_no"], said["expires"]) == ("3413.12", "JQ-2026-0001", "2026-06-14")


def test_a_due_goes_along_under_the_signature_where_the_address_has_a_place_for_it() -> None:
    (way,) = policy_from_text(CASHIER.replace("&s=", "&d={due}&s="), 1, "CNY").ways
    assert "{due}" in way.url
    said = signed(KEY, 56885, "CNY", "JQ-2026-0001", date(2026, 7, 14), due="plan:REF:1")
    text = f"568.85|CNY|{said['reference']}|JQ-2026-0001|2026-07-14|plan:REF:1"
    assert said["signature"] == hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert said["due"] == "plan:REF:1"
    nothing_named = signed(KEY, 56885, "CNY", "JQ-2026-0001", date(2026, 7, 14), due="")
    assert nothing_named["due"] == "" and nothing_named["signature"] != said["signature"]


def test_the_worked_example_of_the_integrators_guide_can_be_checked_with_the_standard_library_alone() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "integrators.md").read_text(encoding="utf-8")
    text, signature = guide.split("```cashier\n")[1].split("```")[0].split()
    key = "0123456789abcdef" * 4
    assert hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest() == signature
    sent = signed(key, 341312, "CNY", "JQ-2026-0001", date(2026, 6, 14))
    assert "|".join(list(sent.values())[:-1]) == text and sent["signature"] == signature
    named, its_signature = guide.split("```cashier\n")[2].split("```")[0].split()
    assert hmac.new(key.encode(), named.encode(), hashlib.sha256).hexdigest() == its_signature
    word, its_signature = guide.split("```cashier\n")[4].split("```")[0].split()
    assert hmac.new(key.encode(), word.encode(), hashlib.sha256).hexdigest() == its_signature
    assert cashiers_word(key, 341312, "CNY", "JQ-2026-0001", "2026-06-14", "K-77") == its_signature
    meant, its_signature = guide.split("```cashier\n")[3].split("```")[0].split()
    sent = signed(key, 734984, "CNY", "JQ-2026-0001", date(2026, 6, 14), due="", purpose="payoff")
    assert "|".join(list(sent.values())[:-1]) == meant and sent["signature"] == its_signature
