"""The rules that an offer went beyond when it was made, as a text that is stored and read back whole."""

import json
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from portal.domain.money import Money
from portal.domain.restructuring.policy import Break


def breaks_text(found: Sequence[Break]) -> str:
    return json.dumps([[each.rule, _stored(each.allowed), _stored(each.asked)] for each in found])


def breaks_of_text(text: str) -> tuple[Break, ...]:
    return tuple(Break(rule, _read(allowed), _read(asked)) for rule, allowed, asked in json.loads(text))


def _stored(fact: int | date | str | Money | Fraction) -> list[Any]:
    match fact:
        case Money():
            return ["money", fact.minor, fact.currency]
        case Fraction():
            return ["rate", str(fact)]
        case date():
            return ["day", fact.isoformat()]
    return ["plain", fact]


def _read(stored: Sequence[Any]) -> Any:
    kind, *facts = stored
    match kind:
        case "money":
            return Money(*facts)
        case "rate":
            return Fraction(facts[0])
        case "day":
            return date.fromisoformat(facts[0])
    return facts[0]
