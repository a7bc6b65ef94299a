"""The terms of a contract from their shape: rates, penalty, cap, order of payments, clauses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from portal.domain.contract.calendar import DayCount, Every, parse_date
from portal.domain.contract.loan import (
    AllocationRule,
    Clause,
    Grace,
    PenaltyBase,
    PenaltyKind,
    PenaltyRate,
    PenaltyTerms,
    RateChange,
    RateForm,
    RoundingPoint,
    Terms,
    Tier,
)
from portal.domain.contract.schedule import Method, OutOfBounds
from portal.domain.money import COMPONENTS, Rounding, parse_amount, parse_rate
from portal.intake import refusals as no
from portal.intake.shape import (
    AllocationShape,
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
_RUNNING = (PenaltyKind.DAILY_SIMPLE, PenaltyKind.DAILY_COMPOUND)
SPEAKS_OF_PENALTY = ("罚息", "违约金", "逾期", "penalt", "late ")


def read_terms(said: TermsShape, lender_kind: str, signed_on: date, reader: Reader) -> Terms | None:
    """The terms, or None where one of them was refused; the reader holds what is wrong."""
    every = reader.take("terms.every", Every.parse, said.every)
    rate = _rate(reader, "terms.annual_rate", said.annual_rate)
    cap = reader.take("terms.cap.rule", cap_for, said.cap.rule if said.cap else None, lender_kind, signed_on)
    clauses = tuple(Clause(c.ref, c.lang, c.title, c.text, c.about) for c in said.clauses)
    penalty = _penalty(said.penalty, clauses, reader)
    allocation = _allocation(said.allocation, reader)
    if every is None or rate is None or penalty is None:
        return None
    return Terms(
        annual_rate=rate,
        method=Method(said.method),
        installments=said.installments,
        every=every,
        first_due=reader.take("terms.first_due", parse_date, said.first_due) or signed_on,
        day_count=DayCount(said.day_count),
        rounding=Rounding(said.rounding),
        penalty=penalty,
        cap=cap,
        allocation=allocation,
        clauses=clauses,
        installment=None if said.installment is None else reader.money("terms.installment", said.installment),
    )


def _rate(reader: Reader, field: str, text: str) -> Fraction | None:
    rate = reader.take(field, parse_rate, text)
    if rate is not None and rate > _MOST_RATE:
        reader.problems.add(field, OutOfBounds(least=0, most=f"{_MOST_RATE} (1,000 %)", given=repr(text)))
    return rate


def _penalty(said: PenaltyShape, clauses: Sequence[Clause], reader: Reader) -> PenaltyTerms | None:
    field, kind = "terms.penalty", PenaltyKind(said.kind)
    _check_kind(said, kind, reader)
    rate = None if said.rate is None else _penalty_rate(said.rate, f"{field}.rate", reader)
    refs = [clause.ref for clause in clauses]
    if said.clause is not None and clauses and said.clause not in refs:
        problem = no.NoSuchClause(allowed=", ".join(dict.fromkeys(refs)), given=repr(said.clause))
        reader.problems.add(f"{field}.clause", problem)
    return PenaltyTerms(
        kind=kind,
        base=PenaltyBase(said.base),
        rate=rate,
        tiers=_tiers(said.tiers, f"{field}.tiers", reader),
        changes=_changes(said.changes, f"{field}.changes", reader),
        percent=None if said.percent is None else reader.take(f"{field}.percent", parse_rate, said.percent),
        amount=None
        if said.amount is None
        else reader.take(f"{field}.amount", parse_amount, said.amount, reader.currency),
        day_count=DayCount(said.day_count),
        rounding_point=RoundingPoint(said.rounding_point),
        grace_days=said.grace_days,
        grace=Grace(said.grace),
        clause=said.clause or _penalty_clause(clauses),
    )


def _tiers(said: Sequence[TierShape], field: str, reader: Reader) -> tuple[Tier, ...]:
    tiers, last = [], 0
    for index, each in enumerate(said):
        if each.from_day <= last:
            reader.problems.add(f"{field}.{index}.from_day", no.TiersNotRising(allowed=last, given=each.from_day))
        last = each.from_day
        rate = _penalty_rate(each.rate, f"{field}.{index}.rate", reader)
        if rate is not None:
            tiers.append(Tier(each.from_day, rate))
    return tuple(tiers)


def _changes(said: Sequence[RateChangeShape], field: str, reader: Reader) -> tuple[RateChange, ...]:
    changes, last = [], date.min
    for index, each in enumerate(said):
        since = reader.day(f"{field}.{index}.from", each.since)
        if date.min < since <= last:
            problem = no.NotAfter(name="the change before it", allowed=last, given=since)
            reader.problems.add(f"{field}.{index}.from", problem)
        last = since
        rate = _penalty_rate(each.rate, f"{field}.{index}.rate", reader)
        if rate is not None:
            changes.append(RateChange(since, rate))
    return tuple(changes)


def _check_kind(said: PenaltyShape, kind: PenaltyKind, reader: Reader) -> None:
    """Each kind has its own field, and only that one."""
    needed = {
        "rate": kind in _RUNNING,
        "tiers": kind is PenaltyKind.TIERED,
        "percent": kind is PenaltyKind.ONE_OFF_PERCENT,
        "amount": kind is PenaltyKind.ONE_OFF_AMOUNT,
    }
    if said.changes and kind not in _RUNNING:
        reader.problems.add("terms.penalty.changes", no.NotWithKind(kind=kind.value))
    for name, wanted in needed.items():
        there = bool(getattr(said, name))
        if there != wanted:
            problem = no.NeededByKind(kind=kind.value) if wanted else no.NotWithKind(kind=kind.value)
            reader.problems.add(f"terms.penalty.{name}", problem)


def _penalty_rate(said: RateShape, field: str, reader: Reader) -> PenaltyRate | None:
    forms = [form for form in RateForm if getattr(said, form.value) is not None]
    if len(forms) != 1:
        allowed, given = ", ".join(form.value for form in RateForm), ", ".join(form.value for form in forms)
        reader.problems.add(field, no.OneRateForm(allowed=allowed, given=given or "none"))
        return None
    value = _rate(reader, f"{field}.{forms[0].value}", getattr(said, forms[0].value))
    return None if value is None else PenaltyRate(forms[0], value)


def _penalty_clause(clauses: Sequence[Clause]) -> str | None:
    """The only clause there is, or the first that speaks of lateness."""
    if len({clause.ref for clause in clauses}) == 1:
        return clauses[0].ref
    for part in ("title", "text"):
        for clause in clauses:
            if any(word in getattr(clause, part).lower() for word in SPEAKS_OF_PENALTY):
                return clause.ref
    return None


def _allocation(said: list[ComponentName] | AllocationShape, reader: Reader) -> AllocationRule:
    shape = said if isinstance(said, AllocationShape) else AllocationShape.model_construct(due=said)
    for name in ("due", "in_advance", "late"):
        order = getattr(shape, name)
        if (order or name == "due") and sorted(order) != sorted(COMPONENTS):
            problem = f"found {', '.join(order) or 'none'}"
            reader.problems.add("terms.allocation", no.NotAnOrder(allowed=", ".join(COMPONENTS), problem=problem))
    return AllocationRule(
        tuple(shape.due), tuple(shape.in_advance), shape.across, tuple(shape.late), shape.late_from_day
    )
