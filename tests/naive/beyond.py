"""Money beyond what is due, and what a lender lets go, pays back or ends: drawn into a life that has happened."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.closing import ClosingReason, LenderCredit, LoanClosing
from portal.domain.contract.loan import Payment, ToleratedArrears
from portal.domain.contract.prepayment import PrepaidInterest, Purpose, Surplus, Then
from portal.domain.money import COMPONENTS
from tests.naive.days import ONE
from tests.naive.ledger import owed


def draw_beyond(rnd: Random, life: Any) -> None:
    """Told on the day, after all else; what is drawn first is known to what is drawn later."""
    terms = life.loan.terms
    if rnd.random() < 0.15:
        terms = replace(terms, prepayment=PrepaidInterest.AS_SCHEDULED)
    if rnd.random() < 0.2:
        terms = replace(terms, surplus=Surplus.PREPAY)
    tolerance = rnd.choice((100, 1_000, life.loan.principal // 20))
    life.loan = replace(
        life.loan, terms=terms, arrears_tolerance=(ToleratedArrears(life.loan.disbursed_on, tolerance),)
    )
    kinds: tuple[Callable[[Random, Any], None], ...]
    kinds = (
        prepay,
        prepay,
        prepay_plan,
        prepay_plan,
        early_and_prepaid,
        pay_off,
        pay_off,
        pay_as_stated,
        let_go,
        take_part,
    )
    for kind in rnd.sample(kinds, rnd.randint(1, 5)):
        kind(rnd, life)
    for kind in rnd.sample((refund, take_prepaid_back, end, end, restate), rnd.randint(0, 2)):
        kind(rnd, life)


def some_day(rnd: Random, life: Any, first: date | None = None) -> date:
    """Mostly before the contract's last day."""
    first = first or life.loan.disbursed_on + ONE
    last = max(first, min(life.on, rnd.choice((life.on, life.loan.schedule[-1].due_on))))
    return first + timedelta(days=rnd.randint(0, (last - first).days))


