"""JSON Lines from a lender: bytes become objects, or a problem with its line, field and words."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import chain, islice
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from portal.domain.conduct.phone import EXAMPLE, NotAPhone, check_phone
from portal.domain.contract.calendar import NotADate
from portal.domain.contract.portfolio import BadRow
from portal.domain.refusal import NotOneOf, Refusal
from portal.intake import refusals as no
from portal.intake.refusals import (
    CutOff,
    HalfCharacter,
    NotFinite,
    NotJson,
    NotUtf8,
    TooManyKeys,
    TwiceTheKey,
    Unfinished,
    Unwieldy,
)
from portal.intake.shape import DAY_PATTERN, ENTRY_CODE, LAST_FOUR, PHONE, REF, RefusedValue, inside, personal

BOM = b"\xef\xbb\xbf"
LONGEST_LINE = 4 * 1024 * 1024
UNSHOWN = "what is here"
# No shape has a third of so many keys, and whoever has more problems in one body mends the first of them first.
MOST_KEYS = MOST_NAMED = 100
_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")
_Shape = TypeVar("_Shape", bound=BaseModel)


class RowProblems:
    """What is wrong with one line, field by field; `names` are what the fields are called in the lender's file.

    Of those among them that are about a person, `unshown`, nothing is repeated.
    """

    def __init__(self, line: int, names: Mapping[str, str] | None = None, unshown: Set[str] = frozenset()) -> None:
        self.line = line
        self.names = names or {}
        self.unshown = unshown
        self.loan_no = ""
        self.found: list[BadRow] = []

    def add(self, field: str, problem: object) -> None:
        self.note(self._called(field), problem)

    def note(self, name: str, problem: object) -> None:
        """The same, under the name the file has; once, though many fields may come from one cell."""
        if name in self.unshown and isinstance(problem, Refusal) and "given" in problem.facts:
            problem = type(problem)(problem.field, **{**problem.facts, "given": UNSHOWN})
        row = BadRow(self.line, name, str(problem), self.loan_no)
        if row not in self.found:
            self.found.append(row)

    def _called(self, field: str) -> str:
        """The name of the field, or of the nearest one that holds it."""
        parts = field.split(".")
        known = (self.names.get(".".join(parts[:length])) for length in range(len(parts), 0, -1))
        return next((name for name in known if name), field)


def json_lines(file: BinaryIO) -> Iterator[tuple[int, Any, BadRow | None]]:
    """Each line that is not empty, as its number and the object on it, or the problem that kept it from being read.

    One line is held at a time; of one that is too long, no more than that much.
    """
    for number, line in numbered_lines(file):
        yield number, *json_line(number, line)


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line that is not empty, as its number and its bytes."""
    for number, raw in enumerate(_lines(file), start=1):
        line = raw.removeprefix(BOM) if number == 1 else raw
        if line.strip():
            yield number, line


def json_line(number: int, line: bytes) -> tuple[Any, BadRow | None]:
    try:
        return _object_on(line), None
    except Refusal as refusal:
        return None, BadRow(number, refusal.field or "line", str(refusal))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while raw := file.readline(LONGEST_LINE + 1):
        yield raw
        while len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            raw = file.readline(LONGEST_LINE + 1)


def _object_on(line: bytes) -> Any:
    if len(line) > LONGEST_LINE:
        raise no.LineTooLong("line", allowed=f"{LONGEST_LINE:,}")
    return strict_json(line.rstrip(b"\n"), last=not line.endswith(b"\n"))


def shape_row(shape: type[_Shape], given: Any, problems: RowProblems) -> _Shape | None:
    """The object in its shape; every field that does not fit is a problem of its own."""
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        named, more = first_unfit(shape, error)
        for field, refusal in named:
            problems.add(field, refusal)
        if more:
            problems.add("line", no.MoreProblems(count=more))
        return None


def first_unfit(shape: type[BaseModel], error: ValidationError) -> tuple[list[tuple[str, Refusal]], int]:
    """The first fields that do not fit, and of how many more nothing is said."""
    found = unfit(shape, error)
    named = list(islice(found, MOST_NAMED))
    return named, error.error_count() - MOST_NAMED if next(found, None) else 0


