"""A lender's files at the terminal: `import`, `payments`. They come in by jobs, as those of its systems do."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from portal import clock
from portal.actions.jobs import NewJob
from portal.commands import Subparsers
from portal.commands.setup import Context, Failed, add_command, day_of, reading_file, say
from portal.commands.told import change_lines, correction_lines
from portal.intake import BadMapping, shipped_mappings
from portal.intake.mapping_file import mapping_of, mapping_text
from portal.jobs.asking import ask_of_spool
from portal.jobs.runner import Runner
from portal.jobs.spool import Spool, Spooled
from portal.reads.caps import LENDER_KINDS
from portal.reads.cases import LenderFacts
from portal.reads.jobs import JobStatus, job_status
from portal.tables.alone import CLOCKS, alone_if_free
from portal.tables.connection import current

SOME_REFUSED = 3
CHUNK_BYTES = 256 * 1024
LOOK_AGAIN_SECONDS = 0.1
TOLD_EVERY_SECONDS = 0.5

UNKNOWN_KIND = (
    "--lender: {slug} is stored with the unknown kind {kind!r}; `lender set {slug} --kind KIND` corrects it. "
    "Until then a row that names no kind and no cap has the strictest cap"
)
CSV_NEEDS_MAPPING = "--mapping: a CSV needs a mapping, a TOML file or one of {}; without one FILE is JSON Lines"
STOPPED = "Stopped. What landed stays; the worker goes on with the rest, or the same command again does"
MORE_ROWS = "{} more problems are not listed"


def add_imports_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    take = add_command(
        subparsers, "import", _import, "a portfolio, checked whole and then landed in batches", lender=True
    )
    take.add_argument("file", type=Path)
    take.add_argument("--mapping", help="a TOML file, or the name of one that ships with the product")
    take.add_argument("--as-of", help="the business day a CSV speaks of")
    take.add_argument("--dry-run", action="store_true")
    take.add_argument("--skip-bad", action="store_true")
    take.add_argument("--complete", action="store_true", help="FILE has every loan: those it does not have are told")
    take.add_argument("--json", action="store_true")
    paid = add_command(subparsers, "payments", _payments, "payments and reversals, JSON Lines", lender=True)
    paid.add_argument("file", type=Path)
    paid.add_argument("--skip-bad", action="store_true")
    paid.add_argument("--json", action="store_true")


async def _import(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> int:
    if lender.kind not in LENDER_KINDS:
        say(UNKNOWN_KIND.format(slug=lender.slug, kind=lender.kind))
    as_of = _as_of(chosen, context.moment(lender.timezone).today)
    options = {
        "skip_bad": chosen.skip_bad,
        "dry_run": chosen.dry_run,
        **({"complete": True} if chosen.complete else {}),
        "mapping": _mapping(chosen),
        "as_of": as_of.isoformat() if as_of else "",
    }
    answer = await _run(context, lender, chosen.file, "portfolio", options)
    _tell_bad(chosen.file, answer)
    _tell_import(chosen, answer)
    if "unreadable" in answer:
        return 1
    return SOME_REFUSED if answer["bad"] else 0


def _mapping(chosen: argparse.Namespace) -> str:
    """The text of a mapping that was found good."""
    if chosen.mapping is None and chosen.file.suffix.lower() == ".csv":
        raise Failed(CSV_NEEDS_MAPPING.format(", ".join(shipped_mappings())))
    if chosen.mapping is None:
        return ""
    try:
        with reading_file():
            text = mapping_text(chosen.mapping)
        mapping_of(text)
    except BadMapping as error:
        raise Failed("\n".join(f"{chosen.mapping}: {problem}" for problem in error.problems)) from error
    return text


def _as_of(chosen: argparse.Namespace, today: date) -> date | None:
    as_of = day_of(chosen.as_of, "--as-of")
    if as_of is not None and as_of > today:
        raise Failed(f"--as-of: must not be after today, {today}; {as_of} is")
    return as_of


def _tell_bad(file: Path, answer: Mapping[str, Any]) -> None:
    rows = answer.get("bad_rows", ())
    for row in rows:
        say(f"{file}:{row['line']}: {row['field']}: {row['problem']}")
    for line in answer.get("passed_over_lines", ()):
        say(f"{file}:{line['line']}: passed over: {line['says']}")
    if answer.get("bad", 0) > len(rows):
        say(MORE_ROWS.format(answer["bad"] - len(rows)))


def _tell_import(chosen: argparse.Namespace, answer: Mapping[str, Any]) -> None:
    message = {name: each for name, each in answer.items() if name != "unreadable"}
    if chosen.json:
        print(json.dumps(message))
    elif "unreadable" in answer:
        way_on = ", or leave those rows out with --skip-bad" if answer["loans"] else ""
        why = "" if answer["loans"] or answer["unreadable"] else "every row was refused, "
        say(f"nothing was imported: {why}{answer['bad']} problems; mend them{way_on}")
    else:
        counts = {name: each for name, each in message.items() if isinstance(each, int) and name != "imported"}
        say(", ".join(f"{count} {name}" for name, count in counts.items()) + (" (dry run)" if chosen.dry_run else ""))
        for line in change_lines(answer):
            say(line)


async def _payments(context: Context, lender: LenderFacts, chosen: argparse.Namespace) -> int:
    options = {"skip_bad": True} if chosen.skip_bad else {}
    answer = await _run(context, lender, chosen.file, "payments", options)
    _tell_bad(chosen.file, answer)
    if "added" not in answer:
        say(f"nothing was recorded: {answer['bad']} problems")
        return 1
    if chosen.json:
        print(json.dumps(answer))
    else:
        counts = {"added": answer["added"], "known before": answer["repeated"], "corrected": answer.get("corrected", 0)}
        say(", ".join(f"{count} {name}" for name, count in counts.items() if count or name != "corrected"))
        for line in correction_lines(answer):
            say(line)
    return SOME_REFUSED if answer.get("bad") else 0


async def _run(
    context: Context, lender: LenderFacts, path: Path, kind: str, options: Mapping[str, object]
) -> Mapping[str, Any]:
    """What the job answers: run here, or by the worker where one is at work. Raises Failed."""
    spool = Spool(context.settings.spool_folder, context.vault)
    ref = await _ask(context, lender, spool, path, NewJob(lender.id, kind, "operator", options))
    settings = context.settings
    runner = Runner(context.vault, spool, settings.moment, settings.base_url, patient=False)
    progress, working = _Progress(), asyncio.create_task(_work(runner, lender.id))
    try:
        while not (found := await job_status(ref, lender.id, context.vault)).over:
            progress.tell(found)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            if working.done():
                working.result()
                working = asyncio.create_task(_work(runner, lender.id))
    except asyncio.CancelledError:
        say(STOPPED)
        raise
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        progress.end()
    answer = found.answer or {}
    if found.state == "failed":
        raise Failed(f"FILE: {answer.get('problem', found.state)}")
    return answer


async def _ask(context: Context, lender: LenderFacts, spool: Spool, path: Path, new: NewJob) -> str:
    """The job for this file; the same file asked for before goes on where it stopped."""
    with reading_file():
        file = path.open("rb")
    with file:
        spooled = await spool.keep(_chunks(file))
    return await ask_of_spool(spool, _of_file(new, spooled, context), clock.now())


def _of_file(new: NewJob, spooled: Spooled, context: Context) -> NewJob:
    message = json.dumps({"kind": new.kind, "options": new.options, "body": spooled.digest}, sort_keys=True)
    hashed = context.vault.lookup("request", message)
    return replace(new, file=spooled.name, file_bytes=spooled.size, request_hash=hashed)


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        yield chunk


async def _work(runner: Runner, lender_id: int) -> None:
    """Runs what waits for this lender, the oldest first, where no other process does such work."""
    async with alone_if_free(current(), CLOCKS) as ours:
        if ours is not None:
            await runner.run_waiting(lender_id)


class _Progress:
    """Says on a screen how far a job is, in one line; a log that nobody watches has the answer alone."""

    def __init__(self) -> None:
        self._screen, self._told = sys.stderr.isatty(), time.monotonic()

    def tell(self, found: JobStatus) -> None:
        if not self._screen or time.monotonic() < self._told + TOLD_EVERY_SECONDS:
            return
        self._told = time.monotonic()
        message = (
            f"checked {found.read:,} rows" if found.total is None else f"landed {found.landed:,} of {found.total:,}"
        )
        print(f"\r{message}\x1b[K", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._screen:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
