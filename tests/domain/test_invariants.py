"""What holds for every contract and every history, whatever happened in it."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.contract.agreement import Covers
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount, Every
from portal.domain.contract.loan import Cap, Charge, Installment, Loan, Payment
from portal.domain.contract.penalty_terms import (
    PenaltyBase,
    PenaltyKind,
    PenaltyRate,
    PenaltyTerms,
    RateForm,
    RoundingPoint,
)
from portal.domain.contract.schedule import Method, generate
from portal.domain.ledger.position import Position, position
from portal.domain.money import COMPONENTS, Rounding, rounded
from portal.domain.restructuring.comparison import compare
from portal.domain.restructuring.drawing import draw_up
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.offer_refusals import AmountTooSmall, NothingToPlan
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import quote_offer
from tests.domain.people import XIAOMING
from tests.domain.years import year_fraction

START = date(2025, 12, 15)
EXAMPLES = settings(max_examples=40, deadline=None)

rates = st.integers(0, 3600).map(lambda n: Fraction(n, 10000))
days = st.integers(1, 500).map(lambda n: START + timedelta(days=n))


@st.composite
def loans(draw: st.DrawFn) -> Loan:
    count = draw(st.integers(1, 12))
    principal = draw(st.integers(1000, 5_000_000))
    rate = draw(rates)
    drawn = generate(
        principal,
        rate,
        count,
        date(2026, 1, 15),
        disbursed=START,
        method=draw(st.sampled_from([Method.LEVEL, Method.EQUAL_PRINCIPAL, Method.FLAT])),
        every=Every(1, "m"),
        day_count=DayCount.THIRTY_360,
        rounding=Rounding.HALF_UP,
    )
    penalty = PenaltyTerms(
        kind=draw(st.sampled_from([PenaltyKind.DAILY_SIMPLE, PenaltyKind.DAILY_COMPOUND, PenaltyKind.NONE])),
        base=draw(st.sampled_from(list(PenaltyBase))),
        rate=PenaltyRate(RateForm.MULTIPLE, Fraction(15, 10)),
        day_count=draw(st.sampled_from([DayCount.ACTUAL_360, DayCount.ACTUAL_365, DayCount.ACTUAL_ACTUAL])),
        rounding_point=draw(st.sampled_from(list(RoundingPoint))),
        grace_days=draw(st.integers(0, 10)),
    )
    cap = draw(st.sampled_from([None, Cap("24-percent", Fraction(24, 100))]))
    schedule = tuple(Installment(r.no, r.due_on, r.principal, r.interest) for r in drawn.rows)
    payments = tuple(
        Payment(f"P-{n}", on, amount)
        for n, (on, amount) in enumerate(draw(st.lists(st.tuples(days, st.integers(1, principal)), max_size=6)))
    )
    charges = tuple(
        Charge(f"C-{n}", on, on, kind, amount)
        for n, (on, kind, amount) in enumerate(
            draw(st.lists(st.tuples(days, st.sampled_from(["fees", "costs"]), st.integers(1, 9999)), max_size=2))
        )
    )
    terms = replace(XIAOMING.terms, annual_rate=rate, penalty=penalty, cap=cap)
    return replace(
        XIAOMING,
        principal=principal,
        terms=terms,
        schedule=schedule,
        payments=payments,
        charges=charges,
        statement=None,
    )


def allocated(found: Position) -> Amounts:
    return sum((payment.allocated for payment in found.payments), Amounts())


@EXAMPLES
@given(loans(), days)
def test_the_itemisation_closes_to_the_fen(loan: Loan, on: date) -> None:
    it = position(loan, on).itemisation
    assert it.opening + it.principal_due + it.interest + it.penalty_fees_costs - it.credited == it.now


@EXAMPLES
@given(loans(), days)
def test_the_opening_is_the_last_day_on_which_nothing_was_overdue(loan: Loan, on: date) -> None:
    found = position(loan, on)
    opened_on = found.itemisation.opened_on
    known = replace(loan, payments=tuple(p for p in loan.payments if p.received_on <= on))
    assert position(known, opened_on).overdue.total == 0
    day = opened_on + timedelta(days=1)
    while day <= on:
        assert position(known, day).overdue.total > 0
        day += timedelta(days=max((on - day).days // 5, 1))


@EXAMPLES
@given(loans(), days)
def test_every_fen_paid_went_somewhere(loan: Loan, on: date) -> None:
    found = position(loan, on)
    received = sum(p.amount for p in loan.payments if p.received_on <= on)
    assert allocated(found).total + found.credit == received


@EXAMPLES
@given(loans(), days)
def test_principal_paid_and_principal_left_are_the_principal(loan: Loan, on: date) -> None:
    found = position(loan, on)
    assert allocated(found).principal + found.outstanding_principal == loan.principal


@EXAMPLES
@given(loans(), days)
def test_nothing_is_negative_and_nothing_is_charged_above_contract_or_cap(loan: Loan, on: date) -> None:
    found = position(loan, on)
    assert all(minor >= 0 for _, minor in found.overdue.items())
    for line in found.penalty_lines:
        assert 0 <= line.charged <= line.contract
        if loan.terms.cap:
            years = year_fraction(line.start, line.end, line.day_count)
            assert line.charged <= rounded(line.base * loan.terms.cap.annual_rate * years, Rounding.HALF_UP)


@EXAMPLES
@given(loans(), days, st.integers(1, 60))
def test_penalty_never_falls_as_days_pass(loan: Loan, on: date, later: int) -> None:
    def charged(day: date) -> int:
        return sum(line.charged for line in position(loan, day).penalty_lines)

    assert charged(on) <= charged(on + timedelta(days=later))


@EXAMPLES
@given(loans(), days)
def test_penalty_is_what_counting_day_by_day_gives(loan: Loan, on: date) -> None:
    """An independent, naive sum: for each line the base times a day's share of the rate, day after day."""
    for line in position(loan, on).penalty_lines:
        if loan.terms.penalty.kind is not PenaltyKind.DAILY_SIMPLE or line.rate is None:
            continue
        exact, rounded_daily, day = Fraction(0), 0, line.start
        while day < line.end:
            day += timedelta(days=1)
            year = {"actual/360": 360, "actual/365": 365}.get(line.day_count.value)
            year = year or (366 if day.year % 4 == 0 else 365)
            exact += Fraction(line.base) * line.rate / year
            rounded_daily += int(Fraction(line.base) * line.rate / year + Fraction(1, 2))
        by_line = int(exact + Fraction(1, 2))
        expected = rounded_daily if loan.terms.penalty.rounding_point is RoundingPoint.DAY else by_line
        assert line.contract == expected


