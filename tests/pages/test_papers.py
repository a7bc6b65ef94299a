"""What somebody can hold in hand, and what whoever is handed it finds out: genuine or not, in force or not."""

import hashlib
import json
import re
from datetime import UTC, date, datetime

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import BusinessTime
from portal.reads.agreements import agreement_by_hash
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.vault import Vault
from tests.browser import Browser
from tests.pages.conftest import CHEN_FANGS, GUO_TAOS, MA_CHAOS, XIAOMINGS, ZHU_LINS, Cast
from tests.pages.test_next_payment import POLICY
from tests.pages.test_plan_lives import at, later, pays
from tests.staged import SECRET

pytestmark = pytest.mark.anyio


def seal(bo: Browser) -> dict[str, str]:
    """The number and the code that stand at the end of a paper."""
    number, code = re.findall(r'<dd class="code">([A-Z0-9-]+)</dd>', bo.html)[-2:]
    return {"number": number, "code": code}


async def asks(cast: Cast, paper: dict[str, str], language: str = "en") -> Browser:
    """Somebody who is not signed in, with the paper in hand."""
    bo = await cast.browser(language).open("/check")
    return await bo.send("/check", **paper)


async def agreement_of(cast: Cast, loan_no: str) -> tuple[Browser, str]:
    bo = await at(cast, loan_no)
    ref = next(link for link in bo.links() if re.fullmatch(r"/agreements/\w+", link))
    return await bo.open(ref), ref


async def test_all_dates_go_into_a_calendar_that_names_no_sum_and_no_debt(cast: Cast) -> None:
    """马超 signed twelve payments from 10 July on, beside six of the contract on the same days: twelve days."""
    bo, _ = await agreement_of(cast, MA_CHAOS)
    dates = f"{await cast.loan(MA_CHAOS)}/dates.ics"
    assert dates in bo.links()
    answer = await bo.client.get(dates)
    assert answer.headers["content-type"].startswith("text/calendar") and "attachment" in str(answer.headers)
    days = re.findall(r"DTSTART;VALUE=DATE:(\d{8})\r\nDTEND;VALUE=DATE:(\d{8})\r\n", answer.text)
    assert days[0] == ("20260710", "20260711") and days[-1] == ("20270610", "20270611") and len(days) == 12
    assert set(re.findall(r"(?:SUMMARY|DESCRIPTION):(.*)\r\n", answer.text)) == {"An agreed date"}
    assert not re.search(r"[¥元]|\d\.\d\d|马超|佳泉|repay", answer.text)
    assert all(len(line.encode()) <= 75 for line in answer.text.split("\r\n"))
    others = await (await cast.comes(XIAOMINGS)).client.get(dates)
    assert others.status_code == 404


async def test_an_agreement_names_both_sides_in_the_bytes_that_are_signed(cast: Cast) -> None:
    bo = await cast.comes(ZHU_LINS)
    await cast.signs(bo, await cast.proposal(ZHU_LINS))
    ref = bo.path
    await bo.open(f"{ref}/print")
    assert "佳泉消费金融有限公司" in bo.text and "朱琳 (ID number ending in 1004)" in bo.text
    file = (await bo.client.get(f"{ref}/file")).content
    assert "佳泉消费金融有限公司" in file.decode() and "朱琳" in file.decode()
    found = await agreement_by_hash(hashlib.sha256(file).hexdigest())
    assert found is not None and f"/agreements/{found[0]}" == ref
    told = b"".join([bytes(body) for body in await tables.EventRow.all().values_list("body", flat=True)])
    assert "朱琳".encode() not in told and b"\\u6731\\u7433" not in told
    salt = json.loads(re.findall(r'id="facts">(.*?)</script>', file.decode())[0])["salt"]
    assert len(salt) == 32 and salt.encode() not in told


async def test_one_of_before_names_stood_in_it_has_them_beside_and_a_code_too(cast: Cast) -> None:
    bo, ref = await agreement_of(cast, MA_CHAOS)
    row = await tables.AgreementRow.get(ref=ref.rpartition("/")[2]).prefetch_related("proposal__person")
    vault, key = cast.settings.vault(), bytes(row.proposal.person.key)
    old = re.sub(r'"parties": \{.*?\}\}, ', "", vault.unseal(key, bytes(row.sealed))).replace("马超", "借款人")
    row.sealed, row.hash = vault.seal(key, old), hashlib.sha256(old.encode()).hexdigest()
    await row.save()
    await bo.open(f"{ref}/print")
    assert "马超 (ID number ending in 1101)" in bo.text and "signed before names stood in its text" in bo.text
    assert "Genuine and in force." in (await asks(cast, seal(bo))).text


