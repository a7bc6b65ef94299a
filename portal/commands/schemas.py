"""The JSON Schemas of what comes in and what goes out: `schema portfolio|policy|events`; and what the API is."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from portal.commands import Subparsers
from portal.domain.conduct.event_schema import events_schema
from portal.intake import portfolio_schema
from portal.reads.policy_keys import policy_schema
from portal.web.api.openapi import openapi_text

SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "portfolio": portfolio_schema,
    "policy": policy_schema,
    "events": events_schema,
    "openapi": lambda: json.loads(openapi_text("http://127.0.0.1:8000")),
}


def add_schemas_commands(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    schema = subparsers.add_parser("schema", help="a JSON Schema")
    schema.add_argument("which", choices=sorted(SCHEMAS))
    schema.set_defaults(run=_schema)


def _schema(chosen: argparse.Namespace) -> None:
    print(json.dumps(SCHEMAS[chosen.which](), indent=2, ensure_ascii=False))
