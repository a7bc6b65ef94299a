"""Loans at month ends on the desk: each cell opens the loans that it counts, and no other."""

import csv
import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import patch

import pytest

from portal.actions.month_ends import count_month_ends
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.reads.loans import load_loans
from portal.tables import models as tables
from portal.web.labels.figures import BUCKET_LABELS
from tests.browser import Browser
from tests.pages.conftest import AN, LAN, RUI, XIAOMINGS, Cast
from tests.pages.test_figures import table

pytestmark = pytest.mark.anyio

AUTUMN = date(2026, 9, 2)
MONTHS = "Loans at the end of each month, by days past due"


async def as_told(loan_ids: Sequence[int], _known_at: datetime) -> Any:
    """The cast was written down when the test ran, and as if on 14 June."""
    return await load_loans(loan_ids)


@pytest.fixture
async def autumn(cast: Cast) -> AsyncIterator[Browser]:
    """On 2 September, when June, July and August are worked out of both lenders."""
    with patch("portal.reads.month_ends.load_loans", as_told), patch("portal.web.guard.today", lambda *_: AUTUMN):
        for slug in ("jq", "yh"):
            await count_month_ends(await lender_by_slug(slug), BusinessTime(datetime(2100, 1, 1, tzinfo=UTC), AUTUMN))
        yield await cast.reviewer(LAN)


async def sheet(page: Browser, address: str) -> list[dict[str, str]]:
    answer = await page.client.get(address)
    return list(csv.DictReader(answer.text.lstrip("\ufeff").splitlines()))


def caption(page: Browser, begins: str) -> str:
    """As it stands in the page, with the mark-up of its day."""
    found = re.search(f">({begins}.*?)</caption>", page.html.replace("&nbsp;", " "))
    assert found
    return found[1]


async def test_every_cell_opens_the_loans_that_it_counts(autumn: Browser) -> None:
    await autumn.open("/desk/figures")
    loans = await tables.LoanRow.filter(lender__slug="jq").count()
    months = table(autumn, MONTHS)
    assert list(months) == ["30 June 2026", "31 July 2026", "31 August 2026"]
    assert sum(map(int, months["30 June 2026"])) == loans > 10
    cells = re.findall(r'href="(/desk/figures/month-ends/\w+\?[^"]+)">(\d+)</a>', autumn.html)
    assert len(cells) > 10 and any("was=days_60_89" in address for address, _ in cells)
    for address, said in cells:
        await autumn.open(address.replace("&amp;", "&"))
        assert autumn.html.count('href="/desk/loans/') == int(said), address
        assert f"{said} loans." in autumn.text or (said == "1" and "One loan." in autumn.text)
        (whole,) = (link for link in autumn.links() if "cases.csv" in link)
        assert len(await sheet(autumn, whole)) == int(said), address


async def test_where_xiaoming_is_and_what_he_owes(autumn: Browser) -> None:
    """No. 3 was due on 15 March, 107 days before the end of June and 138 before that of July."""
    await autumn.open("/desk/figures/month-ends/days_90?of=2026-07-15&known=2026-08-01")
    assert f"{XIAOMINGS} Not here before ¥10,145.88 ¥4,552.96" in autumn.text and "30 June 2026" in autumn.text
    await autumn.open("/desk/figures/month-ends/days_90?of=2026-07-31&known=2026-08-01&was=days_90")
    assert XIAOMINGS in autumn.text and "a month before: 90 days overdue and more" in autumn.text
    await autumn.open("/desk/figures/month-ends/days_90?of=2026-07-31&known=2026-08-01&was=")
    assert "0 loans." in autumn.text
    lines = await sheet(autumn, "/desk/figures/month-ends.csv?of=2026-08-30&known=2026-09-01")
    assert {line["month_end"] for line in lines} == {"2026-06-30", "2026-07-31"}
    first = [line for line in lines if line["month_end"] == "2026-06-30"]
    assert {line["was"] for line in first} == {""}
    (row,) = (each for each in await sheet(autumn, first_of("days_90")) if each["loan_no"] == XIAOMINGS)
    assert (row["principal"], row["overdue"], row["currency"]) == ("10145.88", "4552.96", "CNY")


def first_of(bucket: str) -> str:
    return f"/desk/figures/month-ends/{bucket}/cases.csv?of=2026-06-30&known=2026-06-30"


async def test_before_a_month_was_over_there_is_nothing_and_others_see_none(cast: Cast, autumn: Browser) -> None:
    await autumn.open("/desk/figures?known=2026-06-29")
    assert "No month that is over was known by then." in autumn.text
    assert (await autumn.open("/desk/figures/month-ends/none")).status == 404
    await tables.MonthEndPlaceRow.filter(lender__slug="jq").update(of_on=date(2026, 8, 31))
    await autumn.open("/desk/figures")
    assert "The end of 31 August 2026 is still being worked out." in autumn.text
    assert list(table(autumn, MONTHS)) == ["30 June 2026", "31 July 2026"]
    told = {line["month_end"] for line in await sheet(autumn, "/desk/figures/month-ends.csv")}
    assert told == {"2026-06-30", "2026-07-31"}, "nor does the sheet have a month of which some loans are missing"
    rui = await cast.reviewer(RUI)
    assert (await rui.open("/desk/figures/month-ends/days_90")).status == 404
    await tables.StaffRow.filter(email=AN).update(role="admin")
    an = await cast.reviewer(AN)
    for bucket in ("current", "days_90", "closed"):
        await an.open(f"/desk/figures/month-ends/{bucket}")
        assert "JQ-" not in an.text


async def test_more_than_a_page_of_loans_goes_on_behind_the_last(autumn: Browser) -> None:
    with patch("portal.web.desk.month_ends.MONTH_END_CASES_ON_A_PAGE", 2):
        await autumn.open("/desk/figures/month-ends/days_90?of=2026-08-31")
        found = set(re.findall(r"/desk/loans/\w+", autumn.html))
        (onward,) = (link for link in autumn.links() if "past=" in link)
        await autumn.open(onward)
    assert len(found) == 2 and not found & set(re.findall(r"/desk/loans/\w+", autumn.html))
    assert "From the beginning" in autumn.text


async def test_what_is_owed_by_bucket_is_the_sum_of_its_loans(autumn: Browser) -> None:
    await autumn.open("/desk/figures?of=2026-06-30&known=2026-06-30")
    sums = table(autumn, caption(autumn, "What was owed on"))
    assert len(sums) > 2
    for name, shown in sums.items():
        rows = await sheet(autumn, first_of(next(code for code, words in BUCKET_LABELS.items() if words == name)))
        minor = [sum(int(each[column].replace(".", "")) for each in rows) for column in ("principal", "overdue")]
        assert shown == [str(len(rows)), *(f"¥{each // 100:,}.{each % 100:02}" for each in minor)], name


async def test_a_share_of_moves_is_of_the_row_and_not_of_its_largest_cell(autumn: Browser) -> None:
    """Eleven loans stayed at 90 days and more. With four others paid off, eleven of fifteen are 73 %, four 27 %."""
    stayed = await tables.MonthEndTotalRow.get(lender__slug="jq", of_on=date(2026, 8, 31), was="days_90")
    row = {name: getattr(stayed, name) for name in stayed._meta.db_fields if name != "id"}
    await tables.MonthEndTotalRow.create(**row | {"bucket": "closed", "loans": 4})
    await autumn.open("/desk/figures")
    moves = table(autumn, caption(autumn, "How loans moved until"))
    assert moves["90 days overdue and more"] == ["0", "0", "0", "0", "11 73%", "4 27%"]
