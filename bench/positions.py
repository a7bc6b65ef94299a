"""The position of every loan of a large lender: the command `positions`, beside one loan at a time through row objects.

    .venv/bin/python bench/positions.py [--loans 100000] [--sample 500]

It builds an SQLite file of contracts of twelve installments, two paid and three overdue, through the product's own
import; times the command and takes its peak of memory; reads and computes a sample one loan at a time; and checks that
every line of the command says, to the fen, what a page of that loan would.
"""

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from portal.demo import JQ
from portal.demo import portfolio as cast
from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from portal.reads.loans import load_loans
from portal.tables import models as tables
from portal.tables.connection import connected

AS_OF = date(2026, 6, 14)
LIMIT_MB = 128


def portfolio(loans: int) -> Iterator[str]:
    line = json.loads(cast(JQ).splitlines()[0])  # the case of the domain
    line.pop("statement", None)
    for number in range(loans):
        terms = {**line["terms"], "penalty": {**line["terms"]["penalty"], "grace_days": number % 4}}
        borrower = {**line["borrower"], "external_id": f"B-{number}"}
        yield json.dumps(
            {**line, "loan_no": f"L-{number:06}", "borrower": borrower, "terms": terms}, ensure_ascii=False
        )


def run(environment: dict[str, str], *words: str) -> tuple[float, int]:
    """Seconds it took, and the peak of memory of it in MB."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "portal", *words], cwd=ROOT, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(words)} failed")
    return time.perf_counter() - begun, usage.ru_maxrss // 1024


async def one_at_a_time(url: str, sample: int) -> float:
    """Loans a second where each is read as row objects, table by table, and computed; made into a value beforehand."""
    async with connected(url):
        ids = await tables.LoanRow.all().order_by("id").limit(sample).values_list("id", flat=True)
        loans = await load_loans([int(str(loan_id)) for loan_id in ids])
        begun = time.perf_counter()
        for loan_id in ids:
            await tables.ContractRow.filter(loan_id=loan_id).order_by("-version").first()
            for table in (
                tables.PaymentRow,
                tables.ChargeRow,
                tables.StatementRow,
                tables.SuspensionRow,
                tables.WaiverRow,
            ):
                await table.filter(loan_id=loan_id).order_by("id")
            loan = loans[int(str(loan_id))][0]
            json.dumps(position_facts(position(loan, AS_OF)))
        return len(ids) / (time.perf_counter() - begun)


async def differ(url: str, out: Path) -> int:
    """How many lines say another figure than the loan's own page."""
    wrong = 0
    async with connected(url):
        numbers = dict(await tables.LoanRow.all().values_list("loan_no", "id"))
        with out.open(encoding="utf-8") as lines:
            for text in lines:
                told = json.loads(text)
                loan = (await load_loans([numbers[told["loan_no"]]]))[numbers[told["loan_no"]]][0]
                wrong += told != json.loads(json.dumps(position_facts(position(loan, AS_OF))))
    return wrong


def main(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        url, file, out = f"sqlite://{folder}/p.db", Path(folder, "p.jsonl"), Path(folder, "out.jsonl")
        with file.open("w", encoding="utf-8") as lines:  # a child's peak begins with its parent's size
            lines.writelines(f"{line}\n" for line in portfolio(arguments.loans))
        environment = {**os.environ, "PORTAL_DATABASE": url, "PORTAL_SECRET": secrets.token_urlsafe(32)}
        environment["PORTAL_BUSINESS_DATE"] = AS_OF.isoformat()
        run(environment, "migrate")
        run(environment, "lender", "add", "l", "--name", "L")
        seconds, memory = run(environment, "import", str(file), "--lender", "l")
        print(f"import:     {arguments.loans / seconds:8,.0f} loans a second, {memory} MB")
        sample = min(arguments.sample, arguments.loans)
        before = asyncio.run(one_at_a_time(url, sample))
        seconds, memory = run(environment, "positions", "--lender", "l", "--as-of", str(AS_OF), "--out", str(out))
        batched = arguments.loans / seconds
        print(f"positions:  {batched:8,.0f} loans a second, {memory} MB (at most {LIMIT_MB} wanted)")
        single = max(before, asyncio.run(one_at_a_time(url, sample)))  # a busy moment must not make it look slow
        print(
            f"one by one: {single:8,.0f} loans a second, reading and row objects included; ratio {batched / single:.1f}"
        )
        wrong = asyncio.run(differ(url, out))
        print(f"lines that differ from the loan's own page: {wrong} of {arguments.loans}")
    return bool(wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loans", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=500)
    sys.exit(main(parser.parse_args()))
