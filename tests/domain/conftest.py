"""While mutants are tried (`tests.mutants`), the tests of the changed module come first, and one failure will do."""

import os

import pytest
from hypothesis import Phase, settings

TRYING_MUTANTS = "TRYING_MUTANTS" in os.environ

if TRYING_MUTANTS:
    settings.register_profile("mutants", settings.get_profile("portal"), phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutants")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the changed module first, and of those the single sentences before what tries many examples."""
    if TRYING_MUTANTS:
        changed = ["", *os.environ.get("MUTANT_UNDER_TEST", "").split(".")][-2]
        items.sort(
            key=lambda item: (
                changed not in item.path.stem,
                hasattr(getattr(item, "obj", None), "hypothesis"),
                item.nodeid,
            )
        )
