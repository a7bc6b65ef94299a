"""Runs the machine on both databases: the same few orders of moves each time, and very many in the proofs."""

import asyncio
import shutil
import tempfile
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from portal.tables.connection import connected
from tests.actions.machine import Negotiation, Opens
from tests.database import empty


def drives(opens: Opens, examples: int, steps: int) -> None:
    machine = type("Driven", (Negotiation,), {"opens": staticmethod(opens)})
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=how)


EXAMPLES = [pytest.param(12, 25, id="few"), pytest.param(400, 60, id="very many", marks=pytest.mark.proof)]


@pytest.mark.parametrize(("examples", "steps"), EXAMPLES)
def test_no_order_of_moves_breaks_a_rule_on_sqlite(migrated_file: Path, examples: int, steps: int) -> None:
    with tempfile.TemporaryDirectory() as folder:

        def opens() -> AbstractAsyncContextManager[None]:
            return connected(f"sqlite://{shutil.copy(migrated_file, Path(folder) / 'portal.db')}")

        drives(opens, examples, steps)


@pytest.mark.postgres
@pytest.mark.parametrize(("examples", "steps"), EXAMPLES)
def test_no_order_of_moves_breaks_a_rule_on_postgresql(migrated_postgres: str, examples: int, steps: int) -> None:
    def opens() -> AbstractAsyncContextManager[None]:
        asyncio.run(empty(migrated_postgres))
        return connected(migrated_postgres)

    drives(opens, examples, steps)
