"""The policy file a lender writes (TOML), read: every key is known, every problem is named at once."""

import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from portal.domain.contract.agreement import CureTerms
from portal.domain.contract.pause import PauseTerms
from portal.domain.refusal import Refusal
from portal.domain.restructuring.contact_terms import ContactTerms
from portal.domain.restructuring.payment_methods import BadWay, Way, way_from
from portal.domain.restructuring.policy import Policy, WholeLoanRules
from portal.reads.contact_rules import looser_than_rules
from portal.reads.policy_offers import read_offers
from portal.reads.policy_shape import EMPTY_POLICY, POLICY_TABLES, PolicyFile, PolicyTable
from portal.reads.policy_values import written_as


class BadPolicy(Refusal):
    """`problems` lists every line of what is wrong; they are the operator's, in English."""

    says = "The policy file has problems:\n{problems}"


def policy_from_text(text: str, version: int, currency: str) -> Policy:
    """Raises BadPolicy with every problem, each naming table, key, what is allowed and what was given."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPolicy("policy", problems=f"not TOML: {error}") from error
    ways, problems = _ways(tables.pop("ways_to_pay", []))
    offers, bad_offers = read_offers(tables.pop("offers", []), currency)
    problems += bad_offers
    file = EMPTY_POLICY
    try:
        file = PolicyFile.model_validate(tables, context=currency)
    except ValidationError as error:
        problems += map(_problem, sorted(error.errors(), key=lambda each: _place(each, tables)))
    if problems:
        raise BadPolicy("policy", problems="\n".join(problems))
    values: dict[str, Any] = {}
    for table, shape in file:
        values |= {} if table in ("waiver", "whole_loan", "slips", "pause", "contact") else _given(shape)
    waiver = tuple((name, getattr(file.waiver, name)) for name in tables.get("waiver", ()))
    values["cure_terms"] = CureTerms(**_given(file.slips), arrears_tolerance=file.arrears.tolerance or 0)
    values["whole_loan"] = WholeLoanRules(**_given(file.whole_loan))
    values["pause_terms"] = PauseTerms(**_given(file.pause))
    values["contact"] = ContactTerms(**_given(file.contact))
    return Policy(version=version, currency=currency, ways=tuple(ways), offers=offers, waiver=waiver, **values)


def policy_to_set(text: str, version: int, currency: str) -> Policy:
    """The same of a file that is to be in force: it is no looser than the rules of contact that it names.

    One that is in force is read all the same when these have become stricter; they are held to wherever it is used.
    """
    found = policy_from_text(text, version, currency)
    if problems := list(looser_than_rules(found.contact)):
        raise BadPolicy("policy", problems="\n".join(problems))
    return found


def _given(shape: PolicyTable) -> dict[str, Any]:
    keys = type(shape).model_fields
    return {keys[name].serialization_alias or name: getattr(shape, name) for name in shape.model_fields_set}


def _place(error: ErrorDetails, tables: Mapping[str, Any]) -> list[int]:
    """Where in the file a key stands that has a problem."""
    table, *name = error["loc"]
    return [list(tables).index(str(table)), *(list(tables[str(table)]).index(each) for each in name)]


def _problem(error: ErrorDetails) -> str:
    table, *name = map(str, error["loc"])
    if not name:
        known = ", ".join([*(f"[{each}]" for each in POLICY_TABLES), "[[ways_to_pay]]", "[[offers]]"])
        return f"[{table}]: unknown; allowed are {known}"
    keys = POLICY_TABLES[table].model_fields
    if error["type"] == "extra_forbidden":
        return f"[{table}] {name[0]}: unknown; allowed are {', '.join(keys)}"
    return f"[{table}] {name[0]}: has to be {written_as(keys[name[0]]).allowed}, found {error['input']!r}"


def _ways(given: Any) -> tuple[list[Way], list[str]]:
    if not isinstance(given, list):
        return [], ["[[ways_to_pay]]: has to be a list of tables"]
    ways, problems = [], []
    for number, each in enumerate(given, 1):
        try:
            ways.append(way_from(each))
        except BadWay as refusal:
            problems.append(f"[[ways_to_pay]] no. {number}: {refusal}")
    return ways, problems
