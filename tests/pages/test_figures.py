"""Figures of a day as they were known on a day: worked out by hand from the cast, and each opens what it counts."""

import csv
import re
from collections import Counter
from datetime import UTC, date, datetime
from unittest.mock import patch

import pytest

from portal.actions.figure_rows import count_figures, count_figures_again
from portal.domain.conduct.figure_facts import FigureFact
from portal.domain.conduct.figure_totals import FigureChange, figure_changes
from portal.domain.conduct.figures import FIGURE_TABLES
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.reads.figures import figures_digest
from portal.reads.rows import columns_of, names_of
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import AN, LAN, RUI, TODAY, Cast

pytestmark = pytest.mark.anyio

NOW = BusinessTime(datetime(2026, 6, 14, 8, tzinfo=UTC), TODAY)


async def counted(cast: Cast, slug: str = "jq") -> None:
    await count_figures(await lender_by_slug(slug), NOW)


async def figures(cast: Cast, asked: str = "", email: str = LAN) -> Browser:
    await counted(cast)
    lan = await cast.reviewer(email)
    return await lan.open(f"/desk/figures{asked}")


async def told_by_hand(*rows: dict[str, object]) -> None:
    """Facts that no event told, and all sums anew."""
    await tables.FigureFactRow.bulk_create([tables.FigureFactRow(**row) for row in rows])
    turns: dict[tuple[object, ...], list[FigureFact]] = {}
    for row in await tables.FigureFactRow.all().order_by("feed"):
        fact = FigureFact(**{name: getattr(row, name) for name in names_of(FigureFact)})
        lender = row.lender_id  # type: ignore[attr-defined]
        turns.setdefault((lender, fact.figure, fact.about, fact.turn), []).append(fact)
    sums: Counter[tuple[object, FigureChange]] = Counter()
    for (lender, *_), facts in turns.items():
        sums.update({(lender, change): count for change, count in figure_changes(facts).items()})
    await tables.FigureTotalRow.all().delete()
    await tables.FigureTotalRow.bulk_create(
        [
            tables.FigureTotalRow(lender_id=lender, counted=count, **columns_of(change))
            for (lender, change), count in sums.items()
        ]
    )


def table(page: Browser, caption: str) -> dict[str, list[str]]:
    """The rows of a table by their kind."""
    whole = page.html.replace("&nbsp;", " ").split(f">{caption}</caption>")[1].split("</table>")[0]
    found = {}
    for row in whole.split("<tr")[2:]:
        cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.split(r"<t[hd][^>]*>", row)[1:]]
        found[cells[0]] = cells[1:]
    return found


async def test_whether_plans_were_answered_in_time(cast: Cast) -> None:
    """Ten were sent today, nine plans and a pause: 0010 and the pause were taken at once by the rules; 0009, 0011, 0012
    and 0016 were answered by a person today; 0006 and 0007 wait, 0008 for its borrower; 0013 was withdrawn.
    """
    page = await figures(cast)
    assert table(page, "Answered in time: plans sent in the month until then") == {
        "Installments for what is overdue": ["1", "4", "0", "2", "0", "1", "1"],
        "Pause": ["1", "0", "0", "0", "0", "0", "0"],
        "In all": ["2", "4", "0", "2", "0", "1", "1"],
    }
    assert table(page, "What then waited for the lender, by days since it was sent")["In all"] == ["2", "0", "0", "0"]


async def test_whether_it_was_said_or_asked_why(cast: Cast) -> None:
    """Everybody of the cast gave a reason; Zheng Li was asked something as well."""
    page = await figures(cast)
    found = table(page, "Why it is asked for: plans sent in the month until then")
    assert found["Installments for what is overdue"] == ["8", "1", "0"]
    assert found["In all"] == ["9", "1", "0"]


