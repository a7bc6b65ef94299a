"""What was worked out by hand of money beyond what is due, and of what a lender lets go, pays back or ends.

The case's first installment is paid on its day, or five are; 11,079.84 or 7,259.10 of principal are to come then.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.closing import ClosingReason, LenderCredit, LoanClosing
from portal.domain.contract.loan import Loan, Payment, PenaltyTerms, ToleratedArrears
from portal.domain.contract.prepayment import PrepaidInterest, Purpose, Surplus, Then
from tests.domain.people import ON, XIAOMING
from tests.naive.cases import CASE, FIVE, ONE_ROW, Story, contract_money, day, paid, plan_money
from tests.naive.signing import signed

FIRST = replace(XIAOMING, payments=(Payment("P-01", day(1, 15), 110016),))
LATE: dict[str, Any] = {"purpose": Purpose.PAYOFF}
IN_ALL = 120195
"""1,201.95: interest of the case as its rows state it."""


def prepaid(then: Then, **said: Any) -> Loan:
    return paid(replace(FIRST, **said), (day(1, 15), 500000, {"purpose": Purpose.PREPAY, "then": then}))


def short(**said: Any) -> Loan:
    return paid(FIVE, (day(6, 12), 734984, said))


def back(loan: Loan, who: str, month: int, of_month: int, fen: int = 0) -> Loan:
    return replace(loan, payments=(*loan.payments, Payment("R-1", day(month, of_month), fen, reverses=who)))


def refunded(loan: Loan, month: int, of_month: int, fen: int) -> Loan:
    return replace(loan, payments=(*loan.payments, Payment("B-1", day(month, of_month), fen, is_refund=True)))


FEWER, LOWER, NEXT = prepaid(Then.FEWER), prepaid(Then.LOWER), prepaid(Then.NEXT)
STATED = paid(FIRST, (day(1, 15), 500000, {"allocated": Amounts(principal=500000)}))
MIDDLE = paid(FIRST, (day(1, 31), 500000, {"purpose": Purpose.PREPAY}))
KEPT = prepaid(Then.FEWER, terms=replace(FIRST.terms, prepayment=PrepaidInterest.AS_SCHEDULED))
SURPLUS = paid(replace(FIRST, terms=replace(FIRST.terms, surplus=Surplus.PREPAY)), (day(1, 15), 500000, {}))
RESTATED = replace(FEWER, restated_on=day(1, 20))
EARLY_ROW = paid(FIRST, (day(1, 10), 110016, {"installment": 2}), (day(1, 15), 500000, {"purpose": Purpose.PREPAY}))
JULY = paid(CASE, *contract_money(name=True), *plan_money()[:1])
NO_PENALTY = replace(ONE_ROW, terms=replace(ONE_ROW.terms, penalty=PenaltyTerms()), payments=(), charges=())
AT_18 = signed(NO_PENALTY, "A", day(2, 1), [day(3, 1)], rate=Fraction(18, 100))
LET_GO_FIRST = replace(
    paid(replace(NO_PENALTY, agreements=(AT_18,)), (day(2, 10), 3500, {})),
    lender_credits=(LenderCredit("W-1", day(2, 20), Amounts(interest=1000), "goodwill"),),
)

BEYOND: list[Story] = [
    ("5,000 prepaid, fewer: 516.74 of interest in all", FEWER, day(1, 15), {"interest_in_all": 51674, "credit": 0}),
    ("lower: 740.76", LOWER, day(1, 15), {"interest_in_all": 74076, "credit": 0}),
    ("next: 966.34", NEXT, day(1, 15), {"interest_in_all": 96634, "credit": 0}),
    ("stated by the lender it is the next", STATED, day(1, 15), {"interest_in_all": 96634, "credit": 0}),
    ("every surplus, where the contract says so", SURPLUS, day(1, 15), {"interest_in_all": 51674, "credit": 0}),
    ("6,079.84 + 91.20 pay everything a month later", FEWER, day(2, 15), {"payoff": 617104, "principal_left": 607984}),
    ("however it was prepaid", LOWER, day(2, 15), {"payoff": 617104}),
    (
        # 166.20 less 16 of 30 days before; 166.20 x 5,000 x 14 / (11,079.84 x 30) = 35.00 saved, 131.20 asked
        "prepaid on the 31st of January, by 30/360: sixteen days have run on all of it, fourteen run on the rest",
        MIDDLE,
        day(2, 15),
        {"payoff": 607984 + 13120},
    ),
    ("a contract may keep its interest", KEPT, day(1, 15), {"interest_in_all": IN_ALL, "credit": 0}),
    ("half of a month is half of it", KEPT, day(1, 30), {"payoff": 607984 + 8310}),
    ("a schedule stated later counts it in", RESTATED, day(1, 20), {"interest_in_all": IN_ALL}),
    (
        # row 2 is paid with 166.20 of interest and asks 91.20; of 5,000 the last rows' principal is prepaid
        "what was paid of a row above what it asks now is credit",
        EARLY_ROW,
        day(1, 15),
        {"credit": 16620 - 9120},
    ),
    ("7,349.84 two days late is 7.26 short", short(**LATE), day(6, 12), {"payoff": 726, "closed_on": None}),
    ("7.26 is due on the 15th", short(**LATE), day(6, 15), {"payoff": 726, "overdue": 0}),
    ("and overdue a day later, with no principal to bear penalty", short(**LATE), day(6, 16), {"overdue": 726}),
    ("without a word it waits, and 10.89 more run", short(), day(6, 15), {"payoff": 726 + 1089, "overdue": 0}),
    (
        "short by what is overlooked",
        replace(short(), arrears_tolerance=(ToleratedArrears(day(1, 1), 726),)),
        day(6, 15),
        {"payoff": 726},
    ),
    (
        "and by more than that",
        replace(short(), arrears_tolerance=(ToleratedArrears(day(1, 1), 725),)),
        day(6, 15),
        {"payoff": 726 + 1089},
    ),
    (
        "7.26 more close it",
        paid(short(**LATE), (day(6, 15), 726, {})),
        day(12, 31),
        {"closed_on": day(6, 15), "payoff": 0, "credit": 0},
    ),
    (
        "a payoff on the day closes",
        paid(FIVE, (day(6, 10), 734984, LATE)),
        day(12, 31),
        {"closed_on": day(6, 10), "payoff": 0, "credit": 0},
    ),
    (
        "a prepayment that is taken back saves nothing: installment 2 is two weeks late, 933.96 x 23.4 % x 14 / 360",
        back(FEWER, "P-02", 3, 1),
        day(3, 1),
        {"interest_in_all": IN_ALL, "overdue": 110016 + 850},
    ),
    ("1,300.00 where 1,200.00 was owed, a fee of 60.00: 40.00", ONE_ROW, day(1, 20), {"overdue": 0, "credit": 4000}),
    ("40.00 refunded", refunded(ONE_ROW, 1, 25, 4000), day(1, 25), {"overdue": 0, "credit": 0}),
    ("100.00 refunded before the fee was told", refunded(ONE_ROW, 1, 25, 10000), day(1, 25), {"overdue": 6000}),
    (
        # of 500.00 without credit 349.84 are the last payment's, and with that nothing is closed any more: 150.16 are
        # of the 7,000.00 before it, which are credit again; 7,259.10 + 108.89 x 27 / 30 less 6,849.84 are to pay
        "500.00 refunded of two payments that closed it takes nothing of the one before them",
        refunded(paid(FIVE, (day(6, 10), 700000, {}), (day(6, 10), 34984, {})), 6, 12, 50000),
        day(6, 12),
        {"credit": 684984, "overdue": 0, "payoff": 50726, "principal_left": 725910},
    ),
    (
        "a part taken back: the credit first, then the fee, then principal",
        back(ONE_ROW, "P-1", 1, 25, 4000 + 6000 + 100),
        day(1, 25),
        {"credit": 0, "fees": 6000, "principal": 100, "interest": 0},
    ),
    (
        "what the lender lets go pays its component, and what finds nothing is nothing",
        replace(XIAOMING, lender_credits=(LenderCredit("W-1", ON, Amounts(penalty=99999, interest=100), "goodwill"),)),
        ON,
        {"penalty": 0, "overdue": 341312 - 11264 - 100, "credit": 0},
    ),
    (
        # 1,180.00 and 20.00 of interest, 35.00 of which came and 10.00 were let go; the plan's own interest lapses
        "what was let go before money came counts before it, so that nothing of either is lost",
        LET_GO_FIRST,
        day(3, 19),
        {"status": "broken", "ended_on": day(3, 19), "overdue": 120000 - 3500 - 1000, "interest": 0, "credit": 0},
    ),
    (
        "ended by the lender, the plan too; money that comes later stays credit",
        replace(JULY, closing=LoanClosing(day(8, 1), ClosingReason.SOLD)),
        day(9, 30),
        {"status": "ended", "ended_on": day(8, 1), "overdue": 0, "payoff": 0, "credit": 2 * 110016},
    ),
    (
        "written off: no penalty from the day after",
        replace(XIAOMING, written_off_on=ON),
        day(6, 15),
        {"overdue": 341312},
    ),
]
