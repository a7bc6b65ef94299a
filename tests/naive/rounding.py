"""A fraction to whole fen, by looking at the two neighbours."""

from fractions import Fraction


def whole(value: Fraction, mode: str, multiple: int = 1) -> int:
    """`half-up` and `up` go away from zero, `down` towards it; `half-even` takes the even neighbour of a half."""
    if value < 0:
        return -whole(-value, mode, multiple)
    below = int(value / multiple) * multiple
    above = below + multiple
    if value == below or mode == "down":
        return below
    if mode == "up":
        return above
    if value - below != above - value:
        return below if value - below < above - value else above
    if mode == "half-up":
        return above
    return below if (below // multiple) % 2 == 0 else above
