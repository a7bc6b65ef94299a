"""Days of a penalty: cut where something changes, put together again where nothing does."""

from datetime import date

from portal.domain.contract.loan import Suspension
from portal.domain.ledger.spans import calendar_days, cut_days, is_stopped, joined_spans, single_days, spans_in_a_row

MARCH, APRIL, MAY = date(2026, 3, 15), date(2026, 4, 14), date(2026, 5, 14)
DISPUTE = Suspension("penalty", date(2026, 3, 25), date(2026, 4, 4), "dispute")
OPEN = Suspension("penalty", date(2026, 4, 4), None, "dispute")


def test_a_stretch_is_cut_at_both_ends_of_a_dispute_and_where_the_rate_changes_within_it() -> None:
    assert cut_days(MARCH, APRIL, [DISPUTE], [date(2026, 4, 1), MAY]) == [
        MARCH,
        DISPUTE.start,
        date(2026, 4, 1),
        DISPUTE.end,
        APRIL,
    ]
    assert cut_days(MARCH, APRIL, [OPEN]) == [MARCH, OPEN.start, APRIL]


def test_days_are_stopped_where_all_of_them_are_of_the_dispute() -> None:
    assert is_stopped(date(2026, 3, 25), date(2026, 4, 4), [DISPUTE])
    assert not is_stopped(date(2026, 3, 24), date(2026, 4, 4), [DISPUTE])
    assert not is_stopped(date(2026, 3, 25), date(2026, 4, 5), [DISPUTE])
    assert is_stopped(date(2026, 4, 4), MAY, [OPEN])


def test_pieces_of_one_kind_are_one_and_what_has_no_days_is_none() -> None:
    first, second, third = (MARCH, APRIL), (APRIL, MAY), (MAY, date(2026, 6, 1))
    assert spans_in_a_row([(1, [first]), (1, [second]), (2, []), (1, [third])]) == [(1, [(MARCH, MAY)]), (1, [third])]
    assert joined_spans([(1, [first]), (2, [second]), (3, []), (1, [third])]) == [(1, [first, third]), (2, [second])]


def test_days_in_a_row_are_counted_one_by_one() -> None:
    days = list(single_days([(date(2026, 2, 27), date(2026, 3, 1)), (MARCH, date(2026, 3, 16))]))
    assert days == [
        (date(2026, 2, 27), date(2026, 2, 28)),
        (date(2026, 2, 28), date(2026, 3, 1)),
        (MARCH, date(2026, 3, 16)),
    ]
    assert calendar_days([(MARCH, APRIL), (APRIL, MAY)]) == 60
