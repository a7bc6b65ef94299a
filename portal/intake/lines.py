"""JSON Lines from a lender: bytes become objects, or a problem with its line, field and words."""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from portal.domain.portfolio import BadRow
from portal.domain.refusal import Refusal
from portal.intake.refusals import CutOff, NotFinite, NotJson, NotUtf8, TwiceTheKey, Unfinished

BOM = b"\xef\xbb\xbf"
S = TypeVar("S", bound=BaseModel)


class Problems:
    """What is wrong with one line, field by field."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.loan_no = ""
        self.found: list[BadRow] = []

    def add(self, field: str, problem: object) -> None:
        self.found.append(BadRow(self.line, field, str(problem), self.loan_no))


def json_lines(data: bytes) -> Iterator[tuple[int, Any, BadRow | None]]:
    """Each line that is not empty, as its number and the object on it, or the problem that kept it from being read."""
    lines = data.removeprefix(BOM).split(b"\n")
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            yield number, _object(raw, last=number == len(lines)), None
        except Refusal as refusal:
            yield number, None, BadRow(number, refusal.field or "line", str(refusal))


def shaped(shape: type[S], given: Any, problems: Problems, currency_hint: str = "") -> S | None:
    """The object in its shape; every field that does not fit is a problem of its own."""
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False):
            problems.add(_path(each["loc"]), _sentence(each))
        return None


def _object(raw: bytes, last: bool) -> Any:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = f"0x{raw[error.start]:02x}"
        raise NotUtf8("line", encoding="UTF-8", given=byte, position=error.start + 1) from error
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_not_finite)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or "Unterminated" in error.msg:
            raise (CutOff if last else Unfinished)("line") from error
        raise NotJson("line", problem=error.msg, position=error.pos + 1) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise TwiceTheKey(key, given=repr(key))
        found[key] = value
    return found


def _not_finite(constant: str) -> Any:
    raise NotFinite("line", given=constant)


def _path(where: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in where if not str(part).endswith("Shape")) or "line"


def _sentence(error: Any) -> str:
    if error["type"] == "missing":
        return "is needed and is not there"
    if error["type"] == "extra_forbidden":
        return "is not a key of this format"
    given = repr(error["input"])
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}; found {given if len(given) <= 60 else given[:59] + '…'}"
