"""examples/general_ledger.py posts a year of ten loans: each entry balances, each month's end is the portal's."""

import asyncio
import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from portal.domain.conduct.event_schema import event_types, events_schema
from portal.tables.connection import connected
from tests.api.books_year import EXAMPLE, LIVES, MONTH_ENDS, as_lines, example, lived
from tests.schema import problems

DOCUMENT = (Path(__file__).parents[2] / "docs" / "accounting.md").read_text(encoding="utf-8")
Told = list[dict[str, Any]]


@pytest.fixture(scope="module")
def told(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """All that the ledger is given in that year, one event a line."""
    url = f"sqlite://{shutil.copy(migrated_file, tmp_path_factory.mktemp('year') / 'portal.db')}"

    async def year() -> Told:
        async with connected(url):
            return (await lived(url)).told

    return [line for each in asyncio.run(year()) for line in each.get("events", [each])]


@pytest.fixture(scope="module")
def gl() -> ModuleType:
    return example()


@pytest.fixture(scope="module")
def journal(told: Told, gl: ModuleType) -> Told:
    return posted(gl, told)


def posted(gl: ModuleType, told: Told) -> Told:
    ledger = gl.Ledger()
    for line in told:
        ledger.read(line)
    found: Told = ledger.journal
    return found


def test_every_entry_balances_and_names_the_event_that_it_comes_from(told: Told, journal: Told) -> None:
    events = {event["id"]: event for event in told if "type" in event}
    for entry in journal:
        assert sum(Decimal(line["amount"]) for line in entry["lines"]) == 0, entry
        what, _, ref = entry["from"].partition(" ")
        assert what in ("positions", "payoff") or events[ref]["type"] == what
    positions = [line for line in told if "books" in line]
    assert len(positions) == len(LIVES) * len(MONTH_ENDS)
    assert any(Decimal(line["overdue"]["penalty"]) for line in positions)


def test_each_type_of_event_is_posted_or_is_known_to_be_no_posting(told: Told, gl: ModuleType) -> None:
    for kind in event_types():
        assert (kind in gl.RULES) != kind.startswith(gl.NO_POSTING), kind
        assert kind not in gl.RULES or f"`{kind}`" in DOCUMENT, kind
    came = {event["type"] for event in told if "type" in event}
    assert set(gl.RULES) - came == {"payment.withdrawn", "plan.reopened"}
    assert not [each for event in told if "type" in event for each in problems(events_schema(), event)]


def mistakes(told: Told, gl: ModuleType) -> Iterator[tuple[str, Told]]:
    """Each event that is posted left out, and each line that it tells on another component.

    But where another event says before the month's end what each payment pays.
    """
    for place, event in enumerate(told):
        loan = [line for line in told[place:] if line.get("loan_no") == event.get("loan_no")]
        if event.get("type") not in gl.RULES or not moves(event) or is_told_again(loan[1:]):
            continue
        before = [line for line in told[:place] if line.get("loan_no") == event["loan_no"]]
        yield f"without {event['type']}", [*before, *loan[1:]]
        wrong = copy.deepcopy(event)
        told_lines = [wrong["data"].get(name) for name in ("allocation", "taken_in", "took")]
        if lines := [each[0] for each in told_lines if isinstance(each, list) and each]:
            for line in lines:
                turn(line)
            yield f"{event['type']} {place} turned", [*before, wrong, *loan[1:]]


def is_told_again(later: Told) -> bool:
    events = list(takewhile(lambda line: "type" in line, later))
    return any(event["data"].get("allocations") or event["data"].get("moved") for event in events)


def moves(event: dict[str, Any]) -> bool:
    """A row that changes no money, and the end of a plan that waives nothing, are left out without harm."""
    if event["type"] == "plan.completed":
        return Decimal(event["data"]["waived"]["total"]) > 0
    return event["type"] != "loan.changed" or bool({"closed", "credits"} & set(event["data"]["fields"]))


def turn(line: dict[str, Any]) -> None:
    if "component" in line:
        line["component"] = "costs" if line["component"] != "costs" else "fees"
    else:
        line["costs"], line["principal"] = line["principal"], line["costs"]


def test_an_event_that_is_left_out_or_says_another_component_is_found(told: Told, gl: ModuleType) -> None:
    tried, unseen = 0, []
    for what, lines in mistakes(told, gl):
        tried += 1
        try:
            posted(gl, lines)
        except gl.Wrong:
            continue
        unseen.append(what)
    assert (tried > 150, unseen) == (True, [])


def test_the_script_prints_the_journal_or_says_what_is_wrong_where(told: Told, journal: Told, tmp_path: Path) -> None:
    path = tmp_path / "told.jsonl"
    path.write_text(as_lines(told), encoding="utf-8")
    said = subprocess.run([sys.executable, EXAMPLE, path], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
    assert [json.loads(line) for line in said.stdout.splitlines()] == journal
    paid = next(each for each in told if each.get("type") == "payment.received")
    path.write_text(as_lines([each for each in told if each is not paid]), encoding="utf-8")
    said = subprocess.run([sys.executable, EXAMPLE, path], capture_output=True, text=True)
    assert said.returncode == 1
    assert f"{paid['data']['payment']} was recorded, and no event has told so" in said.stderr


def test_each_entry_that_is_shown_is_one_of_the_year(journal: Told) -> None:
    shown = re.findall(r"^```entry (\S+)\n(.*?)^```", DOCUMENT, flags=re.M | re.S)
    entries = {(entry["from"].split()[0], as_shown(entry)) for entry in journal}
    assert len(shown) > 10
    for what, lines in shown:
        assert (what, lines) in entries, lines


def as_shown(entry: dict[str, Any]) -> str:
    """As the document has it: a line for each account, with its due and component, and the amount at the end."""
    lines = []
    for line in entry["lines"]:
        due = re.sub(r"[a-z0-9]{16}", "REF", line["due"])
        of = " ".join(each for each in (due, line["component"]) if each)
        lines.append(f"{line['account']:<32}{of:<32}{Decimal(line['amount']):>12,}\n")
    return "".join(lines)
