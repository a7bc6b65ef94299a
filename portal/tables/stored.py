"""Terms and schedules as the text of a column, both ways.

Canonical JSON: keys sorted, no spaces; money in minor units, rates as exact fractions. Clauses, caps, rates and what
begins on a day are lists of their fields in order; so they were stored from the first version on.
"""

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import ArgsKwargs, to_json

from portal.domain.contract.calendar import Every
from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import (
    Cap,
    Charge,
    Clause,
    Installment,
    Payment,
    PenaltyRate,
    RateChange,
    Terms,
    Tier,
)
from portal.domain.contract.prepayment import Purpose, Then

CACHED_TERMS = 4096
TERMS, SCHEDULE = TypeAdapter(Terms), TypeAdapter(tuple[Installment, ...])
FACTS: dict[str, TypeAdapter[Any]] = {
    "payment": TypeAdapter(Payment),
    "charge": TypeAdapter(Charge),
    "credit": TypeAdapter(LenderCredit),
}
LATER = ("installment", "prepayment", "surplus", "further_penalties", "bands")
"""What came after the first version is left out at its default: a contract stored before has the same text for good."""
_REFUND = "refund"
_LISTED = (Cap, Clause, PenaltyRate)


def canonical_json(value: object) -> str:
    """Dataclasses by their fields; dates, fractions and periods as they are written."""
    return _ENCODER.encode(value)


def terms_to_text(terms: Terms) -> str:
    return canonical_json(terms)


@lru_cache(CACHED_TERMS)
def terms_from_text(text: str) -> Terms:
    """Terms again; loans that share their terms share the value."""
    data = json.loads(text)
    data["every"] = Every.parse(data["every"])
    data["cap"] = data["cap"] and ArgsKwargs(tuple(data["cap"]))
    data["clauses"] = [ArgsKwargs(tuple(clause)) for clause in data["clauses"]]
    for penalty in (data["penalty"], *data.get("further_penalties", ())):
        penalty["rate"] = penalty["rate"] and ArgsKwargs(tuple(penalty["rate"]))
        for name in ("tiers", "changes"):
            penalty[name] = [ArgsKwargs((start, ArgsKwargs(tuple(rate)))) for start, *rate in penalty.get(name, ())]
    return TERMS.validate_python(data)


def purpose_to_text(payment: Payment) -> str | None:
    """What a payment is for in one word: "payoff", "prepay-fewer", "refund"."""
    if payment.is_refund:
        return _REFUND
    return f"{payment.purpose}-{payment.then}" if payment.purpose is Purpose.PREPAY else payment.purpose


def purpose_from_text(text: str | None) -> dict[str, Any]:
    """The same as arguments of a payment."""
    if not text or text == _REFUND:
        return {"is_refund": True} if text else {}
    purpose, _, then = text.partition("-")
    return {"purpose": Purpose(purpose), "then": Then(then or Then.FEWER)}


def fact_to_text(fact: Payment | Charge | LenderCredit | None) -> str | None:
    """A later version of it; none of what was withdrawn."""
    return None if fact is None else canonical_json(fact)


def fact_from_text(kind: str, text: str | None) -> Any:
    """The same of a `payment`, `charge` or `credit`."""
    return None if text is None else FACTS[kind].validate_json(text)


def schedule_to_text(schedule: Sequence[Installment]) -> str:
    return to_json(schedule).decode()


def schedule_from_text(text: str) -> tuple[Installment, ...]:
    return SCHEDULE.validate_json(text)


def _plain(value: Any) -> Any:
    if not is_dataclass(value) or isinstance(value, Every):
        return str(value)
    told = ((each, getattr(value, each.name)) for each in fields(value))
    values = {each.name: one for each, one in told if each.name not in LATER or one != each.default}
    if isinstance(value, Tier | RateChange):
        start, rate = values.values()
        return [start, rate.form, rate.value]
    return list(values.values()) if isinstance(value, _LISTED) else values


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
