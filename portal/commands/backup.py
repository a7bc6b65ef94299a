"""A copy of the database that can be put back: `backup`."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from portal.commands import Subparsers
from portal.commands.copies import copy_sqlite, dump_postgres
from portal.commands.setup import Failed, guarded, say
from portal.settings import Settings, from_environment


def add_backup_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    backup = subparsers.add_parser("backup", help="a copy of the database, while the portal runs")
    backup.add_argument("file", type=Path, nargs="?", help="or a folder; PORTAL_BACKUPS where none is named")
    backup.set_defaults(run=lambda chosen: guarded(lambda: _backup(chosen), chosen))


def _backup(chosen: argparse.Namespace) -> None:
    """Readable by its owner alone, and there under its name only once it is whole."""
    settings = from_environment(os.environ)
    to, database = _file(chosen.file, settings), settings.database_file
    if database is not None and to.exists() and to.samefile(database):
        raise Failed("FILE: is the database itself; name another")
    part = to.with_name(f".{to.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        part.chmod(0o600)
        _copy(settings, part)
        part.replace(to)
    except OSError as error:
        raise Failed(f"FILE: {str(to)!r} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    say(f"{to.stat().st_size / 10**6:.1f} MB; `restore --rehearse {to}` shows whether it can be used")
    print(to)


def _file(named: Path | None, settings: Settings) -> Path:
    to = named or _kept_in(settings)
    if not to.is_dir():
        return to
    tail = "dump" if settings.database_file is None else "sqlite3"
    return to / f"portal-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{tail}"


def _kept_in(settings: Settings) -> Path:
    """PORTAL_BACKUPS, made as a folder where nothing is there yet, unless its name ends as a file's does."""
    if not settings.backups:
        raise Failed("FILE: is needed, or a folder in PORTAL_BACKUPS")
    folder = Path(settings.backups)
    if not folder.exists() and not folder.suffix:
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise Failed(f"PORTAL_BACKUPS: {str(folder)!r} cannot be made: {error.strerror}") from error
    return folder


def _copy(settings: Settings, to: Path) -> None:
    file = settings.database_file
    if file is None:
        dump_postgres(settings.database, to)
    elif not file.exists():
        raise Failed(f"PORTAL_DATABASE: there is no file {str(file)!r}")
    else:
        copy_sqlite(file, to)
