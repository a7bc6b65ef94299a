"""Contracts and histories to compare on, drawn at random: what a lender could state, and what could have happened."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from portal.domain.contract.calendar import DayCount
from portal.domain.contract.loan import AllocationRule, Cap, Charge, Installment, Loan, Payment, Suspension, Terms
from portal.domain.contract.penalty_terms import (
    Grace,
    PenaltyBase,
    PenaltyKind,
    PenaltyRate,
    PenaltyTerms,
    RateChange,
    RateForm,
    RoundingPoint,
    Tier,
)
from portal.domain.money import COMPONENTS, Rounding
from tests.domain.people import XIAOMING

PAID_OUT = date(2027, 11, 30)
"""The last day of a month, and a leap year follows."""

MOST = {"multiple_of_contract": 300, "margin_over_contract": 50, "annual": 90, "monthly": 9, "daily": 1}

looked_at = st.integers(0, 380).map(lambda n: PAID_OUT + timedelta(days=420 - n))
later = st.integers(1, 420).map(lambda n: PAID_OUT + timedelta(days=n))
hundredths = st.integers(0, 40).map(lambda n: Fraction(n, 100))


@st.composite
def rates(draw: st.DrawFn) -> PenaltyRate:
    form = draw(st.sampled_from(list(RateForm)))
    return PenaltyRate(form, Fraction(draw(st.integers(0, 100 * MOST[form])), 10_000))


@st.composite
def penalties(draw: st.DrawFn) -> PenaltyTerms:
    kind = draw(st.sampled_from([*PenaltyKind][::-1]))
    tiers = draw(st.lists(st.integers(1, 120), min_size=1, max_size=3, unique=True).map(sorted))
    changes = draw(st.lists(later, max_size=2, unique=True).map(sorted))
    once = kind in (PenaltyKind.ONE_OFF_AMOUNT, PenaltyKind.ONE_OFF_PERCENT, PenaltyKind.NONE)
    running = kind in (PenaltyKind.DAILY_SIMPLE, PenaltyKind.DAILY_COMPOUND)
    return PenaltyTerms(
        kind=kind,
        base=draw(st.sampled_from(list(PenaltyBase))),
        rate=draw(rates()) if running else None,
        tiers=tuple(Tier(day, draw(rates())) for day in tiers) if not once and not running else (),
        changes=tuple(RateChange(day, draw(rates())) for day in changes) if running else (),
        percent=draw(hundredths) if kind is PenaltyKind.ONE_OFF_PERCENT else None,
        amount=draw(st.integers(0, 9999)) if kind is PenaltyKind.ONE_OFF_AMOUNT else None,
        day_count=draw(st.sampled_from(list(DayCount))),
        rounding_point=draw(st.sampled_from(list(RoundingPoint))),
        grace_days=draw(st.sampled_from([0, 0, 1, 3, 15])),
        grace=draw(st.sampled_from(list(Grace))),
    )


@st.composite
def orders(draw: st.DrawFn, compounding: bool) -> AllocationRule:
    """A compounding contract pays the penalty last here, and nothing is taken back of it: the naive count compounds
    what was charged, paid or not.
    """
    every = st.permutations(COMPONENTS).map(tuple)
    if compounding:
        names = [name for name in COMPONENTS if name != "penalty"]
        return AllocationRule(due=(*draw(st.permutations(names)), "penalty"))
    return AllocationRule(
        due=draw(every),
        in_advance=draw(st.sampled_from([(), draw(every)])),
        across=draw(st.sampled_from(["installment", "installment", "component"])),
        late=draw(st.sampled_from([(), draw(every)])),
        late_from_day=draw(st.sampled_from([1, 31, 91])),
    )


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    penalty = draw(penalties())
    limit = Cap("drawn", draw(hundredths), together=draw(st.booleans()))
    return replace(
        XIAOMING.terms,
        annual_rate=draw(hundredths),
        rounding=draw(st.sampled_from(list(Rounding))),
        penalty=penalty,
        cap=draw(st.sampled_from([None, limit])),
        allocation=draw(orders(compounding=penalty.kind is PenaltyKind.DAILY_COMPOUND)),
    )


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Installment, ...]:
    dues = draw(st.lists(st.integers(15, 200), min_size=1, max_size=5, unique=True).map(sorted))
    amounts = st.integers(0, 300_000)
    return tuple(
        Installment(no, PAID_OUT + timedelta(days=due), draw(amounts), draw(amounts) // 10, draw(st.integers(0, 99)))
        for no, due in enumerate(dues, 1)
    )


@st.composite
def received(draw: st.DrawFn, installments: int) -> tuple[Payment, ...]:
    """Payments in the order of the lender's file, some for a debt that was named, some taken back later."""
    drawn = draw(st.lists(st.tuples(later, st.integers(1, 400_000), st.integers(-60, 60)), max_size=5))
    found = []
    for n, (on, amount, back) in enumerate(drawn):
        named = draw(st.none() | st.integers(1, installments))
        found.append(Payment(f"P-{n}", on, amount, installment=named))
        if back > 20:
            found.append(Payment(f"R-{n}", on + timedelta(days=back), reverses=f"P-{n}"))
    return tuple(found)


@st.composite
def suspensions(draw: st.DrawFn) -> tuple[Suspension, ...]:
    drawn = draw(st.lists(st.tuples(later, st.integers(-30, 90), st.sampled_from(COMPONENTS)), max_size=3))
    return tuple(
        Suspension(component, start, start + timedelta(days=length) if length >= 0 else None, "dispute")
        for start, length, component in drawn
    )


@st.composite
def charges(draw: st.DrawFn, rows: tuple[Installment, ...]) -> tuple[Charge, ...]:
    """All charged on the first day: one charged after a payment is an open question. Some name their installment."""
    kinds = st.sampled_from(("costs", "fees", "penalty"))
    drawn = draw(st.lists(st.tuples(kinds, later, st.sampled_from([None, *rows]), st.integers(1, 5000)), max_size=3))
    return tuple(
        Charge(f"C-{n}", PAID_OUT, row.due_on if row else on, kind, amount, row.no if row else None)
        for n, (kind, on, row, amount) in enumerate(drawn)
    )


@st.composite
def loans(draw: st.DrawFn) -> Loan:
    rows, agreed = draw(schedules()), draw(terms())
    payments = draw(received(len(rows)))
    if agreed.penalty.kind is PenaltyKind.DAILY_COMPOUND:
        payments = tuple(payment for payment in payments if not payment.reverses)
    return replace(
        XIAOMING,
        disbursed_on=PAID_OUT,
        principal=sum(row.principal for row in rows),
        terms=agreed,
        schedule=rows,
        payments=payments,
        suspensions=draw(suspensions()),
        charges=draw(charges(rows)),
        statement=None,
    )
