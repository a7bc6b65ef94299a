"""Whether a backup can be used, tried on a copy of it: `restore --rehearse`. The database in use is never touched."""

import argparse
import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from portal.actions.feed_statements import begin_epoch
from portal.actions.keys import check_secrets
from portal.commands import Subparsers
from portal.commands.copies import check_whole, kind_of, place, restore_postgres
from portal.commands.setup import Failed, guarded, reading_file
from portal.reads.audit import broken_looks
from portal.reads.cases import lenders
from portal.reads.checkup import contents
from portal.reads.feed import feed_end
from portal.reads.log import Link, broken_links
from portal.settings import Settings, from_environment
from portal.tables.config import engine_of
from portal.tables.connection import connected, current
from portal.tables.migrate import NAMES, migrate, missing_migrations, newest_migration


def add_restore_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    restore = subparsers.add_parser("restore", help="tries a backup on a copy of it, or says that one was used")
    restore.add_argument("file", type=Path, nargs="?")
    what = restore.add_mutually_exclusive_group(required=True)
    what.add_argument("--rehearse", action="store_true", help="tries FILE on a copy")
    what.add_argument(
        "--done", action="store_true", help="one has taken the place of the database: its feeds tell that"
    )
    restore.add_argument("--into", metavar="URL", help="for PostgreSQL: an empty database, which is emptied again")
    restore.set_defaults(run=lambda chosen: guarded(lambda: asyncio.run(_restore(chosen)), chosen))


async def _restore(chosen: argparse.Namespace) -> None:
    if chosen.done:
        await _tell_feeds()
    elif chosen.file is None:
        raise Failed("FILE: is needed: the backup to be tried")
    else:
        await _rehearse(chosen)


async def _tell_feeds() -> None:
    """What was told after the backup is not in it, and its positions are given out again: every reader has to know."""
    settings = from_environment(os.environ)
    async with connected(settings.database):
        await check_secrets(settings.vault(), datetime.now(UTC))
        for each in await lenders():
            end = await feed_end(each.id)
            epoch = await begin_epoch(settings.moment(datetime.now(UTC), each.timezone), each)
            print(f"{each.slug}: the feed is as it was up to {end.feed}, and goes on in epoch {epoch}")


async def _rehearse(chosen: argparse.Namespace) -> None:
    settings = from_environment(os.environ)
    with reading_file():
        kind, written = kind_of(chosen.file), datetime.fromtimestamp(chosen.file.stat().st_mtime, UTC)
    print(f"{chosen.file}: {kind}, {chosen.file.stat().st_size / 10**6:.1f} MB, written {written:%Y-%m-%d %H:%M}Z")
    if kind == "sqlite":
        with _sqlite_copy(chosen.file) as url:
            await _look_at(url, settings)
    else:
        async with _postgres_copy(chosen.file, chosen.into, settings) as url:
            await _look_at(url, settings)
    print(f"It can be used. The copy is removed. To restore it:\n{_next_steps(chosen.file, kind, settings)}")


@contextmanager
def _sqlite_copy(file: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="portal-rehearsal-") as folder:
        copy = Path(folder) / "copy.sqlite3"
        copy.touch(mode=0o600)
        shutil.copyfile(file, copy)
        with closing(sqlite3.connect(copy)) as database:
            check_whole(database)
        print("it opens, and all its pages are whole")
        if (beside := file.with_name(f"{file.name}-wal")).exists() and beside.stat().st_size:
            print(
                f"{beside} lies beside it with what was written last, and is left out: copy with `backup`, not by hand"
            )
        yield f"sqlite://{copy}"


@asynccontextmanager
async def _postgres_copy(file: Path, into: str | None, settings: Settings) -> AsyncIterator[str]:
    if not into:
        raise Failed("--into: an empty database is needed to try it in, postgres://…/NAME; `createdb NAME` makes one")
    if engine_of(into) == "sqlite" or (
        engine_of(settings.database) != "sqlite" and place(into) == place(settings.database)
    ):
        raise Failed("--into: has to be another PostgreSQL database than PORTAL_DATABASE, and an empty one")
    async with connected(into):
        rows = await current().execute_query_dict(
            "SELECT count(*) AS n FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
    if rows[0]["n"]:
        raise Failed(f"--into: there are {rows[0]['n']} tables in it; it has to be empty")
    try:
        restore_postgres(file, into)
        print("it opens, and pg_restore has no fault to find")
        yield into
    finally:
        async with connected(into):
            await current().execute_script("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


async def _look_at(url: str, settings: Settings) -> None:
    """Raises Failed or WrongKey at the first thing that would stop a restore."""
    async with connected(url):
        newest, missing = await newest_migration(), await missing_migrations()
    if not newest:
        raise Failed("FILE: is no database of the portal: no migration ever ran in it")
    if newest not in NAMES:
        raise Failed(f"FILE: {newest} has run in it, which this version does not know; run the version that brought it")
    if missing:
        await migrate(url)
    print(
        f"migrations: {', '.join(missing)} ran on the copy" if missing else f"migrations: all have run, up to {newest}"
    )
    async with connected(url):
        await check_secrets(settings.vault(), datetime.now(UTC))
        print("secrets: those of this environment open it")
        print(f"chains: {await _links()}, every link holds")
        await _contents()


async def _links() -> str:
    """How many rows of events and of the access log were walked. Raises Failed at the first broken link."""
    events = [_held(link) async for link in broken_links()]
    looks = [_held(look) async for look in broken_looks() if isinstance(look, Link)]
    return f"{len(events)} events and {len(looks)} rows of the access log"


def _held(link: Link) -> int:
    if link.what:
        raise Failed(f"chains: {link.stream} {link.seq}: {link.what}")
    return link.seq


async def _contents() -> None:
    found = await contents()
    print(
        f"in it: {found.lenders} lenders, {found.loans} loans, {found.events} events, "
        f"{found.open_proposals} open proposals"
    )
    if found.newest is not None:
        hours = (datetime.now(UTC) - found.newest).total_seconds() / 3600
        print(f"the newest event is of {found.newest:%Y-%m-%d %H:%M}Z: the last {hours:.0f} hours are not in it")


def _next_steps(file: Path, kind: str, settings: Settings) -> str:
    database = settings.database_file
    if kind == "sqlite":
        name = database or "portal.sqlite3"
        put = [f"move {name}, {name}-wal and {name}-shm away", f"cp {file} {name} && chmod 600 {name}"]
    else:
        put = [
            "createdb portal_restored",
            f"pg_restore --no-owner --exit-on-error --dbname=portal_restored {file}",
            "name it in PORTAL_DATABASE",
        ]
    steps = [
        "stop the portal and its worker",
        *put,
        "python -m portal migrate && python -m portal audit verify && python -m portal doctor",
        "python -m portal restore --done, so that whoever reads a feed knows that what came after the backup is gone",
        "start",
    ]
    return "\n".join(f"  {number}. {step}" for number, step in enumerate(steps, 1))
