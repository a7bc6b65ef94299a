"""The shape of a mapping file: which columns of a lender's CSV feed which fields of the portfolio format, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from portal.domain.money import Rounding
from portal.intake.dates import date_format
from portal.intake.shape import LoanShape, MoneyText, Shape, ShortText, personal

AS_OF = {"from": "as_of"}
"""What stands in a mapping for the day the file speaks of."""

Unit = Literal["text", "amount", "minor", "fraction", "percent", "basis-points", "whole", "months", "years", "phone"]


class FileShape(Shape):
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    null: list[str] = Field(default=[""])
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    lines_before_names: Annotated[int, Field(ge=0, le=50)] = 0


class Source(Shape):
    """The column a value comes from, and how it is written there."""

    column: ShortText
    unit: Unit = "text"
    rounding: Literal[tuple(mode.value for mode in Rounding)] | None = None  # type: ignore[valid-type]
    date: ShortText | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    add: str | None = None
    words: dict[str, str] = Field(default={})
    prefix: str = ""
    suffix: str = ""
    without: list[ShortText] = Field(default=[])

    @property
    def day_is_free(self) -> bool:
        """Whether the file has the month alone, so that the day is only the mapping's."""
        return self.date is not None and not date_format(self.date).has_day


class ConditionShape(Shape):
    column: ShortText
    among: Annotated[list[str], Field(min_length=1)]


class LeaveOutShape(ConditionShape):
    reason: ShortText


class PassOverShape(Shape):
    """A row that is no loan: the first of its cells in which anything stands begins so."""

    begins: ShortText


class StatusWord(Shape):
    """What a lender's word for the state of a loan means.

    `days_late` are the least and the most days its oldest unpaid installment can be late; `after_days` is how long
    after that installment's due date a loan is written off.
    """

    state: Literal["running", "paid", "written-off"]
    days_late: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)] | None = None
    after_days: Annotated[int, Field(ge=0, le=3650)] = 0


class StatusShape(Shape):
    column: ShortText
    words: Annotated[dict[str, StatusWord], Field(min_length=1)]


class TotalsShape(Shape):
    """What was paid over the life of a loan, by component; `unallocated` was received and assigned to nothing.

    `outstanding_principal` and `total` are only checked: the one to the last fen, the other within `total_within`.
    """

    received_on: Source
    principal: Source
    interest: Source
    fees: Source | None = None
    penalty: Source | None = None
    costs: Source | None = None
    unallocated: Source | None = None
    outstanding_principal: Source | None = None
    total: Source | None = None
    total_within: MoneyText = "0"


class MappingShape(Shape):
    about: str = ""
    as_of: Source | None = None
    file: FileShape = FileShape()
    loan: dict[str, Any]
    totals: TotalsShape | None = None
    status: StatusShape | None = None
    leave_out: list[LeaveOutShape] = Field(default=[])
    pass_over: list[PassOverShape] = Field(default=[])


@dataclass(frozen=True)
class LenderMapping:
    """A mapping that was checked. In `loan` the sources are read; `names` are the columns by the field they feed."""

    data: MappingShape
    loan: Mapping[str, Any]
    names: Mapping[str, str]
    columns: tuple[str, ...]

    @cached_property
    def unshown(self) -> frozenset[str]:
        """The columns that feed a field about a person: nothing of them is repeated."""
        return frozenset(column for field, column in self.names.items() if personal(LoanShape, field.split(".")))
