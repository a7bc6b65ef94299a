"""What a case in court costs for an amount: the fees of the Chinese courts, which whoever loses bears.

Source  Measures on the Payment of Litigation Costs (State Council, decree 481 of 2006), articles 13, 14, 16, 29, 38
"""

from fractions import Fraction
from typing import NamedTuple

from portal.domain.money import Rounding, rounded

CURRENCY = "CNY"
LEAST = 5000
"""Fen, up to `FREE`: "50 yuan a case"."""
FREE = 1_000_000


class Band(NamedTuple):
    """Of the part above the band before, up to so many fen (None: without end), this rate is taken."""

    until: int | None
    rate: Fraction


class CourtFees(NamedTuple):
    """Fen: the whole fee; half of it by the simplified procedure; a third for a payment order; and enforcement."""

    whole: int
    simplified: int
    order: int
    enforcement: int


FILING = (
    Band(10_000_000, Fraction(25, 1000)),
    Band(20_000_000, Fraction(20, 1000)),
    Band(50_000_000, Fraction(15, 1000)),
    Band(100_000_000, Fraction(10, 1000)),
    Band(200_000_000, Fraction(9, 1000)),
    Band(500_000_000, Fraction(8, 1000)),
    Band(1_000_000_000, Fraction(7, 1000)),
    Band(2_000_000_000, Fraction(6, 1000)),
    Band(None, Fraction(5, 1000)),
)
"""Article 13 (1), property cases."""
ENFORCEMENT = (
    Band(50_000_000, Fraction(15, 1000)),
    Band(500_000_000, Fraction(10, 1000)),
    Band(1_000_000_000, Fraction(5, 1000)),
    Band(None, Fraction(1, 1000)),
)
"""Article 14 (1)."""


def court_fees(amount: int) -> CourtFees:
    """For an amount in dispute, in fen.

    Rounding  halves up to the fen, once per fee; a court may ask for whole yuan
    """
    filing = _fee(amount, FILING)
    halves = Rounding.HALF_UP
    return CourtFees(
        whole=rounded(filing, halves),
        simplified=rounded(filing / 2, halves),
        order=rounded(filing / 3, halves),
        enforcement=rounded(_fee(amount, ENFORCEMENT), halves),
    )


def court_bands(amount: int) -> tuple[Band, ...]:
    """The bands of the filing fee that an amount goes into, and always the first."""
    ends = [FREE, *(band.until for band in FILING if band.until)]
    return tuple(band for begin, band in zip(ends, FILING, strict=True) if begin == FREE or begin < amount)


def _fee(amount: int, bands: tuple[Band, ...]) -> Fraction:
    fee, begin = Fraction(LEAST), FREE
    for band in bands:
        end = amount if band.until is None else min(amount, band.until)
        fee += max(end - begin, 0) * band.rate
        begin = max(begin, end)
    return fee
