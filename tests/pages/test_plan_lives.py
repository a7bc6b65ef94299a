"""A plan that runs, seen by both sides: how far it is, what is missing, how it ends, and what may take its place."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.actions.payments import record_payments
from portal.actions.proposals import advance_plans
from portal.app import create_app
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import BusinessTime
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.vault import Vault
from tests.browser import Browser
from tests.pages.conftest import (
    GUO_TAOS,
    HE_JINGS,
    HU_XUES,
    MA_CHAOS,
    SECRET,
    SUN_HAOS,
    XIAOMINGS,
    Cast,
)

pytestmark = pytest.mark.anyio


def later(cast: Cast, day: date) -> Cast:
    """The same portal on another business day."""
    settings = replace(cast.settings, business_date=day)
    return Cast(create_app(settings, own_database=False), settings)


@asynccontextmanager
async def on(cast: Cast, day: date) -> AsyncIterator[Cast]:
    """The worker has run on that day."""
    await advance_plans(
        await lender_by_slug("jq"), BusinessTime(datetime(day.year, day.month, day.day, 3, tzinfo=UTC), day)
    )
    yield later(cast, day)


async def at(cast: Cast, loan_no: str, language: str = "en") -> Browser:
    bo = await cast.comes(loan_no, language)
    return await bo.open(await cast.proposal(loan_no))


async def pays(loan_no: str, day: date, *amounts: int) -> None:
    moment = BusinessTime(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), day)
    payments = [Payment(f"P-{day}-{number}", day, amount) for number, amount in enumerate(amounts)]
    records = [PaymentRecord(1, loan_no, payment, None) for payment in payments]
    await record_payments(moment, await lender_by_slug("jq"), records, Vault(SECRET))


def after(text: str, heading: str) -> str:
    assert heading in text
    return text.split(heading, 1)[1]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_a_plan_that_runs_says_how_far_it_is_and_what_is_earned(cast: Cast, language: str) -> None:
    bo = await at(cast, GUO_TAOS, language)
    assert bo.status == 200
    if language == "en":
        assert "The plan is running." in bo.text and "How far you are" in bo.text
        assert "¥200.00 of" in bo.text and "of the ¥20.00 waived is final already" in bo.text


async def test_what_is_disputed_in_a_plan_is_not_asked_for_until_the_answer(cast: Cast) -> None:
    """郭涛 says that the principal is wrong: all that his rows still hold of it waits from the next day on."""
    bo = await cast.comes(GUO_TAOS)
    problem = f"{await cast.loan(GUO_TAOS)}/problem"
    await (await bo.open(problem)).send(problem, kind="amount_wrong", component="principal", should_be="100")
    assert "is disputed. Until the answer" not in (await bo.open(await cast.proposal(GUO_TAOS))).text
    async with on(cast, date(2026, 6, 15)) as tomorrow:
        assert "is disputed. Until the answer nothing asks for that" in (await at(tomorrow, GUO_TAOS)).text


async def test_beside_a_running_plan_the_contracts_next_installment_is_not_forgotten(cast: Cast) -> None:
    bo = await (await cast.comes(GUO_TAOS)).open(await cast.loan(GUO_TAOS))
    assert "10 July · plan, payment 1 ¥404.79 10 July · contract no. 7 ¥733.44" in bo.text


async def test_a_request_to_change_a_plan_does_not_hide_that_a_payment_is_missing(cast: Cast) -> None:
    bo = await cast.comes(GUO_TAOS)
    await bo.open(f"{await cast.loan(GUO_TAOS)}/plan?covers=overdue&how=count&installments=6&first_due=2026-07-10")
    await bo.send("/plan")
    async with on(cast, date(2026, 7, 12)) as july:
        for path in (await july.loan(GUO_TAOS), "/loans"):
            bo = await (await july.comes(GUO_TAOS)).open(path)
            assert "A payment is missing." in bo.text and "24 July 2026" in bo.text, path
        rui = await (await july.reviewer()).open(f"/desk{await july.proposal(GUO_TAOS)}")
        assert "A plan runs meanwhile" in rui.text


async def test_the_overview_says_when_the_next_payment_is_due_and_how_much(cast: Cast) -> None:
    """Agreed, not yet booked: twelve payments of 187.00. Running: 2,023.95 left in five, so 404.79 each."""
    text = (await cast.comes(MA_CHAOS)).text
    assert "10 July · contract no. 7 ¥733.44 10 July · plan, payment 1 ¥187.00" in text
    assert "will register the plan by 22 June 2026." in text
    assert "10 July · plan, payment 1 ¥404.79" in (await cast.comes(GUO_TAOS)).text


async def test_a_missing_payment_says_until_when_it_can_be_caught_up(cast: Cast) -> None:
    async with on(cast, date(2026, 7, 11)) as july:
        bo = await at(july, GUO_TAOS)
        assert "A payment is missing." in bo.text
        assert "of the payment of 10 July 2026 is missing; catch up by 24 July 2026" in (await bo.open("/loans")).text
        await bo.open(await july.loan(GUO_TAOS))
        assert "A payment is missing." in bo.text
        rui = await (await july.reviewer()).open("/desk?queue=missing")
        assert GUO_TAOS in rui.text and "24 July 2026" in rui.text


async def test_what_is_overdue_by_the_plan_and_by_the_contract_beside_it_is_named_apart(cast: Cast) -> None:
    """404.79 of the plan and no. 7 of the contract, 733.44, were due on 10 July; 2 days of penalty on it: 0.87."""
    async with on(cast, date(2026, 7, 12)) as july:
        for path in (await july.loan(GUO_TAOS), "/loans"):
            bo = await (await july.comes(GUO_TAOS)).open(path)
            assert "¥1,139.10" in bo.text, path
            assert "¥404.79 of what is overdue is asked for by the plan, ¥734.31 by the contract" in bo.text, path
        await bo.open(await july.loan(GUO_TAOS))
        late = after(bo.text, "The overdue installments")
        assert "Plan, 10 July 2026" in late and "No. 7, 10 July 2026" in late
        assert "¥405.66" not in bo.text, "what the plan asks for is no penalty"
    await pays(GUO_TAOS, date(2026, 7, 12), 40479)
    for path in (await july.loan(GUO_TAOS), "/loans"):
        bo = await (await july.comes(GUO_TAOS)).open(path)
        assert "¥734.31 is overdue by the contract beside the plan, and bears penalty." in bo.text, path


async def test_what_is_paid_on_the_day_of_the_plan_reaches_its_next_payment(cast: Cast) -> None:
    bo = await cast.comes(GUO_TAOS)
    await bo.open(f"{await cast.loan(GUO_TAOS)}/pay?what=plan")
    reached = after(bo.text, "Which installments it reaches")
    assert "Payment of the plan, 10 July 2026" in reached and "paid in full" in reached and "No. 4, " not in reached


async def test_after_the_days_to_catch_up_what_was_paid_in_time_can_still_be_told(cast: Cast) -> None:
    """Three working days after Friday 24 July: it runs until Wednesday the 29th, and nobody calls it broken."""
    async with on(cast, date(2026, 7, 25)) as july:
        bo = await at(july, GUO_TAOS)
        assert "A payment is missing." in bo.text and "It is being checked until 29 July 2026" in bo.text
        assert "The plan has ended." not in bo.text


async def test_a_plan_that_broke_says_what_stays_and_offers_another(cast: Cast) -> None:
    """2,243.95 less the 200.00 paid come back; no. 7 is 733.44, and 670.76 x 23.4 % x 20 days / 360 = 8.72."""
    async with on(cast, date(2026, 7, 30)) as july:
        bo = await at(july, GUO_TAOS)
        assert "The plan has ended." in bo.text and "What you paid stays paid" in bo.text
        assert f"{await july.loan(GUO_TAOS)}/plan" in bo.links()
        assert (await cast.events(GUO_TAOS))[-1] == "contact.hold_ended"
        assert "Of the ¥404.79 due on 10 July 2026, ¥404.79 was missing." in bo.text
        assert "¥2,786.11 is overdue today." in bo.text
        rui = await (await july.reviewer()).open("/desk?queue=ended")
        assert GUO_TAOS in rui.text and "Ended, and nothing since: 1" in rui.text
        await bo.open(f"{await july.loan(GUO_TAOS)}/plan")
        await bo.send("/plan")
        await rui.open("/desk?queue=ended")
        assert GUO_TAOS not in rui.text, "something has followed"


async def test_what_names_nothing_and_comes_early_is_paid_ahead_and_completes_nothing(cast: Cast) -> None:
    await pays(GUO_TAOS, date(2026, 6, 20), 500000)
    june = later(cast, date(2026, 6, 21))
    assert "The plan is running." in (await at(june, GUO_TAOS)).text
    bo = await (await june.comes(GUO_TAOS)).open(await june.loan(GUO_TAOS))
    assert "¥5,000.00 is paid ahead." in bo.text
    # On 10 July it pays 404.79 of the plan and 733.44 of the contract: 5,000.00 - 1,138.23.
    bo = await (await later(cast, date(2026, 7, 10)).comes(GUO_TAOS)).open(await june.loan(GUO_TAOS))
    assert "¥3,861.77 is paid ahead." in bo.text and "Overdue today" not in bo.text


async def test_a_plan_that_runs_has_no_letter_yet(cast: Cast) -> None:
    bo = await at(cast, GUO_TAOS)
    await bo.open(f"{bo.path}/letter")
    assert bo.status == 404


async def test_a_pause_says_until_when_nothing_is_asked(cast: Cast) -> None:
    bo = await at(cast, HE_JINGS)
    assert "Until 14 July 2026 you need not pay what is overdue." in bo.text
    async with on(cast, date(2026, 7, 15)) as july:
        bo = await at(july, HE_JINGS)
        assert "The pause is over. The contract goes on, and what is overdue has to be paid again." in bo.text
        assert "The pause is over" in bo.text and "The calendar" not in bo.text and "asked for is paid" not in bo.text
        assert re.findall(r'class="button primary" href="[^"]*/(\w+)"', bo.html) == ["plan"]


async def test_staff_pause_a_plan_and_are_told_the_bounds(cast: Cast) -> None:
    rui = await cast.reviewer()
    desk = f"/desk{await cast.proposal(GUO_TAOS)}"
    await rui.open(desk)
    await rui.send("/pause", until="2027-01-01")
    assert rui.status == 422 and "13 August 2026" in rui.text
    await rui.send("/pause", until="2026-07-14")
    assert rui.path.startswith(f"{desk}?done=pause") and (await cast.events(GUO_TAOS))[-1] == "plan.paused"
    bo = await at(cast, GUO_TAOS)
    assert "Until 14 July 2026 the plan is paused." in bo.text


async def test_who_can_pay_nothing_asks_for_a_pause_and_has_it_at_once(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan")
    await bo.open(next(link for link in bo.links() if "kind=pause" in link))
    await bo.send("/plan", first_due="2026-07-14", move="show")
    assert "Until the end of 14 July 2026, for 30 days," in bo.text and "15 July 2026" in bo.text
    await bo.send("/plan", reason="illness")
    assert bo.path.startswith("/proposals/") and "The lender agreed to the pause." in bo.text
    await cast.signs(bo, bo.path)
    assert bo.path.startswith("/agreements/") and "15 June 2026 → 15 July 2026" in bo.text


async def test_the_desk_calls_a_pause_a_pause_and_no_plan(cast: Cast) -> None:
    rui = await (await cast.reviewer()).open(f"/desk{await cast.proposal(HE_JINGS)}")
    assert "Pause until 14 July 2026" in rui.text
    assert "Each time" not in rui.text and "How far you are" not in rui.text


async def test_a_counter_is_changed_from_what_it_says(cast: Cast) -> None:
    """孙浩 is offered ten payments; the form begins with them."""
    bo = await at(cast, SUN_HAOS)
    await bo.open(next(link for link in bo.links() if "/plan?" in link))
    form = bo.filled("/plan")
    ref = (await cast.proposal(SUN_HAOS)).split("/")[-1]
    held = await tables.OfferRow.filter(proposal__ref=ref).order_by("-version").first()
    assert held is not None and form["installments"] == str(json.loads(held.terms)["installments"])
    assert form["first_due"] == json.loads(held.terms)["first_due"]


async def test_a_settlement_is_for_a_person_and_says_what_is_let_go(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    await bo.open(f"{loan}/plan?kind=settlement&covers=overdue&settle=3000&first_due=2026-07-01")
    # 3,413.12 - 3,000.00 = 413.12: the whole penalty of 112.64 and 300.48 of interest.
    assert "413.12" in bo.text and "that is for a person to decide" in bo.text
    await bo.send("/plan")
    assert (await cast.events(XIAOMINGS))[1] == "proposal.submitted" and "Sent." in bo.text


async def test_three_sums_come_from_what_is_left_over_and_nothing_typed_is_kept(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    await bo.open(f"{loan}/plan/afford")
    await bo.send("/afford", income="6000", home="2500", food="1500", debts="800")
    assert "after it ¥99.84 is left for what is overdue" in bo.text, "1,200.00 less the 1,100.16 of the contract"
    assert "¥1,200.00" in bo.text and "¥600.00 a month" in bo.text and "¥900.00 a month" in bo.text
    take = next(link for link in bo.links() if "left_over=1200.00" in link)
    assert "income" not in take and "6000" not in take
    await bo.open(take)
    assert "¥600.00" in bo.text


async def test_more_than_half_needs_a_tick_and_more_than_all_is_not_drawn(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    """What can be found counts the contract's installment of 1,100.16 too: 900 beside it is 2,000.16."""
    plan = f"{await cast.loan(XIAOMINGS)}/plan?how=amount&every=1m&first_due=2026-07-01&left_over=2300&amount="
    await bo.open(plan + "900")
    assert "more than half of the ¥2,300.00" in bo.text
    await bo.open(plan + "900&sure=1")
    assert "more than half" not in bo.text and "It is accepted at once" in bo.text
    await bo.open(plan + "1300")
    assert "a month" in bo.text and "is left over" in bo.text


