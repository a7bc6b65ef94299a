"""The rules of contact as `rules/contact.toml` has them, and what a policy says that is looser than they are."""

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from portal.domain.conduct.contact_rules import (
    ContactChannel,
    ContactLimit,
    ContactRules,
    Counted,
    CountedOver,
    held_to,
)
from portal.domain.restructuring.contact_terms import ContactTerms

_FILE = Path(__file__).resolve().parent.parent / "rules" / "contact.toml"


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


CONTACT_RULE_NAMES: tuple[str, ...] = tuple(sorted({row["name"] for row in _file()["rules"]}))
LIMIT_KINDS = tuple(
    ContactLimit(
        row["name"],
        frozenset(map(ContactChannel, row["channels"])),
        Counted(row["counts"]),
        CountedOver(row["over"]),
        row["days"],
        most=0,
    )
    for row in _file()["limit"]
)
"""All that can be counted, in the order of the file."""


@cache
def contact_rules(terms: ContactTerms, day: date) -> ContactRules:
    """What holds for a lender on a day: the rules it named, where its policy makes them no stricter."""
    return held_to(rules_in_force(terms.rules, day), terms, LIMIT_KINDS)


def rules_in_force(name: str, day: date) -> ContactRules:
    """The last row of that name which has begun; before the first has, the first: nobody is left without."""
    rows = [row for row in _file()["rules"] if row["name"] == name]
    begun = [row for row in rows if row["from"] <= day]
    row = begun[-1] if begun else rows[0]
    limits = tuple(
        ContactLimit(kind.name, kind.channels, kind.counts, kind.over, kind.days, row["most"][kind.name])
        for kind in LIMIT_KINDS
        if kind.name in row["most"]
    )
    first, last = row["hours"]
    return ContactRules(
        name=name,
        hours=(first, last),
        own_hours=(first, last),
        hours_for=frozenset(map(ContactChannel, row["hours_for"])),
        limits=limits,
        source=row["source"],
    )


def looser_than_rules(terms: ContactTerms) -> Iterator[str]:
    """Each key of a policy that allows more than the newest row of its rules, with what is allowed."""
    rules = rules_in_force(terms.rules, date.max)
    first, last = rules.hours
    for name, given in (("from_hour", terms.from_hour), ("to_hour", terms.to_hour)):
        if given is not None and not first <= given <= last:
            yield f"[contact] {name}: {rules.name} allows {first} to {last}, found {given}"
    hours = (terms.from_hour or first, terms.to_hour or last)
    if hours[0] >= hours[1]:
        yield f"[contact] to_hour: has to be later than from_hour, {hours[0]}, found {hours[1]}"
    for name, given in terms.stricter_limits().items():
        limit = rules.limit(name)
        if limit is not None and given > limit.most:
            yield f"[contact] {name}: {rules.name} allows at most {limit.most}, found {given}"
