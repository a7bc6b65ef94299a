"""Whoever had a loan, a plan or an open question in a database of an earlier schema has it after the upgrade.

What a version stored lies in `tests/upgrade/stored` as SQL; `tests/upgrade/store.py` says how the next one is made.
"""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette

from portal.actions.news import NewsClock, plan_news
from portal.actions.portfolio import Imported, import_portfolio
from portal.actions.portfolio.check import PaymentGone
from portal.demo import TODAY
from portal.domain.conduct.news import NewsKind
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.reads.cases import LenderFacts, cases_by_id, lender_by_slug, lenders
from portal.reads.log import broken_links
from portal.tables import models as tables
from portal.tables.migrate import NAMES
from portal.vault import Vault
from tests.browser import Browser
from tests.files import read_portfolio
from tests.upgrade.conftest import Upgraded
from tests.upgrade.doors import at_desk, by_link, by_password, proves
from tests.upgrade.people import LATER, LOANS, XQ, on, portfolio_of, row
from tests.upgrade.stored import FILES, SECRET, STATES, STORED_AT, counts

pytestmark = pytest.mark.anyio

# Where a later migration put the rows of a table, as its own words say; of any other none is lost or moved.
MOVED = {"delivery": "outbound_message"}
# By the schema they were stored under: what 0008 forgets on purpose are answers to lenders' systems, which lay open.
EMPTIED = {"0007": ("idempotency",), "0008": (), "0009": (), "0010": (), "0011": (), "0012": (), "0013": (), "0021": ()}

# Overdue in all on 14 June 2026, in fen. Of 9,000.00 three installments of 825.12 are: 2,475.36, and 49.08 of penalty,
# 30.49 on no. 4, 16.66 on no. 5 and 1.93 on no. 6. What a plan that lives took in is not overdue. Worked out by hand:
# XQ-01  its plan took in no. 4 and was kept: 2 x 825.12 + 16.66 + 1.93, no day left out for nos. 5 and 6.
# XQ-02  its second row is missed on 11 May, so it broke on the 12th: no. 4 bears penalty for 10 days to 20 April and 33
#        from 13 May on, 721.64 x 0.234 x 43 / 360 = 20.17: 2,475.36 + 20.17 + 16.66 + 1.93.
# XQ-03  its second plan took in what it says, of 12 June, and not two days on no. 6: 743.46 x 0.234 x 2 / 360 = 0.97.
# XQ-06  842.55 of a plan's row missed on 8 June, and no. 6 beside the plan: 842.55 + 825.12 + 1.93.
# XQ-19  written off on 11 June: three days less on 721.64, 732.46 and 743.46, which is 4.28.
# XQ-07  that row caught up on 12 June, so no. 6 alone: 825.12 + 1.93. XQ-08: the same beside a plan that is paused.
OVERDUE = {
    **{"JQ-2026-0001": 341312, "JQ-2026-0003": 54155, "JQ-2026-0004": 0, "JQ-2026-0005": 149073},
    **{"JQ-2026-0006": 252444, "JQ-2026-0007": 196345, "JQ-2026-0008": 280495, "JQ-2026-0009": 420741},
    **{"JQ-2026-0010": 168297, "JQ-2026-0011": 0, "JQ-2026-0012": 560988, "JQ-2026-0013": 140247},
    **{"JQ-2026-0015": 45939, "JQ-2026-0016": 0, "JQ-2026-0017": 0},
    **{"YH-88-2201": 135927, "YH-88-2305": 176007},
    **{"XQ-01": 166883, "XQ-02": 251412, "XQ-03": 97, "XQ-04": 252444, "XQ-05": 251306, "XQ-06": 166960},
    **{"XQ-07": 82705, "XQ-08": 82705, "XQ-09": 251306, "XQ-10": 252444, "XQ-11": 252444, "XQ-12": 252444},
    **{"XQ-13": 170444, "XQ-14": 252444, "XQ-15": 252444, "XQ-16": 252444, "XQ-17": 255944, "XQ-18": 252444},
    **{"XQ-19": 252016, "XQ-20": 0},
}
# Agreements of 0011 have three working days for what is told late, and say by due what they take in: XQ-02 broke on the
# 15th of May, 721.64 x 0.234 x 40 / 360 = 18.76 on no. 4, and XQ-03 leaves nothing.
SIGNED_LATER = {"XQ-02": 251271, "XQ-03": 0}
# A pause of 0012 holds what is overdue too, XQ-08's, and nothing is asked for a loan that was sold, XQ-22. Of XQ-21
# 400.00 paid 24.39 of penalty, 103.48 of interest and 272.13 of principal on no. 4, and 100.00 was taken back of it as
# if never paid: 549.51 since 1 June, 4.64 of penalty. On the 11th 18.64 was credited, 2.92 on no. 4, 15.24 on no. 5 and
# 0.48 on no. 6: 549.51 + 1.72, 825.12 + 1.42, 825.12 + 1.45.
SINCE_0012 = {"XQ-08": 0, "XQ-21": 220434, "XQ-22": 0}
SINCE_0013 = {"JQ-2026-0018": 0}
# Their lender's kind is a typing mistake: which cap holds is a rule that may change, and more than this never is asked.
AT_MOST = {"DX-01": 252444, "DX-02": 252444}

