"""What came out of a count, under the words that stories use: of the second count, and of the product."""

from datetime import date
from typing import Any

from portal.domain.ledger.position import position
from tests.naive.ledger import owed

LINE = ("installment", "of", "base", "start", "end", "contract", "charged")


def naive(loan: Any, on: date) -> dict[str, Any]:
    found = owed(loan, on)
    plans = [plan for plan in found.plans if plan.status != "refused"]
    said = {
        "in_plan": sum(found.overdue_in_plan.values()),
        "above": found.above_contract,
        "credit": found.credit,
        "payoff": found.payoff,
        "principal_left": found.principal_left,
        "interest_in_all": found.interest_in_all,
        "days_late": found.days_late,
        "closed_on": found.closed_on,
        "plans": {plan.ref: of_plan(plan, plan.vested) for plan in plans},
    }
    for plan in plans:
        rows = [of_row(row.no, row.total, row.received, row.whole_on) for row in plan.rows]
        said["plans"][plan.ref]["rows"] = rows
    return said | components(found.overdue) | {"lines": lines(found.lines)}


def product(loan: Any, on: date) -> dict[str, Any]:
    found = position(loan, on)
    said = {
        "in_plan": found.overdue_in_plan.total,
        "above": nonzero(found.above_contract),
        "credit": found.credit,
        "payoff": found.payoff,
        "principal_left": found.outstanding_principal,
        "interest_in_all": sum(row.interest + row.pause_interest for row in found.installments),
        "days_late": found.days_past_due,
        "closed_on": found.closed_on,
        "plans": {plan.agreement.ref: of_plan(plan, nonzero(plan.vested)) for plan in found.plans},
    }
    for plan in found.plans:
        told = plan.rows if plan.agreement.kind != "pause" else ()
        rows = [of_row(row.no, row.asked, row.received, row.settled_on) for row in told]
        said["plans"][plan.agreement.ref]["rows"] = rows
    return said | components(nonzero(found.overdue)) | {"lines": lines(found.penalty_lines)}


def last(said: dict[str, Any]) -> dict[str, Any]:
    """With the words for the last agreement (`status`, `received` and so on), and the last base of each number."""
    plans = list(said["plans"].values())
    said = said | {"statuses": [plan["status"] for plan in plans]}
    said["bases"] = {number: base for number, _, base, *_ in sorted(said["lines"], key=lambda line: line[4])}
    if not plans:
        return said
    received = [row[2] for row in plans[-1]["rows"]]
    return said | plans[-1] | {"received": received, "totals": [row[1] for row in plans[-1]["rows"]]}


def of_row(no: int, asked: int, received: int, whole_on: date | None) -> tuple[int, int, int, date | bool]:
    """The day is that of the last money; of a row that is whole without all of it (some is disputed) none is told."""
    return no, asked, received, whole_on or False if received >= asked else whole_on is not None


def of_plan(plan: Any, vested: dict[str, int]) -> dict[str, Any]:
    return {"status": str(plan.status), "ended_on": plan.ended_on, "cure_by": plan.cure_by, "vested": vested}


def lines(found: Any) -> list[tuple[Any, ...]]:
    """Of each due by its days, whatever their order."""
    return sorted(tuple(getattr(line, name) for name in LINE) for line in found)


def components(overdue: dict[str, int]) -> dict[str, int]:
    every = dict.fromkeys(("costs", "fees", "penalty", "interest", "principal"), 0)
    return every | overdue | {"overdue": sum(overdue.values())}


def nonzero(amounts: Any) -> dict[str, int]:
    return {name: fen for name, fen in amounts.items() if fen}
