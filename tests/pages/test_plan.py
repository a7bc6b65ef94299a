"""Making a plan: what can be typed, what is said back, and what is sent and how often."""

import asyncio
import html
import json
import re
from urllib.parse import urlencode

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import LIU_YANGS, SUN_HAOS, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

SCRIPT = '<script>alert("1")</script><img src=x onerror=alert(1)>'


@pytest.fixture
async def plan(cast: Cast) -> str:
    return f"{await cast.loan(XIAOMINGS)}/plan"


@pytest.fixture
async def bo(cast: Cast, plan: str) -> Browser:
    """小明 before an empty plan."""
    return await (await cast.comes(XIAOMINGS)).open(plan)


def asked(**typed: str) -> str:
    return urlencode({"how": "count", "installments": "6", "every": "1m", "first_due": "2026-07-01", **typed})


async def test_the_page_opens_with_a_plan_inside_the_policy_and_says_so(bo: Browser) -> None:
    assert bo.status == 200 and "3,413.12" in bo.text
    assert "It is accepted at once" in bo.text
    assert "568.85" in bo.text  # 3,413.12 / 6


async def test_what_the_page_promised_happens_when_it_is_sent(cast: Cast, bo: Browser) -> None:
    await bo.send("/plan")
    assert bo.status == 200 and bo.path == await cast.proposal(XIAOMINGS)
    assert f"{bo.path}/sign" in bo.links()
    assert await cast.events(XIAOMINGS) == [
        "loan.added",
        "proposal.submitted",
        "contact.hold_requested",
        "proposal.accepted",
    ]


async def test_outside_the_policy_it_says_which_rule_and_by_when_a_person_answers(bo: Browser, plan: str) -> None:
    await bo.open(f"{plan}?{asked(installments='12')}")
    assert "284.43" in bo.text  # 3,413.12 / 12
    assert "17 June 2026" in bo.text, "three working days after Sunday, 14 June"
    assert "¥300.00" in bo.text and "accepted at once, also" not in bo.text
    assert not re.search(r"up to ¥300", bo.text), "the least amount is no upper limit"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_a_rhythm_the_lender_does_not_take_is_said_in_words(cast: Cast, plan: str, language: str) -> None:
    await set_policy(cast.moment(), await lender_by_slug("jq"), '[plan]\nevery = ["1m"]\n', OPERATOR)
    bo = await cast.comes(XIAOMINGS, language)
    await bo.open(f"{plan}?{asked(every='2w')}")
    assert ("every month" if language == "en" else "每月") in bo.text
    assert not re.search(r"\b(1m|2w)\b", bo.text)


AMOUNTS = [
    ("1e3", None, "You wrote “1e3”"),
    ("-5", None, "You wrote “-5”"),
    ("NaN", None, "You wrote “NaN”"),
    ("Infinity", None, "You wrote “Infinity”"),
    ("0x10", None, "You wrote “0x10”"),
    ("1.234.567", None, "You wrote “1.234.567”"),
    ("12,34", None, "You wrote “12,34”"),
    ("100.005", None, "You wrote “100.005”"),
    ("五百", None, "You wrote “五百”"),
    ("0", None, "You wrote ¥0.00"),
    ("9" * 40, None, "Please write an amount from ¥1.00 to ¥10,777.48, which is all you owe"),
    ("１２３４", "1,234.00", ""),
    ("1,234.50", "1,234.50", ""),
    ("１，２３４．５０", "1,234.50", ""),
    ("¥500", "500.00", ""),
    ("￥ 500", "500.00", ""),
    ("500 元", "500.00", ""),
    ("500.5", "500.50", ""),
    (" 500 ", "500.00", ""),
]


