"""A terminal at which an operator types, with the demo's cast or with an empty portal behind it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from portal.__main__ import main
from tests.staged import SECRET, TODAY

__all__ = ["SECRET", "TODAY"]


@dataclass(frozen=True)
class Said:
    """What a command answered: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Terminal = Callable[..., Said]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in ("PORTAL_BASE_URL", "PORTAL_SMS", "PORTAL_DATA_KEY", "PORTAL_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORTAL_SECRET", SECRET)
    monkeypatch.setenv("PORTAL_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setenv("PORTAL_BUSINESS_DATE", TODAY.isoformat())
    return monkeypatch


@pytest.fixture
def terminal(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Types a command; a usage error of argparse is its exit code 2."""

    def typed(*words: object) -> Said:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:
            code = int(str(left.code))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Said(code, out, err)

    return typed


@pytest.fixture
def staged_url(staged_file: Path, tmp_path: Path) -> str:
    return f"sqlite://{shutil.copy(staged_file, tmp_path / 'staged.db')}"


@pytest.fixture
def demo(terminal: Terminal, staged_url: str, environment: pytest.MonkeyPatch) -> Terminal:
    """A terminal on the staged demo."""
    environment.setenv("PORTAL_DATABASE", staged_url)
    return terminal


@pytest.fixture
def empty(terminal: Terminal, each_database_url: str, environment: pytest.MonkeyPatch) -> Terminal:
    """A terminal on an empty portal, on SQLite and then on PostgreSQL."""
    environment.setenv("PORTAL_DATABASE", each_database_url)
    return terminal
