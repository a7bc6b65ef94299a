"""A borrower of the real file who is late: invited by phone, let in by a code of the lender, and told."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from portal.actions.invitations import invite
from portal.actions.lenders import NewLender, add_lender
from portal.actions.portfolio import import_portfolio
from portal.app import create_app
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.settings import Settings
from tests.actions.story import VAULT
from tests.browser import Browser
from tests.files import read_file
from tests.intake.lendingclub import needs_the_file, one_row
from tests.pages.conftest import SECRET

pytestmark = [pytest.mark.anyio, needs_the_file]

END = date(2019, 3, 31)
# The links live by the wall's clock, the figures by the business day.
NOW = BusinessTime(datetime.now(UTC), END)
LATE, WRITTEN_OFF = "121718746", "32199034"
CODE = "MAPLE7"


@pytest.fixture
async def browser(database: str, tmp_path: Path) -> Browser:
    await add_lender(NOW, NewLender("lc", "Lending House", "marketplace", "USD", "America/Los_Angeles"))
    facts = await lender_by_slug("lc")
    for loan_no in (LATE, WRITTEN_OFF):
        file = tmp_path / f"{loan_no}.csv"
        file.write_text(one_row(loan_no), encoding="utf-8")
        reading = read_file(file, lender_kind=facts.kind, mapping="lendingclub")
        await import_portfolio(NOW, facts, [_with_code(record) for record in reading.records], [], VAULT)
    return Browser(create_app(Settings(database=database, secret=SECRET, business_date=END), own_database=False))


def _with_code(record: LoanRecord) -> LoanRecord:
    """The public file tells neither ID digits nor names; a lender that uses it gives each borrower a code."""
    return replace(record, borrower=replace(record.borrower, entry_code=CODE))


async def come_in(browser: Browser, loan_no: str) -> Browser:
    token = await invite(NOW, await lender_by_slug("lc"), loan_no, "+14155550100", VAULT)
    await browser.open(f"/i/{token}")
    await browser.send(f"/i/{token}", digits=CODE)
    return await browser.send("/consent", notice="1", sensitive="1")


def the_loan(browser: Browser) -> str:
    """The address of the first loan on the list."""
    return "/loans/" + browser.html.split('href="/loans/')[1].split('"')[0]


async def test_the_door_asks_for_the_code_of_the_lender_and_never_for_the_contract_number(browser: Browser) -> None:
    token = await invite(NOW, await lender_by_slug("lc"), LATE, "+14155550100", VAULT)
    await browser.open(f"/i/{token}")
    assert "Lending House" in browser.text and "entry code" in browser.text and "contract number" not in browser.text
    assert LATE not in browser.text and "2,010" not in browser.text
    await browser.send(f"/i/{token}", digits=LATE[-4:])
    assert browser.path == f"/i/{token}" and browser.status == 422


async def test_two_installments_as_the_lender_stated_them_are_overdue(browser: Browser) -> None:
    """18,855.64 left at 12.62 %: 2 x 1,005.34, of it interest 198.30 + 189.81."""
    bo = await come_in(browser, LATE)
    assert (bo.status, bo.path) == (200, "/loans")
    assert "$2,010.68" in bo.text
    await bo.open(the_loan(bo))
    for words in (
        "$2,010.68",
        "$1,622.57",
        "$388.11",
        "$15,059.07",
        "No. 16, 15 February 2019",
        "No. 17, 15 March 2019",
    ):
        assert words in bo.text
    # Up to no. 15 the file tells one sum; the installments before it ask nothing and are not listed.
    assert "No. 15, 15 January 2019" in bo.text and "No. 14," not in bo.text


async def test_the_contract_tells_the_stated_installment(browser: Browser) -> None:
    bo = await come_in(browser, LATE)
    await bo.open(f"{the_loan(bo)}/terms")
    assert "36 installments" in bo.text and "$1,005.34" in bo.text and "$30,000.00" in bo.text


async def test_a_plan_can_be_made_of_it(browser: Browser) -> None:
    bo = await come_in(browser, LATE)
    await bo.open(f"{the_loan(bo)}/plan?installments=6&first_due=2019-04-15&every=1m")
    assert bo.status == 200 and "$335.11" in bo.text


async def test_a_loan_written_off_says_so_and_keeps_what_was_recovered_apart(browser: Browser) -> None:
    """6,050 lent, 4,441.37 repaid, nothing recovered: 1,608.63 stays unpaid."""
    bo = await come_in(browser, WRITTEN_OFF)
    assert "$1,608.63" in bo.text
    await bo.open(the_loan(bo))
    # The five installments missed before the 150 days were over bear interest, what falls due later does not.
    assert "$82.80" in bo.text
