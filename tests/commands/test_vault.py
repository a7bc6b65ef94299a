"""Secrets change and nobody's name is lost: the old one unwraps until everything is under the new one."""

import pytest

from tests.commands.conftest import SECRET, Terminal

NEW, NEWER = "n" * 40, "m" * 40
OVERDUE = ("invite", "JQ-2026-0001", "--lender", "jq", "--phone", "+8613900000001")


def test_a_new_data_key_unwraps_with_the_old_one_beside_it_and_then_alone(
    demo: Terminal, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("PORTAL_DATA_KEY", f"{NEW},{SECRET}")
    assert demo(*OVERDUE).code == 0
    environment.setenv("PORTAL_DATA_KEY", NEW)
    assert demo(*OVERDUE).err == "PORTAL_SECRET or PORTAL_DATA_KEY: is not the one this data was sealed with\n"
    environment.setenv("PORTAL_DATA_KEY", f"{NEW},{SECRET}")
    # Fourteen borrowers of one lender and two of the other, and the ten persons who came through the door.
    assert demo("vault", "rewrap").err == "26 keys are wrapped under the newest secret\n"
    environment.setenv("PORTAL_DATA_KEY", NEW)
    assert demo(*OVERDUE).code == 0
    environment.setenv("PORTAL_SECRET", NEWER)
    assert demo(*OVERDUE).code == 0


def test_a_key_that_none_of_the_secrets_unwraps_stops_it(demo: Terminal, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORTAL_DATA_KEY", NEW)
    said = demo("vault", "rewrap")
    assert (said.code, said.err) == (
        1, "PORTAL_SECRET or PORTAL_DATA_KEY: is not the one this data was sealed with\n",
    )  # fmt: skip
