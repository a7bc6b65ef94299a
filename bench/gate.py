"""The gate while pages are read: 20 questions a second for 20 seconds, while one borrower goes on reading.

Prints p50 and p99 of an answer, and of the page. It serves the demo from a folder of its own on this machine's
loopback, and ends it when it is done.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from storm import ROOT, come_in, paced, percentile, started, timed

LOANS = [f"JQ-2026-{number:04}" for number in (1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18)]
MOST_MS = 50
WARM_SECONDS = 3


async def main(arguments: argparse.Namespace) -> int:
    base = f"http://127.0.0.1:{arguments.port}"
    async with served(arguments.port) as (link, secret), httpx2.AsyncClient(base_url=base, timeout=60) as reader:
        page = await come_in(reader, link)
        async with httpx2.AsyncClient(base_url=base, timeout=60, headers={"authorization": f"Bearer {secret}"}) as core:
            answers: Counter[str] = Counter()

            async def asks(number: int) -> float:
                began = time.perf_counter()
                asked = {"loan_no": LOANS[number % len(LOANS)], "channel": "call"}
                found = (await core.post("/api/v1/contacts", json=asked)).json()
                answers[found["reason"] or "allowed"] += 1
                return time.perf_counter() - began

            async def plain(_: int) -> float:
                return await timed(core, "/healthz")

            first = await asks(0), await timed(reader, page)
            print(f"the first of each: gate {first[0] * 1000:.0f} ms, page {first[1] * 1000:.0f} ms, not counted below")
            await paced(asks, arguments.rate, WARM_SECONDS)
            alone = {
                "gate": await paced(asks, arguments.rate, arguments.seconds),
                "plain answer": await paced(plain, arguments.reads, arguments.seconds),
            }
            reads = asyncio.create_task(paced(lambda _: timed(reader, page), arguments.reads, arguments.seconds))
            plains = asyncio.create_task(between(plain, arguments.rate, arguments.reads, arguments.seconds))
            asked = await paced(asks, arguments.rate, arguments.seconds)
            together = {"gate": asked, "page": await reads, "plain answer": await plains}
    tell("nobody reads", alone)
    tell("while pages are read", together)
    print(", ".join(f"{reason}: {count}" for reason, count in answers.most_common()))
    print(f"wanted: a gate's p99 of at most {MOST_MS} ms while pages are read")
    return 0


async def between(act: Callable[[int], Awaitable[float]], rate: int, reads: int, seconds: int) -> list[float]:
    """Half a question's time after the others, which all begin at the same moments."""
    await asyncio.sleep(0.5 / rate)
    return await paced(act, reads, seconds)


def tell(when: str, measured: Mapping[str, list[float]]) -> None:
    for name, found in measured.items():
        half = sorted(found)[len(found) // 2]
        print(f"{when}, {name}: p50 {half * 1000:.1f} ms, p99 {percentile(found) * 1000:.1f} ms of {len(found)}")


@asynccontextmanager
async def served(port: int) -> AsyncIterator[tuple[str, str]]:
    """The demo in a process of its own; answers the link of the first borrower, and a key to ask with."""
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "log", "w+") as log:
        command = [sys.executable, "-m", "portal", "demo", "--data-dir", folder, "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            link = await started(process, Path(folder) / "log", port)
            yield link, key(folder)
        finally:
            process.terminate()
            process.wait(timeout=30)


def key(folder: str) -> str:
    """Of the demo that is being served, by its own command."""
    secret = (Path(folder) / "secret").read_text().strip()
    environment = {"PORTAL_DATABASE": f"sqlite://{folder}/portal.sqlite3", "PORTAL_SECRET": secret}
    command = [sys.executable, "-m", "portal", "key", "add", "--lender", "jq", "--purpose", "contacts"]
    made = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return made.stdout.strip()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8792)
    parser.add_argument("--rate", type=int, default=20, help="questions a second")
    parser.add_argument("--reads", type=int, default=10, help="pages a second")
    parser.add_argument("--seconds", type=int, default=20)
    sys.exit(asyncio.run(main(parser.parse_args())))
