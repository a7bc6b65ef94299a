"""What a cell of the desk's figures counts."""

from datetime import date

from portal.domain.conduct.figures import EARLIEST, FIGURE_TABLES, FigureGroup, cell_of, figure_counts

OF = date(2026, 6, 14)


def group(state: str, since: int, due: int | None = 17, count: int = 1, month: int = 6) -> FigureGroup:
    return FigureGroup(state, "plan", date(2026, month, since), due and date(2026, 6, due), count)


def test_days_waited_fall_into_one_column_each() -> None:
    """Of 14 June: sent today 0 days, on the 13th 1, the 12th 2, the 11th 3, the 10th 4, the 7th 7, the 6th 8."""
    groups = [group("waiting", since) for since in (14, 13, 12, 11, 10, 7, 6)] + [group("waiting", 1, month=2)]
    assert figure_counts(FIGURE_TABLES["waiting"], groups, OF) == {"plan": (2, 2, 2, 2)}


def test_a_month_begins_on_its_first_day_a_year_with_the_365th_and_what_waits_at_any_time() -> None:
    assert FIGURE_TABLES["answered"].begins(OF) == date(2026, 6, 1)
    assert FIGURE_TABLES["plans"].begins(OF) == date(2025, 6, 15)
    assert FIGURE_TABLES["waiting"].begins(OF) == EARLIEST


def test_a_clock_that_ends_today_is_not_over() -> None:
    """In time: due today or later, or without a clock, three; late: due yesterday, one; and two by the rules."""
    groups = [group("waiting", 2, 14), group("waiting", 2, 15), group("waiting", 2, None), group("waiting", 2, 13)]
    groups.append(group("at_once", 2, 17, count=2))
    assert figure_counts(FIGURE_TABLES["answered"], groups, OF) == {"plan": (2, 0, 0, 3, 1, 0, 0)}


def test_what_no_column_counts_makes_no_row() -> None:
    assert figure_counts(FIGURE_TABLES["plans"], [group("signed", 3)], OF) == {}


def test_what_is_begun_after_the_day_is_not_counted() -> None:
    table = FIGURE_TABLES["answered"]
    assert not cell_of(table, table.columns[0], OF).takes(group("at_once", 15))
