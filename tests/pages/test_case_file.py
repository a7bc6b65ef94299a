"""The whole case file of a loan: nothing that concerns it is missing, nothing else is in it, no byte altered unseen."""

import io
import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from portal.actions.personal import note_opened_by_operator
from portal.demo import JQ, PORTFOLIOS
from portal.reads.case_rows import CASE_TABLES
from portal.tables import models as tables
from portal.web.case_file.verify import _check
from tests.pages.conftest import AN, GUO_TAOS, HU_XUES, LAN, LIU_YANGS, MA_CHAOS, RUI, Cast
from tests.pages.test_openings import opened

pytestmark = pytest.mark.anyio

Files = dict[str, bytes]


async def made(cast: Cast, loan_no: str, reason: str = "case_court") -> Files:
    """What one of the staff is given for that reason, unpacked."""
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(loan_no)}/case")
    sent = {**rui.filled("/case"), "reason": reason}
    answer = await rui.client.post(rui.path, data=sent, headers={"origin": rui.base})
    assert answer.status_code == 200
    name = answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        files = {each: packed.read(each) for each in packed.namelist()}
    digest = sha256(files["manifest.jsonl"]).hexdigest()
    assert name == f'attachment; filename="case-{loan_no}-{digest[:12]}.zip"'
    return files


def rows(files: Files, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[f"{name}.jsonl"].splitlines()]


def problems(files: Mapping[str, bytes], digest: str = "") -> list[str]:
    return _check(files.__getitem__, sorted(files.keys() - {"manifest.jsonl"}), digest)


async def test_what_happened_is_in_it_in_the_bytes_that_were_chained(cast: Cast) -> None:
    files = await made(cast, GUO_TAOS)
    loan = await tables.LoanRow.get(loan_no=GUO_TAOS)
    events = await tables.EventRow.filter(stream=f"loan:{loan.id}").order_by("seq")
    assert files["events/loan.jsonl"] == b"".join(bytes(each.body) + b"\n" for each in events)
    links = "".join(f"{each.seq} {each.previous} {each.hash}\n" for each in events)
    assert files["events/loan.chain"].decode() == links
    assert problems(files) == []


async def test_what_was_signed_paid_and_decided_is_in_it(cast: Cast) -> None:
    """Guo Tao's plan, with twenty yuan of the penalty waived and two hundred paid at once, runs."""
    files = await made(cast, GUO_TAOS)
    (agreed,) = rows(files, "agreements")
    signed = files[f"agreements/{agreed['ref']}.html"]
    assert "郭涛" in signed.decode() and sha256(signed).hexdigest() == agreed["hash"]
    assert [each["core_id"] for each in rows(files, "bookings")] == [f"K-{GUO_TAOS}"]
    assert [each["amount"] for each in rows(files, "payments")] == ["733.44", "733.44", "733.44", "200.00"]
    assert [(each["verdict"], each["party"], each["waived"]) for each in rows(files, "decisions")] == [
        ("accept", "lender", "20.00")
    ]
    (who,) = rows(files, "people")
    assert (who["external_id"], who["name"], who["phone"]) == ("B-14", "郭涛", "+8613800000014")
    assert [each["email"] for each in rows(files, "staff")] == [RUI]
    policy = await tables.PolicyVersionRow.get(lender__slug=JQ)
    assert files["policies/1.toml"].decode() == policy.text
    assert json.loads(files["position.json"])["loan_no"] == GUO_TAOS


async def test_what_both_sides_wrote_and_complained_of_is_in_it(cast: Cast) -> None:
    files = await made(cast, HU_XUES)
    assert [each["text"] for each in rows(files, "texts")] == [
        "昨晚十一点还有人打电话。",
        "已查实，该时段不会再有来电。",
        "时间太长，十二期以内可以再谈。",
    ]
    (complaint,) = rows(files, "complaints")
    assert (complaint["kind"], complaint["outcome"]) == ("still_calling", "upheld")
    assert [each["complaint"] for each in rows(files, "complaint_texts")] == [complaint["ref"]] * 2
    for name, said, word in (("index.html", "没有同意", "卷宗"), ("index.en.html", "did not agree", "Case file")):
        page = files[name].decode()
        assert all(text in page for text in (said, word, "胡雪", RUI, "昨晚十一点还有人打电话。", 'href="texts.jsonl"'))
    told = files["index.en.html"].decode()
    assert told.index("added the loan") < told.index("sent a plan") < told.index("did not agree"), "by their numbers"
    claimed = await made(cast, MA_CHAOS)
    assert [each["reference"] for each in rows(claimed, "payment_references")] == ["2026061300087"]


