"""A mapping is found, read and checked as a whole; what is wrong with it is named by table and key."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from portal.domain.contract.calendar import Every
from portal.domain.money import COMPONENTS
from portal.domain.refusal import Refusal
from portal.intake import refusals as no
from portal.intake.dates import date_format
from portal.intake.lines import unfit
from portal.intake.mapping import AS_OF, ConditionShape, LenderMapping, MappingShape, Source, TotalsShape
from portal.intake.shape import LoanShape, nested

MAPPINGS = Path(__file__).resolve().parent.parent / "mappings"
DERIVED = ("schedule", "payments", "written_off_on")
"""What a loan gets from totals, and cannot have beside them."""

PAYMENT_FIELDS = {
    "received_on": "payments",
    "unallocated": "payments.0.amount",
    **{component: f"payments.0.allocated.{component}" for component in COMPONENTS},
}
"""The field of the one payment that each total feeds."""

Path_ = tuple[str, ...]


class BadMapping(Exception):
    """Each of `problems` names table and key and says what is wrong there."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def mapping_text(named: str) -> str:
    """What a mapping says, by the path of its file or the name of one that ships. Raises BadMapping and OSError."""
    try:
        return _file(named).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadMapping([str(no.MappingNotToml(problem=error))]) from error


def mapping_of(text: str) -> LenderMapping:
    """Raises BadMapping."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping([str(no.MappingNotToml(problem=error))]) from error
    try:
        shape = MappingShape.model_validate(data)
    except ValidationError as error:
        raise BadMapping(
            [f"{_key(path.split('.'))}: {refusal}" for path, refusal in unfit(MappingShape, error)]
        ) from error
    reading = _Reading()
    loan = reading.table(shape.loan, LoanShape, ("loan",))
    reading.rest(shape)
    if reading.problems:
        raise BadMapping(reading.problems)
    return LenderMapping(shape, loan, reading.names, tuple(dict.fromkeys(reading.columns)))


def _file(named: str) -> Path:
    path, shipped = Path(named), MAPPINGS / f"{named}.toml"
    if path.is_file():
        return path
    if named in shipped_mappings():
        return shipped
    raise BadMapping([str(no.NoSuchMapping(given=repr(named), allowed=", ".join(shipped_mappings())))])


def shipped_mappings() -> list[str]:
    """The names of the mappings that come with the product."""
    return sorted(path.stem for path in MAPPINGS.glob("*.toml"))


def _key(path: Sequence[str]) -> str:
    return f"[{'.'.join(path[:-1])}] {path[-1]}" if len(path) > 1 else path[0]


class _Reading:
    """Walks a mapping; collects its columns, the fields they feed, and what is wrong."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.columns: list[str] = []
        self.names: dict[str, str] = {}

    def table(self, data: dict[str, Any], shape: type[BaseModel], path: Path_) -> dict[str, Any]:
        """A table of [loan] with its sources read, its keys held to those of the portfolio format."""
        for name in data.keys() - shape.model_fields.keys():
            self.wrong((*path, name), no.UnknownField(allowed=", ".join(shape.model_fields)))
        for name, field in shape.model_fields.items():
            if field.is_required() and name not in data:
                self.wrong((*path, name), no.MissingCell())
        for name in shape.model_fields.keys() & data.keys():
            for constant, key in _constants(data[name], name):
                self.constant(shape, name, constant, (*path, *key))
        return {
            name: self.value(data[name], nested(field.annotation), (*path, name))
            for name, field in shape.model_fields.items()
            if name in data
        }

    def constant(self, shape: type[BaseModel], name: str, data: str, path: Path_) -> None:
        """A word of the mapping's own is held to its field here, once, and not again for every row."""
        try:
            shape.__pydantic_validator__.validate_assignment(shape.model_construct(), name, data)
        except ValidationError as error:
            self.problems += [f"{_key(path)}: {refusal}" for _, refusal in unfit(shape, error)]

    def value(self, data: Any, shape: type[BaseModel] | None, path: Path_) -> Any:
        if isinstance(data, dict) and "column" in data:
            return self.source(data, path)
        if isinstance(data, dict) and shape is not None and data != AS_OF:
            return self.table(data, shape, path)
        if isinstance(data, list) and shape is not None:
            return [self.item(each, shape, (*path, str(index))) for index, each in enumerate(data)]
        return data

    def item(self, data: Any, shape: type[BaseModel], path: Path_) -> Any:
        """One of a list of tables, which may have a condition on its row."""
        if not isinstance(data, dict):
            return data
        when = data.get("when")
        rest = self.table({name: each for name, each in data.items() if name != "when"}, shape, path)
        condition = None if when is None else self.shaped(ConditionShape, when, (*path, "when"))
        if condition is not None:
            self.columns.append(condition.column)
        return rest if condition is None else {**rest, "when": condition}

    def source(self, data: dict[str, Any], path: Path_) -> Source | None:
        source: Source | None = self.shaped(Source, data, path)
        if source is not None:
            self.feeds(source, path, ".".join(path[1:]))
        return source

    def feeds(self, source: Source, path: Path_, *fields: str) -> None:
        self.columns.append(source.column)
        self.names |= dict.fromkeys(fields, source.column)
        for key, refusal in _against_itself(source):
            self.wrong((*path, key), refusal)

    def rest(self, shape: MappingShape) -> None:
        """Everything beside [loan]."""
        self.columns += [each.column for each in shape.leave_out]
        if shape.file.thousands == shape.file.decimal:
            self.wrong(("file", "thousands"), no.SameMark(given=repr(shape.file.decimal)))
        if shape.as_of is not None:
            self.feeds(shape.as_of, ("as_of",), "as_of")
        if shape.totals is not None:
            self.totals(shape.totals, shape.loan)
        if shape.status is not None:
            self.columns.append(shape.status.column)
            self.names["status"] = shape.status.column
            if shape.totals is None:
                self.wrong(("status",), no.GoesWith(allowed="[totals]"))

    def totals(self, totals: TotalsShape, loan: dict[str, Any]) -> None:
        for name in TotalsShape.model_fields:
            source = getattr(totals, name)
            if isinstance(source, Source):
                self.feeds(source, ("totals", name), f"totals.{name}", PAYMENT_FIELDS.get(name, f"totals.{name}"))
        for name in DERIVED:
            if name in loan:
                self.wrong(("loan", name), no.NotBoth(allowed=f"[totals], [loan] {name}"))

    def shaped(self, shape: type[Any], data: Any, path: Path_) -> Any:
        try:
            return shape.model_validate(data)
        except ValidationError as error:
            for field, refusal in unfit(shape, error):
                self.wrong((*path, *field.split(".")), refusal)
            return None

    def wrong(self, path: Path_, refusal: Refusal) -> None:
        self.problems.append(f"{_key(path)}: {refusal}")


