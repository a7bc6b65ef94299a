"""Files at the desk: somebody of the lender sends one, sees how far it is, and which rows were refused."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from portal.actions.jobs import NewJob, ask_job
from portal.actions.staff import activate, add_staff
from portal.demo import JQ, YH, portfolio
from portal.domain.event import BusinessTime
from portal.jobs.runner import Runner
from portal.jobs.spool import Spool
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.web.desk import imports
from portal.web.passwords import HASHER
from tests.browser import Browser
from tests.canaries import GOOD, REFUSED, kept, quoted
from tests.commands.test_loans import portfolio_line
from tests.intake.haitang import MAPPING, QIN, TIAN, table
from tests.pages.conftest import LAN, RUI, SEED_PASSWORD, TODAY, Cast
from tests.pages.test_parties import AUNT

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("at_rest")]

MEI, BOSS = "mei@jq.example", "boss@yh.example"
PAID = '{"loan_no": "JQ-2026-0001", "id": "P-9", "received_on": "2026-06-12", "amount": "500.00"}\n'


async def hire(email: str, slug: str = JQ) -> None:
    """An admin of the lender."""
    now = datetime.now(UTC)
    await activate(
        await add_staff(BusinessTime(now, TODAY), await lender_by_slug(slug), email, "admin"),
        HASHER.hash(SEED_PASSWORD),
        now,
    )


async def sends(bo: Browser, content: str | bytes, name: str = "book.jsonl", **typed: str) -> Browser:
    """Chooses a file on the page of files and sends it, as a browser without script does."""
    await bo.open("/desk/imports")
    return await presses(bo, bo.filled("/desk/imports") | typed, content, name)


async def presses(bo: Browser, fields: dict[str, str], content: str | bytes, name: str = "book.jsonl") -> Browser:
    body = content.encode() if isinstance(content, str) else content
    typed = {key: value for key, value in fields.items() if key != "file"}
    file = {"file": (name, body, "application/octet-stream")}
    headers = {"origin": bo.base}
    return await bo._follow(await bo.client.post("/desk/imports", data=typed, files=file, headers=headers))


async def worker(cast: Cast) -> bool:
    """Takes up one job."""
    settings = cast.settings
    return await Runner(settings.vault(), cast.app.state.spool, settings.moment, settings.base_url).run_waiting()


def spooled(cast: Cast) -> list[Path]:
    folder = cast.settings.spool_folder
    return list(folder.iterdir()) if folder.is_dir() else []


async def test_the_admin_sends_yesterdays_file_and_sees_what_came_of_it(cast: Cast) -> None:
    await hire(MEI)
    mei = await cast.reviewer(MEI)
    await sends(mei, portfolio(JQ) + portfolio_line("N-1").encode())
    assert mei.status == 200 and re.fullmatch(r"/desk/imports/[a-z2-7]{16}", mei.path)
    assert "Waits its turn" in mei.text and "See how far it is now" in mei.text and MEI in mei.text
    assert "Bad rows keep the whole file out" in mei.text
    assert await worker(cast)
    await mei.open(mei.path)
    rows = len(portfolio(JQ).splitlines())
    assert f"Done 1 added · 0 changed · {rows} unchanged" in mei.text and "See how far" not in mei.text
    await mei.open("/desk/imports")
    assert f"1 added · 0 changed · {rows} unchanged" in mei.text and MEI in mei.text
    assert not spooled(cast), "what was read is kept no longer"
    (told,) = [each for each in await tables.EventRow.filter(type="portfolio.imported").order_by("-id").limit(1)]
    staff = await tables.StaffRow.get(email=MEI)
    assert f'"actor":{{"kind":"staff","ref":"{staff.ref}"}}' in bytes(told.body).decode()


async def test_a_bad_row_is_shown_by_its_line_in_both_languages_and_comes_as_a_sheet(cast: Cast) -> None:
    bad = portfolio_line("N-2").replace('"12000.00"', '"12000.001"', 1)
    lan = await cast.reviewer(LAN, "zh-CN")
    await sends(lan, portfolio_line("N-1") + bad)
    await worker(cast)
    await lan.open(lan.path)
    assert "已拒绝 没有写入任何内容" in lan.text and "第 2 行 N-2 · principal CNY 有 2 位小数" in lan.text
    await lan.open(f"{lan.path}/refused.csv")
    assert lan.html.startswith("\ufeff") and "attachment" in lan.headers["content-disposition"]
    header, row = csv.reader(io.StringIO(lan.html.removeprefix("\ufeff")))
    assert header == ["line", "loan_no", "field", "problem"] and row[:3] == ["2", "N-2", "principal"]
    assert re.search("[\u4e00-\u9fff]", row[3])
    assert not await tables.LoanRow.exists(loan_no="N-1")


async def test_a_bad_row_may_be_left_out_and_a_file_may_be_checked_only(cast: Cast) -> None:
    bad = portfolio_line("N-2").replace('"12000.00"', '"12000.001"', 1)
    lan = await cast.reviewer(LAN)
    await sends(lan, portfolio_line("N-1") + bad, skip_bad="1", dry_run="1")
    assert "Bad rows are left out" in lan.text
    await worker(cast)
    await lan.open(lan.path)
    assert "Checked Nothing was written." in lan.text and not await tables.LoanRow.exists(loan_no="N-1")
    await sends(lan, portfolio_line("N-1") + bad, skip_bad="1")
    await worker(cast)
    await lan.open(lan.path)
    assert "1 added" in lan.text and "1 thing is wrong" in lan.text and await tables.LoanRow.exists(loan_no="N-1")
    await lan.open("/desk/imports")
    assert lan.text.count("checked only") == 1 and "1 thing is wrong" in lan.text


async def test_payments_come_by_the_same_way(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await sends(lan, PAID, what="payments")
    await worker(cast)
    await lan.open(lan.path)
    assert "Payments and reversals" in lan.text and "1 added · 0 known before" in lan.text
    assert "payment.received" in await cast.events("JQ-2026-0001")


async def test_loans_that_a_whole_portfolio_does_not_have_are_listed_and_stay_as_they_are(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    rows = portfolio(JQ).splitlines(keepends=True)
    await sends(lan, b"".join(rows[:-1]), complete="1", dry_run="1")
    await worker(cast)
    await lan.open(lan.path)
    assert "1 loan is not in the file" in lan.text and json.loads(rows[-1])["loan_no"] in lan.text
    for ticked in ("complete", "dry_run"):
        await sends(lan, PAID, what="payments", **{ticked: "1"})
        assert lan.status == 422 and "This goes with a portfolio only." in lan.text, ticked


async def test_a_bad_payment_may_be_left_out_too(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await sends(lan, PAID + PAID.replace("P-9", "P-8").replace("500.00", "0.00"), what="payments", skip_bad="1")
    await worker(cast)
    await lan.open(lan.path)
    assert "1 added" in lan.text and "1 thing is wrong" in lan.text
    assert (await cast.events("JQ-2026-0001")).count("payment.received") == 1


async def test_a_formula_in_a_refused_row_is_none_in_the_sheet(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await sends(lan, portfolio_line("=HYPERLINK(1)").replace('"12000.00"', '"12000.001"', 1))
    await worker(cast)
    await lan.open(f"{lan.path}/refused.csv")
    _, row = csv.reader(io.StringIO(lan.html))
    assert row[1] == "'=HYPERLINK(1)"


async def test_an_agent_finds_nothing_there_and_whoever_is_signed_out_a_door(cast: Cast) -> None:
    ref = (await ask_job(NewJob((await lender_by_slug(JQ)).id, "portfolio", "operator"), datetime.now(UTC)))[0]
    rui = await cast.reviewer(RUI)
    assert "Files" not in rui.text
    for path in ("/desk/imports", f"/desk/imports/{ref}", f"/desk/imports/{ref}/refused.csv"):
        assert (await rui.open(path)).status == 404
        assert (await cast.browser().open(path)).path.startswith("/desk/sign-in")
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/imports")
    fields = lan.filled("/desk/imports")
    assert (await presses(rui, fields, portfolio(JQ))).status == 404
    stranger = await presses(cast.browser(), fields, portfolio(JQ))
    assert stranger.status == 401 and "Please sign in again" in stranger.text
    assert not spooled(cast) and await tables.JobRow.all().count() == 1


async def test_a_colleague_of_another_lender_sees_nothing_of_it(cast: Cast) -> None:
    await hire(BOSS, YH)
    lan, boss = await cast.reviewer(LAN), await cast.reviewer(BOSS)
    await sends(lan, portfolio_line("N-1"))
    await boss.open("/desk/imports")
    assert boss.status == 200 and "Nothing was sent yet." in boss.text
    ref = lan.path.rpartition("/")[2]
    for path in (lan.path, f"{lan.path}/refused.csv", f"/desk/imports?before={ref}"):
        assert (await boss.open(path)).status == 404


async def test_a_file_too_large_is_refused_in_words_and_nothing_of_it_is_kept(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/imports")
    with patch.dict("portal.app.MORE_BYTES", {"/desk/imports": 4096}):
        lan.client._transport.app.middleware_stack = None  # type: ignore[attr-defined]
        await presses(lan, lan.filled("/desk/imports"), portfolio(JQ))
    assert lan.status == 422 and "A file can have at most 64 MB" in lan.text
    assert not spooled(cast) and not await tables.JobRow.exists()


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00\x00", b"PK\x03\x04 a book of sheets", "名字,电话\n".encode("gbk")]
)
async def test_a_file_of_another_kind_is_refused_by_its_first_line(cast: Cast, content: bytes) -> None:
    lan = await cast.reviewer(LAN)
    await sends(lan, content, "book.xlsx")
    await worker(cast)
    await lan.open(lan.path)
    assert "Refused Nothing of it was written." in lan.text and re.search("things? (is|are) wrong", lan.text)


async def test_no_file_or_an_empty_one_is_said_beside_the_field(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    for name in ("", "empty.jsonl"):
        await sends(lan, b"", name, skip_bad="1")
        assert lan.status == 422 and "Please choose a file" in lan.text
        assert lan.filled("/desk/imports")["skip_bad"] == "1", "what was ticked comes back"
    assert not spooled(cast) and not await tables.JobRow.exists()


async def test_a_double_click_is_one_job_and_the_same_file_on_a_fresh_page_changes_nothing(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/imports")
    fields = lan.filled("/desk/imports")
    first = (await presses(lan, fields, portfolio_line("N-1"))).path
    assert (await presses(lan, fields, portfolio_line("N-1"))).path == first
    assert len(spooled(cast)) == 1
    await worker(cast)
    assert (await presses(lan, fields, portfolio_line("N-1"))).path == first, "also once it is over"
    assert not spooled(cast)
    await presses(lan, fields, portfolio_line("N-2"))
    assert lan.status == 409 and "already sent with other content" in lan.text
    await sends(lan, portfolio_line("N-1"))
    await worker(cast)
    await lan.open(lan.path)
    assert lan.path != first and "0 added · 0 changed · 1 unchanged" in lan.text


async def test_the_page_of_a_job_comes_anew_by_itself_until_it_is_over(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await sends(lan, portfolio_line("N-1"))
    polls = {found["hx-get"] for _, found in lan.tags if "hx-get" in found}
    assert polls == {lan.path}
    path = lan.path
    piece = await lan.open(path, hx_request="true")
    assert "<html" not in piece.html and "hx-trigger" in piece.html
    await worker(cast)
    piece = await lan.open(path, hx_request="true")
    assert "<html" not in piece.html and "hx-" not in piece.html and "1 added" in piece.text


async def test_fifty_are_listed_and_the_older_ones_follow(cast: Cast) -> None:
    at, jq = datetime.now(UTC), await lender_by_slug(JQ)
    key = await tables.ApiKeyRow.create(
        ref="k1", lender_id=jq.id, name="core at night", purposes="portfolio", secret_hash="x"
    )
    for no in range(52):
        asked_by = f"key:{key.ref}" if no else "operator"
        ref, _ = await ask_job(NewJob(jq.id, "portfolio", asked_by, {}), at + timedelta(minutes=no))
        await tables.JobRow.filter(ref=ref).update(state="done", started_at=at, ended_at=at + timedelta(seconds=7))
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/imports")
    assert lan.text.count("core at night") == 50 and "the operator" not in lan.text and "7 s" in lan.text
    (older,) = (found["href"] for _, found in lan.tags if found.get("rel") == "next")
    await lan.open(older)
    assert lan.text.count("core at night") == 1 and lan.text.count("the operator") == 1
    assert not [found for _, found in lan.tags if found.get("rel") == "next"]


async def test_a_form_from_elsewhere_or_cut_off_puts_nothing_in(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/imports")
    fields = lan.filled("/desk/imports")
    assert (await presses(lan, fields | {"csrf": "x.y"}, portfolio(JQ))).status == 403
    fields.pop("file")
    request = lan.client.build_request("POST", "/desk/imports", data=fields, files={"file": ("b", portfolio(JQ))})
    body = request.read()
    for headers, content in (
        ({"origin": "https://elsewhere.example"}, body),
        ({"origin": lan.base}, body[:-200]),
        ({"origin": lan.base, "content-type": "text/plain"}, body),
    ):
        told = {"content-type": request.headers["content-type"], **headers}
        answer = await lan.client.post("/desk/imports", content=content, headers=told)
        assert answer.status_code in (400, 403), answer.status_code
    assert not spooled(cast) and not await tables.JobRow.exists()


async def test_a_form_that_goes_on_and_on_behind_the_file_is_left(cast: Cast) -> None:
    """Reading parts costs time of everybody's, the bytes of a file hardly any."""
    await hire(MEI)
    mei = await cast.reviewer(MEI)
    await mei.open("/desk/imports")
    more = [("note", f"{number}") for number in range(61)]
    for behind, status in ((more[:40], 303), (more, 400)):
        parts = [*mei.filled("/desk/imports").items()]
        parts = [(name, value) for name, value in parts if name != "file"] + [("file", portfolio_line("N-1")), *behind]
        begins = "--B\r\nContent-Disposition: form-data; name"
        named = {"file": '"file"; filename="a"'}
        body = "".join(f"{begins}={named.get(name, name)}\r\n\r\n{value}\r\n" for name, value in parts)
        headers = {"content-type": "multipart/form-data; boundary=B", "origin": mei.base}
        answer = await mei.client.post("/desk/imports", content=f"{body}--B--\r\n", headers=headers)
        assert answer.status_code == status
    assert len(spooled(cast)) == 1


