"""What is wrong with a page, whatever it is about; `tests.browser` asks this of every page it opens."""

import base64
import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from portal.languages import languages

VOID = frozenset({"input", "meta", "link", "br", "img", "hr", "wbr"})
SHA = r"'sha256-([A-Za-z0-9+/]{43}=)'"
POLICY = re.compile(
    rf"default-src 'none'; script-src 'self'; style-src 'self' {SHA} {SHA}; img-src 'self' data:; "
    r"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
UNFINISHED = re.compile(
    r"\bNone\b|\bTrue\b|\bFalse\b|Undefined|\{\{|\}\}|\{%|%\(|\{\w+\}|<\w+ object|Fraction\(|Money\("
)
# What it is and where; or, where nobody may read it over a shoulder, neither.
TITLE = re.compile(r".+ · ⟦?(还款服务(工作台)?|Repayment service(, desk)?)⟧?|⟦?(便签|Notes)⟧?")
DEBT = re.compile(r"overdue|debt|penalt|\blate\b|\bowe|arrears|collect|逾期|欠|债|罚|催", re.I)
# Two small words in a row, or a capitalised one, are English; numbers of loans, references and units are not.
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b|\b(?!Cookie|Ctrl)[A-Z][a-z]{3,}\b")
BLOCKS = frozenset({"p", "div", "ul", "ol", "dl", "table", "form", "section", "h1", "h2", "h3", "details", "fieldset"})


def loose_ends(answer: Any) -> list[str]:
    """What every answer has, redirects included."""
    found = []
    if not POLICY.fullmatch(answer.headers.get("content-security-policy", "")):
        found.append("no content security policy")
    if answer.headers.get("cache-control") != "no-store":
        found.append("may be cached")
    for cookie in answer.headers.get_list("set-cookie"):
        if "HttpOnly" not in cookie or "SameSite=lax" not in cookie or "Path=/" not in cookie:
            found.append(f"a loose cookie: {cookie}")
    return found


def faults(reader: Any, answer: Any) -> Iterator[str]:
    whole = "<html" in answer.text
    if whole:
        yield from _document_faults(reader, answer)
    yield from _word_faults(reader, whole)
    yield from _nesting_faults(reader)
    yield from _inline_faults(reader)
    yield from _field_faults(reader)
    yield from _pointer_faults(reader, whole)


def _document_faults(reader: Any, answer: Any) -> Iterator[str]:
    if not answer.text.startswith("<!doctype html>"):
        yield "no doctype"
    yield from _style_faults(reader, answer)
    if [tag for tag, _ in reader.tags].count("h1") != 1:
        yield "not one h1"
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h[1-6]", tag)]
    if any(after > before + 1 for before, after in pairwise(levels)):
        yield f"a heading skips a level: {levels}"
    if next(found.get("lang") for tag, found in reader.tags if tag == "html") not in languages():
        yield "no language"
    if not TITLE.fullmatch(reader.title.strip()) or DEBT.search(reader.title):
        yield f"a title that does not say where, or names the debt: {reader.title!r}"


def _style_faults(reader: Any, answer: Any) -> Iterator[str]:
    """A page has one style, which a browser takes only if the policy says its hash, or sheets the browser has kept."""
    styles = re.findall("<style>(.*?)</style>", answer.text, re.S)
    applied = [found for _, found in reader.tags if found.get("rel") == "stylesheet" and "media" not in found]
    if len(styles) > 1 or bool(styles) is bool(applied):
        yield f"{len(styles)} styles and {len(applied)} sheets"
    allowed = POLICY.fullmatch(answer.headers["content-security-policy"]).groups()  # type: ignore[union-attr]
    if any(base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() not in allowed for style in styles):
        yield "a style that its policy does not name"


def _word_faults(reader: Any, whole: bool) -> Iterator[str]:
    if found := UNFINISHED.search("".join(reader.said)):
        yield f"something unfinished shows: {found[0]}"
    if whole and (english := ENGLISH.search("".join(reader.chinese))):
        yield f"English on a Chinese page: {english[0]}"


def _nesting_faults(reader: Any) -> Iterator[str]:
    if reader.unbalanced:
        yield f"tags do not close in order: {reader.unbalanced[:3]}"
    labelled = {found.get("for") for tag, found in reader.tags if tag == "label"}
    for (tag, found), inside in zip(reader.tags, reader.inside, strict=True):
        if tag in BLOCKS and "p" in inside:
            yield f"<{tag}> in a paragraph"
        if tag == "form" and "form" in inside:
            yield "a form in a form"
        unlabelled = "label" not in inside and found.get("id") not in labelled
        if tag == "input" and found.get("type") in ("radio", "checkbox") and unlabelled:
            yield f"no label around or for {found.get('name')}"


def _inline_faults(reader: Any) -> Iterator[str]:
    for tag, found in reader.tags:
        if "style" in found or any(name.startswith("on") for name in found):
            yield f"inline style or script in {tag}"
        if tag == "script" and not found.get("src"):
            yield "inline script"
        for name in ("href", "src", "action", "formaction"):
            if name in found and not found[name].startswith(("/", "#")) and not _leads_out(tag, found):
                yield f"{name} leaves the portal: {found[name]}"


def _leads_out(tag: str, found: dict[str, str]) -> bool:
    """A number that a tap rings, and the one other way out: the demo lender's own page to pay on, marked and told
    nothing of where one comes from.
    """
    if tag == "a" and re.fullmatch(r"tel:\+?[0-9]{3,15}", found.get("href", "")):
        return True
    marked = found.get("rel") == "external noreferrer"
    return tag == "a" and marked and found["href"].startswith("https://cashier.example/pay?")


def _field_faults(reader: Any) -> Iterator[str]:
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
        if form.method == "get" and "csrf" in form.fields:
            yield f"the token goes into an address: {form.action}"


def _pointer_faults(reader: Any, whole: bool) -> Iterator[str]:
    """Whatever points to an id finds it."""
    ids = {found["id"] for _, found in reader.tags if found.get("id")}
    for tag, found in reader.tags if whole else ():
        pointed = [found.get("for", ""), *found.get("aria-describedby", "").split(), found.get("aria-labelledby", "")]
        if tag == "a" and found.get("href", "").startswith("#"):
            pointed.append(found["href"][1:])
        missing = [name for name in pointed if name and name not in ids]
        if missing:
            yield f"nothing has the id {missing}"
