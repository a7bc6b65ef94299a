"""The dues in force and the money of one loan on a day: what a walk over its facts changes, and what is asked of it."""

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from operator import attrgetter

from portal.domain.contract.agreement import Covers, OfferKind
from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Charge, Loan, Payment, Suspension
from portal.domain.contract.plan import TakenIn
from portal.domain.ledger.allocation import Open, in_order
from portal.domain.ledger.dated import standing_still
from portal.domain.ledger.disputes import Disputes
from portal.domain.ledger.dues import PENALTY_BASES, Component, Due, by_due, charge_due, charge_key, contract_due
from portal.domain.ledger.late_charges import UndoneLine, late_lines, principal_left_on
from portal.domain.ledger.overlooked import Overlooked, late_since
from portal.domain.ledger.payoff import payable
from portal.domain.ledger.penalty import PenaltyLine
from portal.domain.ledger.plan_account import PlanAccount, PlanStatus
from portal.domain.money import COMPONENTS

_PLACE = attrgetter("place")


@dataclass(slots=True, eq=False)
class PaidLine:
    """What a payment paid of one component, minor units; `on` is the day from which that counts."""

    due: Due
    item: Component
    amount: int
    on: date
    prepaid: bool = False


@dataclass(slots=True, eq=False)
class Entry:
    """A payment: what it has paid so far, what is left of it as credit, what was paid back or taken back of it.

    What the lender itself let go is an entry too: what finds nothing to pay of that is no credit.
    """

    payment: Payment
    lines: list[PaidLine] = field(default_factory=list)
    credit: int = 0
    unmatched: Amounts = NOTHING
    reversed_on: date | None = None
    refunded: int = 0
    taken_back: int = 0
    lender_credit: LenderCredit | None = None

    def keep(self, amount: int) -> None:
        """It pays nothing yet."""
        if self.lender_credit is None:
            self.credit += amount