# By the schema they were stored under, where these lead: the cookie of who was signed in, the code that was on its way,
# and the password. What 0008 ends is told in test_nobody_let_in.
LEAD = {
    "0007": ("/sign-in", "/sign-in/code/enter", "/account/prove"),
    "0008": ("/loans", "/loans", "/loans"),
    "0009": ("/loans", "/loans", "/loans"),
    "0010": ("/loans", "/loans", "/loans"),
    "0011": ("/loans", "/loans", "/loans"),
    "0012": ("/loans", "/loans", "/loans"),
    "0013": ("/loans", "/loans", "/loans"),
    "0021": ("/loans", "/loans", "/loans"),
}
STAFF = {"jq": "rui@jq.example", "yh": "an@yh.example", "xq": "an@xq.example", "dx": "an@dx.example"}
NOBODYS = {"XQ-20", "DX-02"}
"""Erased, and never came in."""
THEIRS = re.compile(r"/(loans|proposals|problems|agreements)/[a-z2-7]{16}")
WHERE = {
    tables.LoanRow: "/loans/",
    tables.ProposalRow: "/proposals/",
    tables.ComplaintRow: "/problems/",
    tables.AgreementRow: "/agreements/",
    tables.PaymentClaimRow: "/payments/",
}


async def test_what_came_later_ran_and_no_row_was_lost(upgraded: Upgraded) -> None:
    assert upgraded.ran == [name for name in NAMES if name[:4] > upgraded.first]
    after = await counts(upgraded.url)
    assert after.pop("tortoise_migrations") == len(NAMES)
    kept = {table: after.get(table, after.get(MOVED.get(table, ""))) for table in upgraded.before}
    emptied = dict.fromkeys(EMPTIED[upgraded.first], 0)
    ran_before = {"tortoise_migrations": sum(name[:4] <= upgraded.first for name in NAMES)}
    assert kept | ran_before == upgraded.before | emptied


async def test_the_cast_was_stored_in_every_state_that_there_was(upgraded: Upgraded) -> None:
    assert upgraded.states == STATES[upgraded.first]


@pytest.mark.usefixtures("app")
async def test_every_chain_holds_and_every_feed_is_whole() -> None:
    links = [link async for link in broken_links()]
    assert len(links) > 350 and [link for link in links if link.what] == []


@pytest.mark.usefixtures("app")
async def test_everybody_owes_what_the_ledger_makes_of_what_was_stored(upgraded: Upgraded) -> None:
    found = await cases_by_id([int(row.id) for row in await tables.LoanRow.all()])
    overdue = OVERDUE | (SIGNED_LATER if upgraded.first >= "0011" else {})
    overdue |= SINCE_0012 if upgraded.first >= "0012" else {}
    overdue |= SINCE_0013 if upgraded.first >= "0013" else {}
    owed = {case.loan.loan_no: position(case.loan, TODAY).overdue.total for case in found}
    assert {loan_no: minor for loan_no, minor in owed.items() if loan_no not in AT_MOST} == overdue
    assert all(0 < owed[loan_no] <= most for loan_no, most in AT_MOST.items())


