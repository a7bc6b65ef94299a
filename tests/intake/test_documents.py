"""The examples of docs/integrators.md are tried: what it says goes in does, what it says comes out does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from portal.intake.mapping import FileShape, MappingShape, Source, StatusWord, TotalsShape
from portal.intake.shape import LoanShape, TermsShape
from tests.intake.conftest import Terminal
from tests.schema import problems

TEXT = (Path(__file__).parents[2] / "docs" / "integrators.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """The block of the document that is marked so."""
    [found] = re.findall(rf"^```\w+ {name}\n(.*?)^```", TEXT, flags=re.M | re.S)
    return str(found)


def shortened(told: Any, whole: Any) -> bool:
    """Whether `told` is `whole` with keys left out and lists shortened to their first."""
    if isinstance(told, dict):
        return isinstance(whole, dict) and all(key in whole and shortened(told[key], whole[key]) for key in told)
    if isinstance(told, list):
        return isinstance(whole, list) and bool(told) == bool(whole) and all(map(shortened, told, whole))
    return bool(told == whole)


@pytest.fixture
def imported(terminal: Terminal) -> Terminal:
    line = json.dumps(json.loads(example("portfolio")), ensure_ascii=False)
    assert terminal.take(line.encode()) == 0, terminal.err
    return terminal


def test_the_portfolio_is_taken_and_its_position_is_the_one_that_is_shown(imported: Terminal) -> None:
    told, found = json.loads(example("position")), imported.answer("position", "JQ-2026-0001", "--lender", "jq")
    assert shortened(told, found), found
    assert told.keys() == found.keys()
    assert told["installments"][0].keys() == found["installments"][0].keys()
    assert told["penalty_lines"][0].keys() == found["penalty_lines"][0].keys()


def test_what_pays_everything_is_told_as_it_is_shown(imported: Terminal) -> None:
    told, found = json.loads(example("payoff")), imported.answer("payoff", "JQ-2026-0001", "--lender", "jq")
    assert shortened(told, found), found
    assert told.keys() == found.keys()
    assert json.dumps(found["lines"][9]["runs"]) in TEXT


def test_the_quote_is_the_one_that_is_shown(imported: Terminal) -> None:
    words = ("--installments", "3", "--first-due", "2026-07-01")
    found = imported.answer("quote", "JQ-2026-0001", "--lender", "jq", *words)
    told = json.loads(example("quote"))
    assert shortened(told, found), found
    assert found.keys() - told.keys() == {"offer"}


def test_the_payments_are_taken_once_and_the_event_is_the_one_that_is_shown(imported: Terminal) -> None:
    path = imported.write("payments.jsonl", example("payments"))
    assert imported.answer("payments", path, "--lender", "jq") == {"payments": 3, "added": 3, "repeated": 0}
    assert imported.answer("payments", path, "--lender", "jq") == {"payments": 3, "added": 0, "repeated": 3}
    imported.run("events", "--lender", "jq", "--json")
    events = [json.loads(line) for line in imported.out.splitlines()]
    told = json.loads(example("event"))
    assert any(shortened(told, event) for event in events)
    assert [event["feed"] for event in events] == list(range(1, len(events) + 1))
    imported.run("events", "--lender", "jq", "--json", "--after", str(len(events) - 1))
    assert [json.loads(line) for line in imported.out.splitlines()] == events[-1:]
    imported.run("schema", "events")
    schema = json.loads(imported.out)
    assert not [each for event in events for each in problems(schema, event)]
    for key in schema["properties"]:
        assert f"`{key}`" in TEXT


def test_what_is_paid_beyond_what_is_due_closes_the_loan_goes_back_and_the_event_names_what_changed(
    imported: Terminal,
) -> None:
    for name, count in (("purposes", 2), ("back", 3)):
        path = imported.write(f"{name}.jsonl", example(name))
        assert imported.answer("payments", path, "--lender", "jq")["added"] == count
        found = imported.answer("position", "JQ-2026-0001", "--lender", "jq")
        assert (found["payoff"], found["credit"]) == ("0.00", "0.00")
    line = {**json.loads(example("portfolio")), "closed": {"on": "2026-06-13", "reason": "sold"}}
    assert imported.take(json.dumps(line).encode()) == 0, imported.err
    imported.run("events", "--lender", "jq", "--json")
    (event,) = [each for line in imported.out.splitlines() if (each := json.loads(line))["type"] == "loan.changed"]
    told = json.loads(example("changed"))
    assert event["data"].pop("snapshot") and told["data"].pop("snapshot")
    assert shortened(told["data"], event["data"]), event
    assert (event["data"].keys(), event["schema_version"]) == (told["data"].keys(), told["schema_version"])


def test_what_is_told_otherwise_of_a_payment_is_the_event_that_is_shown(imported: Terminal) -> None:
    told = json.loads(example("corrected"))
    for said, counted in (("old", "added"), ("new", "corrected")):
        line = {"loan_no": told["loan_no"], **told["data"][said]}
        path = imported.write(f"{said}.jsonl", json.dumps(line))
        assert imported.answer("payments", path, "--lender", "jq")[counted] == 1
    imported.run("events", "--lender", "jq", "--json")
    assert any(shortened(told, json.loads(line)) for line in imported.out.splitlines())


def test_the_books_become_a_loan_through_the_mapping(terminal: Terminal) -> None:
    words = ("--lender", "jq", "--mapping", terminal.write("own.toml", example("mapping")), "--as-of", "2026-06-14")
    path = terminal.write("books.csv", example("books"))
    assert terminal.run("import", path, *words) == 0, terminal.err
    found = terminal.answer("position", "HT-0001", "--lender", "jq")
    assert (found["overdue"]["principal"], found["schedule_generated"]) == ("4740.90", True)
    assert terminal.run("import", terminal.write("books.csv", example("books").replace(";18;", ";18 pa;")), *words) == 1
    assert terminal.said[0] in TEXT
    assert terminal.run("import", terminal.write("books.csv", example("books").replace("正常", "sold")), *words) == 1
    assert terminal.said[0].startswith(
        "books.csv:2: state: The mapping leaves out rows with 'sold' here: the claim was"
    )


def test_the_refused_rows_are_told_as_shown(terminal: Terminal) -> None:
    loan = json.loads(example("portfolio"))
    loans = [{**loan, "loan_no": str(number)} for number in range(5)]
    loans[1]["principal"] = "6000.005"
    loans[4]["terms"] = {**loan["terms"], "day_count": "30/365"}
    assert terminal.take(b"".join(json.dumps(each).encode() + b"\n" for each in loans)) == 1
    assert "\n".join(terminal.said) in TEXT


def test_every_key_is_documented() -> None:
    shapes = (LoanShape, TermsShape, MappingShape, FileShape, Source, TotalsShape, StatusWord)
    for shape in shapes:
        for key in shape.model_fields:
            assert re.search(rf"[`\[ ]{key}[`\], ]", TEXT), (shape.__name__, key)
