"""The log held against a head that was kept elsewhere, and the access log's chains walked."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.conduct.access_log import LOG, PRUNED, AccessLogEntry, canonical_row, chain_of, pruned_to
from portal.domain.conduct.audit_head import AuditHead, Mark, follow_on
from portal.domain.event import GENESIS, link
from portal.reads.log import EVENTS_AT_ONCE, Link
from portal.reads.rows import each_row
from portal.tables import models as tables


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Something goes less far than it did at a head: what an end that was cut off looks like, and an older backup."""

    whose: str
    seq: int
    went_to: int


@dataclass(frozen=True, slots=True)
class PrunedSince:
    """A chain of the access log begins behind where it ended at a head, as one of its rows tells."""

    whose: str
    begins_after: int
    went_to: int


Finding = Link | Shortfall | PrunedSince


async def audit_head(at: datetime) -> AuditHead:
    """How far every feed and every chain of the access log goes now; in memory there is one batch at a time."""
    feeds = {}
    for lender in await tables.LenderRow.all().order_by("id"):
        feeds[lender.slug] = await _feed_mark(lender.id, lender.feed)
    whose = {chain_of(id_): slug for id_, slug in (await _slugs()).items()}
    heads = await tables.ChainHeadRow.filter(name__startswith=LOG).order_by("id")
    looks = {whose.get(head.name, ""): Mark(head.seq, head.hash) for head in heads}
    return AuditHead(at, sum(mark.seq for mark in feeds.values()), feeds, looks)


async def _feed_mark(lender_id: int, until: int) -> Mark:
    """Read in the feed's order and not in that of ids, which several processes take in another."""
    feed, digest = 0, GENESIS
    rows = tables.EventRow.filter(lender_id=lender_id, feed__lte=until)
    async for row in each_row(rows, EVENTS_AT_ONCE, "feed", "stream", "seq", "hash", by="feed"):
        feed, digest = row["feed"], follow_on(digest, row["stream"], row["seq"], row["hash"])
    return Mark(feed, digest)


async def _slugs() -> dict[int, str]:
    return {lender.id: lender.slug for lender in await tables.LenderRow.all()}


async def feeds_since(head: AuditHead) -> AsyncIterator[Finding]:
    """Where a feed is not what it was at that head, lender by lender."""
    ids = {slug: id_ for id_, slug in (await _slugs()).items()}
    for slug, then in head.feeds.items():
        now = await _feed_mark(ids[slug], then.seq) if slug in ids else Mark(0, GENESIS)
        if now.seq < then.seq:
            yield Shortfall(f"feed:{slug}", now.seq, then.seq)
        elif now.hash != then.hash:
            what = "an event up to here is not what it was at the head: one was rewritten, or taken out of the count"
            yield Link(f"feed:{slug}", then.seq, what)


async def broken_looks(head: AuditHead | None = None) -> AsyncIterator[Finding]:
    """Walks the access log's chains; each row is a link, and one that does not hold says why.

    Rows of before there were chains come without a number. With a head also where a chain is not what it was then.
    """
    slugs = await _slugs()
    named = {chain_of(id_): slug for id_, slug in slugs.items()}
    heads = {row.name: row for row in await tables.ChainHeadRow.filter(name__startswith=LOG)}
    then = {chain_of(id_): head.looks[slug] for id_, slug in slugs.items() if slug in head.looks} if head else {}
    if head and "" in head.looks:
        then[LOG] = head.looks[""]
    chains = {name: _Chain(name, named.get(name, ""), row, then.get(name)) for name, row in heads.items()}
    async for row in each_row(tables.AccessRow, EVENTS_AT_ONCE):
        if row["seq"] is None:
            yield Link(LOG, 0, "is not in the chain, which had begun before it" if chained(chains) else "")
            continue
        name = chain_of(row["lender_id"])
        chain = chains.setdefault(name, _Chain(name, named.get(name, ""), None, then.get(name)))
        yield Link(chain.called, row["seq"], chain.problem(row))
        chain.go_on(row)
    for chain in chains.values():
        for found in await chain.ends():
            yield found
    for name in then.keys() - chains.keys():
        yield Shortfall(_called(named.get(name, "")), 0, then[name].seq)


def chained(chains: Mapping[str, "_Chain"]) -> bool:
    """Whether the walk has come to a row with a number."""
    return any(chain.begun for chain in chains.values())


def _called(slug: str) -> str:
    return f"{LOG}:{slug}" if slug else LOG


class _Chain:
    """How far the walk along one chain has come, from behind what was pruned."""

    def __init__(self, name: str, slug: str, head: tables.ChainHeadRow | None, then: Mark | None) -> None:
        self.called, self.begun = _called(slug), False
        self._name, self._head, self._then = name, head, then
        self._seq, self._hash = (head.pruned_seq, head.pruned_hash) if head else (0, GENESIS)
        self._told = self._seq == 0
        self._was = self._hash if then and then.seq == self._seq else ""

    def problem(self, row: Mapping[str, Any]) -> str:
        if row["seq"] != self._seq + 1:
            return f"follows {self._seq}: a row is missing or out of order"
        if row["previous"] != self._hash:
            return "does not name the row before it"
        fields = {name: row[name] for name in ("at", "actor_kind", "actor_ref", "what", "subject", "detail", "source")}
        if row["hash"] != link(self._hash, canonical_row(AccessLogEntry(self._name, row["seq"], **fields))):
            return "its content is not what was chained"
        return ""

    def go_on(self, row: Mapping[str, Any]) -> None:
        self.begun, self._seq, self._hash = True, row["seq"], row["hash"]
        if self._then and self._then.seq == self._seq:
            self._was = self._hash
        if self._head and row["what"] == PRUNED and row["subject"] == pruned_to(self._head.pruned_seq):
            self._told = True

    async def ends(self) -> list[Finding]:
        """What the whole walk shows: where it ended, where it began, and whether it is what it was at the head."""
        found: list[Finding] = []
        now, least = await tables.ChainHeadRow.get_or_none(name=self._name), self._head.seq if self._head else 0
        if now is None:
            found.append(Link(self.called, self._seq, "has rows, and nothing says where they end"))
        elif not least <= self._seq <= now.seq:
            found.append(Link(self.called, self._seq, f"ends before {max(least, now.seq)}: a row is missing"))
        elif self._seq == now.seq and self._hash != now.hash:
            found.append(Link(self.called, self._seq, "is not the row that the chain is said to end with"))
        if self._head is not None and not self._told:
            what = "begins behind it, and no row tells of a pruning: its beginning was cut off"
            found.append(Link(self.called, self._head.pruned_seq, what))
        return found + self._since()

    def _since(self) -> list[Finding]:
        then, begins = self._then, self._head.pruned_seq if self._head else 0
        if then is None:
            return []
        if then.seq < begins:
            return [PrunedSince(self.called, begins, then.seq)]
        if self._seq < then.seq:
            return [Shortfall(self.called, self._seq, then.seq)]
        if self._was != then.hash:
            return [Link(self.called, then.seq, "a row up to here is not what it was at the head: one was rewritten")]
        return []
