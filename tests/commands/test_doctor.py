"""An operator asks what would go wrong: each thing is a line with how it stands and what to do about it."""

import asyncio
import os
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.commands.doctor import here
from portal.tables import models as tables
from portal.tables.connection import connected
from portal.vault import new_ref, token_hash
from tests.commands.conftest import SECRET, Said, Terminal
from tests.commands.test_messages import written
from tests.commands.test_server import SAFE

MINE = 0o600


@pytest.fixture
def safe(environment: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A deployment as it should be: what a production has set, and a backup of today."""
    backups = tmp_path / "backups"
    backups.mkdir()
    (backups / "last.dump").write_bytes(b"x")
    (backups / "last.dump").chmod(MINE)
    own = {"PORTAL_AUDIT_KEY": "k" + SECRET, "PORTAL_BACKUPS": str(backups), "PORTAL_OPERATOR": "示例科技"}
    for name, value in (SAFE | own).items():
        environment.setenv(name, value)
    return environment


@pytest.fixture
def well(empty: Terminal, safe: pytest.MonkeyPatch, each_database_url: str, tmp_path: Path) -> Terminal:
    """With a lender, its policy and staff, and a worker that was just seen."""
    assert empty("lender", "add", "jq", "--name", "佳泉").code == 0
    (tmp_path / "policy.toml").write_text("")
    assert empty("policy", "set", "jq", tmp_path / "policy.toml").code == 0
    assert empty("staff", "add", "rui@jq.example", "--lender", "jq", "--role", "agent").code == 0
    change(each_database_url, tables.StaffRow, {}, password_hash="x")
    add(each_database_url, tables.PulseRow, name="worker", since=datetime.now(UTC), at=datetime.now(UTC))
    return empty


def change(url: str, table: Any, which: dict[str, Any], **to: Any) -> None:
    async def in_it() -> None:
        async with connected(url):
            await table.filter(**which).update(**to)

    asyncio.run(in_it())


def add(database: str, table: Any, **columns: Any) -> None:
    async def in_it() -> None:
        async with connected(database):
            await table.create(**columns)

    asyncio.run(in_it())


def found(said: Said, state: str) -> dict[str, str]:
    """What is in that state, by the check's name."""
    return {each["check"]: f"{each['found']} -> {each['do']}" for each in said.json["checks"] if each["state"] == state}


def test_a_deployment_as_it_should_be_has_nothing_wrong(well: Terminal) -> None:
    said = well("doctor", "--json")
    assert (said.code, found(said, "wrong"), found(said, "warning")) == (0, {}, {})
    assert {each["check"] for each in said.json["checks"]} == {
        *("settings", "address", "gateway", "files", "room", "backup", "audit key", "migrations", "secret", "clock"),
        *("operator", "line", "messages", "jobs", "worker", "lenders", "keys", "webhooks"),
    }
    in_words = well("doctor")
    assert in_words.err.endswith("checks: 0 wrong, 0 warnings\n")
    assert all(line.startswith("ok ") for line in in_words.out.splitlines())
    assert "opens the sealed test value" in in_words.out


def test_what_waits_fails_or_is_missing_is_told_with_what_to_do(well: Terminal, each_database_url: str) -> None:
    now = datetime.now(UTC)
    long_ago = now - timedelta(hours=3)
    (ref,) = written(each_database_url)
    change(each_database_url, tables.OutboundMessageRow, {"ref": ref}, created_at=long_ago)
    written(each_database_url, state="dead")
    change(each_database_url, tables.PulseRow, {}, at=long_ago, problem="OperationalError")
    add(each_database_url, tables.LenderRow, slug="yh", name="x", kind="bank", currency="CNY", timezone="Mars/Base")
    add(each_database_url, tables.PolicyVersionRow, lender_id=1, version=2, text="[moon]", recorded_at=now)
    key = {"ref": new_ref(), "lender_id": 1, "name": "core", "purposes": "events", "secret_hash": token_hash("x")}
    add(each_database_url, tables.ApiKeyRow, expires_at=now + timedelta(days=3), **key)
    said = well("doctor", "--json")
    assert said.code == 1
    wrong, warnings = found(said, "wrong"), found(said, "warning")
    assert wrong["messages"].startswith("1 wait, the oldest for 3 h -> `messages list` says why")
    assert "worker fails: OperationalError -> its log" in wrong["worker"]
    assert "its time zone is not known here" in wrong["lenders"]
    told = [each["found"] for each in said.json["checks"]]
    assert any(each.endswith("Z: no clock runs") for each in told)
    assert "jq: this version cannot read version 2 of its policy" in told
    assert "yh has no policy: the careful defaults hold" in told and "yh has nobody at the desk" in told
    assert warnings["messages"].startswith("1 were given up -> `messages list --dead`")
    assert f"{key['ref']} core runs out on" in warnings["keys"]


def test_an_endpoint_that_accepts_nothing_is_told_with_since_when_and_one_that_staff_stopped_is_not(
    well: Terminal, each_database_url: str
) -> None:
    since = datetime.now(UTC) - timedelta(hours=3, minutes=5)
    empty = dict.fromkeys(("url", "types", "secret", "previous_secret", "created_by"), "")
    made = {"lender_id": 1, "position": 0, "created_at": since, "failing_since": since, "problem": "status", **empty}
    for name, state in (("core", "on"), ("ledger", "stopped")):
        add(each_database_url, tables.WebhookEndpointRow, **{**made, "ref": name, "name": name, "state": state})
    said = well("doctor")
    assert said.code == 1 and [line for line in said.out.splitlines() if "webhooks" in line] == [
        "wrong    webhooks     jq: core accepts nothing, for 3 h: status -> its page at /desk/webhooks says what was "
        "answered; nothing is lost"
    ]


def test_a_clock_that_was_set_back_shows_by_the_newest_event(well: Terminal, each_database_url: str) -> None:
    change(each_database_url, tables.EventRow, {}, occurred_at=datetime.now(UTC) + timedelta(hours=23))
    said = well("doctor", "--json")
    assert said.code == 1 and "the newest event is of" in found(said, "wrong")["clock"]


def test_where_no_worker_ever_ran_that_is_wrong(well: Terminal, each_database_url: str) -> None:
    change(each_database_url, tables.PulseRow, {}, at=datetime.now(UTC) - timedelta(seconds=61))
    assert "Z: no clock runs -> see why it ended" in found(well("doctor", "--json"), "wrong")["worker"]

    async def none() -> None:
        async with connected(each_database_url):
            await tables.PulseRow.all().delete()

    asyncio.run(none())
    assert found(well("doctor", "--json"), "wrong")["worker"].startswith("none ever ran here: no clock runs")


def test_another_secret_is_said_and_the_rest_is_looked_at_all_the_same(
    demo: Terminal, safe: pytest.MonkeyPatch
) -> None:
    assert demo("lender", "list").code == 0
    safe.setenv("PORTAL_SECRET", "quite another secret, of the same length or so")
    said = demo("doctor", "--json")
    assert said.code == 1
    assert found(said, "wrong")["secret"].startswith("PORTAL_SECRET: is not the one this database was sealed with")
    assert "migrations" in found(said, "ok")


@pytest.mark.parametrize(
    ("name", "value", "check", "says"),
    [
        ("PORTAL_SECRET", "short", "settings", "PORTAL_SECRET: needs 32 characters or more"),
        ("PORTAL_BASE_URL", "http://pay.example.com", "settings", "PORTAL_BASE_URL: has to begin with https://"),
        ("PORTAL_DATABASE", "sqlite:///nowhere/x.db", "database", "there is no /nowhere/x.db"),
        ("PORTAL_DATABASE", "postgres://u:hunter2@127.0.0.1:1/x", "database", "cannot be opened: "),
    ],
)
def test_it_runs_also_where_nothing_else_does(
    terminal: Terminal, safe: pytest.MonkeyPatch, name: str, value: str, check: str, says: str
) -> None:
    safe.setenv("PORTAL_DATABASE", "sqlite:///nowhere/x.db")
    safe.setenv(name, value)
    said = terminal("doctor", "--json")
    assert said.code == 1 and "hunter2" not in said.out + said.err
    assert found(said, "wrong")[check].startswith(says)
    assert (check == "settings" and name == "PORTAL_SECRET") or "backup" in found(said, "ok")


def test_a_database_that_lacks_migrations_is_sent_to_migrate(
    terminal: Terminal, safe: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sqlite3.connect(tmp_path / "blank.db").close()
    safe.setenv("PORTAL_DATABASE", f"sqlite://{tmp_path / 'blank.db'}")
    said = terminal("doctor", "--json")
    assert found(said, "wrong")["migrations"].endswith("have not run -> `python -m portal migrate`")


def test_files_that_others_could_read_are_named_with_the_command_that_closes_them(
    demo: Terminal, safe: pytest.MonkeyPatch, staged_url: str, tmp_path: Path
) -> None:
    settings = tmp_path / "portal.env"
    settings.write_text("PORTAL_SECRET=x")
    settings.chmod(0o640)
    file = Path(staged_url.removeprefix("sqlite://"))
    file.chmod(0o644)
    said = demo("doctor", "--environment-file", settings)
    assert f"{settings} has mode 0640: others can read it -> chmod 600 {settings}" in said.out
    assert f"{file} has mode 0644: others can read it -> chmod 600 {file}" in said.out
    assert "there is no " in demo("doctor", "--environment-file", tmp_path / "none").out


@pytest.mark.parametrize(
    ("hours", "content", "mode", "state", "says"),
    [
        (25, b"x", MINE, "ok", "the last, last.dump, is 25 hours old"),
        (27, b"x", MINE, "warning", "the last, last.dump, is 27 hours old"),
        (51, b"x", MINE, "wrong", "the last, last.dump, is 51 hours old"),
        (1, b"", MINE, "wrong", "last.dump is empty"),
        (1, b"x", 0o644, "wrong", "last.dump can be read by others -> chmod 600 "),
    ],
)
def test_the_newest_backup_is_looked_at(
    demo: Terminal,
    safe: pytest.MonkeyPatch,
    tmp_path: Path,
    hours: int,
    content: bytes,
    mode: int,
    state: str,
    says: str,
) -> None:
    backup = tmp_path / "backups" / "last.dump"
    backup.write_bytes(content)
    backup.chmod(mode)
    (tmp_path / "backups" / "older.dump").write_bytes(b"x")
    for path, age in ((backup, hours), (tmp_path / "backups" / "older.dump", 60)):
        at = (datetime.now(UTC) - timedelta(hours=age)).timestamp()
        os.utime(path, (at, at))
    assert says in found(demo("doctor", "--json"), state)["backup"]


def test_where_no_backup_is_nobody_says_it_is_well(demo: Terminal, safe: pytest.MonkeyPatch, tmp_path: Path) -> None:
    safe.setenv("PORTAL_BACKUPS", str(tmp_path / "none"))
    assert "has none" in found(demo("doctor", "--json"), "wrong")["backup"]
    safe.setenv("PORTAL_BACKUPS", "")
    assert "PORTAL_BACKUPS is not set" in found(demo("doctor", "--json"), "warning")["backup"]


@pytest.fixture
def door() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_gateway_is_only_tried_where_that_is_asked_for(
    demo: Terminal, safe: pytest.MonkeyPatch, door: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here, "GATEWAY_SECONDS", 0.3)
    safe.setenv("PORTAL_SMS_URL", f"http://127.0.0.1:{door}/sms")
    assert "was not tried" in found(demo("doctor", "--json"), "ok")["gateway"]
    assert f"127.0.0.1:{door} answers" in found(demo("doctor", "--gateway", "--json"), "ok")["gateway"]
    safe.setenv("PORTAL_SMS_URL", f"https://127.0.0.1:{door}/sms")
    assert "does not answer" in found(demo("doctor", "--gateway", "--json"), "wrong")["gateway"], "it never says hello"


def test_a_full_disk_is_told_before_it_is_full(
    demo: Terminal, safe: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here, "LEAST_BYTES", 10**18)
    said = demo("doctor")
    assert said.code == 1 and "imports are refused, and then writing fails" in said.out
