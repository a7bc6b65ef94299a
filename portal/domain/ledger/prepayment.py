"""Money that pays principal before its day: no interest runs on that from then on, and the rows to come ask less."""

from collections.abc import Iterator, Sequence
from datetime import date

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.prepayment import PrepaidInterest, Then
from portal.domain.ledger.book import Book
from portal.domain.ledger.dues import Component, Due
from portal.domain.ledger.entries import Entry, PaidLine
from portal.domain.ledger.payoff import earned_interest, started
from portal.domain.ledger.restructure import count_as_paid


def prepay(book: Book, entry: Entry, amount: int, then: Then, on: date, *, stated: bool = False) -> int:
    """Pays principal of the rows to come, of the contract or of a plan over the whole loan; answers what is left.

    Of what is disputed only principal that the lender `stated`.
    """
    staying = {"", *(each.agreement.ref for each in book.plans if each.agreement.stays)}
    rows = [due for due in book.dues if due.due_on > on and due.scheduled and due.plan in staying]
    found = [(due, due.scheduled["principal"]) for due in rows]
    found = [each for each in found if stated or each[1] not in each[0].frozen]
    for due, item, part in _spread([each for each in found if each[1].left > 0], amount, then):
        item.paid += part
        amount -= part
        saves = _saves(book, due, on)
        due.prepaid += [(on, part)] if saves else []
        due.changed(on)
        entry.lines.append(PaidLine(due, item, part, on, prepaid=saves))
    earn_anew(book, on)
    return amount


def _saves(book: Book, due: Due, on: date) -> bool:
    """Whether it earns no interest any more: not where the contract keeps that, or a later schedule counts it in."""
    if book.loan.terms.prepayment is PrepaidInterest.AS_SCHEDULED:
        return False
    return bool(due.plan) or book.loan.restated_on is None or on > book.loan.restated_on


def _spread(rows: list[tuple[Due, Component]], amount: int, then: Then) -> Iterator[tuple[Due, Component, int]]:
    """In proportion each is rounded down, and the last takes the rest."""
    total = sum(item.left for _, item in rows)
    amount = min(amount, total)
    if then is Then.LOWER and amount:
        shares = [amount * item.left // total for _, item in rows]
        left_over = amount - sum(shares)
        for place in reversed(range(len(rows))):
            more = min(left_over, rows[place][1].left - shares[place])
            left_over -= more
            shares[place] += more
        yield from ((due, item, share) for (due, item), share in zip(rows, shares, strict=True) if share)
        return
    for due, item in reversed(rows) if then is Then.FEWER else rows:
        part = min(amount, item.left)
        amount -= part
        if part:
            yield due, item, part


def earn_anew(book: Book, on: date) -> None:
    """The interest of each row by what was prepaid; what one was paid above what it now asks is credit.

    What a lender stated as interest stays as stated.
    """
    terms = book.loan.terms
    if terms.prepayment is PrepaidInterest.AS_SCHEDULED:
        return
    for due, start in started(book.dues, book.begun):
        item = due.scheduled.get("interest")
        if item is None or not due.running:
            continue
        end = due.earned_on or due.due_on
        more = due.old_interest + earned_interest(book.dues, due, start, end, terms.day_count) - item.amount
        if more:
            item.amount += more
            if more > 0:
                book.owed_since(due, item, more, due.due_on)
            not_owed = _give_up(book.entries, item, max(-item.left, 0))
            item.paid -= not_owed
            due.changed(on)
            rows = [row for each in book.plans if each.agreement.ref == due.plan for row in each.rows]
            count_as_paid(book.whole(rows, on) if not_owed else (), not_owed, on)


def _give_up(entries: Sequence[Entry], item: Component, amount: int) -> int:
    """The last that was paid of it is credit again; answers what no entry had paid, but a plan counts as paid."""
    for entry in reversed(entries):
        for line in [line for line in reversed(entry.lines) if line.item is item]:
            part = min(amount, line.amount)
            amount -= part
            item.paid -= part
            item.let_go -= part if entry.lender_credit else 0
            line.amount -= part
            if entry.payment.allocated is None:
                entry.keep(part)
            else:
                entry.unmatched += Amounts(**{item.component: part})
    return amount
