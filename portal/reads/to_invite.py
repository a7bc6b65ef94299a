"""Who is to be invited, or told again: whoever owes something that is overdue, each once.

Who has not come in is left alone while a link of theirs is open. Who has come in is told of what has fallen overdue
since they were last told, and of the same again after the days of the policy; never of a loan on which a proposal is
open or collection is asked to stop, and not while a link that they have not opened is there.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from portal.domain.contract.loan import Loan
from portal.domain.ledger.position import position
from portal.reads.cases import LenderFacts
from portal.reads.invitations import MOST_WRONG_DIGITS
from portal.reads.loans import load_loans
from portal.reads.policy import policy
from portal.reads.rows import batches
from portal.tables import models as tables
from portal.vault import Vault

WALKED_AT_ONCE = 200
_TOLD_BY = ("invitation.sent", "invitation.opened", "consent.given")
_NOT_IN_FEED = 2**62
"""Of who came in before the log told of it: after whatever it tells."""
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sought:
    """A part of all: the loans of one product, those that are so many days late, or simply all."""

    product: str = ""
    days_late: int = 1


@dataclass(frozen=True, slots=True)
class ToInvite:
    loan_no: str
    phone: str


class LoansWalked(NamedTuple):
    """How many loans were looked at so far, whom of the last of them to invite, and who was told before instead."""

    looked_at: int
    waiting: list[ToInvite]
    told_before: int


class _Told(NamedTuple):
    """When somebody was last told of what they owe: the place in the feed, and the business day."""

    feed: int
    on: date


async def candidates(lender_id: int) -> int:
    """How many loans are looked at to find whom to invite."""
    return int(await _owing(lender_id).count())


async def products_of(lender_id: int) -> tuple[str, ...]:
    """What the lender's loans are called."""
    named = tables.ContractRow.filter(loan__lender_id=lender_id).distinct()
    return tuple(sorted({str(each) for each in await named.values_list("product", flat=True)} - {""}))


async def overdue_and_uninvited(
    lender: LenderFacts, vault: Vault, today: date, now: Callable[[], datetime], sought: Sought = Sought()
) -> AsyncIterator[LoansWalked]:
    """In batches in the order of the loans' numbers; each borrower by the first of their loans that asks for it.

    Ledgers are walked in a thread, so that whatever else this process does goes on; who has a link is asked anew for
    every batch.
    """
    again = timedelta(days=(await policy(lender.id, lender.currency)).invite_again_days)
    looked_at, seen, told_before = 0, set[int](), set[int]()
    columns = ("loan_id", "borrower_id", "loan__loan_no")
    sealed = {"key": "borrower__key", "phone": "borrower__phone_sealed", "person": "borrower__person_id"}
    sealed["came_at"] = "borrower__person__created_at"
    async for rows in batches(_owing(lender.id), WALKED_AT_ONCE, *columns, by="loan__loan_no", after="", **sealed):
        looked_at += len(rows)
        late = await _overdue([row for row in rows if row["borrower_id"] not in seen], today, sought, now())
        due = {row["borrower_id"] for row in late}
        told = await _told_lately([row for row in late if row["person"]], today, again)
        firsts: dict[int, _Row] = {}
        for row in late:
            if row["loan_id"] not in told:
                firsts.setdefault(row["borrower_id"], row)
        seen |= firsts.keys()
        told_before |= due
        yield LoansWalked(looked_at, [_to_invite(row, vault) for row in firsts.values()], len(told_before - seen))


def _to_invite(row: _Row, vault: Vault) -> ToInvite:
    return ToInvite(row["loan__loan_no"], vault.unseal(bytes(row["key"]), bytes(row["phone"])))


def _owing(lender_id: int) -> Any:
    return tables.PartyRow.filter(loan__lender_id=lender_id, role="borrower", borrower__erased_at__isnull=True)


async def _overdue(rows: Sequence[_Row], today: date, sought: Sought, at: datetime) -> list[_Row]:
    """Those of them without a link that waits to be opened whose loan is late; `since` is its oldest due date."""
    waits = await _with_open_link(rows, at)
    rows = [row for row in rows if row["borrower_id"] not in waits]
    loans = await load_loans([row["loan_id"] for row in rows])
    days = await asyncio.to_thread(_days_late, [loans[row["loan_id"]][0] for row in rows], today, sought)
    return [{**row, "since": today - timedelta(late)} for row, late in zip(rows, days, strict=True) if late]


def _days_late(loans: Sequence[Loan], today: date, sought: Sought) -> list[int]:
    """0 where nothing is overdue, or it is none that is sought."""
    found = []
    for loan in loans:
        now = position(loan, today) if not sought.product or loan.product == sought.product else None
        late = now is not None and now.overdue.total and now.days_past_due >= sought.days_late
        found.append(now.days_past_due if now and late else 0)
    return found


async def _with_open_link(rows: Sequence[_Row], at: datetime) -> set[int]:
    """Which of them have a link that is open; one that somebody who has come in has used tells them nothing more."""
    came_in = {row["borrower_id"] for row in rows if row["person"]}
    links = tables.InvitationRow.filter(
        borrower_id__in=list({row["borrower_id"] for row in rows}),
        ended_at__isnull=True,
        failures__lt=MOST_WRONG_DIGITS,
        expires_at__gt=at,
    )
    found = await links.values("borrower_id", "used_at")
    return {each["borrower_id"] for each in found if each["used_at"] is None or each["borrower_id"] not in came_in}


async def _told_lately(rows: Sequence[_Row], today: date, again: timedelta) -> set[int]:
    """The loans of these, whose borrowers have come in, of which nobody is told now."""
    if not rows:
        return set()
    loans = [row["loan_id"] for row in rows]
    told, added, busy = await _last_told(rows), await _added(loans), await _busy(loans)
    return busy | {row["loan_id"] for row in rows if _knows(row, told, added, today - again)}


def _knows(row: _Row, told: Mapping[int, _Told], added: Mapping[int, int], long_ago: date) -> bool:
    """Whether they were told since it fell overdue and since the portal knew of it, and not too long ago."""
    last = told.get(row["borrower_id"], _Told(_NOT_IN_FEED, row["came_at"].date()))
    return last.feed > added.get(row["loan_id"], 0) and last.on > row["since"] and last.on > long_ago


async def _last_told(rows: Sequence[_Row]) -> dict[int, _Told]:
    streams = {f"borrower:{row['borrower_id']}": row["borrower_id"] for row in rows}
    events = tables.EventRow.filter(stream__in=list(streams), type__in=_TOLD_BY).order_by("feed")
    found = await events.values_list("stream", "feed", "business_date")
    return {streams[stream]: _Told(feed, on) for stream, feed, on in found}


async def _added(loan_ids: Collection[int]) -> dict[int, int]:
    """Where in the feed each loan was told of first."""
    streams = {f"loan:{each}": each for each in loan_ids}
    rows = await tables.EventRow.filter(stream__in=list(streams), type="loan.added").values_list("stream", "feed")
    return {streams[stream]: feed for stream, feed in rows}


async def _busy(loan_ids: Collection[int]) -> set[int]:
    """On which something is being talked over, or collection is asked to stop."""
    open_lines = tables.ProposalLineRow.filter(open_loan__in=list(loan_ids)).values_list("open_loan", flat=True)
    holds = tables.HoldRow.filter(loan_id__in=list(loan_ids), ended_at__isnull=True).values_list("loan_id", flat=True)
    return {int(str(each)) for each in [*await open_lines, *await holds]}
