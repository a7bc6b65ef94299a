"""What the models promise is in both databases, and no migration loses a row to put it there."""

import asyncio
import sys
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.migrations.executor import MigrationExecutor

import migrations
from portal.tables import operations as safe
from portal.tables.connection import connected, current
from portal.tables.migrate import migrate, missing_migrations, pending_changes

pytestmark = pytest.mark.anyio

NAMES = sorted(file.stem for file in Path(migrations.__path__[0]).glob("0*.py"))

# A lender's shelf with files on it, as a migration would make it, and what a later one may do to it.
FIRST = """
    ops.CreateModel(
        name="Shelf",
        fields=[("id", fields.BigIntField(primary_key=True)), ("room", fields.IntField())],
        options={"table": "shelf"},
    ),
    ops.CreateModel(
        name="File",
        fields=[
            ("id", fields.BigIntField(primary_key=True)),
            ("shelf", fields.ForeignKeyField("annex.Shelf", on_delete=fields.CASCADE)),
            ("no", fields.IntField()),
            ("pages", fields.IntField()),
            ("open", fields.IntField()),
        ],
        options={"table": "file", "constraints": [
            CheckConstraint(check="pages >= 1", name="file_pages_at_least_1"),
            UniqueConstraint(fields=("shelf", "no"), name="file_no_once_a_shelf"),
            UniqueConstraint(fields=("shelf",), name="file_open_once_a_shelf", condition="open = 1"),
        ]},
    ),
"""
LATER = """
    ops.AddField(model_name="Shelf", name="colour", field=fields.IntField(db_default=3, db_index=True)),
    ops.AddConstraint(
        model_name="Shelf", constraint=UniqueConstraint(fields=("room",), name="shelf_room_once")
    ),
"""
TOO_LATE = """
    ops.AddConstraint(
        model_name="Shelf", constraint=CheckConstraint(check="room > 0", name="shelf_room_positive")
    ),
"""


class Annex:
    """A small house with migrations of its own, written as ours are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "annex"
        self.folder.mkdir()
        (self.folder / "__init__.py").touch()

    async def migrate(self, name: str, operations: str) -> None:
        (self.folder / f"{name}.py").write_text(
            "from tortoise import fields, migrations\n"
            "from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint\n"
            "from portal.tables import operations as ops\n"
            "class Migration(migrations.Migration):\n"
            f"    dependencies = {[('annex', 'm1')] if name != 'm1' else []}\n"
            f"    operations = [{dedent(operations)}]\n"
        )
        annex = {"models": [], "migrations": "annex", "default_connection": current().connection_name}
        await MigrationExecutor(current(), {"annex": annex}).migrate()


@pytest.fixture
async def annex(blank_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Annex]:
    monkeypatch.syspath_prepend(tmp_path)
    async with connected(blank_url):
        yield Annex(tmp_path)
    for module in [name for name in sys.modules if name.split(".")[0] == "annex"]:
        del sys.modules[module]


async def test_the_migrations_say_all_that_the_models_say() -> None:
    assert [writer.operations for writer in await pending_changes()] == []


async def test_four_processes_that_start_at_once_migrate_once(blank_url: str) -> None:
    async with connected(blank_url):
        assert await missing_migrations() == NAMES
    ran = await asyncio.gather(*(migrate(blank_url) for _ in range(4)))
    assert sorted(ran) == [[], [], [], NAMES]
    async with connected(blank_url):
        assert await missing_migrations() == []


async def test_every_check_and_unique_index_of_the_models_is_in_the_database(each_database: str) -> None:
    assert Tortoise.apps
    promised = {constraint.name for model in Tortoise.apps["portal"].values() for constraint in model._meta.constraints}
    assert promised <= await _kept()


@pytest.mark.parametrize("name", NAMES)
def test_a_migration_opens_with_why_how_to_run_it_and_how_to_undo_it(name: str) -> None:
    text = import_module(f"migrations.{name}").__doc__ or ""
    assert all(f"\n{word} " in text for word in ("Why  ", "Run  ", "Undo "))


@pytest.mark.parametrize("name", NAMES)
def test_a_migration_uses_only_what_loses_no_row(name: str) -> None:
    operations = import_module(f"migrations.{name}").Migration.operations
    allowed = tuple(getattr(safe, each) for each in safe.__all__)
    assert [each for each in operations if not isinstance(each, allowed)] == []


async def test_the_database_itself_refuses_what_the_models_forbid(annex: Annex) -> None:
    await annex.migrate("m1", FIRST)
    await _run("INSERT INTO shelf (id, room) VALUES (1, 1)")
    await _run("INSERT INTO file VALUES (1, 7, 10, 1, 1)", columns="id, no, pages, open, shelf_id")
    for forbidden in ("(2, 8, 0, 0, 1)", "(2, 7, 10, 0, 1)", "(2, 8, 10, 1, 1)", "(2, 8, 10, 0, 99)"):
        with pytest.raises(IntegrityError):
            await _run(f"INSERT INTO file VALUES {forbidden}", columns="id, no, pages, open, shelf_id")
    await _run("INSERT INTO file VALUES (2, 8, 10, 0, 1)", columns="id, no, pages, open, shelf_id")


async def test_a_later_migration_keeps_every_file_on_its_shelf(annex: Annex) -> None:
    await annex.migrate("m1", FIRST)
    await _run("INSERT INTO shelf (id, room) VALUES (1, 1)")
    await _run("INSERT INTO file VALUES (1, 7, 10, 1, 1)", columns="id, no, pages, open, shelf_id")
    await annex.migrate("m2", LATER)
    assert len(await current().execute_query_dict("SELECT * FROM file WHERE shelf_id = 1")) == 1
    assert await current().execute_query_dict("SELECT colour FROM shelf") == [{"colour": 3}]
    with pytest.raises(IntegrityError):
        await _run("INSERT INTO shelf (id, room) VALUES (2, 1)")
    assert {"idx_shelf_colour", "shelf_room_once"} <= {name[:16] for name in await _kept()}


async def test_a_check_that_comes_too_late_is_refused_before_it_costs_a_row(annex: Annex) -> None:
    await annex.migrate("m1", FIRST)
    await _run("INSERT INTO shelf (id, room) VALUES (1, 1)")
    with pytest.raises(NotImplementedError, match="shelf_room_positive"):
        await annex.migrate("m2", TOO_LATE)
    assert len(await current().execute_query_dict("SELECT * FROM shelf")) == 1


async def _run(sql: str, columns: str = "") -> None:
    await current().execute_query(sql.replace(" VALUES", f" ({columns}) VALUES") if columns else sql)


async def _kept() -> set[str]:
    """The names of the CHECKs and indexes that the database itself knows."""
    if current().capabilities.dialect == "postgres":
        rows = await current().execute_query_dict(
            "SELECT conname::text AS name FROM pg_constraint WHERE contype = 'c'"
            " UNION SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public'"
        )
        return {row["name"] for row in rows}
    rows = await current().execute_query_dict("SELECT name, type, sql FROM sqlite_master")
    checks = {row["name"]: row["sql"].split('CONSTRAINT "')[1:] for row in rows if row["type"] == "table"}
    named = {part.split('"')[0] for parts in checks.values() for part in parts if "CHECK" in part}
    return named | {row["name"] for row in rows if row["type"] == "index"}
