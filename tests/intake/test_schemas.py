"""What `schema` publishes is what is read: the sample portfolio fits it, and what is refused does not."""

import io
import json
from typing import Any

import pytest

from portal.intake.portfolio import portfolio_lines
from tests.intake.conftest import Terminal, lines, told
from tests.intake.schema import misfits
from tests.schema import problems


@pytest.fixture
def schema(terminal: Terminal) -> Any:
    assert terminal.run("schema", "portfolio") == 0
    return json.loads(terminal.out)


def test_the_sample_portfolio_fits_the_published_schema(schema: Any) -> None:
    assert [list(misfits(schema, loan)) for loan in lines()] == [[]] * 16


@pytest.mark.parametrize(
    ("key", "value", "misfit"),
    [
        ("colour", "red", "$: has colour"),
        ("principal", 12000, "$.principal: is not ['string']"),
        (
            "lender_kind",
            "consumer-finace",
            "$.lender_kind: 'consumer-finace' against ['auto-finance', 'bank', 'card', 'consumer-finance', "
            "'marketplace', 'microloan', 'other', 'private', 'trust']",
        ),
        ("signed_on", "10.12.2025", "$.signed_on: '10.12.2025' against '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"),
    ],
)
def test_what_the_import_refuses_for_its_shape_does_not_fit(
    key: str, value: object, misfit: str, schema: Any, terminal: Terminal
) -> None:
    loan = {**lines()[0], key: value}
    assert list(misfits(schema, loan)) == [misfit]
    assert terminal.take(told([loan])) == 1


def test_every_event_of_an_import_fits_the_schema_of_events(terminal: Terminal) -> None:
    terminal.take(told(lines()))
    terminal.run("schema", "events")
    events = json.loads(terminal.out)
    terminal.run("events", "--lender", "jq", "--json")
    told_events = [json.loads(line) for line in terminal.out.splitlines()]
    assert [event["type"] for event in told_events].count("loan.added") == 16
    assert [problems(events, event) for event in told_events] == [[]] * len(told_events)


def test_a_refused_word_is_answered_by_words_and_not_by_names_of_the_program() -> None:
    row = lines()[0]
    row["closed"], row["legal_stage"] = {"on": "2026-06-01", "reason": "gone"}, "soon"
    row["terms"] |= {"surplus": "x", "prepayment": "x"}
    row["payments"][0] |= {"purpose": "x", "then": "x"}
    line = json.dumps(row).encode()
    (found,) = portfolio_lines(lambda: io.BytesIO(line), "consumer-finance").rows()
    told = {each.field: each.problem for each in found.bad}
    assert {"closed.reason", "legal_stage", "terms.surplus", "payments.0.purpose", "payments.0.then"} <= told.keys()
    assert not [problem for problem in told.values() if "<" in problem or "It must be one of '" not in problem], told