async def test_where_there_is_no_room_it_is_said_and_can_be_sent_later(cast: Cast) -> None:
    async def full(*_: Any) -> None:
        raise imports.NoRoom("file")

    lan = await cast.reviewer(LAN)
    with patch.object(Spool, "keep", full):
        await sends(lan, portfolio_line("N-1"))
    assert lan.status == 503 and "There is no room for this file just now." in lan.text


async def test_a_stranger_may_not_fill_the_disk_before_the_form_is_checked(cast: Cast) -> None:
    """The file is not read while the token is not known to be ours."""
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/imports")
    with patch.object(Spool, "keep", side_effect=AssertionError("read")):
        assert (await presses(lan, {"csrf": ""}, portfolio(JQ))).status == 403


async def test_what_stands_in_a_file_lies_open_nowhere_on_its_way_or_after(cast: Cast, tmp_path: Path) -> None:
    lan = await cast.reviewer(LAN)
    lines = "".join(f"{row.line}\n" for row in REFUSED) + f"{GOOD}\n"
    await sends(lan, lines, skip_bad="1")
    assert quoted("".join(path.read_bytes().decode("latin-1") for path in spooled(cast))) == set() != spooled(cast)
    await worker(cast)
    await lan.open(lan.path)
    shown = lan.html
    await lan.open(f"{lan.path}/refused.csv")
    assert quoted(shown, lan.html) == set() and kept(tmp_path) == set()


