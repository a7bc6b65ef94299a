"""What was worked out by hand of plans beside the contract, and of whole-loan plans."""

from dataclasses import replace

from portal.domain.contract.agreement import CureTerms, MissedContract
from tests.domain.people import ON, XIAOMING
from tests.naive.cases import (
    A_DAY_LATE,
    AT_ONCE,
    CASE,
    CASE_AT_ONCE,
    CONTRACT_ONLY,
    EARLY,
    IN_OCTOBER,
    OCTOBER,
    ON_TIME,
    SETTLEMENT,
    SIX,
    SIX_OF_36,
    SIX_OF_36_WAIVED,
    TWO_OF_SIX,
    WAIVED,
    WHOLE,
    Story,
    contract_money,
    day,
    paid,
    plan_money,
    under,
)

BESIDE: list[Story] = [
    ("both on the day: the plan goes on to its last row", ON_TIME, day(12, 13), {"overdue": 0, "status": "active"}),
    ("both on the day: the last row completes it", ON_TIME, day(12, 14), {"status": "completed", "penalty": 0}),
    ("both on the day: nothing is left", ON_TIME, day(12, 15), {"payoff": 0, "ended_on": day(12, 14)}),
    (
        "contract only, unnamed: what is paid in July cures the plan's first row",
        paid(CASE, *CONTRACT_ONLY),
        day(7, 16),
        {"status": "active", "received": [56885, 0, 0, 0, 0, 0], "in_plan": 0, "overdue": 56885 + 37},
    ),
    (
        "contract only, unnamed: a second miss within six has no days to catch up",
        paid(CASE, *CONTRACT_ONLY),
        day(8, 15),
        {"status": "strained", "cure_by": day(8, 14), "received": [56885, 51985, 0, 0, 0, 0], "in_plan": 4900},
    ),
    ("being checked until the eve", paid(CASE, *CONTRACT_ONLY), day(8, 19), {"status": "strained", "in_plan": 4900}),
    (
        "contract only, unnamed: broken in August",
        paid(CASE, *CONTRACT_ONLY),
        day(8, 20),
        # 2,324.42 of the plan, installment 8 (1,100.16) since the 15th with 5 days of penalty, 3.32
        {"status": "broken", "ended_on": day(8, 20), "overdue": 232442 + 110016 + 332, "in_plan": 0},
    ),
    (
        "contract only, unnamed, at once: 2,844.27 returns on the 15th and takes the money, 8 falls due that day",
        paid(CASE_AT_ONCE, *CONTRACT_ONLY),
        day(8, 15),
        {"status": "broken", "ended_on": day(8, 15), "overdue": 284427 + 56885 + 1146 - 110016},
    ),
    (
        "contract only, named: the first row has until 28 July",
        paid(CASE, *contract_money(name=True)),
        day(7, 28),
        {"status": "strained", "cure_by": day(7, 28), "overdue": 56885, "in_plan": 56885},
    ),
    (
        "contract only, named: it is being checked",
        paid(CASE, *contract_money(name=True)),
        day(7, 31),
        {"status": "strained", "overdue": 56885},
    ),
    (
        "contract only, named: broken on 1 August",
        paid(CASE, *contract_money(name=True)),
        day(8, 1),
        {"status": "broken", "ended_on": day(8, 1), "overdue": 341312, "penalty": 11264},
    ),
    (
        "contract only, named, at once: broken on 29 July",
        paid(CASE_AT_ONCE, *contract_money(name=True)),
        day(7, 29),
        {"status": "broken", "ended_on": day(7, 29), "overdue": 341312},
    ),
    (
        "plan only: completed, and seven missed of the contract",
        paid(CASE, *plan_money()),
        day(12, 16),
        {"status": "completed", "ended_on": day(12, 14), "overdue": 812868, "penalty": 42753, "in_plan": 0},
    ),
    (
        "both a day late: each row is missed and cured a day later",
        paid(CASE, *A_DAY_LATE),
        day(12, 20),
        {"status": "completed", "ended_on": day(12, 15), "overdue": 498},
    ),
    (
        "both a day late, at once: broken by the second row",
        paid(CASE_AT_ONCE, *A_DAY_LATE),
        day(8, 15),
        {"status": "broken", "ended_on": day(8, 15)},
    ),
    (
        "a week early: the row is paid, the contract's money waits",
        paid(CASE, *EARLY),
        day(7, 8),
        {"received": [56885, 0, 0, 0, 0, 0], "credit": 110016, "overdue": 0},
    ),
    (
        "a week early: the last payment is above the payoff",
        paid(CASE, *EARLY),
        day(12, 8),
        {"closed_on": day(12, 8), "credit": 379, "payoff": 0, "status": "completed", "ended_on": day(12, 7)},
    ),
    ("a week early: later dues are void", paid(CASE, *EARLY), day(3, 1, 2027), {"credit": 379, "overdue": 0}),
    (
        "broken after two of six: what was paid is the oldest due's",
        paid(IN_OCTOBER, *TWO_OF_SIX),
        day(10, 9),
        {"status": "broken", "ended_on": day(10, 9), "overdue": 227542, "principal": 227542, "credit": 0},
    ),
    (
        "broken after two of six: penalty from the day after, not for the days kept",
        paid(IN_OCTOBER, *TWO_OF_SIX),
        day(10, 10),
        {"penalty": 148, "bases": {3: 33661, 4: 96219, 5: 97662}},
    ),
    (
        "broken after two of six, at once",
        paid(under(replace(SIX, working_days=OCTOBER, cure_terms=AT_ONCE)), *TWO_OF_SIX),
        day(9, 29),
        {"status": "broken", "ended_on": day(9, 29), "overdue": 227542},
    ),
    (
        "broken after two of six with a waiver: a third of it is final",
        paid(
            under(replace(WAIVED.agreements[0], working_days=OCTOBER)),
            *plan_money(each=55008)[:2],
            *contract_money(name=True),
        ),
        day(10, 9),
        {"status": "broken", "overdue": 227541, "penalty": 7509, "vested": {"penalty": 3755}},
    ),
    (
        "with a waiver, kept to the end: all of it is final",
        paid(WAIVED, *plan_money(each=55008, last=55008), *contract_money()),
        day(12, 15),
        {"status": "completed", "overdue": 0, "payoff": 0, "vested": {"penalty": 11264}},
    ),
    (
        "the contract is missed beside it, and the policy lets that break it",
        under(replace(SIX, cure_terms=CureTerms(contract=MissedContract.BREAKS))),
        day(7, 3),
        {"status": "broken", "ended_on": day(7, 3)},
    ),
    (
        "the contract is missed beside it, and by default stays apart",
        CASE,
        day(7, 3),
        {"status": "active", "overdue": 110016 + 1160, "in_plan": 0},
    ),
]

