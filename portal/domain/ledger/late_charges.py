"""All that an installment's lateness costs, where a contract charges for it more than once or by bands of the debt."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from portal.domain.contract.loan import OVERLOOKED, Cap, Suspension, Terms
from portal.domain.contract.penalty_terms import Grace, PenaltyBase, PenaltyKind, PenaltyRate, PenaltyTerms, RateForm
from portal.domain.ledger.dues import Due
from portal.domain.ledger.penalty import Base, PenaltyLine, penalty_lines, within_limit

if TYPE_CHECKING:
    from portal.domain.ledger.entries import Entry

Bases = Mapping[str, Sequence[Base]]
_BY_DAYS = (PenaltyKind.DAILY_SIMPLE, PenaltyKind.DAILY_COMPOUND, PenaltyKind.TIERED)


def late_lines(
    terms: Terms, due: Due, until: date, suspensions: Sequence[Suspension], outstanding_on: Callable[[date], int]
) -> tuple[PenaltyLine, ...]:
    """The lines of each charge on a due in the contract's order, as `penalty_lines` has those of one.

    A limit on all charges together holds the sum of them: what is charged apart counts first, then line after line,
    by the day count of the first charge that runs with the days. What is paid of penalty counts first for what
    compounds. `outstanding_on` is the principal not paid back at the end of a day.
    """
    charges = tuple(_within_grace(each, due.due_on, suspensions) for each in terms.penalties)
    apart, paid = due.charged_apart, due.accrued_paid
    installment, due_on, bases = due.no, due.due_on, due.penalty_bases()
    if len(charges) == 1 and charges[0].kind is not PenaltyKind.ONE_OFF_BY_BAND:
        one = terms if charges[0] is terms.penalty else replace(terms, penalty=charges[0])
        return penalty_lines(one, installment, due_on, bases, until, suspensions, apart, paid)
    cap, found = terms.cap, list[PenaltyLine]()
    alone = replace(terms, further_penalties=(), cap=None if cap and cap.together else cap)
    for each in charges:
        charge, named = _of_its_band(each, due_on, bases, suspensions, outstanding_on)
        lines = penalty_lines(replace(alone, penalty=charge), installment, due_on, bases, until, suspensions, 0, paid)
        found += [line._replace(**named) for line in lines] if named else lines
    if cap and cap.together and charges:
        most = _limit(alone, cap, charges)
        lines = penalty_lines(most, installment, due_on, bases, until, suspensions)
        return within_limit(found, sum(line.contract for line in lines) - apart)
    return tuple(found)


class UndoneLine(NamedTuple):
    """What was paid of a component on day `since`, and counts no more from `until` on; minor units."""

    component: str
    amount: int
    since: date
    until: date


def principal_left_on(principal: int, entries: Iterable["Entry"], undone: Iterable[UndoneLine], on: date) -> int:
    """What was left of the principal at the end of a day as it was then, minor units: what was taken back later too."""
    left = principal
    left -= sum(each.amount for each in undone if each.component == "principal" and each.since <= on < each.until)
    for entry in entries:
        left -= sum(line.amount for line in entry.lines if line.on <= on and line.item.component == "principal")
        left -= entry.unmatched.principal if entry.payment.received_on <= on else 0
    return left


def _within_grace(charge: PenaltyTerms, due_on: date, suspensions: Sequence[Suspension]) -> PenaltyTerms:
    """Who is short of no more than is overlooked when the days of grace are over pays nothing for them."""
    if not charge.grace_days:
        return charge
    first = due_on + timedelta(days=charge.grace_days + 1)
    overlooked = any(s.reason == OVERLOOKED and s.start < first and s.end and first <= s.end for s in suspensions)
    return replace(charge, grace=Grace.WAIVES) if overlooked else charge


def _of_its_band(
    charge: PenaltyTerms,
    due_on: date,
    bases: Bases,
    suspensions: Sequence[Suspension],
    outstanding_on: Callable[[date], int],
) -> tuple[PenaltyTerms, dict[str, Any]]:
    """A charge by band is that of one amount, by the debt at the end of the last free day, which its line names."""
    if charge.kind is not PenaltyKind.ONE_OFF_BY_BAND:
        return charge, {}
    last = due_on + timedelta(days=charge.grace_days)
    if charge.base is PenaltyBase.OUTSTANDING:
        debt, trigger = outstanding_on(last), PenaltyBase.PRINCIPAL_AND_INTEREST
    else:
        debt, trigger = sum(_overdue(charge.base, bases, suspensions, last)), charge.base
    reached = [band.amount for band in charge.bands if band.from_debt <= debt]
    amount = reached[-1] if reached else 0
    named = {"base": debt, "of": charge.base.value.removeprefix("overdue-"), "kind": charge.kind}
    return replace(charge, kind=PenaltyKind.ONE_OFF_AMOUNT, base=trigger, amount=amount), named


def _overdue(base: PenaltyBase, bases: Bases, suspensions: Sequence[Suspension], on: date) -> Iterator[int]:
    """What is open at the end of a day of each component that is charged on and not disputed."""
    for component, history in bases.items():
        stopped = any(s.component == component and s.start <= on and (s.end is None or on < s.end) for s in suspensions)
        if component in base.value and not stopped:
            yield next((each.amount for each in reversed(history) if each.since <= on), 0)


def _limit(terms: Terms, cap: Cap, charges: Sequence[PenaltyTerms]) -> Terms:
    """Terms by which the overdue principal costs what the limit allows."""
    day_count = next((each for each in charges if each.kind in _BY_DAYS), charges[0]).day_count
    rate = PenaltyRate(RateForm.ANNUAL, Fraction(cap.annual_rate))
    return replace(terms, penalty=PenaltyTerms(PenaltyKind.DAILY_SIMPLE, rate=rate, day_count=day_count))