@pytest.mark.usefixtures("app")
async def test_a_portfolio_that_says_what_it_said_to_the_earlier_version_changes_no_loan(upgraded: Upgraded) -> None:
    lender = await lender_by_slug(XQ)
    there = [*LOANS, *LATER] if upgraded.first >= "0012" else LOANS
    records = read_portfolio(portfolio_of([row(each) for each in there]), lender.kind).records
    kept = await counts(upgraded.url)
    done = await import_portfolio(on(6, 14), lender, records, [], Vault(SECRET))
    # Three numbers were changed since at the desk and by key: the file has the old ones, and says so again. Under 0007
    # one was, and the code to type at the door was not kept.
    said = 2 if upgraded.first == "0007" else 3
    assert done == Imported(changed=said, unchanged=len(there) - said) and await counts(upgraded.url) == kept
    paid = replace(records[0].loan, payments=records[0].loan.payments[:-1])
    with pytest.raises(PaymentGone):
        await import_portfolio(on(6, 14), lender, [replace(records[0], loan=paid)], [], Vault(SECRET))
    whole = replace(records[0], loan=paid, complete=True)
    assert await import_portfolio(on(6, 14), lender, [whole], [], Vault(SECRET)) == Imported(changed=1)


@pytest.mark.usefixtures("app")
async def test_what_was_sealed_opens_under_the_same_secret(upgraded: Upgraded) -> None:
    vault = Vault(SECRET)
    names = [vault.unseal(bytes(row.key), bytes(row.name_sealed)) for row in await tables.BorrowerRow.all() if row.key]
    assert {"王小明", "欧阳109", "欧阳和"} <= set(names)
    keys = {row.id: bytes(row.key) for row in await tables.PersonRow.all()}
    written = {
        row.ref: vault.unseal(keys[row.person_id], bytes(row.sealed))
        for row in await tables.TextRow.all()
        if row.sealed
    }
    assert {"收入降了，每月只能还这些。", "四期可以吗？"} <= set(written.values())
    signed = await tables.AgreementRow.all().prefetch_related("proposal")
    papers = [vault.unseal(keys[row.proposal.person_id], bytes(row.sealed)) for row in signed]
    assert len(papers) == (12 if upgraded.first >= "0012" else 11) and all("<html" in paper for paper in papers)
    unsent = await tables.OutboundMessageRow.filter(state="dead")
    assert [json.loads(vault.unseal(keys[row.person_id], bytes(row.sealed)))["text"] for row in unsent] == [
        "验证码 333333"
    ]
    (draft,) = await tables.DraftRow.all()
    assert "等发工资" in vault.unseal(keys[draft.person_id], bytes(draft.sealed))


async def test_each_borrower_comes_in_by_link_or_password_and_finds_every_loan_and_plan(
    app: Starlette, upgraded: Upgraded
) -> None:
    seen: set[str] = set()
    for loan_no in upgraded.handed.links:
        bo = await by_link(Browser(app, "zh-CN"), upgraded.handed, loan_no)
        assert (bo.status, bo.path) == (200, "/loans"), loan_no
        seen |= await _opened(bo, bo.links(), THEIRS)
    bo = await by_password(Browser(app, "zh-CN"), upgraded.handed)
    *_, leads = LEAD[upgraded.first]
    assert bo.path.partition("?")[0] == leads
    if leads != "/loans":
        await proves(bo)
    assert (bo.status, bo.path) == (200, "/loans")
    seen |= await _opened(bo, bo.links(), THEIRS)
    theirs = tables.LoanRow.exclude(loan_no__in=NOBODYS), tables.ComplaintRow.exclude(loan__loan_no__in=NOBODYS)
    assert await _refs("", *theirs, tables.ProposalRow, tables.AgreementRow) - seen == set()


