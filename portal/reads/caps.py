"""The kinds of lender there are, and the cap a contract stands under: by the rule it names, or by kind and day."""

import tomllib
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from portal.domain.contract.loan import Cap
from portal.domain.money import parse_rate
from portal.domain.refusal import NotOneOf, not_one_of

_CAP_RULES = Path(__file__).resolve().parent.parent / "rules" / "caps.toml"
NO_CAP, STRICTEST = "none", "strictest"


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(_CAP_RULES.read_text(encoding="utf-8"))


LENDER_KINDS: tuple[str, ...] = tuple(sorted({kind for row in _rules()["cap"] for kind in row["lender_kinds"]}))
"""Every kind a lender can be of. Source: the rows of `caps.toml`, so that none is without its rule."""


def check_kind(given: str, field: str = "") -> None:
    """Raises NotOneOf for a kind nobody knows: a typing mistake must not take a cap away."""
    if given not in LENDER_KINDS:
        raise not_one_of(field, given, LENDER_KINDS)


@lru_cache(maxsize=1 << 12)
def cap_for(named: str | None, lender_kind: str, signed_on: date) -> Cap | None:
    """The cap in force on the contract's day, or None. Raises NotOneOf for a rule nobody knows.

    `lender_kind` may be one that was stored before kinds were a closed list: it has the strictest.
    """
    rows = _rules()["cap"]
    if named is not None:
        known = (*(row["name"] for row in rows), NO_CAP)
        if named not in known:
            raise NotOneOf("terms.cap.rule", allowed=", ".join(known), given=repr(named))
        return _latest([row for row in rows if row["name"] == named], signed_on)
    if lender_kind not in LENDER_KINDS:
        return strictest(signed_on)
    return _latest([row for row in rows if lender_kind in row["lender_kinds"]], signed_on)


def strictest(signed_on: date) -> Cap | None:
    """The lowest rate of all rules in force on that day, on all charges together: no rule allows less."""
    caps = [_cap(row, signed_on) for row in _in_force(_rules()["cap"], signed_on)]
    lowest = min(caps, key=lambda cap: cap.annual_rate, default=None)
    return lowest and Cap(STRICTEST, lowest.annual_rate, lowest.source, together=True)


def _latest(rows: Sequence[dict[str, Any]], signed_on: date) -> Cap | None:
    in_force = _in_force(rows, signed_on)
    return _cap(in_force[-1], signed_on) if in_force else None


def _in_force(rows: Sequence[dict[str, Any]], signed_on: date) -> list[dict[str, Any]]:
    return [row for row in rows if row["contract_from"] <= signed_on]


def _cap(row: dict[str, Any], signed_on: date) -> Cap:
    together = row.get("on") == "all-charges"
    if "annual_rate" in row:
        return Cap(row["name"], parse_rate(row["annual_rate"]), row["source"], together)
    return Cap(row["name"], parse_rate(row["multiple_of_lpr"]) * _lpr(signed_on), row["source"], together)


def _lpr(day: date) -> Fraction:
    reached = [rate for since, rate in sorted(_rules()["lpr"].items()) if date.fromisoformat(since) <= day]
    return parse_rate(reached[-1])