async def test_relief_is_counted_by_kind_with_people_and_sums(cast: Cast) -> None:
    """Ma Chao and Guo Tao owed 2,243.95 each, Guo Tao 2,223.95 after twenty yuan of the penalty; He Jing's pause
    holds 1,963.45. In all 2,243.95 + 2,223.95 + 1,963.45 = 6,431.35.
    """
    page = await figures(cast)
    assert table(page, "Relief agreed in the month until then") == {
        "Installments for what is overdue": ["2", "2", "¥4,467.90", "¥20.00"],
        "Pause": ["1", "1", "¥1,963.45", "¥0.00"],
        "In all": ["3", "3", "¥6,431.35", "¥20.00"],
    }


async def test_who_was_given_two_kinds_of_relief_is_one_person_and_the_sheet_says_what_each_owed(cast: Cast) -> None:
    """Were He Jing Guo Tao, two plans and a pause would be of two people. He owed 2,223.95 after 20.00 of penalty."""
    await counted(cast)
    his = await tables.FigureFactRow.get(figure="relief", waived_minor=2000)
    await tables.FigureFactRow.filter(figure="relief", kind="pause").update(person=his.person)
    page = await figures(cast)
    found = table(page, "Relief agreed in the month until then")
    wanted = {"Installments for what is overdue": ["2", "2"], "Pause": ["1", "1"], "In all": ["3", "2"]}
    assert {kind: row[:2] for kind, row in found.items()} == wanted
    answer = await page.client.get("/desk/figures/relief/agreed/cases.csv?kind=plan")
    rows = sorted((each["asked"], each["waived"]) for each in csv.DictReader(answer.text.lstrip("\ufeff").splitlines()))
    assert rows == [("2223.95", "20.00"), ("2243.95", "0.00")]


async def test_what_another_lender_told_later_brings_nothing_back_that_is_over(cast: Cast) -> None:
    """Guo Tao's plan of the 14th broke on the 20th; at another lender a fact has the number that his first one had."""
    await counted(cast)
    begun = await tables.FigureFactRow.get(figure="plans", state="kept", kind="plan")
    row = {name: getattr(begun, name) for name in begun._meta.db_fields if name not in ("id", "feed")}
    on = date(2026, 6, 20)
    broken = {**row, "state": "broken", "feed": 9001, "of_on": on, "known_on": on}
    theirs = {**row, "lender_id": (await lender_by_slug("yh")).id, "about": "theirs", "feed": begun.feed}
    await told_by_hand(broken, theirs)
    lan = await cast.reviewer(LAN)
    with patch("portal.web.guard.today", lambda *_: date(2026, 6, 30)):
        await lan.open("/desk/figures/plans/kept?kind=plan")
        assert "0 cases." in lan.text and "/desk/loans/" not in lan.html
        await lan.open("/desk/figures/plans/broken?kind=plan")
    assert "One case." in lan.text and "14 June 2026 20 June 2026" in lan.text, "begun on, and so since"


async def test_sums_of_two_currencies_stand_beside_each_other_and_are_never_added(cast: Cast) -> None:
    await counted(cast)
    await tables.FigureFactRow.filter(figure="relief", kind="plan", waived_minor=2000).update(currency="USD")
    page = await figures(cast)
    whole = page.html.split(">Relief agreed in the month until then</caption>")[1].split("</table>")[0]
    row = whole.split("Installments for what is overdue</th>")[1].split("</tr>")[0]
    assert "2,243.95" in row and "2,223.95" in row and "4,467.90" not in page.text


async def test_plans_are_kept_paused_or_broken_and_problems_answered_or_open(cast: Cast) -> None:
    page = await figures(cast)
    assert table(page, "Plans agreed in the 365 days until then: kept or not") == {
        "Installments for what is overdue": ["1", "0", "0", "0", "0", "0"],
        "Pause": ["0", "0", "1", "0", "0", "0"],
        "In all": ["1", "0", "1", "0", "0", "0"],
    }
    assert table(page, "Problems reported in the month until then") == {
        "The amount is wrong": ["1", "0", "0", "0", "0", "0"],
        "They still call me": ["0", "0", "1", "0", "0", "0"],
        "In all": ["1", "0", "1", "0", "0", "0"],
    }


