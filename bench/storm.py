"""A storm at the door: 50 sign-ins a second for 20 seconds, while one borrower goes on reading pages.

Prints the 99th percentile of a page before and during the storm, in one run on one machine, and their ratio. It serves
the demo from a folder of its own on this machine's loopback, and ends it when it is done.
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx2

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
DIGITS = "123X"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
HIDDEN = re.compile(r'type="hidden" name="(csrf|proof)" value="([^"]+)"')
LINK = re.compile(r"JQ-2026-0001\s+(http\S+)")


async def main(arguments: argparse.Namespace) -> int:
    base = f"http://127.0.0.1:{arguments.port}"
    async with demo(arguments.port) as link, httpx2.AsyncClient(base_url=base, timeout=60) as reader:
        page = await come_in(reader, link)
        quiet = await paced(lambda _: timed(reader, page), arguments.reads, arguments.quiet)
        storm = asyncio.create_task(sign_ins(base, arguments.rate, arguments.seconds))
        loud = await paced(lambda _: timed(reader, page), arguments.reads, arguments.seconds)
        answers = Counter(await storm)
    before, during = (percentile([seconds for seconds in found]) for found in (quiet, loud))
    print(f"page, quiet:        p99 {before * 1000:6.1f} ms of {len(quiet)} reads")
    print(f"page, in the storm: p99 {during * 1000:6.1f} ms of {len(loud)} reads")
    print(f"ratio:              {during / before:.2f} (at most 3 is wanted)")
    print("sign-ins answered:  " + ", ".join(f"{code}: {count}" for code, count in sorted(answers.items())))
    return 0


@asynccontextmanager
async def demo(port: int) -> AsyncIterator[str]:
    """The demo in a process of its own; answers the link of the first borrower."""
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "log", "w+") as log:
        command = [sys.executable, "-m", "portal", "demo", "--data-dir", folder, "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield await started(process, Path(folder) / "log", port)
        finally:
            process.terminate()
            process.wait(timeout=30)


async def started(process: "subprocess.Popen[bytes]", log: Path, port: int) -> str:
    for _ in range(START_SECONDS * 10):
        found = LINK.search(log.read_text())
        if process.poll() is not None:
            sys.exit(log.read_text())
        if found and await answers(f"http://127.0.0.1:{port}/healthz"):
            return found[1]
        await asyncio.sleep(0.1)
    sys.exit("the demo did not start")


async def answers(address: str) -> bool:
    try:
        async with httpx2.AsyncClient() as client:
            return (await client.get(address)).status_code == 200
    except httpx2.HTTPError:
        return False


async def come_in(reader: httpx2.AsyncClient, link: str) -> str:
    """Through the door as a borrower does; answers the address of the loan's page."""
    opened = await reader.get(link)
    fields = {"csrf": token(opened.text), "digits": DIGITS}
    asked = await reader.post(link, data=fields, headers=own(reader))
    agreed = {**dict(HIDDEN.findall(asked.text)), "notice": "1", "sensitive": "1"}
    await reader.post(f"{link}/consent", data=agreed, headers=own(reader))
    listed = await reader.get("/loans", follow_redirects=True)
    found = re.search(r"/loans/\w+", str(listed.url)) or re.search(r'href="(/loans/\w+)"', listed.text)
    assert found, "the borrower is not in"
    return found[0].removeprefix('href="').rstrip('"')


async def sign_ins(base: str, rate: int, seconds: int) -> list[int]:
    """Wrong guesses, each for another number and, by the proxy's header, from another address."""
    async with httpx2.AsyncClient(base_url=base, timeout=120, limits=httpx2.Limits(max_connections=None)) as client:
        csrf = token((await client.get("/sign-in")).text)

        async def guess(number: int) -> int:
            fields = {"csrf": csrf, "phone": f"+86139{number:08}", "password": "not my password"}
            where = {"x-forwarded-for": f"203.0.{number // 250 % 250}.{number % 250}"}
            try:
                return (await client.post("/sign-in", data=fields, headers={**own(client), **where})).status_code
            except httpx2.HTTPError:
                return 0

        return await paced(guess, rate, seconds)


async def timed(reader: httpx2.AsyncClient, page: str) -> float:
    began = time.perf_counter()
    answer = await reader.get(page)
    assert answer.status_code == 200, answer.status_code
    return time.perf_counter() - began


async def paced(act: Callable[[int], Awaitable[T]], rate: int, seconds: int) -> list[T]:
    """Acts `rate` times a second whether or not the one before was answered, as many people do."""
    began = time.perf_counter()
    tasks = []
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        tasks.append(asyncio.ensure_future(act(number)))
    return list(await asyncio.gather(*tasks))


def own(client: httpx2.AsyncClient) -> dict[str, str]:
    return {"origin": str(client.base_url).rstrip("/")}


def token(html: str) -> str:
    found = CSRF.search(html)
    assert found, "the page has no form"
    return found[1]


def percentile(seconds: list[float], share: float = 0.99) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8790)
    parser.add_argument("--rate", type=int, default=50, help="sign-ins a second")
    parser.add_argument("--reads", type=int, default=10, help="pages a second")
    parser.add_argument("--quiet", type=int, default=20, help="seconds before the storm")
    parser.add_argument("--seconds", type=int, default=20, help="seconds of storm")
    sys.exit(asyncio.run(main(parser.parse_args())))
