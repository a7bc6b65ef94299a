"""What a row says otherwise than the last one did of how a loan ends and of what the lender lets go, for the event."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from portal.domain.contract.closing import LoanClosing
from portal.domain.contract.loan import Loan
from portal.domain.ledger.books_facts import allocation_facts
from portal.domain.ledger.position import position
from portal.domain.money import COMPONENTS, amount_texts
from portal.reads.loans import load_loans

_MOVES_MONEY = {"credits", "closed"}


class Stated(NamedTuple):
    """What the last version of a contract says, as far as a later row may say otherwise."""

    schedule: str
    restated_on: date | None
    closed_on: date | None
    closed_reason: str | None
    written_off_on: date | None


def changes(loan: Loan, before: Stated | None, stored: Loan | None) -> dict[str, object]:
    """`fields` by the names of a row, and by these what was said of them and what is; of credits those that are new.

    `stored` is the loan with the credits that are recorded; without `before` its contract says what it said.
    """
    pairs: dict[str, tuple[object, object]] = {}
    if before is not None:
        pairs["closed"] = _closed(before), _closing(loan.closing)
        pairs["written_off_on"] = _day(before.written_off_on), _day(loan.written_off_on)
    known = {each.id for each in stored.lender_credits} if stored else set()
    fresh = [
        {"id": each.id, "on": each.on.isoformat(), **amount_texts(each.amounts, loan.currency, *COMPONENTS, "total")}
        for each in loan.lender_credits
        if each.id not in known
    ]
    pairs["credits"] = [], fresh
    differing = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    return {
        "fields": sorted(differing),
        "old": {name: old for name, (old, _) in differing.items()},
        "new": {name: new for name, (_, new) in differing.items()},
        "currency": loan.currency,
    }


def added_facts(loan: Loan) -> dict[str, object]:
    """What was paid out, for the first line of a general ledger."""
    paid_out = {"disbursed_on": loan.disbursed_on.isoformat(), "currency": loan.currency}
    return {**paid_out, **amount_texts(loan, loan.currency, "principal")}


async def books_changed(loan_id: int, facts: Mapping[str, Any], today: date) -> dict[str, object]:
    """What each payment and each credit pays now, where a row lets something go or ends a loan."""
    if not _MOVES_MONEY.intersection(facts["fields"]):
        return {}
    loan, _ = (await load_loans([loan_id]))[loan_id]
    return allocation_facts(position(loan, today))


def _closed(before: Stated) -> dict[str, str] | None:
    return {"on": before.closed_on.isoformat(), "reason": str(before.closed_reason)} if before.closed_on else None


def _closing(closing: LoanClosing | None) -> dict[str, str] | None:
    return {"on": closing.on.isoformat(), "reason": closing.reason} if closing else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
