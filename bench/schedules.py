"""Schedules a second, with due dates: the portal's, beside the packages `amortization` and `numpy-financial`.

    .venv/bin/python -m pip install amortization numpy-financial
    .venv/bin/python bench/schedules.py

Every schedule of a round is of another loan: its principal, its rate and the day it is first due are drawn, so that
nothing remembered of one can serve the next; each package is given the same loans as numbers of its own kind.
Seconds are the processor's, rounds are interleaved and the median is taken, so that a busy moment of the machine spoils
no single side. The portal's rows are whole minor units with due dates, the last one taking the rest; the others are
floats, and neither package can give dates. Beside them, as a ratio of the general rule's schedules, are quotes of a
plan with interest of as many payments: its level payment, its rows, its yearly cost and what it breaks of a policy.
"""

import argparse
import importlib
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from portal.demo import JQ, TODAY
from portal.demo import portfolio as cast
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount, Every, add_months
from portal.domain.contract.schedule import generate
from portal.domain.ledger.position import Position, position
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import quote_offer
from portal.intake import read_portfolio

COUNTS = (12, 36, 60)


class Loan(NamedTuple):
    """The same loan in minor units and exactly, and in floats."""

    principal: int
    rate: Fraction
    first_due: date
    whole: float
    share: float


Draw = Callable[[Loan, int], object]


def loans(number: int) -> list[Loan]:
    """From 1,000 to 300,000 at 3 % to 36 %, first due on any day of eleven years; the same at every start."""
    chance, found = random.Random(2026), []
    for _ in range(number):
        principal, points = chance.randrange(100_000, 30_000_000), chance.randrange(300, 3600)
        first_due = date(2020, 1, 1) + timedelta(days=chance.randrange(11 * 365))
        found.append(Loan(principal, Fraction(points, 10_000), first_due, principal / 100, points / 10_000))
    return found


def portal(loan: Loan, count: int) -> object:
    return generate(loan.principal, loan.rate, count, loan.first_due).rows


def by_real_days(loan: Loan, count: int) -> object:
    """A loan that is not the usual one: every month costs otherwise, and the general rule draws it up."""
    return generate(loan.principal, loan.rate, count, loan.first_due, day_count=DayCount.ACTUAL_365).rows


def quoted(now: Position) -> Draw:
    """A plan over a position that owes the loan's principal, a hundredth of it as interest and a thousandth in fees."""

    def drawn(loan: Loan, count: int) -> object:
        owed = Amounts(fees=loan.principal // 1000, interest=loan.principal // 100, principal=loan.principal)
        offer = Offer(Every(1, "m"), add_months(now.as_of, 1), installments=count, interest_rate=loan.rate)
        return quote_offer(replace(now, overdue=owed), offer, Policy())

    return drawn


def others() -> dict[str, Draw]:
    """Those that are installed."""
    found: dict[str, Draw] = {}
    try:
        drawn = importlib.import_module("amortization.schedule").amortization_schedule
        found["amortization"] = lambda loan, count: list(drawn(loan.whole, loan.share, count))
    except ImportError:
        print("amortization is not installed; it is left out", file=sys.stderr)
    try:
        npf, numpy = importlib.import_module("numpy_financial"), importlib.import_module("numpy")
        found["numpy-financial"] = lambda loan, count: (
            npf.ppmt(loan.share / 12, numpy.arange(count) + 1, count, -loan.whole),
            npf.ipmt(loan.share / 12, numpy.arange(count) + 1, count, -loan.whole),
        )
    except ImportError:
        print("numpy-financial is not installed; it is left out", file=sys.stderr)
    return found


def a_second(draw: Draw, drawn_for: list[Loan], count: int) -> float:
    begun = time.process_time()
    for loan in drawn_for:
        draw(loan, count)
    return len(drawn_for) / (time.process_time() - begun)


def main(arguments: argparse.Namespace) -> int:
    now = position(read_portfolio(cast(JQ), "consumer-finance")[0].loan, TODAY)
    sides: dict[str, Draw] = {"portal": portal, "actual/365": by_real_days, "quote": quoted(now), **others()}
    drawn_for = loans(arguments.times)
    for count in COUNTS:
        rounds: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(arguments.rounds):
            for name, draw in sides.items():
                rounds[name].append(a_second(draw, drawn_for, count))
        medians = {name: statistics.median(found) for name, found in rounds.items()}
        told = ", ".join(
            f"{name} {median:,.0f}/s"
            + (f" (portal {medians['portal'] / median:.2f} times)" if name != "portal" else "")
            for name, median in medians.items()
        )
        of_general = medians["actual/365"] / medians["quote"]
        print(f"{count} installments: {told}; a quote {1000 / medians['quote']:.2f} ms, {of_general:.1f} schedules")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--times", type=int, default=1000, help="schedules in a round")
    sys.exit(main(parser.parse_args()))
