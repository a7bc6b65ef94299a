"""What somebody is told to their phone, each once: of what, in which words, at which hours, and for how long.

A message says that there is something and by which day, never how much, why, or what of: whoever sees the phone's
screen learns no more than the lender's name. It leads to no page: the address is typed, and the site asks who it is.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType

from portal.domain.conduct.complaints import QUIET_FROM, QUIET_TO
from portal.domain.refusal import N_

ANY_HOUR_BY_DAY = (QUIET_TO, QUIET_FROM)
DAYS_BEFORE = 3
"""So long before its day a payment is told of."""
NEWS_DAYS = 7
"""What has no last day of its own is news for so many days."""
_ONE_DAY = timedelta(days=1)


class NewsKind(StrEnum):
    """What can be switched on and off by itself. What guards the account is none of these, and always goes."""

    ANSWERS = "answers"
    PLAN = "plan"
    CONTRACT = "contract"


class News(StrEnum):
    OFFERED = "offered"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    SIGN_BY = "sign_by"
    QUESTION = "question"
    DECLINED = "declined"
    BOOKED = "booked"
    VARIED = "varied"
    NOT_BOOKED = "not_booked"
    COMPLAINT = "complaint"
    NOT_FOUND = "not_found"
    DUE = "due"
    MISSED = "missed"
    PASSED = "passed"
    BROKEN = "broken"


_ANSWER_BY = N_("{lender}: there is an answer for you. Please look at it by {day}.")
_ANSWER = N_("{lender}: there is an answer for you.")
_SIGN = N_("{lender}: there is a paper for you to sign. You can sign it until {day}.")
_REPORTED = N_("{lender}: there is an answer to what you reported.")
_IN_FORCE = N_("{lender}: what you signed is registered and in force.")
_TEXTS: Mapping[News, str] = MappingProxyType(
    {
        News.OFFERED: N_("{lender}: there is something new for you. You can answer it until {day}."),
        News.ACCEPTED: _SIGN,
        News.SIGN_BY: _SIGN,
        News.QUESTION: N_("{lender}: there is a question for you. Please answer by {day}."),
        News.BOOKED: _IN_FORCE,
        News.VARIED: _IN_FORCE,
        News.NOT_BOOKED: N_("{lender}: what you signed is not registered yet. Staff will look at it by {day}."),
        News.COMPLAINT: _REPORTED,
        News.NOT_FOUND: _REPORTED,
        News.DUE: N_("{lender}: your next date is {day}."),
        News.MISSED: N_(
            "{lender}: what you planned for {due} is not done yet. If it is done by {day}, all stays as agreed."
        ),
        News.PASSED: N_("{lender}: your date {day} has passed and something is not done yet. It is not too late."),
        News.BROKEN: N_("{lender}: what you signed has ended. Please look at what can be done now."),
    }
)
WAY_IN = N_("To see more, type the address {host} yourself and sign in. You can switch these messages off there.")

_FROM_EVENTS: Mapping[str, News] = MappingProxyType(
    {
        "proposal.offered": News.OFFERED,
        "proposal.countered": News.COUNTERED,
        "proposal.accepted": News.ACCEPTED,
        "proposal.info_requested": News.QUESTION,
        "proposal.declined": News.DECLINED,
        "plan.activated": News.BOOKED,
        "plan.varied": News.VARIED,
        "agreement.booking_failed": News.NOT_BOOKED,
        "complaint.decided": News.COMPLAINT,
        "complaint.answered": News.COMPLAINT,
        "payment.not_found": News.NOT_FOUND,
        "plan.installment_missed": News.MISSED,
        "plan.broken": News.BROKEN,
    }
)
NEWS_EVENTS = tuple(_FROM_EVENTS)
_BY_LENDER = ("staff", "lender")


def news_of(event: str, actor: str) -> News | None:
    """What an event of that type, by an actor of that kind, tells the borrower; none of what they did themselves.

    What the policy accepts while they look on they need not be told, but they are before the last day to sign.
    """
    news = _FROM_EVENTS[event]
    if news is News.ACCEPTED and actor not in _BY_LENDER:
        return News.SIGN_BY
    return None if actor in ("borrower", "system") else news


def kinds_of(news: News) -> frozenset[NewsKind]:
    """The kinds of which one has to be switched on; which of a payment, its loan tells."""
    if news in (News.DUE, News.PASSED):
        return frozenset({NewsKind.PLAN, NewsKind.CONTRACT})
    return frozenset({NewsKind.PLAN if news in (News.MISSED, News.BROKEN) else NewsKind.ANSWERS})


def is_chosen(news: News, kinds: Collection[str]) -> bool:
    return not kinds_of(news).isdisjoint(kinds)


def news_text(news: News, days: Mapping[str, date]) -> str:
    """The words, with places for `lender` and these days."""
    if news in (News.COUNTERED, News.DECLINED):
        return _ANSWER_BY if "day" in days else _ANSWER
    return _TEXTS[news]


def opens_at(local: datetime, hours: tuple[int, int], day: date | None = None) -> datetime:
    """The first moment from `local` on, and not before `day`, that lies in these hours: from the first full hour, up
    to and without the last.
    """
    begins, ends = hours
    if day is not None and day > local.date():
        local = datetime.combine(day, time(), local.tzinfo)
    if local.hour < begins:
        return datetime.combine(local.date(), time(begins), local.tzinfo)
    if local.hour < ends:
        return local
    return datetime.combine(local.date() + _ONE_DAY, time(begins), local.tzinfo)


def end_of(day: date, local: datetime) -> datetime:
    """The midnight that ends a day, where it is `local`."""
    return datetime.combine(day + _ONE_DAY, time(), local.tzinfo)


def sign_by_day(last: date, today: date) -> date | None:
    """The day on which somebody is told that they can still sign: the one before the last, and never today; none where
    that leaves no day.
    """
    day = max(last - _ONE_DAY, today + _ONE_DAY)
    return day if day <= last else None
