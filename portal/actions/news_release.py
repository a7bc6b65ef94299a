"""Planned messages whose hour has come: each is looked at again, and what is so no more is never told.

What no gateway took comes back here, and is tried for as long as it is so, in the hours that were chosen.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from tortoise.queryset import QuerySet

from portal.actions.act import change_outside_feed
from portal.actions.attempts import Attempt, at_once
from portal.actions.news import NewsClock
from portal.actions.outbox import TO_LOOK_AT, count_of_lender, drop_planned
from portal.domain.conduct.news import WAY_IN, News, is_chosen, news_text
from portal.domain.event import BusinessTime
from portal.languages import choose
from portal.reads.news import Recipient, recipient
from portal.reads.news_now import still_so
from portal.tables import models as tables
from portal.vault import Vault

_AT_ONCE, _BATCHES = 100, 20

_log = logging.getLogger("portal.worker")


@dataclass(frozen=True, slots=True)
class Release:
    """What is at hand: the site's address as a browser shows it, the wall's clock, and a lender's day by its zone."""

    vault: Vault
    host: str
    wall: datetime
    moment: Callable[[str], BusinessTime]


async def release_due(what: Release, attempt: Attempt = at_once) -> int:
    """Answers how many messages were written, the oldest first; beyond some batches the next round goes on."""
    return sum([await _release_all(what, attempt, state) for state in TO_LOOK_AT])


async def _release_all(what: Release, attempt: Attempt, state: str) -> int:
    """What was looked at is not due any more; what cannot be looked at is left out, and holds nothing else up."""
    written, left_out = 0, list[int]()
    due = tables.OutboundMessageRow.filter(state=state, next_at__lte=what.wall)
    for _ in range(_BATCHES):
        rows = await (due.exclude(id__in=left_out) if left_out else due).order_by("next_at").limit(_AT_ONCE)
        for row in rows:
            written += await attempt(f"message {row.ref}", partial(_release, what, row))
        if len(rows) < _AT_ONCE:
            break
        left = await due.filter(id__in=[row.id for row in rows]).values_list("id", flat=True)
        left_out += [int(str(id_)) for id_ in left]
    return written


async def _release(what: Release, row: tables.OutboundMessageRow) -> int:
    to = await recipient(row.borrower_id)  # type: ignore[attr-defined]
    if to is None or not is_chosen(News(row.what), to.kinds) or _is_over(row, what.wall):
        return await _drop(row, what.wall)
    clock = NewsClock(what.moment(to.lender.timezone), what.wall, to.lender.timezone)
    opens = clock.opens(to.hours)
    if opens > what.wall:
        return await _put_off(row, opens)
    found = await still_so(str(row.key), to, clock.moment.today)
    if found is None:
        return await _drop(row, what.wall)
    tomorrow = clock.opens(to.hours, clock.moment.today + timedelta(days=1))
    if found.not_yet or (to.waits_until is not None and to.waits_until > what.wall):
        return await _put_off(row, tomorrow)
    return await _write(row, to, _text(News(row.what), found.days, to, what.host), what, tomorrow)


def _is_over(row: tables.OutboundMessageRow, at: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= at


def _text(news: News, days: Mapping[str, date], to: Recipient, host: str) -> str:
    spoken = choose(to.locale)
    told = {name: spoken.date(day) for name, day in days.items()}
    said = spoken.text(news_text(news, days)).format(lender=to.lender.name, **told)
    return f"{said}{'' if said.endswith('。') else ' '}{spoken.text(WAY_IN).format(host=host)}"


@change_outside_feed
async def _write(row: tables.OutboundMessageRow, to: Recipient, text: str, what: Release, tomorrow: datetime) -> int:
    """One that the gateway did not take counts once among what goes to a number within a day."""
    first = not row.attempts
    if first and not await count_of_lender(what.vault, to.phone_hash, to.lender.id, row.kind, what.wall):
        return await _put_off(row, tomorrow)
    phone = what.vault.unseal(to.key, to.phone_sealed)
    sealed = what.vault.seal(to.key, json.dumps({"to": phone, "text": text}))
    since = {"created_at": what.wall} if first else {}
    return await _planned(row).update(state="waiting", sealed=sealed, next_at=what.wall, **since)


@change_outside_feed
async def _put_off(row: tables.OutboundMessageRow, until: datetime) -> int:
    await _planned(row).update(next_at=until, sealed=b"")
    return 0


@change_outside_feed
async def _drop(row: tables.OutboundMessageRow, at: datetime) -> int:
    if row.attempts:
        _log.error("Message %s was tried %d times in vain, and is so no more: %s", row.ref, row.attempts, row.problem)
    await drop_planned(row.borrower_id, at, id=row.id)  # type: ignore[attr-defined]
    return 0


def _planned(row: tables.OutboundMessageRow) -> QuerySet[tables.OutboundMessageRow]:
    return tables.OutboundMessageRow.filter(id=row.id, state__in=TO_LOOK_AT)
