"""What is owed at the end of a day and how it came about: the facts are walked in order, nothing is stored."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from portal.domain.contract.agreement import Covers
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.closing import ClosingReason
from portal.domain.contract.loan import Loan
from portal.domain.contract.plan import TakenIn
from portal.domain.ledger.above import above_contract, less_above
from portal.domain.ledger.allocated import AllocatedCredit, AllocatedPayment, allocated_credit, allocated_payment
from portal.domain.ledger.book import Book
from portal.domain.ledger.dated import known_on, known_to_lender, stated_on
from portal.domain.ledger.dues import PENALTY_BASES, Due
from portal.domain.ledger.itemisation import Itemisation, itemise, last_day_clear, nothing_since
from portal.domain.ledger.penalty import PenaltyLine
from portal.domain.ledger.plan_account import PlanStatus
from portal.domain.ledger.progress import PlanProgress, plan_progress
from portal.domain.ledger.restructure import end_plan_account
from portal.domain.ledger.upcoming import UPCOMING_DAYS, NextDue, less_credit, next_dues_of
from portal.domain.ledger.walk import Walk


class InstallmentPosition(NamedTuple):
    """One installment on a day, minor units. `overdue` leaves the penalty out, which has lines of its own.

    `taken_in` is what an agreement took in of it, or made void, `let_go` what the lender let go: that much is not asked
    for here, and nobody paid it. `pause_interest` is beside `interest`, for the periods by which a pause moved it;
    what is paused is not overdue.
    """

    no: int
    due_on: date
    principal: int
    interest: int
    fees: int
    paid: int
    overdue: int
    days_past_due: int
    left: int
    taken_in: int = 0
    let_go: int = 0
    pause_interest: int = 0
    is_paused: bool = False

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.fees + self.pause_interest


@dataclass(frozen=True)
class Position:
    """What is owed at the end of `as_of`, by component and line. Minor units of the loan's currency.

    `book` is what was walked for it: what else is asked of the same day needs no other walk. `overdue_in_plan` is the
    part of `overdue` that rows of a plan ask for. `above_contract` is what a plan that broke would make of the payoff
    beyond what the contract alone would: it is not charged, and in no other figure. `overlooked` has fallen due too,
    but is too little for the lender's policy to ask for: nothing is `overdue` then. `closed_on` is the day on which
    everything was paid or credit closed the loan.

    Rounding  the contract's mode, once per penalty line; every total is a sum of rounded lines
    Source    domain rules of money; the contract's own terms
    """

    as_of: date
    valid_until: date
    currency: str
    overdue: Amounts
    overlooked: Amounts
    overdue_in_plan: Amounts
    above_contract: Amounts
    outstanding_principal: int
    days_past_due: int
    installments: tuple[InstallmentPosition, ...]
    plans: tuple[PlanProgress, ...]
    penalty_lines: tuple[PenaltyLine, ...]
    payments: tuple[AllocatedPayment, ...]
    lender_credits: tuple[AllocatedCredit, ...]
    itemisation: Itemisation
    credit: int
    closed_on: date | None
    book: Book = field(compare=False, repr=False)
    at_statement: Amounts = field(compare=False, repr=False)

    @property
    def loan(self) -> Loan:
        return self.book.loan

    @property
    def live_plan(self) -> PlanProgress | None:
        return self.plans[-1] if self.plans and self.plans[-1].lives else None

    @property
    def paid_up_on(self) -> date | None:
        """The day since which nothing is owed; None where the lender closed the loan for a reason that pays nothing."""
        closing = self.loan.closing
        gone = (
            closing and closing.on <= self.as_of and closing.reason not in (ClosingReason.PAID, ClosingReason.SETTLED)
        )
        return None if gone else self.closed_on

    @property
    def payoff(self) -> int:
        """What pays everything today. Interest that runs is counted to the day; what is not charged is left out."""
        return max(self.book.payoff(self.as_of) - self.above_contract.total, 0)

    @property
    def open_by_schedule(self) -> int:
        """All that is open, with all interest to come as it stands, less what is paid ahead. Minor units."""
        return sum(item.left for due in self.book.dues for item in due.with_frozen) - self.book.credit

    @property
    def saved_by_payoff(self) -> int:
        """What is to come by the schedule, mostly interest, that paying everything today does not ask for."""
        return max(self.open_by_schedule - self.book.payoff(self.as_of), 0)

    @cached_property
    def without_plan(self) -> "Position":
        """The same day as it would be if the plan that lives gave way to another: what it had not paid is due again."""
        return position(self.loan, self.as_of, ends_plan=True) if self.live_plan else self

    def taken_in(self, covers: Covers) -> tuple[TakenIn, ...]:
        """What an agreement signed today would take in, by due. Minor units."""
        if covers not in self._taken_in:
            self._taken_in[covers] = self.book.taken_in(covers, self.as_of)
        return self._taken_in[covers]

    def paid_on(self, due: str) -> tuple[tuple[str, int], ...]:
        """By the key of a due, which payments paid how much of it."""
        paid = ((each.id, sum(line.amount for line in each.lines if line.due == due)) for each in self.payments)
        return tuple((name, minor) for name, minor in paid if minor)

    def progress_of(self, proposal: str) -> PlanProgress | None:
        """What has come of the agreement that a proposal led to, the last if there was more than one."""
        return next((plan for plan in reversed(self.plans) if plan.agreement.proposal == proposal), None)

    @cached_property
    def _taken_in(self) -> dict[Covers, tuple[TakenIn, ...]]:
        """Worked out once for all the plans that are drawn up over one position."""
        return {}

    @cached_property
    def next_dues(self) -> tuple[NextDue, ...]:
        """What falls due from today on, of contract and plan, as it is asked for; credit is not taken off."""
        return next_dues_of(self.book.dues, self.as_of)

    @property
    def next_to_pay(self) -> NextDue | None:
        """All that is to pay on the first day for which what is paid ahead is not enough."""
        asked = less_credit(self.next_dues, self.credit)
        return asked[0]._replace(amount=sum(d.amount for d in asked if d.due_on == asked[0].due_on)) if asked else None

    def upcoming(self, days: int = UPCOMING_DAYS) -> int:
        """What falls due from today until so many days later, of contract and plan, minor units."""
        until = self.as_of + timedelta(days=days)
        return sum(due.amount for due in self.next_dues if due.due_on <= until)

    def penalty_by(self, day: date) -> int:
        """Penalty charged by the end of a later day, if until then nothing is paid, charged or taken back.

        Credit pays what falls due until then, and a plan that is not paid breaks: that needs another walk.
        """
        if self.credit or self.live_plan:
            return sum(
                line.charged for due in Walk(known_on(self.loan, self.as_of), day).run().dues for line in due.lines
            )
        found = 0
        for due in self.book.dues:
            if due.accrued or (due.due_on >= self.as_of and due.scheduled and not due.plan):
                goes_on = any(due.scheduled[component].left for component in PENALTY_BASES)
                lines = self.book.penalty_lines(due, day) if goes_on else due.lines
                found += sum(line.charged for line in lines)
        return found

    @property
    def penalty_charged(self) -> int:
        return sum(line.charged for line in self.penalty_lines)

    @property
    def penalty_by_contract(self) -> int:
        return sum(line.contract for line in self.penalty_lines)

    @property
    def penalty_not_charged(self) -> int:
        return sum(line.not_charged for line in self.penalty_lines)

    @property
    def overdue_installments(self) -> tuple[InstallmentPosition, ...]:
        return tuple(row for row in self.installments if row.overdue)

    @property
    def next_due(self) -> InstallmentPosition | None:
        """The contract's first installment that is not overdue yet and not paid."""
        return next((row for row in self.installments if row.left and row.due_on >= self.as_of), None)


