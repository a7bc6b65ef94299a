"""What may stand in a name and in an id: letters that somebody sees, as the lender's own books have them."""

import re
import unicodedata

from portal.domain.refusal import N_, Refusal


class UnseenLetter(Refusal):
    says = N_("A letter that cannot be seen is at position {position}: {letter}. Take it out.")


class BlankAtEnd(Refusal):
    says = N_("An id neither begins nor ends with a blank; {given} does. Take it out.")


class NotComposed(Refusal):
    says = N_("An id is written in composed letters (Unicode NFC); {given} is not. Export it again in that form.")


class SpreadsheetsOwn(Refusal):
    says = N_(
        "{given} is no id but what a spreadsheet made of one. Export it again, with its column formatted as text."
    )


# Controls, soft hyphen, fillers, marks of direction, zero width, separators, variation selectors, tags. Line breaks and
# tabs are seen.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
_MONGOLIAN = "\u180b\u180c\u180d\u180e\u180f"
_VIRAMA = 9
"""Unicode's class of the mark that takes a letter's vowel away, in the scripts of India and Sri Lanka."""

# 1.23E+15, 20260001.0, #####, #N/A, '0001, ="0001", and what programs write for nothing.
_SPREADSHEETS = re.compile(
    r"[+-]?[0-9]([.,][0-9]+)?E[+-][0-9]+|[0-9]+\.0+|#+|#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NUM!|NULL!)|'.*|=\".*\""
    r"|nan|null|none|n/a",
    re.IGNORECASE | re.DOTALL,
)


def check_name(text: str) -> None:
    """A person's name, or the title of something. Raises UnseenLetter."""
    for match in _UNSEEN.finditer(text):
        if not _joins(text, match.start()):
            raise _unseen(match)


def check_id(text: str) -> None:
    """An id of the lender's own. Raises UnseenLetter, BlankAtEnd, NotComposed, SpreadsheetsOwn."""
    if match := _UNSEEN.search(text):
        raise _unseen(match)
    if text != text.strip():
        raise BlankAtEnd(given=repr(text))
    if not unicodedata.is_normalized("NFC", text):
        raise NotComposed(given=ascii(text))
    if _SPREADSHEETS.fullmatch(text):
        raise SpreadsheetsOwn(given=repr(text))


def sought_name(text: str) -> str:
    """By this a name is looked for: its letters and digits alone, whatever their width, case, and what is between."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in plain if unicodedata.category(each)[0] in "LMN")


def tidy_id(text: str) -> str:
    """By this ids are compared: without blanks at their ends, in NFC."""
    return unicodedata.normalize("NFC", text.strip())


def _joins(text: str, at: int) -> bool:
    """Whether a letter that is not seen belongs to how the word is spelt. Source: RFC 5892, appendix A; for the signs
    that choose a Mongolian letter's form The Unicode Standard, 13.5.
    """
    before, after = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
    if text[at] in _MONGOLIAN:
        return "\u1820" <= before <= "\u18aa"
    if text[at] not in _JOINERS or not before or not after:
        return False
    between_arabic = text[at] == "\u200c" and {unicodedata.bidirectional(each) for each in (before, after)} == {"AL"}
    return between_arabic or unicodedata.combining(before) == _VIRAMA


def _unseen(match: re.Match[str]) -> UnseenLetter:
    name = unicodedata.name(match[0], "a control character")
    return UnseenLetter(position=match.start() + 1, letter=f"U+{ord(match[0]):04X}, {name.lower()}")
