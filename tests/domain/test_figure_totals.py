"""What is counted of a day, as known on a day, is the sum of all changes until both."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import permutations, product

from portal.domain.conduct.figure_facts import Figure, FigureFact
from portal.domain.conduct.figure_totals import figure_changes

BEGUN = FigureFact(Figure.PLANS, "p1", 0, "kept", "plan", date(2026, 6, 2), date(2026, 6, 2), date(2026, 6, 2))


def told(state: str, of: int, known: int) -> FigureFact:
    return replace(BEGUN, state=state, of_on=date(2026, 6, of), known_on=date(2026, 6, known))


def counted(facts: Sequence[FigureFact], of: int, known: int) -> dict[str, int]:
    sums: dict[str, int] = {}
    for change, count in figure_changes(facts).items():
        if change.of_on <= date(2026, 6, of) and change.known_on <= date(2026, 6, known):
            sums[change.state] = sums.get(change.state, 0) + count
    return {state: count for state, count in sums.items() if count}


def test_a_break_told_a_day_late_is_of_its_own_day_as_known_from_the_next() -> None:
    facts = [BEGUN, told("broken", 20, 21), told("kept", 20, 25)]
    assert counted(facts, 1, 30) == counted(facts, 30, 1) == {}
    assert counted(facts, 19, 30) == counted(facts, 20, 20) == counted(facts, 22, 25) == {"kept": 1}
    assert counted(facts, 20, 21) == counted(facts, 30, 24) == {"broken": 1}


def test_whatever_is_told_in_whatever_order_the_last_that_was_told_counts() -> None:
    """Four states of the 2nd, 4th, 6th and 8th, told in any order on the 10th to the 13th, two of them at once."""
    for order in permutations((2, 4, 6, 8)):
        facts = [told(f"s{of}", of, known) for of, known in zip(order, (10, 11, 11, 13), strict=True)]
        for of, known in product(range(1, 10), range(9, 15)):
            last = [each for each in facts if each.of_on.day <= of and each.known_on.day <= known][-1:]
            assert counted(facts, of, known) == {each.state: 1 for each in last}, (order, of, known)
