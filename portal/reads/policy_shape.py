"""The policy file a lender writes (TOML), as shapes: what each table is for, and each key with what it means and takes.

These words are in the example and in the JSON Schema.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from portal.domain.contract.agreement import Covers, MissedContract
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import PauseInterest, PauseScope
from portal.domain.money import parse_amount, parse_rate
from portal.domain.refusal import Refusal
from portal.domain.restructuring.offer import MOST_INSTALLMENTS, MOST_MONTHS, MOST_PAUSE


@dataclass(frozen=True, slots=True)
class KeyText:
    """How a value is written: `read` it with the lender's currency, or raise; `allowed` in words and as JSON Schema."""

    read: Callable[[Any, str], Any]
    allowed: str
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, _kind: Any, _handler: Any) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._value)

    def _value(self, given: Any, info: ValidationInfo) -> Any:
        try:
            return self.read(given, str(info.context))
        except (Refusal, TypeError) as error:
            raise ValueError from error


def _whole(least: int, most: int) -> KeyText:
    def read(given: Any, _currency: str) -> int:
        return int(_kept(given, type(given) is int and least <= given <= most))

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return KeyText(read, f"a whole number from {least} to {most}", schema)


def _listed(kind: Callable[[Any], Any], allowed: str, **each: Any) -> KeyText:
    def read(given: Any, _currency: str) -> tuple[Any, ...]:
        return tuple(map(kind, _kept(given, isinstance(given, list) and bool(given))))

    return KeyText(read, f"a list of {allowed}", {"type": "array", "minItems": 1, "items": {"type": "string", **each}})


def _kept(given: Any, fits: bool) -> Any:
    if not fits:
        raise ValueError
    return given


def _share(given: Any, _currency: str) -> Fraction:
    share = parse_rate(given)
    return Fraction(_kept(share, 0 <= share <= 1))


REPORTS = ("overdue-until-settled", "current-while-kept")
AMOUNT = KeyText(
    parse_amount, 'an amount as a string, such as "100.00"', {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}
)
_SHARE = KeyText(
    _share,
    'a share from 0 to 1 as a string, such as "0.5"',
    {"type": "string", "pattern": r"^(0(\.[0-9]+)?|1(\.0+)?)$"},
)
CONTRACT_RATE = "contract"


def _plan_rate(given: Any, _currency: str) -> Fraction | None:
    rate = None if given == CONTRACT_RATE else parse_rate(given)
    return rate if rate is None else Fraction(_kept(rate, 0 <= rate <= 1))


_PLAN_RATE = KeyText(
    _plan_rate,
    'a rate a year as a string, such as "0.12", or "contract"',
    {"type": "string", "pattern": r"^(contract|0(\.[0-9]+)?|1(\.0+)?)$"},
)
_SWITCH = KeyText(lambda given, _: _kept(given, type(given) is bool), "true or false", {"type": "boolean"})
_EVERY = _listed(Every.parse, '"1m", "2w", "1w"', pattern="^[1-9][0-9]{0,2}[mwd]$")
_COVERS = _listed(Covers, '"overdue", "to-come", "all"', enum=[each.value for each in Covers])
_REPORTS = KeyText(lambda given, _: _kept(given, given in REPORTS), " or ".join(REPORTS), {"enum": list(REPORTS)})


def _one_of(kind: type[StrEnum]) -> KeyText:
    return KeyText(lambda given, _: kind(given), " or ".join(kind), {"enum": [each.value for each in kind]})


_MISSED, _SCOPE, _PAUSED_INTEREST = map(_one_of, (MissedContract, PauseScope, PauseInterest))


