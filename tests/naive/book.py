"""The dues of one loan, what was paid of them, and where the next fen goes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from tests.naive import lateness
from tests.naive.agreed import Deal
from tests.naive.days import ONE, each_day
from tests.naive.dues import MONEY, Due, Pile, contract_dues
from tests.naive.pauses import Pause, Schedule, add_interest, alone, move


@dataclass
class Slot:
    """Credit left of one payment."""

    received_on: date
    who: str
    fen: int


class Book:
    """The dues in force with what was paid of them, and the credit."""

    def __init__(self, loan: Any, agreements: Any) -> None:
        self.loan = loan
        self.pauses: list[Pause] = []
        self.dues = contract_dues(loan)
        self.deals: list[Deal] = []
        self.credit: list[Slot] = []
        self.noted: set[str] = set()
        self.unmatched: Counter[tuple[str, str]] = Counter()
        self.closed_on: date | None = None
        self.closed_first: date | None = None
        self.closers: set[str] = set()
        self.received = {payment.id: payment.received_on for payment in loan.payments}
        self.amounts = {payment.id: payment.amount for payment in loan.payments}
        self.stated = {payment.id for payment in loan.payments if payment.allocated is not None}
        self.held = [*loan.suspensions, *unanswered(agreements), *written_off(loan)]
        self.mornings: dict[date, int] = {}
        self.undone: list[tuple[str, int, date, date]] = []

    def in_order(self) -> list[Due]:
        return sorted(self.dues, key=lambda due: due.order)

    def charge(self, charge: Any) -> None:
        """To the installment it names, or to the next that falls due; after the last it stands by itself."""
        pile = Pile(f"charge:{charge.id}", charge.kind, charge.due_on, charge.amount, "charge")
        rows = [due for due in self.in_order() if due.key.startswith("contract:")]
        if charge.installment:
            place = next((due for due in rows if due.no == charge.installment), None)
        else:
            place = next((due for due in rows if due.due_on >= charge.due_on), None)
        if place is None:
            place = Due(pile.key, -1, charge.due_on, [], grows=False)
            self.dues.append(place)
        place.piles.append(pile)

    def lines(self, due: Due, day: date) -> list[lateness.Line]:
        if due.due_on >= day:
            return []
        apart = sum(pile.amount for pile in due.piles if pile.kind == "charge" and pile.component != "costs")
        held = [*self.held, *self.quiet(), *(pause.held for pause in self.pauses if pause.is_of(due))]
        return lateness.lines(self.loan.terms, due, day, held, apart, self.balance)

    def balance(self, day: date) -> int:
        """The principal not paid back that evening, whoever paid it and however."""
        paid = sum(
            entry.fen
            for due in self.dues
            for pile in due.piles
            for entry in pile.entries
            if pile.component == "principal" and entry.day <= day and entry.why in (*MONEY, "let go")
        )
        paid += sum(fen for what, fen, since, until in self.undone if what == "principal" and since <= day < until)
        stated = sum(
            fen for (who, what), fen in self.unmatched.items() if what == "principal" and self.received[who] <= day
        )
        return int(self.loan.principal) - paid - stated

    def most(self, day: date) -> int:
        """What the policy in force that day does not ask for."""
        return max(
            [(each.since, each.amount) for each in self.loan.arrears_tolerance if each.since <= day], default=(0, 0)
        )[1]

    def wake(self, day: date) -> None:
        """What is overdue this morning; what has grown only matters where it may make the difference."""
        if self.loan.arrears_tolerance:
            late = [pile for due in self.dues for pile in due.piles if pile.overdue(day)]
            fen = sum(pile.left for pile in late if pile.kind != "growing")
            if fen <= self.most(day):
                self.grow(day - ONE)
                fen = sum(pile.left for due in self.dues for pile in due.piles if pile.overdue(day))
            self.mornings[day] = fen

    def was_owed(self, pile: Pile, fen: int, since: date) -> None:
        for day in self.mornings:
            if day > max(since, pile.due_on):
                self.mornings[day] += fen

    def quiet(self) -> list[Any]:
        """Days on which nothing grows, because too little is overdue to be asked for."""
        days = [day for day, fen in self.mornings.items() if 0 < fen <= self.most(day)]
        starts = [day for day in days if day - ONE not in days]
        ends = [day for day in days if day + ONE not in days]
        self.noted |= {"overlooked"} if days else set()
        return [
            SimpleNamespace(component="penalty", start=first - ONE, end=last, quiet=True)
            for first, last in zip(sorted(starts), sorted(ends), strict=True)
        ]

    def grow(self, day: date) -> None:
        """The penalty as it stands this evening, before the day's payments; none on what is to come then."""
        for due in self.dues:
            pile = due.growing()
            if pile is not None:
                pile.amount = sum(line.charged for line in self.lines(due, day))

    def fallen(self, day: date) -> list[Pile]:
        """All that has fallen due, in the contract's order: component by component in a due, or over all dues."""
        return self.piles_of(self.in_order(), day, fallen=True)

    def piles_of(self, dues: list[Due], day: date, fallen: bool, frozen: bool = False) -> list[Pile]:
        """Where money goes, and where it passes by: what is `frozen` is among what is to come for who asks for it."""
        order = self.order(day, fallen)
        if self.loan.terms.allocation.across == "component":
            turns = [(due, component) for component in order for due in dues]
        else:
            turns = [(due, component) for due in dues for component in order]
        found = [pile for due, component in turns for pile in due.piles if pile.component == component]
        return [pile for pile in found if pile.fallen_due(day) == fallen and (frozen or not pile.frozen(day))]

    def order(self, day: date, fallen: bool) -> Any:
        rule = self.loan.terms.allocation
        if not fallen:
            return rule.in_advance or rule.due
        late = rule.late and self.days_late(day) >= rule.late_from_day
        return rule.late if late else rule.due

    def pause(self, pause: Pause) -> None:
        """The contract and each plan move by their own step; the contract's interest may run on.

        A plan over the whole loan is the contract then, with its own rate.
        """
        self.pauses.append(pause)
        self.noted.add(f"paused: {pause.scope}")
        if pause.scope == "next":
            self.move_alone(pause)
        for schedule in self.schedules(pause):
            rows, day_count = schedule.rows, self.loan.terms.day_count
            days = [due.due_on for due in rows if due.due_on >= pause.start and due.is_open]
            coming = [due for due in rows if due.due_on >= pause.start]
            principal = sum(pile.left for due in coming for pile in due.rows if pile.component == "principal")
            by = move(schedule, pause, day_count)
            self.noted |= {"a plan moved" if rows[0].plan else "the contract moved"} if by else set()
            for pile in [pile for due in rows for pile in due.rows]:
                if pile.own and pile.start < pause.end and pause.start < pile.end:
                    pile.length = pile.period(day_count)
                pile.stops = [*pile.stops, (pause.start, pause.end)]
            if by and pause.runs and schedule.rate:
                end = schedule.later(min(days), by)
                add_interest(schedule, principal, min(days), end, self.loan.terms)
                self.noted.add("interest ran")
            if not rows[0].plan:
                self.charges_move(schedule, pause, max(by, 1))

    def move_alone(self, pause: Pause) -> None:
        """Where interest runs it does on the principal that moves, by the days it moves."""
        before = {id(due): due.due_on for due in self.dues}
        moved = alone(self.dues, pause)
        for schedule in self.schedules(replace(pause, scope="all")) if pause.runs else ():
            due = next((due for due in schedule.rows if any(due is each for each in moved)), None)
            if due is not None and schedule.rate:
                principal = sum(pile.left for pile in due.rows if pile.component == "principal")
                add_interest(schedule, principal, before[id(due)], pause.end, self.loan.terms)

    def asks_now(self, due: Due, day: date) -> bool:
        return not any(pause.asks_not(due, day) for pause in self.pauses)

    def schedules(self, pause: Pause) -> Iterator[Schedule]:
        terms = self.loan.terms
        if pause.scope != "all":
            return
        rows = [due for due in self.dues if due.key.startswith("contract:")]
        yield Schedule(rows, min(row.due_on for row in self.loan.schedule), str(terms.every), terms.annual_rate)
        for deal in self.deals:
            agreed, rows = deal.agreement, [row.due for row in deal.rows]
            if deal.in_force and rows:
                rate = agreed.interest_rate if agreed.stays else Fraction(0)
                yield Schedule(rows, agreed.plan.rows[0].due_on, str(agreed.every), rate)

    def charges_move(self, schedule: Schedule, pause: Pause, by: int) -> None:
        """What falls due in the pause and is still open, by the step of the contract."""
        for pile in [pile for due in self.dues for pile in due.piles if pile.kind == "charge"]:
            if pause.start <= pile.due_on <= pause.end and pile.left:
                pile.due_on = schedule.later(pile.due_on, by)
        for due in [due for due in self.dues if not due.rows]:
            due.due_on = min(pile.due_on for pile in due.piles)

    def end_pauses(self, day: date) -> None:
        """Another agreement takes the place of a pause; what has moved has moved."""
        for pause in self.pauses:
            if day < pause.end:
                pause.end = pause.asked_from = day
        for pile in [pile for due in self.dues for pile in due.piles]:
            pile.stops = [(start, min(end, day)) for start, end in pile.stops]

    def days_late(self, day: date, asked: bool = False) -> int:
        """Of all that is open, or of what is `asked` for now, the one from which on it is too much."""
        dues = [due for due in self.dues if not asked or self.asks_now(due, day)]
        late = sorted((pile.due_by(day), pile.left) for due in dues for pile in due.piles if pile.overdue(day))
        fen = 0
        for since, left in late:
            fen += left
            if fen > self.most(day):
                return (day - since).days
        return 0

    def hand_out(self, who: str, fen: int, piles: list[Pile], day: date, why: str = "paid") -> int:
        """Pays pile after pile, and says how much was left."""
        for pile in piles:
            part = min(fen, pile.left)
            pile.put(day, part, who, why)
            fen -= part
        return fen

    def put_by(self, who: str, fen: int) -> None:
        if fen:
            self.credit.append(Slot(self.received[who], who, fen))
            self.credit.sort(key=lambda slot: (slot.received_on, slot.who))

    def use_credit(self, piles: list[Pile], day: date, why: str = "paid") -> None:
        """What had been received by then."""
        for slot in self.credit:
            if slot.received_on <= day:
                slot.fen = self.hand_out(slot.who, slot.fen, piles, day, why)
        self.credit = [slot for slot in self.credit if slot.fen]

    def credit_pays(self, day: date, frozen_on: date | None = None) -> None:
        piles = self.fallen(day)
        if frozen_on:
            piles = [p for p in piles if not p.frozen(frozen_on) and p.due_by(frozen_on) <= day]
        if self.credit and any(pile.left for pile in piles):
            self.use_credit(piles, day)

    def receive(self, payment: Any, day: date) -> None:
        """Its order is by how late the loan is as it comes, whatever it pays first."""
        fallen = self.fallen(day)
        if payment.allocated is not None:
            left = self.as_stated(payment, day)
        else:
            first = [pile for due in self.named(payment, day) for pile in self.whole_due(due, day)]
            left = self.hand_out(payment.id, payment.amount, first, day)
        left = self.hand_out(payment.id, left, fallen, day)
        self.put_by(payment.id, self.put_ahead(payment, left, day))

    def put_ahead(self, payment: Any, fen: int, day: date) -> int:
        """What is prepaid or, by the contract's order, paid in advance: never what with the credit pays everything."""
        short = self.net(day) - fen
        if short <= 0:
            self.noted |= {"pays everything, and says so"} if payment.purpose == "payoff" and fen else set()
            return fen
        if fen and payment.purpose == "payoff":
            self.noted.add("payoff that is short")
        if fen and payment.purpose is None and short <= self.most(day):
            self.noted.add("short within tolerance")
        if payment.purpose == "prepay":
            fen = self.prepay(payment.id, fen, payment.then, self.to_come(day), day)
        elif payment.purpose or short <= self.most(day) or self.loan.terms.surplus == "prepay":
            fen = self.prepay(payment.id, fen, "fewer", self.to_come(day), day)
        if self.loan.terms.allocation.in_advance:
            fen = self.hand_out(payment.id, fen, self.piles_of(self.in_order(), day, fallen=False), day)
        return fen

    def to_come(self, day: date, frozen: bool = False) -> list[Pile]:
        """The principal not yet due: the contract's and that of a plan over the whole loan."""
        whole = {deal.ref for deal in self.deals if deal.agreement.stays}
        dues = [due for due in self.in_order() if not due.plan or due.plan in whole]
        piles = [pile for due in dues for pile in due.rows if pile.component == "principal" and pile.due_on > day]
        return [pile for pile in piles if frozen or not pile.frozen(day)]

    def prepay(self, who: str, fen: int, then: str, piles: list[Pile], day: date) -> int:
        """Answers what was left; what a row was paid above what it asks now is credit."""
        if then == "lower":
            total = sum(pile.left for pile in piles)
            fens = [min(fen, total) * pile.left // max(total, 1) for pile in piles]
            for pile, part in zip(piles, fens, strict=True):
                pile.put(day, part, who, "prepaid")
                fen -= part
        left = self.hand_out(who, fen, piles if then == "next" else piles[::-1], day, "prepaid")
        if any(pile.prepaid for pile in piles):
            self.noted |= {then, str(self.loan.terms.prepayment), *(pile.key[:4] for pile in piles if pile.prepaid)}
        self.ask_anew(day)
        return left

    def ask_anew(self, day: date) -> None:
        for pile in [pile for due in self.dues for pile in due.rows]:
            before = pile.amount
            found = pile.ask_anew(self.loan.terms.day_count)
            self.was_owed(pile, max(pile.amount - before, 0), pile.due_on)
            for entry in found:
                self.given_up(entry, pile)
                for row in [row.due for deal in self.deals if deal.ref == entry.who for row in deal.rows]:
                    entry.fen = self.hand_out(entry.who, entry.fen, self.whole_due(row, day), day, "less")

    def given_up(self, entry: Any, pile: Pile) -> None:
        """What a row was paid above what it now asks is credit; what a lender stated as interest stays as stated."""
        if entry.why not in MONEY:
            return
        self.noted.add("above what it asks")
        if entry.who in self.stated:
            self.unmatched[entry.who, pile.component] += entry.fen
        else:
            self.put_by(entry.who, entry.fen)

    def let_go(self, credit: Any, day: date) -> None:
        """The lender's own: of a component whatever is open of it, oldest due first."""
        for component, fen in credit.amounts.items():
            piles = [pile for due in self.in_order() for pile in due.piles if pile.component == component]
            left = self.hand_out(credit.id, fen, piles, day, "let go")
            self.noted |= {"let go"} if left < fen else set()
            self.noted |= {"nothing to let go"} if left else set()

    def whole_due(self, due: Due, day: date, frozen: bool = False) -> list[Pile]:
        return self.piles_of([due], day, fallen=True) + self.piles_of([due], day, fallen=False, frozen=frozen)

    def as_stated(self, payment: Any, day: date) -> int:
        """Component by component, the oldest due first; a plan row that it names or meets counts it by its amount.

        Only what is stated of a frozen component reaches it. Principal that is not due yet is prepaid, the next first.
        What finds nothing is kept as stated, but is credit where the loan is closed. Answers what the lender does not
        state.
        """
        named, left = self.named(payment, day), int(payment.amount - payment.allocated.total)
        for component, fen in payment.allocated.items():
            first, fits = fitting(named, component, day), fitting([*named, *self.in_order()], component, day)
            if component == "principal":
                now = [pile for pile in fits if pile in first or pile.due_on <= day]
                fen = self.hand_out(payment.id, fen, now, day)
                self.noted |= {"stated ahead"} if fen else set()
                fen = self.prepay(payment.id, fen, "next", self.to_come(day, frozen=True), day)
            else:
                fen = self.hand_out(payment.id, fen, fits, day)
            left += fen if self.closed_on else 0
            self.unmatched[payment.id, component] += 0 if self.closed_on else fen
        return left

    def named(self, payment: Any, day: date) -> list[Due]:
        """The due that the money is for; the plan's open rows where it names none and is what one of them asks."""
        if payment.installment is not None or payment.plan_installment is not None:
            key = f"contract:{payment.installment}"
            if payment.plan_installment is not None:
                deals = [deal for deal in self.deals if deal.in_force and (deal.lives or deal.ended == "broken")]
                key = f"plan:{deals[-1].ref if deals else ''}:{payment.plan_installment}"
            found = next((due for due in self.dues if due.key == key), None)
            if found is not None:
                return self.stands_for(found)
        for deal in self.deals if payment.purpose is None else ():
            rows = [row.due for row in deal.rows if row.due.open_on(day)]
            if deal.lives and any(payment.amount in asks(due, day) for due in rows):
                return rows
        return []

    def stands_for(self, due: Due) -> list[Due]:
        """What is left of it, then the first open rows of the plan that took it in."""
        found = [due]
        for deal in self.deals:
            taken = sum(pile.went("taken", "back", who=deal.ref) for pile in due.piles)
            if deal.in_force and taken > 0:
                for row in deal.rows:
                    found += [each for each in self.stands_for(row.due) if each not in found]
        return found

    def undo(self, who: str, fen: int | None, day: date, ended: bool) -> tuple[int, date | None]:
        """Takes back what a payment did, or so much of it: credit left of it, then the last that it paid.

        A closing that it had a part in too; what others paid stays. Answers what it could not take, and since when
        there is a closing no more, if there was one: what it had taken of others is credit again. After the lender's
        end nothing is asked for again, so no closing is undone.
        """
        left, since = self.take_credit(who, fen or self.amounts[who]), None
        self.noted |= {"part taken back"} if fen else set()
        found = [e for due in self.dues for pile in due.piles for e in pile.entries if e.who == who and e.why in MONEY]
        if left and found and who in self.closers and not ended:
            since = self.closed_first
            self.open_again(day)
            left = self.take_credit(who, left)
        lines = [(e, pile) for due in self.dues for pile in due.piles for e in pile.entries]
        lines = [(e, pile) for e, pile in lines if e.who == who and e.why in MONEY]
        for entry, pile in sorted(lines, key=lambda each: (each[0].day, each[0].turn), reverse=True):
            part = min(left, entry.fen)
            entry.fen, pile.out, left = entry.fen - part, pile.out - part, left - part
            self.was_owed(pile, part, entry.day)
            self.undone.append((pile.component, part, entry.day, day))
            pile.entries = [each for each in pile.entries if each.fen]
            self.noted |= {"prepaid taken back"} if part and entry.why == "prepaid" else set()
            if part and not ended:
                self.closed_on = None
        for what in [what for what in self.unmatched if what[0] == who and not fen]:
            del self.unmatched[what]
        if not ended:
            self.ask_anew(day)
        for due in self.dues:
            due.relive(day - ONE)
        return left, since

    def take_credit(self, who: str | None, fen: int) -> int:
        """Of one payment or, oldest first, of any."""
        for slot in self.credit:
            if who in (None, slot.who):
                part = min(slot.fen, fen)
                slot.fen, fen = slot.fen - part, fen - part
        self.credit = [slot for slot in self.credit if slot.fen]
        return fen

    def credit_paid(self, since: date, day: date) -> None:
        """What is credit again pays as of the days on which it was there, but not what is frozen now.

        What was frozen was due on the day of the answer.
        """
        for past in each_day(since - ONE, day - ONE):
            if past > since:
                self.wake(past)
            self.grow(past)
            self.credit_pays(past, frozen_on=day)
            for due in self.dues:
                due.relive(day - ONE)
        self.wake(day)

    def open_again(self, day: date) -> None:
        """Without the closing: what it took of each payment is credit again, what it made void is a due again."""
        self.closed_on, self.closed_first, self.closers = None, None, set()
        for due in self.dues:
            for pile in due.piles:
                for entry in pile.entries:
                    if entry.why == "closing" or entry.who == "closing":
                        self.was_owed(pile, entry.fen, entry.day)
                    if entry.why == "closing":
                        self.put_by(entry.who, entry.fen)
                        self.undone.append((pile.component, entry.fen, entry.day, day))
                pile.keep([e for e in pile.entries if e.why != "closing" and e.who != "closing"])

    def net(self, day: date) -> int:
        """The payoff before it is held to the contract's; a row that was named early saves no interest."""
        return sum(self.still_asked(pile, day) for due in self.dues for pile in due.piles) - self.credit_left

    @property
    def credit_left(self) -> int:
        return sum(slot.fen for slot in self.credit)

    def still_asked(self, pile: Pile, day: date) -> int:
        if pile.due_on <= day:
            return pile.left
        return max(min(pile.left, pile.asked(day, self.loan.terms.day_count) - pile.paid - pile.went("let go")), 0)

    def close(self, day: date) -> None:
        """Credit pays what is asked of who pays everything that day; what is left falls due no more.

        In the contract's order: what has fallen due, what is to come, and last what is disputed.
        """
        dues = self.in_order()
        piles = self.fallen(day) + self.piles_of(dues, day, fallen=False)
        piles += [pile for due in dues for pile in due.piles if pile.frozen(day)]
        ahead = [e.who for pile in piles for e in pile.entries if pile.due_on > day and e.why in MONEY]
        self.closers |= {*ahead, *(slot.who for slot in self.credit)}
        for pile in piles:
            asked = self.still_asked(pile, day)
            for slot in self.credit:
                part = min(slot.fen, asked)
                pile.put(day, part, slot.who, "closing")
                slot.fen, asked = slot.fen - part, asked - part
            pile.put(day, pile.left, "closing", "void")
        self.credit = [slot for slot in self.credit if slot.fen]
        self.closed_on, self.closed_first = day, self.closed_first or day


def asks(due: Due, day: date) -> tuple[int, int]:
    """What a row asks, and what it still asks with what lateness has cost; nothing of what is frozen."""
    frozen = sum(pile.left for pile in due.rows if pile.frozen(day))
    return sum(pile.amount for pile in due.rows) - frozen, sum(pile.left for pile in due.piles) - frozen


def fitting(dues: list[Due], component: str, day: date) -> list[Pile]:
    """Of each due what is of that component; then, in a plan's row, all else that is not frozen."""
    found = []
    for due in dues:
        found += [pile for pile in due.piles if pile.component == component]
        found += [pile for pile in due.piles if due.plan and pile.component != component and not pile.frozen(day)]
    return found


def unanswered(agreements: Any) -> list[Any]:
    """From a signing to the core's answer no penalty runs, whatever the answer is."""
    return [
        SimpleNamespace(component="penalty", start=each.signed_on, end=each.answered_on, reason="")
        for each in agreements
    ]


def written_off(loan: Any) -> list[Any]:
    """Nothing grows any more on what is written off."""
    on = loan.written_off_on
    return [SimpleNamespace(component="penalty", start=on, end=None, reason="")] if on else []


def was_refused(agreement: Any) -> bool:
    return bool(agreement.refused)