def _constants(data: Any, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The words for a field that stand in the mapping itself: one for every row, or one for each of the file's."""
    if isinstance(data, str):
        yield data, (name,)
    elif isinstance(data, dict) and not data.keys() & {"prefix", "suffix"}:
        words = data.get("words")
        yield from ((word, (name, "words")) for word in (words.values() if isinstance(words, dict) else ()))


def _against_itself(source: Source) -> Iterator[tuple[str, Refusal]]:
    """Keys of a source that do not go together."""
    if source.rounding and source.unit not in ("amount", "minor"):
        yield "rounding", no.GoesWith(allowed="unit amount, minor")
    if source.unit not in ("text", "phone") and (source.words or source.prefix or source.suffix or source.date):
        yield "unit", no.NotBoth(allowed="unit, date, words, prefix, suffix")
    if source.date is None:
        for key in ("day", "add"):
            if getattr(source, key) is not None:
                yield key, no.GoesWith(allowed="date")
        return
    yield from _against_date(source, source.date)


def _against_date(source: Source, date: str) -> Iterator[tuple[str, Refusal]]:
    try:
        if date_format(date).has_day == (source.day is not None):
            needed = source.day is None
            yield "day", no.DayNeeded(given=date) if needed else no.GoesWith(allowed="a date without a day of its own")
    except Refusal as refusal:
        yield "date", refusal
    try:
        Every.parse(source.add or "1m")
    except Refusal as refusal:
        yield "add", refusal