@pytest.mark.parametrize(("typed", "understood", "words"), AMOUNTS)
async def test_amounts_as_people_write_them(bo: Browser, plan: str, typed: str, understood: str, words: str) -> None:
    await bo.open(f"{plan}?{asked(how='amount', amount=typed, installments='')}")
    assert bo.status == 200
    if understood:
        assert f"Each ¥{understood}" in bo.text
    else:
        assert words in bo.text and "Please check this answer" in bo.text
    assert bo.filled("/plan")["amount"] == typed, "what was typed comes back as it was typed"


@pytest.mark.parametrize(("typed", "words"), [("0.01", "more than 260 payments"), ("13.12", "more than 260 payments")])
async def test_an_amount_too_small_to_ever_end_says_so(bo: Browser, plan: str, typed: str, words: str) -> None:
    await bo.open(f"{plan}?{asked(how='amount', amount=typed, installments='', every='1w')}")
    assert bo.status == 200 and words in bo.text


async def test_an_amount_below_the_lenders_least_goes_to_a_person(bo: Browser, plan: str) -> None:
    await bo.open(f"{plan}?{asked(how='amount', amount='299.99', installments='')}")
    assert "¥299.99" in bo.text and "¥300.00" in bo.text and "answers by 17 June 2026" in bo.text


DATES = [
    ("2026-06-14", "The first payment has to be after 14 June 2026"),
    ("2026-06-13", "The first payment has to be after 14 June 2026"),
    ("1999-01-01", "The first payment has to be after 14 June 2026"),
    ("2027-06-15", "The first payment has to be by 14 June 2027"),
    ("9999-12-31", "The first payment has to be by 14 June 2027"),
    ("2026-02-30", "You wrote “2026-02-30”"),
    ("0000-00-00", "You wrote “0000-00-00”"),
    ("tomorrow", "You wrote “tomorrow”"),
    ("01/07/2026", "You wrote “01/07/2026”"),
    ("٢٠٢٦-٠٧-٠١", "You wrote “٢٠٢٦-٠٧-٠١”"),
    ("99999999999-1-1", "You wrote “99999999999-1-1”"),
    ("", "Please fill this in."),
    ("2026/7/1", ""),
    ("2026.7.1", ""),
    ("2026年7月1日", ""),
    ("2026年7月1号", ""),
    ("２０２６－０７－０１", ""),
    ("20260701", ""),
]


@pytest.mark.parametrize(("typed", "words"), DATES)
async def test_dates_as_people_write_them(bo: Browser, plan: str, typed: str, words: str) -> None:
    await bo.open(f"{plan}?{asked(first_due=typed)}")
    assert bo.status == 200
    assert (words or "on 1 July 2026") in bo.text
    # a date field of a browser shows no other form
    assert bo.filled("/plan")["first_due"] == (typed if words else "2026-07-01")


COUNTS = [
    ("0", "from 1 to 260"),
    ("261", "from 1 to 260"),
    ("10000", "from 1 to 260"),
    ("-1", "from 1 to 260"),
    ("six", "You wrote “six”"),
    ("6.5", "You wrote “6.5”"),
    ("1e1", "You wrote “1e1”"),
    ("9" * 5000, "from 1 to 260"),
    ("", "Please fill this in."),
    ("60", "A plan can run for at most 60 months"),
    ("６", ""),
    ("06", ""),
]


@pytest.mark.parametrize(("typed", "words"), COUNTS)
async def test_counts_as_people_write_them(bo: Browser, plan: str, typed: str, words: str) -> None:
    first_due = "2026-08-01" if typed == "60" else "2026-07-01"
    await bo.open(f"{plan}?{asked(installments=typed, first_due=first_due)}")
    assert bo.status == 200
    assert (words or "How many 6") in bo.text
    assert bo.filled("/plan").get("installments") == typed


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"how": "both"}, "Please choose one of the answers."),
        ({"every": "3d"}, "Please choose one of the answers."),
        ({"down_payment": "3413.13"}, "at most ¥3,413.12"),
        ({"waiver_penalty": "112.65"}, "At most ¥112.64"),
        ({"down_payment": "abc"}, "You wrote “abc”"),
    ],
)
async def test_other_terms_that_cannot_be(bo: Browser, plan: str, typed: dict[str, str], words: str) -> None:
    await bo.open(f"{plan}?{asked(**typed)}")
    assert bo.status == 200 and words in bo.text
    name = next(iter(typed))
    assert f'href="#{name}"' in bo.html


