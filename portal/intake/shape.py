"""The shape of one line of a portfolio: its keys and their kinds; what they mean is read in `portfolio`."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.domain.conduct.names import check_id, check_name
from portal.domain.conduct.phone import check_phone
from portal.domain.contract.calendar import DayCount
from portal.domain.contract.closing import WRITTEN_OFF, ClosingReason
from portal.domain.contract.loan import LegalStage
from portal.domain.contract.penalty_terms import Grace, PenaltyBase, PenaltyKind, RoundingPoint
from portal.domain.contract.prepayment import PrepaidInterest, Purpose, Surplus, Then
from portal.domain.contract.schedule import Method
from portal.domain.contract.schedule_values import MOST_SCHEDULE_ROWS
from portal.domain.money import Rounding
from portal.domain.refusal import Refusal
from portal.intake.timezones import check_timezone_name
from portal.reads.caps import LENDER_KINDS, check_kind

DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
PHONE = r"^(\+[0-9]{8,15})?$"
LAST_FOUR = r"^([0-9A-Za-z]{4})?$"
ENTRY_CODE = r"^([0-9A-Za-z]{4,12})?$"
REF = r"^[0-9A-Za-z._-]{1,40}$"


class Personal:
    """Marks a field as being about a person: no refusal repeats what stands in it."""


class RefusedValue(ValueError):
    """Carries a refusal out of a shape's validation."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def checked(check: Callable[[str], None]) -> AfterValidator:
    """A shape's field is held to a rule of the domain as well; empty is as good as not there."""

    def held_to(text: str) -> str:
        try:
            if text:
                check(text)
        except Refusal as refusal:
            raise RefusedValue(refusal) from refusal
        return text

    return AfterValidator(held_to)


ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Title = Annotated[ShortText, checked(check_name)]
Id = Annotated[str, Field(min_length=1, max_length=100), checked(check_id)]
LenderKind = Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(LENDER_KINDS)}), checked(check_kind)]
Phone = Annotated[str, Field(pattern=PHONE), checked(check_phone), Personal()]
MoneyText = Annotated[str, Field(description="an amount as a decimal string with at most the currency's digits")]
Rate = Annotated[str, Field(description="a fraction of one as a decimal string")]
Day = Annotated[str, Field(pattern=DAY_PATTERN, description="a date, YYYY-MM-DD")]
ComponentName = Literal["costs", "fees", "penalty", "interest", "principal"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class BorrowerShape(Shape):
    external_id: Id
    name: Annotated[str, Field(max_length=200), checked(check_name), Personal()] = ""
    phone: Phone = ""
    id_last4: Annotated[str, Field(pattern=LAST_FOUR), Personal()] = ""
    entry_code: Annotated[str, Field(pattern=ENTRY_CODE), Personal()] = ""
    locale: Literal["zh-CN", "en"] = "zh-CN"
    timezone: Annotated[str, Field(max_length=64), checked(check_timezone_name)] = ""


class RateShape(Shape):
    multiple_of_contract: Rate | None = None
    margin_over_contract: Rate | None = None
    annual: Rate | None = None
    monthly: Rate | None = None
    daily: Rate | None = None


class TierShape(Shape):
    from_day: Annotated[int, Field(ge=1, le=9999)]
    rate: RateShape


class RateChangeShape(Shape):
    since: Annotated[Day, Field(alias="from")]
    rate: RateShape


class BandShape(Shape):
    """Of a debt of `from_debt` or more; the amount of the last band that is reached is charged."""

    from_debt: MoneyText
    amount: MoneyText


class PenaltyShape(Shape):
    kind: Literal[tuple(kind.value for kind in PenaltyKind)]  # type: ignore[valid-type]
    base: Literal[tuple(base.value for base in PenaltyBase)] = "overdue-principal"  # type: ignore[valid-type]
    rate: RateShape | None = None
    tiers: list[TierShape] = []
    changes: list[RateChangeShape] = []
    percent: Rate | None = None
    amount: MoneyText | None = None
    bands: list[BandShape] = []
    day_count: Literal[tuple(count.value for count in DayCount)] = "actual/360"  # type: ignore[valid-type]
    rounding_point: Literal[tuple(point.value for point in RoundingPoint)] = "line"  # type: ignore[valid-type]
    grace_days: Annotated[int, Field(ge=0, le=366)] = 0
    grace: Literal[tuple(grace.value for grace in Grace)] = "waives"  # type: ignore[valid-type]
    clause: ShortText | None = None


class AllocationShape(Shape):
    due: list[ComponentName] = ["costs", "fees", "penalty", "interest", "principal"]
    in_advance: list[ComponentName] = []
    across: Literal["installment", "component"] = "installment"
    late: list[ComponentName] = []
    late_from_day: Annotated[int, Field(ge=0, le=9999)] = 0


class CapShape(Shape):
    rule: ShortText


class ClauseShape(Shape):
    ref: Annotated[str, Field(pattern=REF)]
    lang: Literal["zh-CN", "en"]
    title: Title
    text: Annotated[str, Field(max_length=20000)]
    about: Literal["", "interest", "repayment", "penalty", "allocation"] = ""


class TermsShape(Shape):
    annual_rate: Rate
    method: Literal[tuple(method.value for method in Method)]  # type: ignore[valid-type]
    installments: Annotated[int, Field(ge=1, le=MOST_SCHEDULE_ROWS)]
    every: str
    first_due: Day
    installment: MoneyText | None = None
    day_count: Literal[tuple(count.value for count in DayCount)]  # type: ignore[valid-type]
    rounding: Literal[tuple(mode.value for mode in Rounding)] = "half-up"  # type: ignore[valid-type]
    penalty: PenaltyShape = PenaltyShape(kind="none")
    penalties: Annotated[list[PenaltyShape], Field(max_length=8)] = []
    cap: CapShape | None = None
    allocation: list[ComponentName] | AllocationShape = AllocationShape()
    prepayment: Literal[tuple(each.value for each in PrepaidInterest)] = "by-day"  # type: ignore[valid-type]
    surplus: Literal[tuple(each.value for each in Surplus)] = "credit"  # type: ignore[valid-type]
    clauses: list[ClauseShape] = []


class InstallmentShape(Shape):
    no: int
    due_on: Day
    principal: MoneyText
    interest: MoneyText
    fees: MoneyText = "0"


class AmountsShape(Shape):
    costs: MoneyText = "0"
    fees: MoneyText = "0"
    penalty: MoneyText = "0"
    interest: MoneyText = "0"
    principal: MoneyText = "0"


class PaymentShape(Shape):
    id: Id
    received_on: Day
    amount: MoneyText | None = None
    allocated: AmountsShape | None = None
    reverses: Id | None = None
    refunds: bool = False
    installment: int | None = None
    plan_installment: int | None = None
    purpose: Literal[tuple(each.value for each in Purpose)] | None = None  # type: ignore[valid-type]
    then: Literal[tuple(each.value for each in Then)] | None = None  # type: ignore[valid-type]


class PaymentLine(PaymentShape):
    """One line of a payments file."""

    loan_no: Id
    currency: str | None = None
    reference: Annotated[str, Field(max_length=100), Personal()] = ""


class ChargeShape(Shape):
    id: Id
    on: Day
    due_on: Day
    kind: Literal["penalty", "fees", "costs"]
    amount: MoneyText
    installment: int | None = None


class CreditShape(AmountsShape):
    """What the lender itself let go or corrected."""

    id: Id
    on: Day
    reason: ShortText


class ClosedShape(Shape):
    on: Day
    reason: Literal[(*(each.value for each in ClosingReason), WRITTEN_OFF)]  # type: ignore[valid-type]


class StatementShape(AmountsShape):
    as_of: Day


class LoanShape(Shape):
    loan_no: Id
    product: Annotated[str, Field(max_length=200), checked(check_name)] = ""
    lender_kind: LenderKind | None = None
    currency: str
    borrower: Annotated[BorrowerShape, Personal()]
    co_borrowers: Annotated[list[BorrowerShape], Personal()] = []
    signed_on: Day
    disbursed_on: Day
    principal: MoneyText
    terms: TermsShape
    # `terms.method` says how one is generated where `schedule` is left out.
    schedule: list[InstallmentShape] | None = None
    payments: list[PaymentShape] = []
    charges: list[ChargeShape] = []
    statement: StatementShape | None = None
    credits: list[CreditShape] = []
    closed: ClosedShape | None = None
    rate_is_meant: bool = False
    complete: bool = False
    written_off_on: Day | None = None
    legal_stage: Literal[tuple(stage.value for stage in LegalStage)] = "none"  # type: ignore[valid-type]


def portfolio_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line of a portfolio file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **LoanShape.model_json_schema()}


def inside(shape: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """The keys that may stand at a path inside a shape."""
    for part in path:
        if isinstance(part, str) and part in shape.model_fields:
            shape = nested(shape.model_fields[part].annotation) or shape
    return list(shape.model_fields)


def personal(shape: type[BaseModel], path: Sequence[int | str]) -> bool:
    """Whether what stands at a path inside a shape is about a person; a line as a whole is."""
    found = not path
    for part in path:
        if isinstance(part, str) and part in shape.model_fields:
            field = shape.model_fields[part]
            found = any(isinstance(each, Personal) for each in field.metadata)
            shape = nested(field.annotation) or shape
    return found


def nested(annotation: Any) -> type[BaseModel] | None:
    """The shape a field holds, alone, in a list or beside something else."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := nested(part))), None)
