"""The case file at the terminal: a zip or a folder that was not there, and its SHA-256 as the answer."""

import stat
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

from portal.demo import portfolio
from tests.commands.conftest import Terminal

AGAIN = "made again, the same to the byte\n"


def test_a_zip_and_a_folder_hold_the_same_and_are_for_their_owner_alone(demo: Terminal, tmp_path: Path) -> None:
    said = demo("case", "JQ-2026-0016", "--lender", "jq", "--out", tmp_path / "a.zip")
    assert said.code == 0 and "names and words of people are in it" in said.err
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        assert sha256(packed.read("manifest.jsonl")).hexdigest() == said.out.strip()
        names = set(packed.namelist())
    said = demo("case", "JQ-2026-0016", "--lender", "jq", "--out", tmp_path / "b", "--reason", "case_court")
    assert said.code == 0
    assert {each.relative_to(tmp_path / "b").as_posix() for each in (tmp_path / "b").rglob("*.*")} == names
    assert [stat.S_IMODE((tmp_path / each).stat().st_mode) for each in ("a.zip", "b")] == [0o600, 0o700]
    looks = demo("access", "--lender", "jq")
    assert "personal.opened:case_court  JQ-2026-0016" in looks.out and f"case:{said.out.strip()}" in looks.out


def test_on_either_database_it_is_written_and_holds(empty: Terminal, tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_bytes(portfolio("jq"))
    assert empty("lender", "add", "jq", "--name", "佳泉").code == 0
    assert empty("import", tmp_path / "p.jsonl", "--lender", "jq").code == 0
    assert empty("case", "JQ-2026-0001", "--lender", "jq", "--out", tmp_path / "c").code == 0
    checked = subprocess.run([sys.executable, "-I", tmp_path / "c" / "verify.py"], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
    said = empty("figures", "--rebuild")
    assert (said.code, said.err) == (0, f"jq: {AGAIN}jq month-ends: {AGAIN}")


def test_nothing_that_is_there_is_written_over(demo: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("mine")
    said = demo("case", "JQ-2026-0016", "--lender", "jq", "--out", tmp_path / "a.zip")
    assert said.code == 1 and said.err.startswith("--out: ") and "is there already" in said.err
    assert (tmp_path / "a.zip").read_text() == "mine"
    said = demo("case", "JQ-2026-0016", "--lender", "jq", "--out", tmp_path / "none" / "a.zip")
    assert said.code == 1 and said.err.startswith("--out: there is no folder ")
    said = demo("case", "JQ-9", "--lender", "jq", "--out", tmp_path / "c.zip")
    assert said.code == 1 and said.err == "LOAN_NO: jq has no loan 'JQ-9'\n"
    assert "personal.opened" not in demo("access", "--lender", "jq").out
