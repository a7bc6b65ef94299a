"""Reads a page as a tree, finds every amount and day on it, and tells which of them nobody explains."""

import re
from collections.abc import Awaitable, Callable, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import urljoin

from tests.lint import VOID

# As a table has it, ¥3,413.12, or a sentence, 3,413.12 元: one figure, explained where either stands.
MONEY = re.compile(r"(?<=[¥￥])[0-9][0-9,]*\.[0-9]{2}|(?<![0-9,¥￥])[0-9][0-9,]*\.[0-9]{2}(?=\s元)")
READS = Callable[[str], Awaitable[str]]
CONTROLS = frozenset({"button", "label", "option", "textarea", "blockquote", "summary", "legend", "title"})
# A page or part that is the explanation itself: the lines of the penalty, the contract in plain words, and the like; or
# the very words that were signed, in the language in which they were.
ITSELF = re.compile(r"\b(reason|signed|clause|worked|working|whys|rules|timeline)\b")


class Node:
    def __init__(self, tag: str, attrs: dict[str, str], above: "Node | None") -> None:
        self.tag, self.attrs, self.above = tag, attrs, above
        self.below: list[Node | str] = []

    @property
    def classes(self) -> str:
        return self.attrs.get("class", "")

    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text() for each in self.below)

    def up(self) -> "Iterator[Node]":
        node: Node | None = self
        while node is not None:
            yield node
            node = node.above

    def down(self) -> "Iterator[Node]":
        yield self
        for each in self.below:
            if isinstance(each, Node):
                yield from each.down()


class Tree(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = self.here = Node("html", {}, None)
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.below.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self.here.above is not None:
            self.here = self.here.above

    def handle_data(self, data: str) -> None:
        self.here.below.append(data)


@lru_cache(maxsize=64)
def tree(html: str) -> Node:
    """The page as a tree, which nobody changes; a page of explanations is asked for once by each of its figures."""
    return Tree(html).root


async def unexplained(path: str, html: str, read: READS) -> list[str]:
    """The amounts and days of a page from which no single tap leads to how they came about."""
    main = next(node for node in tree(html).down() if node.tag == "main")
    found = []
    for node, said in _figures(main):
        if not await _is_explained(node, said, path, html, read):
            found.append(said)
    return found


def _figures(main: Node) -> Iterator[tuple[Node, str]]:
    """Days that a moment belongs to are left out: when something was done is the record itself."""
    for node in main.down():
        if node.tag == "time" and "T" not in node.attrs["datetime"]:
            yield node, node.text()
        for each in node.below:
            if isinstance(each, str):
                for amount in MONEY.findall(each):
                    yield node, amount


async def _is_explained(node: Node, said: str, path: str, html: str, read: READS) -> bool:
    above = list(node.up())
    for each in above:
        if each.tag in CONTROLS or ITSELF.search(each.classes):
            return True
        if each.tag == "a" and each.classes == "why":
            return await _says(each.attrs["href"], said, path, html, read)
        if each.tag == "a" or (each.tag == "tr" and "asks" in each.classes):
            return True
        if each.tag in ("tr", "section", "article") and await _beside(each, said, path, html, read):
            return True
    return _is_sum(above[-2], said) or _is_hint_of_explained(above)


async def _beside(part: Node, said: str, path: str, html: str, read: READS) -> bool:
    """An explanation within the same part of the page, a tap that leads to one, or the row's own page."""
    for each in part.down():
        if each.tag == "details" and "whys" in each.classes and _has(each.text(), said):
            return True
        leads = part.tag == "tr" or "whys" in each.classes.split()
        if each.tag == "a" and leads and await _says(each.attrs["href"], said, path, html, read):
            return True
    return False


async def _says(href: str, said: str, path: str, html: str, read: READS) -> bool:
    """The part of the page that the address names has the figure in its own words."""
    address, _, part = urljoin(path, href).partition("#")
    there = tree(html if href.startswith("#") else await read(address))
    if part:
        there = next((node for node in there.down() if node.attrs.get("id") == part), Node("", {}, None))
    return _has(there.text(), said)


def _has(text: str, said: str) -> bool:
    """An amount as a whole: 100.00 does not stand in 1,100.00."""
    return said in MONEY.findall(text) if _is_amount(said) else said in text


def _is_amount(said: str) -> bool:
    return MONEY.fullmatch(f"¥{said}", 1) is not None


def _is_sum(page: Node, said: str) -> bool:
    """The total of a table on the page whose rows, as they stand there, add up to it; or the total of all cards."""
    if not MONEY.fullmatch(f"¥{said}", 1):
        return False
    for table in (node for node in page.down() if node.tag == "table"):
        feet = [node.text() for node in table.down() if node.tag == "tfoot"]
        if any(_has(foot, said) for foot in feet) and _adds_up(table, said):
            return True
    if not _is_amount(said):
        return False
    cards = [node.text() for node in page.down() if node.tag == "strong" and _within(node, "article")]
    return bool(cards) and sum(_minor(text) for text in cards if MONEY.search(text)) == _minor(f"¥{said}")


def _adds_up(table: Node, said: str) -> bool:
    body = next(node for node in table.down() if node.tag == "tbody")
    columns: dict[int, int] = {}
    for row in (node for node in body.down() if node.tag == "tr"):
        cells = [node for node in row.below if isinstance(node, Node) and node.tag == "td"]
        for column, cell in enumerate(cells):
            columns[column] = columns.get(column, 0) + (_minor(cell.text()) if MONEY.search(cell.text()) else 0)
    return _minor(f"¥{said}") in columns.values()


def _minor(text: str) -> int:
    found = MONEY.search(text)
    assert found, text
    minor = int(re.sub(r"[^0-9]", "", found[0]))
    return -minor if "−" in text[: found.start()] else minor


def _is_hint_of_explained(above: list[Node]) -> bool:
    """A date or a part beside an amount whose own tap explains both."""
    row = next((node for node in above if node.tag == "tr"), None)
    return row is not None and any(node.classes == "why" for node in row.down())


def _within(node: Node, tag: str) -> bool:
    return any(each.tag == tag for each in node.up())
