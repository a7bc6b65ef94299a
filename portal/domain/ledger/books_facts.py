"""What a general ledger needs of a loan: all that has fallen due, and where each fen of money went; decimal strings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from portal.domain.ledger.allocated import AllocationLine, allocated_credit, allocated_payment
from portal.domain.ledger.dues import Component, Due
from portal.domain.ledger.plan_account import PlanAccount
from portal.domain.ledger.position import Position
from portal.domain.money import COMPONENTS, amount_texts, format_amount


def books_beside(found: Position, asked_for: bool) -> dict[str, object]:
    """Beside what a position says, where that is asked for."""
    return {"books": books_facts(found)} if asked_for else {}


def books_facts(found: Position) -> dict[str, object]:
    """At the end of the day, by due and component; what is overdue is what of `dues` no line has paid or taken in.

    `dues` are those that had to be paid before it, `asked` in all, whatever came of it; what an agreement or a closing
    made void was never asked for.
    """
    currency = found.currency
    return {
        "dues": list(_dues(found)),
        **allocation_facts(found),
        "not_charged": amount_texts(found.above_contract, currency, *COMPONENTS, "total"),
    }


def allocation_facts(found: Position) -> dict[str, object]:
    """Each payment and each credit of the lender's with what it paid by what is known now; `credit` is paid ahead."""
    paid, currency = [], found.currency
    for entry in found.book.entries:
        told = allocated_payment(entry)
        of_lender = entry.lender_credit is not None
        lines = allocated_credit(entry).lines if of_lender else told.lines
        name = {"lender_credit": told.id} if of_lender else {"payment": told.id}
        paid.append({**name, "lines": line_facts(lines, currency)})
    return {"allocations": paid, "credit": format_amount(found.credit, currency)}


def line_facts(lines: Sequence[AllocationLine], currency: str) -> list[dict[str, str]]:
    """A charge that hangs on a due is named beside it."""
    return [
        {
            "due": line.due,
            "component": line.component,
            "amount": format_amount(line.amount, currency),
            **({"charge": line.charge} if line.charge else {}),
        }
        for line in lines
    ]


def counted_facts(found: Position, agreement: str) -> dict[str, object]:
    """What a plan took in by what is known now, and what of its rows counts as paid because less was owed."""
    book, currency = found.book, found.currency
    account = next(each for each in book.plans if each.agreement.ref == agreement)
    took = [{"due": each.due, **amount_texts(each.amounts, currency, *COMPONENTS)} for each in account.taken_in]
    paid: Counter[int] = Counter()
    for line in [line for entry in book.entries for line in entry.lines]:
        paid[id(line.item)] += line.amount
    counted = [
        {"due": row.key, "component": item.component, "amount": format_amount(minor, currency)}
        for row in account.rows
        for item in row.scheduled.values()
        if (minor := item.paid - paid[id(item)])
    ]
    return {"took": took, "counted": counted}


def _dues(found: Position) -> Iterator[dict[str, object]]:
    void = _void(found.book.plans)
    for due, item, asked in _asked(found.book.dues, found.closed_on, found.as_of, void):
        yield {
            "due": item.key or due.key,
            "due_on": item.due_on.isoformat(),
            "component": item.component,
            "asked": format_amount(asked, found.currency),
            **({"disputed": True} if item in due.frozen else {}),
        }


def _asked(
    dues: Iterable[Due], closed_on: date | None, as_of: date, void: Counter[int]
) -> Iterator[tuple[Due, Component, int]]:
    """Of what falls due after a closing only what was paid."""
    for due in dues:
        for item in due.with_frozen:
            asked = item.amount - void[id(item)]
            if closed_on is not None and item.due_on > closed_on:
                asked = item.paid
            elif item.due_on >= as_of and closed_on is None:
                continue
            if asked:
                yield due, item, asked


def _void(plans: Iterable[PlanAccount]) -> Counter[int]:
    """By component what falls due no more for as long as an agreement is in force, minor units."""
    found: Counter[int] = Counter()
    for account in plans:
        for _, item, amount in account.void if account.in_force else ():
            found[id(item)] += amount
    return found
