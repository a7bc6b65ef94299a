"""Schedules a second, with due dates: the portal's, beside the packages `amortization` and `numpy-financial`.

    .venv/bin/python -m pip install amortization numpy-financial
    .venv/bin/python bench/schedules.py

Rounds are interleaved and the median is taken, so that a busy moment of the machine spoils no single side. The portal's
rows are whole minor units with due dates, the last one taking the rest; the others are floats, without dates.
"""

import argparse
import importlib
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from portal.domain.schedule import generate

COUNTS = (12, 36, 60)


def portal(count: int) -> object:
    return generate(1200000, Fraction(18, 100), count, date(2026, 1, 15)).rows


def others() -> dict[str, Callable[[int], object]]:
    """Those that are installed."""
    found: dict[str, Callable[[int], object]] = {}
    try:
        drawn = importlib.import_module("amortization.schedule").amortization_schedule
        found["amortization"] = lambda count: list(drawn(12000, 0.18, count))
    except ImportError:
        print("amortization is not installed; it is left out", file=sys.stderr)
    try:
        npf, numpy = importlib.import_module("numpy_financial"), importlib.import_module("numpy")
        found["numpy-financial"] = lambda count: (
            npf.ppmt(0.015, numpy.arange(count) + 1, count, -12000),
            npf.ipmt(0.015, numpy.arange(count) + 1, count, -12000),
        )
    except ImportError:
        print("numpy-financial is not installed; it is left out", file=sys.stderr)
    return found


def a_second(draw: Callable[[int], object], count: int, times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        draw(count)
    return times / (time.perf_counter() - begun)


def main(arguments: argparse.Namespace) -> int:
    sides = {"portal": portal, **others()}
    for count in COUNTS:
        rounds: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(arguments.rounds):
            for name, draw in sides.items():
                rounds[name].append(a_second(draw, count, arguments.times))
        medians = {name: statistics.median(found) for name, found in rounds.items()}
        told = ", ".join(
            f"{name} {median:,.0f}/s"
            + (f" (portal {medians['portal'] / median:.2f} times)" if name != "portal" else "")
            for name, median in medians.items()
        )
        print(f"{count} installments: {told}")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--times", type=int, default=200, help="schedules in a round")
    sys.exit(main(parser.parse_args()))