def position(loan: Loan, as_of: date, *, ends_plan: bool = False) -> Position:
    """The position of a loan at the end of business day `as_of`, from the facts dated up to that day.

    With `ends_plan` the plan that lives has given way to another one at the end of the day.
    """
    walk = Walk(loan, as_of, passing=stated_on(loan, as_of))
    book = walk.run()
    if ends_plan and book.live_plan:
        end_plan_account(book, book.live_plan, as_of, PlanStatus.SUPERSEDED)
        book.spend_credit(as_of)
    due_by_then, above = book.overdue(as_of), above_contract(book)
    fallen = less_above(due_by_then, above)
    asked = fallen.total > loan.tolerance_on(as_of)
    in_plan = less_above(book.overdue(as_of, of_plan=True), above) if book.plans and asked else NOTHING
    days_late = book.days_late(as_of, asked=True) if asked else 0
    contract, let_go = tuple(book.contract.values()), _let_go(book)
    return Position(
        as_of=as_of,
        valid_until=as_of,
        currency=loan.currency,
        overdue=fallen if asked else NOTHING,
        overlooked=NOTHING if asked else fallen,
        overdue_in_plan=in_plan,
        above_contract=above,
        outstanding_principal=0 if walk.closed_on else _outstanding(book),
        days_past_due=days_late,
        installments=tuple(_installment(due, as_of, let_go.get(due.key, 0), days_late) for due in contract),
        plans=tuple(plan_progress(account, contract, as_of) for account in book.plans),
        penalty_lines=tuple(line for due in book.dues for line in due.lines),
        payments=tuple(allocated_payment(each) for each in book.entries if each.lender_credit is None),
        lender_credits=tuple(allocated_credit(each) for each in book.entries if each.lender_credit is not None),
        itemisation=_itemised(book, as_of, due_by_then - fallen) if asked else nothing_since(as_of),
        credit=book.credit,
        closed_on=walk.closed_on,
        book=book,
        at_statement=_at_statement(loan, walk),
    )


