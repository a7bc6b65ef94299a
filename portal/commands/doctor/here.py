"""What can be looked at without the database: settings, files, room, the backup, the gateway's door."""

import os
import shutil
import socket
import ssl
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from portal.commands.doctor.check import Check, ok, warning, wrong
from portal.settings import Settings, UnsafeSetting, for_production, weak_secrets

ENVIRONMENT_FILE = Path("/etc/portal/portal.env")
LEAST_BYTES, FEW_BYTES = 500 * 10**6, 2 * 10**9
LATE, TOO_LATE = timedelta(hours=26), timedelta(hours=50)
"""A backup of every night, with time to be made; and one that was left out."""
GATEWAY_SECONDS = 5


def without_database(
    settings: Settings, env: Mapping[str, str], gateway: bool, environment_file: Path | None
) -> list[Check]:
    return [
        *_settings(settings, env),
        _gateway(settings, gateway),
        *_modes(settings, environment_file),
        *_room(settings),
        _backup(settings),
        _audit_key(settings),
        _operator(settings),
    ]


def _settings(settings: Settings, env: Mapping[str, str]) -> Iterator[Check]:
    try:
        for_production(env)
    except UnsafeSetting as unsafe:
        for line in str(unsafe).splitlines():
            yield wrong("settings", line, "`serve` does not start on it: mend it in the environment file")
    else:
        yield ok("settings", "`serve` starts on them")
    for line in weak_secrets(settings) if settings.on_loopback else ():
        yield warning("secret", line, "`serve` refuses it once others can reach this portal")
    if settings.on_loopback:
        yield warning("address", f"{settings.base_url} is this machine's own", "set PORTAL_BASE_URL for borrowers")
    else:
        yield ok("address", settings.base_url)


def _gateway(settings: Settings, asked: bool) -> Check:
    if settings.sms == "log" or not settings.sms_url:
        return warning("gateway", "there is none: messages are printed", "set PORTAL_SMS=http and PORTAL_SMS_URL")
    where = urlsplit(settings.sms_url)
    host, port = where.hostname or "", where.port or (443 if where.scheme == "https" else 80)
    if not asked:
        return ok("gateway", f"{host} was not tried; `doctor --gateway` connects to it and sends nothing")
    try:
        with socket.create_connection((host, port), GATEWAY_SECONDS) as line:
            if where.scheme == "https":
                ssl.create_default_context().wrap_socket(line, server_hostname=host).close()
    except OSError as error:
        return wrong("gateway", f"{host}:{port} does not answer: {error}", "ask its operator, or mend PORTAL_SMS_URL")
    return ok("gateway", f"{host}:{port} answers")


def _modes(settings: Settings, environment_file: Path | None) -> Iterator[Check]:
    """Whatever holds what is owed, or the secrets, is its owner's alone."""
    chosen = environment_file or ENVIRONMENT_FILE
    if environment_file and not os.path.exists(chosen):
        yield wrong("files", f"there is no {chosen}", "name the file the portal's settings come from")
    database = settings.database_file
    beside = [database.with_name(database.name + tail) for tail in ("", "-wal", "-shm")] if database else []
    looked_at = [path for path in (*beside, chosen, settings.spool_folder) if os.path.exists(path)]
    open_ = [path for path in looked_at if stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_:
        mode = stat.S_IMODE(path.stat().st_mode)
        yield wrong(
            "files",
            f"{path} has mode {mode:04o}: others can read it",
            f"chmod {'700' if path.is_dir() else '600'} {path}",
        )
    if not open_:
        yield ok("files", f"closed to others: {', '.join(path.name for path in looked_at) or 'none is there yet'}")


def _room(settings: Settings) -> Iterator[Check]:
    database = settings.database_file
    folders = {"spool": settings.spool_folder} | ({"database": database.parent} if database else {})
    for name, folder in folders.items():
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        free = shutil.disk_usage(there).free
        found = f"{free / 10**9:.1f} GB are free for the {name} in {there}"
        if not os.access(there, os.W_OK):
            yield wrong(
                "room", f"{there} cannot be written to, and the {name} has to be", "give it to the portal's user"
            )
        elif free < LEAST_BYTES:
            yield wrong("room", found, "make room: imports are refused, and then writing fails")
        elif free < FEW_BYTES:
            yield warning("room", found, "make room")
        else:
            yield ok("room", found)


def _operator(settings: Settings) -> Check:
    if settings.operator:
        return ok("operator", f"the page on privacy says that {settings.operator} runs this site")
    found = "PORTAL_OPERATOR is not set, so the page on privacy does not say who runs this site"
    return warning("operator", found, "set it to a name and how to reach them")


def _backup(settings: Settings) -> Check:
    if not settings.backups:
        return warning(
            "backup", "PORTAL_BACKUPS is not set, so nobody looks how old the last is", "set it to their folder"
        )
    newest = _newest(Path(settings.backups))
    if newest is None:
        return wrong("backup", f"{settings.backups} has none", "`python -m portal backup`, every night")
    state = newest.stat()
    age = datetime.now(UTC) - datetime.fromtimestamp(state.st_mtime, UTC)
    found = f"the last, {newest.name}, is {age.total_seconds() / 3600:.0f} hours old"
    if not state.st_size or age > TOO_LATE:
        found = found if state.st_size else f"{newest} is empty"
        return wrong("backup", found, "see why it failed, and make one: `python -m portal backup`")
    if stat.S_IMODE(state.st_mode) & 0o077:
        return wrong("backup", f"{newest} can be read by others", f"chmod 600 {newest}")
    if age > LATE:
        return warning("backup", found, "see whether the one of last night failed")
    return ok("backup", f"{found}; `restore --rehearse` shows whether it can be used")


def _newest(place: Path) -> Path | None:
    files = [place] if place.is_file() else [path for path in place.glob("*") if path.is_file()]
    return max(files, key=lambda path: path.stat().st_mtime, default=None)


def _audit_key(settings: Settings) -> Check:
    if settings.audit_key:
        return ok("audit key", "it is one of its own")
    return warning(
        "audit key",
        "it is derived from PORTAL_SECRET: heads protect against nobody who has the database and the environment",
        "set PORTAL_AUDIT_KEY where `audit head` runs, and keep it and the heads elsewhere",
    )
