"""Agreements as somebody signs them: over what is owed by the facts that are known, in rows old debt first."""

from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from portal.domain.contract.agreement import Agreement, Covers, CureTerms, OfferKind, TakenIn
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.pause import PauseInterest, PauseScope, PauseTerms
from portal.domain.contract.plan import Plan, PlanRow
from tests.naive.days import count, years
from tests.naive.dues import COMPONENTS
from tests.naive.ledger import Life
from tests.naive.rounding import whole


def taken_in(loan: Any, covers: str, on: date) -> tuple[TakenIn, ...]:
    """By due and component, what an agreement of that day takes in: the one before has ended, if there was one."""
    life = Life(loan, on)
    life.live(on)
    life.book.grow(on)
    life.end_of_others(on)
    found: dict[str, Counter[str]] = {}
    for due in life.book.in_order():
        for pile in due.piles:
            overdue = pile.due_on < on
            if (overdue and covers != "to-come") or (not overdue and covers != "overdue" and pile.kind == "row"):
                found.setdefault(pile.key, Counter())[pile.component] += life.book.still_asked(pile, on)
    return tuple(TakenIn(key, Amounts(**fens)) for key, fens in found.items() if any(fens.values()))


def plan_over(
    loan: Any,
    taken: Amounts,
    on: date,
    dates: list[date],
    rate: Fraction = Fraction(0),
    each: int | None = None,
    waived: Amounts = NOTHING,
) -> Plan:
    """Rows of `each`, or of equal shares where it is not given; interest on the principal that is left."""
    left = {name: getattr(taken, name) - getattr(waived, name) for name in COMPONENTS}
    share = whole(Fraction(sum(left.values()), len(dates)), "down")
    rows, start = [], on
    for no, due_on in enumerate(dates, 1):
        term = years(start, due_on, loan.terms.day_count)
        interest = whole(left["principal"] * rate * term, "half-up")
        wanted = share if each is None else max(each - interest, 0)
        if no == len(dates):
            wanted = sum(left.values())
        takes = Counter({"interest": interest})
        for name in COMPONENTS:
            part = min(left[name], wanted)
            takes[name] += part
            left[name] -= part
            wanted -= part
        days = count(start, due_on, loan.terms.day_count)
        rows.append(PlanRow(no, due_on, days, Amounts(**takes), interest, left["principal"]))
        start = due_on
    return Plan(on, loan.currency, taken, waived, tuple(rows), Fraction(0))


def signed(loan: Any, ref: str, on: date, dates: list[date], **said: Any) -> Agreement:
    """An agreement of that day, booked on it unless `said` says otherwise."""
    covers, kind = said.pop("covers", "overdue"), said.pop("kind", "plan")
    figures = {name: said.pop(name) for name in ("rate", "each", "waived") if name in said}
    lines = taken_in(loan, covers, on)
    total = sum((line.amounts for line in lines), NOTHING)
    plan = plan_over(loan, total, on, dates, **figures)
    found = Agreement(ref, OfferKind(kind), Covers(covers), plan, CureTerms(), on, on, taken_in=lines)
    return replace(found, interest_rate=figures.get("rate", Fraction(0)), **said)


def paused(loan: Any, ref: str, on: date, until: date, scope: str = "all", interest: str = "stands-still") -> Agreement:
    """From the end of one day to the end of another, booked on the first: what is overdue is to pay on its last day."""
    lines = taken_in(loan, "overdue", on)
    plan = plan_over(loan, sum((line.amounts for line in lines), NOTHING), on, [until])
    terms = PauseTerms(PauseScope(scope), PauseInterest(interest))
    return Agreement(ref, OfferKind.PAUSE, Covers.OVERDUE, plan, CureTerms(), on, on, taken_in=lines, pause=terms)
