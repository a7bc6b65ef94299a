"""An agreement begins and ends in the book: what it takes in leaves its dues, and what was not paid returns to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.contract.agreement import Agreement, Covers
from portal.domain.contract.plan import TakenIn
from portal.domain.ledger.book import Book
from portal.domain.ledger.dues import Component, Due
from portal.domain.ledger.dues_of_facts import claw_back_due
from portal.domain.ledger.entries import Entry, PaidLine
from portal.domain.ledger.overlooked import overlook
from portal.domain.ledger.pausing import begin_pause, end_pauses
from portal.domain.ledger.plan_account import PlanAccount, PlanStatus, plan_rows
from portal.domain.money import COMPONENTS

_Part = tuple[Due, Component, int]


@dataclass(slots=True)
class _Room:
    """What a due had given to a plan and does not have back yet."""

    due: Due
    item: Component
    amount: int


def begin_plan_account(book: Book, agreement: Agreement) -> None:
    """From the end of its date on: it ends the one before, takes in by its own lines, and asks for its rows.

    A pause takes nothing in: what it holds is only not asked for.
    """
    on, before = agreement.plan.as_of, book.live_plan
    book.accrue(on)
    if before is not None and before.status((), on) is not PlanStatus.COMPLETED:
        end_plan_account(book, before, on, PlanStatus.SUPERSEDED)
    for each in book.plans:
        if each.ended:
            each.tell_rows()
    if agreement.own_pause:
        book.plans.append(PlanAccount(agreement, [], held=[due for due in book.dues if due.due_on < on]))
        begin_pause(book, agreement.own_pause)
        return
    _begin_taking_in(book, agreement, on)


def _begin_taking_in(book: Book, agreement: Agreement, on: date) -> None:
    account, found = PlanAccount(agreement, plan_rows(agreement, book.as_of)), 0
    overlook(account.rows, agreement.cure_terms.arrears_tolerance)
    overlook(_beside(book, on), agreement.cure_terms.arrears_tolerance)
    for due, item, amount in _lines(book, agreement):
        account.taken.append((due, item, amount))
        item.taken += amount
        found += amount
    if agreement.covers is not Covers.OVERDUE:
        _void_to_come(book, account, on)
    for due in {id(due): due for due, *_ in account.taken}.values():
        due.changed(on)
    book.plans.append(account)
    book.add(account.rows, bears_penalty=agreement.stays)
    book.disputes.stand(book.plans, on)
    frozen = [(row, item) for row in account.rows for item in row.frozen]
    count_as_paid([*book.whole(account.rows, on), *frozen], agreement.stated.total - found, on)


def end_plan_account(book: Book, account: PlanAccount, on: date, how: PlanStatus) -> None:
    """One that returns gives back; one that stays keeps its rows, and owes what was waived and is not final.

    A pause ends with it, but not one that had taken its place.
    """
    account.end(how, on)
    book.accrue(on)
    if account is book.plans[-1]:
        end_pauses(book, on)
    if account.agreement.stays:
        back = account.agreement.plan.waived - account.vested
        if back.total:
            book.add([claw_back_due(account.agreement.ref, on, back)], bears_penalty=False)
        return
    account.tell_rows()
    _give_back(book, account, on)


def next_end(book: Book, until: date) -> tuple[PlanAccount, date, PlanStatus] | None:
    """The live plan, if it breaks by that day or its pause is over, with the day from whose start that is so."""
    account = book.live_plan
    if account is None:
        return None
    if account.agreement.own_pause:
        over = account.agreement.own_pause.end
        return (account, over, PlanStatus.COMPLETED) if over < until else None
    broken = account.next_break(list(book.contract.values()), until)
    return (account, broken, PlanStatus.BROKEN) if broken else None


def _beside(book: Book, on: date) -> list[Due]:
    return [due for due in book.contract.values() if due.due_on > on]


def _lines(book: Book, agreement: Agreement) -> Iterator[_Part]:
    """What it takes in by due and component; where it does not say by due, the oldest of each component."""
    if agreement.taken_in is None:
        covered = list(book.covered(agreement.covers, agreement.plan.as_of))
        for component, amount in agreement.plan.taken_in.items():
            yield from _shares([each for each in covered if each[1].component == component], amount)
        return
    owed = {id(item): amount for _, item, amount in book.payable(agreement.plan.as_of)}
    for line in agreement.taken_in:
        items = [(due, item, owed.get(id(item), 0)) for due, item in _items(book, line)]
        for component, amount in line.amounts.items():
            yield from _shares([each for each in items if each[1].component == component], amount)


def _shares(items: list[_Part], amount: int) -> Iterator[_Part]:
    for due, item, most in items:
        part = min(amount, most)
        if part:
            yield due, item, part
            amount -= part


def _items(book: Book, line: TakenIn) -> list[tuple[Due, Component]]:
    kind, _, name = line.due.partition(":")
    if kind == "charge":
        return [book.charged[name]] if name in book.charged else []
    due = next((due for due in book.dues if due.key == line.due), None)
    return [(due, item) for item in due.with_frozen if item.source != "charge"] if due else []


def _void_to_come(book: Book, account: PlanAccount, on: date) -> None:
    """The plan's own rate replaces the interest of rows to come, and their fees."""
    for due in book.dues:
        for item in due.scheduled.values() if due.due_on >= on else ():
            if item.component != "principal":
                account.void.append((due, item, item.left))
                item.taken += item.left
                due.changed(on)


def void(dues: Sequence[Due], on: date) -> list[_Part]:
    """What is left of these is not asked for; answers what that was."""
    left = [(due, item, item.left) for due in dues for item in due.with_frozen if item.left > 0]
    for due, item, amount in left:
        item.taken += amount
        due.whole_on = None if item in due.frozen else due.whole_on
        due.changed(on)
    return left


def count_as_paid(items: Sequence[tuple[Due, Component]], amount: int, on: date) -> None:
    """Less was owed than it says: the difference counts as paid on its first rows, in the order of a payment."""
    for row, item in items:
        part = min(amount, item.left)
        item.paid += part
        amount -= part
        row.changed(on)


def _give_back(book: Book, account: PlanAccount, on: date) -> None:
    """By component, oldest due first, what its rows were paid counts for the dues; what they cannot take is credit.

    What was paid or let go first counts first.
    Choice    what is final of its waiver counts before that
    """
    ref = account.agreement.ref
    paid = [(entry, line) for entry in book.entries for line in entry.lines if line.due.plan == ref]
    paid.sort(key=lambda each: each[1].on)
    book.remove(account.rows)
    for _, item, amount in (*account.taken, *account.void):
        item.taken -= amount
    for component in COMPONENTS:
        room = [_Room(*part) for part in account.taken if part[1].component == component]
        _count_for(room, account.vested.of(component), on, None)
        for entry, line in paid:
            if line.item.component == component:
                entry.lines.remove(line)
                entry.keep(_count_for(room, line.amount, on, entry))
    for due in {id(due): due for due, *_ in (*account.taken, *account.void)}.values():
        due.changed(on)
        book.grow_again(due)


def _count_for(room: Sequence[_Room], amount: int, on: date, entry: Entry | None) -> int:
    """Paid by `entry` or, without one, waived for good; answers what finds no room."""
    for each in room:
        part = min(amount, each.amount)
        if not part:
            continue
        each.amount -= part
        amount -= part
        if entry is None:
            each.item.taken += part
            continue
        each.item.paid += part
        each.item.let_go += part if entry.lender_credit else 0
        entry.lines.append(PaidLine(each.due, each.item, part, on))
        if each.item is each.due.accrued:
            each.due.accrued_paid.append((on, part))
    return amount
