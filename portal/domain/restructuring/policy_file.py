"""The policy file a lender writes (TOML): every key is known, every problem is named at once."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from portal.domain.contract.calendar import Every
from portal.domain.money import COMPONENTS, parse_amount, parse_rate
from portal.domain.refusal import N_, Refusal
from portal.domain.restructuring.offer import MOST_INSTALLMENTS, MOST_MONTHS, MOST_PAUSE, Covers
from portal.domain.restructuring.payment_methods import BadWay, way_from
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.progress import CureTerms


class BadPolicy(Refusal):
    """`problems` lists every line of what is wrong; they are the operator's, in English."""

    says = N_("The policy file has problems:\n{problems}")


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """One key of the file: the field of `Policy` it sets, how it is read, and what is allowed, in words and schema."""

    field: str
    read: Callable[[Any, str], Any]
    allowed: str
    schema: Mapping[str, Any]


def policy_from_text(text: str, version: int, currency: str) -> Policy:
    """Raises BadPolicy with every problem, each naming table, key, what is allowed and what was given."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPolicy("policy", problems=f"not TOML: {error}") from error
    values: dict[str, Any] = {"version": version}
    problems: list[str] = []
    problems += _read_ways(tables.pop("ways_to_pay", []), values)
    for table, content in tables.items():
        if table not in POLICY_KEYS or not isinstance(content, dict):
            allowed = ", ".join([*(f"[{name}]" for name in POLICY_KEYS), "[[ways_to_pay]]"])
            problems.append(f"[{table}]: unknown; allowed are {allowed}")
            continue
        for name, given in content.items():
            problem = _read_key(table, name, given, currency, values)
            problems += [problem] if problem else []
    if problems:
        raise BadPolicy("policy", problems="\n".join(problems))
    return Policy(**values)


def _read_key(table: str, name: str, given: Any, currency: str, values: dict[str, Any]) -> str:
    key = POLICY_KEYS[table].get(name)
    if key is None:
        return f"[{table}] {name}: unknown; allowed are {', '.join(POLICY_KEYS[table])}"
    try:
        value = key.read(given, currency)
    except (Refusal, ValueError, TypeError, KeyError):
        return f"[{table}] {name}: has to be {key.allowed}, found {given!r}"
    if key.field == "waiver":
        values["waiver"] = (*values.get("waiver", ()), (name, value))
    elif key.field == "cure_terms":
        values["cure_terms"] = replace(values.get("cure_terms", CureTerms()), **{name: value})
    else:
        values[key.field] = value
    return ""


def _read_ways(given: Any, values: dict[str, Any]) -> list[str]:
    if not isinstance(given, list):
        return ["[[ways_to_pay]]: has to be a list of tables"]
    ways, problems = [], []
    for number, each in enumerate(given, 1):
        try:
            ways.append(way_from(each))
        except BadWay as refusal:
            problems.append(f"[[ways_to_pay]] no. {number}: {refusal}")
    values["ways"] = tuple(ways)
    return problems


def _count(least: int, most: int) -> tuple[Callable[[Any, str], int], str, Mapping[str, Any]]:
    def read(given: Any, _currency: str) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or not least <= given <= most:
            raise ValueError
        return given

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return read, f"a whole number from {least} to {most}", schema


def amount(given: Any, currency: str) -> int:
    return parse_amount(given, currency)


def _share(given: Any, _currency: str) -> Fraction:
    share = parse_rate(given)
    if not 0 <= share <= 1:
        raise ValueError
    return share


def _every(given: Any, _currency: str) -> tuple[Every, ...]:
    if not isinstance(given, list) or not given:
        raise ValueError
    return tuple(Every.parse(each) for each in given)


def _covers(given: Any, _currency: str) -> tuple[Covers, ...]:
    if not isinstance(given, list) or not given:
        raise ValueError
    return tuple(Covers(each) for each in given)


def _switch(given: Any, _currency: str) -> bool:
    if not isinstance(given, bool):
        raise ValueError
    return given


def _reports(given: Any, _currency: str) -> str:
    if given not in REPORTS:
        raise ValueError
    return str(given)


_SWITCH = (_switch, "true or false", {"type": "boolean"})
REPORTS = ("overdue-until-settled", "current-while-kept")
_MONEY = ('an amount as a string, such as "100.00"', {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"})
_SHARE = ('a share from 0 to 1 as a string, such as "0.5"', {"type": "string", "pattern": r"^(0(\.[0-9]+)?|1(\.0+)?)$"})


def _listed(**each: Any) -> Mapping[str, Any]:
    return {"type": "array", "minItems": 1, "items": {"type": "string", **each}}


POLICY_KEYS: dict[str, dict[str, PolicyKey]] = {
    "plan": {
        "max_months": PolicyKey("max_months", *_count(1, MOST_MONTHS)),
        "max_installments": PolicyKey("max_installments", *_count(1, MOST_INSTALLMENTS)),
        "first_due_within_days": PolicyKey("first_due_within_days", *_count(1, 366)),
        "min_installment": PolicyKey("min_installment", amount, *_MONEY),
        "min_down_payment": PolicyKey("min_down_payment", _share, *_SHARE),
        "every": PolicyKey("every", _every, 'a list of "1m", "2w", "1w"', _listed(pattern="^[1-9][0-9]{0,2}[mwd]$")),
        "covers": PolicyKey(
            "covers", _covers, 'a list of "overdue", "to-come", "all"', _listed(enum=[each.value for each in Covers])
        ),
    },
    "waiver": {name: PolicyKey("waiver", _share, *_SHARE) for name in COMPONENTS if name != "principal"},
    "clocks": {
        "decision_working_days": PolicyKey("decision_working_days", *_count(1, 21)),
        "quote_working_days": PolicyKey("quote_working_days", *_count(1, MOST_PAUSE.days)),
        "hold_days": PolicyKey("hold_days", *_count(0, 366)),
        "pause_days": PolicyKey("pause_days", *_count(1, 60)),
        "complaint_days": PolicyKey("complaint_days", *_count(1, 15)),
        "complaint_extended_days": PolicyKey("complaint_extended_days", *_count(1, 30)),
        "complaint_final_days": PolicyKey("complaint_final_days", *_count(0, 30)),
        "report_working_days": PolicyKey("report_working_days", *_count(1, 60)),
        "info_working_days": PolicyKey("info_working_days", *_count(1, 60)),
        "booking_working_days": PolicyKey("booking_working_days", *_count(1, 60)),
        "penalty_stops_when_late": PolicyKey("penalty_stops_when_late", *_SWITCH),
    },
    "booking": {"automatic": PolicyKey("booking_automatic", *_SWITCH)},
    "signing": {"reading_seconds": PolicyKey("reading_seconds", *_count(0, 300))},
    "slips": {"cure_days": PolicyKey("cure_terms", *_count(0, 60)), "within": PolicyKey("cure_terms", *_count(1, 60))},
    "four_eyes": {"waiver_above": PolicyKey("four_eyes_above", amount, *_MONEY)},
    "statement": {
        "tolerance": PolicyKey("tolerance", amount, *_MONEY),
        "penalty_stops": PolicyKey("penalty_stops_when_books_differ", *_SWITCH),
    },
    "numbers": {"wait_hours": PolicyKey("number_wait_hours", *_count(24, 168))},
    "retention": {"days_after_end": PolicyKey("retention_days", *_count(30, 7306))},
    "credit_bureau": {
        "reports": PolicyKey("reports", _reports, " or ".join(REPORTS), {"enum": list(REPORTS)}),
    },
}
