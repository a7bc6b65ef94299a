"""How the values of a policy file are written: each is read with the lender's currency, or refused in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from pydantic import ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from portal.domain.contract.agreement import Covers, MissedContract
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import PauseInterest, PauseScope
from portal.domain.money import parse_amount, parse_rate
from portal.domain.refusal import Refusal
from portal.reads.contact_rules import CONTACT_RULE_NAMES


@dataclass(frozen=True, slots=True)
class KeyText:
    """How a value is written: `read` it with the lender's currency, or raise; `allowed` in words and as JSON Schema."""

    read: Callable[[Any, str], Any]
    allowed: str
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, _kind: Any, _handler: Any) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._value)

    def _value(self, given: Any, info: ValidationInfo) -> Any:
        try:
            return self.read(given, str(info.context))
        except (Refusal, TypeError) as error:
            raise ValueError from error


def whole(least: int, most: int) -> KeyText:
    def read(given: Any, _currency: str) -> int:
        return int(_kept(given, type(given) is int and least <= given <= most))

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return KeyText(read, f"a whole number from {least} to {most}", schema)


def _listed(kind: Callable[[Any], Any], allowed: str, **each: Any) -> KeyText:
    def read(given: Any, _currency: str) -> tuple[Any, ...]:
        return tuple(map(kind, _kept(given, isinstance(given, list) and bool(given))))

    return KeyText(read, f"a list of {allowed}", {"type": "array", "minItems": 1, "items": {"type": "string", **each}})


def _kept(given: Any, fits: bool) -> Any:
    if not fits:
        raise ValueError
    return given


def _share(given: Any, _currency: str) -> Fraction:
    share = parse_rate(given)
    return Fraction(_kept(share, 0 <= share <= 1))


REPORTS = ("overdue-until-settled", "current-while-kept")
AMOUNT = KeyText(
    parse_amount, 'an amount as a string, such as "100.00"', {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}
)
SHARE = KeyText(
    _share,
    'a share from 0 to 1 as a string, such as "0.5"',
    {"type": "string", "pattern": r"^(0(\.[0-9]+)?|1(\.0+)?)$"},
)
CONTRACT_RATE = "contract"


def _plan_rate(given: Any, _currency: str) -> Fraction | None:
    rate = None if given == CONTRACT_RATE else parse_rate(given)
    return rate if rate is None else Fraction(_kept(rate, 0 <= rate <= 1))


PLAN_RATE = KeyText(
    _plan_rate,
    'a rate a year as a string, such as "0.12", or "contract"',
    {"type": "string", "pattern": r"^(contract|0(\.[0-9]+)?|1(\.0+)?)$"},
)
SWITCH = KeyText(lambda given, _: _kept(given, type(given) is bool), "true or false", {"type": "boolean"})
_LONGEST_TEXT = 200


def _text(given: Any, _currency: str) -> str:
    return str(_kept(given, isinstance(given, str) and 0 < len(given.strip()) <= _LONGEST_TEXT))


SHORT_TEXT = KeyText(
    _text, f"a text of 1 to {_LONGEST_TEXT} characters", {"type": "string", "minLength": 1, "maxLength": _LONGEST_TEXT}
)
DAY = KeyText(lambda given, _: _kept(given, type(given) is date), "a day, such as 2026-06-30", {"format": "date"})
NAME_LIST = _listed(str, "names")
EVERY_STEP = KeyText(lambda given, _: Every.parse(given), '"1m", "2w" or "1w"', {"pattern": "^[1-9][0-9]{0,2}[mwd]$"})
EVERY_LIST = _listed(Every.parse, '"1m", "2w", "1w"', pattern="^[1-9][0-9]{0,2}[mwd]$")
COVERS_LIST = _listed(Covers, '"overdue", "to-come", "all"', enum=[each.value for each in Covers])
REPORTED_AS = KeyText(lambda given, _: _kept(given, given in REPORTS), " or ".join(REPORTS), {"enum": list(REPORTS)})


def one_of_these(kind: type[StrEnum], *which: StrEnum) -> KeyText:
    among = which or tuple(kind)

    return KeyText(
        lambda given, _: _kept(kind(given), kind(given) in among),
        " or ".join(among),
        {"enum": [each.value for each in among]},
    )


CONTACT_RULES = KeyText(
    lambda given, _: _kept(given, given in CONTACT_RULE_NAMES),
    " or ".join(CONTACT_RULE_NAMES),
    {"enum": list(CONTACT_RULE_NAMES)},
)
MISSED_CONTRACT, PAUSED_INTEREST = map(one_of_these, (MissedContract, PauseInterest))
PAUSE_SCOPE = one_of_these(PauseScope, PauseScope.ALL, PauseScope.OVERDUE)


def written_as(key: FieldInfo) -> KeyText:
    return next(each for each in key.metadata if isinstance(each, KeyText))
