"""Where the fen of a payment go on its day: what it names, what has fallen due, what is prepaid; the rest waits."""

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Payment
from portal.domain.contract.prepayment import Purpose, Surplus, Then
from portal.domain.ledger.allocation import Open, as_stated
from portal.domain.ledger.book import Book, Entry
from portal.domain.ledger.dues import Due
from portal.domain.ledger.prepayment import prepay
from portal.domain.money import COMPONENTS


def receive(book: Book, payment: Payment, *, closed: bool = False) -> None:
    """What a lender states of a loan that is `closed` pays nothing: it is credit."""
    on, entry = payment.received_on, Entry(payment)
    book.entries.append(entry)
    book.accrue(on)
    fallen = book.fallen(on)
    if payment.allocated is None:
        rest = book.pay(entry, payment.amount, _named(book, payment), on)
    else:
        _pay_as_stated(book, entry)
        rest = payment.amount - payment.allocated.total
        if closed:
            rest, entry.unmatched = rest + entry.unmatched.total, NOTHING
    rest = book.pay(entry, rest, fallen, on)
    if rest and book.payoff(on) > rest:
        rest = _pay_ahead(book, entry, rest)
    entry.credit += rest


def let_go(book: Book, credit: LenderCredit) -> None:
    """What the lender itself waived or corrected, component by component, oldest due first."""
    entry = Entry(Payment(credit.id, credit.on, credit.amounts.total), lender_credit=credit)
    book.entries.append(entry)
    book.accrue(credit.on)
    for component, amount in credit.amounts.items():
        own = [(due, item) for due in book.dues for item in due.with_frozen if item.component == component]
        book.pay(entry, amount, [each for each in own if each[1].left > 0], credit.on)


def _pay_ahead(book: Book, entry: Entry, rest: int) -> int:
    """What is left, and does not pay everything, is prepaid or pays in the contract's order in advance."""
    on = entry.payment.received_on
    then = _prepays(book, entry.payment, book.payoff(on) - rest)
    if then is not None:
        rest = prepay(book, entry, rest, then, on)
    return book.pay(entry, rest, book.in_advance(on), on)


def _prepays(book: Book, payment: Payment, short: int) -> Then | None:
    """It pays principal to come if that was said, or if it was meant to pay everything and is short of it."""
    if payment.purpose is Purpose.PREPAY:
        return payment.then
    meant = payment.purpose is Purpose.PAYOFF or short <= book.loan.tolerance_on(payment.received_on)
    return Then.FEWER if meant or book.loan.terms.surplus is Surplus.PREPAY else None


def _named(book: Book, payment: Payment) -> list[Open]:
    """What of the due that it names is open, also before its day, or of the plan's rows."""
    return book.whole(_named_rows(book, payment), payment.received_on)


def _named_rows(book: Book, payment: Payment) -> list[Due]:
    """The due that it names and what stands for it; or the plan's rows where the amount is what one asks for.

    Choice    a number that there is not names nothing
    """
    account = book.plans[-1] if book.plans and book.plans[-1].in_force else None
    rows = {row.no: row for row in account.rows} if account else {}
    if payment.installment in book.contract:
        return _stands_for(book, book.contract[payment.installment])
    if payment.plan_installment in rows:
        return [rows[payment.plan_installment]]
    still_open = [row for row in rows.values() if row.left_of_row]
    asked = any(payment.amount in (row.left, row.asked - row.left_frozen) for row in still_open)
    return still_open if asked and book.live_plan else []


def _stands_for(book: Book, due: Due) -> list[Due]:
    """The due itself, and the rows of the plan that took it in, or of the plan that took those in."""
    found = [due]
    for account in book.plans:
        if account.in_force and account.took(due):
            for row in account.rows:
                found += [each for each in _stands_for(book, row) if each not in found]
    return found


def _pay_as_stated(book: Book, entry: Entry) -> None:
    """As the lender stated it, component by component; what finds nothing to pay is kept as stated too.

    Principal beyond what has fallen due is prepaid, the next rows first.
    """
    payment, left = entry.payment, dict.fromkeys(COMPONENTS, 0)
    assert payment.allocated is not None
    on, named = payment.received_on, [due for due, _ in _named(book, payment)]
    for component, amount in payment.allocated.items():
        if not amount:
            continue
        fallen = [each for each in as_stated(book.dues, component) if component != "principal" or each[1].due_on <= on]
        left[component] = book.pay(entry, amount, [*as_stated(named, component), *fallen], on)
        if component == "principal":
            left[component] = prepay(book, entry, left[component], Then.NEXT, on, stated=True)
    entry.unmatched += Amounts(**left)
