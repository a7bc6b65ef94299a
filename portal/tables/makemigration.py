"""`python -m portal.tables.makemigration NAME "Why"`: Tortoise's own draft, with operations that are safe."""

import asyncio
import subprocess
import sys
from pathlib import Path
from textwrap import fill

from tortoise.migrations.operations import Operation
from tortoise.migrations.writer import MigrationWriter, format_migration_name

from portal.tables import operations
from portal.tables.migrate import pending_changes

_OPENING = '''"""{name}

{why}
Run   python -m portal migrate
Undo  The version before does without what is added here; to be rid of it, restore the backup.
"""
# ruff: noqa: E501, RUF012

'''
_TORTOISES = "from tortoise.migrations import operations as ops\n"
_OURS = "from portal.tables import operations as ops\n"
_FIELDS = "from tortoise import fields"


def migration_text(writer: MigrationWriter, why: str) -> str:
    """The migration's text. Raises ValueError when it asks for what would lose rows on SQLite."""
    if unsafe := [operation for operation in writer.operations if not _is_safe(operation)]:
        raise ValueError("Not without losing rows on SQLite: " + "; ".join(one.describe() for one in unsafe))
    reason = fill(why, width=105, initial_indent="Why   ", subsequent_indent="      ")
    text = writer.as_string().replace(_TORTOISES, _OURS).replace("(migrations.Migration)", "(ops.Migration)")
    return _OPENING.format(name=writer.name, why=reason) + text.replace(
        "from tortoise import fields, migrations", _FIELDS
    )


def _is_safe(operation: Operation) -> bool:
    return type(operation).__name__ in operations.__all__


def _write(name: str, why: str) -> Path | None:
    for writer in asyncio.run(pending_changes()):
        if not writer.initial:
            writer.name = format_migration_name(int(writer.name[:4]), name)
        path = writer.path()
        path.write_text(migration_text(writer, why), encoding="utf-8")
        for tidy in (["check", "--select", "I", "--fix"], ["format"]):
            subprocess.run([sys.executable, "-m", "ruff", *tidy, "--quiet", path], check=True)
        return path
    return None


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        print(_write(*sys.argv[1:]) or "The migrations say all that the models say.")
    except ValueError as refusal:
        sys.exit(str(refusal))
