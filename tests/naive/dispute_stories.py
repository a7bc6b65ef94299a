"""What was worked out by hand of a component that is disputed while it stands in a plan.

The case's first row is penalty 112.64, interest 413.70 and principal 42.51; the others are principal alone. The
contract is paid by name on its days. A dispute of 1 July that is answered on 5 August freezes from 2 July to 4 August.
"""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract.loan import Installment, Loan, Suspension
from tests.domain.people import XIAOMING
from tests.naive.cases import CASE, SIX_OF_36, WHOLE, Received, Story, contract_money, day, paid, under
from tests.naive.signing import signed

ALL_ELSE = 56885 - 11264
"""The first row without its penalty: 456.21."""

SECOND_ROW: Received = (day(8, 14), 56885, {"plan_installment": 2})


def disputed(component: str, start: date, end: date | None, *received: Received, loan: Loan = CASE) -> Loan:
    held = replace(loan, suspensions=(Suspension(component, start, end, "dispute"),))
    return paid(held, *received, *contract_money(name=True)) if loan is CASE else paid(held, *received)


def penalty(*received: Received) -> Loan:
    return disputed("penalty", day(7, 1), day(8, 5), *received)


FIRST_ROW: Received = (day(7, 10), ALL_ELSE, {})
UNPAID = penalty(FIRST_ROW, SECOND_ROW)
ANSWERED = penalty(FIRST_ROW, (day(8, 5), 11264, {"plan_installment": 1}))
A_DAY_AFTER = penalty(FIRST_ROW, (day(8, 6), 11264, {"plan_installment": 1}))
AHEAD = penalty((day(7, 14), 56885, {"plan_installment": 1}), SECOND_ROW)
NEVER_ANSWERED = disputed(
    "penalty",
    day(7, 1),
    None,
    FIRST_ROW,
    *[(day(month, 14), 56885, {"plan_installment": month - 6}) for month in range(8, 12)],
    (day(12, 14), 56887, {"plan_installment": 6}),
)
PRINCIPAL = disputed("principal", day(8, 1), day(8, 20), (day(7, 15), 56885, {"plan_installment": 1}))
INTEREST = disputed("interest", day(7, 1), day(8, 20), (day(7, 10), 11264, {}), loan=under(WHOLE))
STAYS = disputed("interest", day(1, 20, 2027), None, loan=SIX_OF_36)

ONE = replace(
    XIAOMING, disbursed_on=day(6, 15), principal=100000, schedule=(Installment(1, day(7, 15), 100000, 0),), payments=()
)
IN_ONE = signed(ONE, "A", day(7, 1), [day(8, 1)], covers="all", rate=Fraction(18, 100))
ALL_BUT_INTEREST = paid(
    replace(under(IN_ONE, loan=ONE), suspensions=(Suspension("interest", day(7, 2), None, "dispute"),)),
    (day(7, 10), 100000, {"plan_installment": 1}),
    (day(7, 20), 5000, {}),
)