async def test_the_staff_find_every_loan_plan_problem_and_payment(app: Starlette) -> None:
    waiting: set[str] = set()
    for slug, email in STAFF.items():
        rui = await at_desk(app, email)
        assert (rui.status, rui.path) == (200, "/desk"), slug
        own = tables.LoanRow.filter(lender__slug=slug), tables.ProposalRow.filter(lender__slug=slug)
        own += tables.ComplaintRow.filter(lender__slug=slug), tables.PaymentClaimRow.filter(loan__lender__slug=slug)
        for path in (
            "/desk/loans",
            "/desk/problems",
            "/desk/payments",
            "/desk/policy",
            *sorted(await _refs("/desk", *own)),
        ):
            assert (await rui.open(path)).status == 200, path
            waiting |= {path} if "A waiver waits for a second person" in rui.text else set()
    assert waiting == await _refs("/desk", tables.ProposalRow.filter(id__in=await _of("XQ-11", "XQ-12")))


async def test_who_was_signed_in_or_waited_for_a_code_is_not_left_standing(app: Starlette, upgraded: Upgraded) -> None:
    """The staff go on; borrowers do, or are asked to come in again, and no page breaks over what a browser kept."""
    keys = upgraded.handed.keys
    signed_in, code, _ = LEAD[upgraded.first]
    for cookie, token, path, leads in (
        ("portal", keys["borrower"], "/loans", signed_in),
        ("desk", keys["staff"], "/desk", "/desk"),
    ):
        bo = Browser(app)
        bo.client.cookies.set(cookie, token)
        await bo.open(path)
        assert (bo.status, bo.path.partition("?")[0]) == (200, leads)
    bo = Browser(app)
    bo.client.cookies.set("code", keys["code"])
    await bo.open("/sign-in/code/enter")
    await bo.send("/sign-in/code/enter", code="444444")
    assert (bo.status, bo.path) == (200 if code == "/loans" else 422, code)
    assert (await bo.open(f"/desk/activate/{keys['activation']}")).status == 200


async def test_the_lenders_system_reads_its_feed_with_the_key_it_has(app: Starlette, upgraded: Upgraded) -> None:
    bo = Browser(app)
    await bo.open("/api/v1/events?limit=1000", authorization=f"Bearer {upgraded.handed.keys['api']}")
    assert bo.status == 200
    xq = await tables.LenderRow.get(slug="xq")
    assert [event["feed"] for event in json.loads(bo.html)["events"]] == list(range(1, xq.feed + 1))


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("upgraded", [each for each in FILES if str(each.id) < "0013"], indirect=True)
async def test_whoever_wants_to_be_told_of_anything_is_told_of_nothing_that_was_before() -> None:
    """Everybody chose all there is before the worker first looked; read from its beginning the feed has news."""
    owing = {(row.person_id, row.lender_id) for row in await tables.BorrowerRow.exclude(person_id=None)}  # type: ignore[attr-defined]
    for person_id, lender_id in owing:
        ids = {"person_id": person_id, "lender_id": lender_id}
        await tables.MessageChoiceRow.create(**ids, kinds=" ".join(NewsKind), locale="zh-CN", set_at=STORED_AT)
    assert [await plan_news(*each) for each in await _news_clocks()] == [0, 0, 0, 0]
    assert await tables.OutboundMessageRow.exclude(what="").count() == 0
    await tables.LenderRow.all().update(told_feed=0)
    assert sum([await plan_news(*each) for each in await _news_clocks()]) > 5


async def _news_clocks() -> list[tuple[LenderFacts, NewsClock]]:
    moment = BusinessTime(STORED_AT, TODAY)
    return [(each, NewsClock(moment, STORED_AT, each.timezone)) for each in await lenders()]


async def _opened(bo: Browser, links: list[str], within: re.Pattern[str]) -> set[str]:
    """Every page of that kind that can be reached; each has to open."""
    seen: set[str] = set()
    while ahead := {link for link in links if within.fullmatch(link)} - seen:
        path = min(ahead)
        seen.add(path)
        assert (await bo.open(path)).status == 200, path
        links += bo.links()
    return seen


async def _of(*loan_nos: str) -> list[int]:
    """The proposals for these loans."""
    lines = await tables.ProposalLineRow.filter(loan__loan_no__in=loan_nos).values_list("proposal_id", flat=True)
    return [int(str(each)) for each in lines]


async def _refs(start: str, *rows: Any) -> set[str]:
    """The addresses of these rows."""
    return {f"{start}{WHERE[row.__class__]}{row.ref}" for each in rows for row in await each.all()}
