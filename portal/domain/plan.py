"""A plan drawn up from an offer: the one function that previews, quotes, proposes and agrees."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from portal.domain.apr import irr_of_plan
from portal.domain.calendar import DayCount, Every, add_months, due_date, year_fraction
from portal.domain.calendar import days as count_days
from portal.domain.loan import NOTHING, Amounts
from portal.domain.money import COMPONENTS, Money, Rounding, divide, rounded
from portal.domain.position import Position
from portal.domain.refusal import N_, Refusal

MOST_INSTALLMENTS = 260
MOST_MONTHS = 60
FIRST_DUE_WITHIN_MONTHS = 12


class Covers(StrEnum):
    """What a plan takes in: what is overdue now, or the whole loan with the principal not due yet."""

    OVERDUE = "overdue"
    ALL = "all"


class Kind(StrEnum):
    PLAN = "plan"
    PAUSE = "pause"
    SETTLEMENT = "settlement"
    VARIATION = "variation"


@dataclass(frozen=True, slots=True)
class Offer:
    """What one side offers. Either `installments` or `amount` is given; amounts in minor units.

    `waiver` is what the borrower is spared, by component; `interest_rate` runs inside the plan, a year.
    """

    every: Every
    first_due: date
    installments: int | None = None
    amount: int | None = None
    down_payment: int = 0
    waiver: Amounts = NOTHING
    covers: Covers = Covers.OVERDUE
    interest_rate: Fraction = Fraction(0)
    kind: Kind = Kind.PLAN
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One payment of a plan: no. 0 is the down payment. `plan_interest` is within `components.interest`."""

    no: int
    due_on: date
    days: int
    components: Amounts
    plan_interest: int
    balance: int

    @property
    def total(self) -> int:
        return self.components.total


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule that pays `balance` (what is taken in, less the waiver) and its interest. Minor units.

    Rounding  each installment once, in the contract's mode; the last one takes the rest
    """

    as_of: date
    currency: str
    taken_in: Amounts
    waived: Amounts
    rows: tuple[PlanRow, ...]
    apr: Fraction

    @property
    def balance(self) -> int:
        return self.taken_in.total - self.waived.total

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)

    @property
    def installments(self) -> tuple[PlanRow, ...]:
        return tuple(row for row in self.rows if row.no)

    @property
    def each(self) -> int:
        """What is paid each time but the last; 0 where everything is paid down to begin with."""
        return next((row.total for row in self.rows if row.no), 0)

    @property
    def last_due_on(self) -> date:
        return self.rows[-1].due_on


class NothingToPlan(Refusal):
    says = N_("Nothing is overdue on this loan, so there is nothing to make a plan for.")


class CountOrAmount(Refusal):
    says = N_("Say either how many installments or how much each time.")


class InstallmentsOutOfRange(Refusal):
    says = N_("A plan can have 1 to {most} installments. You asked for {asked}.")


class NothingLeft(Refusal):
    says = N_("With this waiver nothing would be left to make a plan for.")


class TooManyPayments(InstallmentsOutOfRange):
    says = N_("With this amount the plan would need more than {most} payments. Please choose a larger one.")


class PlanTooLong(Refusal):
    says = N_("A plan can run for at most {months} months, until {most}. This one would end on {asked}.")


class FirstDueTooEarly(Refusal):
    says = N_("The first payment has to be after {today}. You chose {asked}.")


class FirstDueTooLate(Refusal):
    says = N_("The first payment has to be by {most}. You chose {asked}.")


class AmountTooSmall(Refusal):
    says = N_("Each payment has to be more than zero and pay more than the interest of its period.")


class DownPaymentTooHigh(Refusal):
    says = N_("The first payment now can be at most {most}. You entered {asked}.")


class WaiverTooHigh(Refusal):
    says = N_("At most {most} of this can be waived. You asked for {asked}.")


class PrincipalNotWaived(Refusal):
    says = N_("Principal is not waived in a plan.")


def draw_up(position: Position, offer: Offer, rounding: Rounding, day_count: DayCount, pay_now_by: date) -> Plan:
    """The plan an offer makes of a position; preview, quote, proposal and agreement all call this.

    Unit      minor units of the loan's currency
    Rounding  `rounding`, once per installment; the remainder is in the last installment
    Errors    a `Refusal` whose `field` names the term that cannot be
    """
    taken_in = _taken_in(position, offer)
    _check(position, offer, taken_in)
    left = taken_in - offer.waiver
    rows: list[PlanRow] = []
    if offer.down_payment:
        down_on = min(pay_now_by, offer.first_due)
        paid, left = _pay(left, offer.down_payment)
        rows.append(PlanRow(0, down_on, count_days(position.as_of, down_on, day_count), paid, 0, left.total))
    if left.total:
        rows += _installments(position.as_of, offer, left, rounding, day_count)
    if rows[-1].due_on > add_months(position.as_of, MOST_MONTHS):
        most = add_months(position.as_of, MOST_MONTHS)
        field = "installments" if offer.amount is None else "amount"
        raise PlanTooLong(field, months=MOST_MONTHS, most=most, asked=rows[-1].due_on)
    plan = Plan(position.as_of, position.currency, taken_in, offer.waiver, tuple(rows), Fraction(0))
    return replace(plan, apr=_apr(plan)) if offer.interest_rate else plan


def _taken_in(position: Position, offer: Offer) -> Amounts:
    owed = position.overdue
    if offer.covers is Covers.ALL:
        owed = replace(owed, principal=position.outstanding_principal)
    if not owed.total:
        raise NothingToPlan("covers")
    return owed


def _check(position: Position, offer: Offer, taken_in: Amounts) -> None:
    _check_time(position.as_of, offer)
    _check_amounts(position.currency, offer, taken_in)


def _check_time(as_of: date, offer: Offer) -> None:
    if (offer.installments is None) == (offer.amount is None):
        raise CountOrAmount("installments")
    if offer.installments is not None and not 1 <= offer.installments <= MOST_INSTALLMENTS:
        raise InstallmentsOutOfRange("installments", most=MOST_INSTALLMENTS, asked=offer.installments)
    if offer.first_due <= as_of:
        raise FirstDueTooEarly("first_due", today=as_of, asked=offer.first_due)
    latest = add_months(as_of, FIRST_DUE_WITHIN_MONTHS)
    if offer.first_due > latest:
        raise FirstDueTooLate("first_due", most=latest, asked=offer.first_due)


def _check_amounts(currency: str, offer: Offer, taken_in: Amounts) -> None:
    if offer.waiver.principal:
        raise PrincipalNotWaived("waiver_principal")
    for component, asked in offer.waiver.items():
        most = taken_in.of(component)
        if not 0 <= asked <= most:
            raise WaiverTooHigh(f"waiver_{component}", most=Money(most, currency), asked=Money(asked, currency))
    balance = taken_in.total - offer.waiver.total
    if not balance:
        raise NothingLeft(next(f"waiver_{name}" for name, minor in offer.waiver.items() if minor))
    if not 0 <= offer.down_payment <= balance:
        most_now, asked_now = Money(balance, currency), Money(offer.down_payment, currency)
        raise DownPaymentTooHigh("down_payment", most=most_now, asked=asked_now)


def _installments(as_of: date, offer: Offer, left: Amounts, rounding: Rounding, day_count: DayCount) -> list[PlanRow]:
    if offer.amount is not None:
        return _rows_of(as_of, offer, left, offer.amount, None, rounding, day_count)
    count = offer.installments or 1
    if not offer.interest_rate:
        each = divide(left.total, count, rounding)
        if each * (count - 1) >= left.total:
            each = divide(left.total, count, Rounding.DOWN)
    else:
        each = _level(as_of, offer, left, count, rounding, day_count)
    return _rows_of(as_of, offer, left, each, count, rounding, day_count)


def _level(as_of: date, offer: Offer, left: Amounts, count: int, rounding: Rounding, day_count: DayCount) -> int:
    """The smallest equal installment after which the last one is not larger than the others."""
    low, high = 1, left.total * 2 + 1
    while low < high:
        each = (low + high) // 2
        rows = _rows_of(as_of, offer, left, each, count, rounding, day_count)
        if rows[-1].total <= each:
            high = each
        else:
            low = each + 1
    return low


def _rows_of(
    as_of: date,
    offer: Offer,
    left: Amounts,
    each: int,
    count: int | None,
    rounding: Rounding,
    day_count: DayCount,
) -> list[PlanRow]:
    if each < 1:
        raise AmountTooSmall("amount" if count is None else "installments")
    rows: list[PlanRow] = []
    for no, (start, due_on, interest) in enumerate(_periods(as_of, offer, day_count), start=1):
        plan_interest = rounded(left.principal * interest, rounding)
        last = no == count or left.total + plan_interest <= each
        before = left.total
        paid, left = _pay(left, (before if last else each - plan_interest))
        paid = paid + Amounts(interest=plan_interest)
        rows.append(PlanRow(no, due_on, count_days(start, due_on, day_count), paid, plan_interest, left.total))
        if last or not left.total:
            return rows
        if count is None and (left.total >= before or no >= MOST_INSTALLMENTS):
            never = left.total >= before
            raise AmountTooSmall("amount") if never else TooManyPayments("amount", most=MOST_INSTALLMENTS)
    return rows


def _periods(as_of: date, offer: Offer, day_count: DayCount) -> Iterator[tuple[date, date, Fraction]]:
    start = as_of
    for index in range(MOST_INSTALLMENTS + 1):
        due_on = due_date(offer.first_due, offer.every, index)
        yield start, due_on, offer.interest_rate * year_fraction(start, due_on, day_count)
        start = due_on


def _pay(left: Amounts, amount: int) -> tuple[Amounts, Amounts]:
    """Splits a payment over what is left, in the order of `COMPONENTS`; never takes more than is there."""
    paid = dict.fromkeys(COMPONENTS, 0)
    for component, owed in left.items():
        part = max(min(amount, owed), 0)
        paid[component] = part
        amount -= part
    return Amounts(**paid), left - Amounts(**paid)


def _apr(plan: Plan) -> Fraction:
    return irr_of_plan(plan.as_of, plan.balance, [(row.due_on, row.total) for row in plan.rows])
