"""What was worked out by hand of pauses: the case is paused on 14 June 2026, mostly until 14 July."""

from dataclasses import replace

from portal.domain.contract.loan import Loan
from portal.domain.contract.pause import Pause, PauseScope, PauseTerms
from tests.domain.people import ON, XIAOMING
from tests.naive.cases import CASE, CASE_AT_ONCE, FIVE, Story, contract_money, day, paid, taken_back, under
from tests.naive.signing import paused, signed

UNTIL = day(7, 14)
PAUSE = paused(XIAOMING, "P", ON, UNTIL)
PAUSED = under(PAUSE)
RUNS = under(paused(XIAOMING, "P", ON, UNTIL, interest="runs"))
OVERDUE = under(paused(XIAOMING, "P", ON, UNTIL, scope="overdue"))
SIX_DAYS = under(paused(XIAOMING, "P", ON, day(6, 20)))
SIX_RUN = under(paused(XIAOMING, "P", ON, day(6, 20), interest="runs"))
RUN_AND_REST = under(*SIX_RUN.agreements, paused(SIX_RUN, "Q", day(6, 25), day(7, 5)))
REFUSED = under(replace(PAUSE, answered_on=day(6, 24), refused=True))
TWICE = under(PAUSE, paused(XIAOMING, "Q", day(8, 1), day(8, 31)))

MOVED = under(paused(FIVE, "P", ON, day(6, 28), scope="next"), loan=FIVE)
MOVED_RUNS = under(paused(FIVE, "P", day(6, 15), day(6, 28), scope="next", interest="runs"), loan=FIVE)

PAID_OFF = paid(under(signed(XIAOMING, "A", ON, [day(6, 20)])), (day(6, 20), 341312, {}))
TAKEN_BACK = taken_back(
    replace(PAID_OFF, agreements=(*PAID_OFF.agreements, paused(PAID_OFF, "P", day(6, 25), day(7, 20)))),
    day(6, 20),
    341312,
    day(7, 1),
)


def beside(first: int, until: int, at_once: bool = False, scope: str = "all") -> Loan:
    """The six rows on each 14th from July, paused from that day of July until that of August; the contract is paid."""
    (plan,) = (CASE_AT_ONCE if at_once else CASE).agreements
    held = Pause(day(7, first), day(8, until), PauseTerms(PauseScope(scope)))
    return paid(under(replace(plan, pauses=(held,))), *contract_money(name=True)[:2])


