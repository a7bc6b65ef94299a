"""Secrets change and nobody's name is lost; a wrong one is seen before anything is read or written with it."""

import asyncio
import logging
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import InvalidToken

from portal.actions.keys import check_secrets
from portal.tables import models as tables
from portal.tables.connection import connected, current
from portal.vault import Vault, WrongKey, WrongPlace
from tests.commands.conftest import SECRET, Terminal
from tests.commands.test_loans import portfolio_line

NEW, NEWER, MISTYPED = (f"a {word} secret of more than 32 letters" for word in ("fresh", "later", "mistyped"))
INVITE = ("invite", "JQ-2026-0001", "--lender", "jq", "--phone", "+8613900000001")
# Fourteen borrowers of one lender and two of the other, and the ten persons who came through the door.
REWRAPPED = "27 keys are wrapped under the newest secret\n"
NEVER_USED = "PORTAL_DATA_KEY: the first of the 2 keys was never used with this database, no. 2 is."


def asked(url: str, sql: str) -> list[dict[str, Any]]:
    """What the database answers, as whoever holds its file would ask it."""

    async def ask() -> list[dict[str, Any]]:
        async with connected(url):
            return await current().execute_query_dict(sql)

    return asyncio.run(ask())


@pytest.fixture
def portfolio(tmp_path: Path) -> Path:
    """One new borrower."""
    file = tmp_path / "p.jsonl"
    file.write_text(portfolio_line("N-1"))
    return file


def test_a_wrong_secret_stops_every_command_and_seals_nobody(
    demo: Terminal, environment: pytest.MonkeyPatch, staged_url: str, portfolio: Path, tmp_path: Path
) -> None:
    assert demo("lender", "add", "zz", "--name", "z").code == 0
    before = asked(staged_url, "SELECT count(*) AS n FROM event"), asked(staged_url, "SELECT sealed FROM vault_check")
    environment.setenv("PORTAL_SECRET", MISTYPED)
    for words in (
        ("import", portfolio, "--lender", "jq"),
        INVITE,
        ("invite", "--overdue", "--lender", "jq", "--out", tmp_path / "links.csv"),
        ("worker", "--once"),
        ("erase", "--lender", "jq"),
        ("key", "add", "--lender", "jq"),
        ("staff", "add", "x@jq.example", "--lender", "jq", "--role", "agent"),
        ("position", "JQ-2026-0001", "--lender", "jq"),
    ):
        said = demo(*words)
        assert (said.code, said.out) == (1, ""), words
        assert said.err.startswith("PORTAL_SECRET: is not the one this database was sealed with, and PORTAL_DATA_KEY")
        assert "Nothing was written." in said.err and MISTYPED not in said.err and SECRET not in said.err
    assert not (tmp_path / "links.csv").exists()
    now = asked(staged_url, "SELECT count(*) AS n FROM event"), asked(staged_url, "SELECT sealed FROM vault_check")
    assert now == before
    assert demo("migrate").code == 0, "it needs no secret to compare"
    environment.setenv("PORTAL_SECRET", SECRET)
    assert demo("import", portfolio, "--lender", "jq").code == 0


def test_a_database_of_before_there_was_a_test_value_is_asked_by_what_is_sealed_in_it(
    demo: Terminal, environment: pytest.MonkeyPatch, staged_url: str
) -> None:
    asked(staged_url, "DELETE FROM vault_check")
    environment.setenv("PORTAL_SECRET", MISTYPED)
    said = demo(*INVITE)
    assert (said.code, said.err.count("it opens 0 of 27 keys of people")) == (1, 1)
    environment.setenv("PORTAL_DATA_KEY", f"{NEW},{SECRET}")
    assert demo(*INVITE).err.startswith(NEVER_USED)
    environment.setenv("PORTAL_DATA_KEY", SECRET)
    assert demo(*INVITE).err.startswith("PORTAL_SECRET: is not the one phone numbers are looked up with")
    assert asked(staged_url, "SELECT id FROM vault_check") == []
    environment.setenv("PORTAL_SECRET", SECRET)
    assert demo(*INVITE).code == 0
    assert asked(staged_url, "SELECT id FROM vault_check") == [{"id": 1}]


