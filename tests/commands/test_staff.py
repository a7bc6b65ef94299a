"""An operator sees who works for a lender, gives another role, ends somebody, and takes them in again."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from portal.tables import models as tables
from portal.tables.connection import connected
from portal.web.passwords import HASHER
from tests.commands.conftest import Terminal


@pytest.fixture
def jq(empty: Terminal) -> Terminal:
    for slug in ("jq", "yh"):
        assert empty("lender", "add", slug, "--name", slug).code == 0
    for email, role in (("rui@jq.example", "agent"), ("lan@jq.example", "admin")):
        assert empty("staff", "add", email, "--lender", "jq", "--role", role).code == 0
    return empty


def activated(url: str, email: str) -> None:
    async def go() -> None:
        async with connected(url):
            await tables.StaffRow.filter(email=email).update(password_hash=NO_PASSWORD, activation_hash=None)

    asyncio.run(go())


NO_PASSWORD = HASHER.hash("nobody types this")


def told(jq: Terminal) -> list[str]:
    return [e["type"] for e in jq("events", "--lender", "jq", "--json").lines if e["type"].startswith("staff.")]


def test_who_works_here_is_listed_with_how_far_they_have_come(jq: Terminal, each_database_url: str) -> None:
    activated(each_database_url, "lan@jq.example")
    lan, rui = jq("staff", "list", "--lender", "jq").out.splitlines()
    assert lan.startswith("lan@jq.example  admin  active, no second factor  since ")
    assert rui.startswith("rui@jq.example  agent  not activated yet  since ")
    assert jq("staff", "list", "--lender", "yh").out == ""
    said = jq("staff", "list", "--lender", "jq", "--json").json
    assert [each["state"] for each in said] == ["active", "invited"] and "hash" not in json.dumps(said)


def test_whoever_is_ended_is_listed_so_and_can_be_taken_in_again_under_the_same_name(jq: Terminal) -> None:
    assert jq("staff", "end", "Rui@jq.example", "--lender", "jq").err == (
        "Rui@jq.example is signed out and comes in no more\n"
    )
    today = datetime.now(UTC).date().isoformat()
    assert f"rui@jq.example  agent  ended {today}" in jq("staff", "list", "--lender", "jq").out.splitlines()[1]
    again = jq("staff", "end", "rui@jq.example", "--lender", "jq")
    assert (again.code, again.err) == (1, "EMAIL: Nobody with the address rui@jq.example works for this lender here.\n")
    elsewhere = jq("staff", "add", "rui@jq.example", "--lender", "yh", "--role", "agent")
    assert elsewhere.code == 1 and "worked for another lender" in elsewhere.err
    back = jq("staff", "add", "rui@jq.example", "--lender", "jq", "--role", "approver")
    assert back.code == 0 and "/desk/activate/" in back.out
    first, *_, last = [e for e in jq("events", "--lender", "jq", "--json").lines if e["type"] == "staff.added"]
    assert (first["data"]["staff"], last["data"]["role"]) == (last["data"]["staff"], "approver")
    assert "rui@jq.example  approver  not activated yet" in jq("staff", "list", "--lender", "jq").out
    assert told(jq) == ["staff.added", "staff.added", "staff.ended", "staff.added"]


def test_another_role_is_given_once_and_told(jq: Terminal) -> None:
    said = jq("staff", "role", "rui@jq.example", "--lender", "jq", "--role", "approver")
    assert (said.code, said.err) == (0, "rui@jq.example is approver from now on\n")
    again = jq("staff", "role", "rui@jq.example", "--lender", "jq", "--role", "approver")
    assert again.err == "rui@jq.example is approver already\n"
    event = jq("events", "--lender", "jq", "--json").lines[-1]
    assert event["type"] == "staff.role_changed"
    assert (event["data"]["before"], event["data"]["role"]) == ("agent", "approver")
    assert told(jq).count("staff.role_changed") == 1


@pytest.mark.parametrize("act", [("end",), ("role", "--role", "agent")])
def test_the_last_administrator_goes_only_when_that_is_said_aloud(
    jq: Terminal, each_database_url: str, act: tuple[str, ...]
) -> None:
    activated(each_database_url, "lan@jq.example")
    words = ("staff", act[0], "lan@jq.example", "--lender", "jq", *act[1:])
    said = jq(*words)
    assert said.code == 1 and said.err.startswith("EMAIL: lan@jq.example is the only administrator")
    assert "--force" in said.err and "lan@jq.example  admin  active" in jq("staff", "list", "--lender", "jq").out
    forced = jq(*words, "--force")
    assert forced.code == 0 and "jq has no administrator with an active account" in forced.err


def test_with_another_administrator_there_nothing_has_to_be_forced(jq: Terminal, each_database_url: str) -> None:
    jq("staff", "role", "rui@jq.example", "--lender", "jq", "--role", "admin")
    for email in ("rui@jq.example", "lan@jq.example"):
        activated(each_database_url, email)
    assert jq("staff", "end", "lan@jq.example", "--lender", "jq").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("end", "nobody@jq.example", "--lender", "jq"), 1),
        (("end", "rui@jq.example", "--lender", "yh"), 1),
        (("role", "rui@jq.example", "--lender", "yh", "--role", "admin"), 1),
        (("role", "rui@jq.example", "--lender", "jq", "--role", "boss"), 2),
        (("list",), 2),
        (("list", "--lender", "no"), 1),
    ],
)
def test_an_odd_wish_about_staff_is_refused(jq: Terminal, words: tuple[str, ...], code: int) -> None:
    before = told(jq)
    assert jq("staff", *words).code == code
    assert told(jq) == before