async def test_another_loan_another_lender_and_another_person_are_not_in_it(cast: Cast) -> None:
    """Liu Yang owes two loans here and one elsewhere, and was invited for the other one too."""
    await cast.comes("JQ-2026-0015")
    await cast.comes(LIU_YANGS)
    await cast.comes("YH-88-2305")
    files = await made(cast, LIU_YANGS)
    whole = b"\n".join(files.values()).decode()
    others = [each for loans in PORTFOLIOS.values() for each in loans if each.loan_no != LIU_YANGS]
    refs = await tables.LoanRow.exclude(loan_no=LIU_YANGS).values_list("ref", flat=True)
    wanted = [*(each.loan_no for each in others), *refs]
    wanted += [word for each in others if each.who.name != "刘洋" for word in (each.who.name, each.who.phone)]
    assert [word for word in wanted if str(word) in whole] == []
    assert LIU_YANGS in whole and "刘洋" in whole


@pytest.mark.parametrize("loan_no", [GUO_TAOS, HU_XUES])
async def test_one_byte_altered_in_any_file_is_named_with_its_place(cast: Cast, loan_no: str) -> None:
    files, chance = await made(cast, loan_no), random.Random(loan_no)
    for name, data in files.items():
        for at in {0, len(data) - 1, chance.randrange(len(data))} if data else ():
            other = bytes([data[at] ^ 1])
            found = problems({**files, name: data[:at] + other + data[at + 1 :]})
            assert f"{name}: byte {at} is {other[0]:#04x}, was {data[at]:#04x}" in found, (name, at, found)


async def test_an_event_altered_is_named_by_its_number_though_the_list_was_made_to_fit(cast: Cast) -> None:
    files = await made(cast, GUO_TAOS)
    events = files["events/loan.jsonl"].splitlines(keepends=True)
    nth = next(place for place, each in enumerate(events) if b'"type":"proposal.accepted"' in each)
    events[nth] = events[nth].replace(b'"kind":"staff"', b'"kind":"clock"')
    forged = _listed_anew({**files, "events/loan.jsonl": b"".join(events)})
    assert problems(forged) == [f"events/loan: no. {nth + 1} is not what was chained"]
    del events[nth]
    links = files["events/loan.chain"].splitlines(keepends=True)
    del links[nth]
    gone = {**files, "events/loan.jsonl": b"".join(events), "events/loan.chain": b"".join(links)}
    assert f"events/loan: no. {nth + 2} does not follow no. {nth}" in problems(_listed_anew(gone))
    digest = sha256(files["manifest.jsonl"]).hexdigest()
    assert problems(files, digest) == []
    assert "manifest.jsonl: is not the one that the portal wrote down" in problems(forged, digest)


async def test_an_agreement_and_a_text_made_anew_are_not_those_that_the_events_name(cast: Cast) -> None:
    files = await made(cast, GUO_TAOS)
    (name,) = (each for each in files if each.startswith("agreements/"))
    forged = _listed_anew({**files, name: files[name].replace(b"200.00", b"100.00")})
    assert problems(forged) == [f"{name}: is not what was signed or written"]
    files = await made(cast, HU_XUES)
    ref = rows(files, "texts")[2]["ref"]
    forged = _listed_anew({**files, "texts.jsonl": files["texts.jsonl"].replace("十二期".encode(), "二十期".encode())})
    assert problems(forged) == [f"{ref}: is not what was signed or written"]


def _listed_anew(files: Files) -> Files:
    """By somebody who has the files and knows how the list is made."""
    from portal.web.case_file.verify import _line

    names = sorted(files.keys() - {"manifest.jsonl"})
    return {**files, "manifest.jsonl": b"".join(_line(name, files[name]) for name in names)}


async def test_more_than_a_byte_and_a_file_too_few_are_named_too(cast: Cast) -> None:
    files = await made(cast, GUO_TAOS)
    page = files["index.html"]
    (found,) = problems({**files, "index.html": page[:5000] + b"xyz" + page[5003:]})
    assert found == "index.html: from byte 4096 on it is not what was written"
    (found,) = problems({**files, "index.html": page + b"\n"})
    assert found.startswith("index.html: from byte ")
    less = {name: data for name, data in files.items() if name != "holds.jsonl"}
    assert problems(less)[-1] == f"{len(less) - 1} files, and manifest.jsonl lists {len(files) - 1}"


