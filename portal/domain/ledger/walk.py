"""The facts of one loan in order of their days, whatever the order of telling: each fen is allocated once."""

from datetime import date
from itertools import groupby, pairwise

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.closing import LenderCredit, LoanClosing
from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger.book import Book, Entry
from portal.domain.ledger.closed import PaidUp
from portal.domain.ledger.dated import DatedFact, GrantedPause, back_on_their_day, facts_until, told_before
from portal.domain.ledger.pausing import begin_pause
from portal.domain.ledger.plan_account import ONE_DAY, PlanStatus
from portal.domain.ledger.prepayment import earn_anew
from portal.domain.ledger.receiving import let_go, receive
from portal.domain.ledger.restructure import begin_plan_account, end_plan_account, next_end, void


class Walk:
    """Walks a book once from the first fact to the end of its `as_of`; `noted` is what was overdue when it passed."""

    def __init__(self, loan: Loan, as_of: date, passing: date | None = None) -> None:
        self.book = Book(loan, as_of)
        self.passing = passing
        self.noted: Amounts | None = None
        until = min(as_of, loan.closing.on) if loan.closing else as_of
        self.charges = sorted((c for c in loan.charges if c.on <= until), key=lambda charge: (charge.on, charge.id))
        self.today = loan.disbursed_on
        self.closings: list[PaidUp] = []
        self.closed_on: date | None = None
        self.ended_on: date | None = None
        self.never = back_on_their_day(loan)
        self.corrected = self._corrected()

    def run(self) -> Book:
        facts = sorted(facts_until(self.book.loan, self.book.as_of), key=lambda each: each[:3])
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

    def _corrected(self) -> dict[str, date]:
        """Where a plan lived when the last correction of a payment was told: what was whole by what was known before.

        By key of the due, the day on which that was told.
        """
        loan = self.book.loan
        days = [each.told_on for each in loan.corrections if isinstance(each.before, Payment)]
        if not (days and loan.agreements):
            return {}
        told_on = max(days)
        before = Walk(told_before(loan, told_on), told_on)
        plan = before.run().live_plan
        rows = [*plan.rows, *before.book.contract.values()] if plan else []
        whole = {row.key: told_on for row in rows if row.whole_on and row.whole_by < told_on}
        for due in self.book.contract.values():
            due.corrected_on = whole.get(due.key)
        return {**before.corrected, **whole}

    def _live(self, day: date, facts: list[DatedFact]) -> None:
        money = [fact for *_, fact in facts if isinstance(fact, Payment | LenderCredit)]
        reversals = [each for each in money if isinstance(each, Payment) and each.reverses]
        for each in money:
            if each not in reversals:
                self._live_money(each)
        if reversals:
            self._take_back(day, reversals)
        for *_, fact in facts:
            self._live_act(day, fact)
        self._close(day)
        if self.ended_on is not None:
            self._ask_nothing(day)

    def _live_act(self, day: date, fact: object) -> None:
        if isinstance(fact, LoanClosing):
            self._end(day)
        elif isinstance(fact, Agreement):
            self._close(day)
            begin_plan_account(self.book, fact)
            for row in self.book.plans[-1].rows if self.corrected else ():
                row.corrected_on = self.corrected.get(row.key)
            if self.closed_on is not None:
                void(self.book.plans[-1].rows, day)
        elif isinstance(fact, GrantedPause) and self._lives_under(fact.agreement):
            begin_pause(self.book, fact.pause)

    def _lives_under(self, ref: str) -> bool:
        plan = self.book.live_plan
        return plan is not None and plan.agreement.ref == ref

    def _live_money(self, fact: Payment | LenderCredit) -> None:
        if isinstance(fact, LenderCredit):
            let_go(self.book, fact)
        elif fact.is_refund:
            self._refund(fact)
        elif fact.id in self.never:
            self.book.entries.append(Entry(fact, reversed_on=fact.received_on))
        else:
            receive(self.book, fact, closed=self.closed_on is not None)

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
                self._pass_by(mark - ONE_DAY)
                self.book.disputes.stand(self.book.plans, mark)
            self._end_plans(mark, mark)
            self._pass_by(mark)
            while self.charges and self.charges[0].on <= mark:
                self.book.attach(self.charges.pop(0))
            self.book.spend_credit_until(mark, max(mark, self.today))
            self.today = max(mark, self.today)

    def _pass_by(self, on: date) -> None:
        """What is overlooked is looked at before what is overdue changes."""
        if self.book.overlooked.is_used:
            self.book.accrue(on)

    def _end_plans(self, until: date, mark: date) -> None:
        """Those that end by a day; credit pays what falls due after that up to the day before `mark`."""
        while (end := next_end(self.book, until)) is not None:
            account, on, how = end
            end_plan_account(self.book, account, on, how)
            if on < mark:
                self.book.spend_credit_until(on, on)
                self._close(on)
            self.book.spend_credit_until(mark - ONE_DAY, on)

    def _take_back(self, on: date, reversals: list[Payment]) -> None:
        """Undoes what these payments did, from this day on, and nothing else: all of it before credit pays."""
        since = on
        for reversal in reversals:
            entry = next((each for each in self.book.entries if each.payment.id == reversal.reverses), None)
            if entry is None:
                self.never.add(reversal.reverses or "")
            elif entry.reversed_on is None:
                amount = min(reversal.amount or entry.payment.amount, entry.payment.amount - entry.taken_back)
                since = min(since, self._undo(entry, amount, on))
                entry.taken_back += amount
                if entry.taken_back == entry.payment.amount:
                    entry.unmatched, entry.reversed_on = NOTHING, on
        self._without_what_was_undone(on, since)

    def _without_what_was_undone(self, on: date, since: date) -> None:
        """`since` is the day from which credit that was used for a closing is there again."""
        book = self.book
        self._end_what_was_followed(on)
        if self.ended_on is not None:
            return
        if since < on:
            book.count_anew(since)
        book.spend_credit_until(on, since)
        if since < on:
            self._whole_anew()
        book.accrue(on)
        book.spend_credit(on)

    def _whole_anew(self) -> None:
        """A due that was paid as of days gone by, after others had paid some of it, is whole since the last of them."""
        for line in [line for entry in self.book.entries for line in entry.lines]:
            if line.due.whole_on and line.item is line.due.scheduled.get(line.item.component):
                line.due.whole_on = max(line.due.whole_on, line.on)

    def _undo(self, entry: Entry, amount: int, on: date) -> date:
        """What is left of it as credit, and then the last that it paid; answers as `_reopen` does."""
        since, ended, prepaid = on, self.ended_on is not None, False
        if entry.lines and amount > entry.credit and not ended:
            since = self._reopen(on, entry.payment.id)
            self.closed_on = None
        part = min(amount, entry.credit)
        entry.credit -= part
        for line in reversed(entry.lines):
            amount -= part
            part = min(amount, line.amount)
            prepaid = prepaid or (line.prepaid and part > 0)
            self.book.unpay(line, on, part)
        entry.lines[:] = [line for line in entry.lines if line.amount]
        if prepaid and not ended:
            earn_anew(self.book, on)
        return since

    def _end_what_was_followed(self, on: date) -> None:
        """A plan that had been paid when another began, and now is not, ended on that day: it gives back."""
        for account, after in pairwise(self.book.plans):
            if account.lives and not account.is_paid_off:
                end_plan_account(self.book, account, on, PlanStatus.SUPERSEDED)
                account.ended_on = after.agreement.plan.as_of
                account.tell_rows()

    def _refund(self, refund: Payment) -> None:
        """Pays credit back, the oldest payment's first; what late facts used of it is taken back of the latest.

        What one of them had paid by a closing is credit of it again, and taken back before what an earlier one paid.
        """
        left = refund.amount
        for entry in self.book.entries:
            part = min(left, entry.credit)
            entry.credit -= part
            entry.refunded += part
            left -= part
        self.book.above_credit += left
        on = since = refund.received_on
        for entry in reversed(self.book.entries if left else ()):
            paid = entry.credit + sum(line.amount for line in entry.lines)
            part = min(left, paid) if entry.lender_credit is None else 0
            if part:
                since = min(since, self._undo(entry, part, on))
                entry.refunded += part
                left -= part
        if left < refund.amount:
            self._without_what_was_undone(on, since)

    def _end(self, on: date) -> None:
        """The lender asks for nothing more: money that pays everything that day does so first."""
        self.ended_on = on
        self._close(on)
        self._ask_nothing(on)

    def _ask_nothing(self, on: date) -> None:
        """A plan that lives ends; what is open is void, and so is what opens again."""
        self.book.accrue(on)
        self.closed_on = self.closed_on or self.ended_on
        plan = self.book.live_plan
        if plan is not None and not plan.is_paid_off:
            plan.end(PlanStatus.ENDED, on)
            plan.tell_rows()
        void(self.book.dues, on)

    def _close(self, on: date) -> None:
        """Money that could pay everything does: what is to come after that is void, the rest stays credit.

        It pays in the contract's order, and last what is disputed.
        """
        book = self.book
        if self.closed_on or not (self._is_enough(on) or self._would_be_closed(on)):
            return
        self.closed_on = on
        ahead = {e.payment.id for e in book.entries if e.credit or any(line.due.due_on > on for line in e.lines)}
        closing = PaidUp(on, ahead)
        self.closings.append(closing)
        turns = {id(item): turn for turn, (_, item) in enumerate(book.in_turn(on))}
        for due, item, amount in sorted(book.payable(on), key=lambda each: turns.get(id(each[1]), len(turns))):
            for entry in book.entries:
                part = min(amount, entry.credit)
                if part:
                    amount -= part
                    entry.credit -= part
                    book.pay(entry, part, [(due, item)], on)
                    closing.paid.append((entry, entry.lines[-1]))
        closing.void += void(book.dues, on)

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
                    entry.credit += line.amount
                    self.book.unpay(line, on)
        return closings[0].on