async def test_count_and_amount_both_filled_in_follow_what_was_chosen(bo: Browser, plan: str) -> None:
    await bo.open(f"{plan}?{asked(installments='3', amount='500')}")
    assert "3 payments" in bo.text
    await bo.open(f"{plan}?{asked(how='amount', installments='3', amount='500')}")
    assert "7 payments" in bo.text  # 6 x 500 + 413.12
    assert "413.12" in bo.text


async def test_everything_paid_at_once_to_begin_with_is_a_plan_too(cast: Cast, bo: Browser, plan: str) -> None:
    await bo.open(f"{plan}?{asked(down_payment='3413.12')}")
    assert bo.status == 200 and "3,413.12" in bo.text and "0 payments" not in bo.text
    await bo.send("/plan")
    assert bo.status == 200 and bo.path == await cast.proposal(XIAOMINGS)
    rui = await cast.reviewer()
    assert rui.status == 200
    assert (await rui.open(f"/desk{bo.path}")).status == 200


async def test_a_waiver_of_half_the_penalty_is_inside_the_standing_offer_and_more_is_not(
    bo: Browser, plan: str
) -> None:
    """It is for up to three payments; whoever fits it needs not to have come by its card."""
    await bo.open(f"{plan}?{asked(waiver_penalty='56.32', installments='3')}")  # 112.64 / 2
    assert "3,356.80" in bo.text and "It is accepted at once" in bo.text
    await bo.open(f"{plan}?{asked(waiver_penalty='56.33', installments='3')}")
    assert "56.33" in bo.text and "answers by" in bo.text
    await bo.open(f"{plan}?{asked(waiver_penalty='56.32', installments='4')}")
    assert "answers by" in bo.text


async def test_who_asks_for_less_than_the_policy_gives_is_told_before_sending(bo: Browser, plan: str) -> None:
    await bo.open(f"{plan}?{asked(installments='3')}")
    assert "The lender's rules give you more" in bo.text and "¥3,356.80 in all: ¥56.32 less, agreed at once" in bo.text
    taken = re.search(r'href="([^"]+)">Take ¥', bo.html)
    assert taken
    await bo.open(html.unescape(taken[1]))
    assert "The lender's rules give you more" not in bo.text and "It is accepted at once" in bo.text


async def test_an_unfinished_form_gets_a_sentence_and_loses_nothing_when_it_is_sent_anyway(
    cast: Cast, bo: Browser, plan: str
) -> None:
    await bo.open(f"{plan}?{asked(installments='', first_due='2026-07-09', down_payment='200')}")
    assert bo.status == 200 and "Fill in the answers above to see your plan." in bo.text
    await bo.send("/plan", note="请等我到九号")
    assert bo.status == 422 and "Please fill this in." in bo.text
    shown = bo.filled("/plan")
    assert (shown["first_due"], shown["down_payment"], shown["note"]) == ("2026-07-09", "200", "请等我到九号")
    assert await cast.events(XIAOMINGS) == ["loan.added"]


async def test_the_live_preview_is_the_preview_of_the_page(bo: Browser, plan: str) -> None:
    query = asked(installments="7", down_payment="100")
    whole = (await bo.open(f"{plan}?{query}")).html
    piece = (await bo.post(plan, bo.filled("/plan"), hx_request="true")).html
    assert "<html" not in piece and "¥473.30" in piece  # (3,413.12 - 100) / 7 = 473.302...
    assert piece.strip() in whole


