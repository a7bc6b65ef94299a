"""What each key of the policy file means, what holds where it is left out, and what differs between two policies."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from portal.domain.money import format_amount, format_rate
from portal.domain.restructuring.payment_methods import WAY_TEXTS, Way, WayKind
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.policy_file import POLICY_KEYS, PolicyKey, amount

POLICY_TABLES = {
    "plan": "a plan inside these bounds is accepted at once, at any hour; outside them a person decides",
    "waiver": "how much of each component is let go at once, as a share of what is overdue of it",
    "clocks": "how long each side has; what runs out is told to both, and nothing is declined by it",
    "booking": "when a signed plan begins to run",
    "signing": "what comes before a signature",
    "slips": "what a running plan forgives",
    "four_eyes": "what one of the staff cannot decide alone",
    "statement": "what holds while the portal and the lender's own statement differ",
    "numbers": "how long a changed phone number proves nothing, after the old one was told",
    "retention": "how long a borrower is kept after their last loan has ended; without it nobody goes by time",
    "credit_bureau": "what the borrower reads about the credit record before signing",
}
MEANS: dict[str, dict[str, str]] = {
    "plan": {
        "max_months": "the last payment is at most so many months away",
        "max_installments": "at most so many payments",
        "first_due_within_days": "the first payment is at most so many days away",
        "min_installment": "no payment but the last is smaller",
        "min_down_payment": "at least this share is paid at once",
        "every": "the steps between payments that may be chosen: months, weeks",
        "covers": "what a plan may take in: what is overdue, what is to come, or both",
    },
    "waiver": {
        "costs": "of costs",
        "fees": "of fees",
        "penalty": "of penalty",
        "interest": "of interest; principal is never let go by a plan",
    },
    "clocks": {
        "decision_working_days": "the lender decides within so many working days",
        "quote_working_days": "an offer or a counter can be taken for so many working days",
        "hold_days": "after a no collection is held for so many days",
        "pause_days": "a pause of so many days is accepted at once",
        "complaint_days": "a complaint is answered within so many days",
        "complaint_extended_days": "in all, after one extension with its reason",
        "complaint_final_days": "so many days more after a second extension",
        "report_working_days": "a payment that a borrower tells of is found within so many working days",
        "info_working_days": "the borrower has so many working days to answer a question",
        "booking_working_days": "a signed plan is in the books within so many working days, or comes back",
        "penalty_stops_when_late": "penalty stands still while the lender's answer is late",
    },
    "booking": {"automatic": "true: a signed plan runs at once; false: when the core or the desk says booked"},
    "signing": {"reading_seconds": "the terms are there for so many seconds before they can be signed"},
    "slips": {
        "cure_days": "a missed payment can be caught up for so many days",
        "within": "a second miss within so many payments breaks the plan",
    },
    "four_eyes": {
        "waiver_above": "more than this, on a loan in all or by one person in a month, takes two of the staff"
    },
    "statement": {
        "tolerance": "up to this difference the borrower signs at the lower figure; beyond it nobody signs",
        "penalty_stops": "penalty stands still while the books differ, from the statement's day on",
    },
    "numbers": {"wait_hours": "so many hours a changed number signs nothing, nor does somebody added to a loan"},
    "retention": {"days_after_end": "so many days after their last loan has ended a borrower is erased"},
    "credit_bureau": {"reports": "how the lender reports the loan while a plan is kept"},
}
UNSET = "not set"
SAMPLES: dict[tuple[str, str], Any] = {("four_eyes", "waiver_above"): "500.00", ("retention", "days_after_end"): 1096}
"""For what has no default, a value to begin from."""


@dataclass(frozen=True, slots=True)
class PolicyDifference:
    """One key as it is in force and as it would be, each as the file writes it."""

    key: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.key}: {self.old} -> {self.new}"


def written(policy: Policy, currency: str) -> dict[tuple[str, str], Any]:
    """By table and key, the value as the file writes it; None for what holds only where it is set."""
    return {
        (table, name): _written(key, name, policy, currency)
        for table, keys in POLICY_KEYS.items()
        for name, key in keys.items()
    }


def _written(key: PolicyKey, name: str, policy: Policy, currency: str) -> Any:
    if key.field == "waiver":
        value: Any = policy.waiver_share(name)
    else:
        value = getattr(policy.cure_terms, name) if key.field == "cure_terms" else getattr(policy, key.field)
    if value is None:
        return None
    if key.read is amount:
        return format_amount(value, currency)
    if isinstance(value, Fraction):
        return format_rate(value)
    return [str(each) for each in value] if isinstance(value, tuple) else value


def toml(value: Any) -> str:
    """A value as the file writes it."""
    if value is None:
        return UNSET
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def policy_differences(old: Policy, new: Policy, currency: str) -> list[PolicyDifference]:
    """Key by key in the order of the file; a value that is the default says so."""
    before, after, default = (written(each, currency) for each in (old, new, Policy()))

    def value_text(values: dict[tuple[str, str], Any], at: tuple[str, str]) -> str:
        return toml(values[at]) + (" (default)" if values[at] == default[at] and values[at] is not None else "")

    found = [
        PolicyDifference(f"[{at[0]}] {at[1]}", value_text(before, at), value_text(after, at))
        for at in before
        if before[at] != after[at]
    ]
    if old.ways != new.ways:
        found += [
            PolicyDifference("[[ways_to_pay]]", _way(each), "taken away") for each in old.ways if each not in new.ways
        ]
        found += [PolicyDifference("[[ways_to_pay]]", "new", _way(each)) for each in new.ways if each not in old.ways]
        found = found or [PolicyDifference("[[ways_to_pay]]", "as they were", "in another order")]
    return found


def _way(way: Way) -> str:
    return f"{way.kind.value} {way.called('en')!r}"


def defaults_used(text: str, currency: str) -> Iterator[str]:
    """What holds although a policy's file, which can be read, does not say it."""
    tables = tomllib.loads(text)
    for (table, name), value in written(Policy(), currency).items():
        if name not in tables.get(table, {}):
            yield f"[{table}] {name} = {toml(value)}" if value is not None else f"[{table}] {name}: {UNSET}"


