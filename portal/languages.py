"""Chinese first, English second: which language a request gets, and how money, dates and rates are written in it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_name, get_currency_symbol

from portal.domain.contract.calendar import LocalTime
from portal.domain.money import Money, digits
from portal.domain.refusal import Refusal

CATALOGUES = Path(__file__).resolve().parent / "locale"
DEFAULT = "zh-CN"
TEN_THOUSAND = 10_000


@dataclass(frozen=True)
class Language:
    """One language: its tag on the page, its catalogue, and the forms its readers expect."""

    tag: str
    name: str
    locale: Locale
    catalogue: NullTranslations

    def text(self, message: str) -> str:
        return self.catalogue.gettext(message)

    def plural(self, one: str, many: str, count: int) -> str:
        return self.catalogue.ngettext(one, many, count)

    def money(self, minor: int, currency: str) -> str:
        """A sum in a sentence or a headline: 1,100.16 元 in Chinese, where others write it as in a table."""
        unit = _unit(self.locale, currency)
        return f"{_plain(minor, digits(currency))} {unit}" if unit else self.figure(minor, currency)

    def figure(self, minor: int, currency: str) -> str:
        """A sum by itself, as tables have it: ¥1,100.16."""
        places, form = digits(currency), _form(self.locale, currency, minor < 0)
        if form is None:
            written = format_currency(Decimal(minor).scaleb(-places), currency, locale=self.locale)
            return written.replace(get_currency_symbol(currency, locale=self.locale), self.symbol(currency))
        return f"{form[0]}{_plain(abs(minor), places)}{form[1]}"

    def round_money(self, minor: int, currency: str) -> str:
        """A sum that a rule names, as the language says it in a sentence: 50 元 and 1 万元 in Chinese."""
        yuan, rest = divmod(minor, 100)
        if self.locale.language != "zh" or currency != "CNY" or rest:
            return self.money(minor, currency)
        if yuan >= TEN_THOUSAND and yuan % 1000 == 0:
            return f"{format_decimal(Decimal(yuan) / TEN_THOUSAND, locale=self.locale)} 万元"
        return f"{self.number(yuan)} 元"

    def symbol(self, currency: str) -> str:
        return _symbol(self.locale, currency)

    def month_day(self, day: date) -> str:
        """Without its year, which is told elsewhere on the page."""
        return format_skeleton("MMMMd", day, locale=self.locale)

    def date(self, day: date) -> str:
        return format_date(day, "long", locale=self.locale)

    def datetime(self, at: datetime, timezone: str) -> str:
        local = at.astimezone(ZoneInfo(timezone))
        return f"{self.date(local)} {format_time(local, 'short', locale=self.locale)}"

    def percent(self, rate: Fraction, places: int = 4) -> str:
        """A rate that somebody states, as exactly as stated; one that is computed, to two places."""
        value = Decimal(rate.numerator) / Decimal(rate.denominator)
        return format_percent(value, f"#,##0.{'#' * places}%", locale=self.locale)

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self.locale)

    def refusal(self, refusal: Refusal) -> str:
        """What a refusal says, its facts written in this language's forms."""
        return self.text(refusal.says).format(**{name: self.fact(fact) for name, fact in refusal.facts.items()})

    def fact(self, fact: object) -> str:
        match fact:
            case Money():
                return self.money(fact.minor, fact.currency)
            case LocalTime():
                return self.datetime(fact.at, fact.timezone)
            case date():
                return self.date(fact)
            case Fraction():
                return self.percent(fact)
            case bool() | str():
                return str(fact)
            case int():
                return self.number(fact)
            case _:
                return str(fact)


def _plain(minor: int, places: int) -> str:
    """1,100.16, in all our languages."""
    whole, rest = divmod(abs(minor), 10**places)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}.{rest:0{places}}" if places else f"{sign}{whole:,}"


def _symbol(locale: Locale, currency: str) -> str:
    """The library's, but ¥ for the yuan wherever the yen has another one: JP¥ beside it keeps the two apart."""
    if currency == "CNY" and get_currency_symbol("JPY", locale=locale) != "¥":
        return "¥"
    return get_currency_symbol(currency, locale=locale)


@cache
def _unit(locale: Locale, currency: str) -> str | None:
    """The word that follows a sum in a Chinese sentence; None where there is none, and in other languages."""
    if locale.language != "zh":
        return None
    name = get_currency_name(currency, locale=locale)
    return "元" if currency == "CNY" else name if name != currency else None


@cache
def _form(locale: Locale, currency: str, negative: bool) -> tuple[str, str] | None:
    """What stands before and after an amount; None where it is not written with commas and a point."""
    written = f"1,234,567.{'0' * digits(currency)}".removesuffix(".")
    sample = format_currency(Decimal(-1234567 if negative else 1234567), currency, locale=locale)
    own = sample.replace(get_currency_symbol(currency, locale=locale), _symbol(locale, currency))
    before, found, after = own.partition(written)
    return (before, after) if found else None


@cache
def languages() -> Mapping[str, Language]:
    """Chinese, English, and whatever else has a catalogue: a language is nothing more than that."""
    others = sorted(path.name for path in CATALOGUES.iterdir() if path.is_dir() and path.name != "zh_CN")
    return {
        "zh-CN": _language("zh_CN", _catalogue("zh_CN")),
        "en": Language("en", "English", Locale.parse("en_GB"), NullTranslations()),
        **{name.replace("_", "-"): _language(name, _catalogue(name)) for name in others},
    }


def _language(name: str, catalogue: NullTranslations) -> Language:
    locale = Locale.parse(name)
    return Language(name.replace("_", "-"), locale.get_language_name(locale) or name, locale, catalogue)


def in_every_language(message: str, **facts: str) -> dict[str, str]:
    """A message in all our languages, by their tags."""
    return {tag: spoken.text(message).format(**facts) for tag, spoken in languages().items()}


def choose(chosen: str, accepted: str = "") -> Language:
    """The language chosen before, or the first the browser accepts that is one of ours, or Chinese."""
    known = languages()
    if chosen in known:
        return known[chosen]
    for tag in _by_preference(accepted):
        prefix = tag.split("-")[0].lower()
        found = next((known[name] for name in known if name.split("-")[0] == prefix), None)
        if found is not None:
            return found
    return known[DEFAULT]


def _by_preference(accepted: str) -> list[str]:
    weighted = []
    for position, part in enumerate(accepted.split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        weighted.append((-_quality(quality), position, tag.strip()))
    return [tag for quality, _, tag in sorted(weighted) if quality < 0]


def _quality(text: str) -> int:
    """Thousandths; a browser's `q` has at most three decimals (RFC 9110, 12.4.2)."""
    whole, _, decimals = (text or "1").partition(".")
    joined = whole + decimals[:3].ljust(3, "0")
    return int(joined) if joined.isdecimal() else 1000


def _catalogue(name: str) -> NullTranslations:
    path = CATALOGUES / name / "LC_MESSAGES" / "portal.po"
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=name))
    compiled.seek(0)
    return GNUTranslations(compiled)
