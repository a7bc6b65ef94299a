"""What a general ledger needs of a loan: all that has fallen due, and where each fen of money went; decimal strings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from portal.domain.ledger.allocated import AllocatedPayment, AllocationLine
from portal.domain.ledger.plan_account import PlanAccount
from portal.domain.ledger.position import Position
from portal.domain.money import COMPONENTS, amount_texts, format_amount


def books_beside(found: Position, asked_for: bool) -> dict[str, object]:
    """Beside what a position says, where that is asked for."""
    return {"books": books_facts(found)} if asked_for else {}


def books_facts(found: Position) -> dict[str, object]:
    """At the end of the day, by due and component; what is overdue is what of `dues` nothing has paid or taken in.

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
    currency = found.currency
    paid = [{"payment": each.id, **paid_facts(each, currency)} for each in found.payments]
    let_go = [{"lender_credit": each.id, "lines": line_facts(each.lines, currency)} for each in found.lender_credits]
    return {"allocations": [*paid, *let_go], "credit": format_amount(found.credit, currency)}


def paid_facts(payment: AllocatedPayment, currency: str) -> dict[str, object]:
    """`unmatched` is what its lender stated that it pays, and nothing was owed of."""
    unmatched = payment.unmatched
    more = {"unmatched": amount_texts(unmatched, currency, *COMPONENTS)} if unmatched.total else {}
    return {"lines": line_facts(payment.lines, currency), **more}


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
    """What a plan took in by what is known now, and what of its rows counts as paid because less was owed.

    Nothing of one that has given back, nor of one within a plan.
    """
    book, currency = found.book, found.currency
    account = next((each for each in book.plans if each.agreement.ref == agreement), None)
    if account is None:
        return {"took": [], "counted": []}
    if not account.in_force:
        return {}
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
    """Once a loan is closed also what was paid, or taken in, before its day."""
    taken_in = _taken_in(found.book.plans)
    for due in found.book.dues:
        for item in due.with_frozen:
            fallen = item.due_on < found.as_of or (found.closed_on is not None and item.source != "charge")
            asked = item.amount - item.taken + taken_in[id(item)] if fallen else 0
            if asked:
                yield {
                    "due": item.key or due.key,
                    "due_on": item.due_on.isoformat(),
                    "component": item.component,
                    "asked": format_amount(asked, found.currency),
                    **({"disputed": True} if item in due.frozen else {}),
                    **({"paused": True} if due.is_paused(found.as_of) else {}),
                }


def final_facts(before: Position, now: Position) -> list[dict[str, object]]:
    """Of plans that had ended, what of their waiver is final by what is known now, where that is another amount."""
    were = {each.agreement.ref: each for each in before.plans}
    return [
        {"agreement": ref, "vested": amount_texts(plan.vested, now.currency, *COMPONENTS, "total")}
        for plan in now.plans
        if (was := were.get(ref := plan.agreement.ref)) and was.ended_on and plan.ended_on and was.vested != plan.vested
    ]


def _taken_in(plans: Iterable[PlanAccount]) -> Counter[int]:
    """By component what of it an agreement in force took in, and what one that gave back has waived for good."""
    found: Counter[int] = Counter()
    for account in plans:
        left = dict(account.vested.items())
        for _, item, amount in account.taken:
            part = amount if account.in_force else min(amount, left[item.component])
            left[item.component] -= part
            found[id(item)] += part
    return found