FROZEN: list[Story] = [
    (
        "without interest that is disputed a row is whole, the plan is not",
        ALL_BUT_INTEREST,
        day(7, 19),
        {"payoff": 900},
    ),
    (
        # 15.00 in 30 days, 9.50 by the 20th
        "money that pays that too completes it on its own day",
        ALL_BUT_INTEREST,
        day(7, 20),
        {"status": "completed", "ended_on": day(7, 20), "closed_on": day(7, 20), "credit": 5000 - 950},
    ),
    (
        "all else of the row, four days early and naming nothing, is to the fen what the row asks",
        UNPAID,
        day(7, 10),
        {"received": [ALL_ELSE, 0, 0, 0, 0, 0], "credit": 0},
    ),
    ("a row is whole without its disputed penalty", UNPAID, day(7, 15), {"status": "active", "overdue": 0}),
    ("on the day of the answer it is due, not overdue", UNPAID, day(8, 5), {"status": "active", "overdue": 0}),
    (
        "the day after it is missed, with 14 days to catch up from the answer",
        UNPAID,
        day(8, 6),
        {"status": "strained", "cure_by": day(8, 19), "overdue": 11264, "in_plan": 11264, "days_late": 1},
    ),
    (
        # the 19th is a Wednesday: three working days are over on Monday the 24th
        "it is being checked until the 24th",
        UNPAID,
        day(8, 24),
        {"status": "strained", "received": [ALL_ELSE, 56885, 0, 0, 0, 0], "overdue": 11264},
    ),
    (
        # 3,413.12 - 456.21 - 568.85 = 2,388.06, of which 112.64 is penalty; 413.70 was interest, so 611.36 principal
        "and broken on the 25th: the penalty returns with 2,275.42 of principal",
        UNPAID,
        day(8, 25),
        {"status": "broken", "ended_on": day(8, 25), "overdue": 238806, "penalty": 11264, "principal": 227542},
    ),
    ("penalty runs from the day after: 1.48", UNPAID, day(8, 26), {"overdue": 238806 + 148}),
    ("paid on the day of the answer", ANSWERED, day(8, 6), {"status": "active", "overdue": 0, "credit": 0}),
    (
        "it is no miss at all: August's row, not paid, is the first and has its days to catch up",
        ANSWERED,
        day(8, 15),
        {"status": "strained", "cure_by": day(8, 28), "received": [56885, 0, 0, 0, 0, 0]},
    ),
    (
        "paid a day later it is a miss, and August's row has none",
        A_DAY_AFTER,
        day(8, 15),
        {"status": "strained", "cure_by": day(8, 14), "received": [56885, 0, 0, 0, 0, 0]},
    ),
    (
        "money that names the row passes the penalty by and waits",
        AHEAD,
        day(8, 4),
        {"status": "active", "received": [ALL_ELSE, 0, 0, 0, 0, 0], "credit": 11264, "overdue": 0},
    ),
    (
        "and pays it on the day of the answer",
        AHEAD,
        day(8, 5),
        {"status": "active", "received": [56885, 0, 0, 0, 0, 0], "credit": 0, "overdue": 0},
    ),
    (
        "nothing but 456.21 of the row is overdue where nothing is paid",
        penalty(),
        day(7, 15),
        {"status": "strained", "cure_by": day(7, 28), "overdue": ALL_ELSE, "in_plan": ALL_ELSE},
    ),
    (
        "broken while it is frozen: on the contract's dues nothing is",
        penalty(),
        day(8, 1),
        {"status": "broken", "ended_on": day(8, 1), "overdue": 341312, "penalty": 11264},
    ),
    ("but no penalty runs to the day of the answer", penalty(), day(8, 5), {"overdue": 341312}),
    ("from the day after it runs again, 3,415.00", penalty(), day(8, 6), {"overdue": 341500}),
    (
        "never answered: the plan is kept to its last row and not completed",
        NEVER_ANSWERED,
        day(12, 15),
        {"status": "active", "ended_on": None, "overdue": 0, "payoff": 11264, "closed_on": None},
    ),
    (
        "a row of principal alone asks for nothing",
        PRINCIPAL,
        day(8, 19),
        {"status": "active", "overdue": 0, "received": [56885, 0, 0, 0, 0, 0]},
    ),
    (
        "after July's miss the day of the answer is itself the last day",
        PRINCIPAL,
        day(8, 21),
        {"status": "strained", "cure_by": day(8, 20), "overdue": 56885},
    ),
    (
        # Thursday the 20th; 21st, 24th and 25th are the working days
        "broken on the 26th: 3,413.12 - 568.85",
        PRINCIPAL,
        day(8, 26),
        {"status": "broken", "ended_on": day(8, 26), "overdue": 284427},
    ),
    (
        # row 1 of 36: 10,145.88 at 18 % for 31 days = 157.26, penalty 112.64, the rest is old interest
        "of a whole-loan plan's first row 112.64 is not interest",
        INTEREST,
        day(8, 19),
        {"status": "active", "overdue": 0, "received": [11264, *[0] * 35]},
    ),
    (
        # 389.18 - 112.64 = 276.54 of row 1, and row 2, which is interest alone
        "the day after the answer the interest of both rows is overdue, by one day",
        INTEREST,
        day(8, 21),
        {"status": "strained", "overdue": 27654 + 38918, "interest": 27654 + 38918, "days_late": 1},
    ),
    (
        # row 7 is 140.20 and 248.98, row 8 is 136.46 and 252.72; 32 days of penalty on the one, one on the other
        "a broken plan whose schedule stays: the principal of what was due and of what falls due, no interest",
        STAYS,
        day(2, 16, 2027),
        {"status": "broken", "ended_on": day(2, 4, 2027), "overdue": 24898 + 25272 + 518 + 16, "interest": 0},
    ),
]
