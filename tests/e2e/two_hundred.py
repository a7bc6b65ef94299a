"""Two hundred people ask the demo's first lender for a plan: `python -m tests.e2e.two_hundred`, by its settings."""

import asyncio
import json
import os
from dataclasses import replace
from datetime import UTC, datetime

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.portfolio import import_portfolio
from portal.commands.seed import LONG, Seeder
from portal.demo import DEMO_POLICY, JQ, TODAY, portfolio
from portal.domain.event import Actor, BusinessTime
from portal.reads.cases import lender_by_slug
from portal.settings import from_environment
from portal.tables.connection import connected
from tests.files import read_portfolio

MANY = 200
WITHIN = 2
"""Of five so many ask for five payments, which the policy of now takes; the others for twelve, which it does not."""


def loan_no(number: int) -> str:
    return f"KB-2026-{number:04}"


def is_within(number: int) -> bool:
    return number % 5 < WITHIN


async def ask(many: int = MANY) -> None:
    """Asked for under a stricter policy than that of now, so that a person answers each of them."""
    settings = from_environment(os.environ)
    moment, vault = BusinessTime(datetime.now(UTC), TODAY), settings.vault()
    async with connected(settings.database):
        jq = await lender_by_slug(JQ)
        records = read_portfolio("".join(_row(number) for number in range(many)).encode(), jq.kind).records
        await import_portfolio(moment, jq, records, [], vault)
        await set_policy(moment, jq, DEMO_POLICY.replace("max_months = 6", "max_months = 2"), OPERATOR)
        for number in range(many):
            offer = replace(LONG, installments=5 if is_within(number) else 12)
            await Seeder(jq, loan_no(number), Actor("staff"), vault, moment).propose(offer)
        await set_policy(moment, jq, DEMO_POLICY, OPERATOR)


def _row(number: int) -> str:
    """周敏's loan, of somebody else."""
    row = json.loads(next(line for line in portfolio(JQ).splitlines() if b"JQ-2026-0006" in line))
    known = {"external_id": f"KB-{number}", "phone": f"+86139{number:08}", "name": "江河", "id_last4": f"{number:04}"}
    row["loan_no"], row["borrower"] = loan_no(number), row["borrower"] | known
    return json.dumps(row, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    asyncio.run(ask(int(os.environ.get("MANY", MANY))))
