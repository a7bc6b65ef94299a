"""What somebody earns and spends: the lender sees it where they tick that, and no longer than they like."""

import json
import re

import pytest

from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import AN, LIU_YANGS, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

OTHER = "JQ-2026-0015"
NINE = "how=count&installments=9&every=1m&first_due=2026-07-14&covers=overdue"


async def works_it_out(cast: Cast, bo: Browser, loan_no: str = XIAOMINGS, **typed: str) -> str:
    """5,500 in, 2,500 for the home and 1,200 for food out, unless otherwise; the query of what fits half of it."""
    await bo.open(f"{await cast.loan(loan_no)}/plan/afford")
    await bo.send("/afford", **{"income": "5500", "home": "2500", "food": "1200", **typed})
    return next(each for each in bo.links() if "/plan?a_month=" in each).partition("?")[2]


async def before_sending(cast: Cast, bo: Browser, terms: str = NINE) -> Browser:
    told = await works_it_out(cast, bo)
    return await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?{terms}&{told}")


async def told_rows(loan_no: str) -> list[tables.ToldIncomeRow]:
    sent = tables.ProposalLineRow.filter(loan__loan_no=loan_no).values_list("proposal_id", flat=True)
    return await tables.ToldIncomeRow.filter(proposal_id__in=await sent)


async def at_desk(cast: Cast, loan_no: str = XIAOMINGS, language: str = "en") -> Browser:
    rui = await cast.reviewer(language=language)
    return await rui.open(f"/desk{await cast.proposal(loan_no)}")


async def test_he_ticks_and_sends_the_desk_sees_it_he_takes_it_back_and_it_sees_nothing(cast: Cast) -> None:
    """5,500 - 3,700 = 1,800 are left. Nine payments of 379.24 stand beside up to 1,100.19 of the contract: 1,479.43."""
    bo = await before_sending(cast, await cast.comes(XIAOMINGS, "zh-CN"))
    assert "收入 5,500.00 元，支出 3,700.00 元，结余 1,800.00 元" in bo.text
    assert "shows_income" not in bo.filled("/plan"), "never ticked by itself"
    await bo.send("/plan", shows_income="1")
    assert bo.status == 422 and "收入 5,500.00 元" in bo.text, "more than half takes another tick"
    assert bo.filled("/plan")["shows_income"] == "1", "this one comes back as it was set"
    await bo.send("/plan", sure="1")
    await bo.send("/plan")
    assert "佳泉消费金融能看到的收支" in bo.text and "5,500.00" in bo.text
    rui = await at_desk(cast)
    assert "in ¥5,500.00 − out ¥3,700.00 = ¥1,800.00 left" in rui.text
    assert "¥1,479.43 of ¥1,800.00 left: more than half" in rui.text
    await bo.send("/income")
    assert bo.status == 200 and "5,500.00" not in bo.text and "撤回了" in bo.text
    for page in (rui.path, f"{rui.path}/why"):
        await rui.open(page)
        assert "5,500" not in rui.text and "shown with consent" not in rui.text
    (row,) = await told_rows(XIAOMINGS)
    assert row.sealed == b"" and row.taken_back_at is not None
    his = tables.EventRow.filter(proposal_ref=rui.path.split("/")[3], type__startswith="proposal.").order_by("seq")
    bodies = [bytes(each.body) for each in await his]
    assert [json.loads(each)["type"] for each in bodies if b"income_t" in each] == [
        "proposal.submitted",
        "proposal.income_taken_back",
    ]
    assert not [each for each in bodies if re.search(rb"5500|3700|1800", each)], "no figure is in an event"


async def test_without_the_tick_nothing_is_kept_and_no_address_can_set_it(cast: Cast) -> None:
    """刘洋, who is given the address of 小明's page, has no part in what it carries."""
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan/afford")
    assert "Nothing of it is kept here." in bo.text
    told = await works_it_out(cast, bo)
    whole = "how=count&installments=24&every=1m&first_due=2026-07-14&covers=all"
    assert "5500" not in told, "nor does it stand open in an address"
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?{whole}&{told}&shows_income=1")
    assert "income ¥5,500.00" in bo.text and "shows_income" not in bo.filled("/plan")
    theirs = await cast.comes(LIU_YANGS)
    await theirs.open(f"{await cast.loan(LIU_YANGS)}/plan?{whole}&{told}")
    assert "5,500" not in theirs.text and "what I earn" not in theirs.text, "it opens for him alone"
    await theirs.send("/plan", shows_income="1")
    assert theirs.status == 422 and "can no longer be read" in theirs.text
    await bo.send("/plan")
    assert bo.path.startswith("/proposals/") and "of your income" not in bo.text
    rui = await at_desk(cast)
    assert "shown with consent" not in rui.text and await told_rows(XIAOMINGS) == []


