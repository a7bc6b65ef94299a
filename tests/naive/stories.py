"""What was worked out by hand: money, and facts that are told late."""

from dataclasses import replace
from datetime import date
from typing import Any

from portal.domain.contract.loan import AllocationRule, Correction, Loan, Payment, Suspension
from tests.domain.people import ON, XIAOMING
from tests.naive.beyond_stories import BEYOND
from tests.naive.cases import (
    CASE,
    FIVE,
    K_NAMED,
    LATE_JULY,
    ONE_ROW,
    REFUSED,
    REOPENED,
    SECOND,
    SIX,
    TWO_OF_SIX,
    TWO_ROWS,
    Story,
    contract_money,
    day,
    paid,
    taken_back,
    under,
)
from tests.naive.dispute_stories import FROZEN
from tests.naive.pause_stories import PAUSES
from tests.naive.plan_stories import BESIDE, WHOLE_LOAN
from tests.naive.signing import signed

PRINCIPAL_FIRST = AllocationRule(late=("principal", "interest", "penalty", "fees", "costs"), late_from_day=91)
LATE_ORDER = replace(XIAOMING, terms=replace(XIAOMING.terms, allocation=PRINCIPAL_FIRST))

MONEY: list[Story] = [
    ("what pays everything today", FIVE, day(6, 10), {"payoff": 734984}),
    (
        "paid, nothing is owed on any later day",
        paid(FIVE, (day(6, 10), 734984, {})),
        day(1, 20, 2027),
        {"payoff": 0, "overdue": 0, "closed_on": day(6, 10), "credit": 0, "principal_left": 0},
    ),
    ("credit pays a fee that comes later", ONE_ROW, day(2, 1), {"overdue": 0, "credit": 4000}),
    ("credit pays a fee, with more to come", TWO_ROWS, day(2, 1), {"overdue": 0, "credit": 4000, "closed_on": None}),
    (
        "days on which nothing accrues cut no line in two: 56.69, 38.15 and 19.68",
        replace(
            paid(XIAOMING, *contract_money(name=True)[:2]),
            suspensions=(Suspension("penalty", day(6, 14), day(7, 14), "dispute"),),
        ),
        day(7, 15),
        {"overdue": 341500, "penalty": 5669 + 3815 + 1968},
    ),
    (
        # 1,156.23 pay installment 3 whole, and the loan is 60 days late then; 500.00 go by the order they came under
        "91 days late it pays principal first, whatever it names: 500.00 of 962.19, and 37.53 of penalty stay",
        paid(LATE_ORDER, (ON, 115623 + 50000, {"installment": 3})),
        ON,
        {"principal": 96219 - 50000 + 97662, "interest": 13797 + 12354, "penalty": 3753 + 1904, "days_late": 60},
    ),
    (
        "until it is taken back, a payment counts",
        taken_back(XIAOMING, day(2, 15), 110016, day(2, 25)),
        day(2, 24),
        {"overdue": 0, "days_late": 0},
    ),
    (
        "on the day it is taken back its due is ten days late: 933.96 x 23.4 % x 10 / 360 = 6.07",
        taken_back(XIAOMING, day(2, 15), 110016, day(2, 25)),
        day(2, 25),
        {"overdue": 110016 + 607, "days_late": 10},
    ),
]

