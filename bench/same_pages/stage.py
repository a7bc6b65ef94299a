"""The one database: the demo's cast, an administrator and a key for the lender's system, made by the older side.

python -m same_pages.stage FOLDER       run by the command, in the checkout that makes it
"""

import asyncio
import json
import os
import sqlite3
import sys
from pathlib import Path

from portal.actions.api_keys import PURPOSES, add_key
from portal.actions.staff import activate, add_staff
from portal.commands.stage import STAFF_PASSWORD, stage
from portal.demo import CAST, JQ, PORTFOLIOS, YH
from portal.domain.event import Moment
from portal.reads.cases import lender
from portal.settings import from_environment
from portal.tables.connection import connected
from portal.tables.migrate import migrate
from portal.web.passwords import hashed

from .still import Still

OTHERS = (("mei@jq.example", "admin", JQ), ("an@yh.example", "approver", YH))
REFS = {
    "loan": "SELECT loan_no, ref FROM loan",
    "proposal": "SELECT loan_no, p.ref FROM proposal p JOIN proposal_line l ON l.proposal_id = p.id "
    "JOIN loan ON loan.id = l.loan_id ORDER BY p.id",
    "problem": "SELECT loan_no, p.ref FROM problem p JOIN loan ON loan.id = p.loan_id ORDER BY p.id",
    "report": "SELECT loan_no, r.ref FROM payment_report r JOIN loan ON loan.id = r.loan_id ORDER BY r.id",
    "hold": "SELECT loan_no, h.ref FROM hold h JOIN loan ON loan.id = h.loan_id ORDER BY h.id",
}


async def staged(folder: Path) -> dict[str, object]:
    settings, still = from_environment(os.environ), Still()
    still.begin("stage")
    still.install()
    await migrate(settings.database)
    async with connected(settings.database):
        await stage(settings, folder / "links.json")
        assert settings.business_date
        moment = Moment(still.at, settings.business_date)
        for email, role, slug in OTHERS:
            token = await add_staff(await lender(slug), email, role, moment)
            await activate(token, await hashed(STAFF_PASSWORD), moment.at)
        key = await add_key(await lender(JQ), "core", PURPOSES, moment)
    return {"key": key, "password": STAFF_PASSWORD}


def main(folder: Path) -> None:
    """Writes who comes and how beside the database, so that the sides need none of it from the product."""
    facts = asyncio.run(staged(folder))
    links = json.loads((folder / "links.json").read_text())
    with sqlite3.connect(folder / "portal.db") as database:
        refs: dict[str, dict[str, str]] = {}
        for kind, question in REFS.items():
            for loan_no, ref in database.execute(question):
                refs.setdefault(loan_no, {})[kind] = ref
    people: dict[str, dict[str, str]] = {each.external_id: {"digits": each.id_last4} for each in CAST}
    for slug, contracts in PORTFOLIOS.items():
        for contract in contracts:
            if token := links.get(f"{slug} {contract.loan_no}"):
                people[contract.who.external_id].setdefault("link", f"/i/{token}")
                people[contract.who.external_id][slug] = f"/i/{token}"
    told = {**facts, "refs": refs, "people": people}
    (folder / "cast.json").write_text(json.dumps(told, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
