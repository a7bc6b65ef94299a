"""Persons' keys under the deployment's newest one, so that an older one can be retired."""

from typing import Any

from portal.tables import models as t
from portal.tables.transaction import retried, transaction
from portal.vault import Vault

BATCH = 500


async def rewrap(vault: Vault) -> int:
    """Wraps every key anew, a batch a transaction; answers how many. Erased ones stay so. Raises WrongKey."""
    return sum([await _rewrap_table(table, vault) for table in (t.Person, t.Borrower)])


async def _rewrap_table(table: Any, vault: Vault) -> int:
    done, last = 0, 0
    while ids := await table.filter(id__gt=last).order_by("id").limit(BATCH).values_list("id", flat=True):
        done += await _rewrap_batch(table, ids, vault)
        last = ids[-1]
    return done


@retried
async def _rewrap_batch(table: Any, ids: list[int], vault: Vault) -> int:
    async with transaction():
        rows = [row for row in await table.filter(id__in=ids).select_for_update().only("id", "key") if row.key]
        for row in rows:
            row.key = vault.rewrap(bytes(row.key))
        if rows:
            await table.bulk_update(rows, fields=["key"])
        return len(rows)
