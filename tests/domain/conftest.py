"""While mutants are tried (`tests.mutants`), single sentences come first, and one example that fails will do."""

import os

import pytest
from hypothesis import Phase, settings

TRYING_MUTANTS = "TRYING_MUTANTS" in os.environ

if TRYING_MUTANTS:
    settings.register_profile("mutants", settings.get_profile("portal"), phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutants")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if TRYING_MUTANTS:
        items.sort(key=lambda item: (hasattr(getattr(item, "obj", None), "hypothesis"), item.nodeid))
