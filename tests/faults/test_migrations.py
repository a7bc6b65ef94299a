"""What the models promise is in both databases, and no migration loses a row to put it there."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from unittest.mock import patch

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

import migrations
from portal.tables import operations as safe
from portal.tables.connection import connected, current
from portal.tables.historic import LazyState
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
            ("shelf", fields.ForeignKeyField("annex.Shelf", related_name="files", on_delete=fields.CASCADE)),
            ("no", fields.IntField()),
            ("pages", fields.IntField()),
            ("open", fields.IntField()),
        ],
        options={"constraints": [
            CheckConstraint(check="pages >= 1", name="file_pages_at_least_1"),
            UniqueConstraint(fields=("shelf", "no"), name="file_no_once_a_shelf"),
            UniqueConstraint(fields=("shelf",), name="file_open_once_a_shelf", condition="open = 1"),
        ]},
    ),
    ops.CreateModel(
        name="Page",
        fields=[
            ("id", fields.BigIntField(primary_key=True)),
            ("file", fields.ForeignKeyField("annex.File", related_name="leaves", on_delete=fields.CASCADE)),
        ],
        options={"table": "page"},
    ),
"""
LATER = """
    ops.AddField(model_name="Shelf", name="colour", field=fields.IntField(db_default=3, db_index=True)),
    ops.AddConstraint(
        model_name="Shelf", constraint=UniqueConstraint(fields=("room",), name="shelf_room_once")
    ),
"""
# Each file learns the room of its shelf, in Python: found from the file, and from the shelf.
IN_PYTHON = """
    ops.AddField(model_name="File", name="room", field=fields.IntField(null=True)),
    ops.RunPython(rooms),
    ops.AddField(model_name="File", name="sealed", field=fields.IntField(null=True)),
"""
ROOMS = """
    async def rooms(apps, _editor):
        File, Shelf = apps.get_model("annex.File"), apps.get_model("annex", "Shelf")
        for file in await File.filter(shelf__room__gt=0).prefetch_related("shelf"):
            await File.filter(id=file.id).update(room=file.shelf.room)
        shelf = await Shelf.get(files__no=7).prefetch_related("files")
        assert [file.room for file in shelf.files] == [4]
        assert "sealed" not in File._meta.fields_map
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

    async def migrate(self, name: str, operations: str, code: str = "") -> None:
        (self.folder / f"{name}.py").write_text(
            "from tortoise import fields\n"
            "from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint\n"
            "from portal.tables import operations as ops\n"
            f"{dedent(code)}\n"
            "class Migration(ops.Migration):\n"
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
    migration = import_module(f"migrations.{name}").Migration
    operations = migration.operations
    assert issubclass(migration, safe.Migration)
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


async def test_a_step_in_python_queries_every_table_as_it_was_then(annex: Annex) -> None:
    await annex.migrate("m1", FIRST)
    await _run("INSERT INTO shelf (id, room) VALUES (1, 4)")
    await _run("INSERT INTO file VALUES (1, 7, 10, 1, 1)", columns="id, no, pages, open, shelf_id")
    await annex.migrate("m2", IN_PYTHON, ROOMS)
    assert await current().execute_query_dict("SELECT room, sealed FROM file") == [{"room": 4, "sealed": None}]


async def test_a_step_renders_only_the_tables_that_its_statement_names(annex: Annex) -> None:
    await annex.migrate("m1", FIRST)
    with _rendered() as rendered:
        await annex.migrate("m2", LATER)
    assert rendered == ["Shelf", "Shelf"]
    with _rendered() as rendered:
        await pending_changes()
    assert rendered == []


async def test_a_table_that_points_to_one_nobody_creates_is_refused_by_name(annex: Annex) -> None:
    of_a_box = "fields=[('box', fields.ForeignKeyField('annex.Box'))], options={'table': 'slip'}"
    with pytest.raises(RuntimeError, match=r"annex\.Slip points to annex\.Box"):
        await annex.migrate("m1", f"ops.CreateModel(name='Slip', {of_a_box}),")
    with pytest.raises(OperationalError):
        await _run("SELECT id FROM slip")


@pytest.mark.usefixtures("each_database")
async def test_a_table_is_created_by_the_statement_that_tortoise_itself_would_make() -> None:
    """Here only what a table points to is rendered; Tortoise renders all there is."""
    state = State({}, StateApps({"portal": current().connection_name}))
    for name in NAMES:
        await import_module(f"migrations.{name}").Migration(name, "portal").apply(state, dry_run=True)
    editor = MigrationExecutor(current(), {})._schema_editor()
    whole = LazyState.of(state).whole()
    for key in state.models:
        ours, theirs = LazyState.of(state).apps.get_model(*key), whole.apps.get_model(*key)
        assert editor._get_model_sql_data(ours).table_sql == editor._get_model_sql_data(theirs).table_sql


async def test_a_check_that_comes_too_late_is_refused_before_it_costs_a_row(annex: Annex) -> None:
    await annex.migrate("m1", FIRST)
    await _run("INSERT INTO shelf (id, room) VALUES (1, 1)")
    with pytest.raises(NotImplementedError, match="shelf_room_positive"):
        await annex.migrate("m2", TOO_LATE)
    assert len(await current().execute_query_dict("SELECT * FROM shelf")) == 1


@contextmanager
def _rendered() -> Iterator[list[str]]:
    """The names of the models of which a class is made meanwhile."""
    names: list[str] = []
    render = ModelState.render

    def noting(model: ModelState, apps: StateApps, **how: bool) -> type[Model]:
        names.append(model.name)
        return render(model, apps, **how)

    with patch.object(ModelState, "render", noting):
        yield names


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