async def test_one_amount_for_two_loans_shows_it_with_both_and_to_no_other_lender(cast: Cast) -> None:
    """刘洋 has 4,000 in and 1,000 out, and 453.65 of his other loan here: 2,546.35 are left for this one.

    500.00 a month for both is less than half of that; what he pays for his loan at another lender nobody is told.
    """
    bo = await cast.comes(LIU_YANGS)
    await cast.enter(bo, OTHER)
    await works_it_out(cast, bo, LIU_YANGS, income="4000", home="1000", food="")
    (spread,) = [each for each in bo.links() if each.startswith("/together/jq")]
    await bo.open(spread.replace("amount=1273.17", "amount=500"))
    assert "income ¥4,000.00, spending ¥1,453.65, left ¥2,546.35" in bo.text
    await bo.send("/together/jq", shows_income="1")
    for loan_no in (LIU_YANGS, OTHER):
        rui = await at_desk(cast, loan_no)
        assert "= ¥2,546.35 left" in rui.text
        assert "¥500.00 of ¥2,546.35 left, for all loans sent in one" in rui.text and "more than" not in rui.text
    an = await cast.reviewer(AN)
    await an.open(rui.path)
    assert an.status == 404 and "2,546" not in an.text
    assert [len(await told_rows(loan_no)) for loan_no in (LIU_YANGS, OTHER)] == [1, 1]
    await bo.open(await cast.proposal(OTHER))
    await bo.send("/income")
    for loan_no in (LIU_YANGS, OTHER):
        assert "shown with consent" not in (await at_desk(cast, loan_no)).text, "one tick, taken back as one"


async def test_how_far_the_lender_has_gone_by_law_is_told_to_both_sides(cast: Cast) -> None:
    """Of 周敏's loan alone her lender said so."""
    await tables.ContractRow.filter(loan__loan_no=ZHOU_MINS).update(legal_stage="filed")
    zhou = await cast.comes(ZHOU_MINS)
    await zhou.open(await cast.loan(ZHOU_MINS))
    assert "The lender has asked a court to decide about this loan." in zhou.text
    rui = await at_desk(cast, ZHOU_MINS)
    assert "filed with the court" in rui.text
    await rui.open(f"/desk{await cast.loan(ZHOU_MINS)}")
    assert "Steps taken by law: filed with the court" in rui.text
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    assert "by law" not in rui.text


async def test_once_the_lender_answers_one_of_two_the_amount_for_both_is_asked_no_more(cast: Cast) -> None:
    """200.00 for both is for a person to decide. 459.39 in four is 114.85 and 114.84, 568.50 with 453.65 beside it."""
    bo = await cast.comes(LIU_YANGS)
    await cast.enter(bo, OTHER)
    await works_it_out(cast, bo, LIU_YANGS, income="4000", home="1000", food="")
    (spread,) = [each for each in bo.links() if each.startswith("/together/jq")]
    await bo.open(spread.replace("amount=1273.17", "amount=200"))
    await bo.send("/together/jq", shows_income="1")
    rui = await at_desk(cast, OTHER)
    await rui.open(f"{rui.path}/counter")
    await rui.send("/counter", installments="4", how="count", show="1")
    await rui.send("/counter")
    rui = await at_desk(cast, OTHER)
    assert "¥568.50 of ¥2,546.35 left" in rui.text and "for all loans sent in one" not in rui.text
    assert "for all loans sent in one" in (await at_desk(cast, LIU_YANGS)).text


async def test_a_sum_paid_once_is_held_against_no_month(cast: Cast) -> None:
    bo = await before_sending(cast, await cast.comes(XIAOMINGS), "kind=settlement&settle=3000&first_due=2026-07-01")
    await bo.send("/plan", shows_income="1")
    rui = await at_desk(cast)
    assert "= ¥1,800.00 left" in rui.text and "of ¥1,800.00 left" not in rui.text
