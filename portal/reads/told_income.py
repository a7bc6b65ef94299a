"""What borrowers let a lender see of what they earn and spend, as far as they have not taken that back."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from portal.domain.money import format_amount, parse_amount
from portal.domain.restructuring.affordability import Budget
from portal.tables import models as tables
from portal.vault import Erased, Vault


class ToldIncome(NamedTuple):
    """`version` is the offer it went with."""

    budget: Budget
    version: int
    told_at: datetime


def budget_text(budget: Budget, currency: str) -> str:
    """As it is sealed: decimal strings beside a currency."""
    amounts = {name: format_amount(minor, currency) for name, minor in budget._asdict().items()}
    return json.dumps({"currency": currency, **amounts})


def budget_of(said: Mapping[str, str]) -> Budget:
    return Budget(*(parse_amount(said[name], said["currency"]) for name in Budget._fields))


def income_place(proposal: str, version: int) -> str:
    """For which row it is sealed."""
    return f"income:{proposal}:{version}"


def income_seen(row: Mapping[str, Any], vault: Vault) -> dict[str, str]:
    """What a row with its proposal's `ref` and its person's `key` says; nothing once that was taken back or erased."""
    with suppress(Erased):
        place = income_place(row["ref"], row["version"])
        said: dict[str, str] = json.loads(vault.unseal_in(bytes(row["key"]), place, bytes(row["sealed"])))
        return said
    return {}


async def told_income(proposal: str, vault: Vault) -> ToldIncome | None:
    """Whoever calls has already been let in to the proposal."""
    return (await told_incomes([proposal], vault)).get(proposal)


async def told_incomes(proposals: Sequence[str], vault: Vault) -> dict[str, ToldIncome]:
    """By ref of the proposal, of those that let anything be seen, and still do."""
    rows = tables.ToldIncomeRow.filter(proposal__ref__in=list(proposals), taken_back_at__isnull=True)
    columns = {"ref": "proposal__ref", "key": "proposal__person__key"}
    found = await rows.values("version", "told_at", "sealed", **columns)
    seen = [(row, said) for row in found if (said := income_seen(row, vault))]
    return {row["ref"]: ToldIncome(budget_of(said), row["version"], row["told_at"]) for row, said in seen}
