"""Copies of a database: an SQLite file made while others write, or what PostgreSQL's own tools make, and back again.

No password is in a command line, which everybody on the machine sees: PostgreSQL's tools get it by their environment.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from portal.commands.setup import Failed
from portal.tables.config import orm_config

SQLITE, CUSTOM = b"SQLite format 3\0", b"PGDMP"
_LIBPQ = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "ssl": "PGSSLMODE"}


def kind_of(file: Path) -> str:
    """`sqlite` or `postgres`, by how the copy begins. Raises Failed."""
    with file.open("rb") as copy:
        begins = copy.read(len(SQLITE))
    if begins == SQLITE:
        return "sqlite"
    if begins.startswith(CUSTOM):
        return "postgres"
    raise Failed(f"FILE: {str(file)!r} is neither an SQLite file nor what `pg_dump --format=custom` makes")


def copy_sqlite(source: Path, to: Path) -> None:
    """All pages as they are at one moment, also while others write; then one file, that is whole. Raises Failed."""
    try:
        with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(to)) as copy:
            database.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            check_whole(copy)
    except sqlite3.Error as error:
        raise Failed(f"PORTAL_DATABASE: cannot be copied: {error}") from error


def check_whole(copy: sqlite3.Connection) -> None:
    """Raises Failed, with what SQLite says of pages that do not fit together."""
    try:
        (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        raise Failed(f"FILE: is not whole: {verdict}")


def dump_postgres(url: str, to: Path) -> None:
    """Raises Failed."""
    _run("pg_dump", "--format=custom", f"--file={to}", url=url)


def restore_postgres(file: Path, url: str) -> None:
    """Into a database that is empty. Raises Failed."""
    _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", str(file), url=url)


def place(url: str) -> tuple[str, ...]:
    """Which database on which server; two URLs of the same one may look different."""
    reached = _reached(url)
    return tuple(str(reached.get(name) or "") for name in ("host", "port", "database"))


def _reached(url: str) -> Mapping[str, object]:
    connections = orm_config(url)["connections"]
    reached: Mapping[str, object] = next(iter(connections.values()))["credentials"]
    return reached


def _run(tool: str, *words: str, url: str) -> None:
    if shutil.which(tool) is None:
        raise Failed(f"{tool}: is not on the PATH; it comes with PostgreSQL's client package, of the server's version")
    reached = _reached(url)
    env = {name: str(reached[key]) for key, name in _LIBPQ.items() if reached.get(key)}
    command = [tool, "--no-password", f"--dbname={reached['database']}", *words]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{tool}: {done.stderr.strip().splitlines()[0] if done.stderr.strip() else 'failed'}")
