"""What is told otherwise later, and pauses: drawn into a life that has happened."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from portal.domain.contract.loan import Charge, Correction, Payment
from portal.domain.contract.pause import Pause, PauseInterest, PauseScope, PauseTerms
from tests.naive.days import ONE
from tests.naive.ledger import Life
from tests.naive.signing import paused


def tell_otherwise(rnd: Random, life: Any) -> None:
    """Another amount or another day of money that came, or that it never came; at times of a charge."""
    for _ in range(rnd.choice((1, 1, 2, 3))):
        gone = {payment.reverses for payment in life.loan.payments}
        money = [p for p in life.loan.payments if not (p.reverses or p.is_refund or p.allocated or p.id in gone)]
        if money and rnd.random() < 0.85:
            correct(rnd, life, "payments", rnd.choice(money))
        elif life.loan.charges:
            correct(rnd, life, "charges", rnd.choice(life.loan.charges))


def correct(rnd: Random, life: Any, kind: str, before: Any) -> None:
    """The day after it was told or after its last correction, or later; what is drawn later is told later."""
    loan = life.loan
    on = before.received_on if isinstance(before, Payment) else before.on
    last = max([on, life.told_on.get(before.id, on), *(each.told_on for each in loan.corrections)])
    told_on = last + timedelta(days=rnd.choice((1, rnd.randint(1, 30), rnd.randint(1, 120))))
    now = None if rnd.random() < 0.15 else told_anew(rnd, before)
    if told_on <= life.on:
        facts = {each.id: each for each in getattr(loan, kind)} | {before.id: now}
        corrections = (*loan.corrections, Correction(told_on, before.id, before, now))
        life.loan = replace(loan, corrections=corrections, **{kind: tuple(each for each in facts.values() if each)})


def pause(rnd: Random, life: Any) -> None:
    """Once all agreements were answered; money comes near the days to which rows moved, and some are paused again."""
    for number in range(rnd.choice((1, 1, 1, 2))):
        loan = life.loan
        answers = [each.answered_on or date.max for each in loan.agreements]
        first = max([loan.disbursed_on, *answers, *(each.plan.last_due_on for each in pauses(loan))])
        if first >= life.on or (loan.closing and first >= loan.closing.on):
            return
        on = first + timedelta(days=rnd.randint(1, max((life.on - first).days // 2, 1)))
        until = on + timedelta(days=rnd.choice((rnd.randint(1, 60), rnd.randint(20, 60))))
        scope, interest = rnd.choice(("all", "all", "overdue", "next")), rnd.choice(("stands-still", "runs"))
        if scope == "next":
            until = before_the_row_after(rnd, loan, on, until)
        if loan.agreements and not number and rnd.random() < 0.4:
            return grant(life, Pause(on, until, PauseTerms(PauseScope(scope), PauseInterest(interest))))
        agreed = paused(loan, f"P{number}", on, until, scope, interest)
        answered_on = on + timedelta(days=rnd.choice((0, 0, 0, 2, 20)))
        agreed = replace(agreed, answered_on=answered_on, refused=rnd.random() < 0.1)
        life.loan = replace(loan, agreements=(*loan.agreements, agreed))
        life.on = max(life.on, answered_on, rnd.choice((on, until, until + timedelta(days=rnd.randint(0, 90)))))
        pay_moved(rnd, life, until)


def before_the_row_after(rnd: Random, loan: Any, on: date, until: date) -> date:
    """A day to which what falls due next may move; where there is none, one by which nothing falls due."""
    count = Life(loan, on)
    count.live(on)
    rows = [due for due in count.book.dues if due.rows and due.due_on >= on]
    day = min((due.due_on for due in rows if due.is_open), default=until)
    after = min((due.due_on for due in rows if due.due_on > day), default=date.max)
    days = (min(after - ONE, on + timedelta(days=60)) - day).days
    return day + timedelta(days=rnd.randint(1, days)) if days > 0 else on + ONE


def grant(life: Any, within: Pause) -> None:
    """The lender's, of the plan that was signed last."""
    *before, last = life.loan.agreements
    life.loan = replace(life.loan, agreements=(*before, replace(last, pauses=(within,))))
    life.on = max(life.on, within.end)


def pauses(loan: Any) -> Any:
    return [each for each in loan.agreements if each.kind == "pause"]


def pay_moved(rnd: Random, life: Any, until: date) -> None:
    count = Life(life.loan, until)
    count.live(until)
    open_rows = [due for due in count.book.in_order() if due.rows and due.is_open]
    for due in open_rows[: rnd.randint(0, 4)]:
        on = max(
            due.due_on + timedelta(days=rnd.choice((0, 0, 0, 1, -3, rnd.randint(-30, 30)))), life.loan.disbursed_on
        )
        no = {"plan_installment" if due.plan else "installment": due.no} if due.no > 0 and rnd.random() < 0.5 else {}
        life.receive(rnd, on, sum(pile.left for pile in due.rows) or 1, **no)


def told_anew(rnd: Random, before: Payment | Charge) -> Any:
    amount = rnd.choice((before.amount, before.amount - rnd.randint(0, before.amount - 1), before.amount * 2))
    days = timedelta(days=rnd.choice((0, 0, 1, rnd.randint(-20, 20))))
    if isinstance(before, Charge):
        return replace(before, amount=amount, due_on=max(before.due_on + days, before.on))
    return replace(before, amount=amount, received_on=before.received_on + days)
