"""What a phone's screen may show to whoever stands beside it."""

import re
from string import Formatter

import pytest

from portal.domain.conduct import messages
from portal.domain.conduct.messages import CODE, INVITATION
from portal.languages import in_every_language

FACTS = {
    "lender": "佳泉消费金融",
    "link": "https://pay.example/i/x",
    "code": "123456",
    "minutes": "10",
    "host": "pay.jiaquan.example",
    "hotline": "400-820-0001",
    "time": "30 November 2026 02:19",
}
MESSAGES = {name: text for name, text in vars(messages).items() if name.isupper() and isinstance(text, str)}
TEXTS = [
    pytest.param(text, id=f"{name}-{tag}")
    for name, message in MESSAGES.items()
    for tag, text in in_every_language(message, **FACTS).items()
]
# Of what is owed, of what may follow, of haste, and of what a false collector would ask for.
FORBIDDEN = re.compile(
    r"debt|owe|overdue|late|arrear|penalt|repay|loan|installment|amount|balance|credit|collect|court|legal|sue|lawyer"
    r"|urgent|immediately|final|warning|must|blacklist|relative|employer|¥|CNY|RMB"
    r"|欠|逾期|债|罚息|违约|催|贷|还款|分期|金额|余额|征信|失信|黑名单|起诉|法院|律师|立即|马上|尽快|最后|警告|后果|单位|亲友|家人|元",
    re.I,
)


def test_every_message_is_looked_at() -> None:
    assert {CODE, INVITATION} <= set(MESSAGES.values()) and len(TEXTS) == 2 * len(MESSAGES)


@pytest.mark.parametrize("text", TEXTS)
def test_a_message_names_no_debt_no_amount_and_no_threat(text: str) -> None:
    said = text.replace(FACTS["lender"], "").replace(FACTS["link"], "")
    assert FORBIDDEN.findall(said) == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_message_is_whole_and_short_enough_for_two_parts_on_any_network(text: str) -> None:
    """Two parts of 67 characters each where one is Chinese, of 153 where none is (3GPP TS 23.038, 23.040)."""
    assert "{" not in text
    own = text.replace(FACTS["lender"], "").replace(FACTS["link"], "")
    assert len(own) <= (2 * 67 if re.search(r"[\u4e00-\u9fff]", own) else 2 * 153)


def test_no_message_has_a_place_for_a_name_or_an_amount() -> None:
    places = {place for message in MESSAGES.values() for _, place, _, _ in Formatter().parse(message) if place}
    assert places == {"lender", "link", "code", "minutes", "host", "hotline", "time"}


def test_a_code_comes_in_one_message_and_says_where_it_is_typed() -> None:
    """One part is 70 characters where one is Chinese, 160 where none is (3GPP TS 23.038)."""
    said = in_every_language(CODE, **FACTS)
    assert len(said["zh-CN"]) <= 70 and len(said["en"]) <= 160
    assert all(text.startswith("123456") and FACTS["host"] in text for text in said.values())
