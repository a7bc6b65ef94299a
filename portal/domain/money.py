"""Money is an integer of minor units, a rate an exact fraction of one; `divide` alone rounds."""

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from portal.domain.refusal import N_, Refusal

COMPONENTS = ("costs", "fees", "penalty", "interest", "principal")

MAX_MINOR = 10**15
"""Minor units. Far above any consumer loan, far below what a sum of many in a 64-bit column can hold."""

MAX_RATE_DIGITS = 18
SIGNIFICANT_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency, in minor units: for the facts of a refusal, worded where it is shown."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return f"{self.currency} {format_amount(self.minor, self.currency)}"


class Rounding(StrEnum):
    """`HALF_UP` and `UP` go away from zero, `DOWN` goes towards it."""

    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    UP = "up"
    DOWN = "down"


_HALF_UP = Rounding.HALF_UP


class UnknownCurrency(Refusal):
    says = N_("{given} is not a currency code of ISO 4217, such as CNY.")


class NotAnAmount(Refusal):
    says = N_("An amount is written like {allowed}, without signs, separators or spaces; {given} is not.")


class TooManyDecimals(Refusal):
    says = N_("{currency} has {allowed} decimal places; {given} has more.")


class NegativeAmount(Refusal):
    says = N_("The amount must be {allowed} or more; {given} is below.")


class AmountTooLarge(Refusal):
    says = N_("The amount must not be above {allowed}; {given} is.")


class NotARate(Refusal):
    says = N_("A rate is a decimal fraction of one, such as {allowed} for 18 %; {given} is not.")


def divide(numerator: int, denominator: int, rounding: Rounding, multiple: int = 1) -> int:
    """The quotient, rounded to a multiple of `multiple`; halves by `rounding`, symmetric around zero."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    step = denominator * multiple
    if numerator >= 0 and rounding is _HALF_UP:
        return (2 * numerator + step) // (2 * step) * multiple
    whole, rest = divmod(abs(numerator), step)
    if rest and _goes_up(whole, 2 * rest - step, rounding):
        whole += 1
    return (whole if numerator >= 0 else -whole) * multiple


def _goes_up(whole: int, beyond_half: int, rounding: Rounding) -> bool:
    if rounding is Rounding.HALF_UP:
        return beyond_half >= 0
    if rounding is Rounding.HALF_EVEN:
        return beyond_half > 0 or (beyond_half == 0 and whole % 2 == 1)
    return rounding is Rounding.UP


def rounded(value: Fraction, rounding: Rounding, multiple: int = 1) -> int:
    return divide(value.numerator, value.denominator, rounding, multiple)


def digits(currency: str) -> int:
    """Decimal places of the currency's minor unit. Source: ISO 4217, codes in force in 2026 that have one."""
    found = _DIGITS.get(currency)
    if found is None:
        raise UnknownCurrency("currency", given=_shown(currency))
    return found


def parse_amount(text: object, currency: str, field: str = "", *, allow_negative: bool = False) -> int:
    """Minor units of a plain decimal string: ASCII digits, the currency's decimals, at most `MAX_MINOR`."""
    places = digits(currency)
    match = _PLAIN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise NotAnAmount(field, allowed=format_amount(125 * 10**places, currency), given=_shown(text))
    sign, whole, decimals = match["sign"], match["whole"].lstrip("0"), match["decimals"] or ""
    if sign and not allow_negative:
        raise NegativeAmount(field, allowed=format_amount(0, currency), given=_shown(text))
    if len(decimals) > places:
        raise TooManyDecimals(field, currency=currency, allowed=places, given=_shown(text))
    if len(whole) > len(str(MAX_MINOR)) or (minor := int((whole + decimals.ljust(places, "0")) or "0")) > MAX_MINOR:
        raise AmountTooLarge(field, allowed=format_amount(MAX_MINOR, currency), given=_shown(text))
    return -minor if sign else minor


def format_amount(minor: int, currency: str) -> str:
    places = digits(currency)
    shown = str(abs(minor)).zfill(places + 1)
    if places:
        shown = f"{shown[:-places]}.{shown[-places:]}"
    return f"-{shown}" if minor < 0 else shown


def amount_texts(value: object, currency: str, *names: str) -> dict[str, str]:
    """The named amounts of a value, in minor units, as decimal strings."""
    return {name: format_amount(getattr(value, name), currency) for name in names}


def parse_rate(text: object, field: str = "") -> Fraction:
    """An exact fraction of one from a plain decimal string, `MAX_RATE_DIGITS` on either side at most."""
    match = _PLAIN.fullmatch(text) if isinstance(text, str) else None
    if match is None or match["sign"] or max(len(match["whole"]), len(match["decimals"] or "")) > MAX_RATE_DIGITS:
        raise NotARate(field, allowed="0.18", given=_shown(text))
    decimals = match["decimals"] or ""
    return Fraction(int(match["whole"] + decimals), 10 ** len(decimals))


@lru_cache(maxsize=256)
def format_rate(rate: Fraction) -> str:
    """A decimal string: exact where the fraction terminates, otherwise 12 significant digits, halves up."""
    sign, rate = ("-", -rate) if rate < 0 else ("", rate)
    places = _exact_places(rate.denominator)
    if places is None:
        places = SIGNIFICANT_DIGITS - _magnitude(rate)
    scaled = rounded(rate * Fraction(10) ** places, Rounding.HALF_UP)
    whole, decimals = divmod(scaled * 10 ** max(-places, 0), 10 ** max(places, 0))
    return sign + f"{whole}.{decimals:0{max(places, 1)}d}".rstrip("0").rstrip(".")


def _exact_places(denominator: int) -> int | None:
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None


def _magnitude(rate: Fraction) -> int:
    """Digits before the point; negative counts the zeros right behind it."""
    places = len(str(rate.numerator)) - len(str(rate.denominator))
    return places + 1 if rate >= Fraction(10) ** places else places


def _shown(text: object) -> str:
    shown = repr(text)
    return shown if len(shown) <= 40 else shown[:39] + "…"


_PLAIN = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<decimals>[0-9]+))?")

_CODES_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
        "CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
        "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
        "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
        "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP "
        "TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DIGITS = {code: places for places, codes in _CODES_BY_DIGITS.items() for code in codes.split()}
