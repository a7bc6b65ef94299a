"""The till: what a payment would do before it is made, how to make it, and what happens to "I have paid"."""

import hashlib
import hmac
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from urllib.parse import parse_qsl, unquote, urlencode

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.app import create_app
from portal.demo import JQ, TODAY
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.restructuring.payment_methods import SIGNED
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import GUO_TAOS, LI_JINGS, MA_CHAOS, XIAOMINGS, Cast

pytestmark = pytest.mark.anyio


async def at_the_till(cast: Cast, query: str = "", loan_no: str = XIAOMINGS, language: str = "en") -> Browser:
    bo = await cast.comes(loan_no, language)
    return await bo.open(f"{await cast.loan(loan_no)}/pay{query}")


async def books(cast: Cast, loan_no: str, *payments: Payment) -> None:
    records = [PaymentRecord(1, loan_no, payment) for payment in payments]
    await record_payments(cast.moment(), await lender_by_slug(JQ), records, cast.settings.vault())


async def test_500_today_shows_where_every_fen_goes_and_what_it_spares(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    for amount in ("56.07", "152.19", "291.74", "2,913.12", "5.69"):  # 74.56 - 56.07 - 12.80
        assert amount in bo.text, amount
    assert "No. 3, " in bo.text and "443.93" in bo.text and "656.23 is left of it" in bo.text


async def test_1100_named_for_no_5_go_there_first(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=1100&installment=5")
    # Penalty 19.04 and interest 123.54 of no. 5 come first; 1,100.00 - 19.04 - 123.54 = 957.42 of its 976.62 principal.
    for amount in ("19.04", "123.54", "957.42", "19.20 is left of it"):
        assert amount in bo.text, amount
    assert "It goes to no. 5 first, as you chose" in bo.text and "No. 3, " not in bo.text


async def test_what_he_paid_for_no_5_is_told_to_the_lender_so(cast: Cast) -> None:
    bo = await at_the_till(cast)
    await bo.send("/pay", paid="1100", paid_on="2026-06-13", installment="5")
    assert [row.installment_no for row in await told(XIAOMINGS)] == [5]
    body = await tables.EventRow.filter(type="payment.reported").order_by("-id").first().values_list("body", flat=True)
    assert json.loads(bytes(body))["data"]["installment"] == 5  # type: ignore[arg-type]
    assert "For installment 5" in (await at_the_desk(cast)).text


async def test_what_he_paid_for_the_plan_is_told_to_the_lender_so(cast: Cast) -> None:
    """His 187.00 of 13 June is being checked, so what is named after it is the second payment."""
    bo = await at_the_till(cast, loan_no=MA_CHAOS)
    await bo.send("/pay", paid="187", paid_on="2026-06-13", installment="plan")
    row, *_ = await told(MA_CHAOS)
    assert (row.installment_no, row.plan_installment_no) == (None, 2)
    body = await tables.EventRow.filter(type="payment.reported").order_by("-id").first().values_list("body", flat=True)
    event = json.loads(bytes(body))  # type: ignore[arg-type]
    assert (event["schema_version"], event["data"]["plan_installment"]) == (2, 2)
    rui = await (await cast.reviewer()).open(f"/desk/payments/{row.ref}")
    assert "no. 2 of the plan" in rui.text


async def test_a_payment_of_a_plan_cannot_be_named_where_there_is_none(cast: Cast) -> None:
    bo = await at_the_till(cast)
    await bo.send("/pay", paid="187", paid_on="2026-06-13", installment="plan")
    assert bo.status == 422 and not await told(XIAOMINGS)


async def test_an_installment_that_is_not_overdue_cannot_be_named(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500&installment=9")
    assert "choose one of the answers" in bo.text and "as you chose" not in bo.text


async def test_more_than_everything_says_what_stays_his(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=20000")
    # It closes the loan: 20,000.00 - 3,413.12 - 7,259.10 of principal to come - 108.89 x 29 / 30 = 105.26 of interest.
    assert "More than is owed" in bo.text and "9,222.52" in bo.text and "paid ahead" not in bo.text.lower()


async def test_everything_today_names_its_sum_and_what_it_saves(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=payoff")
    # 3,413.12 overdue + 7,259.10 of principal + 105.26 of interest that has run; 442.05 - 105.26 need not be paid.
    for words in ("If you pay ¥10,777.48 today", "Then everything is paid", "It saves ¥336.79", "¥10,777.48"):
        assert words in bo.text, words
    assert "Go and pay ¥10,777.48" in bo.text and "Before you pay" not in bo.text


async def test_on_the_day_a_plan_is_signed_nothing_is_said_to_pay_everything_that_would_not(cast: Cast) -> None:
    """Money of the day comes before the plan and what it lets go; 6,210.86, its payoff, would leave the loan open."""
    bo = await at_the_till(cast, loan_no=GUO_TAOS)
    assert "Everything, today" not in bo.text
    await bo.open(f"{bo.path}?what=other&amount=6215")
    assert "pays everything today" not in bo.text


async def test_more_than_everything_is_asked_about_before_the_cashier_is_named(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=20000")
    assert "¥10,777.48 pays everything today. ¥20,000.00 is ¥9,222.52 more" in bo.text
    assert "cashier.example" not in bo.html and "How to pay it" not in bo.text
    (enough,) = [href for href in bo.links() if "amount=10777.48" in href]
    (all_of_it,) = [href for href in bo.links() if "then=above" in href]
    assert "Go and pay ¥10,777.48" in (await bo.open(enough)).text
    assert "Go and pay ¥20,000.00" in (await bo.open(all_of_it)).text


async def test_what_is_above_the_due_is_asked_for_its_purpose_with_what_each_saves(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=5000")
    # 5,000.00 - 3,413.12 = 1,586.88. Fewer: one day of no. 6, 0.79; nos. 7 to 11, 23.80 or 23.81 each; no. 12, 16.26.
    assert "¥1,586.88 of it is more than is due. What is it for?" in bo.text and "How to pay it" not in bo.text
    assert "fewer installments, saves ¥136.06" in bo.text
    (fewer,) = [href for href in bo.links() if "then=fewer" in href]
    await bo.open(fewer)
    assert "Go and pay ¥5,000.00" in bo.text and "It saves ¥136.06" in bo.text and "Say so to" in bo.text
    await bo.open(fewer.replace("fewer", "ahead"))
    assert "Paid ahead" in bo.text and "It saves" not in bo.text and "Go and pay ¥5,000.00" in bo.text


async def test_what_was_reported_counts_before_more_is_paid(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    await again(cast, bo)
    assert "500.00 was reported as paid on 12 June and is being checked" in bo.text
    # Two days less of penalty at 24 / 365 % on the 292 of principal that the 500.00 of 12 June paid: 0.38.
    assert "If it has arrived, ¥2,912.74 is left overdue" in bo.text and "If you pay ¥2,912.74 today" in bo.text
    assert "Then nothing is overdue" in bo.text and "3,413.12" not in bo.text
    without = next(href for href in bo.links() if "counted=no" in href)
    assert "Do not pay it a second time" in (await bo.open(without)).text and "If you pay ¥3,413.12" in bo.text
    await bo.open(f"{bo.path.partition('?')[0]}?what=other&amount=3413.12")
    assert "¥500.38 of it is more than is due" in bo.text and "cashier.example" not in bo.html
    assert "Pay only ¥2,912.74, what is due" in bo.text


async def test_the_till_begins_with_all_that_is_overdue_and_names_the_other_sums(cast: Cast) -> None:
    bo = await at_the_till(cast)
    assert "If you pay ¥3,413.12 today" in bo.text and "Then nothing is overdue" in bo.text
    assert "1,100.16" in bo.text


async def test_what_paying_may_mean_in_law_is_said_before_the_ways_to_pay(cast: Cast) -> None:
    bo = await at_the_till(cast)
    assert bo.text.index("start its time limit again") < bo.text.index("How to pay it")


async def test_the_fragment_for_htmx_is_the_same_as_on_the_page(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    whole = bo.html
    await bo.open(bo.path, **{"hx-request": "true"})
    token = re.compile(r'(name="csrf" value=)"[^"]+"')
    assert "<html" not in bo.html and token.sub(r"\1", bo.html).strip() in token.sub(r"\1", whole)


@pytest.mark.parametrize("amount", ["1e3", "-5", "NaN", "0", "", "12.345"])
async def test_an_odd_amount_gets_a_sentence_and_comes_back(cast: Cast, amount: str) -> None:
    bo = await at_the_till(cast, f"?what=other&amount={amount}")
    assert "Please write an amount" in bo.text or "which is all you owe" in bo.text or "fill this in" in bo.text
    assert "If you pay" not in bo.text and (not amount or f'value="{amount}"' in bo.html)


async def test_full_width_digits_and_separators_are_understood(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=１,２３４.50")
    assert "If you pay ¥1,234.50 today" in bo.text


async def test_the_cashiers_link_carries_amount_and_reference_under_a_signature(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    found = re.search(r'href="(https://cashier\.example/pay[^"]+)"', bo.html)
    assert found
    said = dict(part.split("=") for part in unescape(found[1]).split("?")[1].split("&"))
    key = cast.settings.vault().cashier_key("jq")
    back = unquote(said["return"])
    assert back.startswith(f"{cast.settings.base_url}{await cast.loan(XIAOMINGS)}/pay/back?paid=500.00&")
    text = f"500.00|CNY|{said['reference']}|JQ-2026-0001|2026-06-14|{back}"
    assert said["signature"] == hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert "0000 1111 2222 3333" in bo.text
    assert said["reference"] in re.sub(r"</?span>", "", bo.html)  # to be copied in one piece


async def test_the_first_way_that_leads_on_is_open_and_is_the_one_first_action(cast: Cast) -> None:
    """The lender's own app stands before it, and is opened from the phone, not from here."""
    bo = await at_the_till(cast)
    assert re.findall(r'<(\w+) class="button primary"[^>]*>([^<]*)<', bo.html) == [("a", "Go and pay ¥3,413.12")]
    ways = bo.html.partition("How to pay it")[2].partition("</section>")[0]
    assert [bool(found) for found in re.findall(r"<details [^>]*?( open)?>", ways)] == [False, True, False]


async def test_a_lender_that_named_no_ways_is_to_be_asked(cast: Cast) -> None:
    await set_policy(cast.moment(), await lender_by_slug(JQ), "[plan]\nmax_months = 6\n", OPERATOR)
    bo = await at_the_till(cast)
    assert "has not told us its ways to pay" in bo.text and "400-820-0001" in bo.text


async def test_the_ways_are_called_in_his_language(cast: Cast) -> None:
    bo = await at_the_till(cast, language="zh-CN")
    assert "转账到对公账户" in bo.text and "网页收银台" in bo.text


async def test_nothing_typed_is_answered_by_what_makes_sense(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=0")
    assert "from ¥1.00 to ¥10,777.48, which is all you owe. You wrote ¥0.00." in bo.text


async def test_what_was_paid_just_now_is_said_in_one_tap_and_twice_is_once(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500&installment=5")
    assert "I have paid ¥500.00" in bo.text
    path, fields = bo.path.partition("?")[0], bo.filled(TILL)
    await bo.post(path, fields)
    await bo.post(path, fields)
    (row,) = await told(XIAOMINGS)
    assert (row.amount_minor, row.paid_on, row.installment_no) == (50000, TODAY, 5)
    assert "500.00 was reported as paid on 14 June and is being checked" in bo.text


def sent_along(bo: Browser) -> dict[str, str]:
    """What the cashier is sent."""
    found = re.search(r'href="https://cashier\.example/pay\?([^"]+)"', bo.html)
    assert found
    return dict(parse_qsl(unescape(found[1]), keep_blank_values=True))


def by_the_cashier(cast: Cast, sent: dict[str, str], **changed: str) -> str:
    """Where the cashier sends the borrower who has paid, under its signature, or with something changed after that."""
    said = {"result": "paid", "paid_on": "2026-06-14", "id": "K-77"}
    values = ("paid", sent["amount"], "CNY", sent["reference"], sent["loan"], said["paid_on"], said["id"])
    key = cast.settings.vault().cashier_key(JQ)
    said["signature"] = hmac.new(key.encode(), "|".join(values).encode(), hashlib.sha256).hexdigest()
    back = sent["return"].removeprefix(cast.settings.base_url)
    return f"{back}&{urlencode({**said, **changed})}"


async def test_who_comes_back_from_the_cashier_has_nothing_to_say_twice(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500&installment=5")
    address = by_the_cashier(cast, sent_along(bo))
    await bo.open(address)
    assert bo.path.endswith("/pay") and "500.00 was reported as paid on 14 June and is being checked" in bo.text
    await bo.open(address)
    (row,) = await told(XIAOMINGS)
    assert (row.amount_minor, row.installment_no, row.state) == (50000, 5, "awaiting")
    await books(cast, XIAOMINGS, Payment("K-77", TODAY, 50000, installment=5))
    await bo.open(bo.path)
    assert "Arrived. ¥500.00" in bo.text  # by the number that the cashier gave


@pytest.mark.parametrize(
    "changed", [{"signature": "0" * 64}, {"id": "K-78"}, {"paid_on": "2026-06-13"}, {"result": "", "signature": "é"}]
)
async def test_what_no_cashier_signed_is_no_payment_and_is_asked_about(cast: Cast, changed: dict[str, str]) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    await bo.open(by_the_cashier(cast, sent_along(bo), **changed))
    assert not await told(XIAOMINGS) and "It has not told us whether you paid" in bo.text
    await bo.send(TILL)
    assert [row.amount_minor for row in await told(XIAOMINGS)] == [50000]


async def test_another_amount_than_the_one_signed_is_no_payment_either(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    await bo.open(by_the_cashier(cast, sent_along(bo)).replace("paid=500.00", "paid=900.00"))
    assert not await told(XIAOMINGS)


async def test_who_cancels_finds_the_till_as_it_was(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    await bo.open(sent_along(bo)["return"].removeprefix(cast.settings.base_url) + "&result=cancelled")
    assert "If you pay ¥500.00 today" in bo.text and "has not told us" not in bo.text


async def test_a_wide_screen_shows_the_cashiers_link_as_a_square_without_a_way_back(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    (square,) = [found["src"] for tag, found in bo.tags if tag == "img"]
    answer = await bo.client.get(square)
    assert answer.headers["content-type"] == "image/svg+xml" and answer.text.startswith("<svg")
    assert (await bo.client.get(square.replace("500", "20000"))).status_code == 404  # it asks something first


async def test_the_demo_has_a_cashier_and_nobody_else_does(cast: Cast) -> None:
    bo = await at_the_till(cast, "?what=other&amount=500")
    there = urlencode(sent_along(bo))
    assert (await bo.client.get(f"/demo/cashier?{there}")).status_code == 404
    demo = Cast(create_app(replace(cast.settings, debug=True), own_database=False), cast.settings)
    bo = await at_the_till(demo, "?what=other&amount=500")
    (link,) = [href for href in bo.links() if href.startswith("/demo/cashier?")]
    await bo.open(link)
    assert "no money moves" in bo.text and "500.00" in bo.text
    paid, cancelled = [href for href in bo.links() if "/pay/back?" in href]
    assert "If you pay ¥500.00 today" in (await bo.open(cancelled)).text and not await told(XIAOMINGS)
    assert "is being checked" in (await bo.open(paid)).text and len(await told(XIAOMINGS)) == 1
    assert (await bo.open(link.replace("amount=500.00", "amount=5.00"))).status == 422


TILL = "/pay"
TOLD = {"paid_on": "2026-06-12", "paid": "500", "reference": "T-77"}


async def says(bo: Browser, **typed: str) -> Browser:
    return await bo.send(TILL, **{**TOLD, **typed})


async def told(loan_no: str) -> list[tables.PaymentClaimRow]:
    """What was reported on a loan, the newest first."""
    return await tables.PaymentClaimRow.filter(loan__loan_no=loan_no).order_by("-id")


async def again(cast: Cast, bo: Browser) -> Browser:
    return await bo.open(f"{await cast.loan(XIAOMINGS)}/pay")


async def test_what_he_says_he_paid_awaits_its_confirmation_and_is_not_counted(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    assert "looks for it until 22 June 2026; until then it counts as being checked" in bo.text
    assert (await cast.events(XIAOMINGS))[-1] == "payment.reported"


async def test_the_lenders_payment_confirms_it_and_a_reversal_opens_it_again(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    await books(cast, XIAOMINGS, Payment("P-3", date(2026, 6, 13), 50000))
    await again(cast, bo)
    assert "Arrived. ¥500.00 on 12 June 2026. It is counted." in bo.text
    await books(cast, XIAOMINGS, Payment("R-3", date(2026, 6, 14), reverses="P-3"))
    await again(cast, bo)
    assert "was asked about it and answers by 22 June 2026" in bo.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"paid_on": "2026-06-15"}, "The day can be from 15 December 2025 to 14 June 2026. You wrote 15 June 2026."),
        ({"paid_on": "2025-12-14"}, "The day can be from"),
        ({"paid_on": "soon"}, "Please write a date"),
        ({"paid": "1e3"}, "Please write an amount"),
        ({"paid": "0"}, "Please write at least ¥0.01. You wrote ¥0.00."),
        ({"paid": ""}, "fill this in"),
        ({"reference": "9" * 10_000}, "at most 100 characters long. Yours has 10,000"),
    ],
)
async def test_an_odd_report_is_asked_for_again_and_nothing_typed_is_lost(
    cast: Cast, typed: dict[str, str], words: str
) -> None:
    bo = await says(await at_the_till(cast), **typed)
    assert bo.status == 422 and words in bo.text
    assert all(f'value="{value}"' in bo.html for value in {**TOLD, **typed}.values() if value)
    assert not await told(XIAOMINGS)


async def test_a_full_width_amount_is_understood(cast: Cast) -> None:
    bo = await says(await at_the_till(cast), paid="５００．００")
    assert "¥500.00 on 12 June 2026." in bo.text


async def test_marks_that_turn_text_around_and_scripts_are_only_text(cast: Cast) -> None:
    await says(await at_the_till(cast), reference="T\u202e77<script>alert(1)</script>")
    rui = await at_the_desk(cast)
    assert "T77&lt;script&gt;" in rui.html and "<script>alert" not in rui.html


async def test_a_double_click_reports_once_and_a_stale_page_is_told_so(cast: Cast) -> None:
    bo = await at_the_till(cast)
    path, fields = bo.path, {**bo.filled(TILL), **TOLD}
    await bo.post(path, fields)
    await bo.post(path, fields)
    assert bo.status == 200 and len(await told(XIAOMINGS)) == 1
    await bo.post(path, {**fields, "key": "another"})
    assert bo.status == 409 and "T-77" in bo.html
    assert len(await told(XIAOMINGS)) == 1


async def test_he_takes_it_back(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    await bo.send("/withdraw")
    assert "Withdrawn. ¥500.00" in bo.text and bo.path.endswith("/pay")
    assert (await cast.events(XIAOMINGS))[-1] == "payment.report_withdrawn"


async def at_the_desk(cast: Cast, language: str = "en") -> Browser:
    """Rui at the page of the only report."""
    rui = await cast.reviewer(language=language)
    return await rui.open(f"/desk/payments/{(await told(XIAOMINGS))[0].ref}")


async def test_staff_do_not_find_it_and_he_is_told_what_to_do(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    rui = await at_the_desk(cast)
    assert XIAOMINGS in rui.text and "T-77" in rui.text and "王小明" not in rui.text
    await rui.send("/not_found")
    assert rui.path == "/desk/payments" and "Not found; the borrower was told" in rui.text
    await again(cast, bo)
    assert "could not find it. Please look at the day, the amount and the number once more" in bo.text


async def test_staff_say_which_payment_it_was(cast: Cast) -> None:
    bo = await says(await at_the_till(cast))
    await books(cast, XIAOMINGS, Payment("P-3", date(2026, 6, 12), 49900))
    rui = await at_the_desk(cast)
    assert "Payments (1)" in rui.text
    await rui.send("/found")
    assert rui.status == 422 and "Please choose" in rui.text
    await rui.send("/found", payment="P-3")
    await again(cast, bo)
    assert "¥499.00 has arrived and is counted" in bo.text


async def test_an_answer_from_a_page_that_is_old_is_shown_how_it_stands(cast: Cast) -> None:
    await says(await at_the_till(cast))
    rui = await at_the_desk(cast)
    await books(cast, XIAOMINGS, Payment("P-3", date(2026, 6, 13), 50000))
    await rui.send("/not_found")
    assert rui.status == 409 and "Found" in rui.text
    assert (await told(XIAOMINGS))[0].state == "confirmed"


async def test_another_lender_sees_and_answers_nothing(cast: Cast) -> None:
    await says(await at_the_till(cast))
    an = await cast.reviewer("an@yh.example")
    await an.open("/desk/payments")
    assert XIAOMINGS not in an.text
    ref = (await told(XIAOMINGS))[0].ref
    csrf = an.filled("/sign-out")["csrf"]
    for move in ("found", "not_found"):
        await an.post(f"/desk/payments/{ref}/{move}", {"csrf": csrf, "payment": "P-1"})
        assert an.status == 404
    await an.open(f"/desk/payments/{ref}")
    assert an.status == 404


async def test_the_next_payment_of_an_agreed_plan_comes_first_and_shrinks_with_what_arrives(cast: Cast) -> None:
    bo = await at_the_till(cast, "?counted=no", loan_no=MA_CHAOS)
    till = bo.path.partition("?")[0]
    assert "The next payment of the plan" in bo.text and "If you pay ¥187.00 today" in bo.text
    await bo.open(await cast.proposal(MA_CHAOS))
    assert "¥187.00" in bo.text and f"{till}?what=plan" in bo.links()
    await books(cast, MA_CHAOS, Payment("P-9", TODAY, 10000))
    await bo.open(f"{till}?counted=no")
    assert "If you pay ¥87.00 today" in bo.text


async def test_what_is_being_checked_of_a_plan_makes_room_for_what_is_due_before_its_next_payment(cast: Cast) -> None:
    """187.00 of 13 June pay July's row, and 0.05 of penalty that then never arose a part of August's: 186.95."""
    bo = await at_the_till(cast, loan_no=MA_CHAOS)
    assert "733.44 of what is due on 10 July is left" in bo.text
    assert "If you pay ¥733.44 today" in bo.text and "¥186.95 by 10 August 2026" in bo.text


async def test_somebody_elses_till_is_not_there(cast: Cast) -> None:
    li = await cast.comes(LI_JINGS)
    path = await cast.loan(XIAOMINGS)
    await li.open(f"{path}/pay")
    assert li.status == 404
    await li.post(f"{path}/pay", {"csrf": (await li.open("/loans")).filled("/sign-out")["csrf"], **TOLD})
    assert li.status == 404 and not await told(XIAOMINGS)


async def test_a_session_that_ended_loses_nothing_and_puts_no_reference_in_an_address(cast: Cast) -> None:
    bo = await at_the_till(cast)
    path, fields = bo.path, {**bo.filled(TILL), **TOLD}
    await tables.SessionRow.all().update(ended_at=datetime.now(UTC))
    await bo.post(path, fields)
    assert bo.status == 401 and "T-77" in bo.text
    assert "paid=500" in bo.html and "reference=" not in bo.html


async def test_who_pays_all_that_is_overdue_on_the_day_of_the_plan_owes_nothing_of_it_any_more(cast: Cast) -> None:
    """郭涛's plan let 20.00 of penalty go today: what the page calls overdue, paid today, leaves nothing."""
    bo = await cast.comes(GUO_TAOS)
    await bo.open(f"{await cast.loan(GUO_TAOS)}/pay?what=overdue")
    assert "Then nothing is overdue." in bo.text and "is then still overdue" not in bo.text


async def test_while_something_is_overdue_the_next_installment_is_not_offered(cast: Cast) -> None:
    """Whatever is paid goes to what is overdue first: the amount of the next would not pay the next."""
    late = await at_the_till(cast)
    assert "All that is overdue" in late.text and "All that is due next" not in late.text
    chosen = [found["value"] for tag, found in late.tags if tag == "input" and found.get("name") == "what"]
    assert chosen == ["overdue", "payoff", "other"]
    asked = await at_the_till(cast, "?what=next")
    assert "3,413.12" in asked.text and "All that is due next" not in asked.text


async def test_once_nothing_is_overdue_the_next_installment_is_offered_and_all_that_is_overdue_is_not(
    cast: Cast,
) -> None:
    await books(cast, XIAOMINGS, Payment("P-3", date(2026, 6, 14), 341312))
    free = await at_the_till(cast)
    chosen = [found["value"] for tag, found in free.tags if tag == "input" and found.get("name") == "what"]
    assert chosen == ["next", "payoff", "other"]
    assert "All that is due next" in free.text and "All that is overdue" not in free.text


async def test_the_cashier_is_told_which_due_the_money_is_for_where_its_address_has_a_place(cast: Cast) -> None:
    way = '[[ways_to_pay]]\nkind = "cashier"\nname_zh = "收银台"\nname_en = "Cashier"\nurl = "https://cashier.example/pay?'
    fields = "&".join(f"{name}={{{name}}}" for name in (*SIGNED, "due", "purpose", "signature"))
    await set_policy(cast.moment(), await lender_by_slug(JQ), f'[plan]\nmax_months = 6\n{way}{fields}"\n', OPERATOR)
    bo = await cast.comes(GUO_TAOS)
    loan, plan = (
        await cast.loan(GUO_TAOS),
        await tables.AgreementRow.get(proposal__proposal_lines__loan__loan_no=GUO_TAOS),
    )
    for query, due, purpose in (
        ("?what=plan", f"plan:{plan.ref}:1", ""),
        ("?what=other&amount=5", "", ""),
        ("?what=other&amount=5000&then=lower", "", "prepay:lower"),
    ):
        await bo.open(f"{loan}/pay{query}")
        found = re.search(r'href="https://cashier\.example/pay\?([^"]+)"', bo.html)
        said = dict(parse_qsl(unescape(found[1]), keep_blank_values=True)) if found else {}
        assert (said["due"], said["purpose"]) == (due, purpose)
