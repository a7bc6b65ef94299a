"""小明 comes in and sees what is owed and why."""

import pytest

from tests.pages.conftest import Jq

pytestmark = pytest.mark.anyio


async def test_the_first_page_names_what_is_overdue(jq: Jq) -> None:
    bo = await jq.xiaoming()
    assert (bo.status, bo.path) == (200, "/loans")
    assert "3,413.12" in bo.text


async def test_the_itemisation_closes_on_the_screen(jq: Jq) -> None:
    bo = await jq.xiaoming()
    await bo.open(f"/loans/{jq.story.loan_ref}")
    for amount in ("2,886.78", "413.70", "112.64", "3,413.12"):
        assert amount in bo.text


async def test_the_penalty_lines_add_up_on_the_screen(jq: Jq) -> None:
    bo = await jq.xiaoming()
    await bo.open(f"/loans/{jq.story.loan_ref}/penalties")
    for amount in ("56.07", "37.53", "19.04", "112.64", "947.97", "23.4%"):
        assert amount in bo.text


async def test_the_contract_says_in_plain_words_what_the_engine_counts(jq: Jq) -> None:
    bo = await jq.xiaoming()
    await bo.open(f"/loans/{jq.story.loan_ref}/terms")
    assert "12,000.00" in bo.text and "18%" in bo.text and "23.4%" in bo.text


@pytest.mark.parametrize("page", ["", "/penalties", "/terms", "/plan"])
async def test_somebody_elses_loan_looks_like_no_loan(jq: Jq, page: str) -> None:
    bo = await jq.xiaoming()
    nobodys = (await bo.open(f"/loans/aaaaaaaaaaaaaaaa{page}")).html
    assert bo.status == 404
    from portal.tables import models as t

    await t.Borrower.all().update(person_id=None)
    theirs = (await bo.open(f"/loans/{jq.story.loan_ref}{page}")).html
    assert bo.status == 404
    assert theirs == nobodys


async def test_every_page_is_in_chinese_for_a_chinese_phone(jq: Jq) -> None:
    bo = await jq.xiaoming("zh-CN,zh;q=0.9")
    assert 'lang="zh-CN"' in bo.html
    assert "3,413.12" in bo.text


async def test_the_language_is_kept_by_choice(jq: Jq) -> None:
    bo = await jq.xiaoming("zh-CN")
    await bo.send("/language", lang="en", next="/loans")
    assert bo.path == "/loans" and 'lang="en"' in bo.html
