"""What a worker costs that has nothing to do: its share of a core at a large lender.

    .venv/bin/python bench/worker.py [--loans 20000] [--seconds 60] [--database postgres://...]

It builds a database through the product's own import, with one plan that runs for every ten loans and two hundred
proposals past the lender's own date, all looked at today; starts a worker, waits until its first look of the day is
over, and takes its processor time of a minute. Without `--database`, which has to be empty, it is an SQLite file.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.positions import portfolio, run
from portal.domain.restructuring.negotiation import State
from portal.reads.health import pulses
from portal.tables import models as tables
from portal.tables.connection import connected
from portal.vault import new_ref

WANTED = 0.02
OVERDUE = 200
TICKS = os.sysconf("SC_CLK_TCK")


def build(environment: dict[str, str], folder: str, loans: int) -> None:
    file = Path(folder, "p.jsonl")
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(f"{line}\n" for line in portfolio(loans))
    run(environment, "migrate")
    run(environment, "lender", "add", "l", "--name", "L")
    run(environment, "import", str(file), "--lender", "l")


async def negotiate(url: str, today: date, plans: int) -> None:
    """Rows alone: a worker that is idle asks how many there are to look at and reads none of them."""
    async with connected(url):
        lender = await tables.LenderRow.get()
        person = await tables.PersonRow.create(ref=new_ref(), key=b"x")
        rows = [(State.ACTIVE, None)] * plans + [(State.UNDER_REVIEW, date(2026, 1, 1))] * OVERDUE
        for state, decide_by in rows:
            facts = {"state": state.value, "decide_by": decide_by, "kind": "plan", "looked_on": today}
            await tables.ProposalRow.create(ref=new_ref(), lender=lender, person=person, **facts)


async def looked(url: str, today: date) -> None:
    """Waits until everything that is done once a day was done."""
    async with connected(url):
        while not await tables.LenderRow.exists(erasure_on=today):
            await asyncio.sleep(0.5)


async def problems(url: str) -> list[str]:
    async with connected(url):
        return [f"{each.name}: {each.problem}" for each in await pulses() if each.problem]


def used(pid: int) -> float:
    """Seconds of processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def main(arguments: argparse.Namespace) -> int:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.database or f"sqlite://{folder}/p.db"
        environment = {**os.environ, "PORTAL_DATABASE": url, "PORTAL_SECRET": "x" * 32}
        environment.pop("PORTAL_BUSINESS_DATE", None)
        build(environment, folder, arguments.loans)
        asyncio.run(negotiate(url, today, arguments.loans // 10))
        worker = subprocess.Popen([sys.executable, "-m", "portal", "worker"], cwd=ROOT, env=environment)
        try:
            begun = time.perf_counter()
            asyncio.run(looked(url, today))
            print(f"first look of the day: over {time.perf_counter() - begun:.0f} s after its start")
            time.sleep(5)
            before, since = used(worker.pid), time.perf_counter()
            time.sleep(arguments.seconds)
            share = (used(worker.pid) - before) / (time.perf_counter() - since)
        finally:
            worker.terminate()
            worker.wait(60)
        print(f"idle at {arguments.loans:,} loans: {share:.1%} of a core (at most {WANTED:.0%} wanted)")
        failing = asyncio.run(problems(url))
        print("\n".join(failing) or "nothing failed")
    return bool(failing) or share > WANTED


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loans", type=int, default=20000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--database", help="an empty database; without it an SQLite file is made")
    sys.exit(main(parser.parse_args()))
