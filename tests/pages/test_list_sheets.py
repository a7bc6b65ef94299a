"""Each list of the desk as a sheet: what its page lists, in its order, with names masked; and who took it is known."""

import csv
import re
from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import patch

import pytest

from portal.actions.access import note_access
from portal.reads.desk_queue import ListedPage, listed_page
from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from tests.browser import Browser
from tests.pages.conftest import AN, LAN, RUI, SUN_HAOS, WU_LEIS, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio


async def sheet(page: Browser, address: str) -> list[dict[str, str]]:
    answer = await page.client.get(address)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv"), address
    return list(csv.DictReader(answer.text.lstrip("\ufeff").splitlines()))


async def of_page(page: Browser) -> list[dict[str, str]]:
    """The sheet that a list leads to."""
    (address,) = (link for link in page.links() if re.match(r"/desk/\w+\.csv", link))
    return await sheet(page, address)


async def one_by_one(*asked: Any) -> ListedPage:
    return await listed_page(*asked, 1)


async def test_the_queue_is_had_with_its_filters_and_order_whatever_page_of_it_is_open(cast: Cast) -> None:
    """周敏 has 2,524.44 overdue since 10 April, 65 days, and asks for it in 12; 吴磊 1,963.45."""
    rui = await cast.reviewer()
    with patch("portal.web.desk.list_sheets.listed_page", one_by_one):
        await rui.open("/desk?sort=overdue&after=200000~0")
        assert ZHOU_MINS not in rui.text
        rows = await of_page(rui)
        assert [row["loan_no"] for row in rows] == [ZHOU_MINS, WU_LEIS]
        with patch("portal.web.desk.list_sheets.MOST_EXPORTED", 1):
            assert [row["loan_no"] for row in await of_page(rui)] == [ZHOU_MINS]
    told = {"name": "周＊", "state": "submitted", "days_past_due": "65", "overdue": "2524.44", "payments": "12"}
    told |= {"asked": "2524.44", "currency": "CNY", "kind": "plan", "until": "2026-06-17", "claim_of_payment": ""}
    assert rows[0].items() >= told.items()
    assert rows[0]["beyond_the_policy"] == "max_months min_installment", "the last day, and one more"
    await tables.ProposalRow.filter(overdue_minor=196345).update(rule="settlement")
    await rui.open("/desk?rule=settlement")
    assert [row["loan_no"] for row in await of_page(rui)] == [WU_LEIS]


async def test_so_are_complaints_claims_of_payment_and_loans_whose_books_differ(cast: Cast) -> None:
    rui = await cast.reviewer()
    (open_one, answered) = await of_page(await rui.open("/desk/problems"))
    assert (open_one["state"], answered["outcome"], answered["cause"]) == ("open", "upheld", "collection")
    loan = await tables.LoanRow.get(loan_no=SUN_HAOS)
    person = await tables.PersonRow.first()
    assert person is not None
    await tables.PaymentClaimRow.create(
        **{"ref": "c1", "loan_id": loan.id, "person_id": person.id, "paid_on": date(2026, 6, 1), "state": "asked"},
        **{"amount_minor": 12345, "look_by": date(2026, 6, 3), "reported_at": datetime(2026, 6, 1, tzinfo=UTC)},
    )
    await rui.open("/desk/payments")
    (claim,) = (row for row in await of_page(rui) if row["loan_no"] == SUN_HAOS)
    assert (claim["amount"], claim["paid_on"], claim["state"]) == ("123.45", "2026-06-01", "asked")
    await tables.LoanRow.filter(id=loan.id).update(
        books_differ_on=date(2026, 6, 2), books_cause="grace", loan_no="=1+1"
    )
    await rui.open("/desk?queue=books&cause=grace")
    (differs,) = await of_page(rui)
    assert (differs["loan_no"], differs["statement_of"], differs["cause"]) == ("'=1+1", "2026-06-02", "grace")
    await rui.open("/desk?queue=books&cause=cap")
    assert await sheet(rui, "/desk/queue.csv?queue=books&cause=cap") == []
    an = await cast.reviewer(AN)
    for address in ("queue.csv", "queue.csv?queue=books", "problems.csv", "payments.csv"):
        assert "JQ-" not in (await an.client.get(f"/desk/{address}")).text, address


