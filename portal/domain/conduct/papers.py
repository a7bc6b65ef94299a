"""Papers that others may check: the number and the eight characters on them, and what those are answered.

Both are read as people copy them from paper: in any case, with blanks and hyphens, a 0 for an O.
"""

import unicodedata
from enum import StrEnum

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty-two signs that nobody takes for another one: no I, L, O or U."""
CODE_SIGNS, BITS_A_SIGN = 8, 5


class PaperState(StrEnum):
    """What is true today of a paper that is genuine; a letter is withdrawn where what it says is so no more."""

    IN_FORCE = "in_force"
    ENDED = "ended"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


def code_on_paper(keyed_hash: str) -> str:
    """The first forty bits of a keyed hash (hexadecimal), as eight signs."""
    bits = int(keyed_hash, 16) >> (4 * len(keyed_hash) - CODE_SIGNS * BITS_A_SIGN)
    signs = [_CROCKFORD[bits >> BITS_A_SIGN * place & 31] for place in reversed(range(CODE_SIGNS))]
    return "".join(signs)


def typed_number(typed: str) -> str:
    """A number as it is stored, of letters and 2 to 7; a 0, 1 or 8 was an O, I or B."""
    return _plain(typed).translate(str.maketrans("018", "OIB")).lower()


def typed_code(typed: str) -> str:
    return _plain(typed).translate(str.maketrans("OIL", "011"))


def in_groups(text: str) -> str:
    """As it stands on paper: capitals, four and four."""
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4)).upper()


def _plain(typed: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", typed))).upper()