def test_whom_a_wrong_secret_sealed_while_nobody_looked_is_counted_and_can_be_brought_over(
    demo: Terminal, environment: pytest.MonkeyPatch, staged_url: str, portfolio: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What happened before: an import under a wrong secret succeeded."""
    asked(staged_url, "DELETE FROM vault_check")
    lost = Vault(MISTYPED).new_key()
    asked(staged_url, f"UPDATE borrower SET key = X'{lost.hex()}' WHERE id = (SELECT max(id) FROM borrower)")
    with caplog.at_level(logging.WARNING):
        assert demo(*INVITE).code == 0
    assert "PORTAL_SECRET: 1 of 27 keys of people were sealed with another secret" in caplog.text
    said = demo("vault", "rewrap")
    assert said.err.startswith("PORTAL_SECRET: 1 of 27 keys of people open with none of those given. Nothing was")
    environment.setenv("PORTAL_DATA_KEY", f"{SECRET},{MISTYPED}")
    asked(staged_url, "UPDATE borrower SET phone_hash = '' WHERE id = (SELECT max(id) FROM borrower)")
    assert demo("vault", "rewrap").err == REWRAPPED
    environment.delenv("PORTAL_DATA_KEY")
    assert demo("vault", "rewrap").err == REWRAPPED


@pytest.mark.parametrize("known", [False, True], ids=["first start", "test value there"])
def test_a_mistyped_first_key_seals_nothing(
    demo: Terminal, environment: pytest.MonkeyPatch, staged_url: str, portfolio: Path, known: bool
) -> None:
    if known:
        assert demo("events", "--lender", "jq").code == 0
    environment.setenv("PORTAL_DATA_KEY", f"{MISTYPED},{SECRET}")
    for words in (INVITE, ("import", portfolio, "--lender", "jq")):
        said = demo(*words)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith(NEVER_USED) and "`python -m portal vault rewrap`" in said.err
        assert MISTYPED not in said.err
    environment.setenv("PORTAL_DATA_KEY", SECRET)
    assert demo("import", portfolio, "--lender", "jq").code == 0
    keys = asked(staged_url, "SELECT key FROM borrower UNION ALL SELECT key FROM person")
    assert [Vault(MISTYPED).which(bytes(row["key"])) for row in keys if row["key"]] == [None] * 28


def test_the_wrong_one_of_two_keys_is_named_and_rewrap_takes_none_that_opens_nothing(
    demo: Terminal, environment: pytest.MonkeyPatch, staged_url: str
) -> None:
    before = asked(staged_url, "SELECT key FROM borrower ORDER BY id")
    environment.setenv("PORTAL_DATA_KEY", f"{NEW},{MISTYPED}")
    assert demo(*INVITE).err.startswith("PORTAL_DATA_KEY: none of the 2 keys is the one this database was sealed with")
    said = demo("vault", "rewrap")
    assert (said.code, said.err.startswith("PORTAL_DATA_KEY: 27 of 27 keys of people open with none")) == (1, True)
    assert asked(staged_url, "SELECT key FROM borrower ORDER BY id") == before


def test_a_new_data_key_comes_in_by_rewrap_with_the_old_one_beside_it_and_then_stands_alone(
    demo: Terminal, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("PORTAL_DATA_KEY", f"{NEW},{SECRET}")
    assert demo(*INVITE).err.startswith(NEVER_USED)
    assert demo("vault", "rewrap").err == REWRAPPED
    assert demo(*INVITE).code == 0
    environment.setenv("PORTAL_DATA_KEY", NEW)
    assert demo(*INVITE).code == 0
    environment.setenv("PORTAL_DATA_KEY", f"{SECRET},{NEW}")
    assert demo(*INVITE).err.startswith(NEVER_USED), "the old one seals nothing any more"


def test_without_a_stop_the_new_key_stands_second_first(demo: Terminal, environment: pytest.MonkeyPatch) -> None:
    """What already runs can then read what the new one seals; docs/operators.md, Changing secrets."""
    environment.setenv("PORTAL_DATA_KEY", f"{SECRET},{NEW}")
    assert demo(*INVITE).code == 0
    environment.setenv("PORTAL_DATA_KEY", f"{NEW},{SECRET}")
    assert demo("vault", "rewrap").code == 0
    assert demo(*INVITE).code == 0
    assert demo("vault", "rewrap").code == 0
    environment.setenv("PORTAL_DATA_KEY", NEW)
    assert demo(*INVITE).code == 0


def test_another_secret_is_refused_until_it_is_brought_in_and_then_phones_are_found_by_it(
    demo: Terminal, environment: pytest.MonkeyPatch, staged_url: str
) -> None:
    environment.setenv("PORTAL_DATA_KEY", SECRET)
    environment.setenv("PORTAL_SECRET", NEWER)
    said = demo(*INVITE)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("PORTAL_SECRET: is not the one phone numbers are looked up with in this database.")
    assert demo("vault", "rewrap").err == REWRAPPED
    assert demo(*INVITE).code == 0
    vault, rows = Vault(NEWER, (SECRET,)), asked(staged_url, "SELECT * FROM borrower WHERE phone_hash <> ''")
    phones = [vault.unseal(bytes(row["key"]), bytes(row["phone_sealed"])) for row in rows]
    assert phones and [row["phone_hash"] for row in rows] == [vault.lookup("phone", each) for each in phones]
    assert {row["name_hash"] for row in rows} == {None}, "the worker makes them"
    made = [row["last4_hash"] for row in rows if row["last4_hash"] is not None]
    assert len(made) == 1, "of the number alone that the invitation brought since"
    persons = asked(staged_url, "SELECT phone_hash FROM person WHERE phone_hash IS NOT NULL")
    assert persons and {row["phone_hash"] for row in persons} <= {vault.lookup("phone", each) for each in phones}
    environment.setenv("PORTAL_SECRET", SECRET)
    assert demo(*INVITE).code == 1


def test_two_processes_that_start_at_once_make_one_test_value(empty: Terminal, each_database_url: str) -> None:
    env = {**os.environ, "PORTAL_DATABASE": each_database_url, "PORTAL_BUSINESS_DATE": ""}
    command = [sys.executable, "-m", "portal", "lender", "add"]
    secrets = {"aa": SECRET, "bb": MISTYPED}
    both = [
        subprocess.Popen(
            [*command, slug, "--name", slug], env={**env, "PORTAL_SECRET": secret}, stderr=subprocess.PIPE, text=True
        )
        for slug, secret in secrets.items()
    ]
    said = [one.communicate(timeout=60)[1] for one in both]
    assert sorted(one.returncode for one in both) == [0, 1], said
    first = next(secret for one, secret in zip(both, secrets.values(), strict=True) if one.returncode == 0)
    (row,) = asked(each_database_url, "SELECT id, sealed FROM vault_check")
    assert Vault(first).which(row["sealed"].encode()) == 0


@pytest.mark.parametrize("more", [{"PORTAL_SECRET": MISTYPED}, {"PORTAL_DATA_KEY": f"{MISTYPED},{SECRET}"}])
def test_neither_a_server_nor_a_worker_starts_on_a_wrong_secret(staged_url: str, more: dict[str, str]) -> None:
    env = {**os.environ, "PORTAL_SECRET": SECRET, "PORTAL_DATABASE": staged_url, "PORTAL_BUSINESS_DATE": "", **more}
    for words in (("serve", "--port", "0"), ("worker",)):
        command = [sys.executable, "-m", "portal", *words]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
        assert re.match(rf"{next(iter(more))}: ", done.stderr)
    asgi = [sys.executable, "-m", "uvicorn", "asgi:app", "--port", "0"]
    done = subprocess.run(asgi, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and f"WrongKey: {next(iter(more))}: " in done.stderr


def test_the_demo_says_when_its_secret_is_another(terminal: Terminal, staged_file: Path, tmp_path: Path) -> None:
    (tmp_path / "portal.sqlite3").write_bytes(staged_file.read_bytes())
    (tmp_path / "secret").write_text(MISTYPED)
    said = terminal("demo", "--data-dir", tmp_path)
    assert (said.code, said.out) == (1, "")
    assert said.err.splitlines()[-1] == (
        "--data-dir: its secret is not the one its database was sealed with; --reset begins again"
    )


@pytest.mark.anyio
async def test_an_empty_database_takes_the_first_secret_and_keeps_to_it(each_database: str) -> None:
    at = datetime(2026, 6, 14, tzinfo=UTC)
    for _ in range(2):
        await check_secrets(Vault(SECRET), at)
    assert await tables.VaultCheckRow.all().count() == 1
    for other in (Vault(NEW), Vault(NEW, (SECRET,)), Vault(SECRET, (NEW,)), Vault(SECRET, (NEW, SECRET))):
        with pytest.raises(WrongKey):
            await check_secrets(other, at)
    await check_secrets(Vault(SECRET, (SECRET, NEW)), at)


def test_what_is_sealed_for_one_row_does_not_open_in_another() -> None:
    vault = Vault(SECRET)
    key, other = vault.new_key(), vault.new_key()
    sealed = vault.seal_in(key, "approval:abc", "+8613800000001")
    assert vault.unseal_in(key, "approval:abc", sealed) == "+8613800000001"
    for place in ("approval:abd", "approval:ab", "approval:abc\0", "", "borrower:abc"):
        with pytest.raises(WrongPlace):
            vault.unseal_in(key, place, sealed)
    with pytest.raises(InvalidToken):
        vault.unseal_in(other, "approval:abc", sealed)
    with pytest.raises(WrongPlace):
        vault.unseal_in(key, "name", vault.seal(key, "a text sealed for no place"))
    own = vault.seal_own("answer:1:night", "{}")
    assert vault.unseal_own("answer:1:night", own) == "{}"
    with pytest.raises(WrongPlace):
        vault.unseal_own("answer:2:night", own)
    with pytest.raises(WrongKey):
        Vault(NEW).unseal_own("answer:1:night", own)
