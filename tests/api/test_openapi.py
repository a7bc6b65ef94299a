"""The OpenAPI document is true: whatever fits it and whatever does not, the API answers as the document says."""

import asyncio
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.routing import Route

from portal.actions.api_keys import PURPOSES, add_key
from portal.app import create_app
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.tables.connection import connected
from portal.web.api.openapi import openapi_text
from portal.web.routes import routes
from tests.api.conftest import BASE
from tests.jobs import with_worker
from tests.pages.conftest import TODAY, settings_for

LABELS = [
    f"{method.upper()} {path}" for path, item in json.loads(openapi_text(BASE))["paths"].items() for method in item
]
# Whether a loan is there, or a row closes with itself, no schema can say: what fits these may still be refused. A day
# may be out of what is counted, a cursor beyond the end.
SPEAK_OF_WHAT_IS_KEPT = (
    {"POST /api/v1/portfolio", "POST /api/v1/payments", "POST /api/v1/invitations"}
    | {f"GET /api/v1/loans/{{loan_no}}{name}" for name in ("", "/position", "/payoff")}
    | {"GET /api/v1/events", "GET /api/v1/statement", "GET /api/v1/statement/heads"}
    | {"GET /api/v1/loans/{loan_no}/quote", "GET /api/v1/loans/{loan_no}/events"}
    | {f"GET /api/v1/{listed}" for listed in ("proposals", "agreements", "complaints", "payment-claims", "holds")}
    | {"POST /api/v1/proposals/{ref}/decision", "POST /api/v1/complaints/{ref}/answer"}
    | {"POST /api/v1/payment-claims/{ref}/answer"}
    | {"POST /api/v1/webhooks", "PATCH /api/v1/webhooks/{ref}"}
    | {"POST /api/v1/webhooks/{ref}/replay"}
    | {"GET /api/v1/contacts", "POST /api/v1/contacts"}
)

LISTS = {"POST /api/v1/portfolio", "POST /api/v1/payments"}

BOUNDED = settings(deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def operations_and_key(staged_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """Each operation of the document by its label, and a key: one portal for all, which stays what they make of it."""
    file = shutil.copy(staged_file, tmp_path_factory.mktemp("openapi") / "portal.db")
    made = replace(settings_for(f"sqlite://{file}"), api_per_minute=1_000_000)

    async def key() -> str:
        async with connected(made.database):
            return await add_key(BusinessTime(datetime.now(UTC), TODAY), await lender_by_slug("jq"), "core", PURPOSES)

    secret = asyncio.run(key())
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", with_worker(create_app(made)))
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}, secret


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("most", [3, pytest.param(250, marks=pytest.mark.proof)])
def test_an_operation_answers_as_the_document_says(
    operations_and_key: tuple[dict[str, Any], str], label: str, mode: GenerationMode, most: int
) -> None:
    operations, key = operations_and_key
    operation = operations[label]
    left_out = [positive_data_acceptance] if label in SPEAK_OF_WHAT_IS_KEPT else []

    @seed(20260614)
    @settings(BOUNDED, max_examples=most)
    @given(case=operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        # With skip_bad, rows that do not fit are told and left out, and the answer is that.
        assume(label != "POST /api/v1/portfolio" or str(case.query.get("skip_bad", "0")).lower() in ("0", "false"))
        # An empty list is not sent, and a name alone is yes: what is wrong by that only is right when it comes.
        assume(all(given not in ([], {}, None, "") for given in case.query.values()))
        # A bare list of rows is taken as well; the document names the object alone, which every generator can write.
        assume(not (label in LISTS and isinstance(case.body, list)))
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=left_out)

    answers()


def test_every_address_of_the_api_is_in_the_document_with_its_method() -> None:
    served = {
        f"{method} {route.path}"
        for route in routes
        if isinstance(route, Route) and route.path.startswith("/api/")
        for method in (route.methods or ())
        if method != "HEAD"
    }
    assert set(LABELS) == served - {"GET /api/v1/openapi.json"}