async def test_problems_are_counted_by_cause_once_they_are_answered(cast: Cast) -> None:
    """Guo Tao's is answered, by cause; one of before causes were asked for is not classified."""
    caption = "Problems reported in the month until then and answered, by cause"
    page = await figures(cast)
    found = {"How debts are collected": ["1", "0", "0"], "In all": ["1", "0", "0"]}
    assert table(page, caption) == found
    await page.open("/desk/figures/causes/upheld?kind=collection")
    assert "One case." in page.text and "They still call me" in page.text and "How debts are collected" in page.text
    answered = await tables.FigureFactRow.get(figure="complaints", state="upheld")
    row = {name: getattr(answered, name) for name in answered._meta.db_fields if name not in ("id", "cause")}
    await told_by_hand(row | {"about": "of-before", "feed": 9001})
    await page.open("/desk/figures")
    assert table(page, caption) == found | {"Not classified": ["1", "0", "0"], "In all": ["2", "0", "0"]}
    for kind, count in (("collection", 1), ("not_classified", 1), ("fees", 0), ("", 2)):
        await page.open(f"/desk/figures/causes/upheld?kind={kind}")
        assert page.html.count('href="/desk/loans/') == count, kind


async def test_every_cell_opens_as_many_cases_as_it_says_on_the_page_and_in_the_sheet(cast: Cast) -> None:
    page = await figures(cast)
    cells = re.findall(r'href="(/desk/figures/\w+/\w+\?[^"]+)">(\d+)</a>', page.html)
    assert len(cells) > 20
    for address, said in cells:
        await page.open(address.replace("&amp;", "&"))
        assert page.status == 200 and page.html.count('href="/desk/loans/') == int(said), address
        (sheet,) = (link for link in page.links() if "cases.csv" in link)
        answer = await page.client.get(sheet)
        assert len(list(csv.reader(answer.text.splitlines()))) == int(said) + 1, address
    whole = list(csv.DictReader((await page.client.get("/desk/figures.csv")).text.lstrip("\ufeff").splitlines()))
    kept = [each["count"] for each in whole if (each["table"], each["column"]) == ("plans", "kept")]
    assert kept == ["0", "1"]
    assert [each["waived"] for each in whole if each["kind"] == "all"] == ["20.00"]


async def test_what_was_told_late_is_in_a_figure_only_as_known_from_then_on(cast: Cast) -> None:
    """Guo Tao's plan is told on 21 June to have broken on the 20th, and on the 25th that it had not."""
    await counted(cast)
    begun = await tables.FigureFactRow.get(figure="plans", state="kept", kind="plan")
    row = {name: getattr(begun, name) for name in begun._meta.db_fields if name not in ("id", "feed")}
    late = ((9001, "broken", 21), (9002, "kept", 25))
    told = [(feed, state, date(2026, 6, known)) for feed, state, known in late]
    await told_by_hand(
        *({**row, "state": state, "feed": feed, "of_on": date(2026, 6, 20), "known_on": on} for feed, state, on in told)
    )
    lan = await cast.reviewer(LAN)
    wanted = {("19", "30"): 0, ("20", "20"): 0, ("20", "21"): 3, ("22", "24"): 3, ("22", "25"): 0, ("30", "30"): 0}
    with patch("portal.web.guard.today", lambda *_: date(2026, 6, 30)):
        for (of, known), place in wanted.items():
            await lan.open(f"/desk/figures?of=2026-06-{of}&known=2026-06-{known}")
            row = table(lan, "Plans agreed in the 365 days until then: kept or not")["Installments for what is overdue"]
            assert row[place] == "1" and row.count("1") == 1, (of, known)


async def test_before_anything_was_sent_and_before_it_was_known_there_is_nothing(cast: Cast) -> None:
    for asked in ("?of=2026-06-13", "?known=2026-06-13", "?of=2026-06-13&known=2026-06-14"):
        page = await figures(cast, asked)
        assert page.status == 200 and page.text.count("Nothing.") == 7


