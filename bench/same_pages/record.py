"""Records one side: signs everybody in, reads every page that links lead to, acts, and reads again.

    python -m same_pages.record FOLDER OUT.zip [--only PREFIX ...] [--no-posts] [--addresses FULL.zip]

Run by the command in a checkout of that side; FOLDER holds that side's copy of the database and `cast.json`.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

from portal.app import create_app
from portal.settings import from_environment
from portal.tables.connection import connected

from . import changed
from .acts import ACTS, Act, Call, Work
from .asked import API, ASKED
from .still import Still
from .visitor import Answer, NoForm, Visitor

LANGUAGES = ("zh", "en")
STAFF = {"rui": "rui@jq.example", "lan": "lan@jq.example", "mei": "mei@jq.example", "an": "an@yh.example"}
ENOUGH_ONCE = ("lan zh", "mei en", "an zh")
"""Who read as much as somebody else did, in the other language."""
READING_SECONDS = 13
MOST_QUERIES = 10
"""So many of the links to one address that differ after the question mark are followed."""
SHARED = ("/help", "/privacy", "/sign-in", "/desk/sign-in")
"""What is the same for everybody is read by the first of each language."""


class Recording:
    """The answers of one side in a file, in order; a label says who asked for what, and when in the series."""

    def __init__(self, out: Path, still: Still, only: tuple[str, ...]) -> None:
        self.file = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.still, self.only, self.part, self.lost = still, only, "", list[str]()
        self.taken = Counter[str]()

    def begin(self, asked: str) -> str:
        label = f"{self.part} | {asked}"
        self.taken[label] += 1
        label += f" ({self.taken[label]})" * (self.taken[label] > 1)
        self.still.begin(label)
        return label

    def keep(self, label: str, answer: Answer) -> None:
        if path_of(label).startswith(self.only or "/"):
            self.write(label, answer.text())

    def write(self, label: str, text: str) -> None:
        self.file.writestr(zipfile.ZipInfo(label), text, zipfile.ZIP_DEFLATED)


class Series:
    """Everybody at once before one application; `known` are the addresses to read instead of following links."""

    def __init__(self, folder: Path, into: Recording, known: dict[str, list[str]]) -> None:
        self.settings = from_environment(os.environ)
        self.app = create_app(self.settings, own_database=False)
        self.folder, self.into, self.known = folder, into, known
        self.cast = json.loads((folder / "cast.json").read_text())
        self.visitors: dict[str, Visitor] = {}

    def visitor(self, name: str) -> Visitor:
        if name not in self.visitors:
            key = {"authorization": f"Bearer {self.cast['key']}"} if name == "core" else {}
            self.visitors[name] = Visitor(self.app, name, self.into.begin, self.into.keep, **key)
        return self.visitors[name]

    async def sign_in(self) -> None:
        self.into.part = "0 sign in"
        for language in LANGUAGES:
            await self.visitor(f"nobody {language}").get("/")
            for who, person in self.cast["people"].items():
                bo = self.visitor(f"{who} {language}")
                for link in dict.fromkeys(person[slug] for slug in ("jq", "yh") if slug in person):
                    await bo.get(link)
                    await bo.send(link, {"digits": person["digits"]})
                    if bo.path.endswith(("/consent", link)):
                        await bo.send("/consent", {"notice": "1", "sensitive": "1"})
            for who, email in STAFF.items():
                bo = await self.visitor(f"{who} {language}").get("/desk/sign-in")
                await bo.send("/desk/sign-in", {"email": email, "password": self.cast["password"]})

    async def read(self, part: str, languages: tuple[str, ...] = LANGUAGES) -> None:
        self.into.part = part
        shared: set[str] = set()
        for name, bo in list(self.visitors.items()):
            if name.endswith(languages) and name not in ENOUGH_ONCE:
                await self._crawl(bo, "/desk" if name.split()[0] in STAFF else "/loans", shared)
        for who, path, headers in ASKED:
            if not path.startswith(self.into.only or "/"):
                continue
            for language in languages:
                await self.visitor(f"{who} {language}").get(self.named(path), **headers)
        for path, headers in API:
            await self.visitor("core").get(path, **headers)

    async def _crawl(self, bo: Visitor, start: str, shared: set[str]) -> None:
        ahead, done, queries = [start], set[str](), Counter[str]()
        if bo.name.startswith("nobody"):
            ahead = ["/", "/help/design", "/privacy", "/sign-in", "/desk/sign-in", "/loans", "/desk", "/nothing"]
        if self.known:
            ahead, queries = self.known.get(f"{self.into.part} | {bo.name}", []), Counter()
        while ahead:
            path = ahead.pop(0)
            plain = path.partition("?")[0]
            common = f"{bo.name.split()[1]} {path}" if path.startswith(SHARED) else ""
            if path in done or common in shared or queries[plain] >= MOST_QUERIES:
                continue
            done.add(path)
            shared |= {common} - {""}
            queries[plain] += 1
            await bo.get(path)
            if not self.known:
                ahead += bo.page.links

    async def act(self) -> None:
        for number, act in enumerate(ACTS):
            self.into.part = f"{number + 2:03} act"
            try:
                await self._one(act)
            except NoForm as lost:
                self.into.lost.append(f"{self.into.part}: {lost}")
                self.into.write(f"{self.into.part} | lost", str(lost))

    async def _one(self, act: Act | Call | Work) -> None:
        if isinstance(act, Work):
            await self._work(act.at)
        elif isinstance(act, Call):
            asked = self.visitor("core").body(self.named(act.path), act.body(), **act.headers)
            await (asyncio.gather(asked, self._work("")) if act.job else asked)
        else:
            await self._fill_in(act)

    async def _fill_in(self, act: Act) -> None:
        bo = self.visitor(act.who)
        for step in act.on:
            await bo.get(bo.link(step[1:]) if step.startswith(">") else self.named(step))
        self.into.still.passes(READING_SECONDS)
        form = bo.form(act.to)
        address, fields = (form.action or bo.path).partition("?")[0] + act.at, bo.filled(form, act.typed)
        for _ in range(act.times):
            await (bo.upload(address, fields, act.file) if act.file else bo.post(address, fields))

    async def _work(self, at: str) -> None:
        """The worker, once, in a process of its own, as beside a portal that runs."""
        now = at or self.into.still.at.isoformat()
        words = (now, f"{self.into.part} worker", "worker", "--once", "--now", now)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "same_pages.still", *words, stdout=asyncio.subprocess.PIPE, stderr=-2
        )
        said, _ = await process.communicate()
        self.into.write(f"{self.into.part} | worker", said.decode())

    def named(self, path: str) -> str:
        """`{loan 1}` is the ref of the loan JQ-2026-0001, and `{proposal 6}` that of the proposal on it."""
        for each in [part.partition("}")[0] for part in path.split("{")[1:]]:
            kind, _, number = each.partition(" ")
            if kind == "at":
                path = path.replace("{" + each + "}", self.visitors[number].path.rsplit("/", 1)[-1])
                continue
            loan_no = number if "-" in number else f"JQ-2026-{int(number):04}"
            path = path.replace("{" + each + "}", self.cast["refs"][loan_no][kind])
        return path

    def events(self) -> None:
        """What is in the log in the end, the bytes that the chain is made of."""
        with sqlite3.connect(self.folder / "portal.db") as database:
            rows = database.execute("SELECT type, body FROM event ORDER BY id").fetchall()
        for number, (kind, body) in enumerate(rows):
            text = body.decode() if isinstance(body, bytes) else body
            self.into.write(f"999 log | {number:04} {changed.JSON_NAMES.get(kind, kind)}", text)


async def record(chosen: argparse.Namespace) -> list[str]:
    still = Still()
    into = Recording(chosen.out, still, tuple(chosen.only))
    series = Series(chosen.folder, into, known_addresses(chosen.addresses, tuple(chosen.only)))
    async with connected(series.settings.database):
        still.install()
        await series.sign_in()
        await series.read("001 before")
        if chosen.posts:
            await series.act()
            await series.read("998 after", LANGUAGES[:1])
    series.events()
    into.file.close()
    return into.lost


def known_addresses(full: Path | None, only: tuple[str, ...]) -> dict[str, list[str]]:
    """What a whole recording read under these prefixes, by who read it when."""
    found: dict[str, list[str]] = {}
    for label in zipfile.ZipFile(full).namelist() if full else ():
        who, is_read, _ = label.partition(" GET ")
        if is_read and path_of(label).startswith(only):
            found.setdefault(who, []).append(path_of(label))
    return found


def path_of(label: str) -> str:
    return next(word for word in label.split() if word.startswith("/"))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--addresses", type=Path)
    parser.add_argument("--no-posts", dest="posts", action="store_false")
    chosen = parser.parse_args()
    begun = time.perf_counter()
    lost = asyncio.run(record(chosen))
    for each in lost:
        print(f"the series lost its way: {each}", file=sys.stderr)
    print(f"{chosen.out.name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main())