async def test_nothing_is_called_wrong_before_anything_was_typed(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    settle = f"{await cast.loan(XIAOMINGS)}/plan?kind=settlement"
    await bo.open(settle)
    assert "Fill in the answers above to see your plan." in bo.text and "fill this in" not in bo.text
    await bo.open(f"{settle}&covers=overdue&settle=5000&first_due=2026-07-01")
    assert "to ¥3,413.11" in bo.text


async def test_a_settlement_below_the_principal_says_which_rule_it_goes_beyond(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?kind=settlement&covers=overdue&settle=2000&first_due=2026-07-01")
    # Of 3,413.12, all of the penalty of 112.64 and the interest of 413.70, and 886.78 of principal.
    assert bo.status == 200 and "It asks for ¥886.78 of principal to be waived" in bo.text


async def test_a_plan_says_what_the_contract_asks_for_beside_it(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?how=count&installments=6&every=1m&first_due=2026-07-14")
    # In December: the last 568.87 of the plan and the last 1,100.19 of the contract.
    assert "the contract until 15 December 2026" in bo.text and "= ¥1,669.06" in bo.text
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?kind=pause")
    assert "most expensive month" not in bo.text


async def test_nothing_left_over_leads_to_a_pause_not_to_an_error(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan/afford")
    await bo.send("/afford", income="3000", home="3000")
    assert bo.status == 200 and any("kind=pause" in link for link in bo.links())


async def test_amounts_that_are_none_come_back_as_they_were_typed(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan/afford")
    await bo.send("/afford", income="a lot", food="1500")
    assert bo.status == 422 and bo.filled("/afford")["income"] == "a lot" and bo.filled("/afford")["food"] == "1500"


async def test_who_was_declined_before_still_sees_why(cast: Cast) -> None:
    assert "时间太长，十二期以内可以再谈。" in (await at(cast, HU_XUES)).text


async def test_beside_a_plan_that_runs_another_can_be_asked_for(cast: Cast) -> None:
    bo = await at(cast, GUO_TAOS)
    await bo.open(next(link for link in bo.links() if link.endswith("/plan")))
    await bo.send("/plan", move="show", installments="3")
    await bo.send("/plan")
    assert bo.path.startswith("/proposals/")
    await bo.open(await cast.loan(GUO_TAOS))
    assert "The plan that runs now" in bo.text


async def test_what_is_told_of_before_the_plan_is_a_line_for_the_desk_and_for_who_signed(cast: Cast) -> None:
    """100.00 of 9 June, told on the 20th; 200.00 of the plan's own day are the plan's, and left by its end."""
    told_on = BusinessTime(datetime(2026, 6, 20, 4, tzinfo=UTC), date(2026, 6, 20))
    early = PaymentRecord(1, GUO_TAOS, Payment("P-0", date(2026, 6, 9), 10000), None)
    await record_payments(told_on, await lender_by_slug("jq"), [early], Vault(SECRET))
    june = later(cast, told_on.today)
    said = "sent new figures for what the plan was drawn up over: it covers ¥2,243.95"
    rui = await june.reviewer()
    for path in (await june.proposal(GUO_TAOS), await june.loan(GUO_TAOS)):
        assert said in (await rui.open(f"/desk{path}")).text, path
    bo = await (await june.comes(GUO_TAOS)).open(await june.proposal(GUO_TAOS))
    assert f"{said}, and by what is known now ¥1,943.95 was owed at the end of its day" in bo.text
    assert "更新了方案所依据的数字：方案包括 2,243.95 元" in (await at(june, GUO_TAOS, "zh-CN")).text


async def test_looking_ahead_beside_a_plan_says_what_it_asks_next_and_when_it_would_end(cast: Cast) -> None:
    """404.79 of the plan and 733.44 of the contract on 10 July; 14 days to catch up, three working days to be told."""
    bo = await (await cast.comes(GUO_TAOS)).open(await cast.loan(GUO_TAOS))
    await bo.open(f"{await cast.loan(GUO_TAOS)}/ahead")
    assert "The next payment, ¥404.79, is due on 10 July 2026." in bo.text
    assert "If its payment of 10 July 2026 does not come, you can catch up until 24 July 2026." in bo.text
    assert "being checked until 29 July 2026" in bo.text and "On 30 July 2026 the plan would end." in bo.text
    assert "Due within 30 days: ¥1,138.23." in bo.text
    async with on(cast, date(2026, 7, 27)) as july:
        bo = await (await july.comes(GUO_TAOS)).open(f"{await july.loan(GUO_TAOS)}/ahead")
        assert "It is being checked until 29 July 2026 whether you paid it." in bo.text
        assert "On 30 July 2026 the plan would end." in bo.text