async def test_a_day_that_is_none_or_to_come_is_refused_and_comes_back(cast: Cast) -> None:
    page = await figures(cast, "?of=2026-06-15&known=soon")
    assert page.status == 422
    assert "Please choose a day up to today, 14 June 2026. You asked for 15 June 2026." in page.text
    assert 'value="soon"' in page.html and 'value="2026-06-15"' in page.html
    for odd in ("/desk/figures/plans/none", "/desk/figures/none/kept"):
        assert (await page.open(odd)).status == 404
    for odd in ("?kind=%00", f"?kind={'x' * 500}", "?before=-1", f"?before={'9' * 40}", "?of=9999-99-99"):
        assert (await page.open(f"/desk/figures/plans/kept{odd}")).status == 200


async def test_an_agent_and_another_lender_see_none_of_it(cast: Cast) -> None:
    rui = await figures(cast, email=RUI)
    assert rui.status == 404
    await rui.open("/desk")
    assert "/desk/figures" not in rui.links()
    await counted(cast, "yh")
    await tables.StaffRow.filter(email=AN).update(role="admin")
    an = await cast.reviewer(AN)
    await an.open("/desk/figures")
    assert an.text.count("Nothing.") == 7 and "/desk/figures" in an.links()
    await an.open("/desk/figures/plans/kept")
    assert "0 cases." in an.text and "JQ-" not in an.text


async def test_what_is_not_counted_yet_is_said(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    feed = (await tables.LenderRow.get(slug="jq")).feed
    await lan.open("/desk/figures")
    assert f"{feed} events are not counted yet." in lan.text
    await counted(cast)
    await lan.open("/desk/figures")
    assert "not counted yet" not in lan.text


async def test_made_again_of_the_log_it_is_the_same_to_the_byte(cast: Cast) -> None:
    await counted(cast)
    lender = await lender_by_slug("jq")
    rows, digest = await figures_digest(lender.id)
    assert rows > 20
    for altered in (tables.FigureFactRow, tables.FigureTotalRow):
        await altered.filter(lender_id=lender.id, state="kept").update(state="broken")
        assert await figures_digest(lender.id) != (rows, digest)
        await count_figures_again(lender, NOW)
        assert await figures_digest(lender.id) == (rows, digest)


async def test_what_was_counted_without_sums_is_counted_anew(cast: Cast) -> None:
    await counted(cast)
    lender = await lender_by_slug("jq")
    whole = await figures_digest(lender.id)
    await tables.FigureTotalRow.all().delete()
    await tables.FigureFeedRow.filter(lender_id=lender.id).update(summed_feed=None)
    lan = await cast.reviewer(LAN)
    assert "events are not counted yet." in (await lan.open("/desk/figures")).text
    await counted(cast)
    assert await figures_digest(lender.id) == whole


async def test_in_spans_of_three_events_it_is_the_same(cast: Cast) -> None:
    await counted(cast)
    lender = await lender_by_slug("jq")
    whole = await figures_digest(lender.id)
    with patch("portal.actions.figure_rows._SPAN", 3), patch("portal.actions.figure_rows._FORGET", 3):
        await count_figures_again(lender, NOW)
    assert await figures_digest(lender.id) == whole


async def test_many_cases_are_paged_behind_the_last_whatever_is_told_meanwhile(cast: Cast) -> None:
    await counted(cast)
    waits = await tables.FigureFactRow.filter(figure="answers", state="waiting", due_on__isnull=False).first()
    assert waits
    row = {name: getattr(waits, name) for name in waits._meta.db_fields if name not in ("id", "feed", "about")}

    async def more(first: int, count: int) -> None:
        await told_by_hand(*(row | {"feed": at, "about": f"p{at}"} for at in range(first, first + count)))

    await more(10_000, 58)
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/figures/answered/waiting")
    assert "60 cases." in lan.text and lan.html.count('href="/desk/loans/') == 50
    (older,) = (link for link in lan.links() if "before=" in link)
    await more(20_000, 3)
    await lan.open(older)
    assert lan.html.count('href="/desk/loans/') == 10 and "The newest" in lan.text


def test_each_state_of_a_table_is_in_one_of_its_columns_at_most() -> None:
    for each in FIGURE_TABLES.values():
        if not any(column.ages or column.late is not None for column in each.columns):
            states = [state for column in each.columns for state in column.states]
            assert len(states) == len(set(states))