WHOLE_LOAN: list[Story] = [
    ("the whole loan on the day: every due, and interest of 29 days", XIAOMING, ON, {"payoff": 1077748}),
    ("a whole-loan plan: nothing is due at first", under(WHOLE), day(6, 15), {"overdue": 0, "principal_left": 1014588}),
    (
        "six of 36, then nothing: broken, and its schedule stays",
        SIX_OF_36,
        day(2, 4, 2027),
        {"status": "broken", "ended_on": day(2, 4, 2027), "in_plan": 38918 + 324, "overdue": 38918 + 324},
    ),
    (
        "six of 36, then nothing for years: never above the contract",
        SIX_OF_36,
        day(1, 1, 2032),
        {"payoff": 1945983, "above": {"penalty": 34040}},
    ),
    (
        "six of 36 kept with 112.64 waived: 93.86 is a due of the day it broke",
        SIX_OF_36_WAIVED,
        day(2, 4, 2027),
        # 8,887.34 of principal, 20 days of penalty on 296.25, and the claw-back
        {"vested": {"penalty": 1878}, "payoff": 888734 + 385 + 9386, "overdue": 29625 + 385},
    ),
    (
        "the claw-back is overdue a day later",
        SIX_OF_36_WAIVED,
        day(2, 5, 2027),
        {"overdue": 29625 + 404 + 9386},
    ),
    (
        "a settlement that fails brings nothing forward",
        under(SETTLEMENT),
        day(8, 4),
        {"status": "broken", "ended_on": day(8, 4), "overdue": 341312 + 2 * 110016, "vested": {}},
    ),
    (
        "and costs from the day after: 1.88 on what was late before, 0.64 and 0.65",
        under(SETTLEMENT),
        day(8, 5),
        {"overdue": 341312 + 2 * 110016 + 188 + 64 + 65},
    ),
]
