"""What a lender told otherwise later: the new version stands in the old one's place, and a row has its days anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any


def by_then(loan: Any, day: date) -> Any:
    """As it had been told by the start of a day."""
    payments = {payment.id: payment for payment in loan.payments}
    for each in reversed([each for each in loan.corrections if each.told_on >= day and is_money(each)]):
        payments[each.id] = each.before
    earlier = tuple(each for each in loan.corrections if each.told_on < day)
    return replace(loan, payments=tuple(payments.values()), corrections=earlier)


def is_money(correction: Any) -> bool:
    return hasattr(correction.before, "received_on")


def told_short(loan: Any, whole_rows: Callable[[Any, date], set[str]]) -> dict[str, date]:
    """Rows that were whole on the day of a correction by what was told before, and the last day on which that was so.

    `whole_rows` says which are, of a loan on a day.
    """
    found: dict[str, date] = {}
    for day in sorted({each.told_on for each in loan.corrections if is_money(each)}):
        found |= dict.fromkeys(whole_rows(by_then(loan, day), day), day)
    return found
