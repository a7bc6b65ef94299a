"""Messages that tell somebody something once, planned for the hours they chose: from the feed and from the calendar.

What a lender's feed says is read once, up to where it has come; what falls due is looked for once a business day. In
`news_release` they are written, once their hour has come.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from tortoise.queryset import QuerySet

from portal.actions.act import change_outside_feed
from portal.actions.attempts import Attempt, at_once
from portal.actions.outbox import drop_planned, plan_message
from portal.domain.conduct.news import (
    NEWS_DAYS,
    NEWS_EVENTS,
    News,
    NewsKind,
    end_of,
    is_chosen,
    news_of,
    opens_at,
    sign_by_day,
)
from portal.domain.event import BusinessTime
from portal.reads.cases import LenderFacts
from portal.reads.news import Recipient, recipient
from portal.reads.news_now import near_days, news_key, still_so
from portal.tables import models as tables

_STRETCH, _EVENTS_AT_ONCE, _PEOPLE_AT_ONCE, _BATCHES = 5000, 100, 100, 20
_WEEK = timedelta(days=NEWS_DAYS)
_ABOUT: Mapping[str, Any] = {
    **dict.fromkeys(("proposal", "agreement", "plan"), tables.ProposalRow),
    "complaint": tables.ComplaintRow,
    "payment": tables.PaymentClaimRow,
}


@dataclass(frozen=True, slots=True)
class NewsClock:
    """The lender's business time, and the same moment by the wall, by which messages wait; they differ in a demo."""

    moment: BusinessTime
    wall: datetime
    timezone: str

    @property
    def local(self) -> datetime:
        return self.moment.at.astimezone(ZoneInfo(self.timezone))

    def by_wall(self, local: datetime) -> datetime:
        return self.wall + (local - self.moment.at)

    def opens(self, hours: tuple[int, int], day: date | None = None) -> datetime:
        """When the hours are open next, by the wall."""
        return self.by_wall(opens_at(self.local, hours, day))

    def until_end_of(self, day: date) -> datetime:
        return self.by_wall(end_of(day, self.local))


async def plan_news(lender: LenderFacts, clock: NewsClock, attempt: Attempt = at_once) -> int:
    """What the feed has told since it was looked at last; answers how many messages were planned."""
    planned, before = 0, -1
    while True:
        ((told, feed),) = await tables.LenderRow.filter(id=lender.id).values_list("told_feed", "feed")
        if told is None or told > feed:
            await _begin_at(lender, feed)
        elif told < feed and told != before:
            planned += await attempt(f"news from no. {told} on", partial(_follow_feed, lender, clock, told, feed))
            before = told
        else:
            return planned


@change_outside_feed
async def _begin_at(lender: LenderFacts, feed: int) -> None:
    """What was told before there were messages, or by a feed that a backup took back, is told nobody."""
    await tables.LenderRow.filter(id=lender.id).update(told_feed=feed)


@change_outside_feed
async def _follow_feed(lender: LenderFacts, clock: NewsClock, told: int, feed: int) -> int:
    """A stretch of it: its length is the same whatever a file brings in at once."""
    until = min(told + _STRETCH, feed)
    found = tables.EventRow.filter(lender_id=lender.id, feed__gt=told, feed__lte=until, type__in=NEWS_EVENTS)
    events = await found.order_by("feed").limit(_EVENTS_AT_ONCE)
    if len(events) == _EVENTS_AT_ONCE:
        until = events[-1].feed
    planned = sum([await _plan_event(lender, clock, event) for event in events])
    await tables.LenderRow.filter(id=lender.id, told_feed=told).update(told_feed=until)
    return planned


async def _plan_event(lender: LenderFacts, clock: NewsClock, event: tables.EventRow) -> int:
    """What has been overtaken already is never planned."""
    body, today = json.loads(bytes(event.body)), clock.moment.today
    news, data = news_of(event.type, body["actor"]["kind"]), body["data"]
    if news is None or event.business_date + _WEEK < today:
        return 0
    about = event.proposal_ref or data.get("problem") or data["report"]
    to = await _to_whom(event, about)
    if to is None or not is_chosen(news, to.kinds):
        return 0
    of = (body["version"], data["no"]) if news is News.MISSED else (event.seq,)
    key = news_key(news, about, *of)
    found = await still_so(key, to, today)
    if found is None:
        return 0
    last = found.days.get("day", event.business_date + _WEEK)
    opens_on = sign_by_day(last, today) if news is News.SIGN_BY else today
    if opens_on is None:
        return 0
    if news is not News.MISSED:
        await _drop_older(to, event.proposal_ref, clock)
    times = {"next_at": clock.opens(to.hours, opens_on), "expires_at": clock.until_end_of(last)}
    return await plan_message(to.borrower_id, news.value, key, clock.wall, **times)


