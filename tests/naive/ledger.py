"""What is owed on a day: the calendar is lived through day by day, pile by pile, agreements and all.

Within a day: answers to disputes; breaks; charges; credit; payments by id; what the lender lets go; refunds;
reversals; closing; agreements, and closing once more; the end that the lender makes.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from tests.naive import lateness
from tests.naive.agreed import Deal, Plan
from tests.naive.book import Book, was_refused
from tests.naive.days import ONE
from tests.naive.dues import COMPONENTS, MONEY, Due, Entry, Pile, plan_dues
from tests.naive.pauses import Pause, granted, own
from tests.naive.told_otherwise import told_short


@dataclass
class Owed:
    """What came out, in fen."""

    overdue: Counter[str] = field(default_factory=Counter)
    overdue_in_plan: Counter[str] = field(default_factory=Counter)
    above_contract: Counter[str] = field(default_factory=Counter)
    overlooked: int = 0
    credit: int = 0
    payoff: int = 0
    principal_left: int = 0
    interest_in_all: int = 0
    days_late: int = 0
    closed_on: date | None = None
    lines: list[lateness.Line] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    paid_in_grace: set[int] = field(default_factory=set)


class Life:
    """One loan from its first day on; `alone` is the same loan without plans, once one was broken."""

    def __init__(self, loan: Any, as_of: date) -> None:
        self.loan, self.as_of, self.book = loan, as_of, Book(loan, loan.agreements)
        self.deals = self.book.deals
        firsts = (*(payment.received_on for payment in loan.payments), *(charge.on for charge in loan.charges))
        self.day = min(loan.disbursed_on, *firsts, as_of) if firsts else min(loan.disbursed_on, as_of)
        self.alone: Life | None = None
        self.short = told_short(loan, whole_rows)
        self.charged: set[str] = set()
        # What is taken back whole on the day it came never counts: a correction stands instead.
        late = {p.reverses: p.received_on for p in loan.payments if p.reverses and not p.amount}
        money = [p for p in loan.payments if not p.reverses and not p.is_refund]
        self.payments = [p for p in money if late.get(p.id, date.max) > p.received_on]

    def live(self, until: date) -> None:
        while self.day <= until:
            self.step(self.day)
            self.day += ONE

    def step(self, day: date) -> None:
        self.book.wake(day)
        for deal in self.deals:
            deal.morning(day)
        self.pauses_over(day)
        changed = self.breaks(day) or self.charges(day)
        if changed:
            self.book.grow(day)
        self.book.credit_pays(day)
        changed = self.money(day) or changed
        self.closing(day, changed)
        self.signings(day)
        if self.loan.closing is not None and self.loan.closing.on <= day:
            self.end_all(day)
        for due in self.book.dues:
            due.evening(day)
        for deal in self.deals:
            deal.evening(day)

    def signings(self, day: date) -> None:
        for agreement in self.loan.agreements:
            if agreement.plan.as_of == day and not was_refused(agreement):
                if agreement.kind == "pause":
                    self.begin_pause(agreement, day)
                else:
                    self.sign(agreement, day)
                self.closing(day, True)
        for deal in [deal for deal in self.deals if not deal.ended]:
            for pause in granted(deal.agreement):
                if pause.start == day:
                    self.pause(pause)

    def begin_pause(self, agreement: Any, day: date) -> None:
        """It takes nothing in; what it holds is only not asked for."""
        self.book.grow(day)
        self.end_of_others(day)
        self.book.end_pauses(day)
        self.deals.append(Deal(agreement, [], [], self.book.pauses))
        self.pause(own(agreement))

    def pause(self, pause: Pause) -> None:
        before = {due.key: due.due_on for due in self.book.dues}
        self.book.pause(pause)
        for row in [row for deal in self.deals for row in (*deal.rows, *deal.beside)]:
            if row.due.due_on != before.get(row.due.key, row.due.due_on):
                row.by, row.missed = row.due.due_on, False

    def pauses_over(self, day: date) -> None:
        """From the day after its last one what was overdue is asked for again."""
        for deal in [deal for deal in self.deals if deal.is_pause and not deal.ended]:
            last = deal.agreement.plan.last_due_on
            if last < day:
                deal.end("completed", last)
                assert deal.told is not None
                deal.told.ended_on = last

    def breaks(self, day: date) -> bool:
        broken = [deal for deal in self.deals if deal.is_broken(day) and not deal.is_pause]
        for deal in broken:
            deal.end("broken", day)
            self.book.end_pauses(day)
            if deal.agreement.stays:
                self.claw_back(deal, day)
            else:
                self.give_back(deal, day)
        if broken and self.alone is None:
            pauses = tuple(each for each in self.loan.agreements if each.kind == "pause")
            alone = replace(self.loan, agreements=pauses, suspensions=self.book.held, closing=None)
            self.alone = Life(alone, self.as_of)
            self.alone.live(day - ONE)
        if self.alone is not None:
            self.alone.live(day)
        return bool(broken)

    def charges(self, day: date) -> bool:
        """None that comes after the lender's end."""
        until = self.loan.closing.on if self.is_ended(day) else day
        new = [charge for charge in self.loan.charges if charge.on <= until and charge.id not in self.charged]
        for charge in new:
            self.book.charge(charge)
            self.charged.add(charge.id)
        return bool(new)

    def money(self, day: date) -> bool:
        received = sorted((p for p in self.payments if p.received_on == day), key=lambda p: p.id)
        credits_ = [credit for credit in self.loan.lender_credits if credit.on == day]
        backs = [p for p in self.loan.payments if p.received_on == day and (p.reverses or p.is_refund)]
        if received or backs or credits_:
            self.book.grow(day)
        for payment in received:
            self.book.receive(payment, day)
        for credit in sorted(credits_, key=lambda each: each.id):
            self.book.let_go(credit, day)
        if backs:
            self.money_back(sorted(backs, key=lambda p: p.id), day)
        return bool(received or backs or credits_)

    def money_back(self, backs: list[Any], day: date) -> None:
        """Refunds, and then all reversals of the day together."""
        for back in [back for back in backs if not back.reverses]:
            self.refund(back.amount, day)
        reversals = [(back.reverses, back.amount) for back in backs if back.reverses]
        if reversals:
            self.take_back(reversals, day)
        for deal in self.deals:
            deal.evening(day)
        self.book.grow(day)
        if not self.is_ended(day):
            self.book.credit_pays(day)

    def refund(self, fen: int, day: date) -> None:
        """Out of credit; what is missing is taken back of the payments, the latest first, all in one."""
        left, undone = self.book.take_credit(None, fen), []
        self.book.noted.add("refund above the credit" if left else "refund")
        for payment in sorted(self.payments, key=lambda p: (p.received_on, p.id), reverse=True):
            if left and payment.received_on <= day:
                left, since = self.book.undo(payment.id, left, day, self.is_ended(day))
                undone.append(since)
        if undone:
            self.without_what_was_undone(undone, day)

    def take_back(self, undoing: list[tuple[str, int]], day: date) -> None:
        undone = [self.book.undo(who, fen, day, self.is_ended(day))[1] for who, fen in undoing]
        self.without_what_was_undone(undone, day)

    def without_what_was_undone(self, undone: list[date | None], day: date) -> None:
        """Each since when there is a closing no more, where there was one."""
        self.reopened(day)
        if since := min((each for each in undone if each), default=None):
            self.book.credit_paid(since, day)
            for deal in self.deals:
                deal.paid_anew(day)

    def is_ended(self, day: date) -> bool:
        return self.loan.closing is not None and self.loan.closing.on < day

    def end_all(self, day: date) -> None:
        """The lender asks for nothing more here: plans end, what is left or opens again is void."""
        self.book.grow(day)
        for deal in self.deals:
            deal.evening(day)
            if deal.lives:
                deal.end("ended", day)
                self.book.noted.add("plan ended")
        for pile in [pile for due in self.book.dues for pile in due.piles]:
            self.book.noted |= {"ended with something open"} if pile.left else set()
            pile.put(day, pile.left, "end", "void")
        self.book.closed_on = self.book.closed_on or self.loan.closing.on

    def reopened(self, day: date) -> None:
        """A plan that had been paid off and was followed by another does not live again: it gives back."""
        for place, deal in enumerate(self.deals):
            if deal.ended == "completed" and not deal.whole and deal.in_force:
                deal.evening(day)
                deal.told, deal.ended = None, ""
                deal.end("superseded", self.deals[place + 1].agreement.plan.as_of)
                if not deal.agreement.stays:
                    self.give_back(deal, day)

    def closing(self, day: date, changed: bool) -> None:
        """Money that could pay everything does; nobody pays more than without plans once one was broken."""
        if self.book.closed_on is not None:
            return
        if changed or self.book.credit:
            self.book.grow(day)
            if self.book.net(day) <= 0:
                return self.book.close(day)
        if self.alone is not None and self.alone.book.closed_on is not None:
            self.book.close(day)

    def end_of_others(self, day: date) -> None:
        """One agreement at a time: what lives is superseded, and what was paid off is over."""
        for deal in self.deals:
            deal.evening(day)
            if deal.ended == "broken" and deal.in_force:
                deal.told, deal.ended = deal.as_told(day), "broken before"
            if not deal.ended and not deal.lives:
                deal.end("completed", day)
            elif not deal.ended:
                deal.end("superseded", day)
                if not deal.agreement.stays:
                    self.give_back(deal, day)

    def sign(self, agreement: Any, day: date) -> None:
        """At the end of the day its figures are of; what was not owed by then counts as paid on its first rows."""
        book = self.book
        book.grow(day)
        self.end_of_others(day)
        book.end_pauses(day)
        beside = [due for due in book.in_order() if due.key.startswith("contract:") and due.due_on > day]
        not_owed = take_in(book, agreement, day)
        if agreement.covers != "overdue":
            self.leave_out(agreement.ref, day)
        disputes = [each for each in self.loan.suspensions if each.reason == "dispute"]
        counted = date.max if self.loan.terms.prepayment == "as-scheduled" else date.min
        dues = plan_dues(agreement, disputes, counted)
        book.dues += dues
        self.deals.append(Deal(agreement, dues, beside, book.pauses))
        for row in [*self.deals[-1].rows, *self.deals[-1].beside]:
            row.told = self.short.get(row.due.key)
        rows = [pile for due in dues for pile in book.whole_due(due, day)]
        frozen = [pile for due in dues for pile in due.rows if pile.frozen(day)]
        for pile in [*rows, *frozen]:
            part = min(not_owed, pile.left)
            pile.put(day, part, agreement.ref, "less")
            not_owed -= part
        for pile in [pile for due in dues for pile in due.piles if book.closed_on is not None]:
            pile.put(day, pile.left, agreement.ref, "void")
        book.credit_pays(day)

    def leave_out(self, ref: str, day: date) -> None:
        """The plan's own rate replaces the contract's: what only time would have earned later is not asked for."""
        for due in self.book.dues:
            for pile in due.rows:
                part = min(pile.own, pile.left)
                if part and pile.due_on >= day:
                    pile.put(day, part, ref, "void")

    def claw_back(self, deal: Deal, day: date) -> None:
        """The schedule stays; what is not final of the waiver is a due of that day."""
        assert deal.told is not None
        key, piles = f"plan:{deal.ref}:waiver", []
        for component in COMPONENTS:
            back = getattr(deal.agreement.plan.waived, component) - deal.told.vested[component]
            piles.append(Pile(key, component, day, back, "row"))
        self.book.dues.append(Due(key, 0, day, piles, deal.ref, grows=False))

    def out_of(self, deal: Deal, day: date) -> list[tuple[Pile, int]]:
        """What it had taken in or made void is a due again; answers how much of each it had taken in."""
        back: list[tuple[Pile, int]] = []
        for pile in [pile for due in self.book.in_order() for pile in due.piles]:
            taken, void = pile.went("taken", "back", who=deal.ref), max(pile.went("void", who=deal.ref), 0)
            if taken or void:
                pile.put(day, -taken - void, deal.ref, "back")
                back.append((pile, taken))
        return back

    def give_back(self, deal: Deal, day: date) -> None:
        """What it took in is owed again, less what is final of its waiver and what its rows were paid, by component."""
        assert deal.told is not None
        book = self.book
        rows = [row.due for row in deal.rows]
        found = [each for due in rows for pile in due.piles for each in paid(pile)]
        money = sorted(found, key=lambda each: (each[1].day, each[1].turn))
        book.dues = [due for due in book.dues if due not in rows]
        deal.in_force = False
        back = self.out_of(deal, day)
        for component in COMPONENTS:
            own = [each for each in back if each[0].component == component]
            room = spend(own, deal.told.vested[component], day, deal.ref, "waived")
            for entry in [entry for name, entry in money if name == component]:
                before = sum(fen for _, fen in room)
                room = spend(room, entry.fen, day, entry.who, "let go" if entry.why == "let go" else "paid")
                if entry.why in MONEY:
                    book.put_by(entry.who, entry.fen - before + sum(fen for _, fen in room))


