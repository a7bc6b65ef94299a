"""The operations a migration may use: those that lose no row on SQLite, each keeping what its model promises.

Tortoise's own CreateModel leaves out `Meta.constraints`; and what is missing here (AlterField, RemoveField,
a CHECK for an old table) rebuilds the table on SQLite with foreign keys on, which deletes what points at it.
DeleteModel is for a table to which nothing points and whose rows another one has taken over.
"""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as tortoise
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.operations import AddIndex, AlterModelOptions, DeleteModel, RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.models import Model

from portal.tables.historic import LazyState

__all__ = [
    "AddConstraint",
    "AddField",
    "AddIndex",
    "AlterModelOptions",
    "ChangeCheck",
    "CreateModel",
    "DeleteModel",
    "RunOnPostgres",
    "RunPython",
    "RunSQL",
]


class Migration(migrations.Migration):
    """Renders a model when an operation looks at it, where Tortoise renders most of them after each operation."""

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        lazy = LazyState.of(state)
        await super().apply(lazy, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql)
        return state


class CreateModel(tortoise.CreateModel):
    """Creates the table with every CHECK inside it, then its unique indexes."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if not state_editor:
            return
        model = new_state.apps.get_model(f"{app_label}.{self.name}")
        await _create_with_checks(state_editor, model)
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                await _add_unique_index(state_editor, model, constraint)


class AddField(tortoise.AddField):
    """Adds the column, nullable or with `db_default`, and the index that Tortoise leaves out."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        await super().database_forward(app_label, old_state, new_state, state_editor)
        model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
        if state_editor and model._meta.fields_map[self.name].index:
            column = state_editor._resolve_fields_to_columns(model, [self.name])
            await state_editor.add_index(model, Index(fields=column))


class AddConstraint(tortoise.AddConstraint):
    """Adds a unique index to a table that exists; a CHECK belongs in its CreateModel and is refused."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if isinstance(self.constraint, CheckConstraint):
            raise NotImplementedError(f"SQLite would rebuild {self.model_name} to add {self.constraint.name}")
        if state_editor:
            model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
            await _add_unique_index(state_editor, model, self.constraint)


class RunPython(tortoise.RunPython):
    """Its function gets every model as it was then, to query."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor and isinstance(old_state, LazyState):
            old_state = old_state.whole()
        await super().database_forward(app_label, old_state, new_state, state_editor)


class RunOnPostgres(tortoise.RunSQL):
    """For what SQLite does by itself."""

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor and state_editor.client.capabilities.dialect != "sqlite":
            await super().database_forward(app_label, old_state, new_state, state_editor)


class ChangeCheck(tortoise.AddConstraint):
    """Puts a CHECK that allows more in the place of the one of that name; no row is touched.

    On SQLite the text of the table is changed where it is kept, as its manual has it (ALTER TABLE, section 7).
    """

    def __init__(self, model_name: str, constraint: CheckConstraint, before: CheckConstraint) -> None:
        super().__init__(model_name, constraint)
        self.before, self.after = before, constraint

    def state_forward(self, app_label: str, state: State) -> None:
        super().state_forward(app_label, state)
        options = self.get_model_state(state, app_label, self.model_name).options
        options["constraints"] = tuple(each for each in options["constraints"] if each != self.before)
        state.reload_model(app_label, self.model_name)

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if not state_editor:
            return
        table = new_state.apps.get_model(f"{app_label}.{self.model_name}")._meta.db_table
        before, after = (each.check.replace("'", "''") for each in (self.before, self.after))
        if state_editor.client.capabilities.dialect != "sqlite":
            drop = f"DROP CONSTRAINT {self.before.name}"
            add = f"ADD CONSTRAINT {self.after.name} CHECK ({self.after.check})"
            await state_editor._run_sql(f"ALTER TABLE {table} {drop}, {add};")
            return
        _, (version,) = await state_editor.client.execute_query("PRAGMA schema_version")
        await state_editor._run_sql("PRAGMA writable_schema = ON;")
        text = f"replace(sql, '{before}', '{after}')"
        await state_editor._run_sql(f"UPDATE sqlite_master SET sql = {text} WHERE type = 'table' AND name = '{table}';")
        await state_editor._run_sql(f"PRAGMA schema_version = {version[0] + 1};")
        await state_editor._run_sql("PRAGMA writable_schema = OFF;")


async def _create_with_checks(editor: BaseSchemaEditor, model: type[Model]) -> None:
    checks = [
        editor.CHECK_CONSTRAINT_CREATE_TEMPLATE.format(name=constraint.name, check=constraint.check)
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint)
    ]
    usual = editor._get_inner_statements
    editor._get_inner_statements = lambda: [*usual(), *checks]  # type: ignore[method-assign]
    try:
        await editor.create_model(model)
    finally:
        editor._get_inner_statements = usual  # type: ignore[method-assign]


async def _add_unique_index(editor: BaseSchemaEditor, model: type[Model], unique: UniqueConstraint) -> None:
    """The same statement on both; Tortoise refuses a condition on SQLite, which has known them since 3.8."""
    columns = editor._resolve_fields_to_columns(model, unique.fields)
    name = editor.quote(unique.name or editor._get_unique_constraint_name(model, columns))
    table = editor._qualify_table_name(model._meta.db_table, model._meta.schema)
    where = f" WHERE {unique.condition}" if unique.condition else ""
    listed = ", ".join(editor.quote(column) for column in columns)
    await editor._run_sql(f"CREATE UNIQUE INDEX {name} ON {table} ({listed}){where};")
