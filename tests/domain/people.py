"""The case of the domain as plain values: 12,000 at 18 %, two installments paid, three overdue on 14 June 2026."""

from datetime import date
from fractions import Fraction

from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import DayCount, Every
from portal.domain.contract.loan import Installment, Loan, Payment, Statement, Terms
from portal.domain.contract.penalty_terms import PenaltyKind, PenaltyRate, PenaltyTerms, RateForm
from portal.domain.contract.schedule import Method

ON = date(2026, 6, 14)

# no., principal, interest: level installments of 1,100.16, the last 1,100.19 (checked outside, 50 digits).
ROWS = (
    (1, 92016, 18000),
    (2, 93396, 16620),
    (3, 94797, 15219),
    (4, 96219, 13797),
    (5, 97662, 12354),
    (6, 99127, 10889),
    (7, 100614, 9402),
    (8, 102123, 7893),
    (9, 103655, 6361),
    (10, 105210, 4806),
    (11, 106788, 3228),
    (12, 108393, 1626),
)

XIAOMING = Loan(
    loan_no="JQ-2026-0001",
    product="现金分期",
    lender_kind="consumer-finance",
    currency="CNY",
    signed_on=date(2025, 12, 10),
    disbursed_on=date(2025, 12, 15),
    principal=1200000,
    terms=Terms(
        annual_rate=Fraction(18, 100),
        method=Method.LEVEL,
        installments=12,
        every=Every(1, "m"),
        first_due=date(2026, 1, 15),
        day_count=DayCount.THIRTY_360,
        penalty=PenaltyTerms(
            kind=PenaltyKind.DAILY_SIMPLE,
            rate=PenaltyRate(RateForm.MULTIPLE, Fraction(13, 10)),
            day_count=DayCount.ACTUAL_360,
            clause="8.2",
        ),
    ),
    schedule=tuple(Installment(no, date(2026, no, 15), principal, interest) for no, principal, interest in ROWS),
    payments=(Payment("P-1", date(2026, 1, 15), 110016), Payment("P-2", date(2026, 2, 15), 110016)),
    statement=Statement(ON, Amounts(penalty=11264, interest=41370, principal=288678)),
)
