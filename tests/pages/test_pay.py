"""The till: what a payment would do before it is made, how to make it, and what happens to "I have paid"."""

import hashlib
import hmac
import re
from datetime import UTC, date, datetime
from html import unescape

import pytest

from portal.actions.payments import record_payments
from portal.demo import JQ, TODAY
from portal.domain.event import Moment
from portal.domain.loan import Payment
from portal.domain.portfolio import PaymentRecord
from portal.reads.cases import lender
from portal.tables import models as t
from tests.browser import Browser
from tests.pages.conftest import LI_JINGS, MA_CHAOS, XIAOMINGS, Cast

pytestmark = pytest.mark.anyio


async def at_the_till(cast: Cast, query: str = "", loan_no: str = XIAOMINGS, language: str = "en") -> Browser:
    bo = await cast.comes(loan_no, language)
    return await bo.open(f"{await cast.loan(loan_no)}/pay{query}")


async def books(loan_no: str, *payments: Payment) -> None:
    records = [PaymentRecord(1, loan_no, payment) for payment in payments]
    await record_payments(await lender(JQ), records, Moment(datetime.now(UTC), TODAY))


async def test_500_today_shows_where_every_fen_goes_and_what_it_spares(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    for amount in ("56.07", "152.19", "291.74", "2,913.12", "5.69"):  # 74.56 - 56.07 - 12.80
        assert amount in bo.text, amount


async def test_the_till_begins_with_all_that_is_overdue_and_names_the_other_sums(cast: Cast) -> None:
    bo = await at_the_till(cast)
    assert "If you pay CN¥3,413.12 today" in bo.text and "Then nothing is overdue" in bo.text
    assert "1,100.16" in bo.text


async def test_what_paying_may_mean_in_law_is_said_before_the_ways_to_pay(cast: Cast) -> None:
    bo = await at_the_till(cast)
    assert bo.text.index("start its time limit again") < bo.text.index("How to pay it")


async def test_the_fragment_for_htmx_is_the_same_as_on_the_page(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    whole = bo.html
    await bo.open(f"{bo.path}?what=other&amount=500", **{"hx-request": "true"})
    assert "<html" not in bo.html and bo.html.strip() in whole


@pytest.mark.parametrize("amount", ["1e3", "-5", "NaN", "0", "", "12.345"])
async def test_an_odd_amount_gets_a_sentence_and_comes_back(cast: Cast, amount: str) -> None:
    bo = await at_the_till(cast, f"?what=other&amount={amount}")
    assert "Please" in bo.text or "can be from" in bo.text
    assert "If you pay" not in bo.text and (not amount or f'value="{amount}"' in bo.html)


async def test_full_width_digits_and_separators_are_understood(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=１,２３４.50")
    assert "If you pay CN¥1,234.50 today" in bo.text


async def test_the_cashiers_link_carries_amount_and_reference_under_a_signature(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    found = re.search(r'href="(https://cashier\.example/pay[^"]+)"', bo.html)
    assert found
    said = dict(part.split("=") for part in unescape(found[1]).split("?")[1].split("&"))
    key = cast.settings.vault().cashier_key("jq")
    text = f"500.00|CNY|{said['reference']}|2026-06-14"
    assert said["signature"] == hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert "0000 1111 2222 3333" in bo.text


async def test_the_ways_are_called_in_his_language(cast: Cast) -> None:
    bo = await at_the_till(cast, language="zh-CN")
    assert "转账到对公账户" in bo.text and "网页收银台" in bo.text


async def says(bo: Browser, **typed: str) -> Browser:
    return await bo.send("/pay", **{"paid_on": "2026-06-12", "paid": "500", "reference": "T-77", **typed})


async def test_what_he_says_he_paid_awaits_its_confirmation_and_is_not_counted(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    assert "looks for it until" in bo.text and "3,413.12" in bo.text
    assert (await cast.events(XIAOMINGS))[-1] == "payment.reported"
    assert b"T-77" not in bytes((await t.Event.all().order_by("-id").first()).body)  # type: ignore[union-attr]


async def test_the_lenders_payment_confirms_it_and_a_reversal_opens_it_again(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    await books(XIAOMINGS, Payment("P-3", date(2026, 6, 13), 50000))
    await bo.open(f"{await cast.loan(XIAOMINGS)}/pay")
    assert "has arrived and is counted" in bo.text
    await books(XIAOMINGS, Payment("R-3", date(2026, 6, 14), reverses="P-3"))
    await bo.open(f"{await cast.loan(XIAOMINGS)}/pay")
    assert "looks for it until" in bo.text


@pytest.mark.parametrize(("amount", "day"), [(50001, date(2026, 6, 13)), (50000, date(2026, 6, 4))])
async def test_another_amount_or_another_week_confirms_nothing(cast: Cast, amount: int, day: date) -> None:
    bo = await says(await at_the_till(cast))
    await books(XIAOMINGS, Payment("P-3", day, amount))
    await bo.open(f"{await cast.loan(XIAOMINGS)}/pay")
    assert "looks for it until" in bo.text


async def test_two_reports_of_the_same_amount_need_two_payments(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    await bo.open(f"{await cast.loan(XIAOMINGS)}/pay")
    await says(bo, reference="T-78")
    await books(XIAOMINGS, Payment("P-3", date(2026, 6, 13), 50000))
    states = await t.PaymentReport.all().order_by("id").values_list("state", flat=True)
    assert list(states) == ["confirmed", "awaiting"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"paid_on": "2026-06-15"}, "The day can be from"),
        ({"paid_on": "2025-12-14"}, "The day can be from"),
        ({"paid_on": "soon"}, "such as"),
        ({"paid": "1e3"}, "amount in digits"),
        ({"paid": ""}, "fill this in"),
        ({"reference": "9" * 10_000}, "at most 100"),
    ],
)
async def test_an_odd_report_is_asked_for_again_and_nothing_typed_is_lost(
    cast: Cast, typed: dict[str, str], words: str
) -> None:
    bo = await says(await at_the_till(cast), **typed)
    assert bo.status == 422 and words in bo.text
    sent = {"paid_on": "2026-06-12", "paid": "500", "reference": "T-77", **typed}
    assert all(f'value="{value}"' in bo.html for value in sent.values() if value)
    assert not await t.PaymentReport.exists()


async def test_marks_that_turn_text_around_are_taken_out_of_a_reference(cast: Cast) -> None:
    bo = await says(await at_the_till(cast), reference="T\u202e77<script>alert(1)</script>")
    rui = await cast.reviewer()
    await rui.open("/desk/payments")
    assert "T77&lt;script&gt;" in rui.html and "<script>alert" not in rui.html
    assert bo.status == 200


async def test_a_double_click_reports_once_and_a_stale_page_is_told_so(cast: Cast) -> None:
    bo = await at_the_till(cast)
    fields = {**bo.filled("/pay"), "paid_on": "2026-06-12", "paid": "500"}
    path = bo.path
    await bo.post(path, fields)
    await bo.post(path, fields)
    assert bo.status == 200 and await t.PaymentReport.all().count() == 1
    await bo.post(path, {**fields, "key": "another"})
    assert bo.status == 409 and "Something changed" in bo.text


async def test_what_is_not_to_be_found_is_asked_about(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    rui = await cast.reviewer()
    await rui.open("/desk/payments")
    assert XIAOMINGS in rui.text and "T-77" in rui.text
    await rui.send(next(form.action for form in rui.forms if "/desk/payments/" in form.action))
    assert "asked to look again" in rui.text
    await bo.open(f"{await cast.loan(XIAOMINGS)}/pay")
    assert "does not find it" in bo.text


async def test_another_lender_sees_and_asks_nothing(cast: Cast) -> None:
    await says(await at_the_till(cast))
    an = await cast.reviewer("an@yh.example")
    await an.open("/desk/payments")
    assert XIAOMINGS not in an.text
    ref = (await t.PaymentReport.get()).ref
    await an.post(f"/desk/payments/{ref}", {"csrf": an.filled("/sign-out")["csrf"]})
    assert an.status == 404


async def test_the_next_payment_of_an_agreed_plan_is_one_of_the_sums(cast: Cast) -> None:
    bo = await at_the_till(cast, loan_no=MA_CHAOS)
    assert "The next payment of the plan" in bo.text


async def test_somebody_elses_till_is_not_there(cast: Cast) -> None:
    li = await cast.comes(LI_JINGS)
    await li.open(f"{await cast.loan(XIAOMINGS)}/pay")
    assert li.status == 404
