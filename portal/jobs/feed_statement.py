"""Makes the signed statement of a lender's feed at a position: the ends of all chains, and what all loans come to."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from portal.actions.feed_statements import keep_feed_statement
from portal.domain.conduct.feed_statement import FeedPlace, FeedTotals, StreamHead, feed_statement_facts, signed_bytes
from portal.domain.contract.loan import Loan
from portal.domain.ledger.position import position
from portal.jobs.running import BREATHER_SECONDS, JobAnswer, ReadSoFar, Running
from portal.reads.feed import loans_at, other_heads

_AT_ONCE = 100


@dataclass(slots=True)
class _Made:
    """What has been walked so far."""

    loans: list[StreamHead] = field(default_factory=list)
    others: list[StreamHead] = field(default_factory=list)
    totals: dict[str, FeedTotals] = field(default_factory=dict)


async def make_feed_statement(running: Running) -> JobAnswer:
    """Options: `on`, `feed`, `epoch`, `over`. Begun anew where it died: until it is whole it is kept nowhere."""
    lender, options, vault = running.lender, running.job.options, running.vault
    on, feed = date.fromisoformat(options["on"]), int(options["feed"])
    made = _Made()
    await _walk_loans(running, made, on, feed)
    await _walk_others(running, made, feed)
    place = FeedPlace(lender.slug, on, feed, options["epoch"], options["over"])
    statement = feed_statement_facts(place, made.loans, made.others, made.totals)
    signature = vault.sign(signed_bytes(statement))
    statement["signature"] = {"algorithm": "ed25519", "key": vault.signing_key, "value": signature}
    body = json.dumps(statement, ensure_ascii=False)
    return JobAnswer("done", 200, json.loads(await keep_feed_statement(lender.id, on, feed, body, running.now())))


async def _walk_loans(running: Running, made: _Made, on: date, feed: int) -> None:
    so_far, after, more = ReadSoFar(running.job.id), 0, True
    while more:
        some = await loans_at(running.lender.id, feed, after, _AT_ONCE)
        after, more = some.next, some.more
        made.loans += some.heads.values()
        await asyncio.to_thread(_add_up, some.loans, on, made.totals)
        await so_far.note(len(made.loans))
        await asyncio.sleep(BREATHER_SECONDS)


async def _walk_others(running: Running, made: _Made, feed: int) -> None:
    after, more = 0, True
    while more:
        some = await other_heads(running.lender.id, feed, after, _AT_ONCE)
        after, more = some.next, some.more
        made.others += some.heads
        await asyncio.sleep(BREATHER_SECONDS)


def _add_up(loans: Sequence[Loan], on: date, totals: dict[str, FeedTotals]) -> None:
    for loan in loans:
        totals.setdefault(loan.currency, FeedTotals(loan.currency)).add(position(loan, on))