REFUND = '{"loan_no": "JQ-2026-0001", "id": "B-9", "received_on": "2026-06-12", "amount": "0.01", "refunds": true}\n'


async def test_a_refund_above_the_credit_is_named_with_what_is_there(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await sends(lan, REFUND + PAID, what="payments")
    await worker(cast)
    await lan.open(lan.path)
    assert "Refund B-9 of loan JQ-2026-0001 is of 0.01, and 0.00 of credit are there on its day." in lan.text
    assert "payment.received" not in await cast.events("JQ-2026-0001")


async def sends_csv(bo: Browser, csv_file: bytes, mapping: str, **typed: str) -> Browser:
    """Two files at once: the CSV, and before it the mapping that reads it; none where it has no text."""
    await bo.open("/desk/imports")
    fields = bo.filled("/desk/imports") | {"what": "own", **typed}
    small = {"mapping": ("haitang.toml" if mapping else "", mapping.encode(), "text/plain")}
    files = small | {"file": ("book.csv", csv_file, "text/csv")}
    fields = {name: value for name, value in fields.items() if name not in files}
    answer = await bo.client.post("/desk/imports", data=fields, files=files, headers={"origin": bo.base})
    return await bo._follow(answer)


async def test_a_lenders_own_csv_comes_by_its_own_mapping_which_is_sent_once(cast: Cast) -> None:
    lan = await cast.reviewer(LAN)
    await sends_csv(lan, table(TIAN), "")
    assert lan.status == 422 and "There is no earlier one." in lan.text
    await sends_csv(lan, table(TIAN), MAPPING)
    await worker(cast)
    await lan.open(lan.path)
    assert "The day the file speaks of is needed" in lan.text, lan.text[100:1200]
    await sends_csv(lan, table(TIAN), MAPPING, as_of="2026-06-14")
    await worker(cast)
    await lan.open(lan.path)
    assert "1 added" in lan.text and "Mapping haitang.toml" in lan.text
    await lan.open("/desk/imports")
    assert "Without one, haitang.toml is used again, which was sent last." in lan.text
    await sends_csv(lan, table(TIAN, QIN), "", as_of="2026-06-14")
    await worker(cast)
    await lan.open(lan.path)
    assert "1 added · 0 changed · 1 unchanged" in lan.text


async def test_her_mapping_is_used_again_behind_a_month_of_nightly_files_and_named_so_on_each_page(cast: Cast) -> None:
    """The first of two mappings, the second, and fifty files of the core behind both."""
    lan, jq = await cast.reviewer(LAN), await lender_by_slug(JQ)
    old, new = ({"mapping": MAPPING, "mapping_name": f"{name}.toml", "own": True} for name in ("old", "new"))
    for options in (old, new, *[{"dry_run": False}] * 50):
        last, _ = await ask_job(NewJob(jq.id, "portfolio", "operator", options), datetime.now(UTC))
        await tables.JobRow.filter(ref=last).update(state="done", ended_at=datetime.now(UTC))
    first = await tables.JobRow.all().order_by("id").offset(1).first()
    assert first
    for page in ("", f"?before={first.ref}"):
        await lan.open(f"/desk/imports{page}")
        assert "Without one, new.toml is used again, which was sent last." in lan.text, page
    await sends_csv(lan, table(TIAN), "", as_of="2026-06-13")
    assert "Mapping new.toml" in lan.text


@pytest.mark.parametrize(
    ("mapping", "typed", "said"),
    [
        (MAPPING, {"what": "portfolio"}, "This goes with a CSV only."),
        (MAPPING.replace("minor", "fen"), {}, "[loan.principal] unit:"),
        ("x" * 200_000, {}, "A mapping can have at most 128 kB"),
        ("\n", {}, "Please choose a file; this one is empty"),
        (MAPPING, {"as_of": "2026-06-15"}, "is not after today, 2026-06-14; this is 2026-06-15."),
        ("", {"what": "payments", "as_of": "2026-06-13"}, "This goes with a CSV only."),
    ],
)
async def test_what_is_wrong_with_a_mapping_is_said_before_anything_is_kept(
    cast: Cast, mapping: str, typed: dict[str, str], said: str
) -> None:
    lan = await cast.reviewer(LAN)
    await sends_csv(lan, table(TIAN), mapping, skip_bad="1", **typed)
    assert lan.status == 422 and said in lan.text, lan.text
    assert lan.filled("/desk/imports")["skip_bad"] == "1" and not spooled(cast)
    assert not await tables.JobRow.exists()


async def test_a_dry_run_says_in_words_what_landing_would_change_and_landing_changes_just_that(cast: Cast) -> None:
    """李雪's rate falls, she has another number, her aunt owes it too and 500.00 came; nothing of it is in the books
    before it is sent.
    """
    row = json.loads(next(line for line in portfolio(JQ).splitlines() if b"JQ-2026-0001" in line))
    row["terms"]["annual_rate"] = "0.15"
    row["borrower"]["phone"], row["co_borrowers"] = "+8613900009999", [AUNT]
    row["payments"].append({"id": "P-77", "received_on": "2026-06-12", "amount": "500.00"})
    lan, events = await cast.reviewer(LAN), await tables.EventRow.all().count()
    told = {}
    for dry_run in ("1", ""):
        await sends(lan, f"{json.dumps(row)}\n{portfolio_line('N-1')}", dry_run=dry_run)
        await worker(cast)
        await lan.open(lan.path)
        assert "1 added · 1 changed · 0 unchanged" in lan.text
        told[dry_run] = lan.text[lan.text.index("Loan by loan: what was said before, and now") :]
        if dry_run:
            assert "What it would change" in lan.text and "Rate a year: 1 loan" in lan.text
            assert await tables.EventRow.all().count() == events
            assert not await tables.LoanRow.exists(loan_no="N-1")
    assert told["1"] == told[""]
    assert "Rate a year: 18% → 15%" in told[""]
    assert "Payments received: – → P-77, received 12 June 2026, amount ¥500.00" in told[""]
    assert "another Phone" in told[""] and f"owes it too: {AUNT['external_id']}" in told[""]
