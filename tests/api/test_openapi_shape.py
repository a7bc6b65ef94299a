"""What generators ask of the OpenAPI document: names, ids, examples that fit, and nothing that they leave out."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from portal.domain.conduct.event_schema import event_types
from portal.web.api.openapi import openapi_text
from tests.api.conftest import BASE

DOCUMENT: dict[str, Any] = json.loads(openapi_text(BASE))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = [each for item in DOCUMENT["paths"].values() for each in item.values()]
AT = "#/components/schemas/"


def inside(node: Any) -> Iterator[Any]:
    yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from inside(each)


def misfits(schema: dict[str, Any], value: object) -> list[str]:
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": DOCUMENT["components"], **schema}
    return [str(each) for each in jsonschema_rs.validator_for(whole).iter_errors(value)]


def test_each_operation_has_an_id_a_tag_a_description_and_named_answers() -> None:
    ids = [each["operationId"] for each in OPERATIONS]
    assert len(set(ids)) == len(ids)
    tags = {each["name"] for each in DOCUMENT["tags"]}
    for each in OPERATIONS:
        assert set(each["tags"]) <= tags and each["summary"] and each["description"]
        if each["operationId"] != "getAgreementDocument":
            assert each["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].startswith(AT)
        assert all(parameter["description"] for parameter in each["parameters"])


def test_whatever_changes_something_at_a_lender_may_carry_an_idempotency_key() -> None:
    changing = (
        *("portfolio", "payments", "invitations", "agreements/{ref}/booking", "holds/{ref}"),
        *("proposals/{ref}/decision", "complaints/{ref}/answer", "payment-claims/{ref}/answer"),
    )
    changing += ("webhooks", "webhooks/{ref}/rotate", "webhooks/{ref}/replay")
    for each in (DOCUMENT["paths"][f"/api/v1/{path}"]["post"] for path in changing):
        assert "Idempotency-Key" in [parameter["name"] for parameter in each["parameters"]]


def test_every_name_that_is_referred_to_is_there_and_no_constant_is_false() -> None:
    for node in inside(DOCUMENT):
        if isinstance(node, dict):
            assert str(node.get("$ref", AT)).removeprefix(AT) in {"", *SCHEMAS}, node
            assert not isinstance(node.get("const"), bool), node
            assert not isinstance(node.get("default"), dict), node


def test_bodies_are_named_schemas_and_their_examples_fit() -> None:
    bodies = [each["requestBody"]["content"]["application/json"] for each in OPERATIONS if "requestBody" in each]
    assert len(bodies) == 13
    for body in bodies:
        either = body["schema"].get("anyOf", [body["schema"]])
        assert all(each["$ref"].startswith(AT) for each in either)
        assert misfits({"anyOf": either}, body["example"]) == []


def test_examples_of_answers_fit_what_is_answered() -> None:
    answers = [each["responses"]["200"]["content"].get("application/json", {}) for each in OPERATIONS]
    told = [each for each in answers if "example" in each]
    assert len(told) >= 7
    for each in told:
        assert misfits(each["schema"], each["example"]) == []


def test_each_type_of_event_is_a_schema_told_apart_by_its_type() -> None:
    event = SCHEMAS["Event"]
    assert event["discriminator"]["propertyName"] == "type"
    assert list(event["discriminator"]["mapping"]) == event_types()
    for kind, ref in event["discriminator"]["mapping"].items():
        schema = SCHEMAS[ref.removeprefix(AT)]
        assert schema["properties"]["type"] == {"type": "string", "const": kind}
        data = SCHEMAS[schema["properties"]["data"]["$ref"].removeprefix(AT)]
        assert all(each for each in data["properties"].values()), kind
    assert len(event["anyOf"]) == len(event_types()) + 1, "and one for those that come later"