PAUSES: list[Story] = [
    ("from the end of its day on nothing is asked for", PAUSED, ON, {"overdue": 0, "payoff": 1077748}),
    ("from the next day nothing is asked for", PAUSED, day(6, 15), {"overdue": 0, "days_late": 0, "payoff": 1077748}),
    ("the running interest stands still to its last day", PAUSED, UNTIL, {"overdue": 0, "payoff": 1077748}),
    (
        "with nothing overdue it lasts to its last day too",
        under(paused(FIVE, "P", ON, UNTIL), loan=FIVE),
        UNTIL,
        {"status": "active", "payoff": 725910 + 10526, "ended_on": None},
    ),
    (
        "and so it does where all that was overdue is paid in it",
        paid(PAUSED, (day(6, 20), 341312, {})),
        UNTIL,
        {"status": "active", "payoff": 725910 + 10526, "overdue": 0},
    ),
    ("money taken back in a pause ends the plan before it and not the pause", TAKEN_BACK, day(7, 20), {"overdue": 0}),
    ("after it that is asked for", TAKEN_BACK, day(7, 21), {"principal": 288678 + 99127}),
    ("then it is over", PAUSED, day(7, 15), {"status": "completed", "ended_on": UNTIL}),
    (
        "after it the same is asked for again, with one day's penalty; installment 6 is due that day",
        PAUSED,
        day(7, 15),
        {"overdue": 341500, "penalty": 5669 + 3815 + 1968, "payoff": 1078299, "days_late": 122},
    ),
    (
        # 93, 62 and 32 days of penalty: 57.30, 38.78 and 20.31, and one day on 991.27: 0.64
        "installment 6 is overdue a month later",
        PAUSED,
        day(7, 16),
        {"principal": 288678 + 99127, "interest": 41370 + 10889, "penalty": 5730 + 3878 + 2031 + 64},
    ),
    ("the last one is due on 15 January", PAUSED, day(1, 15, 2027), {"interest_in_all": 120195, "principal": 906195}),
    ("a day later it is overdue", PAUSED, day(1, 16, 2027), {"principal": 1014588}),
    ("the next one moves alone: nothing is overdue", MOVED, day(6, 28), {"overdue": 0, "days_late": 0}),
    (
        # 108.89 has run by the 15th as ever, and from then on 13 of 30 days of 94.02: 40.74
        "its interest is all there on the old day, and the next period begins on that",
        MOVED,
        day(6, 28),
        {"payoff": 725910 + 10889 + 4074},
    ),
    ("a day later it is overdue, with one day of penalty", MOVED, day(6, 29), {"overdue": 110016 + 64, "days_late": 1}),
    ("no. 7 is due on its own day", MOVED, day(7, 16), {"principal": 99127 + 100614}),
    # 991.27 x 18 % x 13 / 360
    ("where interest runs 6.44 more are asked", MOVED_RUNS, day(6, 28), {"interest_in_all": 120195 + 644}),
    ("of six days: what had run by then had run", SIX_DAYS, ON, {"payoff": 1077748}),
    ("of six days: it stands still", SIX_DAYS, day(6, 20), {"overdue": 0, "payoff": 1077748}),
    ("of six days: 1.88 of penalty and the 30th day of interest", SIX_DAYS, day(6, 21), {"payoff": 1078299}),
    ("of six days: installment 6 has moved by a month too", SIX_DAYS, day(7, 15), {"principal": 288678}),
    (
        # 18 % of 7,259.10 for a month
        "where interest runs, 108.89 more are asked",
        RUNS,
        day(7, 15),
        {"interest_in_all": 120195 + 10889, "overdue": 341500, "payoff": 1078299 + 10889},
    ),
    ("half of it in half of a month", RUNS, day(6, 30), {"payoff": 1077748 + 5445}),
    ("in five days of the month a sixth of it", SIX_RUN, day(6, 20), {"payoff": 1077748 + 1815}),
    (
        # 96, 65 and 35 days of penalty, 59.15, 40.65 and 22.22; ten days of the month
        "in another pause that stands still as well",
        RUN_AND_REST,
        day(7, 5),
        {"payoff": 288678 + 41370 + 5915 + 4065 + 2222 + 725910 + 10889 + 3630},
    ),
    ("to the day of the last row none of it is due", RUNS, day(1, 15, 2027), {"interest": 41370 + 42579}),
    ("it is due with the last row", RUNS, day(1, 16, 2027), {"interest": 41370 + 42579 + 1626 + 10889}),
    (
        "overdue alone: the 15th is due",
        OVERDUE,
        day(6, 15),
        {"overdue": 0, "payoff": 341312 + 725910 + 10889},
    ),
    ("overdue alone: the 15th is missed", OVERDUE, day(6, 16), {"overdue": 110016 + 64, "days_late": 1}),
    (
        # 19.33 of 30 days on 991.27
        "overdue alone: all is asked for after it",
        OVERDUE,
        day(7, 15),
        {"overdue": 341500 + 110016 + 1933, "days_late": 122},
    ),
    ("refused, nothing moves: no penalty to the answer", REFUSED, day(6, 24), {"overdue": 341312 + 110016}),
    ("refused: it runs from then on", REFUSED, day(6, 25), {"overdue": 341500 + 110016 + 64}),
    (
        # 110, 79, 49 and 18 days: 67.78, 49.41, 31.11 and 11.60
        "paused again in August, installment 7 is due on 15 September",
        TWICE,
        day(9, 1),
        {"principal": 288678 + 99127, "penalty": 6778 + 4941 + 3111 + 1160},
    ),
    (
        "a plan's days to catch up stand still: 6 before, 8 after",
        beside(20, 18),
        day(8, 18),
        {"overdue": 0, "cure_by": day(8, 26)},
    ),
    (
        "the missed row is asked for again",
        beside(20, 18),
        day(8, 19),
        {"overdue": 56885, "in_plan": 56885, "status": "strained"},
    ),
    ("on the eve it is still being checked", beside(20, 18), day(8, 31), {"status": "strained"}),
    ("then it is broken", beside(20, 18), day(9, 1), {"status": "broken", "ended_on": day(9, 1), "overdue": 341312}),
    ("at once, the day after", beside(20, 18, at_once=True), day(8, 27), {"status": "broken", "ended_on": day(8, 27)}),
    (
        # L is Tuesday 28 July; Wednesday is the first working day, 19 and 20 August are the others
        "the days of telling stand still too",
        beside(29, 18),
        day(8, 20),
        {"status": "strained", "cure_by": day(7, 28), "overdue": 56885},
    ),
    ("and then it is broken", beside(29, 18), day(8, 21), {"status": "broken", "ended_on": day(8, 21)}),
    (
        # rows 2 and 8 are due in the pause as ever, and row 2 is a second miss
        "overdue alone: the plan's next row is missed",
        beside(20, 18, scope="overdue"),
        day(8, 18),
        {"status": "strained", "in_plan": 56885},
    ),
]