def prepay(rnd: Random, life: Any) -> None:
    amount = rnd.randint(1, max(life.loan.principal // rnd.choice((1, 2, 4)), 2))
    life.receive(rnd, some_day(rnd, life), amount, purpose=Purpose.PREPAY, then=rnd.choice(list(Then)))


def prepay_plan(rnd: Random, life: Any) -> None:
    """While a plan over the whole loan runs, where there is one."""
    for agreement in life.loan.agreements[-1:]:
        if agreement.stays and not agreement.refused and len(agreement.plan.rows) > 1:
            last = agreement.plan.rows[-2].due_on
            on = agreement.plan.as_of + timedelta(days=rnd.randint(1, max((last - agreement.plan.as_of).days, 1)))
            amount = rnd.randint(1, max(agreement.plan.taken_in.principal // 2, 2))
            life.receive(rnd, on, amount, purpose=Purpose.PREPAY, then=rnd.choice(list(Then)))


def early_and_prepaid(rnd: Random, life: Any) -> None:
    """A row is named before its day, and then what its interest is on is prepaid."""
    row = rnd.choice(life.loan.schedule[-3:])
    on = row.due_on - timedelta(days=rnd.randint(5, 40))
    life.receive(rnd, on, row.total, installment=row.no)
    amount = rnd.randint(1, max(life.loan.principal // 4, 2))
    life.receive(rnd, on + ONE, amount, purpose=Purpose.PREPAY, then=rnd.choice(list(Then)))


def pay_off(rnd: Random, life: Any) -> None:
    """What pays everything that day, or some days later, or a little less; said, or not said."""
    on = some_day(rnd, life)
    owing = owed(life.loan, on).payoff
    tolerance = life.loan.arrears_tolerance[-1].amount
    short = max(rnd.randint(1, max(tolerance, 1)) - 5, 1)
    less = rnd.choice((0, 0, short, short, short, short, tolerance + 1, owing // 3))
    said: dict[str, Any] = rnd.choice(({}, {"purpose": Purpose.PAYOFF}))
    if owing > less:
        life.receive(rnd, on + timedelta(days=rnd.choice((0, 0, 0, 2))), owing - less, **said)


def pay_as_stated(rnd: Random, life: Any) -> None:
    """Principal above all, some of it not due yet; at times of a due that is named, or with a rest not stated."""
    on, found = some_day(rnd, life), owed(life.loan, some_day(rnd, life)).overdue
    stated = {name: rnd.choice((0, found[name])) for name in COMPONENTS}
    stated["interest"] += rnd.choice((0, 0, life.loan.schedule[0].interest))
    stated["principal"] = rnd.randint(1, max(life.loan.principal // rnd.choice((1, 3)), 2))
    named = {"installment": rnd.choice(life.loan.schedule).no} if rnd.random() < 0.2 else {}
    amount = sum(stated.values()) + rnd.choice((0, 0, 0, 50, 5_000))
    life.receive(rnd, on, amount, allocated=Amounts(**stated), **named)


def let_go(rnd: Random, life: Any) -> None:
    found = list(life.loan.lender_credits)
    for _ in range(rnd.choice((1, 1, 2))):
        fens = {name: rnd.randint(1, 5_000) for name in rnd.sample(COMPONENTS, rnd.choice((1, 2)))}
        found.append(LenderCredit(f"W-{len(found)}", some_day(rnd, life), Amounts(**fens), "goodwill"))
    life.loan = replace(life.loan, lender_credits=tuple(found))


def taken_back(life: Any, payment: Payment, on: date, amount: int = 0) -> None:
    back = Payment(f"R-{payment.id}-{len(life.loan.payments)}", on, amount, reverses=payment.id)
    life.loan = replace(life.loan, payments=(*life.loan.payments, back))
    life.told_on[back.id] = max(on, life.told_on[payment.id])


def not_taken_back(life: Any) -> list[Payment]:
    gone = {payment.reverses for payment in life.loan.payments}
    money = [p for p in life.loan.payments if not p.reverses and not p.is_refund and p.received_on <= life.on]
    return [payment for payment in money if payment.id not in gone]


def take_part(rnd: Random, life: Any) -> None:
    """Once, or twice."""
    if payments := not_taken_back(life):
        payment = rnd.choice(payments)
        left = payment.amount
        for _ in range(rnd.choice((1, 1, 2))):
            part = rnd.randint(1, max(left, 1))
            left -= part
            if left >= 0:
                taken_back(life, payment, some_day(rnd, life, payment.received_on + ONE), part)


def take_prepaid_back(rnd: Random, life: Any) -> None:
    payments = [p for p in not_taken_back(life) if p.purpose or p.allocated]
    if payments:
        payment = rnd.choice(payments)
        amount = rnd.choice((0, 0, rnd.randint(1, payment.amount)))
        taken_back(life, payment, some_day(rnd, life, payment.received_on + ONE), amount)


def refund(rnd: Random, life: Any) -> None:
    """What credit there is, or some of it, or more: as where late facts have used it."""
    days = [some_day(rnd, life) for _ in range(6)]
    on, credit = max(((on, owed(life.loan, on).credit) for on in days), key=lambda each: each[1])
    amount = rnd.choice((credit, max(credit // 2, 1), credit + rnd.randint(1, 3_000)))
    received = sum(p.amount for p in not_taken_back(life) if p.received_on <= on)
    if 0 < amount <= received:
        refunded = Payment(f"B-{len(life.loan.payments)}", on, amount, is_refund=True)
        life.loan = replace(life.loan, payments=(*life.loan.payments, refunded))
        life.told_on[refunded.id] = on


def end(rnd: Random, life: Any) -> None:
    """The lender's own end, after the last agreement."""
    first = max((agreement.plan.as_of for agreement in life.loan.agreements), default=life.loan.disbursed_on) + ONE
    if first <= life.on:
        on = min(life.on, first + timedelta(days=rnd.randint(0, 40)))
        closing = LoanClosing(on, rnd.choice(list(ClosingReason)))
        life.loan = replace(life.loan, closing=closing)


def restate(rnd: Random, life: Any) -> None:
    life.loan = replace(life.loan, restated_on=some_day(rnd, life))
