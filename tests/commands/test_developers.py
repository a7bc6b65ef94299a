"""For whoever works on the portal: `make help`, the picture of the moves, a shell, and a demo that follows files."""

import asyncio
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from docs import reload
from docs.shell import Shell, at_hand
from docs.transitions import PICTURE, drawing
from portal.tables.connection import connected
from portal.web.render import environment
from tests.commands.conftest import SECRET
from tests.pages.conftest import settings_for

ROOT = Path(__file__).resolve().parents[2]


def test_make_alone_tells_of_every_target_that_somebody_would_call() -> None:
    env = {"PATH": os.environ["PATH"]}
    told = subprocess.run(["make"], cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout
    phony = re.search(r"^\.PHONY:((?:.*\\\n)*.*)", (ROOT / "Makefile").read_text(), re.M)
    assert phony
    targets = set(phony[1].replace("\\", "").split()) - {"browser"}
    assert {line.split()[1] for line in told.splitlines()} == targets


def test_what_the_guide_names_is_there() -> None:
    """Files and folders, and after a colon what is defined in one: whoever renames it renames it there."""
    guide = (ROOT / "docs" / "developers.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"`((?:portal|tests|docs|templates|examples)/[\w./]*)(?:: (\w+))?`", guide)
    assert len(named) > 40
    gone = [path for path, _ in named if not (ROOT / path).exists()]
    undefined = [
        f"{path}: {name}"
        for path, name in named
        if name and not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.M)
    ]
    assert not gone and not undefined, (gone, undefined)


def test_the_picture_of_the_moves_is_that_of_the_table() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawing(), "make transitions draws it anew"
    assert "countered --> accepted : borrower accept\n" in drawing()
    assert "| active | clock | strain | strained | `plan.strained` |\n" in drawing()


def test_in_the_shell_the_cast_is_there_and_a_line_may_await(
    staged_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(settings_for(f"sqlite://{shutil.copy(staged_file, tmp_path / 'portal.db')}"), secret=SECRET)
    with asyncio.Runner() as runner:
        opened = connected(settings.database)
        runner.run(opened.__aenter__())
        shell = Shell(runner, runner.run(at_hand(settings)))
        for line in (
            'loan = (await case("JQ-2026-0001")).loan',
            'position(loan, today).overdue.total, loan == loans["JQ-2026-0001"]',
            'str((await proposal("JQ-2026-0006")).state)',
            'bo = await cast.comes("JQ-2026-0001")',
            "bo.path",
            "await case('nobodys')",
            "1 + 1",
        ):
            assert shell.push(line) is False
        runner.run(opened.__aexit__(None, None, None))
    said = capsys.readouterr()
    assert said.out.splitlines() == ["(341312, True)", "'submitted'", "'/loans'", "2"]
    assert "DoesNotExist" in said.err


def test_the_demo_begins_anew_for_code_and_words_and_reads_a_template_again_by_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in ("portal/web", "portal/locale/zh_CN/LC_MESSAGES", "templates", "static"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(reload, "ROOT", tmp_path)
    for name in ("portal/web/pages.py", "portal/locale/zh_CN/LC_MESSAGES/portal.po", "static/portal.css"):
        before = reload.stamps()
        (tmp_path / name).write_text("new")
        assert reload.until_changed(before) == Path(name)
    before = reload.stamps()
    (tmp_path / "templates" / "page.html").write_text("new")
    assert reload.stamps() == before and environment("en", rereads=True).auto_reload
