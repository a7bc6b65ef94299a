"""What a test deployment's clock takes and answers, as named schemas."""

from portal.actions.test_clock import MOST_DAYS
from portal.domain.json_schema import (
    CODED,
    DAY_TEXT,
    OPAQUE,
    TEXT,
    TIME_TEXT,
    Schema,
    defined,
    each_of,
    fields_of,
    list_of,
    maybe,
)

_DAYS: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_DAYS}


def clock_schemas() -> dict[str, Schema]:
    return {
        "ClockToDay": {**fields_of({"date": DAY_TEXT}), "additionalProperties": False},
        "ClockDaysOn": {**fields_of({"days": _DAYS}), "additionalProperties": False},
        "TestClock": fields_of(
            {"now": TIME_TEXT, "date": DAY_TEXT, "timezone": TEXT, "on_the_way_to": maybe(DAY_TEXT)},
            description="the clock of a test deployment, and the day it is on the way to",
        ),
        "KeptMessage": fields_of({"id": OPAQUE, "at": TIME_TEXT, "kind": CODED, **each_of(("to", "text"), TEXT)}),
        "TestMessages": fields_of({"messages": list_of(defined("KeptMessage"))}),
    }