class PolicyTable(BaseModel):
    """A key sets the field of `Policy` of its own name, or of its alias."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class PlanTable(PolicyTable):
    """a plan inside these bounds is accepted at once, at any hour; outside them a person decides"""

    max_months: Annotated[int | None, _whole(1, MOST_MONTHS)] = None
    """the last payment is at most so many months away"""
    max_installments: Annotated[int | None, _whole(1, MOST_INSTALLMENTS)] = None
    """at most so many payments"""
    first_due_within_days: Annotated[int | None, _whole(1, 366)] = None
    """the first payment is at most so many days away"""
    min_installment: Annotated[int | None, AMOUNT] = None
    """no payment but the last comes to less a month; a weekly 200.00 is some 867 a month"""
    min_down_payment: Annotated[Fraction | None, _SHARE] = None
    """at least this share is paid at once"""
    every: Annotated[tuple[Every, ...] | None, _EVERY] = None
    """the steps between payments that may be chosen: months, weeks"""
    covers: Annotated[tuple[Covers, ...] | None, _COVERS] = None
    """what a plan may take in: what is overdue, what is to come, or both"""


class WaiverTable(PolicyTable):
    """how much of each component is let go at once, as a share of what is overdue of it"""

    costs: Annotated[Fraction | None, _SHARE] = None
    """of costs"""
    fees: Annotated[Fraction | None, _SHARE] = None
    """of fees"""
    penalty: Annotated[Fraction | None, _SHARE] = None
    """of penalty"""
    interest: Annotated[Fraction | None, _SHARE] = None
    """of interest; principal is never let go by a plan"""


class WholeLoanTable(PolicyTable):
    """a plan that takes in what is to come too (`covers` says whether at once); what is left out is as in [plan]"""

    max_months: Annotated[int | None, _whole(1, MOST_MONTHS)] = None
    """the last payment is at most so many months away"""
    max_installments: Annotated[int | None, _whole(1, MOST_INSTALLMENTS)] = None
    """at most so many payments"""
    first_due_within_days: Annotated[int | None, _whole(1, 366)] = None
    """the first payment is at most so many days away"""
    min_installment: Annotated[int | None, AMOUNT] = None
    """no payment but the last comes to less a month"""
    min_down_payment: Annotated[Fraction | None, _SHARE] = None
    """at least this share is paid at once"""
    every: Annotated[tuple[Every, ...] | None, _EVERY] = None
    """the steps between payments that may be chosen: months, weeks"""
    interest_rate: Annotated[Fraction | None, _PLAN_RATE] = None
    """what such a plan bears a year; where it is left out, the contract's own rate"""
    waiver_costs: Annotated[Fraction | None, _SHARE] = None
    """of costs, waived at once"""
    waiver_fees: Annotated[Fraction | None, _SHARE] = None
    """of fees, waived at once"""
    waiver_penalty: Annotated[Fraction | None, _SHARE] = None
    """of penalty, waived at once"""
    waiver_interest: Annotated[Fraction | None, _SHARE] = None
    """of overdue interest, waived at once"""


class ClocksTable(PolicyTable):
    """how long each side has; what runs out is told to both, and nothing is declined by it"""

    decision_working_days: Annotated[int | None, _whole(1, 21)] = None
    """the lender decides within so many working days"""
    quote_working_days: Annotated[int | None, _whole(1, MOST_PAUSE.days)] = None
    """an offer or a counter can be taken for so many working days"""
    hold_days: Annotated[int | None, _whole(0, 366)] = None
    """after a no collection is held for so many days"""
    pause_days: Annotated[int | None, _whole(1, 60)] = None
    """a pause of so many days is accepted at once"""
    complaint_days: Annotated[int | None, _whole(1, 15)] = None
    """a complaint is answered within so many days"""
    complaint_extended_days: Annotated[int | None, _whole(1, 30)] = None
    """in all, after one extension with its reason"""
    complaint_final_days: Annotated[int | None, _whole(0, 30)] = None
    """so many days more after a second extension"""
    report_working_days: Annotated[int | None, _whole(1, 60)] = None
    """a payment that a borrower tells of is found within so many working days"""
    info_working_days: Annotated[int | None, _whole(1, 60)] = None
    """the borrower has so many working days to answer a question"""
    booking_working_days: Annotated[int | None, _whole(1, 60)] = None
    """a signed plan is in the books within so many working days, or comes back"""
    penalty_stops_when_late: Annotated[bool | None, _SWITCH] = None
    """penalty stands still while the lender's answer is late"""


class BookingTable(PolicyTable):
    """when a signed plan begins to run"""

    automatic: Annotated[bool | None, _SWITCH, Field(serialization_alias="booking_automatic")] = None
    """true: a signed plan runs at once; false: when the core or the desk says booked"""


class SigningTable(PolicyTable):
    """what comes before a signature"""

    reading_seconds: Annotated[int | None, _whole(0, 300)] = None
    """the terms are there for so many seconds before they can be signed"""


