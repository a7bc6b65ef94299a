"""Reading what people typed: every field is tried, each problem is a refusal beside its field, all of it comes back."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date
from fractions import Fraction
from typing import TypeVar

from portal.actions.act import FormToken
from portal.domain.contract.calendar import parse_date
from portal.domain.money import AmountTooLarge, Money, digits, parse_amount, parse_rate
from portal.domain.refusal import N_, Refusal

_Value = TypeVar("_Value")

MOST_NOTE = 500
MOST_FIELDS = 60
"""Of any one form."""


class MissingField(Refusal):
    says = N_("Please fill this in.")


class NotChosen(Refusal):
    says = N_("Please choose one of the answers.")


class NotAnAmountTyped(Refusal):
    says = N_("Please write an amount in digits, such as {example}. You wrote “{given}”.")


class AmountOutOfRange(Refusal):
    says = N_("The amount can be from {least} to {most}. You wrote {given}.")


class NotANumberField(Refusal):
    says = N_("Please write a whole number from {least} to {most}. You wrote “{given}”.")


class NotAPercentage(Refusal):
    says = N_("Please write a rate a year in percent, from 0 to 100, such as 12 or 7.2. You wrote “{given}”.")


class NotADateTyped(Refusal):
    says = N_("Please write a date such as {example}. You wrote “{given}”.")


class TooLong(Refusal):
    says = N_("This can be at most {most} characters long. Yours has {given}.")


class StalePage(Refusal):
    """Base of what is refused because the page was older than what it is about."""


class Form:
    """One form as it was sent. `values` are the raw texts, `errors` the refusals by field."""

    def __init__(self, sent: Mapping[str, object]) -> None:
        self.values = {name: str(value) for name, value in sent.items()}
        self.errors: dict[str, Refusal] = {}

    def __bool__(self) -> bool:
        return not self.errors

    def raw(self, name: str) -> str:
        return self.values.get(name, "").replace("\0", "").strip()

    def refuse(self, name: str, refusal: Refusal) -> None:
        self.errors.setdefault(name, refusal)

    def check(self) -> None:
        """Raises the first refusal, where a field has one."""
        for refusal in self.errors.values():
            raise refusal

    def ticked(self, name: str) -> bool:
        return self.raw(name) == "1"

    def text(self, name: str, *, most: int = MOST_NOTE, required: bool = False) -> str:
        typed = clean_text(self.values.get(name, ""))
        if required and not typed:
            self.refuse(name, MissingField(name))
        if len(typed) > most:
            self.refuse(name, TooLong(name, most=most, given=len(typed)))
        return typed

    def choice(self, name: str, allowed: Collection[str], default: str | None = None) -> str:
        typed = self.raw(name) or (default or "")
        if typed not in allowed:
            self.refuse(name, NotChosen(name))
            return default or ""
        return typed

    def amount(
        self, name: str, currency: str, *, least: int = 0, most: int = 10**13, required: bool = False
    ) -> int | None:
        """Minor units from what somebody typed: full-width digits, separators and a currency sign are understood."""

        def read(typed: str) -> int:
            given: Money | str = typed[:20]
            try:
                minor = typed_amount(typed, currency, name)
                given = Money(minor, currency)
            except AmountTooLarge:
                minor = most + 1
            if not least <= minor <= most:
                low, high = Money(least, currency), Money(most, currency)
                raise AmountOutOfRange(name, least=low, most=high, given=given)
            return minor

        return self._read(name, read, required)

    def count(self, name: str, least: int, most: int, *, required: bool = False) -> int | None:
        def read(typed: str) -> int:
            plain = unicodedata.normalize("NFKC", typed)
            if not re.fullmatch(r"[0-9]{1,9}", plain) or not least <= int(plain) <= most:
                raise NotANumberField(name, least=least, most=most, given=typed[:20])
            return int(plain)

        return self._read(name, read, required)

    def percent(self, name: str) -> Fraction | None:
        """A fraction of one from a rate in percent, with its sign or without.

        One below 1 has to have the sign: "0.18" alone may mean eighteen.
        """

        def read(typed: str) -> Fraction:
            plain = unicodedata.normalize("NFKC", typed)
            try:
                rate = parse_rate(plain.removesuffix("%").strip()) / 100
            except Refusal as refusal:
                raise NotAPercentage(name, given=typed[:20]) from refusal
            if rate > 1 or (0 < rate < Fraction(1, 100) and not plain.endswith("%")):
                raise NotAPercentage(name, given=typed[:20])
            return rate

        return self._read(name, read, required=False)

    def date(self, name: str, *, example: date, required: bool = False) -> date | None:
        def read(typed: str) -> date:
            plain = unicodedata.normalize("NFKC", typed)
            parts = re.fullmatch(r"([0-9]{4})[-/.年 ]?([0-9]{1,2})[-/.月 ]?([0-9]{1,2})[日号]?", plain)
            try:
                day = parse_date(f"{parts[1]}-{parts[2]:0>2}-{parts[3]:0>2}" if parts else plain)
            except Refusal as refusal:
                raise NotADateTyped(name, example=example.isoformat(), given=typed[:20]) from refusal
            self.values[name] = day.isoformat()  # a date field of a browser shows no other form
            return day

        return self._read(name, read, required)

    def token(self) -> FormToken:
        """What the form carries back of the page it stood on; a `expected_version` that is no number fits no page."""
        expected_version = self.raw("expected_version")
        return FormToken(
            int(expected_version) if re.fullmatch(r"[0-9]{1,18}", expected_version) else -1, self.raw("key")[:100]
        )

    def _read(self, name: str, read: Callable[[str], _Value], required: bool) -> _Value | None:
        typed = self.raw(name)
        if not typed:
            if required:
                self.refuse(name, MissingField(name))
            return None
        try:
            return read(typed)
        except Refusal as refusal:
            self.refuse(name, refusal)
            return None


def typed_amount(typed: str, currency: str, field: str = "") -> int:
    """Minor units; `1e3`, `-5` and `NaN` are not amounts. Raises NotAnAmountTyped or AmountTooLarge."""
    plain = unicodedata.normalize("NFKC", typed).strip().removesuffix("元").lstrip("¥￥$€£").strip()
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", plain):
        plain = plain.replace(",", "")
    try:
        return parse_amount(plain, currency)
    except AmountTooLarge:
        raise
    except Refusal as refusal:
        example = Money(125050 * 10 ** digits(currency) // 100, currency)
        raise NotAnAmountTyped(field, example=example, given=typed[:20]) from refusal


def clean_text(typed: str) -> str:
    """Free text without control and direction-changing characters, which only serve to disguise; line breaks stay."""
    kept = (c for c in typed.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf"))
    return "".join(kept).strip()


def phone_number(typed: str) -> str:
    """In international form; eleven digits that begin with 1 are a mainland mobile number, with or without its 86."""
    plain = re.sub(r"[\s().-]", "", unicodedata.normalize("NFKC", typed))
    mainland = re.fullmatch(r"(?:\+|00)?(?:86)?(1[0-9]{10})", plain)
    return f"+86{mainland[1]}" if mainland else re.sub(r"^00", "+", plain)
