"""What a lender's file says of a loan, in the words of a page: dates, sums and rates as its readers write them."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.domain.money import parse_amount, parse_rate
from portal.languages import Language
from portal.reads.changes_told import SAYS_NOTHING, place_of
from portal.web.labels.events import ROW_KEY_LABELS
from portal.web.labels.loans import CLOSED_AS_LABELS, COMPONENT_LABELS

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_AMOUNTS = {"amount", "principal", "interest", "fees", "penalty", "costs", "total", "installment"}
_RATES = {"annual_rate", "rate", "percent"}
_BARE = {"id", "no", "ref"}
"""What names a thing needs no word before it."""
_UNSAID = {"hash"}
_WORDS: Mapping[str, Mapping[Any, str]] = {"kind": COMPONENT_LABELS, "reason": CLOSED_AS_LABELS}
"""By the name of a value, what its codes are called."""


def file_value(spoken: Language, value: Any, name: str, currency: str) -> str:
    """A value of a row by the name it has there; rows of a list one after the other."""
    if isinstance(value, Mapping):
        found = [(key, value[key]) for key in sorted(value, key=place_of) if key not in _UNSAID]
        parts = [
            _named(spoken, key, each, currency) for key, each in found if each not in SAYS_NOTHING and each is not False
        ]
        return spoken.text(", ").join(parts) or "–"
    if isinstance(value, list | tuple):
        return "; ".join(file_value(spoken, each, name, currency) for each in value) or "–"
    return "–" if value in SAYS_NOTHING else _plain(spoken, str(value), name.rpartition(".")[2], currency)


def _named(spoken: Language, key: str, value: Any, currency: str) -> str:
    said = file_value(spoken, value, key, currency)
    if key in _BARE:
        return said
    label = spoken.text(ROW_KEY_LABELS[key]) if key in ROW_KEY_LABELS else key
    return label if value is True else f"{label} {said}"


def _plain(spoken: Language, text: str, key: str, currency: str) -> str:
    if _DAY.fullmatch(text):
        return spoken.date(date.fromisoformat(text))
    if key in _RATES:
        return spoken.percent(parse_rate(text))
    if text in _WORDS.get(key, {}):
        return spoken.text(_WORDS[key][text])
    if key in _AMOUNTS and currency and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return spoken.figure(parse_amount(text, currency, allow_negative=True), currency)
    return text
