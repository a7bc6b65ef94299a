"""Terms and schedules as stable text, both ways: what the database stores and what snapshots are compared by.

Canonical JSON: keys sorted, no spaces; money in minor units, rates as exact fractions.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from portal.domain.contract.calendar import DayCount, Every
from portal.domain.contract.loan import (
    AllocationRule,
    Amounts,
    Cap,
    Clause,
    Grace,
    Installment,
    PenaltyBase,
    PenaltyKind,
    PenaltyRate,
    PenaltyTerms,
    RateChange,
    RateForm,
    RoundingPoint,
    Terms,
    Tier,
)
from portal.domain.contract.schedule import Method
from portal.domain.money import Rounding

CACHED_TERMS = 4096


def terms_to_text(terms: Terms) -> str:
    return _text(
        {
            "annual_rate": str(terms.annual_rate),
            "method": terms.method,
            "installments": terms.installments,
            "every": str(terms.every),
            "first_due": terms.first_due.isoformat(),
            "day_count": terms.day_count,
            "rounding": terms.rounding,
            "penalty": _penalty(terms.penalty),
            "cap": _cap(terms.cap),
            "allocation": _allocation(terms.allocation),
            "clauses": [[c.ref, c.lang, c.title, c.text, c.about] for c in terms.clauses],
            # Left out where there is none, so that a contract stored before still has the same text.
            **({} if terms.installment is None else {"installment": terms.installment}),
        }
    )


@lru_cache(CACHED_TERMS)
def terms_from_text(text: str) -> Terms:
    """Terms again; loans that share their terms share the value."""
    data = json.loads(text)
    return Terms(
        annual_rate=Fraction(data["annual_rate"]),
        method=Method(data["method"]),
        installments=data["installments"],
        every=Every.parse(data["every"]),
        first_due=date.fromisoformat(data["first_due"]),
        day_count=DayCount(data["day_count"]),
        rounding=Rounding(data["rounding"]),
        penalty=_penalty_from(data["penalty"]),
        cap=_cap_from(data["cap"]),
        allocation=_allocation_from(data["allocation"]),
        clauses=tuple(Clause(*clause) for clause in data["clauses"]),
        installment=data.get("installment"),
    )


def schedule_to_text(schedule: Sequence[Installment]) -> str:
    return _text([[r.no, r.due_on.isoformat(), r.principal, r.interest, r.fees] for r in schedule])


def schedule_from_text(text: str) -> tuple[Installment, ...]:
    return tuple(
        Installment(no, date.fromisoformat(due_on), principal, interest, fees)
        for no, due_on, principal, interest, fees in json.loads(text)
    )


def amounts_to_json(amounts: Amounts) -> dict[str, int]:
    return dict(amounts.items())


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _penalty(terms: PenaltyTerms) -> dict[str, Any]:
    return {
        "kind": terms.kind,
        "base": terms.base,
        "rate": _rate(terms.rate),
        "tiers": [[tier.from_day, *(_rate(tier.rate) or ())] for tier in terms.tiers],
        "changes": [[change.since.isoformat(), *(_rate(change.rate) or ())] for change in terms.changes],
        "percent": None if terms.percent is None else str(terms.percent),
        "amount": terms.amount,
        "day_count": terms.day_count,
        "rounding_point": terms.rounding_point,
        "grace_days": terms.grace_days,
        "grace": terms.grace,
        "clause": terms.clause,
    }


def _penalty_from(data: Mapping[str, Any]) -> PenaltyTerms:
    return PenaltyTerms(
        kind=PenaltyKind(data["kind"]),
        base=PenaltyBase(data["base"]),
        rate=_rate_from(data["rate"]) if data["rate"] else None,
        tiers=tuple(Tier(from_day, _rate_from(rate)) for from_day, *rate in data["tiers"]),
        changes=tuple(RateChange(date.fromisoformat(on), _rate_from(rate)) for on, *rate in data.get("changes", ())),
        percent=None if data["percent"] is None else Fraction(data["percent"]),
        amount=data["amount"],
        day_count=DayCount(data["day_count"]),
        rounding_point=RoundingPoint(data["rounding_point"]),
        grace_days=data["grace_days"],
        grace=Grace(data["grace"]),
        clause=data["clause"],
    )


def _rate(rate: PenaltyRate | None) -> list[str] | None:
    return None if rate is None else [rate.form, str(rate.value)]


def _rate_from(data: Sequence[str]) -> PenaltyRate:
    form, value = data
    return PenaltyRate(RateForm(form), Fraction(value))


def _cap(cap: Cap | None) -> list[str | bool] | None:
    return None if cap is None else [cap.rule, str(cap.annual_rate), cap.source, cap.together]


def _cap_from(data: Sequence[Any] | None) -> Cap | None:
    return None if data is None else Cap(data[0], Fraction(data[1]), *data[2:])


def _allocation(rule: AllocationRule) -> dict[str, Any]:
    return {
        "due": rule.due,
        "in_advance": rule.in_advance,
        "across": rule.across,
        "late": rule.late,
        "late_from_day": rule.late_from_day,
    }


def _allocation_from(data: Mapping[str, Any]) -> AllocationRule:
    return AllocationRule(
        due=tuple(data["due"]),
        in_advance=tuple(data["in_advance"]),
        across=data["across"],
        late=tuple(data["late"]),
        late_from_day=data["late_from_day"],
    )
