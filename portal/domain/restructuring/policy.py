"""A lender's published policy: inside it an offer is accepted at once, outside it a person decides. It is data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from portal.domain.contract.agreement import Covers, CureTerms, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import THE_WEEK, Every, WorkingDays, add_months
from portal.domain.contract.pause import PauseScope, PauseTerms
from portal.domain.contract.plan import Plan
from portal.domain.ledger.position import Position
from portal.domain.ledger.upcoming import last_day_of
from portal.domain.money import Money, Rounding, rounded
from portal.domain.restructuring.affordability import monthly
from portal.domain.restructuring.contact_terms import AS_THE_RULES_SAY, ContactTerms
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.payment_methods import Way
from portal.domain.restructuring.standing_offer import StandingOffer

FORGIVING, PAUSES_ALL = CureTerms(), PauseTerms()
DEFAULT_EVERY = (Every(1, "m"), Every(2, "w"), Every(1, "w"))


@dataclass(frozen=True, slots=True)
class WholeLoanRules:
    """Where a plan that takes in what is to come is judged otherwise than one beside the contract.

    None is as there; of the `interest_rate` a year it is the contract's own, and of a `waiver` the share as there.
    """

    max_months: int | None = None
    max_installments: int | None = None
    first_due_within_days: int | None = None
    min_installment: int | None = None
    min_down_payment: Fraction | None = None
    every: tuple[Every, ...] | None = None
    interest_rate: Fraction | None = None
    waiver_costs: Fraction | None = None
    waiver_fees: Fraction | None = None
    waiver_penalty: Fraction | None = None
    waiver_interest: Fraction | None = None

    def waiver(self, share_beside: Callable[[str], Fraction]) -> Iterator[tuple[str, Fraction]]:
        for component in ("costs", "fees", "penalty", "interest"):
            share = getattr(self, f"waiver_{component}")
            yield component, share_beside(component) if share is None else share


AS_BESIDE = WholeLoanRules()
_SAME_KEYS = (
    "max_months",
    "max_installments",
    "first_due_within_days",
    "min_installment",
    "min_down_payment",
    "every",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One dated version. Shares are fractions of one of the component overdue; amounts are minor units.

    What it says of plans is for those beside the contract; `for_covers` is the policy as it judges another kind. The
    `min_installment` is judged by the month: a weekly one of 200.00 is some 867 a month.

    The defaults are the product's own careful ones for a lender that has set nothing yet (version 0): nobody is erased
    by time until it sets `retention_days`. A waiver above `four_eyes_above` needs two of the staff. `working_days` are
    those of the lender's country. So many `changes` to how a loan is paid are accepted at once in its life, or within
    a year; the next is for a person.
    """

    version: int = 0
    max_months: int = 12
    max_installments: int = 52
    first_due_within_days: int = 31
    min_installment: int = 0
    min_down_payment: Fraction = Fraction(0)
    every: tuple[Every, ...] = DEFAULT_EVERY
    covers: tuple[Covers, ...] = (Covers.OVERDUE,)
    waiver: tuple[tuple[str, Fraction], ...] = ()
    whole_loan: WholeLoanRules = AS_BESIDE
    offers: tuple[StandingOffer, ...] = ()
    decision_working_days: int = 3
    quote_working_days: int = 3
    hold_days: int = 14
    pause_days: int = 60
    complaint_days: int = 15
    complaint_extended_days: int = 30
    complaint_final_days: int = 30
    tolerance: int = 0
    arrears_tolerance: int = 0
    reports: str = "overdue-until-settled"
    ways: tuple[Way, ...] = ()
    report_working_days: int = 5
    retention_days: int | None = None
    number_wait_hours: int = 24
    tells_answers: bool = True
    tells_plan_payments: bool = True
    tells_contract_payments: bool = True
    invite_again_days: int = 30
    info_working_days: int = 5
    booking_working_days: int = 5
    booking_automatic: bool = False
    penalty_stops_when_late: bool = True
    penalty_stops_when_books_differ: bool = False
    reading_seconds: int = 10
    cure_terms: CureTerms = FORGIVING
    pause_terms: PauseTerms = PAUSES_ALL
    contact: ContactTerms = AS_THE_RULES_SAY
    four_eyes_above: int | None = None
    changes_in_life: int | None = None
    changes_in_a_year: int | None = None
    working_days: WorkingDays = THE_WEEK
    currency: str = ""

    def judging(self, currency: str) -> "Policy":
        """As it judges amounts of a currency: its own amounts are in `currency` and say nothing of another.

        Of another one nothing is too small or overlooked and no difference is tolerated; a waiver always takes two, and
        no offer stands.
        """
        if self.currency in ("", currency):
            return self
        two = None if self.four_eyes_above is None else 0
        cure_terms = replace(self.cure_terms, arrears_tolerance=0)
        whole_loan = replace(self.whole_loan, min_installment=0)
        judging = replace(self, currency=currency, min_installment=0, tolerance=0, four_eyes_above=two, offers=())
        return replace(judging, arrears_tolerance=0, cure_terms=cure_terms, whole_loan=whole_loan)

    def for_covers(self, covers: Covers) -> "Policy":
        """With the rules for a plan that takes in that much in place of those for one beside the contract."""
        rules = self.whole_loan
        if covers is Covers.OVERDUE or rules == AS_BESIDE:
            return self
        own = {name: getattr(rules, name) for name in _SAME_KEYS if getattr(rules, name) is not None}
        return replace(self, waiver=tuple(rules.waiver(self.waiver_share)), whole_loan=AS_BESIDE, **own)

    def rate_for(self, covers: Covers, contract_rate: Fraction) -> Fraction:
        """What a plan bears a year: beside the contract nothing, of the whole loan what the policy says for it."""
        if covers is Covers.OVERDUE:
            return Fraction(0)
        rate = self.whole_loan.interest_rate
        return contract_rate if rate is None else rate

    def decide_by(self, day: date) -> date:
        """The lender's last day to decide what reaches it on `day`."""
        return self.working_days.after(day, self.decision_working_days)

    def stands_until(self, day: date) -> date:
        """The last day on which what is offered or accepted on `day` can be taken."""
        return self.working_days.after(day, self.quote_working_days)

    def look_by(self, day: date) -> date:
        """The lender's last day to find a payment that it is asked about on `day`."""
        return self.working_days.after(day, self.report_working_days)

    def needs_second(self, waived: int) -> bool:
        """Whether letting so many minor units go, with what was let go before, takes two of the staff."""
        return self.four_eyes_above is not None and waived > self.four_eyes_above

    def waived_at_once(self, owed: Amounts) -> Amounts:
        """The most that is waived without asking, of what is overdue: each share rounded down."""
        most = {name: rounded(minor * self.waiver_share(name), Rounding.DOWN) for name, minor in owed.items()}
        return Amounts(**most)

    def offers_for(self, now: Position) -> tuple[StandingOffer, ...]:
        """The standing offers that are made to this loan today; `now` is without a plan that would give way."""
        return tuple(each for each in self.offers if each.is_for(now))

    def waiver_share(self, component: str) -> Fraction:
        return dict(self.waiver).get(component, Fraction(0))


