"""Before it is late: 王小明 has paid 3 to 5, so 1,100.16 of 15 June is next; on 14 and on 15 June he cannot pay it."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Agreement, CureTerms, OfferKind
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.pause import Pause, PausedDates, PauseInterest, PauseScope, PauseTerms
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.position import Position, position
from portal.domain.refusal import Refusal
from portal.domain.restructuring.best_acceptable import nearest_yes
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import (
    MoveOutOfRange,
    NothingDueByThen,
    NothingToCome,
    NothingToPause,
    OverdueFirst,
)
from portal.domain.restructuring.plan_codec import offer_facts, offer_from_facts, plan_facts, plan_from_facts
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import Quote, quote_offer
from tests.domain.agreed import CASE, agreed, contract_money, plan_money
from tests.domain.people import ON

DUE, TO = date(2026, 6, 15), date(2026, 6, 28)
IN_ORDER = replace(CASE, payments=(*CASE.payments, *contract_money(3, 5)))
POLICY, STILL = Policy(), PauseTerms()
RUNS = Policy(pause_terms=PauseTerms(interest=PauseInterest.RUNS))
ONLY_OVERDUE = Policy(pause_terms=PauseTerms(PauseScope.OVERDUE))
MONTHLY = ["2026-07-15", "2026-08-15", "2026-09-15", "2026-10-15", "2026-11-15", "2026-12-15"]


def move(to: date = TO, within: str = "") -> Offer:
    terms = PauseTerms(PauseScope.NEXT)
    return Offer(Every(1, "m"), to, installments=1, kind=OfferKind.PAUSE, pause=terms, within=within)


def skip(until: date = DUE, within: str = "") -> Offer:
    return replace(move(until, within), pause=None)


def quoted(offer: Offer, loan: Loan = IN_ORDER, on: date = ON, policy: Policy = POLICY) -> Quote:
    return quote_offer(position(loan, on), offer, policy)


def signed(quote: Quote, loan: Loan = IN_ORDER) -> Loan:
    """And in the books on the same day."""
    offer, plan, on = quote.offer, quote.plan, quote.plan.as_of
    terms = offer.pause or STILL
    agreement = Agreement("E-1", offer.kind, offer.covers, plan, CureTerms(), on, on, taken_in=plan.dues, pause=terms)
    return replace(loan, agreements=(*loan.agreements, agreement))


def dues(found: Position) -> list[str]:
    return [row.due_on.isoformat() for row in found.installments[5:]]


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def paused(quote: Quote) -> PausedDates:
    assert quote.plan.paused is not None
    return quote.plan.paused


@pytest.mark.parametrize("on", [ON, DUE])
def test_the_next_one_moves_alone_until_the_midnight_of_its_due_day(on: date) -> None:
    quote = quoted(move(), on=on)
    assert quote.accepted_at_once and quote.plan.total == 0
    assert paused(quote) == PausedDates((("contract:6", DUE, TO, 110016),))
    assert dues(position(signed(quote), on)) == ["2026-06-28", *MONTHLY]


@pytest.mark.parametrize("on", [ON, DUE])
@pytest.mark.parametrize("offer", [move(), skip(date(2026, 6, 16))])
def test_kept_it_makes_no_default_on_any_day_and_costs_nothing(on: date, offer: Offer) -> None:
    loan = signed(quoted(offer, on=on))
    day = position(loan, on).next_dues[0].due_on
    kept = replace(loan, payments=(*loan.payments, Payment("M", day, 110016)))
    for each in days_from(on, day + timedelta(days=1)):
        found = position(kept, each)
        assert (found.overdue.total, found.overlooked.total, found.days_past_due, found.penalty_charged) == (0, 0, 0, 0)
    assert sum(due.amount for due in position(kept, day).next_dues) == 110016 * 5 + 110019


def test_on_the_day_after_its_due_date_it_is_too_late_for_it() -> None:
    with pytest.raises(OverdueFirst):
        quoted(move(), on=date(2026, 6, 16))


def test_not_paid_on_its_new_day_it_costs_penalty_from_the_day_after_that_and_none_for_the_days_before() -> None:
    """991.27 of principal x 23.4 % / 360 is 0.64 a day; two days 1.29."""
    loan = signed(quoted(move()))
    assert position(loan, TO).overdue.total == 0
    late = position(loan, date(2026, 6, 29))
    assert (late.overdue.total, late.days_past_due, late.penalty_charged) == (110016 + 64, 1, 64)
    assert position(loan, date(2026, 6, 30)).penalty_charged == 129
    assert position(loan, date(2026, 6, 29)).plans[0].status is PlanStatus.COMPLETED


def test_a_payment_told_late_is_counted_and_nothing_else_moves_in_its_place() -> None:
    loan = signed(quoted(move()))
    told = replace(loan, payments=(*loan.payments, Payment("L", date(2026, 6, 10), 110016, installment=6)))
    assert dues(position(told, TO)) == ["2026-06-15", *MONTHLY]


def test_where_it_moves_alone_its_interest_is_all_there_on_its_old_day_and_the_next_period_begins_then() -> None:
    """7,259.10 of principal and 108.89; from the 15th on the interest of no. 7 runs: 94.02, a thirtieth of it 3.13."""
    loan = signed(quoted(move()))
    seventh = IN_ORDER.schedule[6].interest
    assert position(loan, DUE).payoff == position(IN_ORDER, DUE).payoff == 725910 + 10889
    assert position(loan, date(2026, 6, 16)).payoff == 725910 + 10889 + round(Fraction(seventh, 30))
    assert position(loan, TO).payoff == 725910 + 10889 + round(Fraction(seventh * 13, 30))


def test_where_interest_runs_it_does_on_what_moves_for_the_days_it_moves_and_stands_on_the_last_row() -> None:
    """991.27 x 18 % x 13 / 360 = 6.44."""
    quote = quoted(move(), policy=RUNS)
    assert (paused(quote).interest, paused(quote).interest_on) == (644, "contract:12")
    last = position(signed(quote), ON).installments[-1]
    assert (last.pause_interest, last.total, last.due_on) == (644, 110019 + 644, date(2026, 12, 15))


def test_skipping_one_moves_it_and_all_later_ones_by_a_month() -> None:
    for on, until in ((ON, DUE), (DUE, date(2026, 6, 16))):
        quote = quoted(skip(until), on=on)
        assert quote.accepted_at_once
        assert dues(position(signed(quote), on)) == [*MONTHLY, "2027-01-15"]


def test_a_longer_pause_moves_two() -> None:
    assert dues(position(signed(quoted(skip(date(2026, 7, 15)))), ON))[0] == "2026-08-15"


@pytest.mark.parametrize(
    ("offer", "loan", "policy", "refused"),
    [
        (move(DUE), IN_ORDER, POLICY, MoveOutOfRange),
        (move(date(2026, 7, 15)), IN_ORDER, POLICY, MoveOutOfRange),
        (move(), CASE, POLICY, OverdueFirst),
        (skip(), replace(IN_ORDER, payments=(*IN_ORDER.payments, Payment("ALL", ON, 900000))), POLICY, NothingToCome),
        (skip(), IN_ORDER, ONLY_OVERDUE, NothingToPause),
    ],
)
def test_what_cannot_be(offer: Offer, loan: Loan, policy: Policy, refused: type[Refusal]) -> None:
    with pytest.raises(refused):
        quoted(offer, loan, ON, policy)


def test_what_falls_due_after_the_pause_would_not_change_and_is_said_so() -> None:
    with pytest.raises(NothingDueByThen) as found:
        quoted(skip(date(2026, 5, 30)), on=date(2026, 5, 20))
    assert found.value.facts["next"] == DUE


def test_beyond_the_policy_a_person_decides_and_the_nearest_yes_is_as_late_as_it_takes() -> None:
    ten = Policy(pause_days=10)
    quote = quoted(move(), policy=ten)
    assert [(each.rule, each.allowed) for each in quote.breaks] == [("pause_days", date(2026, 6, 24))]
    nearest = nearest_yes(position(IN_ORDER, ON), quote.offer, ten)
    assert nearest is not None and nearest.offer.moves_next and nearest.plan.last_due_on == date(2026, 6, 24)
    assert [each.rule for each in quoted(move(), policy=ONLY_OVERDUE).breaks] == ["pause_scope"]


WITH_PLAN = replace(CASE, agreements=(agreed(CASE),))


def under_plan(*payments: Payment, pauses: tuple[Pause, ...] = ()) -> Loan:
    (plan,) = WITH_PLAN.agreements
    return replace(WITH_PLAN, payments=(*CASE.payments, *payments), agreements=(replace(plan, pauses=pauses),))


def test_within_a_plan_its_next_row_moves_alone_and_the_plan_goes_on() -> None:
    """Row 1 of 14 July goes to 31 July; the contract's 1,100.16 of 15 July and row 2 of 14 August stay."""
    paid, on, to = contract_money(6, 6), date(2026, 7, 10), date(2026, 7, 31)
    quote = quoted(move(to, within="A-1"), under_plan(*paid), on)
    assert quote.accepted_at_once and [each.due for each in paused(quote).moved] == ["plan:A-1:1"]
    pause = Pause(on, to, quote.offer.pause)
    on_time = [*paid, *contract_money(7, 7), replace(plan_money(1, 1)[0], received_on=to)]
    loan = under_plan(*on_time, pauses=(pause,))
    for each in days_from(on, date(2026, 8, 1)):
        assert position(loan, each).overdue.total == 0
    after = position(loan, date(2026, 8, 1)).plans[0]
    assert (after.status, after.kept, [row.due_on for row in after.rows[:2]]) == (
        PlanStatus.ACTIVE,
        1,
        [to, date(2026, 8, 14)],
    )
    missed = position(under_plan(*paid, *contract_money(7, 7, named=True), pauses=(pause,)), date(2026, 8, 1)).plans[0]
    assert (missed.status, missed.cure_by) == (PlanStatus.STRAINED, date(2026, 8, 14)), "14 days from its new day"


def test_within_a_plan_a_row_that_is_skipped_takes_its_later_rows_along_and_none_of_the_contract() -> None:
    quote = quoted(skip(date(2026, 7, 14), within="A-1"), under_plan(*contract_money(6, 6)), date(2026, 7, 10))
    assert [each.due for each in paused(quote).moved] == [f"plan:A-1:{no}" for no in range(1, 7)]
    assert paused(quote).moved[-1].to == date(2027, 1, 14)


def test_a_move_is_told_with_what_it_is_within_and_read_back_as_it_was() -> None:
    quote = quoted(move(date(2026, 7, 31), within="A-1"), under_plan(*contract_money(6, 6)), date(2026, 7, 10))
    facts = offer_facts(quote.offer, "CNY")
    assert facts["within"] == "A-1" and facts["pause"] == {"scope": "next", "interest": "stands-still"}
    assert offer_from_facts(facts, "CNY") == quote.offer
    assert plan_from_facts(plan_facts(quote.plan)) == quote.plan
