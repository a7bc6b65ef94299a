"""The terms of a contract from their shape: rates, penalty, cap, order of payments, clauses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from portal.domain.contract.calendar import DayCount, Every, parse_date
from portal.domain.contract.loan import AllocationRule, Clause, Terms
from portal.domain.contract.penalty_terms import (
    Grace,
    PenaltyBand,
    PenaltyBase,
    PenaltyKind,
    PenaltyRate,
    PenaltyTerms,
    RateChange,
    RateForm,
    RoundingPoint,
    Tier,
)
from portal.domain.contract.prepayment import PrepaidInterest, Surplus
from portal.domain.contract.schedule import Method, OutOfBounds
from portal.domain.money import COMPONENTS, Rounding, format_rate, parse_amount, parse_rate
from portal.intake import refusals as no
from portal.intake.shape import (
    AllocationShape,
    BandShape,
    ComponentName,
    PenaltyShape,
    RateChangeShape,
    RateShape,
    TermsShape,
    TierShape,
)
from portal.reads.caps import cap_for

if TYPE_CHECKING:
    from portal.intake.portfolio import Reader

_MOST_RATE = Fraction(10)
_MOST_A_YEAR = Fraction(1)
_MOST_LIKELY = {"daily": Fraction(1, 100), "monthly": Fraction(833, 10_000), "multiple_of_contract": _MOST_RATE}
"""Above it a rate is asked about; of any other form above 1, which is 100 % a year and 0.0833 a month."""
_RUNNING = (PenaltyKind.DAILY_SIMPLE, PenaltyKind.DAILY_COMPOUND)
SPEAKS_OF_PENALTY = ("罚息", "违约金", "逾期", "penalt", "late ")


def read_terms(data: TermsShape, lender_kind: str, signed_on: date, reader: Reader) -> Terms | None:
    """The terms, or None where one of them was refused; the reader holds what is wrong."""
    every = reader.take("terms.every", Every.parse, data.every)
    rate = _rate(reader, "terms.annual_rate", data.annual_rate)
    reader.contract_rate = rate or Fraction(0)
    cap = reader.take("terms.cap.rule", cap_for, data.cap.rule if data.cap else None, lender_kind, signed_on)
    clauses = tuple(Clause(c.ref, c.lang, c.title, c.text, c.about) for c in data.clauses)
    penalty, *further = _penalties(data, clauses, reader)
    allocation = _allocation(data.allocation, reader)
    if every is None or rate is None:
        return None
    return Terms(
        annual_rate=rate,
        method=Method(data.method),
        installments=data.installments,
        every=every,
        first_due=reader.take("terms.first_due", parse_date, data.first_due) or signed_on,
        day_count=DayCount(data.day_count),
        rounding=Rounding(data.rounding),
        penalty=penalty,
        cap=cap,
        allocation=allocation,
        prepayment=PrepaidInterest(data.prepayment),
        surplus=Surplus(data.surplus),
        clauses=clauses,
        installment=None if data.installment is None else reader.money("terms.installment", data.installment),
        further_penalties=tuple(further),
    )


def _rate(reader: Reader, field: str, text: str) -> Fraction | None:
    rate = reader.take(field, parse_rate, text)
    if rate is not None and rate > _MOST_RATE:
        reader.problems.add(field, OutOfBounds(least=0, most=f"{_MOST_RATE} (1,000 %)", given=repr(text)))
        return rate
    likely = _MOST_LIKELY.get(field.rpartition(".")[2], _MOST_A_YEAR)
    if rate is not None and rate > likely and not reader.rate_is_meant:
        reader.problems.add(field, no.RateUnlikely(allowed=format_rate(likely), given=repr(text)))
    return rate


def _penalties(data: TermsShape, clauses: Sequence[Clause], reader: Reader) -> Sequence[PenaltyTerms]:
    """At least one, which may be of the kind `none`; a list of one is what `penalty` is."""
    if not data.penalties:
        return [_penalty(data.penalty, "terms.penalty", clauses, reader)]
    if "penalty" in data.model_fields_set:
        reader.problems.add("terms.penalties", no.PenaltyTwice())
    charges = [index for index, each in enumerate(data.penalties) if each.kind != PenaltyKind.NONE]
    for index in charges if clauses and len(charges) > 1 else ():
        if data.penalties[index].clause is None:
            problem = no.ClauseNeeded(allowed=", ".join(dict.fromkeys(clause.ref for clause in clauses)))
            reader.problems.add(f"terms.penalties.{index}.clause", problem)
    found = [_penalty(each, f"terms.penalties.{index}", clauses, reader) for index, each in enumerate(data.penalties)]
    return [each for each in found if each.kind is not PenaltyKind.NONE] or found[:1]


def _penalty(data: PenaltyShape, field: str, clauses: Sequence[Clause], reader: Reader) -> PenaltyTerms:
    kind = PenaltyKind(data.kind)
    _check_kind(data, kind, field, reader)
    rate = None if data.rate is None else _penalty_rate(data.rate, f"{field}.rate", reader)
    refs = [clause.ref for clause in clauses]
    if data.clause is not None and clauses and data.clause not in refs:
        problem = no.NoSuchClause(allowed=", ".join(dict.fromkeys(refs)), given=repr(data.clause))
        reader.problems.add(f"{field}.clause", problem)
    return PenaltyTerms(
        kind=kind,
        base=PenaltyBase(data.base),
        rate=rate,
        tiers=_tiers(data.tiers, f"{field}.tiers", reader),
        changes=_changes(data.changes, f"{field}.changes", reader),
        percent=None if data.percent is None else reader.take(f"{field}.percent", parse_rate, data.percent),
        amount=None
        if data.amount is None
        else reader.take(f"{field}.amount", parse_amount, data.amount, reader.currency),
        bands=_bands(data.bands, f"{field}.bands", reader),
        day_count=DayCount(data.day_count),
        rounding_point=RoundingPoint(data.rounding_point),
        grace_days=data.grace_days,
        grace=Grace(data.grace),
        clause=data.clause or _penalty_clause(clauses),
    )


def _tiers(data: Sequence[TierShape], field: str, reader: Reader) -> tuple[Tier, ...]:
    tiers, last = [], 0
    for index, each in enumerate(data):
        if each.from_day <= last:
            reader.problems.add(f"{field}.{index}.from_day", no.TiersNotRising(allowed=last, given=each.from_day))
        last = each.from_day
        rate = _penalty_rate(each.rate, f"{field}.{index}.rate", reader)
        if rate is not None:
            tiers.append(Tier(each.from_day, rate))
    return tuple(tiers)


def _changes(data: Sequence[RateChangeShape], field: str, reader: Reader) -> tuple[RateChange, ...]:
    changes, last = [], date.min
    for index, each in enumerate(data):
        since = reader.day(f"{field}.{index}.from", each.since)
        if date.min < since <= last:
            problem = no.NotAfter(name="the change before it", allowed=last, given=since)
            reader.problems.add(f"{field}.{index}.from", problem)
        last = since
        rate = _penalty_rate(each.rate, f"{field}.{index}.rate", reader)
        if rate is not None:
            changes.append(RateChange(since, rate))
    return tuple(changes)


def _bands(data: Sequence[BandShape], field: str, reader: Reader) -> tuple[PenaltyBand, ...]:
    bands = [
        PenaltyBand(
            reader.money(f"{field}.{index}.from_debt", each.from_debt),
            reader.money(f"{field}.{index}.amount", each.amount),
        )
        for index, each in enumerate(data)
    ]
    for index, (before, band) in enumerate(pairwise(bands), 1):
        if band.from_debt <= before.from_debt:
            allowed, given = data[index - 1].from_debt, data[index].from_debt
            reader.problems.add(f"{field}.{index}.from_debt", no.BandsNotRising(allowed=allowed, given=given))
    return tuple(bands)


def _check_kind(data: PenaltyShape, kind: PenaltyKind, field: str, reader: Reader) -> None:
    """Each kind has its own field, and only that one; a balance is the base of a charge by band alone."""
    needed = {
        "rate": kind in _RUNNING,
        "tiers": kind is PenaltyKind.TIERED,
        "percent": kind is PenaltyKind.ONE_OFF_PERCENT,
        "amount": kind is PenaltyKind.ONE_OFF_AMOUNT,
        "bands": kind is PenaltyKind.ONE_OFF_BY_BAND,
    }
    if data.base == PenaltyBase.OUTSTANDING and kind is not PenaltyKind.ONE_OFF_BY_BAND:
        reader.problems.add(f"{field}.base", no.NotWithKind(kind=kind.value))
    if data.changes and kind not in _RUNNING:
        reader.problems.add(f"{field}.changes", no.NotWithKind(kind=kind.value))
    for name, wanted in needed.items():
        there = bool(getattr(data, name))
        if there != wanted:
            problem = no.NeededByKind(kind=kind.value) if wanted else no.NotWithKind(kind=kind.value)
            reader.problems.add(f"{field}.{name}", problem)


def _penalty_rate(data: RateShape, field: str, reader: Reader) -> PenaltyRate | None:
    forms = [form for form in RateForm if getattr(data, form.value) is not None]
    if len(forms) != 1:
        allowed, given = ", ".join(form.value for form in RateForm), ", ".join(form.value for form in forms)
        reader.problems.add(field, no.OneRateForm(allowed=allowed, given=given or "none"))
        return None
    field = f"{field}.{forms[0].value}"
    value = _rate(reader, field, getattr(data, forms[0].value))
    return None if value is None else _by_contract(PenaltyRate(forms[0], value), field, reader)


def _by_contract(rate: PenaltyRate, field: str, reader: Reader) -> PenaltyRate:
    """One that goes by the contract's rate is asked about where it comes to more than 100 % a year with it."""
    a_year = rate.yearly(reader.contract_rate)
    by_contract = rate.form in (RateForm.MULTIPLE, RateForm.MARGIN) and rate.value <= _MOST_LIKELY.get(rate.form, 1)
    if by_contract and a_year > _MOST_A_YEAR >= reader.contract_rate and not reader.rate_is_meant:
        given = f"{format_rate(rate.value)} with {format_rate(reader.contract_rate)}: {format_rate(a_year)} a year"
        reader.problems.add(field, no.RateUnlikely(allowed=format_rate(_MOST_A_YEAR), given=given))
    return rate


def _penalty_clause(clauses: Sequence[Clause]) -> str | None:
    """The only clause there is, or the first that speaks of lateness."""
    if len({clause.ref for clause in clauses}) == 1:
        return clauses[0].ref
    for part in ("title", "text"):
        for clause in clauses:
            if any(word in getattr(clause, part).lower() for word in SPEAKS_OF_PENALTY):
                return clause.ref
    return None


def _allocation(data: list[ComponentName] | AllocationShape, reader: Reader) -> AllocationRule:
    shape = data if isinstance(data, AllocationShape) else AllocationShape.model_construct(due=data)
    for name in ("due", "in_advance", "late"):
        order = getattr(shape, name)
        if (order or name == "due") and sorted(order) != sorted(COMPONENTS):
            problem = f"found {', '.join(order) or 'none'}"
            reader.problems.add("terms.allocation", no.NotAnOrder(allowed=", ".join(COMPONENTS), problem=problem))
    return AllocationRule(
        tuple(shape.due), tuple(shape.in_advance), shape.across, tuple(shape.late), shape.late_from_day
    )
