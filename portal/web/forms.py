"""Reading what people typed: every field is tried, each problem is a refusal beside its field, all of it comes back."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

from portal.actions.act import FormToken
from portal.domain.contract.calendar import parse_date
from portal.domain.money import AmountTooLarge, Money, digits, parse_amount, parse_rate
from portal.domain.refusal import N_, Refusal

_Value = TypeVar("_Value")

A_MONTH = timedelta(days=31)
MOST_NOTE = 500
ANY_AMOUNT = 10**13
"""Minor units: above any loan."""
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


class AmountBelowLeast(Refusal):
    says = N_("Please write at least {least}. You wrote {given}.")


class NothingLikeWhatIsOwed(Refusal):
    says = N_("Please write an amount from {least} to {most}, which is all you owe. You wrote {given}.")


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
        self, name: str, currency: str, *, least: int = 0, most: int = ANY_AMOUNT, owed: int = 0, required: bool = False
    ) -> int | None:
        """Minor units from what somebody typed, as `typed_amount` understands it. Where what is `owed` is known, an
        amount that cannot be is answered by what makes sense: from one of the currency to that.
        """

        def read(typed: str) -> int:
            given: Money | str = typed[:20]
            try:
                minor = typed_amount(typed, currency, name)
                given = Money(minor, currency)
            except AmountTooLarge:
                minor = most + 1
            if not least <= minor <= most:
                raise _out_of_range(name, currency, least, most, owed, given)
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

    def date(self, name: str, *, example: date, required: bool = False, past: bool = False) -> date | None:
        """A day with its year; without one, as 7月20日, the coming one, or with `past` the last up to the example."""

        def read(typed: str) -> date:
            try:
                day = typed_date(typed, example, past)
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


def _out_of_range(name: str, currency: str, least: int, most: int, owed: int, given: Money | str) -> Refusal:
    """No limit of ours that nobody has reason to meet is told as advice."""
    low, high = Money(least, currency), Money(most, currency)
    if owed:
        whole = Money(min(10 ** digits(currency), owed), currency)
        return NothingLikeWhatIsOwed(name, least=whole, most=Money(owed, currency), given=given)
    small = most == ANY_AMOUNT and isinstance(given, Money) and given.minor < least
    return (
        AmountBelowLeast(name, least=low, given=given)
        if small
        else AmountOutOfRange(name, least=low, most=high, given=given)
    )


def typed_date(typed: str, example: date, past: bool = False) -> date:
    """A day as people write it. Without a year it is the first such day from a month before the example on: a day that
    has just gone by is a slip, and not meant for next year; with `past` the last up to the example. Raises Refusal.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed))
    if found := re.fullmatch(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})[日号]?", plain):
        return parse_date(f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}")
    if found := re.fullmatch(r"([0-9]{1,2})月([0-9]{1,2})[日号]?", plain):
        years = range(example.year + 1, example.year - 9, -1) if past else range(example.year - 1, example.year + 9)
        for year in years:
            with suppress(ValueError):
                day = date(year, int(found[1]), int(found[2]))
                if day <= example if past else day >= example - A_MONTH:
                    return day
    return parse_date(plain)


def typed_amount(typed: str, currency: str, field: str = "") -> int:
    """Minor units of an amount as people write it: 人民币600, 600块, 1千, 1.5万元, １，２３４; `1e3` and `-5` are none.

    Raises NotAnAmountTyped or AmountTooLarge.
    """
    plain = re.sub(r"^(人民币|RMB|CNY)?[¥$€£]*|(元整|元|块钱|块|圆|RMB|CNY)$", "", _squeezed(typed))
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", plain.rstrip("千万")):
        plain = plain.replace(",", "")
    if found := re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?([千万])", plain):
        zeros = {"千": 3, "万": 4}[found[3]]
        moved = (found[2] or "").ljust(zeros, "0")
        plain = f"{found[1]}{moved[:zeros]}.{moved[zeros:]}".rstrip(".")
    try:
        return parse_amount(plain, currency)
    except AmountTooLarge:
        raise
    except Refusal as refusal:
        example = Money(125050 * 10 ** digits(currency) // 100, currency)
        raise NotAnAmountTyped(field, example=example, given=typed[:20]) from refusal


def _squeezed(typed: str) -> str:
    return re.sub(r"^\s+|\s+$|(?<=[^0-9])\s+|\s+(?=[^0-9])", "", unicodedata.normalize("NFKC", typed)).upper()


def clean_text(typed: str) -> str:
    """Free text without control and direction-changing characters, which only serve to disguise; line breaks stay."""
    kept = (c for c in typed.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf"))
    return "".join(kept).strip()


def phone_number(typed: str) -> str:
    """In international form; eleven digits that begin with 1 are a mainland mobile number, with or without its 86."""
    plain = re.sub(r"[\s().-]", "", unicodedata.normalize("NFKC", typed))
    mainland = re.fullmatch(r"(?:\+|00)?(?:86)?(1[0-9]{10})", plain)
    return f"+86{mainland[1]}" if mainland else re.sub(r"^00", "+", plain)