def example(currency: str) -> str:
    """A file that says every key with its meaning and its default: set as it is, it changes nothing."""
    values, lines = (
        written(Policy(), currency),
        ["# Every key, what it means, and what holds where it is left out.", ""],
    )
    for table, keys in POLICY_KEYS.items():
        lines += [f"# {POLICY_TABLES[table]}", f"[{table}]"]
        for name, key in keys.items():
            value = values[table, name]
            shown = f"{name} = {toml(value)}" if value is not None else f"# {name} = {toml(SAMPLES[table, name])}"
            unset = f"; {UNSET} by default" if value is None else ""
            lines += [f"# {MEANS[table][name]} ({key.allowed}{unset})", shown]
        lines.append("")
    return "\n".join([*lines, WAYS])


WAYS = """\
# The lender's own ways to take money, as many tables as there are ways; none by default. The portal itself takes none.
# kind: app, cashier (a page that checks a signed amount, see integrators.md) or account.
# [[ways_to_pay]]
# kind = "account"
# name_zh = "转账到对公账户"
# name_en = "A transfer to the corporate account"
# holder = "佳泉消费金融"
# account = "0000 1111 2222 3333"
# bank = "示例银行"
"""


def policy_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the policy file; each key says what it means, what is allowed, and its default.

    Amounts have the digits of the lender's currency; the default of one is written as for two digits.
    """
    default = written(Policy(), "CNY")
    tables: dict[str, Any] = {
        table: {
            "description": POLICY_TABLES[table],
            "type": "object",
            "properties": {name: _key_schema(table, name, key, default[table, name]) for name, key in keys.items()},
            "additionalProperties": False,
        }
        for table, keys in POLICY_KEYS.items()
    }
    way = {"kind": {"enum": list(WayKind)}, **{key: {"type": "string", "maxLength": 400} for key in WAY_TEXTS}}
    tables["ways_to_pay"] = {
        "description": "the lender's own ways to take money",
        "type": "array",
        "items": {"type": "object", "properties": way, "required": ["kind", "name_zh", "name_en"]},
        "default": [],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy of a lender",
        "type": "object",
        "properties": tables,
        "additionalProperties": False,
    }


def _key_schema(table: str, name: str, key: PolicyKey, default: Any) -> dict[str, Any]:
    value_text = {"description": f"{MEANS[table][name]} ({key.allowed})", **key.schema}
    return value_text if default is None else {**value_text, "default": default}