@EXAMPLES
@given(loans(), st.integers(1, 24), st.sampled_from(["1m", "2w", "1w"]), st.integers(0, 5000), rates)
def test_a_plan_pays_the_balance_less_the_waiver_and_its_own_interest(
    loan: Loan, count: int, every: str, down: int, interest: Fraction
) -> None:
    on = date(2026, 8, 1)
    owed = position(loan, on).overdue
    if owed.total <= down + count:
        return
    waived = Amounts(penalty=owed.penalty // 2)
    offer = Offer(
        Every.parse(every),
        date(2026, 8, 20),
        installments=count,
        down_payment=min(down, owed.total - waived.total),
        waiver=waived,
        interest_rate=interest,
    )
    plan = quote_offer(position(loan, on), offer, Policy()).plan
    assert plan.total == owed.total - waived.total + sum(row.plan_interest for row in plan.rows)
    assert sum((row.components for row in plan.rows), Amounts()).principal == owed.principal
    assert all(row.total > 0 for row in plan.rows)
    assert plan.rows[-1].balance == 0


@EXAMPLES
@given(loans(), st.sampled_from(list(Covers)), st.integers(2, 24), st.integers(0, 3), rates, st.sampled_from([1, 100]))
def test_a_change_of_plan_loses_no_fen_and_asks_for_the_same_before_and_after_but_for_interest(
    loan: Loan, covers: Covers, count: int, interest_only: int, interest: Fraction, round_to: int
) -> None:
    on = date(2026, 8, 1)
    now = position(loan, on)
    asked = min(interest_only, count - 1) if interest else 0
    offer = Offer(
        Every.parse("1m"),
        date(2026, 8, 20),
        installments=count,
        covers=covers,
        interest_rate=interest,
        interest_only=asked,
        round_to=round_to,
    )
    try:
        plan = draw_up(now, offer, Rounding.HALF_UP, DayCount.THIRTY_360, on)
    except (NothingToPlan, AmountTooSmall):
        return
    added = sum(row.plan_interest for row in plan.rows)
    assert sum((row.components for row in plan.rows), Amounts()) == plan.taken_in + Amounts(interest=added)
    assert all(row.components.of(name) >= 0 for row in plan.rows for name in COMPONENTS)
    assert [row.total for row in plan.rows[:asked]] == [row.plan_interest for row in plan.rows[:asked]]
    assert all(row.total % round_to == 0 for row in plan.rows[asked:-1])
    both = compare(now, plan, covers)
    to_come = [row for row in now.installments if row.due_on >= on]
    # What is replaced is the interest of rows to come that has not run by today, of 30 days a month.
    replaced = 0
    if covers is not Covers.OVERDUE and to_come:
        running, left = to_come[0], sum(row.left for row in to_come)
        begun = max([row.due_on for row in now.installments if row.due_on < on], default=START)
        share = year_fraction(begun, on, DayCount.THIRTY_360) / year_fraction(
            begun, running.due_on, DayCount.THIRTY_360
        )
        run = rounded(running.interest * share, Rounding.HALF_UP)
        replaced = left - sum(row.principal for row in to_come) - run
    assert both.after - both.before == added - replaced