async def test_what_checks_it_needs_nothing_of_the_portal_and_has_at_most_a_hundred_lines(
    cast: Cast, tmp_path: Any
) -> None:
    files, folder = await made(cast, MA_CHAOS), tmp_path / "case"
    assert len(files["verify.py"].splitlines()) <= 100
    imported = re.findall(r"^(?:from|import) (\w+)", files["verify.py"].decode(), re.M)
    assert set(imported) <= sys.stdlib_module_names
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    good = subprocess.run([sys.executable, "-I", folder / "verify.py"], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout == f"Nothing was altered: {len(files) - 1} files, and every link between them holds.\n"
    (folder / "people.jsonl").write_bytes(files["people.jsonl"].replace(b"B-11", b"B-12"))
    bad = subprocess.run([sys.executable, "-I", folder / "verify.py"], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stderr) == (1, "")
    assert re.fullmatch(r"people\.jsonl: byte \d+ is 0x32, was 0x31\n", bad.stdout)


async def test_the_borrower_sees_that_it_was_made_and_what_for_and_the_admin_by_whom(cast: Cast) -> None:
    guo = await cast.comes(GUO_TAOS)
    await made(cast, GUO_TAOS, "case_authority")
    await guo.open("/account/data")
    assert "Agent · The whole case file, for a regulator or another authority" in guo.text and RUI not in guo.html
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.loan(GUO_TAOS)}")
    assert f"{RUI} · The whole case file, for a regulator or another authority" in lan.text
    await lan.open("/desk/openings")
    assert "The whole case file, for a regulator or another authority" in lan.text


async def test_one_made_at_the_terminal_is_told_as_well(cast: Cast) -> None:
    guo, loan = await cast.comes(GUO_TAOS), await tables.LoanRow.get(loan_no=GUO_TAOS)
    await note_opened_by_operator(loan.ref, loan.lender_id, "case_review", cast.moment().at)  # type: ignore[attr-defined]
    await guo.open("/account/data")
    assert "Whoever runs this site · The whole case file, for the lender's own review" in guo.text
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    lan = await cast.reviewer(LAN)
    for page in (f"/desk{await cast.loan(GUO_TAOS)}", "/desk/openings"):
        await lan.open(page)
        assert "Whoever runs this site" in lan.text


async def test_which_file_it_was_stands_in_the_access_log(cast: Cast) -> None:
    files = await made(cast, GUO_TAOS)
    row, loan = await tables.AccessRow.get(what="case.made"), await tables.LoanRow.get(loan_no=GUO_TAOS)
    assert row.subject == f"case:{sha256(files['manifest.jsonl']).hexdigest()}"
    assert row.detail == f"loan:{loan.ref}"
    assert [each["what"] for each in rows(files, "access")][-1] == "personal.opened:case_court"


async def test_without_a_reason_and_beyond_the_limit_there_is_none(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(GUO_TAOS)}")
    (link,) = (each for each in rui.links() if each.endswith("/case"))
    await rui.open(link)
    for odd in ("", "speak", "case_", "x" * 300):
        await rui.send("/case", reason=odd)
        assert rui.status == 422 and "Please choose one of the answers" in rui.text
    assert not await tables.AccessRow.filter(what__startswith="personal.opened").exists()
    await opened(cast, 30)
    await rui.send("/case", reason="case_review")
    assert rui.status == 429 and "30 times within an hour" in rui.text
    assert rui.filled("/case")["reason"] == "case_review"
    assert not await tables.AccessRow.filter(what="case.made").exists()


async def test_another_lenders_case_file_looks_like_none(cast: Cast) -> None:
    an, loan = await cast.reviewer(AN), await cast.loan(GUO_TAOS)
    await an.open(f"/desk{loan}/case")
    theirs = an.html
    await an.open("/desk/loans/nobodys/case")
    assert an.status == 404 and an.html == theirs.replace(loan, "/loans/nobodys")


async def test_what_was_erased_is_not_in_it_and_the_chain_still_holds(cast: Cast) -> None:
    await tables.BorrowerRow.filter(external_id="B-14").update(key=b"", name_sealed=b"", phone_sealed=b"")
    line = await tables.ProposalLineRow.get(loan__loan_no=GUO_TAOS).prefetch_related("proposal__person")
    await tables.PersonRow.filter(id=line.proposal.person.id).update(key=b"")
    files = await made(cast, GUO_TAOS)
    whole = b"\n".join(files.values()).decode()
    assert "郭涛" not in whole and "+8613800000014" not in whole
    assert [each for each in files if each.startswith("agreements/")] == []
    assert "erased" in files["index.en.html"].decode() and "已删除" in files["index.html"].decode()
    assert problems(files) == []


def test_no_table_gives_away_what_is_sealed() -> None:
    told = {(each.name, column) for each in CASE_TABLES for column in each.columns}
    assert not [each for each in told if re.search(r"seal|key|salt|hash|pending", each[1])] or {
        each for each in told if "hash" in each[1]
    } == {("contracts", "snapshot_hash"), ("approvals", "hash")}