async def test_a_variation_and_its_plan_are_both_in_force_until_another_plan_replaces_them(cast: Cast) -> None:
    await set_policy(cast.moment(), await lender_by_slug("jq"), POLICY, OPERATOR)
    bo, plan = await agreement_of(cast, GUO_TAOS)
    papers = [seal(await bo.open(f"{plan}/print"))]
    await bo.open(f"{await cast.loan(GUO_TAOS)}/next?way=skip")
    await cast.signs(bo, (await bo.send("/next")).path)
    papers.append(seal(await bo.open(f"{bo.path}/print")))
    for paper in papers:
        assert "Genuine and in force." in (await asks(cast, paper)).text
    line = await tables.ProposalLineRow.get(live_loan__isnull=False, loan__loan_no=GUO_TAOS)
    await tables.ProposalRow.filter(id=line.proposal_id).update(state="superseded")
    for paper in papers:
        assert "Genuine, but replaced." in (await asks(cast, paper)).text


async def test_what_is_not_what_was_signed_is_neither_printed_nor_given_a_code(cast: Cast) -> None:
    bo, ref = await agreement_of(cast, GUO_TAOS)
    await tables.AgreementRow.filter(ref=ref.rpartition("/")[2]).update(hash="0" * 64)
    await bo.open(f"{ref}/print")
    assert "Not what was signed." in bo.text and "Check code" not in bo.text


async def test_whoever_is_handed_an_agreement_learns_that_it_is_genuine_and_nothing_else(cast: Cast) -> None:
    bo, ref = await agreement_of(cast, GUO_TAOS)
    paper = seal(await bo.open(f"{ref}/print"))
    assert paper["number"].replace("-", "").lower() == ref.rpartition("/")[2]
    bank = await asks(cast, paper)
    assert bank.status == 200 and "Genuine and in force." in bank.text
    for private in ("郭涛", "佳泉", "2,223.95", GUO_TAOS, "1412"):
        assert private not in bank.html, private
    assert "真实有效。" in (await asks(cast, paper, "zh-CN")).text
    typed = {"number": paper["number"].replace("-", " ").lower(), "code": f" {paper['code'].lower()} "}
    assert "Genuine and in force." in (await asks(cast, typed)).text


async def test_a_wrong_code_and_a_number_that_is_none_are_answered_alike(cast: Cast) -> None:
    bo, ref = await agreement_of(cast, GUO_TAOS)
    paper = seal(await bo.open(f"{ref}/print"))
    unknown = {"number": "A" * 16, "code": paper["code"]}
    answers = []
    for typed in ({**paper, "code": "0000-0000"}, unknown):
        bank = await asks(cast, typed)
        assert bank.status == 422 and "No paper with this number and this code" in bank.text
        answers.append(re.sub(r'value="[^"]*"', "", bank.html))
    assert answers[0] == answers[1]
    empty = await asks(cast, {"number": "", "code": ""})
    assert empty.status == 422


async def test_a_letter_of_another_loan_does_not_open_with_this_code(cast: Cast) -> None:
    chen = await (await cast.comes(CHEN_FANGS)).open(f"{await cast.loan(CHEN_FANGS)}/letter")
    number = (await cast.loan(XIAOMINGS)).rpartition("/")[2]
    assert (await asks(cast, {**seal(chen), "number": number})).status == 422


async def test_who_tries_too_often_waits_and_right_ones_count_for_nothing(cast: Cast) -> None:
    bo, ref = await agreement_of(cast, GUO_TAOS)
    paper = seal(await bo.open(f"{ref}/print"))
    bank = await cast.browser().open("/check")
    for _ in range(3):
        await bank.send("/check", **paper)
    for _ in range(20):
        await bank.send("/check", **{**paper, "code": "22222222"})
    assert bank.status == 422
    await bank.send("/check", **paper)
    assert bank.status == 429 and "Please wait" in bank.text and "Genuine" not in bank.text