def unfit(shape: type[BaseModel], error: ValidationError) -> Iterator[tuple[str, Refusal]]:
    """Every field that does not fit its shape, and why; once, where it has one shape or another."""
    named: set[str] = set()
    for each in sorted(error.errors(include_url=False), key=_is_whole_branch):
        path = tuple(part for part in each["loc"] if not _is_branch(part))
        field = ".".join(map(str, path)) or "line"
        if not (_is_whole_branch(each) and any(other.startswith(field) for other in named)):
            named.add(field)
            yield field, _refusal(shape, path, each)


def strict_json(raw: bytes, last: bool = True) -> Any:
    """JSON in UTF-8, no key twice, every number finite. Raises the refusal that says what is wrong."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = f"0x{raw[error.start]:02x}"
        raise NotUtf8("line", encoding="UTF-8", given=byte, position=error.start + 1) from error
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_not_finite)
        if "\\u" in text:  # only an escape can bring them in
            _check_characters(value)
        return value
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or "Unterminated" in error.msg:
            raise (CutOff if last else Unfinished)("line") from error
        raise NotJson("line", problem=error.msg, position=error.pos + 1) from error
    except (RecursionError, ValueError) as error:
        raise Unwieldy("line") from error


def _check_characters(value: Any) -> None:
    """A database cannot keep a NUL, and UTF-8 cannot say one half of a surrogate pair."""
    if isinstance(value, str) and (match := _NO_CHARACTER.search(value)):
        raise HalfCharacter("line", given=ascii(match[0]))
    for each in _inside(value):
        _check_characters(each)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return chain(value.keys(), value.values())
    return value if isinstance(value, list) else ()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_KEYS:
        raise TooManyKeys("line", most=MOST_KEYS, given=len(pairs))
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise TwiceTheKey(key, given=repr(key))
        found[key] = value
    return found


def _not_finite(constant: str) -> Any:
    raise NotFinite("line", given=constant)


def _is_whole_branch(error: Any) -> bool:
    return bool(error["loc"]) and _is_branch(error["loc"][-1])


def _is_branch(part: int | str) -> bool:
    """Where a field may have one shape or another, pydantic names the one it tried; the file has no such name."""
    return isinstance(part, str) and (part.endswith("Shape") or "[" in part)


def _refusal(shape: type[BaseModel], path: tuple[int | str, ...], error: Any) -> Refusal:
    kind, context = error["type"], error.get("ctx", {})
    given = _shown(error["input"], personal(shape, path))
    match kind:
        case "missing":
            return no.MissingCell()
        case "extra_forbidden":
            return no.UnknownField(allowed=", ".join(inside(shape, path[:-1])))
        case "literal_error":
            return NotOneOf(allowed=context["expected"], given=given)
        case "value_error" if isinstance(context["error"], RefusedValue):
            carried: Refusal = context["error"].refusal
            return carried
        case "string_pattern_mismatch" if context["pattern"] in PATTERNS:
            return PATTERNS[context["pattern"]](given, error["input"])
    return TYPES[kind](given=given) if kind in TYPES else no.Misfit(problem=error["msg"], given=given)


def _shown(given: object, unshown: bool) -> str:
    """As it was written, where that is short; of what is about a person and of what holds it the kind alone."""
    if given and isinstance(given, dict | list):
        return "an object" if isinstance(given, dict) else "a list"
    if unshown and given not in ([], {}):
        return UNSHOWN
    text = repr(given)
    return text if len(text) <= 60 else text[:59] + "…"


def _phone(text: str) -> Refusal:
    """What else is wrong with a number that is not even written like one."""
    try:
        check_phone(text)
    except Refusal as refusal:
        return refusal
    return NotAPhone(allowed=EXAMPLE)


TYPES: dict[str, type[Refusal]] = {
    "string_type": no.NotText,
    "int_type": no.NotWhole,
    "list_type": no.NotAList,
    "model_type": no.NotAnObject,
    "dict_type": no.NotAnObject,
}
PATTERNS: dict[str, Callable[[str, str], Refusal]] = {
    DAY_PATTERN: lambda given, _: NotADate(allowed="2026-06-14", given=given),
    PHONE: lambda _, text: _phone(text),
    LAST_FOUR: lambda given, _: no.NotLastFour(allowed="123X", given=given),
    ENTRY_CODE: lambda given, _: no.NotWritten(allowed="4 to 12 letters or digits, such as 7K2M", given=given),
    REF: lambda given, _: no.NotWritten(allowed="1 to 40 letters, digits, dots and hyphens, such as 8.2", given=given),
}
