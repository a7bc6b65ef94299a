"""Facts that are rows, counted against the log, which tells each of them too."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from portal.reads.decisions import decisions_since
from portal.reads.facts import FACT_KINDS, FactColumns, FactKey, UnreadableFact, is_kept, kept_facts, told_facts
from portal.tables import models as tables

_BATCH = 200


@dataclass(slots=True)
class FactCounts:
    """How many facts of each kind the log tells and the rows have; `behind` are the lenders still being copied, with
    how many of their events were, and of how many.
    """

    told: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    behind: dict[str, tuple[int, int]] = field(default_factory=dict)


async def fact_gaps(counts: FactCounts) -> AsyncIterator[str]:
    """Every fact that one of the two lacks or has otherwise, in words; counts as it goes, in batches of loans."""
    for lender in await tables.LenderRow.all().order_by("id"):
        if lender.facts_feed < lender.feed:
            counts.behind[lender.slug] = lender.facts_feed, lender.feed
        since = await decisions_since(lender.id)
        found = await tables.LoanRow.filter(lender_id=lender.id).order_by("id").values_list("id", flat=True)
        loans = [int(str(each)) for each in found]
        for start in range(0, len(loans), _BATCH):
            async for gap in _gaps(loans[start : start + _BATCH], since, counts):
                yield f"{lender.slug}: {gap}"


async def _gaps(loans: Sequence[int], since: datetime | None, counts: FactCounts) -> AsyncIterator[str]:
    try:
        found = await told_facts(loans)
    except UnreadableFact as error:
        if len(loans) == 1:
            yield str(error)
            return
        for loan in loans:
            async for gap in _gaps([loan], since, counts):
                yield gap
        return
    found["decision"] = {key: each for key, each in found["decision"].items() if since and key[-1] >= since}
    for kind, told in found.items():
        kept = {key: each for key, each in (await kept_facts(loans, kind)).items() if _has_fact(kind, each)}
        counts.told[kind] += len(told)
        counts.kept[kind] += len(kept)
        for gap in _between(kind, told, kept):
            yield gap


def _has_fact(kind: str, row: FactColumns) -> bool:
    columns = FACT_KINDS[kind].columns
    return not columns or row[columns[0]] is not None


def _between(kind: str, told: dict[FactKey, FactColumns], kept: dict[FactKey, FactColumns]) -> list[str]:
    missing = [f"{_name(kind, key)}: the log tells it, and no row does" for key in told if key not in kept]
    differs = [
        f"{_name(kind, key)}: its row says otherwise than the log"
        for key, each in told.items()
        if key in kept and not is_kept(kind, each, kept[key])
    ]
    return missing + differs + [f"{_name(kind, key)}: no event tells it" for key in kept if key not in told]


def _name(kind: str, key: FactKey) -> str:
    return " ".join([kind, *(each.isoformat() if isinstance(each, datetime) else str(each) for each in key)])