async def test_who_has_paid_everything_has_it_in_writing(cast: Cast) -> None:
    """陈芳 paid the last of ten installments on 5 April 2026."""
    bo = await (await cast.comes(CHEN_FANGS)).open(await cast.loan(CHEN_FANGS))
    await bo.open(next(link for link in bo.links() if link.endswith("/letter")))
    assert "The loan is paid off" in bo.text and "5 April 2026" in bo.text
    assert "陈芳 (ID number ending in 4042)" in bo.text and "佳泉消费金融有限公司" in bo.text
    assert "Genuine and in force." in (await asks(cast, seal(bo))).text


async def test_who_owes_something_has_no_such_letter(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    assert not [link for link in (await bo.open(await cast.loan(XIAOMINGS))).links() if link.endswith("/letter")]
    assert (await bo.open(f"{await cast.loan(XIAOMINGS)}/letter")).status == 404
    assert (await bo.open(f"{await cast.loan(CHEN_FANGS)}/letter")).status == 404, "somebody else's"


async def takes_back(loan_no: str, payment: str, on: date) -> None:
    moment = BusinessTime(datetime(on.year, on.month, on.day, 4, tzinfo=UTC), on)
    back = PaymentRecord(1, loan_no, Payment(f"B-{payment}", on, reverses=payment), None)
    await record_payments(moment, await lender_by_slug("jq"), [back], Vault(SECRET))


async def test_a_letter_whose_payment_was_taken_back_is_withdrawn_and_the_next_one_replaces_it(cast: Cast) -> None:
    bo = await (await cast.comes(CHEN_FANGS)).open(f"{await cast.loan(CHEN_FANGS)}/letter")
    paper = seal(bo)
    last = (await tables.PaymentRow.filter(loan__loan_no=CHEN_FANGS).order_by("-received_on").first()).external_id
    await takes_back(CHEN_FANGS, last, date(2026, 6, 13))
    assert "Genuine, but withdrawn." in (await asks(cast, paper)).text
    assert (await bo.open(bo.path)).status == 404
    await pays(CHEN_FANGS, date(2026, 6, 14), 100_000)
    assert "Genuine, but replaced." in (await asks(cast, paper)).text
    assert "14 June 2026" in (await bo.open(bo.path)).text
    assert "Genuine and in force." in (await asks(cast, seal(bo))).text


async def test_a_completed_plan_ends_its_agreement_and_its_letter_goes_with_the_plan(cast: Cast) -> None:
    """On 25 June the bank takes the fifth of five payments back: 404.79 are to pay again, by 10 November."""
    await pays(GUO_TAOS, date(2026, 6, 20), *[40479] * 5)
    june = later(cast, date(2026, 6, 21))
    bo, ref = await agreement_of(june, GUO_TAOS)
    agreement = seal(await bo.open(f"{ref}/print"))
    letter = await bo.open(f"{await cast.proposal(GUO_TAOS)}/letter")
    assert "20 June 2026" in letter.text and "郭涛 (ID number ending in 1412)" in letter.text
    paper = seal(letter)
    assert "Genuine, but ended." in (await asks(june, agreement)).text
    assert "Genuine and in force." in (await asks(june, paper)).text
    await takes_back(GUO_TAOS, "P-2026-06-20-4", date(2026, 6, 25))
    again = later(cast, date(2026, 6, 26))
    assert "Genuine and in force." in (await asks(again, agreement)).text
    assert "Genuine, but withdrawn." in (await asks(again, paper)).text
    await bo.open(letter.path)
    bo = await (await again.comes(GUO_TAOS)).open(letter.path)
    assert bo.status == 422 and "This letter was withdrawn" in bo.text


async def test_no_letter_is_written_while_the_lenders_own_statement_says_otherwise(cast: Cast) -> None:
    loan = await tables.LoanRow.get(loan_no=CHEN_FANGS)
    nothing = dict.fromkeys(("interest_minor", "penalty_minor", "fees_minor", "costs_minor"), 0)
    await tables.StatementRow.create(
        loan_id=loan.id,
        version=1,
        as_of=date(2026, 6, 14),
        principal_minor=500,
        recorded_at=datetime.now(UTC),
        **nothing,
    )
    bo = await (await cast.comes(CHEN_FANGS)).open(f"{await cast.loan(CHEN_FANGS)}/letter")
    assert bo.status == 422 and "no letter can be written yet" in bo.text
