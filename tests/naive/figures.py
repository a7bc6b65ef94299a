"""What came out of a count, under the words that stories use."""

from datetime import date
from typing import Any

from portal.domain.ledger.position import position
from tests.naive.ledger import owed


def naive(loan: Any, on: date) -> dict[str, Any]:
    """`status`, `ended_on`, `cure_by`, `received`, `totals` and `vested` are those of the last agreement."""
    found = owed(loan, on)
    said: dict[str, Any] = dict(found.overdue)
    said |= {
        "overdue": sum(found.overdue.values()),
        "in_plan": sum(found.overdue_in_plan.values()),
        "above": found.above_contract,
        "credit": found.credit,
        "payoff": found.payoff,
        "principal_left": found.principal_left,
        "days_late": found.days_late,
        "closed_on": found.closed_on,
        "bases": {line.due: line.base for line in found.lines},
        "statuses": [plan.status for plan in found.plans],
    }
    return said | of_plan(found.plans[-1], found.plans[-1].vested) if found.plans else said


def product(loan: Any, on: date) -> dict[str, Any]:
    """The same words of what the product answers."""
    found = position(loan, on)
    said: dict[str, Any] = dict(found.overdue.items())
    said |= {
        "overdue": found.overdue.total,
        "in_plan": found.overdue_in_plan.total,
        "above": nonzero(found.above_contract),
        "credit": found.credit,
        "payoff": found.payoff,
        "principal_left": found.outstanding_principal,
        "days_late": found.days_past_due,
        "closed_on": found.closed_on,
        "bases": {f"contract:{line.installment}": line.base for line in found.penalty_lines},
        "statuses": [plan.status for plan in found.plans],
    }
    return said | of_plan(found.plans[-1], nonzero(found.plans[-1].vested)) if found.plans else said


def nonzero(amounts: Any) -> dict[str, int]:
    return {name: fen for name, fen in amounts.items() if fen}


def of_plan(plan: Any, vested: dict[str, int]) -> dict[str, Any]:
    return {
        "status": plan.status,
        "ended_on": plan.ended_on,
        "cure_by": plan.cure_by,
        "received": [row.received for row in plan.rows],
        "totals": [row.total for row in plan.rows],
        "vested": vested,
    }
