"""A browser without a screen, through ASGI: it follows forms as people do, and looks at every page it is shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2
from starlette.applications import Starlette

BASE = "http://127.0.0.1:8000"
# What stands within a sentence and does not part its words.
WITHIN = frozenset({"a", "abbr", "b", "bdi", "code", "i", "span", "strong", "time"})
VOID = frozenset({"input", "meta", "link", "br", "img", "hr"})


@dataclass
class PageForm:
    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Reader(HTMLParser):
    """The forms, headings, labels and words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._form: PageForm | None = None
        self._silent = 0
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        self._silent += tag in ("script", "style")
        self._part(tag)
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
        self._silent -= tag in ("script", "style")
        self._part(tag)
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def _part(self, tag: str) -> None:
        if tag not in WITHIN:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.fields[self._area] += data.removeprefix("\n")
        elif not self._silent:
            self.words.append(data)


class Browser:
    """One person's browser. `open` and `send` answer the browser itself: `.status .html .text .path`."""

    def __init__(self, app: Starlette, language: str = "en") -> None:
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url=BASE, headers={"accept-language": language}
        )
        self.status, self.html, self.text, self.path = 0, "", "", ""
        self.forms: list[PageForm] = []

    async def open(self, path: str, **headers: str) -> "Browser":
        return await self._follow(await self.client.get(path, headers=headers))

    async def send(self, ending: str, /, **typed: str) -> "Browser":
        """Fills in the form whose address ends so, and sends it as the page would."""
        form = self.form(ending)
        fields = {**form.fields, **typed}
        for name, value, method in form.buttons:
            if name and not method:
                fields.setdefault(name, value)
        action = form.action or self.path
        if form.method == "get":
            return await self._follow(await self.client.get(action, params=fields))
        return await self.post(action, fields)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> "Browser":
        return await self._follow(await self.client.post(path, data=fields, headers={"origin": BASE, **headers}))

    def form(self, ending: str) -> PageForm:
        for form in self.forms:
            if (form.action or self.path).split("?")[0].endswith(ending) and form.method == "post":
                return form
        raise AssertionError(f"no form to {ending} among {[f.action for f in self.forms]} on {self.path}")

    async def _follow(self, answer: Any) -> "Browser":
        for _ in range(5):
            if answer.status_code != 303:
                break
            answer = await self.client.get(answer.headers["location"])
        self.status, self.html = answer.status_code, answer.text
        self.path = str(answer.url).removeprefix(BASE)
        reader = Reader()
        reader.feed(self.html)
        self.forms = reader.forms
        self.text = " ".join("".join(reader.words).split())
        if "text/html" in answer.headers.get("content-type", "") and "<html" in self.html:
            assert not list(faults(reader, answer)), (self.path, list(faults(reader, answer)))
        return self


def faults(reader: Reader, answer: Any) -> Iterator[str]:
    """What is wrong with a page, whatever it is about."""
    if [tag for tag, _ in reader.tags].count("h1") != 1:
        yield "not one h1"
    if not any(tag == "html" and found.get("lang") for tag, found in reader.tags):
        yield "no language"
    if "default-src 'none'" not in answer.headers.get("content-security-policy", ""):
        yield "no content security policy"
    if answer.headers.get("cache-control") != "no-store":
        yield "may be cached"
    if re.search(r"\bNone\b|Undefined|\{\{|%\(", "".join(reader.words)):
        yield "something unfinished shows"
    yield from _inline_faults(reader)
    yield from _field_faults(reader)


def _inline_faults(reader: Reader) -> Iterator[str]:
    for tag, found in reader.tags:
        if "style" in found or tag == "style" or any(name.startswith("on") for name in found):
            yield f"inline style or script in {tag}"
        if tag == "script" and not found.get("src"):
            yield "inline script"


def _field_faults(reader: Reader) -> Iterator[str]:
    labels = {found.get("for", "") for tag, found in reader.tags if tag == "label"}
    ids = [found["id"] for _, found in reader.tags if found.get("id")]
    if len(ids) != len(set(ids)):
        yield f"an id stands twice: {sorted({name for name in ids if ids.count(name) > 1})}"
    for tag, found in reader.tags:
        typed = tag in ("select", "textarea") or (
            tag == "input" and found.get("type", "text") not in ("hidden", "radio", "checkbox")
        )
        if typed and found.get("id") not in labels and "aria-label" not in found:
            yield f"no label for {found.get('name')}"
    for form in reader.forms:
        protected = "csrf" in form.fields or any(name == "csrf" for name, _, _ in form.buttons)
        if form.method == "post" and not protected:
            yield f"no token in the form to {form.action}"
