"""Which cap a contract stands under: by the rule it names, or by the lender's kind and the day it was signed."""

import tomllib
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from portal.domain.loan import Cap
from portal.domain.money import parse_rate
from portal.intake.refusals import NotOneOf

RULES = Path(__file__).resolve().parent.parent / "rules" / "caps.toml"
NO_CAP = "none"


def cap_for(named: str | None, lender_kind: str, signed_on: date) -> Cap | None:
    """The cap in force on the contract's day, or None. Raises NotOneOf for a rule nobody knows."""
    rows = _rules()["cap"]
    if named is not None:
        known = (*(row["name"] for row in rows), NO_CAP)
        if named not in known:
            raise NotOneOf("terms.cap.rule", allowed=", ".join(known), given=repr(named))
        rows = [row for row in rows if row["name"] == named]
    else:
        rows = [row for row in rows if lender_kind in row["lender_kinds"]]
    in_force = [row for row in rows if row["contract_from"] <= signed_on]
    return _cap(in_force[-1], signed_on) if in_force else None


def _cap(row: dict[str, Any], signed_on: date) -> Cap:
    together = row.get("on") == "all-charges"
    if "annual_rate" in row:
        return Cap(row["name"], parse_rate(row["annual_rate"]), row["source"], together)
    return Cap(row["name"], parse_rate(row["multiple_of_lpr"]) * _lpr(signed_on), row["source"], together)


def _lpr(day: date) -> Fraction:
    reached = [rate for since, rate in sorted(_rules()["lpr"].items()) if date.fromisoformat(since) <= day]
    return parse_rate(reached[-1])


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))
