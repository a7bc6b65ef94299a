"""Bringing a database up to date: any number of processes may ask at once, one does it."""

from pkgutil import iter_modules
from typing import Any

from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.writer import MigrationWriter

import migrations
from portal.tables.alone import MIGRATING, alone
from portal.tables.config import orm_config
from portal.tables.connection import Unusable, current, opening

NAMES = sorted(module.name for module in iter_modules(migrations.__path__) if module.name[0].isdigit())


async def migrate(url: str) -> list[str]:
    """Runs the migrations not yet run, and names them; waits while another process runs them.

    Each runs in a transaction of its own: one that fails leaves the database as the last good one made it.
    Raises Unusable.
    """
    config = _for_migrating(url)
    ran: list[str] = []
    async with TortoiseContext() as context:
        await context.init(config=config)
        database = context.db()
        with opening():
            await database.create_connection(with_db=True)
        async with alone(database, MIGRATING):
            await MigrationExecutor(database, config["apps"]).migrate(
                direction="forward", progress=lambda event, _app, name: _note(ran, event, name)
            )
    return ran


async def missing_migrations() -> list[str]:
    """The migrations that the open database has not run, in order: one statement, for it is asked often."""
    ran = {key.name for key in await MigrationRecorder(current()).applied_migrations()}
    return [name for name in NAMES if name not in ran]


async def newest_migration() -> str:
    """The last of the migrations that the open database has run, also one that this version does not know."""
    return max((key.name for key in await MigrationRecorder(current()).applied_migrations()), default="")


async def require_migrated() -> None:
    """Raises Unusable where the open database lacks tables or columns that this version reads."""
    if missing := await missing_migrations():
        raise Unusable(f"has not run {', '.join(missing)}; `python -m portal migrate` does")


async def pending_changes(url: str = "sqlite://:memory:") -> list[MigrationWriter]:
    """What the models say and no migration does yet; nothing is read from the database.

    Docstrings are left out: Tortoise would make each a table's comment, and a migration of each better word.
    """
    config = orm_config(url)
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps
        for model in context.apps.get_models_iterable():
            model._meta.table_description = ""
        return await MigrationAutodetector(context.apps, config["apps"]).changes()


def _for_migrating(url: str) -> dict[str, Any]:
    """On PostgreSQL two connections, one to hold the lock, and patience for as long as others migrate."""
    config = orm_config(url)
    for connection in config["connections"].values():
        if settings := connection["credentials"].get("server_settings"):
            settings["lock_timeout"] = "0"
            connection["credentials"]["maxsize"] = 2
    return config


def _note(ran: list[str], event: str, name: str) -> None:
    if event == "apply_done":
        ran.append(name)