async def test_a_long_note_comes_back_whole_with_what_is_allowed(cast: Cast, bo: Browser) -> None:
    note = "病" * 10000
    await bo.send("/plan", note=note)
    assert bo.status == 422 and "at most 500 characters long. Yours has 10,000" in bo.text
    assert bo.filled("/plan")["note"] == note
    assert await cast.events(XIAOMINGS) == ["loan.added"]


async def test_a_note_with_a_script_in_it_is_text_wherever_it_shows(cast: Cast, bo: Browser, plan: str) -> None:
    await bo.open(f"{plan}?{asked(installments='12')}")
    await bo.send("/plan", note=SCRIPT, first_due="no")
    assert bo.status == 422 and bo.filled("/plan")["note"] == SCRIPT and "<script>alert" not in bo.html
    await bo.send("/plan", first_due="2026-07-01")
    assert bo.status == 409, "no plan was shown yet; now one is"
    await bo.send("/plan")
    proposal = bo.path
    assert proposal == await cast.proposal(XIAOMINGS) and SCRIPT in bo.text and "<script>alert" not in bo.html
    rui = await cast.reviewer()
    await rui.open(f"/desk{proposal}")
    assert SCRIPT in rui.text and "<script>alert" not in rui.html and "<img" not in rui.html


async def test_marks_that_turn_the_direction_of_text_are_dropped_and_words_stay(cast: Cast, bo: Browser) -> None:
    await bo.send("/plan", note="I can pay \u202e00.005\u202c\u2066\u200f on the 1st\x00\x1b[31m.\r\nThank you")
    assert "I can pay 00.005 on the 1st[31m. Thank you" in bo.text
    assert not {"\u202e", "\u202c", "\u2066", "\u200f", "\x1b", "\x00"} & set(bo.html)


async def test_a_form_opened_yesterday_shows_today_and_keeps_what_was_typed(cast: Cast, bo: Browser) -> None:
    await bo.send("/plan", as_of="2026-06-13", note="昨晚写的", installments="5")
    assert bo.status == 409 and "opened on another day" in bo.text
    shown = bo.filled("/plan")
    assert (shown["note"], shown["installments"], shown["as_of"]) == ("昨晚写的", "5", "2026-06-14")
    assert await cast.events(XIAOMINGS) == ["loan.added"]
    await bo.send("/plan")
    assert "昨晚写的" in bo.text and len(await cast.events(XIAOMINGS)) == 4


@pytest.mark.parametrize("version", ["0", "1", "999999999999999999", "-1", "", "x", "9" * 5000, "1; DROP TABLE"])
async def test_a_stale_or_forged_version_changes_nothing_and_loses_nothing(
    cast: Cast, bo: Browser, version: str
) -> None:
    await bo.send("/plan", expected_version=version, note="请看")
    assert bo.status == 409 and "Something changed since you opened this page" in bo.text
    assert (bo.filled("/plan")["note"], bo.filled("/plan")["expected_version"]) == ("请看", "2")
    assert await cast.events(XIAOMINGS) == ["loan.added"]
    await bo.send("/plan")
    assert bo.path == await cast.proposal(XIAOMINGS)


async def test_a_double_click_proposes_once(cast: Cast, bo: Browser, plan: str) -> None:
    await bo.open(f"{plan}?{asked(installments='12')}")
    fields = bo.filled("/plan")
    answers = await asyncio.gather(*(bo.client.post(plan, data=fields, headers={"origin": bo.base}) for _ in range(3)))
    assert {(each.status_code, each.headers["location"]) for each in answers} == {(303, await cast.proposal(XIAOMINGS))}
    assert await cast.events(XIAOMINGS) == ["loan.added", "proposal.submitted", "contact.hold_requested"]