@dataclass(frozen=True, slots=True)
class Break:
    """One rule an offer goes beyond: what it allows and what was asked."""

    rule: str
    allowed: int | date | str | Money | Fraction
    asked: int | date | str | Money | Fraction

    @property
    def beyond(self) -> int | timedelta | Money | Fraction | None:
        """By how much; None where nothing is allowed, so that it is what was asked, or where it is no number."""
        match self.asked, self.allowed:
            case date() as asked, date() as allowed:
                return abs(asked - allowed)
            case Money(asked, currency), Money(allowed) if allowed:
                return Money(abs(asked - allowed), currency)
            case int() as asked, int() as allowed if allowed:
                return abs(asked - allowed)
            case Fraction() as asked, Fraction() as allowed if allowed:
                return abs(asked - allowed)
        return None


def breaks(policy: Policy, offer: Offer, plan: Plan, now: Position) -> tuple[Break, ...]:
    """Every rule of the policy that the offer goes beyond; none means it is accepted at once.

    `now` is without a plan that would give way. What is inside a standing offer goes beyond no rule.
    """
    if offer.kind is OfferKind.PAUSE:
        return (*_too_often(policy, plan, now), *_pause_breaks(policy, offer, plan))
    if takes_standing_offer(policy, offer, plan, now):
        return ()
    rate = now.loan.terms.annual_rate
    found = [
        *_too_often(policy, plan, now),
        *_settled(offer, plan),
        *_rate_break(policy, offer, rate),
        *_too_soon(offer, plan, now),
    ]
    rules = policy.for_covers(offer.covers)
    return (*found, *_form_breaks(rules, offer, plan), *_amount_breaks(rules, offer, plan, now.overdue))


