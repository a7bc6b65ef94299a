"""How a lender writes dates: `DD.MM.YYYY`, `YYYYMMDD`, `Mon-YYYY`; month names are English on every machine."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import cache

from portal.domain.contract.calendar import NotADate
from portal.intake.refusals import NotADateFormat

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TOKENS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "Mon": f"(?P<name>{'|'.join(MONTHS)})",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
}
EXAMPLES = "YYYY-MM-DD, D.M.YYYY, Mon-YYYY"
_TOKEN = re.compile("|".join(TOKENS))


@dataclass(frozen=True, slots=True)
class DateFormat:
    text: str
    pattern: re.Pattern[str]

    @property
    def has_day(self) -> bool:
        return "day" in self.pattern.groupindex

    def read(self, text: str, day: int | None) -> date:
        """`day` stands in where the format has none, at most the month's last. Raises NotADate."""
        match = self.pattern.fullmatch(text)
        if match is None:
            raise NotADate(allowed=self.sample, given=repr(text))
        found = match.groupdict()
        month = MONTHS.index(found["name"]) + 1 if "name" in found else int(found["month"])
        try:
            first = date(int(found["year"]), month, 1)
            last = monthrange(first.year, first.month)[1]
            return first.replace(day=int(found["day"]) if self.has_day else min(day or 1, last))
        except ValueError:
            raise NotADate(allowed=self.sample, given=repr(text)) from None

    @property
    def sample(self) -> str:
        parts = {"YYYY": "2026", "Mon": "Mar", "MM": "03", "M": "3", "DD": "31", "D": "31"}
        return _TOKEN.sub(lambda token: parts[token[0]], self.text)


@cache
def date_format(text: str) -> DateFormat:
    """Raises NotADateFormat."""
    found = _TOKEN.findall(text)
    if sorted(token[0] for token in found) not in (["M", "Y"], ["D", "M", "Y"]):
        raise NotADateFormat(allowed=EXAMPLES, given=repr(text))
    literal = [re.escape(part) for part in _TOKEN.split(text)]
    tokens = [*(TOKENS[token] for token in found), ""]
    return DateFormat(text, re.compile("".join(a + b for a, b in zip(literal, tokens, strict=True))))
