"""A terminal: `python -m portal` in this process, with a migrated database and 佳泉消费金融 in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from portal.__main__ import main
from portal.demo import portfolio

SECRET = "a secret of more than thirty-two characters"


@dataclass
class Terminal:
    """`run` answers the exit code; `out` and `err` are what was printed, `said` its lines without the folder's name."""

    folder: Path
    read: Callable[[], Any]
    out: str = ""
    err: str = ""
    said: list[str] = field(default_factory=list)

    def run(self, *words: str) -> int:
        code = main(words)
        self.out, self.err = self.read()
        self.said = self.err.replace(f"{self.folder}/", "").splitlines()
        return code

    def write(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def take(self, content: bytes, *flags: str, lender: str = "jq") -> int:
        """Imports a portfolio of JSON Lines."""
        return self.run("import", self.write("portfolio.jsonl", content), "--lender", lender, *flags)

    def answer(self, *words: str) -> Any:
        """What a command answers in JSON."""
        assert self.run(*words, "--json") == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def terminal(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    monkeypatch.setenv("PORTAL_DATABASE", database_url)
    monkeypatch.setenv("PORTAL_SECRET", SECRET)
    monkeypatch.setenv("PORTAL_BUSINESS_DATE", "2026-06-14")
    terminal = Terminal(tmp_path, capsys.readouterr)
    assert terminal.run("lender", "add", "jq", "--name", "佳泉消费金融") == 0
    return terminal


def lines() -> list[dict[str, Any]]:
    """The sample portfolio of 佳泉, a dictionary a loan."""
    return [json.loads(line) for line in portfolio("jq").splitlines()]


def told(loans: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(loan, ensure_ascii=False).encode() + b"\n" for loan in loans)
