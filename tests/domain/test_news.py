"""Messages that tell somebody something: of what, in which words, and at which hours."""

import re
from datetime import date, datetime, timedelta, timezone

import pytest

from portal.domain.conduct.news import (
    ANY_HOUR_BY_DAY,
    WAY_IN,
    News,
    NewsKind,
    end_of,
    is_chosen,
    news_of,
    news_text,
    opens_at,
    sign_by_day,
)
from portal.languages import languages

SHANGHAI = timezone(timedelta(hours=8))


def on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "hours", "opens"),
    [
        (on(14, 8), ANY_HOUR_BY_DAY, on(14, 8)),
        (on(14, 21, 59), ANY_HOUR_BY_DAY, on(14, 21, 59)),
        (on(14, 22), ANY_HOUR_BY_DAY, on(15, 8)),
        (on(14, 7, 59), ANY_HOUR_BY_DAY, on(14, 8)),
        (on(14, 12), (8, 12), on(15, 8)),
        (on(14, 9), (18, 22), on(14, 18)),
    ],
)
def test_nobody_is_told_outside_their_hours(now: datetime, hours: tuple[int, int], opens: datetime) -> None:
    assert opens_at(now, hours) == opens


def test_a_later_day_begins_with_its_hours_and_an_earlier_one_is_now() -> None:
    assert opens_at(on(14, 12), ANY_HOUR_BY_DAY, date(2026, 6, 16)) == on(16, 8)
    assert opens_at(on(14, 12), ANY_HOUR_BY_DAY, date(2026, 6, 14)) == on(14, 12)
    assert end_of(date(2026, 6, 16), on(14, 12)) == on(17, 0)


def test_a_reminder_to_sign_is_the_day_before_the_last_and_never_today() -> None:
    today = date(2026, 6, 14)
    assert sign_by_day(date(2026, 6, 17), today) == date(2026, 6, 16)
    assert sign_by_day(date(2026, 6, 15), today) == date(2026, 6, 15)
    assert sign_by_day(today, today) is None


def test_what_somebody_did_themselves_they_are_not_told() -> None:
    assert news_of("proposal.countered", "staff") is news_of("proposal.countered", "lender") is News.COUNTERED
    assert (
        news_of("complaint.answered", "borrower") is None and news_of("complaint.answered", "staff") is News.COMPLAINT
    )
    assert news_of("plan.activated", "system") is None and news_of("plan.activated", "lender") is News.BOOKED
    assert news_of("plan.varied", "system") is None and news_of("plan.varied", "staff") is News.VARIED
    assert news_of("proposal.accepted", "system") is news_of("proposal.accepted", "borrower") is News.SIGN_BY
    assert news_of("proposal.accepted", "staff") is News.ACCEPTED


def test_each_kind_is_chosen_by_itself() -> None:
    assert is_chosen(News.MISSED, [NewsKind.PLAN]) and not is_chosen(News.MISSED, [NewsKind.CONTRACT])
    assert is_chosen(News.BROKEN, [NewsKind.PLAN]) and not is_chosen(News.BROKEN, [NewsKind.ANSWERS])
    assert is_chosen(News.PASSED, [NewsKind.CONTRACT]) and not is_chosen(News.PASSED, [NewsKind.ANSWERS])
    assert is_chosen(News.DUE, [NewsKind.CONTRACT]) and not is_chosen(News.DUE, [NewsKind.ANSWERS])
    assert not any(is_chosen(news, []) for news in News)


SAYS_TOO_MUCH = re.compile(
    r"[¥元]|CN|\d+\.\d|\b(debts?|loans?|overdue|arrears|owe\w*|pay\w*|repay\w*|installments?|money|amount|plan)\b"
    r"|欠|债|贷款|逾期|还款|催|罚|分期|金额|方案",
    re.I,
)


def test_no_message_names_a_sum_a_debt_or_a_reason_in_any_language() -> None:
    days = {"day": date(2026, 7, 1), "due": date(2026, 7, 1)}
    for spoken in languages().values():
        for news in News:
            for told in (days, {}):
                text = spoken.text(news_text(news, told)) + spoken.text(WAY_IN)
                assert not SAYS_TOO_MUCH.search(text), text
