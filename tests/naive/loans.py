"""Contracts for lives with agreements: few rows, any rate and currency, any clause for lateness but compounding."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from portal.domain.contract.calendar import DayCount, Every
from portal.domain.contract.loan import (
    AllocationRule,
    Cap,
    Grace,
    Installment,
    Loan,
    PenaltyBand,
    PenaltyBase,
    PenaltyKind,
    PenaltyRate,
    PenaltyTerms,
    RateForm,
    Suspension,
    Terms,
    Tier,
)
from portal.domain.money import COMPONENTS
from tests.domain.people import XIAOMING
from tests.naive.days import due_dates
from tests.naive.rounding import whole

PAID_OUT = date(2026, 11, 30)


def drawn_loan(rnd: Random, paid_out: date = PAID_OUT) -> Loan:
    count, rate = rnd.choice((1, 2, 4, 5, 6)), Fraction(rnd.choice((0, 12, 18, 24, 36)), 100)
    first = paid_out + timedelta(days=rnd.randint(15, 45))
    principal = rnd.randint(1_000, 900_000)
    rows, left, every = [], principal, rnd.choice(("1m", "1m", "2w"))
    for no, due_on in enumerate(due_dates(first, count, every), 1):
        part = left if no == count else principal // count
        fees = rnd.choice((0, 0, 0, 300))
        rows.append(Installment(no, due_on, part, whole(left * rate / 12, "half-up"), fees))
        left -= part
    return replace(
        XIAOMING,
        currency=rnd.choice(("CNY", "CNY", "CNY", "JPY")),
        disbursed_on=paid_out,
        principal=principal,
        terms=replace(drawn_terms(rnd, rate, count), every=Every.parse(every), first_due=first),
        schedule=tuple(rows),
        payments=(),
        statement=None,
        suspensions=disputes(rnd, first),
        written_off_on=first + timedelta(days=150) if rnd.random() < 0.1 else None,
    )


def drawn_terms(rnd: Random, rate: Fraction, count: int) -> Terms:
    return replace(
        XIAOMING.terms,
        annual_rate=rate,
        installments=count,
        day_count=rnd.choice((DayCount.THIRTY_360, DayCount.THIRTY_360, DayCount.ACTUAL_365)),
        penalty=drawn_penalty(rnd),
        cap=rnd.choice((None, None, Cap("drawn", Fraction(24, 100)), Cap("drawn", Fraction(24, 100), together=True))),
        allocation=drawn_order(rnd),
    )


def drawn_penalty(rnd: Random) -> PenaltyTerms:
    kind = rnd.choice(
        (*[PenaltyKind.DAILY_SIMPLE] * 5, PenaltyKind.NONE, PenaltyKind.TIERED, PenaltyKind.ONE_OFF_PERCENT)
    )
    rate = PenaltyRate(RateForm.ANNUAL, Fraction(rnd.choice((18, 24, 36)), 100))
    return PenaltyTerms(
        kind=kind,
        base=rnd.choice((PenaltyBase.PRINCIPAL, PenaltyBase.PRINCIPAL, PenaltyBase.PRINCIPAL_AND_INTEREST)),
        rate=rate if kind is PenaltyKind.DAILY_SIMPLE else None,
        tiers=(Tier(1, rate), Tier(31, PenaltyRate(RateForm.MONTHLY, Fraction(3, 100)))) if kind == "tiered" else (),
        percent=Fraction(5, 100) if kind is PenaltyKind.ONE_OFF_PERCENT else None,
        day_count=rnd.choice((DayCount.ACTUAL_360, DayCount.ACTUAL_365, DayCount.THIRTY_360)),
        grace_days=rnd.choice((0, 0, 0, 3)),
        grace=rnd.choice((Grace.WAIVES, Grace.COUNTS_FROM_DUE_DATE)),
    )


def drawn_order(rnd: Random) -> AllocationRule:
    if rnd.random() < 0.6:
        return AllocationRule()
    mixed = list(COMPONENTS)
    rnd.shuffle(mixed)
    return AllocationRule(
        due=tuple(mixed),
        in_advance=rnd.choice(((), COMPONENTS[::-1])),
        across=rnd.choice(("installment", "installment", "component")),
        late=rnd.choice(((), COMPONENTS[::-1])),
        late_from_day=rnd.choice((1, 31, 91)),
    )


def disputes(rnd: Random, first: date) -> tuple[Suspension, ...]:
    """Of one component, for a while or until now."""
    if rnd.random() < 0.75:
        return ()
    start = first + timedelta(days=rnd.randint(0, 120))
    end = start + timedelta(days=rnd.randint(0, 60)) if rnd.random() < 0.8 else None
    return (Suspension(rnd.choice(("penalty", "principal", "interest")), start, end, "dispute"),)


def several_charges(rnd: Random, loan: Loan) -> Loan:
    """The same loan where its contract charges for lateness more than once."""
    bands = tuple(PenaltyBand(from_debt, from_debt // 20 + 500) for from_debt in (1, 50_000, 200_000))
    bases = (PenaltyBase.PRINCIPAL, PenaltyBase.PRINCIPAL_AND_INTEREST, PenaltyBase.INTEREST, PenaltyBase.OUTSTANDING)
    further = [PenaltyTerms(PenaltyKind.ONE_OFF_BY_BAND, rnd.choice(bases), bands=bands, grace_days=rnd.choice((0, 3)))]
    if rnd.random() < 0.5:
        further.insert(rnd.choice((0, 1)), drawn_penalty(rnd))
    return replace(loan, terms=replace(loan.terms, further_penalties=tuple(further)))
