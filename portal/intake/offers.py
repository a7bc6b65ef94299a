"""An offer as a lender's system or terminal says it: which terms go with which kind, and the offer they make."""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every, parse_date
from portal.domain.ledger.position import Position
from portal.domain.money import COMPONENTS, Money, parse_amount, parse_rate
from portal.domain.refusal import Refusal
from portal.domain.restructuring.asked_for import pause_offer, settlement_offer
from portal.domain.restructuring.drawing import amounts_taken_in
from portal.domain.restructuring.offer import MOST_INSTALLMENTS, Offer
from portal.domain.restructuring.policy import Policy
from portal.intake.shape import AmountsShape, Day, MoneyText, Rate, Shape

_ANY_KIND = frozenset({"kind", "first_due"})
_TERMS_OF = {
    "pause": _ANY_KIND | {"moves_next"},
    "settle": _ANY_KIND | {"covers", "settle"},
}


class TermOfAnotherKind(Refusal):
    says = "This does not go with {kind}; what does: {allowed}."


class SettledOutOfRange(Refusal):
    says = "What settles it is more than zero and less than the {owed} that it covers; {given} is not."


class RateTooHigh(Refusal):
    says = "A rate is a fraction of one, so at most 1; {given} is not."


class OfferShape(Shape):
    """`first_due` is the first payment's day, of a pause its last day, of a settlement the day of its one sum.

    What is overdue is covered where `covers` is left out, unless nothing is; a rate that is left out is the policy's.
    """

    kind: Literal["plan", "settlement", "pause"] = "plan"
    covers: Literal[tuple(each.value for each in Covers)] | None = None  # type: ignore[valid-type]
    installments: Annotated[int, Field(ge=1, le=MOST_INSTALLMENTS)] | None = None
    amount: Annotated[MoneyText, Field(description="of each payment; given in place of installments")] | None = None
    first_due: Day
    every: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}[mwd]$", description="1m, 2w, 1w, ...")] = "1m"
    interest_rate: Rate | None = None
    interest_only: Annotated[int, Field(ge=0, lt=MOST_INSTALLMENTS)] = 0
    down_payment: MoneyText = "0"
    round_to: MoneyText | None = None
    waiver: AmountsShape = AmountsShape()
    settle: Annotated[MoneyText, Field(description="of a settlement: the one sum for all it covers")] | None = None
    moves_next: Annotated[bool, Field(description="of a pause: only what falls due next moves to that day")] = False


def offer_of(asked: OfferShape, now: Position, policy: Policy) -> Offer:
    """`now` is as it is drawn over. Raises a Refusal at the term that cannot be."""
    _check_terms(asked)
    first_due = parse_date(asked.first_due, "first_due")
    if asked.kind == "pause":
        return pause_offer(now, first_due, moves_next=asked.moves_next)
    usual = Covers.OVERDUE if now.overdue.total else Covers.TO_COME
    covers = Covers(asked.covers) if asked.covers else usual
    if asked.settle is None:
        return _plan(asked, now, policy, covers)
    owed, settled = amounts_taken_in(now, covers).total, parse_amount(asked.settle, now.currency, "settle")
    if not 0 < settled < owed:
        raise SettledOutOfRange("settle", owed=Money(owed, now.currency), given=asked.settle)
    return settlement_offer(now, covers, settled, first_due)


def _check_terms(asked: OfferShape) -> None:
    """Raises TermOfAnotherKind: what is given and would be passed over is refused."""
    kind = "settle" if asked.settle is not None else asked.kind
    allowed = _TERMS_OF.get(kind, frozenset(OfferShape.model_fields) - {"settle", "moves_next"})
    for name in sorted(asked.model_fields_set - allowed):
        raise TermOfAnotherKind(name, kind=f"a {kind}", allowed=", ".join(sorted(allowed)))
    if kind == "settle" and asked.kind != "settlement":
        raise TermOfAnotherKind("settle", kind=f"a {asked.kind}", allowed="the kind settlement")


def _plan(asked: OfferShape, now: Position, policy: Policy, covers: Covers) -> Offer:
    currency, settles = now.currency, asked.kind == "settlement"
    waived: dict[str, str] = asked.waiver.model_dump()
    return Offer(
        every=Every.parse(asked.every, "every"),
        first_due=parse_date(asked.first_due, "first_due"),
        installments=asked.installments,
        amount=None if asked.amount is None else parse_amount(asked.amount, currency, "amount"),
        down_payment=parse_amount(asked.down_payment, currency, "down_payment"),
        waiver=Amounts(**{name: parse_amount(waived[name], currency, f"waiver.{name}") for name in COMPONENTS}),
        covers=covers,
        interest_rate=_rate(asked, policy.rate_for(covers, now.loan.terms.annual_rate)),
        interest_only=asked.interest_only,
        round_to=1 if asked.round_to is None else parse_amount(asked.round_to, currency, "round_to"),
        kind=OfferKind.SETTLEMENT if settles else OfferKind.PLAN,
    )


def _rate(asked: OfferShape, usual: Fraction) -> Fraction:
    """A settlement bears nothing unless it is said."""
    if asked.interest_rate is None:
        return Fraction(0) if asked.kind == "settlement" else usual
    rate = parse_rate(asked.interest_rate, "interest_rate")
    if rate > 1:
        raise RateTooHigh("interest_rate", given=asked.interest_rate)
    return rate
