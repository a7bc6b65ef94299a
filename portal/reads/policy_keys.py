"""What holds where a key of the policy file is left out, what differs between two policies, the example, the schema."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from pydantic.fields import FieldInfo

from portal.domain.money import format_amount, format_rate
from portal.domain.restructuring.payment_methods import WAY_TEXTS, Way, WayKind
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.standing_offer import StandingOffer
from portal.reads.policy_offers import offers_schema
from portal.reads.policy_shape import POLICY_TABLES, policy_keys
from portal.reads.policy_values import AMOUNT, written_as

UNSET = "not set"
SAMPLES: dict[tuple[str, str], Any] = {
    ("four_eyes", "waiver_above"): "500.00",
    ("changes", "in_life"): 3,
    ("changes", "in_a_year"): 1,
    ("contact", "from_hour"): 9,
    ("contact", "to_hour"): 20,
    ("contact", "effective_calls_a_day"): 2,
    ("contact", "unanswered_tries_a_day"): 4,
    ("contact", "tries_in_seven_days"): 7,
    ("retention", "days_after_end"): 1096,
    ("whole_loan", "max_months"): 36,
    ("whole_loan", "max_installments"): 36,
    ("whole_loan", "first_due_within_days"): 31,
    ("whole_loan", "min_installment"): "200.00",
    ("whole_loan", "min_down_payment"): "0",
    ("whole_loan", "every"): ["1m"],
    ("whole_loan", "interest_rate"): "contract",
    **{("whole_loan", f"waiver_{component}"): "0" for component in ("costs", "fees", "penalty", "interest")},
}
"""For what has no default, a value to begin from."""


@dataclass(frozen=True, slots=True)
class PolicyDifference:
    """One key as it is in force and as it would be, each as the file writes it."""

    key: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.key}: {self.old} -> {self.new}"


def key_values(policy: Policy) -> dict[tuple[str, str], Any]:
    """By table and key, what the policy says; None for what holds only where it is set."""
    return {(table, name): _value(table, name, key, policy) for table, name, key in policy_keys()}


def key_text(policy: Policy, currency: str) -> dict[tuple[str, str], Any]:
    """The same as the file writes it."""
    values = key_values(policy)
    return {(table, name): _written(values[table, name], key, currency) for table, name, key in policy_keys()}


def _value(table: str, name: str, key: FieldInfo, policy: Policy) -> Any:
    if table == "waiver":
        return policy.waiver_share(name)
    parts = {
        "whole_loan": policy.whole_loan,
        "slips": policy.cure_terms,
        "pause": policy.pause_terms,
        "contact": policy.contact,
    }
    return getattr(parts.get(table, policy), key.serialization_alias or name)


def _written(value: Any, key: FieldInfo, currency: str) -> Any:
    if value is None:
        return None
    if written_as(key) is AMOUNT:
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
    before, after, default = (key_text(each, currency) for each in (old, new, Policy()))

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
    return found + list(_offer_differences(old, new))


def _offer_differences(old: Policy, new: Policy) -> Iterator[PolicyDifference]:
    before, after = ({each.id: each for each in policy.offers} for policy in (old, new))
    for name in {**before, **after}:
        if name not in after:
            yield PolicyDifference(f"[[offers]] {name}", f"until {before[name].until}", "taken away")
        elif name not in before:
            yield PolicyDifference(f"[[offers]] {name}", "new", f"{after[name].name_en!r} until {after[name].until}")
        else:
            for term in fields(StandingOffer):
                was, will_be = (getattr(each[name], term.name) for each in (before, after))
                if was != will_be:
                    yield PolicyDifference(f"[[offers]] {name} {term.name}", str(was), str(will_be))


def _way(way: Way) -> str:
    return f"{way.kind.value} {way.called('en')!r}"


def defaults_used(text: str, currency: str) -> Iterator[str]:
    """What holds although a policy's file, which can be read, does not say it."""
    written = written_keys(text)
    for (table, name), value in key_text(Policy(), currency).items():
        if (table, name) not in written:
            yield f"[{table}] {name} = {toml(value)}" if value is not None else f"[{table}] {name}: {UNSET}"


def written_keys(text: str) -> frozenset[tuple[str, str]]:
    """Table and name of every key that a policy's file, which can be read, says."""
    tables = tomllib.loads(text)
    return frozenset((table, name) for table, name, _ in policy_keys() if name in tables.get(table, {}))


def example(currency: str) -> str:
    """A file that says every key with its meaning and its default: set as it is, it changes nothing."""
    values, lines = (
        key_text(Policy(), currency),
        ["# Every key, what it means, and what holds where it is left out.", ""],
    )
    for table, shape in POLICY_TABLES.items():
        lines += [f"# {shape.__doc__}", f"[{table}]"]
        for name, key in shape.model_fields.items():
            value = values[table, name]
            shown = f"{name} = {toml(value)}" if value is not None else f"# {name} = {toml(SAMPLES[table, name])}"
            unset = f"; {UNSET} by default" if value is None else ""
            lines += [f"# {key.description} ({written_as(key).allowed}{unset})", shown]
        lines.append("")
    return "\n".join([*lines, WAYS, OFFERS])


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


OFFERS = """\
# Standing offers, as many tables as there are offers; none by default. Each is taken at once by whoever it is for,
# until the end of its last day, and stands first where a plan is made. `schema policy` lists every key.
# [[offers]]
# id = "half-penalty-june"
# name_zh = "罚息减一半"
# name_en = "Half the penalty waived"
# reason_zh = "三次以内还清逾期的，我们减免一半罚息。"
# reason_en = "Whoever pays what is overdue in up to three payments pays half the penalty."
# until = 2026-06-30
# installments = 3
# waived_penalty = "0.5"
# days_late_to = 180
"""


def policy_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the policy file; each key says what it means, what is allowed, and its default.

    Amounts have the digits of the lender's currency; the default of one is written as for two digits.
    """
    default = key_text(Policy(), "CNY")
    tables: dict[str, Any] = {
        table: {
            "description": shape.__doc__,
            "type": "object",
            "properties": {name: _key_schema(key, default[table, name]) for name, key in shape.model_fields.items()},
            "additionalProperties": False,
        }
        for table, shape in POLICY_TABLES.items()
    }
    way = {"kind": {"enum": list(WayKind)}, **{key: {"type": "string", "maxLength": 400} for key in WAY_TEXTS}}
    tables["ways_to_pay"] = {
        "description": "the lender's own ways to take money",
        "type": "array",
        "items": {"type": "object", "properties": way, "required": ["kind", "name_zh", "name_en"]},
        "default": [],
    }
    tables["offers"] = offers_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy of a lender",
        "type": "object",
        "properties": tables,
        "additionalProperties": False,
    }


def _key_schema(key: FieldInfo, default: Any) -> dict[str, Any]:
    how = written_as(key)
    value_text = {"description": f"{key.description} ({how.allowed})", **how.schema}
    return value_text if default is None else {**value_text, "default": default}
