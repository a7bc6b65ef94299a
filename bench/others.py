"""What everybody else waits for: a borrower reads pages while another process imports, and while a long loan is read.

    .venv/bin/python bench/others.py [--loans 2000] [--seconds 20]

It serves the demo from a folder of its own, gives its first borrower a loan of 60 and one of 240 installments, each
paid three days late, and reads the overview ten times a second: alone, while `/why` of 240 rows is read again and
again, and while `import` writes a portfolio to the same file. Then it reads `/why` beside `/penalties` at 12, 60 and
240 rows, in one run. It prints the slowest page and the ratios.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx2
from positions import portfolio
from storm import ROOT, come_in, paced, percentile, started

sys.path.insert(0, str(ROOT))

from portal.demo import JQ
from portal.demo import portfolio as cast
from portal.domain.contract.annual_cost import drawn_up
from portal.domain.contract.calendar import add_months
from portal.domain.money import format_amount
from portal.intake import read_portfolio

TODAY, PRINCIPAL, READS = date(2026, 6, 14), 24_000_000, 10
LONG = {60: 50, 240: 190}
"""Rows, and how many of them were paid."""


async def main(arguments: argparse.Namespace) -> int:
    base = f"http://127.0.0.1:{arguments.port}"
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        async with served(data, arguments.port) as link, httpx2.AsyncClient(base_url=base, timeout=120) as reader:
            await come_in(reader, link)
            await imported(data, [long_loan(rows, paid) for rows, paid in LONG.items()])
            quiet = await paced(lambda _: page(reader, "/loans"), READS, arguments.seconds)
            long = [f"/loans/{ref_of(data, name)}" for name in ("JQ-2026-0001", "L-60", "L-240")]
            beside = await while_going_on(reader, lambda: again_and_again(reader, f"{long[-1]}/why", arguments.seconds))
            landing = await while_going_on(reader, lambda: imported(data, list(portfolio(arguments.loans))))
            ratios = [await beside_penalties(reader, loan) for loan in long]
    for name, found in (("alone", quiet), ("while /why of 240 rows is read", beside), ("during an import", landing)):
        slowest, p99 = max(found) * 1000, percentile(found) * 1000
        print(f"the overview {name}: slowest {slowest:6.0f} ms, p99 {p99:6.0f} ms, of {len(found)} (1,000 is wanted)")
    for rows, ratio in zip((12, *LONG), ratios, strict=True):
        print(f"/why beside /penalties at {rows:3} rows: {ratio:.1f} times as long")
    return int(max(*beside, *landing) >= 1)


@asynccontextmanager
async def served(data: Path, port: int) -> AsyncIterator[str]:
    """The demo in a process of its own; answers the link of its first borrower."""
    log = data.parent / "log"
    command = [sys.executable, "-m", "portal", "demo", "--data-dir", str(data), "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield await started(process, log, port)
        finally:
            process.terminate()
            process.wait(timeout=30)


def long_loan(rows: int, paid: int) -> str:
    """The first borrower's contract over so many months, of which the first ones were paid three days late each."""
    line = json.loads(cast(JQ).splitlines()[0])
    first = add_months(date(2026, 5, 15), -paid)
    line |= {"loan_no": f"L-{rows}", "principal": format_amount(PRINCIPAL, "CNY"), "statement": None}
    line |= {"signed_on": add_months(first, -1).isoformat(), "disbursed_on": add_months(first, -1).isoformat()}
    line["terms"] |= {"installments": rows, "first_due": first.isoformat()}
    loan = read_portfolio(json.dumps(without(line)).encode(), "consumer-finance")[0].loan
    terms = replace(loan.terms, installments=rows, first_due=first)
    schedule = drawn_up(terms, PRINCIPAL, add_months(first, -1))
    line["payments"] = [
        {
            "id": f"{rows}-{row.no}",
            "received_on": (row.due_on + timedelta(days=3)).isoformat(),
            "amount": format_amount(row.total, "CNY"),
        }
        for row in schedule[:paid]
    ]
    return json.dumps(without(line) | {"payments": line["payments"]}, ensure_ascii=False)


def without(line: dict[str, object]) -> dict[str, object]:
    """Its schedule is drawn from its terms, and its lender states nothing."""
    left_out = ("schedule", "statement", "payments", "charges")
    return {name: value for name, value in line.items() if name not in left_out}


async def imported(data: Path, lines: list[str]) -> None:
    """By the command, in a process of its own, into the file that is served."""
    file = data.parent / "import.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    environment = {**os.environ, "PORTAL_DATABASE": f"sqlite://{data / 'portal.sqlite3'}"}
    environment |= {"PORTAL_SECRET": (data / "secret").read_text(), "PORTAL_BUSINESS_DATE": TODAY.isoformat()}
    words = ("import", str(file), "--lender", JQ)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "portal", *words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    if await process.wait():
        sys.exit("the import failed")


def ref_of(data: Path, loan_no: str) -> str:
    with sqlite3.connect(data / "portal.sqlite3") as file:
        (ref,) = file.execute("SELECT ref FROM loan WHERE loan_no = ?", (loan_no,)).fetchone()
    return str(ref)


async def page(reader: httpx2.AsyncClient, address: str) -> float:
    began = time.perf_counter()
    answer = await reader.get(address, follow_redirects=True)
    assert answer.status_code == 200, (address, answer.status_code)
    return time.perf_counter() - began


async def while_going_on(reader: httpx2.AsyncClient, work: Callable[[], Awaitable[None]]) -> list[float]:
    """Seconds of each overview read while the other work goes on."""
    going, found = asyncio.ensure_future(work()), list[float]()
    while not going.done():
        found += await paced(lambda _: page(reader, "/loans"), READS, 1)
    await going
    return found


async def again_and_again(reader: httpx2.AsyncClient, address: str, seconds: int) -> None:
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        await page(reader, address)


async def beside_penalties(reader: httpx2.AsyncClient, loan: str) -> float:
    """The fastest of ten of one over the fastest of ten of the other, turn by turn."""
    pairs = [(await page(reader, f"{loan}/why"), await page(reader, f"{loan}/penalties")) for _ in range(10)]
    why, penalties = (min(each) for each in zip(*pairs, strict=True))
    return why / penalties


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8793)
    parser.add_argument("--loans", type=int, default=2_000, help="loans that are imported meanwhile")
    parser.add_argument("--seconds", type=int, default=20, help="seconds of reading alone, and beside /why")
    sys.exit(asyncio.run(main(parser.parse_args())))