def whole_rows(loan: Any, on: date) -> set[str]:
    """Rows due before a day, of a plan that had not ended and of the contract beside it, that were whole on it."""
    life = Life(loan, on)
    life.live(on)
    found = [row for deal in life.deals if not deal.ended for row in (*deal.rows, *deal.beside)]
    return {row.due.key for row in found if row.by < on and not row.due.open_on(on)}


def paid(pile: Pile) -> list[tuple[str, Entry]]:
    """By money, or by what the lender let go."""
    return [(pile.component, entry) for entry in pile.entries if entry.why in (*MONEY, "let go") and entry.fen]


def spend(room: list[tuple[Pile, int]], fen: int, day: date, who: str, why: str) -> list[tuple[Pile, int]]:
    """Pays what came back, oldest first, and answers what can still be paid."""
    found = []
    for pile, left in room:
        part = min(fen, left, pile.left)
        pile.put(day, part, who, why)
        fen -= part
        found.append((pile, left - part))
    return found


def take_in(book: Book, agreement: Any, day: date) -> int:
    """Takes what it states off each due, as far as it is owed, and answers what was not."""
    not_owed = 0
    for key, component, fen in stated(agreement):
        for due in book.in_order():
            for pile in due.piles:
                if pile.component == component and fits(agreement, key, pile, day):
                    part = min(fen, book.still_asked(pile, day))
                    pile.put(day, part, agreement.ref, "taken")
                    fen -= part
        not_owed += fen
    return not_owed


