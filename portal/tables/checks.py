"""The kinds of CHECK the tables use, named so that the database's own error says which rule was broken."""

from tortoise.migrations.constraints import CheckConstraint


def at_least(table: str, column: str, least: int) -> CheckConstraint:
    return CheckConstraint(check=f"{column} >= {least}", name=f"{table}_{column}_at_least_{least}")


def holds(table: str, name: str, check: str) -> CheckConstraint:
    return CheckConstraint(check=check, name=f"{table}_{name}")


def one_of(table: str, column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(check=f"{column} IN ({listed})", name=f"{table}_{column}_known")
