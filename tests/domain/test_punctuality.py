"""王小明's installments fall due on each 15th from January 2026; the first two were paid on their days."""

from dataclasses import replace
from datetime import date

from portal.domain.contract.agreement import Covers
from portal.domain.contract.loan import Payment
from portal.domain.ledger.position import position
from portal.domain.ledger.punctuality import punctuality
from tests.domain.agreed import CASE, SIX, agreed, lived
from tests.domain.people import ON


def in_time(on: date = ON, *payments: Payment) -> tuple[int, int]:
    return punctuality(position(replace(CASE, payments=(*CASE.payments, *payments)), on))


def test_two_of_the_five_that_have_fallen_due_were_paid_in_time() -> None:
    assert in_time() == (2, 5)


def test_one_that_falls_due_today_is_not_late_yet() -> None:
    assert (in_time(date(2026, 6, 15)), in_time(date(2026, 6, 16))) == ((2, 5), (2, 6))


def test_the_last_day_is_in_time_and_the_one_after_it_is_not() -> None:
    assert in_time(ON, Payment("P-3", date(2026, 3, 15), 110016)) == (3, 5)
    assert in_time(ON, Payment("P-3", date(2026, 3, 16), 110016)) == (2, 5)
    assert in_time(ON, Payment("P-3", date(2026, 3, 15), 110015)) == (2, 5)


def test_what_a_plan_took_in_before_its_day_was_neither_paid_nor_missed() -> None:
    """Signed on 14 June for the whole loan: by 20 July nos. 3 to 5 had been late, 6 and 7 were never asked for."""
    plan = agreed(CASE, replace(SIX, covers=Covers.ALL))
    assert punctuality(position(lived([], plan), date(2026, 7, 20))) == (2, 5)
    assert punctuality(position(lived([], agreed(CASE)), date(2026, 7, 20))) == (2, 7)
