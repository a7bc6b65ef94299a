"""王小明's agreements as plain values, and the money that comes for plan and contract."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from portal.domain.contract.agreement import Agreement, CureTerms, OfferKind
from portal.domain.contract.calendar import Every, WorkingDays
from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger.position import position
from portal.domain.restructuring.drawing import draw_up
from portal.domain.restructuring.offer import Offer
from tests.domain.people import ON, XIAOMING

CASE = replace(XIAOMING, statement=None)
"""3,413.12 overdue on 14 June 2026; 1,100.16 to come on each 15th from June to November, 1,100.19 in December."""

WEEK_OFF = WorkingDays(holidays=frozenset(date(2026, 10, day) for day in range(1, 8)))
"""The first seven days of October are holidays."""

SIX = Offer(Every(1, "m"), date(2026, 7, 14), installments=6)

AT_ONCE = CureTerms(telling_days=0)
"""Broken the day after the last day to catch up."""


def agreed(
    loan: Loan,
    offer: Offer = SIX,
    ref: str = "A-1",
    as_of: date = ON,
    cure_terms: CureTerms | None = None,
    kind: OfferKind = OfferKind.PLAN,
) -> Agreement:
    """Signed and booked on the day its figures are of, in the place of a plan that lives."""
    plan = draw_up(position(loan, as_of).without_plan, offer, loan.terms.rounding, loan.terms.day_count, as_of)
    terms = cure_terms or CureTerms()
    return Agreement(ref, kind, offer.covers, plan, terms, as_of, as_of, working_days=WEEK_OFF)


def lived(payments: Iterable[Payment], *agreements: Agreement, loan: Loan = CASE) -> Loan:
    """The loan with these payments after the two it has, under these agreements."""
    return replace(loan, payments=(*loan.payments, *payments), agreements=agreements)


def contract_money(first: int = 6, last: int = 12, later: int = 0, named: bool = False) -> list[Payment]:
    """Installments `first` to `last` on their days, or so many days later."""
    return [
        Payment(
            f"C-{no:02}",
            date(2026, no, 15) + timedelta(days=later),
            110019 if no == 12 else 110016,
            installment=no if named else None,
        )
        for no in range(first, last + 1)
    ]


def plan_money(first: int = 1, last: int = 6, later: int = 0) -> list[Payment]:
    """Rows `first` to `last` of the six on their days, or so many days later: five of 568.85 and 568.87."""
    return [
        Payment(f"P-7{no}", date(2026, 6 + no, 14) + timedelta(days=later), 56887 if no == 6 else 56885)
        for no in range(first, last + 1)
    ]