class Book:
    """`as_of` is the day up to which its facts will be walked; whatever falls due by then may bear penalty.

    `above_credit` is what refunds paid back beyond the credit of their days, minor units.
    """

    def __init__(self, loan: Loan, as_of: date) -> None:
        self.loan = loan
        self.as_of = as_of
        self.dues: list[Due] = []
        self.accruing: list[Due] = []
        self.charged: dict[str, tuple[Due, Component]] = {}
        self.entries: list[Entry] = []
        self.above_credit = 0
        self.plans: list[PlanAccount] = []
        self.suspensions = (*loan.suspensions, *standing_still(loan))
        self.disputes = Disputes(loan.suspensions)
        self.overlooked = Overlooked(loan)
        self.undone: list[UndoneLine] = []
        self.contract = {row.no: contract_due(row) for row in loan.schedule}
        self.add(self.contract.values())

    @property
    def credit(self) -> int:
        return sum([entry.credit for entry in self.entries])

    @property
    def live_plan(self) -> PlanAccount | None:
        return self.plans[-1] if self.plans and self.plans[-1].lives else None

    @property
    def was_broken(self) -> bool:
        return any(account.ended is PlanStatus.BROKEN for account in self.plans)

    @property
    def contract_alone(self) -> Loan:
        """The same facts without plans, a pause is none; days from signing to the answer cost no penalty there either.

        Nor does the lender's end close it: that is no money.
        """
        pauses = tuple(each for each in self.loan.agreements if each.kind is OfferKind.PAUSE)
        return replace(self.loan, agreements=pauses, suspensions=self.suspensions, closing=None)

    @property
    def owes_principal(self) -> bool:
        """What is due last is looked at first: it is paid last."""
        return any(due.scheduled["principal"].left for due in reversed(self.dues) if due.scheduled)

    def add(self, dues: Iterable[Due], *, bears_penalty: bool = True) -> None:
        """Dues that are in force from now on."""
        new = list(dues)
        self.dues = sorted([*self.dues, *new], key=_PLACE)
        if bears_penalty and self.loan.terms.penalties:
            late = [due for due in new if due.due_on < self.as_of]
            for due in late:
                due.bear_penalty()
            self.accruing = sorted([*self.accruing, *late], key=_PLACE)

    def remove(self, dues: Sequence[Due]) -> None:
        """Dues that are in force no more."""
        for due in dues:
            self.dues.remove(due)
            if due in self.accruing:
                self.accruing.remove(due)

    def place_anew(self) -> None:
        """Dues have moved."""
        self.dues.sort(key=_PLACE)
        self.accruing.sort(key=_PLACE)

    def attach(self, charge: Charge) -> None:
        """One that names no installment hangs on the period it falls due in, after the last on itself."""
        item = Component(charge.kind, charge.due_on, charge.amount, "charge", charge_key(charge))
        if charge.installment is not None:
            due = self.contract[charge.installment]
        else:
            periods = (each for each in self.contract.values() if each.due_on >= charge.due_on)
            due = min(periods, key=_PLACE, default=None) or self._beside(charge)
        due.attach(item)
        self.charged[charge.id] = due, item

    def _beside(self, charge: Charge) -> Due:
        due = charge_due(charge)
        self.add([due], bears_penalty=False)
        return due

    def accrue(self, on: date) -> None:
        """Penalty grows on what is overdue and not paid yet, the oldest first."""
        self.overlooked.pass_by(self.dues, on)
        for due in self.accruing[:]:
            if due.due_on >= on:
                break
            if due.grows:
                due.accrue(on, self.penalty_lines(due, on))
            else:
                self.accruing.remove(due)

    def count_anew(self, since: date) -> None:
        """What has grown on a due of `since` or later is counted again from there."""
        self.overlooked.forget(since)
        for due in self.accruing:
            if due.due_on >= since:
                due.accrue(since, ())

    def penalty_lines(self, due: Due, until: date) -> tuple[PenaltyLine, ...]:
        """Of what falls due after `as_of`, penalty is on what is left of it by then."""
        held = [*self.suspensions, *self.overlooked.suspensions(self.dues, until)]
        held += [Suspension("penalty", *days, "pause") for days in due.paused]
        owed = partial(principal_left_on, self.loan.principal, self.entries, self.undone)
        found = late_lines(self.loan.terms, due, until, held, owed)
        return tuple(line._replace(plan=due.plan) for line in found) if due.plan else found

    def fallen(self, on: date) -> Iterator[Open]:
        """What has fallen due by the end of `on`, in the order in which money pays it."""
        rule = self.loan.terms.allocation
        return in_order(self.dues, rule, on, self.days_late(on) if rule.late else 0)

    def whole(self, rows: Sequence[Due], on: date) -> list[Open]:
        """All that is open of these, row after row, also before it falls due."""
        rule, late = self.loan.terms.allocation, self.days_late(on) if rows else 0
        found: list[Open] = []
        for row in rows:
            found += [*in_order([row], rule, on, late), *in_order([row], rule, on, late, fallen=False)]
        return found

    def in_turn(self, on: date) -> list[Open]:
        """All that is open, in the contract's order: what has fallen due, then what is to come."""
        return [*self.fallen(on), *in_order(self.dues, self.loan.terms.allocation, on, fallen=False)]

    def in_advance(self, on: date) -> Iterator[Open]:
        """What has not fallen due, if the contract has an order for money in advance; without one that is credit."""
        rule = self.loan.terms.allocation
        return in_order(self.dues, rule, on, fallen=False) if rule.in_advance else iter(())

    def pay(self, entry: Entry, amount: int, items: Iterable[Open], on: date) -> int:
        """Pays what is open, one after the other; answers what is left of the amount."""
        reached: dict[int, Due] = {}
        for due, item in items if amount else ():
            part = min(amount, item.left)
            item.paid += part
            item.let_go += part if entry.lender_credit else 0
            amount -= part
            entry.lines.append(PaidLine(due, item, part, on))
            reached[id(due)] = due
            if item is due.accrued:
                due.accrued_paid.append((on, part))
            if not amount:
                break
        for due in reached.values():
            if any(not item.left for item in due.frozen):
                due.whole_on = None
            due.changed(on)
        return amount

    def unpay(self, line: PaidLine, on: date, amount: int | None = None) -> None:
        """As if so much of it (all) had never been paid: it is open again, and bears penalty from the old date."""
        due, item, part = line.due, line.item, line.amount if amount is None else amount
        item.paid -= part
        line.amount -= part
        self.undone.append(UndoneLine(item.component, part, line.on, on))
        if item is due.accrued:
            due.accrued_paid.append((line.on, -part))
            self._not_overlooked(item, part, line.on)
        else:
            self.owed_since(due, item, part, line.on)
        if line.prepaid:
            due.prepaid.append((line.on, -part))
        due.changed(on)

    def owed_since(self, due: Due, item: Component, amount: int, since: date) -> None:
        """Penalty is on it as if it had never left what was owed on `since`."""
        self._not_overlooked(item, amount, since)
        if due.bases and item is due.scheduled.get(item.component) and item.component in PENALTY_BASES:
            due.raise_base(item.component, amount, since)
            self.grow_again(due)

    def _not_overlooked(self, item: Component, amount: int, since: date) -> None:
        """So much more was owed on all days after `since`: what was overlooked on them may have grown."""
        self.overlooked.owed(item, amount, since)
        for due in self.dues if self.overlooked.is_used else ():
            due.count_again(since)
            self.grow_again(due)

    def grow_again(self, due: Due) -> None:
        if due.bases and due not in self.accruing:
            insort(self.accruing, due, key=_PLACE)

    def spend_credit(self, on: date) -> None:
        """It never stands beside something that is due: the oldest payment's pays first."""
        for entry in self.entries:
            if entry.credit and entry.payment.received_on <= on:
                entry.credit = self.pay(entry, entry.credit, self.fallen(on), on)

    def spend_credit_until(self, day: date, since: date) -> None:
        """Credit pays each due on its own day, those that fell due before `since` on that day."""
        if not self.credit:
            return
        found = {item.due_on for due in self.dues for item in due.items if item.due_on <= day and item.left}
        if found:
            found |= {entry.payment.received_on for entry in self.entries if entry.credit}
        for each in sorted({max(each, since) for each in found}):
            self.accrue(each)
            self.spend_credit(each)

    def payoff(self, on: date) -> int:
        """What would pay everything on a day, less the credit there is; minor units."""
        return sum([amount for *_, amount in self.payable(on)]) - self.credit

    def payable(self, on: date) -> list[tuple[Due, Component, int]]:
        return list(payable(self.dues, self.begun, on, self.loan.terms.day_count))

    @property
    def begun(self) -> dict[str, date]:
        """The day on which the first period begins, of the contract ("") and of each plan."""
        return {"": self.loan.disbursed_on, **{each.agreement.ref: each.agreement.plan.as_of for each in self.plans}}

    def covered(self, covers: Covers, on: date) -> Iterator[tuple[Due, Component, int]]:
        """What an agreement of that day is over: of what is to come the principal and what has run.

        A charge that is not overdue yet stays beside it.
        """
        for due, item, amount in self.payable(on):
            late = item.due_on < on
            if covers is not Covers.TO_COME if late else covers is not Covers.OVERDUE and item.source != "charge":
                yield due, item, amount

    def taken_in(self, covers: Covers, on: date) -> tuple[TakenIn, ...]:
        """What an agreement of that day would take in, by due."""
        return by_due(self.covered(covers, on))

    def overdue(self, on: date, *, of_plan: bool = False) -> Amounts:
        """What fell due before `on`, is open and not paused; `of_plan`, of rows of a plan beside the contract alone."""
        owed = dict.fromkeys(COMPONENTS, 0)
        for due in [due for due in self.dues if (due.plan or not of_plan) and not due.is_paused(on)]:
            for item in due.items:
                if item.due_on < on:
                    owed[item.component] += item.amount - item.paid - item.taken
        return Amounts(**owed)

    def days_late(self, on: date, *, asked: bool = False) -> int:
        """Since the oldest of what is overdue fell due, or of what is `asked` for; too little makes nobody late."""
        dues = [due for due in self.dues if not (asked and due.is_paused(on))]
        since = late_since(dues, on, self.loan.tolerance_on(on))
        return (on - since).days if since else 0