def _too_often(policy: Policy, plan: Plan, now: Position) -> Iterator[Break]:
    """What was signed on the loan and not refused by its lender's core counts, whatever became of it."""
    signed = [each.signed_on for each in now.loan.agreements if not each.refused]
    in_a_year = [day for day in signed if day > add_months(plan.as_of, -12)]
    for rule, most, before in (
        ("changes_in_life", policy.changes_in_life, signed),
        ("changes_in_a_year", policy.changes_in_a_year, in_a_year),
    ):
        if most is not None and len(before) >= most:
            yield Break(rule, most, len(before) + 1)


def takes_standing_offer(policy: Policy, offer: Offer, plan: Plan, now: Position) -> bool:
    """Whether it names a standing offer that is made to this loan today, and is inside it."""
    named = next((each for each in policy.offers if each.id == offer.standing), None)
    if named is None or not named.is_for(now):
        return False
    return named.takes(offer, plan, policy.rate_for(offer.covers, now.loan.terms.annual_rate))


def _settled(offer: Offer, plan: Plan) -> list[Break]:
    if offer.kind is not OfferKind.SETTLEMENT:
        return []
    return [Break("settlement", Money(0, plan.currency), Money(plan.waived.total, plan.currency))]


def _too_soon(offer: Offer, plan: Plan, now: Position) -> Iterator[Break]:
    """One of the whole loan that ends sooner than the contract is for a person: it asks for more a month, not less."""
    last = last_day_of(now.next_dues) or plan.as_of
    if offer.kind is not OfferKind.SETTLEMENT and offer.covers is not Covers.OVERDUE and plan.last_due_on < last:
        yield Break("ends_sooner", last, plan.last_due_on)


def _form_breaks(policy: Policy, offer: Offer, plan: Plan) -> Iterator[Break]:
    count = len(plan.installments)
    if count > policy.max_installments:
        yield Break("max_installments", policy.max_installments, count)
    last_allowed = add_months(plan.as_of, policy.max_months)
    if plan.last_due_on > last_allowed:
        yield Break("max_months", last_allowed, plan.last_due_on)
    first_allowed = plan.as_of + timedelta(days=policy.first_due_within_days)
    if offer.first_due > first_allowed:
        yield Break("first_due_within_days", first_allowed, offer.first_due)
    if offer.every not in policy.every:
        yield Break("every", ", ".join(str(every) for every in policy.every), str(offer.every))
    if offer.covers not in policy.covers:
        yield Break("covers", ", ".join(policy.covers), offer.covers.value)


def _rate_break(policy: Policy, offer: Offer, contract_rate: Fraction) -> list[Break]:
    least = policy.rate_for(offer.covers, contract_rate)
    if offer.kind is OfferKind.SETTLEMENT or offer.interest_rate >= least:
        return []
    return [Break("interest_rate", least, offer.interest_rate)]


def _pause_breaks(policy: Policy, offer: Offer, plan: Plan) -> tuple[Break, ...]:
    """A lender that pauses only what is overdue moves no date at once."""
    last = plan.as_of + timedelta(days=policy.pause_days)
    found = [Break("pause_days", last, plan.last_due_on)] if plan.last_due_on > last else []
    if offer.moves_next and policy.pause_terms.scope is PauseScope.OVERDUE:
        found.append(Break("pause_scope", 0, len(plan.paused.moved) if plan.paused else 0))
    return tuple(found)


def _amount_breaks(policy: Policy, offer: Offer, plan: Plan, owed: Amounts) -> tuple[Break, ...]:
    currency = plan.currency
    found: list[Break] = []
    smallest = min((row.total for row in plan.installments[:-1]), default=None)
    a_month = policy.min_installment if smallest is None else monthly(smallest, offer.every)
    if a_month < policy.min_installment:
        found.append(Break("min_installment", Money(policy.min_installment, currency), Money(a_month, currency)))
    least_down = rounded(plan.balance * policy.min_down_payment, Rounding.UP)
    if offer.down_payment < least_down:
        found.append(Break("min_down_payment", Money(least_down, currency), Money(offer.down_payment, currency)))
    at_once = policy.waived_at_once(owed)
    for component, asked in offer.waiver.items():
        most = at_once.of(component)
        if asked > most:
            found.append(Break(f"waiver.{component}", Money(most, currency), Money(asked, currency)))
    return tuple(found)
