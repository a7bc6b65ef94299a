"""The case (tests.domain.people) with the money and the agreements that stories tell of. Amounts are fen."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from portal.domain.contract.agreement import Agreement, CureTerms
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import WorkingDays
from portal.domain.contract.loan import Charge, Installment, Loan, Payment
from tests.domain.people import ON, XIAOMING
from tests.naive.days import due_dates
from tests.naive.signing import signed

Received = tuple[date, int, dict[str, int]]
"""The day, the fen, and the due that was named, if one was."""

Story = tuple[str, Loan, date, dict[str, Any]]
"""Its name, a loan, a day, and what comes out: `tests.naive.figures` says what the words mean."""

OCTOBER = WorkingDays(frozenset(date(2026, 10, day) for day in range(1, 8)))
AT_ONCE = CureTerms(telling_days=0)


def day(month: int, of_month: int, year: int = 2026) -> date:
    return date(year, month, of_month)


def paid(loan: Loan, *received: Received) -> Loan:
    """With this money too, in the order of its days; each may name its due."""
    first = len(loan.payments) + 1
    more = [
        Payment(f"P-{first + n:02}", on, fen, **named)
        for n, (on, fen, named) in enumerate(sorted(received, key=lambda each: each[0]))
    ]
    return replace(loan, payments=(*loan.payments, *more))


def taken_back(loan: Loan, received_on: date, fen: int, on: date) -> Loan:
    back = next(each.id for each in loan.payments if (each.received_on, each.amount) == (received_on, fen))
    return replace(loan, payments=(*loan.payments, Payment(f"R-{back}", on, reverses=back)))


def under(*agreements: Agreement, loan: Loan = XIAOMING) -> Loan:
    return replace(loan, agreements=agreements)


SIX = signed(XIAOMING, "A", ON, due_dates(day(7, 14), 6, "1m"), each=56885)
CASE = under(SIX)
CASE_AT_ONCE = under(replace(SIX, cure_terms=AT_ONCE))
IN_OCTOBER = under(replace(SIX, working_days=OCTOBER))
WAIVED = under(signed(XIAOMING, "A", ON, due_dates(day(7, 14), 6, "1m"), waived=Amounts(penalty=11264)))
WHOLE = signed(XIAOMING, "W", ON, due_dates(day(7, 15), 36, "1m"), covers="all", rate=Fraction(18, 100), each=38918)
WHOLE_WAIVED = signed(
    XIAOMING, "W", ON, due_dates(day(7, 15), 36, "1m"), covers="all", each=29625, waived=Amounts(penalty=11264)
)
SETTLEMENT = signed(XIAOMING, "S", ON, [day(7, 15)], covers="all", kind="settlement", waived=Amounts(penalty=11264))


def plan_money(each: int = 56885, last: int = 56887, shift: int = 0) -> list[Received]:
    found: list[Received] = [(day(month, 14), each, {}) for month in range(7, 12)]
    return shifted([*found, (day(12, 14), last, {})], shift)


def contract_money(name: bool = False, shift: int = 0) -> list[Received]:
    found: list[Received] = [(day(month, 15), 110016, {"installment": month}) for month in range(6, 12)]
    found.append((day(12, 15), 110019, {"installment": 12}))
    return shifted([(on, fen, named if name else {}) for on, fen, named in found], shift)


def shifted(money: list[Received], days: int) -> list[Received]:
    return [(on + timedelta(days=days), fen, named) for on, fen, named in money]


ON_TIME = paid(CASE, *plan_money(), *contract_money())
CONTRACT_ONLY = contract_money()
EARLY = [*plan_money(shift=-7), contract_money()[0], *contract_money(shift=-7)[1:]]
A_DAY_LATE = [*plan_money(shift=1), *contract_money(shift=1)]
TWO_OF_SIX = [*plan_money()[:2], *contract_money(name=True)]

FIVE = replace(XIAOMING, payments=tuple(Payment(f"P-{no}", day(no, 15), 110016) for no in range(1, 6)))
ONE_ROW = replace(
    XIAOMING,
    principal=118000,
    schedule=(Installment(1, day(1, 15), 118000, 2000),),
    payments=(Payment("P-1", day(1, 15), 130000),),
    charges=(Charge("C-1", day(1, 20), day(1, 20), "fees", 6000),),
)
TWO_ROWS = replace(ONE_ROW, principal=218000, schedule=(*ONE_ROW.schedule, Installment(2, day(2, 15), 100000, 0)))

K_NAMED = paid(CASE, *contract_money(name=True)[:2])
SECOND = signed(K_NAMED, "B", day(8, 10), due_dates(day(9, 10), 6, "1m"))
LATE_JULY = replace(K_NAMED, payments=(*K_NAMED.payments, Payment("L-1", day(7, 14), 56885)))
REOPENED = taken_back(ON_TIME, day(7, 14), 56885, day(1, 20, 2027))
REFUSED = under(replace(SIX, answered_on=day(6, 24), refused=True), loan=paid(XIAOMING, *contract_money(name=True)[:1]))
SIX_OF_36 = paid(under(WHOLE), *[(on, 38918, {}) for on in due_dates(day(7, 15), 6, "1m")])
SIX_OF_36_WAIVED = paid(under(WHOLE_WAIVED), *[(on, 29625, {}) for on in due_dates(day(7, 15), 6, "1m")])
