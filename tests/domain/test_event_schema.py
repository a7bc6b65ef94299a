"""What an event looks like was published: an integrator's check of yesterday still passes tomorrow."""

from portal.domain.conduct.event_fields import EVENT_PARTS
from portal.domain.conduct.event_schema import data_schema, event_types, events_schema
from portal.domain.json_schema import defined, fields_of, maybe
from tests.schema import problems

TEXT = {"type": "string"}
COUNTED = {"type": "integer", "minimum": 1}

ENVELOPE = {
    "id": TEXT,
    "schema_version": {"type": "integer", "minimum": 1, "maximum": 2},
    "lender": TEXT,
    "loan_no": TEXT,
    "stream": {"type": "string", "pattern": "^(loan|lender|borrower):[0-9]+$"},
    "seq": COUNTED,
    "feed": COUNTED,
    "occurred_at": {"type": "string", "format": "date-time"},
    "business_date": {"type": "string", "format": "date"},
    "actor": {
        "type": "object",
        "properties": {"kind": {"enum": ["borrower", "staff", "lender", "system", "clock"]}, "ref": TEXT},
        "required": ["kind", "ref"],
        "additionalProperties": False,
    },
    "proposal": {"type": ["string", "null"]},
    "version": {"type": ["integer", "null"], "minimum": 1},
    "correlation": TEXT,
    "idempotency_key": {"type": ["string", "null"]},
    "data": {"type": "object"},
}


def test_the_envelope_is_the_one_that_was_published() -> None:
    schema = events_schema()
    properties = dict(schema["properties"])
    types = properties.pop("type")
    assert properties == ENVELOPE
    assert list(types) == ["enum"]
    assert {key: schema[key] for key in schema if key not in ("properties", "allOf", "$defs")} == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Event of the repayment portal",
        "type": "object",
        "required": list(schema["properties"]),
        "additionalProperties": False,
    }


def test_an_event_of_a_type_has_what_that_type_always_has() -> None:
    broken = {"type": "plan.broken", "data": {"broken_on": "2026-10-16", "kept": 3}}
    lacking = [problem for problem in problems(events_schema(), broken) if "claw_back" in problem]
    assert lacking, "a break tells what comes back"
    paid = {"type": "plan.cured", "data": {}}
    assert not [problem for problem in problems(events_schema(), paid) if problem.startswith("$.data")]


def test_each_type_is_named_once_in_the_order_of_the_alphabet() -> None:
    types = events_schema()["properties"]["type"]["enum"]
    assert types == sorted(set(types))
    assert {"agreement.signed", "plan.broken", "proposal.declined", "payment.received", "dispute.opened"} <= set(types)


def test_what_a_type_has_since_its_second_version_is_asked_of_that_version_alone() -> None:
    strained = {"type": "plan.strained", "data": {"cure_by": "2026-07-28"}}
    assert [each for each in problems(events_schema(), {**strained, "schema_version": 2}) if "breaks_on" in each]
    assert not [each for each in problems(events_schema(), {**strained, "schema_version": 1}) if "breaks_on" in each]


def test_every_field_of_an_event_says_of_what_kind_it_is() -> None:
    typed = {kind: data_schema(kind)["properties"] for kind in event_types()}
    assert [(kind, name) for kind, fields in typed.items() for name, each in fields.items() if not each] == []


def test_an_amount_that_is_a_number_or_a_list_that_is_a_sum_does_not_fit() -> None:
    moved = {"payment": "P-1", "old": [], "new": {"total": "1.00"}}
    paid = {"type": "payment.received", "data": {"amount": 100, "moved": [moved], "credit": "1.00"}}
    told = [each.partition(":")[0] for each in problems(events_schema(), paid) if each.startswith("$.data.")]
    assert told == ["$.data.amount", "$.data.moved[0]"]
    differs = {"type": "plan.differs", "data": {"changed": 3}}
    assert "$.data.changed: type array" in problems(events_schema(), differs)
    imported = {"type": "portfolio.imported", "data": {"changed": 3}}
    assert not [each for each in problems(events_schema(), imported) if "changed:" in each]


def test_a_part_of_events_has_what_it_names_and_may_be_left_out_where_it_is_null() -> None:
    schema = {"$defs": EVENT_PARTS, **fields_of({"note": maybe(defined("NoteRef"))})}
    assert problems(schema, {"note": None}) == problems(schema, {"note": {"ref": "r", "hash": "h"}}) == []
    assert problems(schema, {"note": {"ref": "r"}}) and problems(schema, {})