class SlipsTable(PolicyTable):
    """what a running plan forgives"""

    cure_days: Annotated[int | None, _whole(0, 60)] = None
    """a missed payment can be caught up for so many days"""
    within: Annotated[int | None, _whole(1, 60)] = None
    """a second miss within so many payments breaks the plan"""
    telling_days: Annotated[int | None, _whole(0, 20)] = None
    """working days after the last day to catch up in which what was paid in time can still be told"""
    contract: Annotated[MissedContract | None, _MISSED] = None
    """whether an installment of the contract that is missed beside a plan breaks it too"""


class PauseTable(PolicyTable):
    """what a pause holds; it is signed with the pause, and a later policy does not change it"""

    scope: Annotated[PauseScope | None, _SCOPE] = None
    """whether all that falls due until its last day moves, or only what is overdue is not asked for"""
    interest: Annotated[PauseInterest | None, _PAUSED_INTEREST] = None
    """whether the contract's interest is charged for the periods by which installments move"""


class FourEyesTable(PolicyTable):
    """what one of the staff cannot decide alone"""

    waiver_above: Annotated[int | None, AMOUNT, Field(serialization_alias="four_eyes_above")] = None
    """more than this, on a loan in all or by one person in a month, takes two of the staff"""


class StatementTable(PolicyTable):
    """what holds while the portal and the lender's own statement differ"""

    tolerance: Annotated[int | None, AMOUNT] = None
    """up to this difference the borrower signs at the lower figure; beyond it nobody signs"""
    penalty_stops: Annotated[bool | None, _SWITCH, Field(serialization_alias="penalty_stops_when_books_differ")] = None
    """penalty stands still while the books differ, from the statement's day on"""


class ArrearsTable(PolicyTable):
    """what is too little to be asked for by itself"""

    tolerance: Annotated[int | None, AMOUNT, Field(serialization_alias="arrears_tolerance")] = None
    """where no more is overdue in all nobody is called overdue, invited or charged, and no plan's payment is missed"""


class NumbersTable(PolicyTable):
    """how long a changed phone number proves nothing, after the old one was told"""

    wait_hours: Annotated[int | None, _whole(24, 168), Field(serialization_alias="number_wait_hours")] = None
    """so many hours a changed number signs nothing, nor does somebody added to a loan"""


class InvitationsTable(PolicyTable):
    """how often somebody who has come in is told again of what is overdue"""

    again_days: Annotated[int | None, _whole(7, 366), Field(serialization_alias="invite_again_days")] = None
    """so many days after they were last told, if nothing new has fallen overdue"""


class RetentionTable(PolicyTable):
    """how long a borrower is kept after their last loan has ended; without it nobody goes by time"""

    days_after_end: Annotated[int | None, _whole(30, 7306), Field(serialization_alias="retention_days")] = None
    """so many days after their last loan has ended a borrower is erased"""


class CreditBureauTable(PolicyTable):
    """what the borrower reads about the credit record before signing"""

    reports: Annotated[str | None, _REPORTS] = None
    """how the lender reports the loan while a plan is kept"""


class PolicyFile(PolicyTable):
    """All tables but the ways to pay, which have a checker of their own."""

    plan: PlanTable = PlanTable()
    waiver: WaiverTable = WaiverTable()
    whole_loan: WholeLoanTable = WholeLoanTable()
    clocks: ClocksTable = ClocksTable()
    booking: BookingTable = BookingTable()
    signing: SigningTable = SigningTable()
    slips: SlipsTable = SlipsTable()
    pause: PauseTable = PauseTable()
    four_eyes: FourEyesTable = FourEyesTable()
    statement: StatementTable = StatementTable()
    arrears: ArrearsTable = ArrearsTable()
    numbers: NumbersTable = NumbersTable()
    invitations: InvitationsTable = InvitationsTable()
    retention: RetentionTable = RetentionTable()
    credit_bureau: CreditBureauTable = CreditBureauTable()


EMPTY_POLICY = PolicyFile()
POLICY_TABLES = {table: type(shape) for table, shape in EMPTY_POLICY}


def policy_keys() -> Iterator[tuple[str, str, FieldInfo]]:
    """Table, name and field of every key, in the order of the file."""
    for table, shape in POLICY_TABLES.items():
        for name, key in shape.model_fields.items():
            yield table, name, key


def written_as(key: FieldInfo) -> KeyText:
    return next(each for each in key.metadata if isinstance(each, KeyText))
