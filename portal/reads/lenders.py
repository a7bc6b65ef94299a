"""Every lender as the operator set it up, and what is stored under a kind that nobody knows."""

from collections import Counter
from dataclasses import dataclass

from tortoise.functions import Max

from portal.reads.caps import LENDER_KINDS
from portal.reads.cases import LenderFacts, lenders
from portal.tables import models as tables

_BATCH = 500


@dataclass(frozen=True, slots=True)
class LenderListed:
    """`unknown` are kinds from before kinds were a closed list, each with how many loans' last snapshots have it."""

    facts: LenderFacts
    loans: int
    unknown: dict[str, int]


async def listed() -> tuple[LenderListed, ...]:
    unknown = await _unknown()
    return tuple(
        [
            LenderListed(
                facts=facts,
                loans=await tables.LoanRow.filter(lender_id=facts.id).count(),
                unknown={kind: count for (lender_id, kind), count in unknown.items() if lender_id == facts.id},
            )
            for facts in await lenders()
        ]
    )


async def _unknown() -> Counter[tuple[int, str]]:
    """By lender and kind; a loan whose last snapshot has a known one is no longer counted."""
    rows = tables.ContractRow.filter(lender_kind__not_in=list(LENDER_KINDS)).order_by("version")
    found = {row["loan_id"]: row for row in await rows.values("loan_id", "version", "lender_kind", "loan__lender_id")}
    ids, count = list(found), Counter[tuple[int, str]]()
    for start in range(0, len(ids), _BATCH):
        last = tables.ContractRow.filter(loan_id__in=ids[start : start + _BATCH]).annotate(last=Max("version"))
        for each in await last.group_by("loan_id").values("loan_id", "last"):
            row = found[each["loan_id"]]
            if row["version"] == each["last"]:
                count[(row["loan__lender_id"], row["lender_kind"])] += 1
    return count
