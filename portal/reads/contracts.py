"""The newest version of each loan's contract, and which of its facts have later versions: a few statements for many."""

import json
from collections.abc import AsyncIterator, Sequence, Set
from typing import NamedTuple

from tortoise.functions import Max

from portal.reads.rows import batches
from portal.tables import models as tables
from portal.tables.query import Query

_AT_ONCE = 500
_NEWEST = Query("""
SELECT contract.loan_id, contract.version, contract.snapshot_hash, contract.payments_told, CASE WHEN EXISTS (
    SELECT 1 FROM correction WHERE correction.loan_id = contract.loan_id
    AND correction.recorded_at > contract.recorded_at) THEN 1 ELSE 0 END
FROM contract WHERE contract.loan_id IN :loans AND contract.version = (
    SELECT max(told.version) FROM contract AS told WHERE told.loan_id = contract.loan_id)
""")


class NewestContract(NamedTuple):
    """`payments_told` are the ids in its row as JSON, `corrected` whether something was corrected since it came."""

    loan_id: int
    version: int
    digest: str
    payments_told: str | None
    corrected: int


Versions = dict[tuple[int, str, str], int]
"""By loan, kind of fact and the lender's id, the last version of what was corrected."""


async def newest_contracts(loan_ids: Sequence[int]) -> dict[int, NewestContract]:
    found: dict[int, NewestContract] = {}
    for start in range(0, len(loan_ids), _AT_ONCE):
        rows = await _NEWEST.read(loans=tuple(loan_ids[start : start + _AT_ONCE]))
        found |= {row[0]: NewestContract(*row) for row in rows}
    return found


_WITH_ROWS = Query("""
SELECT payment.loan_id, payment.external_id FROM payment
JOIN contract ON contract.loan_id = payment.loan_id AND contract.recorded_at = payment.recorded_at
WHERE payment.loan_id IN :loans
""")


async def payments_told(contracts: Sequence[NewestContract]) -> dict[int, set[str]]:
    """By loan, the payments that stood in its last row; before that was written down, those that came with a row."""
    found = {each.loan_id: set(json.loads(each.payments_told or "[]")) for each in contracts}
    unknown = [each.loan_id for each in contracts if each.payments_told is None]
    for start in range(0, len(unknown), _AT_ONCE):
        for loan_id, name in await _WITH_ROWS.read(loans=tuple(unknown[start : start + _AT_ONCE])):
            found[loan_id].add(name)
    return found


async def versions_of(loan_ids: Sequence[int]) -> Versions:
    found: Versions = {}
    for start in range(0, len(loan_ids), _AT_ONCE):
        told = tables.CorrectionRow.filter(loan_id__in=list(loan_ids[start : start + _AT_ONCE]))
        last = told.annotate(last=Max("version")).group_by("loan_id", "fact", "external_id")
        rows = await last.values_list("loan_id", "fact", "external_id", "last")
        found |= {(loan_id, fact, name): version for loan_id, fact, name, version in rows}
    return found


_OPEN = Query("""
SELECT contract.loan_id FROM contract WHERE contract.loan_id IN :loans AND contract.closed_on IS NULL
    AND contract.version = (SELECT max(told.version) FROM contract AS told WHERE told.loan_id = contract.loan_id)
""")


async def not_in_file(lender_id: int, numbers: Set[str]) -> AsyncIterator[str]:
    """The lender's loans that are not among these, by number; of one that was closed no file need speak."""
    rows = tables.LoanRow.filter(lender_id=lender_id)
    async for batch in batches(rows, _AT_ONCE, "id", "loan_no", by="loan_no", after=""):
        missing = {row["id"]: row["loan_no"] for row in batch if row["loan_no"] not in numbers}
        open_now = {loan_id for (loan_id,) in await _OPEN.read(loans=tuple(missing))} if missing else set()
        for loan_id, number in missing.items():
            if loan_id in open_now:
                yield number
