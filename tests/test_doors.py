"""Nobody holds all that opens a door: the document's table is held against the code, place by place."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "security.md"
# What opens a session, proves who somebody is, keeps a password, or changes what all of that rests on.
OPENS = {
    "start_person_session",
    "show_lender",
    "prove_session",
    "set_password",
    "guard_change",
    "guard_join",
    "guard_added",
}
PARTIES = {"file", "key", "one", "two", "phone", "old phone", "person"}


def places() -> set[str]:
    """Every function that calls one of `OPENS`, as the document writes it."""
    found = set()
    for path in (ROOT / "portal").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            called = {_name(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
            if called & OPENS:
                found.add(f"{path.relative_to(ROOT / 'portal')}: {function.name}")
    return found


def _name(called: ast.expr) -> str:
    """What a call names, by itself or of a module."""
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def rows() -> dict[str, dict[str, set[str]]]:
    """The table of ways in: by place, what it takes and who has each."""
    table = DOCUMENT.read_text(encoding="utf-8").partition("| place |")[2].partition("\n\n")[0]
    found: dict[str, dict[str, set[str]]] = {}
    for line in table.splitlines()[2:]:
        place, _, takes = (cell.strip() for cell in line.strip("|").split("|"))
        inputs = [each.rpartition(":") for each in takes.split(";")]
        found[place.strip("`")] = {name.strip(): {who.strip() for who in has.split(",")} for name, _, has in inputs}
    return found


def test_every_place_that_opens_or_proves_something_has_its_row_and_no_row_is_left_over() -> None:
    assert set(rows()) == places()


@pytest.mark.parametrize("place", sorted(rows()))
def test_whoever_has_a_part_of_it_is_one_we_know(place: str) -> None:
    assert set().union(*rows()[place].values()) <= PARTIES


@pytest.mark.parametrize("place", sorted(rows()))
def test_nobody_has_all_that_it_takes(place: str) -> None:
    takes = rows()[place]
    assert len(takes) >= 2, "one thing alone opens it"
    assert set.intersection(*takes.values()) == set()


def test_no_function_of_another_name_begins_a_session() -> None:
    """Sessions are rows: only the module of sessions makes them."""
    makers = [
        p for p in (ROOT / "portal").rglob("*.py") if re.search(r"SessionRow\.(create|bulk_create)", p.read_text())
    ]
    assert [path.name for path in makers] == ["sessions.py"]
