"""A loan as the API gives it: what the lender told, what is in force, and where it stands at the end of a day."""

from datetime import date

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.terms_facts import terms_facts
from portal.domain.ledger.delinquency import delinquency
from portal.domain.ledger.dues import Due
from portal.domain.ledger.position import Position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.money import COMPONENTS, amount_texts, format_amount

_HEAD = ("days_past_due", "overdue", "outstanding_principal", "credit", "payoff", "next", "next_30_days")
"""What of a position tells where the loan stands."""


def loan_facts(found: Position) -> dict[str, object]:
    """`schedule` is what is in force: the contract's rows less what agreements took in, their rows, and charges."""
    loan, currency, of_day = found.loan, found.currency, position_facts(found)
    return {
        **{name: of_day[name] for name in ("loan_no", "as_of", "valid_until", "currency")},
        "product": loan.product,
        "lender_kind": loan.lender_kind,
        "signed_on": loan.signed_on.isoformat(),
        "disbursed_on": loan.disbursed_on.isoformat(),
        "principal": format_amount(loan.principal, currency),
        "state": delinquency(found).status.value,
        "closed": {"on": loan.closing.on.isoformat(), "reason": loan.closing.reason} if loan.closing else None,
        **{name: of_day[name] for name in ("closed_on", "written_off_on")},
        "terms": terms_facts(loan.terms, currency),
        "stated_schedule": [
            {"no": row.no, "due_on": row.due_on.isoformat()}
            | amount_texts(row, currency, "principal", "interest", "fees")
            for row in loan.schedule
        ],
        "schedule_generated": loan.schedule_generated,
        "restated_on": _day(loan.restated_on),
        "schedule": [_due(due, currency) for due in found.book.dues if _asks(due)],
        "position": {name: of_day[name] for name in _HEAD},
        "plan": of_day["plan"],
        "agreements": [_agreement(each, found) for each in loan.agreements],
    }


def _asks(due: Due) -> bool:
    return any(item.amount > item.taken for item in due.with_frozen)


def _due(due: Due, currency: str) -> dict[str, object]:
    """What it asks for by component, penalty of the day included, and how much of that is paid."""
    asked = dict.fromkeys(COMPONENTS, 0)
    for item in due.with_frozen:
        asked[item.component] += item.amount - item.taken
    paid = sum(item.paid for item in due.with_frozen)
    total = sum(asked.values())
    return {
        "key": due.key,
        "due_on": due.due_on.isoformat(),
        **{name: format_amount(minor, currency) for name, minor in asked.items()},
        "total": format_amount(total, currency),
        "paid": format_amount(paid, currency),
        "left": format_amount(total - paid, currency),
    }


def _agreement(agreement: Agreement, found: Position) -> dict[str, object]:
    """`state` follows the facts of the day: signed until the core has answered, refused, or its plan's status."""
    answered = agreement.answered_on is not None
    progress = next((each for each in found.plans if each.agreement.ref == agreement.ref), None)
    return {
        "agreement": agreement.ref,
        "proposal": agreement.proposal,
        "kind": agreement.kind.value,
        "covers": agreement.covers.value,
        "as_of": agreement.plan.as_of.isoformat(),
        "signed_on": agreement.signed_on.isoformat(),
        "answered_on": _day(agreement.answered_on),
        "state": "refused" if agreement.refused else progress.status.value if answered and progress else "signed",
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
