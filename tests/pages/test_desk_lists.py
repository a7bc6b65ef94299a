"""The desk's lists: what stands in a row, in which order, whose it is, what comes next; and who telephones is found."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest

from portal.actions.desk_rows import write_desk_rows
from portal.actions.lenders import OPERATOR
from portal.actions.payments import record_payments
from portal.actions.staff import end_staff
from portal.demo import JQ
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import BusinessTime
from portal.reads import desk_queue
from portal.reads.approvals import ACCEPT
from portal.reads.cases import lender_by_slug
from portal.reads.desk_queue import Listing, QueueSort, listed_page
from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from portal.vault import new_ref
from tests.browser import Browser
from tests.pages.conftest import AN, HU_XUES, LAN, RUI, SUN_HAOS, WU_LEIS, XIAOMINGS, ZHENG_LIS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

AT = date(2026, 6, 14)


def row_of(bo: Browser, loan_no: str) -> str:
    found = next(
        row for row in re.findall(r"<tr role=\"row\">.*?</tr>", bo.html, re.DOTALL) if f">{loan_no}</a>" in row
    )
    plain = re.sub(r"<[^>]+>", " ", re.sub(r"<wbr>|</?time[^>]*>", "", found))
    return " ".join(unescape(plain).split())


def order(bo: Browser) -> list[str]:
    return re.findall(r"data-row>([^<]+)</a>", bo.html)


async def row(cast: Cast, loan_no: str) -> tables.ProposalRow:
    return await tables.ProposalRow.get(ref=(await cast.proposal(loan_no)).removeprefix("/proposals/"))


async def test_a_row_says_who_how_late_how_much_what_is_asked_and_which_rule_it_breaks(cast: Cast) -> None:
    """Nos. 4 to 6 are overdue since 10 April, 65 days before 14 June: 2,475.36 and 49.08 of penalty; 12 x 210.37."""
    rui = await cast.reviewer()
    said = row_of(rui, ZHOU_MINS)
    for told in ("周＊", "65 days", "¥2,524.44", "12 × ¥210.37, every month", "17 June 2026"):
        assert told in said, told
    assert "Last day: 10 June 2027, at once 14 December 2026 and one more" in said


async def test_a_payment_that_comes_changes_the_row(cast: Cast) -> None:
    """2,524.44 overdue less 1,000.00: what was paid clears no. 4 and the next oldest is no. 5, of 10 May, 35 days."""
    moment = cast.moment()
    paid = PaymentRecord(1, ZHOU_MINS, Payment("P-desk", date(2026, 6, 14), 100000))
    await record_payments(moment, await lender_by_slug(JQ), [paid], cast.settings.vault())
    rui = await cast.reviewer()
    assert "35 days" in row_of(rui, ZHOU_MINS) and "¥1,524.44" in row_of(rui, ZHOU_MINS)


async def test_each_order_has_the_most_first_and_the_address_says_which(cast: Cast) -> None:
    """周敏 has 2,524.44 overdue and asks the same; 吴磊 1,963.45, and had none to be late for."""
    rui = await cast.reviewer()
    for sort in ("overdue", "asked"):
        assert order(await rui.open(f"/desk?sort={sort}")) == [ZHOU_MINS, WU_LEIS], sort
    (await row(cast, WU_LEIS)).asked_minor = 1
    await tables.ProposalRow.filter(id=(await row(cast, ZHOU_MINS)).id).update(
        overdue_minor=1, asked_minor=1, overdue_since=date(2026, 6, 1)
    )
    for sort in ("overdue", "asked", "late"):
        assert order(await rui.open(f"/desk?sort={sort}")) == [WU_LEIS, ZHOU_MINS], sort
    assert 'value="late" selected' in rui.html


async def test_a_list_is_narrowed_by_state_rule_product_and_assignee(cast: Cast) -> None:
    rui = await cast.reviewer()
    of_rui = (await tables.StaffRow.get(email=RUI)).ref
    for asked, found in (
        ({"state": "under_review"}, [WU_LEIS]),
        ({"state": "submitted"}, [ZHOU_MINS]),
        ({"rule": "max_months"}, [ZHOU_MINS, WU_LEIS]),
        ({"rule": "settlement"}, []),
        ({"product": "现金分期 12 期", "state": "submitted"}, [ZHOU_MINS]),
        ({"product": "%"}, []),
        ({"assignee": of_rui}, [WU_LEIS]),
        ({"assignee": "-"}, [ZHOU_MINS]),
    ):
        assert order(await rui.open("/desk?" + urlencode(asked))) == found, asked


async def crowd(count: int) -> int:
    """So many to be answered at one lender, ten of them on each day, none with another's sums; answers its id."""
    lender = await tables.LenderRow.create(
        slug="jq", name="佳泉", kind="consumer-finance", currency="CNY", timezone="Asia/Shanghai"
    )
    person = await tables.PersonRow.create(ref=new_ref(), key=b"x")
    facts = {"lender_id": lender.id, "person_id": person.id, "kind": "plan", "state": "submitted"}
    await tables.ProposalRow.bulk_create(
        [
            tables.ProposalRow(
                ref=new_ref(),
                decide_by=AT + timedelta(days=number // 10) if number else None,
                overdue_minor=number % 7,
                asked_minor=number,
                overdue_since=AT - timedelta(days=number % 5) if number % 5 else None,
                rule="max_months" if number == 100 else "",
                **facts,
            )
            for number in range(count)
        ]
    )
    return lender.id


async def walked(lender_id: int, sort: QueueSort, **filters: str) -> list[list[int]]:
    pages, after = [], None
    while len(pages) < 20:
        page = await listed_page(lender_id, "", Listing(sort=sort, after=after, filters=filters), AT)
        pages.append([each for each, _ in page.ids])
        if (after := page.onward) is None:
            return pages
    raise AssertionError("it has no end")


async def test_every_order_goes_through_all_of_them_once_by_its_cursor(each_database: str) -> None:
    """120 in pages of 50: alike in a column, they come by their number; what has no day of its own comes last."""
    lender_id = await crowd(120)
    rows = await tables.ProposalRow.all()
    keys = {
        QueueSort.CLOCK: lambda row: (row.decide_by or date.max, row.id),
        QueueSort.LATE: lambda row: (row.overdue_since or date.max, row.id),
        QueueSort.OVERDUE: lambda row: (-row.overdue_minor, -row.id),
        QueueSort.ASKED: lambda row: (-row.asked_minor, -row.id),
    }
    for sort, key in keys.items():
        pages = await walked(lender_id, sort)
        assert [len(page) for page in pages] == [50, 50, 20], sort
        assert [each for page in pages for each in page] == [row.id for row in sorted(rows, key=key)], sort


async def test_what_is_rare_is_looked_for_a_stretch_at_a_time(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of 120 fits, the 101st by its sum from below: two stretches of 60 find it, and the second says the end."""
    monkeypatch.setattr(desk_queue, "LOOKED_THROUGH", 60)
    lender_id = await crowd(120)
    (wanted,) = await tables.ProposalRow.filter(rule="max_months").values_list("id", flat=True)
    assert await walked(lender_id, QueueSort.ASKED, rule="max_months") == [[wanted], []]
    assert await walked(lender_id, QueueSort.CLOCK, rule="max_months") == [[], [wanted]]


async def test_whose_page_is_open_at_a_colleague_is_marked_and_passed_over(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    await tables.ProposalRow.all().update(assignee="")
    await lan.open(f"/desk{await cast.proposal(WU_LEIS)}")
    await settle_writes()
    await rui.open("/desk")
    assert f"open at {LAN}" in row_of(rui, WU_LEIS) and "open at" not in row_of(rui, ZHOU_MINS)
    await rui.open(f"/desk{await cast.proposal(WU_LEIS)}")
    assert f"{LAN} has this open too." in rui.text
    await rui.open(next(href for href in (await rui.open("/desk")).links() if "/desk/proposals/" in href))
    assert "Next in the list" not in rui.text, "the only other one is open at a colleague"
    await lan.open(f"/desk{await cast.proposal(SUN_HAOS)}")
    await settle_writes()
    await rui.open(rui.path)
    assert f"Next in the list: {WU_LEIS}" in rui.text, "she has gone on to another"


async def test_what_is_handed_over_is_the_colleagues_and_next_for_nobody_else(cast: Cast) -> None:
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    assert "Assigned to nobody." in rui.text
    await rui.send("/assign", assignee=RUI)
    assert "Assigned to you." in rui.text
    told = await cast.told()
    await rui.send("/assign", assignee=LAN)
    assert f"Assigned to {LAN}." in rui.text and await cast.told() == told, "no borrower and no core is told"
    await lan.open("/desk?queue=mine")
    assert order(lan) == [ZHOU_MINS] and "Assigned to me: 1" in lan.text
    await rui.open(f"/desk{await cast.proposal(WU_LEIS)}")
    assert "Next in the list" not in rui.text
    for nobody in (AN, "nobody@jq.example", "x" * 5000):
        await rui.send("/assign", assignee=nobody)
        assert rui.status == 422 and f"These do: {LAN}, {RUI}" in rui.text
    assert (await row(cast, WU_LEIS)).assignee == (await tables.StaffRow.get(email=RUI)).ref
    end = BusinessTime(cast.moment().at, AT)
    await end_staff(end, await lender_by_slug(JQ), LAN, OPERATOR)
    assert (await row(cast, ZHOU_MINS)).assignee == "", "who left has nothing assigned any more"


async def test_the_next_is_of_the_list_that_it_was_opened_from_also_after_an_answer(cast: Cast) -> None:
    """By the largest sum first 周敏 comes before 吴磊, who has no next; by the clock he would be first."""
    rui = await cast.reviewer()
    await tables.ProposalRow.all().update(assignee="")
    await rui.open("/desk?sort=overdue")
    await rui.open(next(href for href in rui.links() if "/desk/proposals/" in href))
    assert ZHOU_MINS in rui.text and f"Next in the list: {WU_LEIS}" in rui.text
    await rui.send("/decline", reason="too_long", note="")
    assert "sort=overdue" in rui.path and f"Next in the list: {WU_LEIS}" in rui.text
    theirs = await cast.proposal(WU_LEIS)
    await rui.open(next(href for href in rui.links() if f"{theirs}?" in href))
    assert "sort=overdue" in rui.path and "Next in the list" not in rui.text
    assert "/desk?queue=answer&sort=overdue" in rui.links(), "back to the same list, from its top"


async def test_what_waits_for_an_approver_is_next_for_one_and_passed_over_by_others(cast: Cast) -> None:
    await waits_for_second(cast, ZHOU_MINS)
    await tables.ProposalRow.all().update(assignee="")
    rui, lan = await cast.reviewer(), await cast.reviewer(LAN)
    for bo, found in ((rui, False), (lan, True)):
        await bo.open("/desk")
        assert "waits for a second person" in row_of(bo, ZHOU_MINS)
        await settle_writes()
        await tables.StaffRow.all().update(open_proposal=None)
        await bo.open(f"/desk{await cast.proposal(WU_LEIS)}")
        assert (f"Next in the list: {ZHOU_MINS}" in bo.text) is found


async def test_the_approvers_list_is_gone_through_like_any_other(cast: Cast) -> None:
    await waits_for_second(cast, WU_LEIS, date(2026, 6, 18))
    await waits_for_second(cast, ZHOU_MINS)
    await tables.ProposalRow.all().update(assignee="")
    lan = await cast.reviewer(LAN)
    assert "Waiting for a second person 2" in (await lan.open("/desk")).text
    assert (await lan.open("/desk?queue=second")).path == "/desk/second" and order(lan) == [ZHOU_MINS, WU_LEIS]
    await lan.open(next(href for href in lan.links() if href.startswith("/desk/proposals/")))
    assert f"Next in the list: {WU_LEIS}" in lan.text


async def waits_for_second(cast: Cast, loan_no: str, until: date = date(2026, 6, 17)) -> None:
    """A waiver in what is asked for there, proposed by 芮."""
    of = await row(cast, loan_no)
    await tables.ApprovalRow.create(
        ref=new_ref(),
        lender_id=of.lender_id,
        kind="waiver",
        subject=of.ref,
        loan_id=(await tables.LoanRow.get(loan_no=loan_no)).id,
        proposed_by=(await tables.StaffRow.get(email=RUI)).ref,
        proposed_at=cast.moment().at,
        facts=ACCEPT,
        until=until,
        open_key=f"waiver:{of.ref}",
    )


async def test_a_complaint_a_threat_and_a_payment_told_of_are_marked(cast: Cast) -> None:
    loan = await tables.LoanRow.get(loan_no=ZHOU_MINS)
    person_id = (await row(cast, ZHOU_MINS)).person_id  # type: ignore[attr-defined]
    of = {"loan_id": loan.id, "person_id": person_id}
    facts = {"kind": "other", "state": "open", "answer_by": AT, "opened_at": cast.moment().at}
    problem = await tables.ComplaintRow.create(ref=new_ref(), lender_id=loan.lender_id, **of, **facts)  # type: ignore[attr-defined]
    rui = await cast.reviewer()
    assert "a complaint" in row_of(rui, ZHOU_MINS) and "a complaint" not in row_of(rui, WU_LEIS)
    await tables.ComplaintRow.filter(id=problem.id).update(kind="threat")
    claim = {"paid_on": AT, "amount_minor": 100, "state": "asked", "look_by": AT, "reported_at": cast.moment().at}
    await tables.PaymentClaimRow.create(ref=new_ref(), **of, **claim)
    await rui.open("/desk")
    assert "a threat" in row_of(rui, ZHOU_MINS) and "says that it is paid" in row_of(rui, ZHOU_MINS)
    assert "a complaint" not in row_of(rui, ZHOU_MINS)


async def test_loans_whose_books_differ_have_a_list_of_their_own(cast: Cast) -> None:
    rui = await cast.reviewer()
    assert "The books differ 0" in rui.text
    await tables.LoanRow.filter(loan_no=XIAOMINGS).update(books_differ_on=date(2026, 6, 12))
    await rui.open("/desk?queue=books")
    assert order(rui) == [XIAOMINGS] and "12 June 2026" in row_of(rui, XIAOMINGS) and "The books differ: 1" in rui.text


SOUGHT = [
    ("JQ-2026-0006", "JQ-2026-0006"),
    ("周敏", "by the name"),
    (" 周 敏 ", "by the name"),
    ("13800000006", "by the phone"),
    ("+86 138-0000-0006", "by the phone"),
    ("0086 138 0000 0006", "by the phone"),
    ("１３８００００" + "０００６", "by the phone"),
    ("0006", "by its last four digits"),
    ("０００６", "by its last four digits"),
]


async def states(loan_no: str, **minor: int) -> int:
    """What their lender has overdue of a loan; the worker has not looked since."""
    loan = await tables.LoanRow.get(loan_no=loan_no)
    parts = {f"{part}_minor": minor.get(part, 0) for part in ("costs", "fees", "penalty", "interest", "principal")}
    await tables.StatementRow.create(loan_id=loan.id, version=9, as_of=AT, recorded_at=datetime.now(UTC), **parts)
    await tables.LoanRow.filter(id=loan.id).update(books_summed_up=False)
    return int(loan.id)


async def test_loans_whose_books_differ_are_grouped_by_what_their_lender_does_otherwise(cast: Cast) -> None:
    """Of 王小明 the lender has 111.09 of penalty, which is 365 days to a year, of 胡雪 9.99 that nothing explains."""
    theirs = [
        await states(XIAOMINGS, penalty=11109, interest=41370, principal=288678),
        await states(HU_XUES, penalty=999),
    ]
    await tables.LoanRow.exclude(id__in=theirs).update(books_differ_on=None)
    await write_desk_rows(await lender_by_slug("jq"), cast.moment(), cast.settings.vault())
    rui = await (await cast.reviewer()).open("/desk?queue=books")
    assert set(order(rui)) == {XIAOMINGS, HU_XUES}
    assert "days are counted otherwise 1" in rui.text and "no single thing explains it 1" in rui.text
    await rui.open("/desk?queue=books&cause=day_count")
    assert order(rui) == [XIAOMINGS] and "days are counted otherwise" in row_of(rui, XIAOMINGS)
    assert order(await rui.open("/desk?queue=books&cause=none")) == [HU_XUES]
    await rui.open("/desk?queue=books&cause=because")
    assert set(order(rui)) == {XIAOMINGS, HU_XUES}, "what nobody knows is not asked for"


async def says(cast: Cast, name: str = "周敏", phone: str = "+8613800000006") -> tables.BorrowerRow:
    """The file says this of 周敏."""
    from portal.reads.search import last4_hash, name_hash

    vault = cast.settings.vault()
    party = await tables.PartyRow.get(loan__loan_no=ZHOU_MINS, role="borrower").prefetch_related("borrower")
    borrower = party.borrower
    key, lender_id = bytes(borrower.key), borrower.lender_id  # type: ignore[attr-defined]
    await tables.BorrowerRow.filter(id=borrower.id).update(
        name_sealed=vault.seal(key, name),
        phone_sealed=vault.seal(key, phone),
        phone_hash=vault.lookup("phone", phone),
        name_hash=name_hash(lender_id, name, vault),
        last4_hash=last4_hash(lender_id, phone, vault),
    )
    return borrower


async def test_who_telephones_is_found_by_name_by_phone_in_any_form_and_by_its_end(cast: Cast) -> None:
    await says(cast)
    rui = await cast.reviewer()
    for typed, by in SOUGHT:
        await rui.open("/desk/loans?" + urlencode({"q": typed}))
        assert ZHOU_MINS in order(rui)[0] and by in rui.text and WU_LEIS not in rui.text, typed
        assert "敏" not in rui.html.replace(f'value="{typed.strip()}"', ""), "masked in what is found"
    an = await cast.reviewer(AN)
    for typed, _ in SOUGHT:
        await an.open("/desk/loans?" + urlencode({"q": typed}))
        assert "No loan is found by that." in an.text, "not at another lender"


async def test_a_long_name_is_found_whole_and_a_part_of_one_is_not(cast: Cast) -> None:
    name = "周" + "敏" * 199
    await says(cast, name)
    rui = await cast.reviewer()
    for typed, found in ((name, True), (name[:100], False), (name + "敏", False), ("周%", False), ("周", False)):
        await rui.open("/desk/loans?" + urlencode({"q": typed}))
        assert (ZHOU_MINS in rui.text) is found, typed


async def test_who_was_known_before_is_found_once_the_worker_has_written_what_by(cast: Cast) -> None:
    """Of all that the upgrade leaves to be written nothing is missing after one round, and the next finds nothing."""
    await says(cast)
    await tables.BorrowerRow.all().update(name_hash=None, last4_hash=None)
    await tables.LoanRow.all().update(books_summed_up=False)
    sums = ("product", "asked_minor", "overdue_minor", "overdue_since", "rule", "breaks")
    waiting = tables.ProposalRow.filter(state__in=["submitted", "under_review"]).order_by("id")
    before = await waiting.values(*sums)
    await waiting.update(product="", asked_minor=0, overdue_minor=0, overdue_since=None, rule="", breaks=None)
    rui = await cast.reviewer()
    assert "not looked at yet" in row_of(rui, ZHOU_MINS)
    await rui.open("/desk/loans?q=周敏")
    assert "No loan is found by that." in rui.text
    lender, vault = await lender_by_slug(JQ), cast.settings.vault()
    assert await write_desk_rows(lender, cast.moment(), vault) > 0
    assert await write_desk_rows(lender, cast.moment(), vault) == 0
    assert await waiting.values(*sums) == before
    for typed in ("周敏", "0006"):
        await rui.open("/desk/loans?" + urlencode({"q": typed}))
        assert ZHOU_MINS in rui.text


async def test_every_page_of_the_desk_lists_its_keys_and_marks_what_they_press(cast: Cast) -> None:
    rui = await cast.reviewer()
    assert 'data-key="/"' in rui.html and 'data-key="?"' in rui.html and "desk.js" in rui.html
    await rui.open(f"/desk{await cast.proposal(ZHENG_LIS)}")
    assert 'data-key="n"' in rui.html
    assert "desk.js" not in (await cast.browser().open("/")).html
