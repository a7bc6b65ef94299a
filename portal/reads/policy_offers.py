"""The lender's standing offers as the policy file has them: `[[offers]]`, each a table of its own."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

from pydantic import ValidationError

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.calendar import Every
from portal.domain.restructuring.offer import MOST_INSTALLMENTS
from portal.domain.restructuring.standing_offer import Lateness, StandingOffer
from portal.reads.policy_shape import PolicyTable
from portal.reads.policy_values import (
    AMOUNT,
    DAY,
    EVERY_STEP,
    NAME_LIST,
    PLAN_RATE,
    SHARE,
    SHORT_TEXT,
    one_of_these,
    whole,
    written_as,
)

WAIVED = ("costs", "fees", "penalty", "interest", "principal")


class OfferTable(PolicyTable):
    """an offer to whoever it is for, taken at once until its last day; as many tables as there are offers"""

    id: Annotated[str, SHORT_TEXT]
    """its own short name, in events and addresses; never used for another offer"""
    name_zh: Annotated[str, SHORT_TEXT]
    """what it is called in Chinese"""
    name_en: Annotated[str, SHORT_TEXT]
    """what it is called in English"""
    reason_zh: Annotated[str, SHORT_TEXT]
    """why it is made, in Chinese"""
    reason_en: Annotated[str, SHORT_TEXT]
    """why it is made, in English"""
    until: Annotated[date, DAY]
    """the last day on which it can be taken"""
    installments: Annotated[int, whole(1, MOST_INSTALLMENTS)]
    """at most so many payments"""
    kind: Annotated[OfferKind, one_of_these(OfferKind, OfferKind.PLAN, OfferKind.SETTLEMENT)] = OfferKind.PLAN
    """a plan, or one sum with the rest waived"""
    covers: Annotated[Covers, one_of_these(Covers)] = Covers.OVERDUE
    """what it takes in: what is overdue, what is to come, or both"""
    every: Annotated[Every, EVERY_STEP] = Every(1, "m")
    """the step between payments"""
    first_due_within_days: Annotated[int, whole(1, 366)] = 31
    """the first payment is at most so many days away"""
    interest_rate: Annotated[Fraction | None, PLAN_RATE] = None
    """what it bears a year; where it is left out, what the policy says of such plans"""
    waived_costs: Annotated[Fraction, SHARE] = Fraction(0)
    """of the costs it takes in"""
    waived_fees: Annotated[Fraction, SHARE] = Fraction(0)
    """of the fees it takes in"""
    waived_penalty: Annotated[Fraction, SHARE] = Fraction(0)
    """of the penalty it takes in"""
    waived_interest: Annotated[Fraction, SHARE] = Fraction(0)
    """of the interest it takes in"""
    waived_principal: Annotated[Fraction, SHARE] = Fraction(0)
    """of the principal it takes in: for a settlement alone"""
    days_late_from: Annotated[int, whole(0, 36500)] = 1
    """for loans that are overdue for at least so many days; 0: also for those that are not"""
    days_late_to: Annotated[int | None, whole(0, 36500)] = None
    """and for at most so many"""
    overdue_from: Annotated[int, AMOUNT] = 0
    """for loans with at least so much overdue"""
    overdue_to: Annotated[int | None, AMOUNT] = None
    """and at most so much"""
    products: Annotated[tuple[str, ...], NAME_LIST] = ()
    """for these products, as the portfolio names them; left out, for all"""
    lateness: Annotated[Lateness | None, one_of_these(Lateness)] = None
    """first: nothing on the loan was late before; again: something was, and was paid since"""


def read_offers(given: Any, currency: str) -> tuple[tuple[StandingOffer, ...], list[str]]:
    """The offers, and every problem of any of them."""
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        return (), ["[[offers]]: has to be a list of tables"]
    found, problems = [], list[str]()
    for number, table in enumerate(given, 1):
        try:
            found.append(_offer(OfferTable.model_validate(table, context=currency)))
        except ValidationError as error:
            problems += [f"[[offers]] no. {number} {_problem(each)}" for each in error.errors()]
    for name in sorted({each.id for each in found if [other.id for other in found].count(each.id) > 1}):
        problems.append(f"[[offers]] id: {name!r} is there twice")
    problems += [
        f"[[offers]] {each.id}: waived_principal is for a settlement alone"
        for each in found
        if dict(each.waiver)["principal"] and each.kind is not OfferKind.SETTLEMENT
    ]
    return tuple(found), problems


def _offer(table: OfferTable) -> StandingOffer:
    values = {name: getattr(table, name) for name in OfferTable.model_fields}
    waiver = tuple((name, values.pop(f"waived_{name}")) for name in WAIVED)
    return StandingOffer(**values, waiver=waiver)


def _problem(error: Mapping[str, Any]) -> str:
    keys, name = OfferTable.model_fields, str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"{name}: unknown; allowed are {', '.join(keys)}"
    if error["type"] == "missing":
        return f"{name}: has to be there, {written_as(keys[name]).allowed}"
    return f"{name}: has to be {written_as(keys[name]).allowed}, found {error['input']!r}"


def offers_schema() -> dict[str, Any]:
    keys = OfferTable.model_fields
    each = {
        name: {"description": f"{key.description} ({written_as(key).allowed})", **written_as(key).schema}
        for name, key in keys.items()
    }
    return {
        "description": "the lender's standing offers",
        "type": "array",
        "items": {
            "type": "object",
            "properties": each,
            "required": [name for name, key in keys.items() if key.is_required()],
            "additionalProperties": False,
        },
        "default": [],
    }
