"""What pays everything on a day, line by line, as `payoff --json` and the API give it."""

from datetime import date
from typing import NamedTuple

from portal.domain.contract.calendar import days as count_days
from portal.domain.ledger.dues import Component, Due
from portal.domain.ledger.payoff import charged_days_run, days_run, days_to_run, started
from portal.domain.ledger.position import Position
from portal.domain.money import amount_texts, format_amount


class InterestRun(NamedTuple):
    """Interest of a period that runs: `days` of `of_days` after `start`, `stated` in all; minor units."""

    start: date
    until: date
    days: int
    of_days: int
    stated: int


class PayoffLine(NamedTuple):
    """What one component of a due has to be paid, minor units; `runs` where it is interest that runs with the days."""

    due: str
    due_on: date
    component: str
    amount: int
    runs: InterestRun | None = None


def payoff_lines(found: Position) -> tuple[PayoffLine, ...]:
    """In the order of the dues; together they are the payoff and the credit that is taken off it, and what is above."""
    begins = {due.key: start for due, start in started(found.book.dues, found.book.begun)}
    return tuple(
        PayoffLine(item.key or due.key, item.due_on, item.component, amount, _runs(found, due, item, begins[due.key]))
        for due, item, amount in found.book.payable(found.as_of)
    )


def _runs(found: Position, due: Due, item: Component, start: date) -> InterestRun | None:
    end, on, day_count = due.earned_on or due.due_on, found.as_of, found.loan.terms.day_count
    for each, (first, last) in due.pause_interest:
        if each is item and on < item.due_on:
            run = charged_days_run(due, (first, last), on, day_count)
            return InterestRun(first, min(on, last), run, count_days(first, last, day_count), item.amount)
    if item is not due.scheduled.get("interest") or not due.running or not start < on < end:
        return None
    run, in_all = days_run(due.paused, start, on, day_count), days_to_run(due, start, end, day_count)
    return InterestRun(start, on, min(run, in_all), in_all, due.running)


def payoff_facts(found: Position) -> dict[str, object]:
    """The lines less `credit` and less what a broken plan would cost beyond the contract are the `payoff`."""
    currency, lines = found.currency, payoff_lines(found)
    return {
        "loan_no": found.loan.loan_no,
        "as_of": found.as_of.isoformat(),
        "valid_until": found.valid_until.isoformat(),
        "currency": currency,
        "payoff": format_amount(found.payoff, currency),
        "lines": [_line(line, currency) for line in lines],
        "total": format_amount(sum(line.amount for line in lines), currency),
        "credit": format_amount(found.credit, currency),
        "not_charged": format_amount(found.above_contract.total, currency),
        "closed_on": found.closed_on.isoformat() if found.closed_on else None,
    }


def _line(line: PayoffLine, currency: str) -> dict[str, object]:
    runs = line.runs
    facts: dict[str, object] = {
        "due": line.due,
        "due_on": line.due_on.isoformat(),
        "component": line.component,
        "amount": format_amount(line.amount, currency),
    }
    if runs is not None:
        facts["runs"] = {
            "from": runs.start.isoformat(),
            "to": runs.until.isoformat(),
            "days": runs.days,
            "of_days": runs.of_days,
            **amount_texts(runs, currency, "stated"),
        }
    return facts