async def test_of_two_tabs_the_second_is_told_and_finds_the_way(cast: Cast, bo: Browser, plan: str) -> None:
    other = Browser(cast.app)
    other.client.cookies.update(bo.client.cookies)
    await other.open(f"{plan}?{asked(installments='3')}")
    await bo.send("/plan")
    await other.send("/plan", note="第二个窗口")
    assert other.status == 409 and "already an open proposal" in other.text
    assert other.filled("/plan")["note"] == "第二个窗口"
    assert await cast.proposal(XIAOMINGS) in other.links()
    assert (await cast.events(XIAOMINGS)).count("proposal.submitted") == 1


async def test_the_same_form_sent_again_with_other_terms_is_told_and_keeps_them(cast: Cast, bo: Browser) -> None:
    fields, plan = bo.filled("/plan"), f"{await cast.loan(XIAOMINGS)}/plan"
    other = (await bo.open(f"{plan}?{asked(installments='4')}")).filled("/plan")
    await bo.post(plan, fields)
    await bo.post(plan, {**other, "key": fields["key"], "note": "改一下"})
    assert bo.status == 409 and "already sent with other content" in bo.text
    assert bo.filled("/plan")["note"] == "改一下"
    assert (await cast.events(XIAOMINGS)).count("proposal.submitted") == 1


async def test_whoever_has_an_open_proposal_is_led_to_it(cast: Cast) -> None:
    bo = await cast.comes(ZHOU_MINS)
    await bo.open(f"{await cast.loan(ZHOU_MINS)}/plan")
    assert (bo.status, bo.path) == (200, await cast.proposal(ZHOU_MINS))


async def test_a_countered_plan_is_changed_and_sent_back_once_however_often_it_is_clicked(cast: Cast) -> None:
    bo = await cast.comes(SUN_HAOS)
    plan = f"{await cast.loan(SUN_HAOS)}/plan"
    await bo.open(f"{plan}?{asked(installments='10', first_due='2026-07-10')}")
    fields = {**bo.filled("/plan"), "note": "十期可以吗？"}
    for _ in range(2):
        await bo.post(plan, fields)
        assert bo.status == 200 and bo.path == await cast.proposal(SUN_HAOS)
    assert (await cast.events(SUN_HAOS)).count("proposal.submitted") == 2
    assert "十期可以吗？" in bo.text


async def test_somebody_with_two_loans_plans_the_one_they_chose(cast: Cast) -> None:
    bo = await cast.comes(LIU_YANGS)
    await bo.open(f"{await cast.loan(LIU_YANGS)}/plan")
    await bo.send("/plan")
    assert await cast.events(LIU_YANGS) == [
        "loan.added",
        "proposal.submitted",
        "contact.hold_requested",
        "proposal.accepted",
    ]
    assert await cast.events("JQ-2026-0015") == ["loan.added"]


async def test_nothing_personal_stands_in_an_address_of_the_form(bo: Browser) -> None:
    """But for what they can pay a month, and for how long it lasts."""
    assert [list(form.fields) for form in bo.forms if form.method == "get"] == [["a_month", "trouble"]]


async def test_what_was_typed_after_the_plan_was_shown_is_shown_first_and_not_sent(cast: Cast, bo: Browser) -> None:
    """Six payments stand on the page; somebody types three and presses "Send" before the page has kept up."""
    await bo.send("/plan", installments="3", note="三期就好")
    assert bo.status == 409 and "You changed something after this was worked out" in bo.text
    assert "1,137.71" in bo.text and await cast.events(XIAOMINGS) == ["loan.added"]  # 3,413.12 / 3
    assert bo.filled("/plan")["note"] == "三期就好"
    await bo.send("/plan")
    assert bo.path == await cast.proposal(XIAOMINGS) and "1,137.71" in bo.text


async def test_hardship_is_a_tick_and_nobody_has_to_say_which_or_to_prove_it(cast: Cast, bo: Browser) -> None:
    assert "It is hard for me to pay now; no papers are asked for" in bo.text and "hardship" not in bo.filled("/plan")
    await bo.send("/plan", move="show", hardship="1")
    assert bo.filled("/plan")["hardship"] == "1", "it stays ticked"
    sent = (await bo.send("/plan")).path
    rui = await (await cast.reviewer()).open(f"/desk{sent}")
    assert "Hardship, by their own word I would rather not say" in rui.text


