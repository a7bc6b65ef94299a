"""Names that whoever guesses a password here tries first: of the lender, of this site and of the product."""

import re
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PRODUCT, OF_PRODUCT = ("repayment portal", "还款平台"), ("还款", "huankuan")
# Letters, or Chinese characters, of a name that may not stand in a password, and of one that makes it easier to guess:
# a shorter one stands in many a sentence by chance.
LEAST_WHOLE, LEAST_PART = (6, 3), (4, 2)

# GB 2312 has its 3,755 common characters in the order of their readings: the first character of each letter.
_FIRSTS = "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
_LETTERS = "abcdefghjklmnopqrstwxyz"
_BEGINS = [first.encode("gb2312") for first in _FIRSTS]
_LAST = "座".encode("gb2312")
_SYLLABLE = "{}h?[aeiouv]{{0,3}}(?:ng|n|r)?"


@dataclass(frozen=True, slots=True)
class KnownNames:
    """`whole` may not stand in a password at all; with `parts` in it the rest has to be strong by itself."""

    whole: tuple[str, ...]
    parts: tuple[str, ...]

    def found_whole(self, password: str) -> str:
        """The name that stands in it, however it is spaced or written large; empty for none."""
        plain = _plain(password)
        return next((name for name in self.whole if _plain(name) in plain), "")

    def found_parts(self, password: str) -> list[str]:
        """What of the names stands in it; of a Chinese name also its sounds, as far as its letters can be them."""
        low = unicodedata.normalize("NFKC", password).lower()
        sounding = [part for part in self.parts if part in low]
        return sounding + [sounds for part in self.parts if (sounds := _sounds_in(low, part))]


def known_names(lenders: Iterable[tuple[str, str]], host: str) -> KnownNames:
    """Of lenders by name and slug, and of the site at `host`, whose labels count without the last."""
    labels = [label for label in host.partition(":")[0].split(".")[:-1] if not label.isdigit()]
    given = [word.strip().lower() for pair in lenders for word in pair]
    names = [*given, *labels, *PRODUCT]
    parts = dict.fromkeys(part for name in (*names, *OF_PRODUCT) for part in (name, *name.split()))
    whole = tuple(name for name in names if _has(name, LEAST_WHOLE))
    return KnownNames(whole, tuple(part for part in parts if _has(part, LEAST_PART)))


def _has(name: str, least: tuple[int, int]) -> bool:
    plain = _plain(name)
    return len(plain) >= least[not plain.isascii()]


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _sounds_in(low: str, name: str) -> str:
    """The letters in a password that can be read as the first two or more characters of a Chinese name."""
    letters = _initials(name)
    if len(letters) < 2:
        return ""
    first, second, *more = [_SYLLABLE.format(letter) for letter in letters]
    rest = "".join(f"(?:{each}" for each in more) + ")?" * len(more)
    found = re.search(first + second + rest, low)
    return found[0] if found and len(found[0]) >= LEAST_PART[0] else ""


def _initials(name: str) -> Sequence[str]:
    """The letters that a name's first Chinese characters begin with when they are read; other characters end it."""
    found = []
    for character in name:
        code = character.encode("gb2312", errors="ignore")
        if not _BEGINS[0] <= code <= _LAST:
            break
        found.append(_LETTERS[bisect(_BEGINS, code) - 1])
    return found
