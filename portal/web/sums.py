"""A sum of money on a page, in the two forms that a language may have for it."""

from collections.abc import Sequence
from typing import Any, Self

from markupsafe import Markup


class Sum(Markup):
    """As it stands in a sentence, 1,100.16 元; `figure` is how it stands in a table, ¥1,100.16.

    Nobody who writes a page chooses: put into a message or printed by itself it is the first, and the macros of
    tables print `figure`. Joined with words or a sign, or put into a message, it is still both.
    """

    figure: Markup

    def __new__(cls, said: object = "", figure: Markup | None = None) -> Self:
        both = super().__new__(cls, said)
        both.figure = figure if figure is not None else Markup(said)
        return both

    @classmethod
    def of(cls, pieces: Sequence[Any]) -> Self:
        """What is neither a sum nor markup is escaped."""
        return cls(Markup("").join(pieces), Markup("").join(map(as_figure, pieces)))


def as_figure(value: Any) -> Any:
    """A sum as a table has it; whatever else as it is."""
    return value.figure if type(value) is Sum else value
