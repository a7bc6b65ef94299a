"""Files that hold what is owed and by whom are their owner's alone, whoever made them and however."""

import logging
import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.conftest import SECRET, Terminal

DOCUMENT = (Path(__file__).parents[2] / "docs" / "operators.md").read_text(encoding="utf-8")


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture(autouse=True)
def open_handed() -> Iterator[None]:
    """An account whose new files everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_new_database_and_all_beside_it_are_closed(
    terminal: Terminal, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("PORTAL_DATABASE", f"sqlite://{tmp_path / 'portal.sqlite3'}")
    assert terminal("migrate").code == 0
    held = sqlite3.connect(tmp_path / "portal.sqlite3")
    held.execute("BEGIN IMMEDIATE")
    held.execute("CREATE TABLE x (y)")
    held.commit()
    assert terminal("events", "--lender", "nobody").code == 1
    found = {file.name: mode(file) for file in tmp_path.iterdir() if file.name.startswith("portal.sqlite3")}
    held.close()
    assert {"portal.sqlite3", "portal.sqlite3-wal", "portal.sqlite3-shm"} <= set(found)
    assert set(found.values()) == {0o600}, found


def test_one_that_others_could_read_is_closed_and_that_is_said_once(
    demo: Terminal, staged_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = Path(staged_url.removeprefix("sqlite://"))
    file.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert demo("position", "JQ-2026-0001", "--lender", "jq").code == 0
    assert caplog.messages == [f"PORTAL_DATABASE: {file} had mode 0644 and is its owner's alone now (0600)"]
    assert mode(file) == 0o600
    caplog.clear()
    assert demo("position", "JQ-2026-0001", "--lender", "jq").code == 0
    assert caplog.messages == []


def test_a_real_process_says_so_on_standard_error(staged_url: str) -> None:
    Path(staged_url.removeprefix("sqlite://")).chmod(0o640)
    env = {**os.environ, "PORTAL_SECRET": SECRET, "PORTAL_DATABASE": staged_url}
    command = [sys.executable, "-m", "portal", "events", "--lender", "jq"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0
    assert re.fullmatch(r"PORTAL_DATABASE: \S+ had mode 0640 and is its owner's alone now \(0600\)\n", done.stderr)


def test_exports_are_closed_also_where_the_file_was_there(demo: Terminal, tmp_path: Path) -> None:
    new, old = tmp_path / "new.jsonl", tmp_path / "old.jsonl"
    old.write_text("of last month, longer than what comes now\n" * 10_000)
    old.chmod(0o666)
    for out in (new, old):
        assert demo("positions", "--lender", "jq", "--as-of", "2026-06-14", "--out", out).code == 0
        assert mode(out) == 0o600
    assert old.read_bytes() == new.read_bytes()


def test_an_export_goes_where_there_is_no_file(demo: Terminal) -> None:
    assert demo("positions", "--lender", "jq", "--as-of", "2026-06-14", "--out", "/dev/null").code == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode) and mode(Path("/dev/null")) == 0o666


def test_the_backup_as_documented_is_closed_and_whole(demo: Terminal, staged_url: str, tmp_path: Path) -> None:
    (command,) = re.findall(r"^(umask 077 && python3 -c .*)$", DOCUMENT, re.M)
    Path(staged_url.removeprefix("sqlite://")).rename(tmp_path / "portal.sqlite3")
    run = command.replace("python3", sys.executable)
    subprocess.run(run, shell=True, cwd=tmp_path, check=True)
    assert mode(tmp_path / "backup.sqlite3") == 0o600
    with sqlite3.connect(tmp_path / "backup.sqlite3") as backup:
        assert backup.execute("SELECT count(*) FROM lender").fetchone() == (2,)
