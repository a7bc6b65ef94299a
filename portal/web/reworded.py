"""What a machine was told in English, in the words of a page: a refusal's sentence is known again by its pattern."""

import re
from collections.abc import Iterator
from functools import cache

from portal.domain.refusal import Refusal
from portal.languages import Language

PLACE = re.compile(r"\{(\w+)\}")


def reworded(spoken: Language, text: str) -> str | None:
    """The sentence in this language with the facts that stand in it; None for one that no refusal says."""
    for pattern, says in _sentences():
        if found := pattern.fullmatch(text):
            return spoken.text(says).format(**found.groupdict())
    return None


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Those with the most words of their own first: a shorter one may fit the same text by chance."""
    found = sorted({each.says for each in _kinds(Refusal)}, key=lambda says: (-len(PLACE.sub("", says)), says))
    return tuple((_pattern(says), says) for says in found)


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)


def _pattern(says: str) -> re.Pattern[str]:
    """A fact that stands twice is the same both times."""
    parts, seen = PLACE.split(says), set[str]()
    text = re.escape(parts[0])
    for name, words in zip(parts[1::2], parts[2::2], strict=True):
        text += (f"(?P={name})" if name in seen else f"(?P<{name}>.*?)") + re.escape(words)
        seen.add(name)
    return re.compile(text, re.DOTALL)
