"""A visitor without a browser: keeps cookies, fills in the forms of the page it stands on, follows where it is sent."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote, urlencode

from . import changed

BASE = "http://127.0.0.1:8000"
Keep = Callable[[str, "Answer"], None]


@dataclass
class Answer:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def text(self) -> str:
        """As it is kept and compared."""
        shown = sorted(pair for pair in self.headers if pair[0] not in changed.NO_HEADERS)
        head = "".join(f"{name}: {value}\n" for name, value in shown)
        return f"{self.status}\n{head}\n{self.body.decode('utf-8', 'backslashreplace')}"


@dataclass
class PageForm:
    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def pressed(self) -> dict[str, str]:
        """What its last button says."""
        return {name: value for name, value in self.buttons[-1:] if name}


class Reader(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[PageForm] = []
        self._form: PageForm | None = None
        self._select = self._area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a" and found.get("href", "").startswith("/"):
            self.links.append(found["href"].partition("#")[0])
        elif tag == "form":
            self._form = PageForm(found.get("method", "get").lower(), found.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, found)

    def _field(self, form: PageForm, tag: str, found: dict[str, str]) -> None:
        name, kind = found.get("name", ""), found.get("type", "text")
        if tag == "button":
            form.buttons.append(("" if found.get("formmethod") else name, found.get("value", "")))
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
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.fields[self._area] += data.removeprefix("\n")


class NoForm(Exception):
    """The page that the series stands on has no such form or link."""


class Visitor:
    """`name` is who it is and their language; `keep` gets every answer, and is told before what is asked for."""

    def __init__(self, app: Any, name: str, begin: Callable[[str], str], keep: Keep, **headers: str) -> None:
        self.app, self.name, self.begin, self.keep = app, name, begin, keep
        language = "zh-CN" if name.endswith("zh") else "en"
        self.headers = {"host": "127.0.0.1:8000", "accept-language": language, **headers}
        self.cookies: dict[str, str] = {}
        self.path, self.answer, self.page = "", Answer(), Reader("")

    async def get(self, path: str, **headers: str) -> "Visitor":
        return await self._ask("GET", path, b"", headers)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> "Visitor":
        sent = {"content-type": "application/x-www-form-urlencoded", "origin": BASE, **headers}
        return await self._ask("POST", path, urlencode(fields).encode(), sent)

    async def body(self, path: str, body: bytes, **headers: str) -> "Visitor":
        return await self._ask("POST", path, body, headers)

    def filled(self, form: PageForm, typed: dict[str, str]) -> dict[str, str]:
        """What the form sends with its last button pressed, and what is typed over what it holds."""
        renamed = {name: changed.FIELDS.get(name, name) for name in typed}
        given = {renamed[name] if renamed[name] in form.fields else name: value for name, value in typed.items()}
        return {**form.fields, **form.pressed(), **given}

    async def send(self, ending: str, typed: dict[str, str]) -> "Visitor":
        """Fills in the form whose address ends so, and sends it. Raises NoForm."""
        form = self.form(ending)
        return await self.post(form.action or self.path, self.filled(form, typed))

    async def upload(self, path: str, fields: dict[str, str], text: str) -> "Visitor":
        """As a form with a file in it is sent."""
        parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
        file = 'form-data; name="file"; filename="book.jsonl"\r\nContent-Type: application/octet-stream'
        parts = [part for part in parts if 'name="file"' not in part] + [f"Content-Disposition: {file}\r\n\r\n{text}"]
        body = "".join(f"--edge\r\n{part}\r\n" for part in parts) + "--edge--\r\n"
        kind = {"content-type": "multipart/form-data; boundary=edge", "origin": BASE}
        return await self.body(path, body.encode(), **kind)

    def form(self, ending: str) -> PageForm:
        endings = (ending, changed.now(ending, lambda _: False))
        for form in self.page.forms:
            if form.method == "post" and (form.action or self.path).partition("?")[0].endswith(endings):
                return form
        raise NoForm(f"no form to {ending} among {[form.action for form in self.page.forms]} on {self.path}")

    def link(self, part: str) -> str:
        """The shortest link of the page with this in it. Raises NoForm."""
        found = [link for link in self.page.links if part in changed.before(link)]
        if not found:
            raise NoForm(f"no link to {part} on {self.path}")
        return min(found, key=len)

    async def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> "Visitor":
        for _ in range(5):
            path = changed.now(path, self._known)
            label = self.begin(f"{self.name} {method} {changed.before(path)}")
            self.answer = await call(self.app, method, path, body, self._sent(headers))
            self.keep(label, self.answer)
            self._take_cookies()
            if self.answer.status != 303:
                break
            method, path, body = "GET", self.answer.header("location").removeprefix(BASE).partition("#")[0], b""
            headers = {}
        self.path = path
        html = "text/html" in self.answer.header("content-type")
        self.page = Reader(self.answer.body.decode() if html else "")
        return self

    def _known(self, path: str) -> bool:
        scope = {"type": "http", "path": path, "method": "GET", "headers": []}
        return any(route.matches(scope)[0].value for route in self.app.routes)

    def _sent(self, headers: dict[str, str]) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**self.headers, **headers, **({"cookie": cookies} if cookies else {})}

    def _take_cookies(self) -> None:
        for name, value in self.answer.headers:
            if name == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies.pop(key, None)
                    if morsel["max-age"] != "0":
                        self.cookies[key] = morsel.value


async def call(app: Any, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    """One request through ASGI, until also what it left behind to be written is written."""
    plain, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(plain),
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in (headers or {}).items()],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 8000),
    }
    answer, parts = Answer(), [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return parts.pop() if parts else await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = [(name.decode().lower(), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            answer.body += message.get("body", b"")

    before = asyncio.all_tasks()
    await app(scope, receive, send)
    if others := asyncio.all_tasks() - before:
        await asyncio.wait(others, timeout=5)
    return answer
