"""How one language writes what a page is full of. What comes out may stand in a page as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from markupsafe import Markup
from starlette.requests import Request

from portal.languages import languages
from portal.web.render import environment, page_language


@dataclass(frozen=True, slots=True)
class Written:
    """`why` makes of a figure a link to where it came about; `code` words one of a kind, such as a component."""

    text: Callable[[str], str]
    plural: Callable[[str, str, int], str]
    money: Callable[[int, str], Markup]
    date: Callable[[date], Markup]
    code: Callable[[Any, str], str]
    why: Callable[[Any, str], Markup]

    def put(self, message: str, **values: Markup | int) -> Markup:
        """What a message says with values that are ready to stand in a page."""
        return Markup(self.text(message) % values)


def written(request: Request) -> Written:
    return _written(page_language(request).tag)


@cache
def _written(tag: str) -> Written:
    spoken, filters = languages()[tag], environment(tag).filters
    return Written(spoken.text, spoken.plural, *(filters[name] for name in ("money", "date", "code", "why")))