async def _to_whom(event: tables.EventRow, about: str) -> Recipient | None:
    """Whoever sent the proposal, told the complaint or reported the payment, as they owe the loan."""
    loan_id, row = int(event.stream.removeprefix("loan:")), await _ABOUT[event.type.partition(".")[0]].get(ref=about)
    owing = tables.PartyRow.filter(loan_id=loan_id, borrower__person_id=row.person_id)
    party = await owing.order_by("id").first()
    return await recipient(party.borrower_id) if party else None  # type: ignore[attr-defined]


async def _drop_older(to: Recipient, proposal: str, clock: NewsClock) -> None:
    """What was planned of an earlier move of the same proposal is overtaken."""
    if proposal:
        moves = [news.value for news in News if news not in (News.DUE, News.MISSED, News.PASSED)]
        await drop_planned(to.borrower_id, clock.wall, what__in=moves, key__contains=f":{proposal}:")


async def plan_reminders(lender: LenderFacts, clock: NewsClock, attempt: Attempt = at_once) -> int:
    """Once a business day, for whoever wants to be told of payments; answers how many messages were planned.

    Who is beyond some batches waits for the next round, so that no other clock waits for all of them.
    """
    today = clock.moment.today
    to_look_at: tuple[dict[str, Any], ...] = (
        {"looked_on__isnull": True},
        {"looked_on__lt": today},
        {"looked_on__gt": today + timedelta(days=1)},
    )
    return sum([await _remind_all(lender, clock, attempt, which) for which in to_look_at])


async def _remind_all(lender: LenderFacts, clock: NewsClock, attempt: Attempt, which: Mapping[str, Any]) -> int:
    """Whoever is looked at is not found again; where one of a batch cannot be, each of it is tried alone."""
    rows, planned, left_out = tables.MessageChoiceRow.filter(lender_id=lender.id, **which), 0, list[int]()
    for _ in range(_BATCHES):
        some = rows.exclude(id__in=left_out) if left_out else rows
        found = await some.order_by("looked_on", "id").limit(_PEOPLE_AT_ONCE).values_list("id", "person_id", "kinds")
        if not found:
            break
        each: list[tuple[int, int, str]] = [(int(id_), int(person_id), str(kinds)) for id_, person_id, kinds in found]
        planned += await attempt(f"dates of no. {each[0][0]} on", partial(_remind, lender, clock, each))
        for one in [one for one in each if one[0] in await _not_looked_at(rows, each)]:
            planned += await attempt(f"dates of no. {one[0]}", partial(_remind, lender, clock, [one]))
        left_out += await _not_looked_at(rows, each)
    return planned


async def _not_looked_at(rows: QuerySet[tables.MessageChoiceRow], each: Sequence[tuple[int, int, str]]) -> list[int]:
    found = await rows.filter(id__in=[one[0] for one in each]).values_list("id", flat=True)
    return [int(str(id_)) for id_ in found]


async def _remind(lender: LenderFacts, clock: NewsClock, each: Sequence[tuple[int, int, str]]) -> int:
    """Of each the id of the choice, the person and the kinds."""
    people = {person_id: set(kinds.split()) for _, person_id, kinds in each}
    paying = {person_id: kinds for person_id, kinds in people.items() if {NewsKind.PLAN, NewsKind.CONTRACT} & kinds}
    near = await near_days(lender.id, paying, clock.moment.today) if paying else {}
    ids = [id_ for id_, _, _ in each]
    return await _plan_dates(lender, clock, ids, {person_id: days for person_id, days in near.items() if days})


@change_outside_feed
async def _plan_dates(lender: LenderFacts, clock: NewsClock, ids: list[int], near: Mapping[int, set[date]]) -> int:
    """One message for all that somebody has to pay on a day, whatever number of loans it is of."""
    planned = 0
    for person_id, days in near.items():
        borrower = await tables.BorrowerRow.filter(person_id=person_id, lender_id=lender.id).order_by("id").first()
        to = await recipient(borrower.id) if borrower else None
        today = clock.moment.today
        for day in sorted(days - {today}) if to and is_chosen(News.DUE, to.kinds) else ():
            if to is not None:
                news = News.DUE if day > today else News.PASSED
                times = {"next_at": clock.opens(to.hours), "expires_at": clock.until_end_of(max(day, today))}
                key = news_key(news, to.borrower_id, day)
                planned += await plan_message(to.borrower_id, news.value, key, clock.wall, **times)
    await tables.MessageChoiceRow.filter(id__in=ids).update(looked_on=clock.moment.today)
    return planned
