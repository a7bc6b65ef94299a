"""What came out of a count, under the words that stories use."""

from datetime import date
from typing import Any

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


def of_plan(plan: Any, vested: dict[str, int]) -> dict[str, Any]:
    return {
        "status": plan.status,
        "ended_on": plan.ended_on,
        "cure_by": plan.cure_by,
        "received": [row.received for row in plan.rows],
        "totals": [row.total for row in plan.rows],
        "vested": vested,
    }
