"""Reads pages again and again over connections that stay open, and says how long each took. Standard library alone.

    python bench/load.py 127.0.0.1:8794 REQUESTS [--connections 16] [--seconds 4] [--core 1]

REQUESTS is a file of whole requests separated by NUL; each connection sends one of them by chance as soon as it has the
whole answer to the one before. Prints one line of JSON: `answers`, `seconds`, the milliseconds `p50` and `p99`, the
mean of `bytes`, and `codes`, how many answers had which status.
"""

import argparse
import asyncio
import json
import os
import random
import re
import time
from collections import Counter
from pathlib import Path

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
GIVE_UP_SECONDS = 60


class Reader(asyncio.Protocol):
    """One connection, which never asks for two pages at once."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answer, self.whole, self.asked_at = bytearray(), 0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.answer.clear()
        self.whole, self.asked_at = 0, time.perf_counter()
        if self.asked_at < self.load.ends:
            self.transport.write(self.load.chance.choice(self.load.requests))
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if not self.whole and (head := self.answer.find(b"\r\n\r\n")) >= 0:
            found = LENGTH.search(self.answer, 0, head + 2)
            assert found, "an answer that does not tell its length"
            self.whole = head + 4 + int(found[1])
        if self.whole and len(self.answer) >= self.whole:
            self.load.took.append(time.perf_counter() - self.asked_at)
            self.load.codes[self.answer[9:12].decode()] += 1
            self.load.bytes += self.whole
            self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if error or time.perf_counter() < self.load.ends:
            self.done.set_exception(error or ConnectionError("closed before the time was over"))
        else:
            self.done.set_result(None)


class Load:
    def __init__(self, requests: list[bytes], seconds: float) -> None:
        self.requests = requests
        self.chance = random.Random(1)
        self.ends = time.perf_counter() + seconds
        self.took: list[float] = []
        self.codes: Counter[str] = Counter()
        self.bytes = 0


async def main(arguments: argparse.Namespace) -> None:
    host, _, port = arguments.address.partition(":")
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    load = Load(arguments.requests.read_bytes().split(b"\0"), arguments.seconds)
    opened = [await loop.create_connection(lambda: Reader(load), host, int(port)) for _ in range(arguments.connections)]
    async with asyncio.timeout(arguments.seconds + GIVE_UP_SECONDS):
        await asyncio.gather(*(reader.done for _, reader in opened))
    took = sorted(load.took)
    told = {f"p{share}": took[min(len(took) * share // 100, len(took) - 1)] * 1000 for share in (50, 99)}
    told |= {"answers": len(took), "seconds": time.perf_counter() - began, "bytes": load.bytes / len(took)}
    print(json.dumps(told | {"codes": load.codes}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("requests", type=Path)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--core", type=int, help="the one core this may use")
    chosen = parser.parse_args()
    if chosen.core is not None:
        os.sched_setaffinity(0, {chosen.core})
    asyncio.run(main(chosen))
