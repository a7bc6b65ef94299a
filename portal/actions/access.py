"""The access log: who looked at what, and ways in that were tried. Codes and refs alone, nothing that was typed."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from typing import ParamSpec

from portal import clock
from portal.actions.act import change_outside_feed
from portal.domain.conduct.access_log import LOOKED, PRUNED, AccessLogEntry, canonical_row, chain_of, pruned_to
from portal.domain.event import GENESIS, link
from portal.reads.rows import columns_of
from portal.tables import models as tables
from portal.tables.write_behind import write_later
from portal.vault import new_ref

_P = ParamSpec("_P")
PRUNED_AT_ONCE = 500
LOOKED_ONCE_IN = timedelta(minutes=10)


@change_outside_feed
async def note_access(
    actor: tuple[str, str],
    what: str,
    at: datetime,
    *,
    subject: str = "",
    detail: str = "",
    lender_id: int | None = None,
    source: str = "",
) -> None:
    """Writes one row at the end of its chain, inside the caller's transaction where there is one.

    `actor` is a kind (borrower, staff, key, operator, nobody) and its ref; `subject` what it is about, such as
    `loan:REF`; `source` a keyed hash of an address, where nobody is known. The chain is held until the transaction
    ends, so within one this comes last.
    """
    kind, ref = actor
    head = await _held(lender_id)
    row = AccessLogEntry(head.name, head.seq + 1, at, kind, ref, what, subject, detail, source)
    await _append(head, row, lender_id)


def _later(note: Callable[_P, Coroutine[None, None, None]]) -> Callable[_P, None]:
    def noted(*args: _P.args, **named: _P.kwargs) -> None:
        write_later(("access", new_ref()), partial(note, *args, **named))

    return noted


note_access_later = _later(note_access)
"""The same a moment later, so that no answer waits for it or fails: for what is refused, and what only looks."""


def note_look(actor: tuple[str, str], loan_ref: str, lender_id: int, at: datetime) -> None:
    """One of the staff, or a system with a key, looks at a loan: a moment later, and once in LOOKED_ONCE_IN."""
    write_later((LOOKED, *actor, loan_ref), partial(_note_look, actor, loan_ref, lender_id, at))


async def _note_look(actor: tuple[str, str], loan_ref: str, lender_id: int, at: datetime) -> None:
    (kind, ref), subject = actor, f"loan:{loan_ref}"
    before = tables.AccessRow.filter(subject=subject, actor_kind=kind, actor_ref=ref, what=LOOKED)
    if not await before.filter(at__gt=at - LOOKED_ONCE_IN).exists():
        await note_access(actor, LOOKED, at, subject=subject, lender_id=lender_id)


async def prune_access(lender_id: int | None, before: datetime) -> int:
    """Removes what is older at the front of a lender's chain, or of no lender's, and tells of it; answers how many.

    Rows go in their order only, so what is left is a chain that begins behind the last of them. Those of before there
    were chains belong to no lender and go with its rows.
    """
    removed = await _prune_unchained(lender_id, before)
    while batch := await _prune(lender_id, before):
        removed += batch
        if batch < PRUNED_AT_ONCE:
            break
    return removed


@change_outside_feed
async def _prune_unchained(lender_id: int | None, before: datetime) -> int:
    return await tables.AccessRow.filter(lender_id=lender_id, seq__isnull=True, at__lt=before).delete()


@change_outside_feed
async def _prune(lender_id: int | None, before: datetime) -> int:
    head = await _held(lender_id)
    rows = tables.AccessRow.filter(lender_id=lender_id, seq__gt=head.pruned_seq).order_by("seq").limit(PRUNED_AT_ONCE)
    old = []
    for row in await rows:
        if row.at >= before:
            break
        old.append(row)
    if not old:
        return 0
    head.pruned_seq, head.pruned_hash = old[-1].seq or 0, old[-1].hash or ""
    await tables.AccessRow.filter(id__in=[row.id for row in old]).delete()
    entry = AccessLogEntry(
        *(head.name, head.seq + 1, clock.now(), "clock", "retention", PRUNED),
        subject=pruned_to(head.pruned_seq),
        detail=f"before {before:%Y-%m-%d}",
    )
    await _append(head, entry, lender_id)
    return len(old)


async def _held(lender_id: int | None) -> tables.ChainHeadRow:
    """The end of the chain; nobody else appends to it until this transaction has ended."""
    name = chain_of(lender_id)
    head = await tables.ChainHeadRow.filter(name=name).select_for_update().first()
    if head is not None:
        return head
    begins = {"seq": 0, "hash": GENESIS, "pruned_seq": 0, "pruned_hash": GENESIS}
    await tables.ChainHeadRow.get_or_create(name=name, defaults=begins)
    return await tables.ChainHeadRow.filter(name=name).select_for_update().get()


async def _append(head: tables.ChainHeadRow, row: AccessLogEntry, lender_id: int | None) -> None:
    previous, head.seq, head.hash = head.hash, row.seq, link(head.hash, canonical_row(row))
    await tables.AccessRow.create(
        lender_id=lender_id,
        previous=previous,
        hash=head.hash,
        **columns_of(row, "chain"),
    )
    await head.save()