def stated(agreement: Any) -> list[tuple[str, str, int]]:
    if agreement.taken_in is None:
        return [("", component, fen) for component, fen in agreement.plan.taken_in.items()]
    return [(each.due, component, fen) for each in agreement.taken_in for component, fen in each.amounts.items()]


def fits(agreement: Any, key: str, pile: Pile, day: date) -> bool:
    """A charge that is not overdue yet stays beside it."""
    if key:
        return pile.key == key
    if pile.due_on < day:
        return agreement.covers != "to-come"
    return agreement.covers != "overdue" and pile.kind == "row"


def owed(loan: Any, as_of: date) -> Owed:
    """The position at the end of `as_of`."""
    life, found = Life(loan, as_of), Owed()
    life.live(as_of)
    book = life.book
    book.grow(as_of)
    found.payoff = max(book.net(as_of), 0)
    if life.alone is not None:
        not_above(life, life.alone, found)
    for due in book.in_order():
        found.lines += book.lines(due, as_of)
        for pile in due.piles:
            if pile.overdue(as_of) and book.asks_now(due, as_of):
                found.overdue[pile.component] += pile.left
                found.overdue_in_plan[pile.component] += pile.left if due.plan else 0
    paid_off = sum(p.went(*MONEY, "let go") for due in book.dues for p in due.piles if p.component == "principal")
    paid_off += sum(fen for (_, component), fen in book.unmatched.items() if component == "principal")
    found.principal_left = max(loan.principal - paid_off, 0) if book.closed_on is None else 0
    contract = [pile for due in book.dues for pile in due.rows if due.key.startswith("contract:")]
    found.interest_in_all = sum(pile.amount for pile in contract if pile.component == "interest")
    found.overdue -= found.above_contract
    found.overdue_in_plan = +found.overdue_in_plan - found.above_contract
    if found.overdue.total() <= book.most(as_of):
        found.overlooked, found.overdue, found.overdue_in_plan = found.overdue.total(), Counter(), Counter()
    found.credit = book.credit_left
    found.days_late = book.days_late(as_of, asked=True) if found.overdue else 0
    found.closed_on = book.closed_on
    found.paid_in_grace = {due.no for due in book.dues if lateness.paid_in_grace(loan.terms.penalty, due, as_of)}
    found.plans = [told(life, agreement) for agreement in loan.agreements if agreement.plan.as_of <= as_of]
    return found


def not_above(life: Life, alone: Life, found: Owed) -> None:
    """What is above the same facts without plans is not charged: penalty first, then interest, then what is left."""
    alone.book.grow(life.as_of)
    above = max(found.payoff - max(alone.book.net(life.as_of), 0), 0)
    for component in ("penalty", "interest", "fees", "costs", "principal"):
        piles = [pile for due in life.book.dues for pile in due.piles if pile.component == component]
        asked = sum(life.book.still_asked(pile, life.as_of) for pile in piles)
        found.above_contract[component] = min(above, asked)
        above -= found.above_contract[component]
    found.payoff -= sum(found.above_contract.values())
    found.above_contract = +found.above_contract


def told(life: Life, agreement: Any) -> Plan:
    for deal in life.deals:
        if deal.ref == agreement.ref:
            return deal.as_told(life.as_of)
    return Plan(agreement.ref, "refused")
