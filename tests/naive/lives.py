"""Lives of loans with agreements, drawn at random: each is signed over what was known when it was signed."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from portal.domain.contract.agreement import Agreement, Covers, CureTerms, MissedContract, OfferKind
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.calendar import THE_WEEK, Every, WorkingDays
from portal.domain.contract.loan import Charge, Loan, Payment, Suspension
from portal.domain.money import COMPONENTS
from tests.naive.beyond import draw_beyond
from tests.naive.days import due_dates
from tests.naive.later import pause, tell_otherwise
from tests.naive.loans import drawn_loan
from tests.naive.signing import plan_over, taken_in

HOLIDAYS = WorkingDays(frozenset(date(2027, month, n) for month in range(1, 13) for n in (1, 2, 3, 15, 16)))


@dataclass
class Drawn:
    """A loan with all its facts, the day on which each payment was told, and the day on which it is looked at."""

    loan: Loan
    told_on: dict[str, date] = field(default_factory=dict)
    on: date = date.min

    def receive(self, rnd: Random, on: date, amount: int, told_later: int = 0, **named: Any) -> None:
        payment = Payment(f"P-{len(self.loan.payments) + 1:03}", on, amount, **named)
        self.loan = replace(self.loan, payments=(*self.loan.payments, payment))
        self.told_on[payment.id] = on + timedelta(days=told_later)

    def known(self, received: date, told: date) -> Loan:
        """The loan as it was known on `told`, with the facts up to `received`."""
        payments = tuple(p for p in self.loan.payments if p.received_on <= received and self.told_on[p.id] <= told)
        return replace(self.loan, payments=payments)


def drawn_life(rnd: Random) -> Drawn:
    """With pauses, and with what is told otherwise later."""
    life = told_once(rnd)
    if rnd.random() < 0.3:
        pause(rnd, life)
    if rnd.random() < 0.4:
        tell_otherwise(rnd, life)
    return life


def told_once(rnd: Random) -> Drawn:
    life = Drawn(drawn_loan(rnd))
    pay_contract(rnd, life)
    add_charges(rnd, life)
    story = rnd.choice(("any", "any", "any", "told late", "told late", "taken back", "taken back", "stops"))
    on = life.loan.schedule[0].due_on + timedelta(days=rnd.randint(5, 70))
    for number in range(rnd.choice((0, 1, 2, 2, 3)) if story == "any" else rnd.choice((1, 1, 1, 2))):
        agreement = sign(rnd, life, "ABC"[number], on, story)
        if agreement is None:
            break
        life.loan = replace(life.loan, agreements=(*life.loan.agreements, agreement))
        pay_plan(rnd, life, agreement, story)
        if agreement.answered_on is None:
            break
        on = agreement.answered_on + timedelta(days=rnd.choice((rnd.randint(1, 60), rnd.randint(1, 200))))
    take_back(rnd, life, story)
    life.on = looked_at(rnd, life)
    dispute_plan(rnd, life)
    if rnd.random() < 0.34:
        draw_beyond(rnd, life)
    return life


def looked_at(rnd: Random, life: Drawn) -> date:
    """Not before the last signing; mostly when all has happened."""
    first = max((agreement.signed_on for agreement in life.loan.agreements), default=life.loan.disbursed_on)
    days = [*life.told_on.values(), *(row.due_on for row in life.loan.schedule)]
    days += [row.due_on for agreement in life.loan.agreements for row in agreement.plan.rows]
    last = max(*days, first)
    if rnd.random() < 0.7:
        return last + timedelta(days=rnd.randint(0, 60))
    return first + timedelta(days=rnd.randint(0, (last - first).days))


def pay_contract(rnd: Random, life: Drawn) -> None:
    """On the day, early, late, odd, twice, or not at all; some name the installment, some are told later."""
    keeps = rnd.random()
    for row in life.loan.schedule:
        if rnd.random() > keeps:
            continue
        on = row.due_on + timedelta(days=rnd.choice((0, 0, 0, -7, 1, rnd.randint(-40, 60))))
        named = {"installment": rnd.choice((row, row, row, life.loan.schedule[-1])).no} if rnd.random() < 0.5 else {}
        life.receive(rnd, on, amount_near(rnd, row.total), told_later(rnd), **named)


def amount_near(rnd: Random, fen: int) -> int:
    return rnd.choice((fen, fen, fen, fen * 2, max(fen - 1, 1), rnd.randint(1, max(fen * 2, 2)))) or 1


def told_later(rnd: Random) -> int:
    return rnd.choice((0, 0, 0, 0, rnd.randint(1, 60)))


def add_charges(rnd: Random, life: Drawn) -> None:
    """Costs alone under a cap: whether what is charged later makes room in what was paid is an open question."""
    rows = life.loan.schedule
    found = []
    for number in range(rnd.choice((0, 0, 1, 2))):
        row = rnd.choice(rows)
        on = row.due_on + timedelta(days=rnd.randint(-20, 40))
        kind = rnd.choice(("fees", "costs", "penalty")) if life.loan.terms.cap is None else "costs"
        named = row.no if rnd.random() < 0.5 else None
        found.append(Charge(f"C-{number}", on, on + timedelta(days=rnd.choice((0, 0, 10))), kind, 700, named))
    life.loan = replace(life.loan, charges=tuple(found))


def sign(rnd: Random, life: Drawn, ref: str, on: date, story: str) -> Agreement | None:
    """Over what is known on the day of signing; over all where nothing is overdue, none where nothing is owed."""
    signed_on = on + timedelta(days=rnd.choice((0, 0, 1, 3)))
    known = life.known(on, signed_on)
    kind, covers = rnd.choice((*[("plan", "overdue")] * 5, ("plan", "all"), ("plan", "to-come"), ("settlement", "all")))
    lines = taken_in(known, covers, on)
    if covers == "overdue" and not lines:
        covers = "all"
        lines = taken_in(known, covers, on)
    taken = sum((line.amounts for line in lines), NOTHING)
    if taken.principal < 100:
        return None
    rows = rnd.randint(1, 2) if kind == "settlement" else rnd.randint(1, 7)
    first = on + timedelta(days=rnd.randint(1, 35))
    rate = rnd.choice((Fraction(0), Fraction(0), Fraction(6, 100), life.loan.terms.annual_rate))
    waived = Amounts(penalty=rnd.choice((0, taken.penalty, taken.penalty // 2)))
    every = rnd.choice(("1m", "1m", "2w"))
    plan = plan_over(life.loan, taken, on, due_dates(first, rows, every), rate, None, waived)
    answer = rnd.choice(("silent", "refused", "refused", *["booked"] * (6 if story == "any" else 20)))
    return Agreement(
        ref,
        OfferKind(kind),
        Covers(covers),
        plan,
        cure_terms(rnd),
        signed_on,
        answered_on=None if answer == "silent" else signed_on + timedelta(days=rnd.choice((0, 0, 2, 20))),
        refused=answer == "refused",
        taken_in=None if rnd.random() < 0.1 else lines,
        working_days=rnd.choice((THE_WEEK, HOLIDAYS)),
        every=Every.parse(every),
        interest_rate=rate,
    )


def cure_terms(rnd: Random) -> CureTerms:
    if rnd.random() < 0.5:
        return CureTerms()
    days, within, telling = rnd.randint(0, 20), rnd.randint(1, 6), rnd.randint(0, 4)
    contract = MissedContract.BREAKS if rnd.random() < 0.3 else MissedContract.APART
    return CureTerms(days, within, telling, contract)


def pay_plan(rnd: Random, life: Drawn, agreement: Agreement, story: str) -> None:
    """Row after row: kept, late, odd, early, or no more; naming the row or nothing, on its day or told later."""
    rows = agreement.plan.rows
    late = rnd.choice(rows) if story == "told late" else None
    stops = rnd.randint(0, len(rows)) if story in ("any", "stops") else len(rows)
    for row in rows[:stops]:
        shift, fen = 0, row.total
        if story == "any":
            shift, fen = rnd.choice((0, 0, -5, 1, rnd.randint(-20, 30))), amount_near(rnd, row.total)
        named = rnd.choice(({}, {}, {"plan_installment": row.no}))
        later = rnd.randint(25, 75) if row is late else (told_later(rnd) if story == "any" else 0)
        due_on = max(row.due_on, agreement.answered_on or row.due_on)
        if fen:
            life.receive(rnd, due_on + timedelta(days=shift), fen, later, **named)


def take_back(rnd: Random, life: Drawn, story: str) -> None:
    """Some are taken back; of a plan that was kept to the end, one after the end."""
    chance = 0.1 if story == "any" else 0.0
    backs = [(p, p.received_on + timedelta(days=rnd.randint(0, 150))) for p in received(life) if rnd.random() < chance]
    if story == "taken back" and life.loan.payments:
        payment = rnd.choice([*received(life)][-3:])
        backs.append((payment, max(p.received_on for p in received(life)) + timedelta(days=rnd.randint(1, 40))))
    for payment, on in backs:
        back = Payment(f"R-{payment.id}", on, reverses=payment.id)
        life.loan = replace(life.loan, payments=(*life.loan.payments, back))
        life.told_on[back.id] = max(on, life.told_on[payment.id])


def dispute_plan(rnd: Random, life: Drawn) -> None:
    """One component or two are disputed while there is a plan, told after all else; some are never answered."""
    if not life.loan.agreements or rnd.random() > 0.3:
        return
    first = min(agreement.plan.as_of for agreement in life.loan.agreements)
    last = max(row.due_on for agreement in life.loan.agreements for row in agreement.plan.rows)
    found = []
    for component in rnd.sample(COMPONENTS, rnd.choice((1, 1, 2))):
        for _ in range(rnd.choice((1, 1, 2))):
            start = first + timedelta(days=rnd.randint(-10, (last - first).days))
            end = start + timedelta(days=rnd.randint(0, 60)) if rnd.random() < 0.85 else None
            found.append(Suspension(component, start, end, "dispute"))
    life.loan = replace(life.loan, suspensions=(*life.loan.suspensions, *found))


def received(life: Drawn) -> Iterator[Payment]:
    return (payment for payment in life.loan.payments if not payment.reverses)