def _itemised(book: Book, as_of: date, above: Amounts) -> Itemisation:
    items = [item for due in book.dues for item in due.asked_items(as_of)]
    opened_on = last_day_clear(items, as_of)
    return itemise(items, opened_on, _accrued(book, opened_on), as_of, above)


def _at_statement(loan: Loan, walk: Walk) -> Amounts:
    """What was overdue on the day of the lender's statement, by what the lender could know.

    It is in what the walk noted when it passed that day; what is not charged after a break takes a walk to the day.
    """
    if loan.statement is None:
        return NOTHING
    if walk.noted is not None and not walk.book.was_broken:
        return walk.noted
    return on_statement_day(loan, loan.statement.as_of)


def on_statement_day(loan: Loan, on: date) -> Amounts:
    """What was overdue on the day of the lender's statement, by what the lender could know, and nothing else."""
    book = Walk(known_to_lender(loan), on).run()
    return less_above(book.overdue(on), above_contract(book))


def _accrued(book: Book, on: date) -> int:
    """Penalty that had grown by the end of an earlier day, as far as it is in force."""
    accrued = [due.accrued for due in book.dues if due.accrued and due.due_on < on]
    return sum([item.amount - item.taken for item in accrued])


def _outstanding(book: Book) -> int:
    paid = sum([line.amount for entry in book.entries for line in entry.lines if line.item.component == "principal"])
    return max(book.loan.principal - paid - sum([entry.unmatched.principal for entry in book.entries]), 0)


def _let_go(book: Book) -> dict[str, int]:
    """Of the installments' own parts, by due."""
    found: dict[str, int] = {}
    for line in [line for entry in book.entries if entry.lender_credit is not None for line in entry.lines]:
        if any(line.item is item for item in line.due.own):
            found[line.due.key] = found.get(line.due.key, 0) + line.amount
    return found


def _installment(due: Due, as_of: date, let_go: int, days_late: int) -> InstallmentPosition:
    """Where nothing is asked for (`days_late` is 0) it is not overdue, and never later than the loan."""
    fees, interest, principal = due.scheduled.values()
    paid, taken_in = fees.paid + interest.paid + principal.paid, fees.taken + interest.taken + principal.taken
    left, of_pause = fees.amount + interest.amount + principal.amount, 0
    for item, _ in due.pause_interest:
        paid, taken_in, of_pause = paid + item.paid, taken_in + item.taken, of_pause + item.amount
    left += of_pause - paid - taken_in
    is_paused = due.due_on < as_of and due.is_paused(as_of)
    overdue = left if days_late and due.due_on < as_of and not is_paused else 0
    days = min((as_of - due.due_on).days, days_late) if overdue else 0
    stated = principal.amount, interest.amount, fees.amount
    return InstallmentPosition(
        due.no, due.due_on, *stated, paid - let_go, overdue, days, left, taken_in, let_go, of_pause, is_paused
    )
