"""A browser without a screen, through ASGI: it follows forms as people do, and looks at every page it is shown."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2
from starlette.applications import Starlette

from tests.lint import VOID, faults, loose_ends

BASE = "http://127.0.0.1:8000"
# What stands within a sentence and does not part its words.
WITHIN = frozenset({"a", "abbr", "b", "bdi", "code", "i", "span", "strong", "time", "wbr"})


@dataclass
class PageForm:
    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Reader(HTMLParser):
    """The forms, headings, labels and words of a page, and how its tags stand in each other.

    `words` is all that shows; `said` without what people wrote; `chinese` the part of that which claims to be Chinese.
    """

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inside: list[tuple[str, ...]] = []
        self.words: list[str] = []
        self.said: list[str] = []
        self.chinese: list[str] = []
        self.title = ""
        self.unbalanced: list[str] = []
        self._open: list[str] = []
        self._languages: list[str] = []
        self._form: PageForm | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        self.inside.append(tuple(self._open))
        self._part(tag)
        if tag not in VOID:
            self._open.append(tag)
            self._languages.append(found.get("lang", self._languages[-1] if self._languages else ""))
        if tag == "form":
            self._form = PageForm(found.get("method", "get").lower(), found.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, found)

    def _field(self, form: PageForm, tag: str, found: dict[str, str]) -> None:
        name, kind = found.get("name", ""), found.get("type", "text")
        if tag == "button":
            form.buttons.append((name, found.get("value", ""), found.get("formmethod", "")))
        elif tag == "select":
            self._select = name
            form.fields.setdefault(name, "")
        elif tag == "option" and self._select and "selected" in found:
            form.fields[self._select] = found.get("value", "")
        elif tag == "textarea":
            self._area = name
            form.fields[name] = ""
        elif tag == "input" and name and (kind not in ("radio", "checkbox") or "checked" in found):
            form.fields[name] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        if tag in VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.unbalanced.append(f"</{tag}> in {self._open[-3:]}")
        while self._open and self._languages.pop() is not None and self._open.pop() != tag:
            pass
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def _part(self, tag: str) -> None:
        if tag not in WITHIN:
            for texts in (self.words, self.said, self.chinese):
                texts.append(" ")

    def handle_data(self, data: str) -> None:
        if "title" in self._open and "svg" not in self._open:
            self.title += data
        if self._area and self._form is not None:
            self._form.fields[self._area] += data.removeprefix("\n")
        elif not {"script", "style"} & set(self._open):
            self.words.append(data)
            if not {"blockquote", "pre"} & set(self._open):
                self.said.append(data)
                if self._languages and self._languages[-1] == "zh-CN":
                    self.chinese.append(data)


class Browser:
    """One person's browser. `open` and `send` answer the browser itself: `.status .html .text .path .headers`."""

    def __init__(self, app: Starlette, language: str = "en", base: str = BASE, *, breaks: bool = True) -> None:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=breaks)
        self.base = base
        self.client = httpx2.AsyncClient(transport=transport, base_url=base, headers={"accept-language": language})
        self.status, self.html, self.text, self.path, self.title = 0, "", "", "", ""
        self.headers: Any = {}
        self.forms: list[PageForm] = []
        self.tags: list[tuple[str, dict[str, str]]] = []

    async def open(self, path: str, **headers: str) -> "Browser":
        return await self._follow(await self.client.get(path, headers=_named(headers)))

    async def send(self, ending: str, /, **typed: str) -> "Browser":
        """Fills in the form whose address ends so, and sends it as the page would."""
        form = self.form(ending)
        return await self.post(form.action or self.path, {**self.filled(ending), **typed})

    def filled(self, ending: str) -> dict[str, str]:
        """What the form would send as it stands, with its last button pressed."""
        form = self.form(ending)
        pressed = [(name, value) for name, value, method in form.buttons[-1:] if name and not method]
        return {**form.fields, **dict(pressed)}

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> "Browser":
        sent = {"origin": self.base, **_named(headers)}
        return await self._follow(await self.client.post(path, data=fields, headers=sent))

    def form(self, ending: str) -> PageForm:
        for form in self.forms:
            if (form.action or self.path).split("?")[0].endswith(ending) and form.method == "post":
                return form
        raise AssertionError(f"no form to {ending} among {[f.action for f in self.forms]} on {self.path}")

    def links(self) -> list[str]:
        """Where the page leads, within the portal."""
        found = [attrs.get("href", "") for tag, attrs in self.tags if tag == "a"]
        return [href for href in dict.fromkeys(found) if href.startswith("/")]

    def ids(self) -> set[str]:
        return {found["id"] for _, found in self.tags if found.get("id")}

    async def _follow(self, answer: Any) -> "Browser":
        for _ in range(5):
            if answer.status_code != 303:
                break
            loose = loose_ends(answer)
            assert not loose, loose
            answer = await self.client.get(answer.headers["location"])
        self.status, self.html, self.headers = answer.status_code, answer.text, answer.headers
        self.path = str(answer.url).removeprefix(self.base)
        reader = Reader()
        reader.feed(self.html)
        self.forms, self.tags, self.title = reader.forms, reader.tags, reader.title.strip()
        self.text = " ".join("".join(reader.words).split())
        wrong = loose_ends(answer)
        shown = "attachment" not in answer.headers.get("content-disposition", "")
        if shown and "text/html" in answer.headers.get("content-type", ""):
            wrong += list(faults(reader, answer))
        assert not wrong, (self.path, wrong)
        return self


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
