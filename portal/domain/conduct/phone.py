"""A phone number that can be rung: its country's code once, and as many digits as numbers there have.

No refusal repeats the number, for it is somebody's.
"""

import re
import unicodedata

from portal.domain.refusal import N_, Refusal

EXAMPLE = "+8613800000001"


class NotAPhone(Refusal):
    says = N_("A phone number is written like {allowed}: a plus sign and 8 to 15 digits; what is here is not.")


class CountryTwice(Refusal):
    says = N_(
        "A country code is before a number that already has one, or the 0 or 00 before it; it is written once, "
        "as in {allowed}. Take it out of the file, or out of `prefix` in the mapping."
    )


class WrongLength(Refusal):
    says = N_("A number of +{country} has {allowed} digits after its country code; this one has {count}.")


class NotAMobile(Refusal):
    says = N_(
        "A mobile number of mainland China begins with 13 to 19 after +86; this one does not. "
        "Where there is no mobile number, leave the field out."
    )


_MAINLAND = "86"
_LEAST_RUNG = 3
"""Digits of the shortest number that is rung, as 110."""
_DIGITS = {
    "1": (10, 10), "7": (10, 10), "33": (9, 9), "44": (9, 10), "60": (8, 10), "61": (9, 9), "62": (8, 12),
    "63": (8, 10), "65": (8, 8), "66": (8, 9), "81": (9, 10), "82": (9, 10), "84": (9, 10), "86": (11, 11),
    "91": (10, 10), "852": (8, 8), "853": (8, 8), "886": (8, 9),
}  # fmt: skip
"""Least and most digits after the country code, where it is known. Source: the countries' numbering plans as notified
to the ITU; elsewhere E.164, at most 15 digits with the code."""


def check_phone(text: str) -> None:
    """Raises NotAPhone, CountryTwice, WrongLength, NotAMobile."""
    if re.fullmatch(r"\+[0-9]+\+[0-9]+", text):
        raise CountryTwice(allowed=EXAMPLE)
    if not re.fullmatch(r"\+[1-9][0-9]+", text):
        raise NotAPhone(allowed=EXAMPLE)
    country = next((code for code in _DIGITS if text.startswith(code, 1)), "")
    if country:
        _check_national(country, text[1 + len(country) :])
    elif not 8 <= len(text) - 1 <= 15:
        raise NotAPhone(allowed=EXAMPLE)


def _check_national(country: str, number: str) -> None:
    least, most = _DIGITS[country]
    again = number.removeprefix(country)
    if number.startswith("0") or (again != number and least <= len(again) <= most < len(number)):
        raise CountryTwice(allowed=EXAMPLE)
    if not least <= len(number) <= most:
        allowed = str(most) if least == most else f"{least} to {most}"
        raise WrongLength(country=country, allowed=allowed, count=len(number))
    if country == _MAINLAND and not re.match("1[3-9]", number):
        raise NotAMobile()


def dial_address(number: str) -> str:
    """The address that rings a number as people write it, `tel:4008200001` for "400-820-0001"; none without digits.

    What stands behind the number, as the words for an extension, is left to be dialled by hand.
    """
    written = re.match(r"[+0-9()./\s‐-―-]*", unicodedata.normalize("NFKC", number).strip())
    dialled = re.sub(r"(?!^\+)[^0-9]", "", written[0]) if written else ""
    return f"tel:{dialled}" if len(dialled) >= _LEAST_RUNG else ""
