"""王小明 says he paid 500.00 on 12 June; what the lender's books say to that."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.domain.conduct.payment_claim import Booked, ClaimStatus, PaymentClaim, Step, settle_claims

TOLD = datetime(2026, 6, 14, 0, 40, tzinfo=UTC)
SAID = PaymentClaim("r1", date(2026, 6, 12), 50000, TOLD, reference="T-77 20")
PAID = Booked("P-3", date(2026, 6, 13), 50000, TOLD + timedelta(hours=9))


def test_the_amount_within_seven_days_of_the_day_he_named_is_his() -> None:
    for day in (date(2026, 6, 5), date(2026, 6, 19)):
        assert settle_claims([SAID], [replace(PAID, received_on=day)]) == (Step("r1", ClaimStatus.CONFIRMED, "P-3"),)


@pytest.mark.parametrize("day", [date(2026, 6, 4), date(2026, 6, 20)])
def test_the_amount_eight_days_off_says_nothing(day: date) -> None:
    assert settle_claims([SAID], [replace(PAID, received_on=day)]) == ()


def test_what_the_books_had_before_he_spoke_is_not_what_he_speaks_of() -> None:
    assert settle_claims([SAID], [replace(PAID, recorded_at=TOLD - timedelta(seconds=1))]) == ()


def test_what_the_books_got_in_the_same_moment_is_his() -> None:
    assert settle_claims([SAID], [replace(PAID, recorded_at=TOLD)]) == (Step("r1", ClaimStatus.CONFIRMED, "P-3"),)


def test_the_reference_finds_it_whenever_and_whatever_it_was() -> None:
    """Typed off a screen, spaces, capitals and full-width digits come and go."""
    long_ago = Booked("P-9", date(2026, 3, 1), 49900, TOLD - timedelta(days=90), reference="t-77２０")
    assert settle_claims([SAID], [long_ago]) == (Step("r1", ClaimStatus.CONFIRMED, "P-9"),)


def test_the_lenders_own_id_is_a_reference_too() -> None:
    assert settle_claims([replace(SAID, reference="p-3", amount=1)], [PAID]) == (
        Step("r1", ClaimStatus.CONFIRMED, "P-3"),
    )


def test_a_payment_named_by_a_later_report_is_not_taken_by_an_earlier_one() -> None:
    """Both say 500.00; the second names the transfer that came."""
    second = replace(SAID, ref="r2", reported_at=TOLD + timedelta(hours=1), reference="T-99")
    came = replace(PAID, reference="T-99")
    assert settle_claims([SAID, second], [came]) == (Step("r2", ClaimStatus.CONFIRMED, "P-3"),)


def test_two_reports_and_two_payments_meet_the_oldest_first() -> None:
    second = replace(SAID, ref="r2", reported_at=TOLD + timedelta(hours=1))
    later = replace(PAID, id="P-4", received_on=date(2026, 6, 14))
    steps = settle_claims([second, SAID], [later, PAID])
    assert steps == (Step("r1", ClaimStatus.CONFIRMED, "P-3"), Step("r2", ClaimStatus.CONFIRMED, "P-4"))


def test_one_payment_confirms_one_report() -> None:
    first = replace(SAID, status=ClaimStatus.CONFIRMED, payment="P-3")
    second = replace(SAID, ref="r2", reported_at=TOLD + timedelta(hours=1))
    assert settle_claims([first, second], [PAID]) == ()


def test_a_payment_that_staff_said_is_not_his_can_confirm_another() -> None:
    """Of two reports one is answered, with no payment; the other takes the payment that is there."""
    first = replace(SAID, status=ClaimStatus.WITHDRAWN, payment="P-3")
    second = replace(SAID, ref="r2", reported_at=TOLD + timedelta(hours=1))
    assert settle_claims([first, second], [PAID]) == (Step("r2", ClaimStatus.CONFIRMED, "P-3"),)


def test_another_amount_around_that_day_asks_the_staff_once() -> None:
    other = replace(PAID, amount=49900)
    assert settle_claims([SAID], [other]) == (Step("r1", ClaimStatus.ASKED, reason="differs"),)
    assert settle_claims([replace(SAID, status=ClaimStatus.ASKED)], [other]) == ()


def test_what_confirmed_it_was_taken_back_and_staff_are_asked() -> None:
    confirmed = replace(SAID, status=ClaimStatus.CONFIRMED, payment="P-3")
    assert settle_claims([confirmed], [replace(PAID, reversed=True)]) == (
        Step("r1", ClaimStatus.ASKED, reason="reversed"),
    )


def test_taken_back_and_booked_anew_in_one_go_is_confirmed_by_the_new_one() -> None:
    confirmed = replace(SAID, status=ClaimStatus.CONFIRMED, payment="P-3")
    anew = replace(PAID, id="P-5")
    assert settle_claims([confirmed], [replace(PAID, reversed=True), anew]) == (
        Step("r1", ClaimStatus.CONFIRMED, "P-5"),
    )


@pytest.mark.parametrize("status", [ClaimStatus.ASKED, ClaimStatus.NOT_FOUND])
def test_a_payment_that_comes_late_still_confirms(status: ClaimStatus) -> None:
    assert settle_claims([replace(SAID, status=status)], [PAID]) == (Step("r1", ClaimStatus.CONFIRMED, "P-3"),)


def test_what_he_took_back_is_left_alone() -> None:
    assert settle_claims([replace(SAID, status=ClaimStatus.WITHDRAWN)], [PAID]) == ()
