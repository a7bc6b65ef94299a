"""What the overview, the loan's page, a plan's preview and the till cost, the first two beside a Django twin.

    .venv/bin/python -m bench.pages [--borrowers 2000] [--rounds 5] [--seconds 4] [--peer-venv DIR]

The twin (bench/peer) has an environment of its own, made where it is missing. Both serve the same borrowers, each from
an SQLite file of its own, by one worker on one core; the load comes from another. First both are asked for the same
pages, and the figures in the text of one have to be those in the other's. Then pages are read over 16 connections, a
borrower who is signed in and a loan of theirs by chance, turn by turn; told are medians. Only ratios of one run count.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.page_data import asked, staged
from bench.page_servers import Server, ask, filled, gunicorn, peer_python, portal, served
from portal.demo import TIMEZONE

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
TWINNED, COMPARED = ("overview", "loan"), 100
WANTED_CPU, WANTED_P99, WANTED_OVERVIEWS = 3, 3, 2
UNSEEN = re.compile(r"(?s)<head>.*?</head>|<script.*?</script>|<svg.*?</svg>|<[^>]*>")
FIGURE = re.compile(r"¥?\d[\d,]*(?:\.\d+)?%?")

Requests = dict[str, list[bytes]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one answer, milliseconds: of processor, and from asking to having it whole; its length in bytes."""

    cpu: float
    p50: float
    p99: float
    size: float


def main(arguments: argparse.Namespace) -> int:
    python, today = peer_python(arguments.peer_venv), datetime.now(ZoneInfo(TIMEZONE)).date()
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder, port, core = Path(name), arguments.port, arguments.cores[0]
        on = staged(folder, arguments.borrowers, today)
        twin, command = filled(on, python), gunicorn(python, port + 1, arguments.threads)
        ours = running.enter_context(served(portal(port), port, on.environment, core, folder / "portal"))
        theirs = running.enter_context(served(command, port + 1, twin, core, folder / "django"))
        pages = {each: asked(on, each.host, today) for each in (ours, theirs)}
        kept = re.search(r"set-cookie: (style=\w+)", ask(ours.host, pages[ours]["overview"][0])[0], re.IGNORECASE)
        assert kept, "the first page tells the browser to keep no stylesheet"
        pages = {each: asked(on, each.host, today, kept[1]) for each in pages}
        for page in TWINNED:
            compare(page, ours, theirs, list(zip(pages[ours][page], pages[theirs][page], strict=True)))
        assert FIGURE.search(text_of(ours, pages[ours]["preview"][0])), "the preview shows no plan"
        pages[theirs] = {page: pages[theirs][page] for page in TWINNED}
        found = measured(arguments, folder, pages) if arguments.rounds else {}
    return told(found) if found else 0


def compare(page: str, ours: Server, theirs: Server, pairs: list[tuple[bytes, bytes]]) -> None:
    """Ends the run where the figures of one page are not the other's; says how often all of the text is the same."""
    same, pairs = 0, random.Random(1).sample(pairs, min(COMPARED, len(pairs)))
    for our_request, their_request in pairs:
        left, right = text_of(ours, our_request), text_of(theirs, their_request)
        alone, twin_alone = (Counter(FIGURE.findall(text)) for text in (left, right))
        if alone != twin_alone:
            alone, twin_alone = alone - twin_alone, twin_alone - alone
            sys.exit(f"{page}: the portal alone says {alone}, the twin alone {twin_alone}\n{left}\n{right}")
        same += "".join(left.split()) == "".join(right.split())
    print(f"{page:9} the same figures on {len(pairs)} pages, and on {same} of them the same text to the letter")


def text_of(server: Server, request: bytes) -> str:
    """What can be read on a page."""
    head, body = ask(server.host, request)
    assert " 200 " in head.splitlines()[0], (server.name, request, head)
    return " ".join(unescape(UNSEEN.sub(" ", body)).split())


def measured(arguments: argparse.Namespace, folder: Path, pages: dict[Server, Requests]) -> dict[tuple[str, str], Cost]:
    """The median of all rounds, by server and page; each is read for a second before the first."""
    turns = [(server, page) for server, requests in pages.items() for page in requests]
    for server, page in turns:
        (folder / f"{server.name}-{page}").write_bytes(b"\0".join(pages[server][page]))
        load(arguments, folder, server, page, 1)
    found = defaultdict(list)
    for _ in range(arguments.rounds):
        random.shuffle(turns)
        for server, page in turns:
            found[server.name, page].append(load(arguments, folder, server, page, arguments.seconds))
    return {
        which: Cost(*(median(getattr(each, name) for each in costs) for name in Cost.__slots__))
        for which, costs in found.items()
    }


def load(arguments: argparse.Namespace, folder: Path, server: Server, page: str, seconds: float) -> Cost:
    """By a process of its own on another core."""
    options = {"connections": arguments.connections, "seconds": seconds, "core": arguments.cores[1]}
    words = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, str(ROOT / "bench" / "load.py"), server.host, str(folder / f"{server.name}-{page}")]
    before = server.cpu()
    said = json.loads(subprocess.run([*command, *words], capture_output=True, text=True, check=True).stdout)
    if set(said["codes"]) != {"200"}:
        sys.exit(f"{server.name}, {page}: answered {said['codes']}")
    cpu = (server.cpu() - before) / said["answers"] * 1000
    return Cost(cpu, said["p50"], said["p99"], said["bytes"])


def told(found: dict[tuple[str, str], Cost]) -> int:
    """Prints the table; 1 where something that is wanted is not so."""
    missed, overview = 0, found["portal", "overview"]
    print(f"load average {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores")
    print(f"{'':19}{'cpu ms':>8}{'p50 ms':>8}{'p99 ms':>8}{'bytes':>8}")
    for (name, page), cost in sorted(found.items(), key=lambda each: each[0][::-1]):
        print(f"{page:9} {name:9}{cost.cpu:8.2f}{cost.p50:8.1f}{cost.p99:8.1f}{cost.size:8.0f}")
    for page in TWINNED:
        ours, theirs = found["portal", page], found["django", page]
        cpu, p99 = theirs.cpu / ours.cpu, theirs.p99 / ours.p99
        missed += cpu < WANTED_CPU or p99 < WANTED_P99
        print(f"{page}: {cpu:.2f} times as quick as Django by processor ({WANTED_CPU} is wanted), ", end="")
        print(f"{p99:.2f} by p99 ({WANTED_P99} is wanted), {theirs.p50 / ours.p50:.2f} by p50")
    for page in ("preview", "pay"):
        times = found["portal", page].cpu / overview.cpu
        missed += times > WANTED_OVERVIEWS
        print(f"{page}: {times:.2f} times an overview's processor time (at most {WANTED_OVERVIEWS} is wanted)")
    return int(missed > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8794, help="the portal's; the twin has the next one")
    parser.add_argument("--borrowers", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5, help="0 only compares the texts")
    parser.add_argument("--seconds", type=float, default=4, help="for which a page is read in each round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1, help="of the twin's worker")
    parser.add_argument("--cores", type=int, nargs=2, default=(0, 1), help="of the servers and of the load")
    parser.add_argument("--peer-venv", type=Path, default=CACHE / "repayment-portal" / "peer")
    sys.exit(main(parser.parse_args()))