FACTS: list[Story] = [
    (
        "500.00 told after the plan was signed: the first row asks 68.09",
        replace(CASE, payments=(*CASE.payments, Payment("L-1", day(6, 10), 50000))),
        ON,
        {"received": [56885 - 6809, 0, 0, 0, 0, 0], "overdue": 0},
    ),
    (
        "two of six rows paid, a new plan takes in 2,275.42",
        under(SIX, signed(paid(CASE, *TWO_OF_SIX), "B", day(9, 20), [day(10, 20)]), loan=paid(XIAOMING, *TWO_OF_SIX)),
        day(9, 20),
        {"statuses": ["superseded", "active"], "totals": [227542], "overdue": 0},
    ),
    ("before July's row is told", K_NAMED, day(8, 10), {"status": "broken", "overdue": 343001}),
    (
        "July's row told late: the plan was never broken, no penalty of the days between",
        LATE_JULY,
        day(8, 10),
        {"status": "active", "overdue": 0},
    ),
    (
        "July's row told after another was signed: that stays, 585.74 counts as paid on its first rows",
        replace(LATE_JULY, agreements=(SIX, SECOND)),
        day(8, 10),
        {"statuses": ["superseded", "active"], "received": [57166, 1408, 0, 0, 0, 0], "overdue": 0},
    ),
    (
        "a completed plan whose payment is taken back",
        REOPENED,
        day(1, 20, 2027),
        {"status": "strained", "cure_by": day(2, 3, 2027), "overdue": 56885, "in_plan": 56885, "closed_on": None},
    ),
    ("it has its days to catch up", REOPENED, day(2, 8, 2027), {"status": "strained", "overdue": 56885}),
    (
        "and breaks where nothing comes",
        REOPENED,
        day(2, 9, 2027),
        {"status": "broken", "ended_on": day(2, 9, 2027), "overdue": 56885},
    ),
    (
        "a row told late that was paid in time is no miss",
        paid(LATE_JULY, (day(8, 16), 56885, {})),
        day(8, 15),
        {"status": "strained", "cure_by": day(8, 28)},
    ),
    ("refused: no penalty from the day after signing to the answer", REFUSED, day(6, 24), {"overdue": 341312}),
    ("refused: it runs again, 3,415.00", REFUSED, day(6, 25), {"overdue": 341500, "statuses": []}),
    (
        "while the core is silent no row is due",
        under(replace(SIX, answered_on=None), loan=paid(XIAOMING, *contract_money(name=True)[:2])),
        day(8, 1),
        {"status": "active", "overdue": 0},
    ),
    (
        "a row due before the answer is due on the day of the answer",
        under(replace(SIX, answered_on=day(7, 20)), loan=paid(XIAOMING, *contract_money(name=True)[:2])),
        day(7, 21),
        {"status": "strained", "cure_by": day(8, 3), "overdue": 56885},
    ),
]

JULY_PAID = paid(CASE, *contract_money(name=True)[:2], (day(7, 14), 56885, {}))
AUGUST_TOO = paid(JULY_PAID, (day(8, 14), 56885, {"plan_installment": 2}))


def corrected(loan: Loan, on: date, **otherwise: Any) -> Loan:
    """What was received on 14 July is told otherwise on a day."""
    before = next(each for each in loan.payments if (each.received_on, each.amount) == (day(7, 14), 56885))
    now = replace(before, **otherwise)
    payments = tuple(now if each is before else each for each in loan.payments)
    return replace(loan, payments=payments, corrections=(Correction(on, before.id, before, now),))


SHORT = corrected(JULY_PAID, day(8, 10), amount=50000)

CORRECTED: list[Story] = [
    (
        "July's row was 500.00, and that is told on 10 August: it has its days from then",
        SHORT,
        day(8, 10),
        {"status": "strained", "cure_by": day(8, 24), "overdue": 6885, "in_plan": 6885},
    ),
    (
        # the 25th, 26th and 27th are the working days; of installment 8, 1,021.23 are 13 days late then
        "with August paid it is being checked to the 27th",
        corrected(AUGUST_TOO, day(8, 10), amount=50000),
        day(8, 27),
        {"status": "strained", "in_plan": 6885},
    ),
    (
        "and broken on the 28th: 3,413.12 - 500.00 - 568.85",
        corrected(AUGUST_TOO, day(8, 10), amount=50000),
        day(8, 28),
        {"status": "broken", "ended_on": day(8, 28), "overdue": 341312 - 50000 - 56885 + 110016 + 863},
    ),
    (
        "told to have come on the 20th it is a miss that was cured",
        corrected(JULY_PAID, day(8, 10), received_on=day(7, 20)),
        day(8, 13),
        {"status": "active", "overdue": 0},
    ),
    (
        # 14 August is a second miss then, and its last day was before; Friday 21st, 24th and 25th are the working days
        "no other row breaks it by what nobody knew: its last day is that of the telling",
        corrected(JULY_PAID, day(8, 20), amount=50000),
        day(8, 25),
        {"status": "strained", "cure_by": day(8, 20), "in_plan": 6885 + 56885},
    ),
    (
        "and then it is broken",
        corrected(JULY_PAID, day(8, 20), amount=50000),
        day(8, 26),
        {"status": "broken", "ended_on": day(8, 26)},
    ),
]

STORIES: list[Story] = [*MONEY, *BEYOND, *BESIDE, *WHOLE_LOAN, *FACTS, *CORRECTED, *FROZEN, *PAUSES]