async def test_the_admin_sees_which_pages_and_lists_a_colleague_opened(cast: Cast) -> None:
    """Rui looks at Xiaoming's loan twice within ten minutes, and takes a list; Lan looks at Zhou Min's proposal."""
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    for _ in range(2):
        await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
        await settle_writes()
    await rui.client.get("/desk/queue.csv?queue=mine")
    await lan.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    await settle_writes()
    await lan.open("/desk/openings?what=pages")
    assert lan.text.count(f"{RUI} 王＊＊ {XIAOMINGS}") == 1 and f"{LAN} 周＊ {ZHOU_MINS}" in lan.text
    ruis = (await tables.StaffRow.get(email=RUI)).ref
    await lan.open(f"/desk/openings?what=pages&who={ruis}")
    assert XIAOMINGS in lan.text and ZHOU_MINS not in lan.text
    rows = await of_page(lan)
    assert [(row["staff"], row["loan_no"], row["name"], row["what"]) for row in rows] == [
        (RUI, XIAOMINGS, "王＊＊", "pages")
    ]
    await settle_writes()
    await lan.open("/desk/openings?what=sheets")
    assert f"{RUI} Assigned to me" in lan.text and f"{LAN} Who opened what" in lan.text
    assert "Nobody yet." in (await lan.open("/desk/openings")).text
    ans = (await tables.StaffRow.get(email=AN)).ref
    await lan.open(f"/desk/openings?what=pages&who={ans}")
    assert XIAOMINGS in lan.text, "whoever is nobody of the lender's filters nothing"
    for odd in ("/desk/openings?what=%00&who=x", "/desk/openings.csv?what=all"):
        assert (await lan.client.get(odd)).status_code == 200
    assert (await rui.client.get("/desk/openings.csv")).status_code == 404


async def test_who_takes_the_cases_or_the_loans_behind_a_figure_is_seen_by_the_admin_too(cast: Cast) -> None:
    """Lan takes whose relief was agreed, and all that are 90 days late; a page that is none leaves nothing."""
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    lan = await cast.reviewer(LAN)
    await sheet(lan, "/desk/figures/relief/agreed/cases.csv")
    await sheet(lan, "/desk/figures/month-ends/days_90/cases.csv")
    for none in ("relief/kept", "month-ends/none"):
        assert (await lan.client.get(f"/desk/figures/{none}/cases.csv")).status_code == 404
    await settle_writes()
    await lan.open("/desk/openings?what=sheets")
    assert f"{LAN} The cases of a figure" in lan.text and f"{LAN} The loans of a figure" in lan.text
    assert lan.text.count(f"{LAN} The ") == 2


async def test_fifty_rows_and_one_are_all_in_the_sheet(cast: Cast) -> None:
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    staff, loan = await tables.StaffRow.get(email=RUI), await tables.LoanRow.get(loan_no=ZHOU_MINS)
    lender = (await tables.LenderRow.get(slug="jq")).id
    with patch("portal.reads.access.OPENINGS_ON_A_PAGE", 2):
        for minute in range(5):
            at = datetime(2026, 6, 1, 9, minute, tzinfo=UTC)
            await note_access(("staff", staff.ref), "loan.looked", at, subject=f"loan:{loan.ref}", lender_id=lender)
        lan = await cast.reviewer(LAN)
        rows = await sheet(lan, f"/desk/openings.csv?what=pages&who={staff.ref}")
    assert [row["at"][14:16] for row in rows] == ["04", "03", "02", "01", "00"]
