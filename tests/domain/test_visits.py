"""Days and hours for which a borrower can make an appointment."""

from datetime import date

import pytest

from portal.domain.conduct.visits import (
    VisitDayOutOfRange,
    check_visit_day,
    visit_days,
    visit_windows,
    window_named,
    window_text,
)
from portal.domain.restructuring.contact_terms import AS_THE_RULES_SAY, ContactTerms
from portal.reads.contact_rules import contact_rules

TODAY = date(2026, 6, 14)


def test_from_tomorrow_on_for_as_many_days_as_the_policy_says() -> None:
    assert visit_days(TODAY, 14) == (date(2026, 6, 15), date(2026, 6, 28))
    check_visit_day(date(2026, 6, 15), TODAY, 14)
    check_visit_day(date(2026, 6, 28), TODAY, 14)
    for day in (TODAY, date(2026, 6, 29)):
        with pytest.raises(VisitDayOutOfRange):
            check_visit_day(day, TODAY, 14)


def test_hours_in_which_the_lender_contacts_nobody_are_not_offered() -> None:
    usual = visit_windows(contact_rules(AS_THE_RULES_SAY, TODAY))
    assert usual == ((9, 12), (12, 14), (14, 18), (18, 20))
    assert visit_windows(contact_rules(ContactTerms(from_hour=10, to_hour=18), TODAY)) == ((12, 14), (14, 18))
    assert window_named(usual, window_text((14, 18))) == (14, 18)
