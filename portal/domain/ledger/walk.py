"""The facts of one loan in order of their days, whatever the order of telling: each fen is allocated once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from itertools import groupby, pairwise

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger.allocation import Open, as_stated
from portal.domain.ledger.book import Book, Entry, PaidLine
from portal.domain.ledger.dues import Component, Due
from portal.domain.ledger.plan_account import ONE_DAY, PlanStatus
from portal.domain.ledger.restructure import begin_plan_account, end_plan_account, next_end
from portal.domain.money import COMPONENTS


class _Place(IntEnum):
    """Where a fact comes in its day."""

    PAYMENT = 0
    REVERSAL = 1
    AGREEMENT = 2


@dataclass(slots=True)
class _Closing:
    """The day on which everything was paid: what credit paid before its day, and what was void from then on.

    `by` are the payments that had a part in it: what was left of them as credit, or had paid ahead.
    """

    on: date
    by: set[str] = field(default_factory=set)
    paid: list[tuple[Entry, PaidLine]] = field(default_factory=list)
    void: list[tuple[Due, Component, int]] = field(default_factory=list)


class Walk:
    """Walks a book once from the first fact to the end of its `as_of`; `noted` is what was overdue when it passed."""

    def __init__(self, loan: Loan, as_of: date, passing: date | None = None) -> None:
        self.book = Book(loan, as_of)
        self.passing = passing
        self.noted: Amounts | None = None
        self.charges = sorted((c for c in loan.charges if c.on <= as_of), key=lambda charge: (charge.on, charge.id))
        self.today = loan.disbursed_on
        self.closings: list[_Closing] = []
        self.closed_on: date | None = None
        self.never = _back_on_their_day(loan)

    def run(self) -> Book:
        facts = sorted(_facts(self.book.loan, self.book.as_of), key=lambda each: each[:3])
        for day, group in groupby(facts, key=lambda each: each[0]):
            self._note(before=day)
            self._advance(day)
            self._live(day, list(group))
        self._note(before=date.max)
        self._stand(self.book.as_of)
        return self.book

    def _note(self, before: date) -> None:
        if self.passing is not None and self.noted is None and self.passing < before:
            self._stand(self.passing)
            self.noted = self.book.overdue(self.passing)

    def _live(self, day: date, facts: list["_Fact"]) -> None:
        payments = [fact for *_, fact in facts if isinstance(fact, Payment)]
        for payment in payments:
            if not payment.reverses:
                self._receive(payment)
        if names := [payment.reverses for payment in payments if payment.reverses]:
            self._take_back(day, names)
        for *_, fact in facts:
            if isinstance(fact, Agreement):
                self._close(day)
                begin_plan_account(self.book, fact)
                if not self.book.plans[-1].is_paid_off:
                    self.closed_on = None
        self._close(day)

    def _stand(self, day: date) -> None:
        self._advance(day)
        self.book.accrue(day)
        if any(account.ended_on == day for account in self.book.plans):
            self._close(day)

    def _advance(self, day: date) -> None:
        """Up to the receipts of a day: breaks, what falls due and the charges made by then, each paid by credit."""
        made = {charge.on for charge in self.charges if charge.on < day}
        turns = {turn for turn in self.book.disputes.turns if self.today < turn < day}
        for mark in sorted({*made, *turns, day}):
            self.book.spend_credit_until(mark - ONE_DAY, self.today)
            if mark in self.book.disputes.turns:
                self._end_plans(mark - ONE_DAY, mark)
                self.book.disputes.stand(self.book.plans, mark)
            self._end_plans(mark, mark)
            while self.charges and self.charges[0].on <= mark:
                self.book.attach(self.charges.pop(0))
            self.book.spend_credit_until(mark, max(mark, self.today))
            self.today = max(mark, self.today)

    def _end_plans(self, until: date, mark: date) -> None:
        """Those that end by a day; credit pays what falls due after that up to the day before `mark`."""
        while (end := next_end(self.book, until)) is not None:
            account, on, how = end
            end_plan_account(self.book, account, on, how)
            if on < mark:
                self.book.spend_credit_until(on, on)
                self._close(on)
            self.book.spend_credit_until(mark - ONE_DAY, on)

    def _receive(self, payment: Payment) -> None:
        book, on, entry = self.book, payment.received_on, Entry(payment)
        book.entries.append(entry)
        if payment.id in self.never:
            entry.reversed_on = on
            return
        book.accrue(on)
        then = book.fallen(on)
        if payment.allocated is None:
            rest = book.pay(entry, payment.amount, self._named(payment), on)
        else:
            self._pay_as_stated(entry)
            rest = payment.amount - payment.allocated.total
            if self.closed_on is not None:
                rest, entry.unmatched = rest + entry.unmatched.total, NOTHING
        rest = book.pay(entry, rest, then, on)
        entry.credit = book.pay(entry, rest, book.in_advance(on), on)

    def _named(self, payment: Payment) -> list[Open]:
        """What of the due that it names is open, also before its day, or of the plan's rows."""
        book, on = self.book, payment.received_on
        return book.whole(self._named_rows(payment), on)

    def _named_rows(self, payment: Payment) -> list[Due]:
        """The due that it names and what stands for it; or the plan's rows where the amount is what one asks for.

        Choice    a number that there is not names nothing
        """
        book = self.book
        account = book.plans[-1] if book.plans and book.plans[-1].in_force else None
        rows = {row.no: row for row in account.rows} if account else {}
        if payment.installment in book.contract:
            return self._stands_for(book.contract[payment.installment])
        if payment.plan_installment in rows:
            return [rows[payment.plan_installment]]
        still_open = [row for row in rows.values() if row.left_of_row]
        asked = any(payment.amount in (row.left, row.asked - row.left_frozen) for row in still_open)
        return still_open if asked and book.live_plan else []

    def _stands_for(self, due: Due) -> list[Due]:
        """The due itself, and the rows of the plan that took it in, or of the plan that took those in."""
        found = [due]
        for account in self.book.plans:
            if account.in_force and account.took(due):
                for row in account.rows:
                    found += [each for each in self._stands_for(row) if each not in found]
        return found

    def _pay_as_stated(self, entry: Entry) -> None:
        """As the lender stated it, component by component; what finds nothing to pay is kept as stated too.

        Once the loan is closed nothing is owed, whatever is stated: then it is credit.
        """
        payment, left = entry.payment, dict.fromkeys(COMPONENTS, 0)
        assert payment.allocated is not None
        named = [due for due, _ in self._named(payment)]
        for component, amount in payment.allocated.items():
            if amount:
                items = [*as_stated(named, component), *as_stated(self.book.dues, component)]
                left[component] = self.book.pay(entry, amount, items, payment.received_on)
        entry.unmatched = Amounts(**left)

    def _take_back(self, on: date, names: list[str]) -> None:
        """Undoes what these payments did, from this day on, and nothing else: all of it before credit pays."""
        book, since = self.book, on
        for name in names:
            entry = next((each for each in book.entries if each.payment.id == name), None)
            if entry is None:
                self.never.add(name)
            elif entry.reversed_on is None:
                since = min(since, self._undo(entry, on))
        self._end_what_was_followed(on)
        if since < on:
            book.count_anew(since)
        book.spend_credit_until(on, since)
        if since < on:
            book.whole_anew()
        book.accrue(on)
        book.spend_credit(on)

    def _undo(self, entry: Entry, on: date) -> date:
        """Answers since when there is a closing no more, if it had a part in one."""
        since = self._reopen(on, entry.payment.id)
        if entry.lines:
            self.closed_on = None
        entry.credit, entry.unmatched, entry.reversed_on = 0, NOTHING, on
        for line in reversed(entry.lines):
            self.book.unpay(line, on)
        entry.lines.clear()
        return since

    def _end_what_was_followed(self, on: date) -> None:
        """A plan that had been paid when another began, and now is not, ended on that day: it gives back."""
        for account, after in pairwise(self.book.plans):
            if account.lives and not account.is_paid_off:
                end_plan_account(self.book, account, on, PlanStatus.SUPERSEDED)
                account.ended_on = after.agreement.plan.as_of
                account.tell_rows()

    def _close(self, on: date) -> None:
        """Money that could pay everything does: what is to come after that is void, the rest stays credit."""
        book = self.book
        if self.closed_on or not (self._is_enough(on) or self._would_be_closed(on)):
            return
        self.closed_on = on
        ahead = {e.payment.id for e in book.entries if e.credit or any(line.due.due_on > on for line in e.lines)}
        closing = _Closing(on, ahead)
        self.closings.append(closing)
        for due, item, amount in book.payable(on):
            for entry in book.entries:
                part = min(amount, entry.credit)
                if part:
                    amount -= part
                    entry.credit -= part
                    book.pay(entry, part, [(due, item)], on)
                    closing.paid.append((entry, entry.lines[-1]))
        for due in book.dues:
            closing.void += [(due, item, item.left) for item in due.with_frozen if item.left > 0]
        for due, item, amount in closing.void:
            item.taken += amount
            due.changed(on)

    def _is_enough(self, on: date) -> bool:
        return bool(self.book.credit or not self.book.owes_principal) and self.book.payoff(on) <= 0

    def _would_be_closed(self, on: date) -> bool:
        """Once a plan was broken, what closes the contract alone closes the loan: nobody pays more."""
        book = self.book
        if not book.was_broken or sum([entry.payment.amount for entry in book.entries]) < book.loan.principal:
            return False
        alone = Walk(book.contract_alone, on)
        alone.run()
        return alone.closed_on is not None

    def _reopen(self, on: date, payment: str) -> date:
        """Without the closing that it had a part in: what credit paid ahead is credit again, what was void is to come.

        Answers since when.
        """
        undone = [closing for closing in self.closings if payment in closing.by]
        if not undone:
            return on
        closings, self.closings, self.closed_on = self.closings, [], None
        for closing in closings:
            for due, item, amount in closing.void:
                item.taken -= amount
                self.book.owed_since(due, item, amount, closing.on)
                due.changed(on)
            for entry, line in closing.paid:
                if line in entry.lines:
                    entry.lines.remove(line)
                    self.book.unpay(line, on)
                    entry.credit += line.amount
        return closings[0].on


def _back_on_their_day(loan: Loan) -> set[str]:
    """Payments taken back on the day they came pay nothing, not even until its end: a correction stands instead."""
    came = {payment.id: payment.received_on for payment in loan.payments}
    return {each.reverses for each in loan.payments if each.reverses and came.get(each.reverses) == each.received_on}


_Fact = tuple[date, int, str, Payment | Agreement]


def _facts(loan: Loan, as_of: date) -> Iterator[_Fact]:
    """Each with its place in its day."""
    for payment in loan.payments:
        if payment.received_on <= as_of:
            place = _Place.REVERSAL if payment.reverses else _Place.PAYMENT
            yield payment.received_on, place, payment.id, payment
    for index, agreement in enumerate(loan.agreements):
        if not agreement.refused and agreement.plan.as_of <= as_of:
            yield agreement.plan.as_of, _Place.AGREEMENT, f"{index:04}", agreement
