"""A portfolio's way in, of a large lender: the command `import`, new and again unchanged, and `payments` after it.

    .venv/bin/python bench/imports.py [--loans 20000] [--payments 8000]

It makes a file of contracts of twelve installments, two paid and three overdue, and one payment each for some of them;
hands them in at the terminal; and takes seconds of processor and the peak of memory of each process. Both files are
read three times at most, and never held: at most 200 MB are wanted, whatever the number of loans.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from positions import portfolio

LIMIT_MB = 200


def run(environment: dict[str, str], *words: str) -> tuple[float, float, int]:
    """Seconds of processor, seconds by the clock, and the peak of memory in MB."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "portal", *words], cwd=ROOT, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(words)} failed")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - begun, usage.ru_maxrss // 1024


def measured(environment: dict[str, str], what: str, *words: str) -> bool:
    cpu, clock, peak = run(environment, *words)
    print(f"{what}: {cpu:.1f} s of processor, {clock:.1f} s by the clock, {peak} MB at the peak", flush=True)
    return peak <= LIMIT_MB


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loans", type=int, default=20_000)
    parser.add_argument("--payments", type=int, default=8_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        loans, paid = folder / "portfolio.jsonl", folder / "payments.jsonl"
        with loans.open("w", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in portfolio(chosen.loans))
        payment = {"id": "P-9", "received_on": "2026-06-12", "amount": "500.00"}
        with paid.open("w", encoding="utf-8") as out:
            numbers = range(min(chosen.payments, chosen.loans))
            out.writelines(json.dumps({"loan_no": f"L-{number:06}", **payment}) + "\n" for number in numbers)
        environment = {
            **os.environ,
            "PORTAL_DATABASE": f"sqlite://{folder / 'portal.db'}",
            "PORTAL_SECRET": "a secret of the measurement, of 32 characters or more",
            "PORTAL_BUSINESS_DATE": "2026-06-14",
        }
        run(environment, "migrate")
        run(environment, "lender", "add", "big", "--name", "Big")
        print(f"{chosen.loans:,} loans, {loans.stat().st_size / 1024**2:.0f} MB", flush=True)
        within = [
            measured(environment, "new", "import", str(loans), "--lender", "big"),
            measured(environment, "again", "import", str(loans), "--lender", "big"),
            measured(environment, f"{len(numbers):,} payments", "payments", str(paid), "--lender", "big"),
        ]
    return 0 if all(within) else 1


if __name__ == "__main__":
    sys.exit(main())