async def test_showing_the_plan_keeps_the_note_and_the_reason(cast: Cast, bo: Browser) -> None:
    await bo.send("/plan", move="show", installments="5", reason="illness", note="请看一下")
    form = bo.filled("/plan")
    assert (form["installments"], form["reason"], form["note"]) == ("5", "illness", "请看一下")
    assert "682.62" in bo.text and await cast.events(XIAOMINGS) == ["loan.added"]  # 3,413.12 / 5 = 682.624


async def test_where_only_penalty_is_owed_waiving_all_of_it_is_refused_kindly(cast: Cast, plan: str) -> None:
    loan = await tables.LoanRow.get(loan_no=XIAOMINGS)
    for number, interest, principal in (("P-3", 15219, 94797), ("P-4", 13797, 96219), ("P-5", 12354, 97662)):
        await tables.PaymentRow.create(
            loan_id=loan.id,
            external_id=number,
            received_on="2026-06-14",
            recorded_at=cast.moment().at,
            amount_minor=110016,
            allocated=json.dumps({"interest": interest, "principal": principal}),
        )
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{plan}?{asked(installments='1', waiver_penalty='112.64')}")
    assert bo.status == 200 and "nothing would be left" in bo.text


async def test_rules_that_changed_between_looking_and_sending_are_shown_before_anything_is_sent(
    cast: Cast, plan: str, bo: Browser
) -> None:
    """At first six payments are accepted at once; by the new rules five are the most, so that a person answers."""
    await bo.open(f"{plan}?{asked()}")
    assert "It is accepted at once" in bo.text
    await set_policy(cast.moment(), await lender_by_slug("jq"), "[plan]\nmax_installments = 5\n", OPERATOR)
    await bo.send("/plan", note="请考虑")
    assert bo.status == 409 and "rules have changed" in bo.text and "A person answers" in bo.text
    assert bo.filled("/plan")["note"] == "请考虑" and await cast.events(XIAOMINGS) == ["loan.added"]
    await bo.send("/plan", note="请考虑")
    assert "/proposals/" in bo.path and "Your plan is with" in bo.text


@pytest.mark.parametrize(("day", "said"), [("2026-07-04", True), ("2026-06-19", True), ("2026-07-01", False)])
async def test_a_first_day_that_is_no_working_day_is_taken_with_a_word_on_it(
    bo: Browser, plan: str, day: str, said: bool
) -> None:
    """4 July is a Saturday, 19 June the Dragon Boat Festival, 1 July a Wednesday."""
    await bo.open(f"{plan}?{asked(first_due=day)}")
    assert ("The first day is no working day" in bo.text) is said
    assert "It is accepted at once" in bo.text


async def test_a_last_payment_that_differs_is_told_with_its_amount(bo: Browser, plan: str) -> None:
    """3,413.12 in three: 1,137.71 twice, and what rounding leaves."""
    await bo.open(f"{plan}?{asked(installments='3')}")
    assert "¥1,137.71, every month; the last ¥1,137.70" in bo.text


async def test_of_payments_that_are_all_the_same_none_is_told_apart(bo: Browser, plan: str) -> None:
    """3,413.12 in four is 853.28 each time, to the fen."""
    await bo.open(f"{plan}?{asked(installments='4')}")
    assert "¥853.28, every month How many 4" in bo.text and "; the last ¥" not in bo.text


async def test_a_first_sum_is_told_only_where_there_is_one(bo: Browser, plan: str) -> None:
    await bo.open(f"{plan}?{asked(installments='4')}")
    assert "To begin with, " not in bo.text
    await bo.open(f"{plan}?{asked(installments='4', down_payment='413.12')}")
    assert "To begin with, ¥413.12 by " in bo.text and "750.00" in bo.text
