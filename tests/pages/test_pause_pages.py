"""A pause has a pause's words on every page: what is asked for in it, what moves, and what is so on the day after."""

from datetime import date

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import GUO_TAOS, HE_JINGS, XIAOMINGS, Cast
from tests.pages.test_plan_lives import at, on

pytestmark = pytest.mark.anyio

OVERDUE_ALONE = '[pause]\nscope = "overdue"\n[booking]\nautomatic = true\n[signing]\nreading_seconds = 0\n'
RUNS = '[pause]\ninterest = "runs"\n[booking]\nautomatic = true\n[signing]\nreading_seconds = 0\n'
LISTED = "Still due until 14 July 2026, all the same 15 June 2026 no. 6 of the contract ¥1,100.16 In all ¥1,100.16"


async def asks(cast: Cast, until: str = "2026-07-14") -> Browser:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?kind=pause")
    return await bo.send("/plan", move="show", first_due=until)


async def signed(cast: Cast, policy: str) -> tuple[Browser, str]:
    """王小明's pause until 14 July, signed and in the books at once."""
    await set_policy(cast.moment(), await lender_by_slug("jq"), policy, OPERATOR)
    bo = await asks(cast)
    proposal = (await bo.send("/plan")).path
    await cast.signs(bo, proposal)
    assert bo.path.startswith("/agreements/"), bo.text
    return bo, proposal


async def test_the_form_asks_for_a_pause_and_says_what_moves_before_it_is_sent(cast: Cast) -> None:
    bo = await asks(cast)
    assert "Ask for a pause" in bo.text and "Send this request" in bo.text and "This is the pause" in bo.text
    assert "Until the end of 14 July 2026, for 30 days, nothing is asked for on this loan" in bo.text
    assert "from 15 June 2026 to 15 July 2026; the last due date becomes 15 January 2027" in bo.text
    assert "From 15 July 2026 on the ¥3,413.12 is asked for again" in bo.text
    for plans in ("This is the plan", "Each time", "first day", "monthly until", "fullest month"):
        assert plans not in bo.text


async def test_sixty_one_days_are_refused_with_how_many_there_may_be_and_what_was_typed_comes_back(cast: Cast) -> None:
    bo = await asks(cast, "2026-08-14")
    assert bo.filled("/plan")["first_due"] == "2026-08-14"
    assert "A pause lasts 60 days at most, so until 13 August 2026." in bo.text
    assert "You wrote 14 August 2026: that would be 61 days." in bo.text
    await asks(cast, "2026-06-14")
    assert "its last day has to be later" in (await asks(cast, "2026-06-14")).text


async def test_a_pause_that_ends_on_a_holiday_counts_all_its_days_and_says_so(cast: Cast) -> None:
    """19 June 2026 is the Dragon Boat Festival: a Friday on which nobody works."""
    bo = await asks(cast, "2026-06-19")
    assert "Until the end of 19 June 2026, for 5 days" in bo.text
    assert "The last day of the pause is no working day." in bo.text


async def test_inside_a_pause_another_is_refused_with_the_day_from_which_it_can_be_asked_for(cast: Cast) -> None:
    bo = await cast.comes(HE_JINGS)
    await bo.open(f"{await cast.loan(HE_JINGS)}/plan?kind=pause")
    await bo.send("/plan", first_due="2026-08-10")
    assert bo.status == 422 and "There is a pause already, until 14 July 2026." in bo.text
    assert "The next can be asked for on 15 July 2026; a plan, at any time." in bo.text
    rui = await (await cast.reviewer()).open(f"/desk{await cast.proposal(HE_JINGS)}")
    assert not [form for form in rui.forms if form.action.endswith("/pause")]


async def test_a_pause_is_signed_with_questions_of_its_own(cast: Cast) -> None:
    bo = await asks(cast)
    proposal = (await bo.send("/plan")).path
    await bo.open(f"{proposal}/sign")
    if bo.path.startswith("/account/prove"):
        await cast.proves(bo)
    assert "What do you have to pay on this loan until the pause is over?" in bo.text
    assert "What happens on the day after the pause?" in bo.text
    assert "I agree to this pause, and know what is due in it and after it" in bo.text
    assert "From when on is a payment late?" not in bo.text and "will pay it as it is above" not in bo.text
    await cast.signs(bo, proposal, q_held_all="all")
    assert "Until its last day the pause asks for nothing on this loan." in bo.text
    await cast.signs(bo, proposal)
    assert "15 December 2026 → 15 January 2027" in bo.text and "no. 12 of the contract" in bo.text
    ref = bo.path.rsplit("/", 1)[1]
    document = (await bo.open(f"/agreements/{ref}/file")).text
    assert "Agreement on a pause" in document and "repayment plan" not in document
    assert "15 June 2026 → 15 July 2026" in document and "The plan begins" not in document


async def test_a_pause_of_what_is_overdue_alone_lists_what_is_still_due_on_every_page_of_it(cast: Cast) -> None:
    await set_policy(cast.moment(), await lender_by_slug("jq"), OVERDUE_ALONE, OPERATOR)
    bo = await asks(cast)
    assert "the ¥3,413.12 that is overdue is not asked for" in bo.text and LISTED in bo.text
    proposal = (await bo.send("/plan")).path
    assert LISTED in bo.text
    await bo.open(f"{proposal}/sign")
    if bo.path.startswith("/account/prove"):
        await cast.proves(bo)
    assert LISTED in bo.text and "What falls due on these days, as it is listed above" in bo.text
    await cast.signs(bo, proposal)
    assert LISTED in bo.text
    assert LISTED in (await bo.open(f"{bo.path}/file")).text
    still = "Still due until 14 July 2026, all the same 15 June 2026 ¥1,100.16"
    loan = await cast.loan(XIAOMINGS)
    for path in (proposal, loan, "/loans"):
        assert still in (await bo.open(path)).text, path
    assert "15 June 2026" in (await bo.open(f"{loan}/ahead")).text
    rui = await (await cast.reviewer()).open(f"/desk{proposal}")
    assert LISTED in rui.text and still in rui.text


async def test_a_later_policy_changes_nothing_of_a_pause_that_was_signed(cast: Cast) -> None:
    bo, proposal = await signed(cast, RUNS)
    assert "¥108.89, as one line on the last installment" in bo.text
    await set_policy(cast.moment(), await lender_by_slug("jq"), OVERDUE_ALONE, OPERATOR)
    for path in (proposal, bo.path):
        assert "¥108.89, as one line on the last installment" in (await bo.open(path)).text
    await bo.open(await cast.loan(XIAOMINGS))
    assert "not due yet · with ¥108.89 for the pause ¥1,209.08" in bo.text


async def test_what_happened_is_told_as_of_a_pause(cast: Cast) -> None:
    bo, proposal = await signed(cast, RUNS)
    await bo.open(proposal)
    for said in ("You asked for a pause", "accepted the pause", "You signed the pause", "confirmed the pause"):
        assert said in bo.text
    assert "paused the plan" not in bo.text and "signed the plan" not in bo.text
    rui = await (await cast.reviewer()).open(f"/desk{proposal}")
    assert "confirmed the pause" in rui.text and "paused the plan" not in rui.text


async def test_looking_ahead_from_a_pause_says_what_is_overdue_when_it_is_over(cast: Cast) -> None:
    bo, _ = await signed(cast, "[booking]\nautomatic = true\n[signing]\nreading_seconds = 0\n")
    loan = await cast.loan(XIAOMINGS)
    await bo.open(f"{loan}/ahead")
    assert "On 15 July 2026, if nothing is paid until then, ¥3,415.00 is overdue." in bo.text
    assert "catch up" not in bo.text and "The plan that runs" not in bo.text
    await bo.open(f"{loan}/pay")
    assert "What is paused ¥3,413.12" in bo.text and "plan" not in bo.text.split("How to pay it")[0].lower()


async def test_after_the_pause_a_penalty_line_says_how_many_of_its_days_are_not_counted(cast: Cast) -> None:
    await signed(cast, "[booking]\nautomatic = true\n[signing]\nreading_seconds = 0\n")
    async with on(cast, date(2026, 7, 15)) as july:
        bo = await july.comes(XIAOMINGS)
        await bo.open(f"{await july.loan(XIAOMINGS)}/penalties")
        assert "122 days, 30 of them not counted." in bo.text and "¥56.69" in bo.text
        await bo.open(await july.loan(XIAOMINGS))
        assert "¥3,415.00" in bo.text
        bo = await at(july, XIAOMINGS)
        assert "The pause is over." in bo.text


async def test_a_plan_after_a_pause_shows_the_contracts_dates_as_they_are_now(cast: Cast) -> None:
    bo, _ = await signed(cast, "[booking]\nautomatic = true\n[signing]\nreading_seconds = 0\n")
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?how=count&installments=6&every=1m&first_due=2026-07-14")
    await bo.send("/plan")
    await bo.open(f"{bo.path}/sign")
    assert "15 January 2027" in bo.text and "15 June 2026" not in bo.text


async def test_the_lenders_pause_of_a_plan_says_before_and_after_what_it_moves(cast: Cast) -> None:
    rui = await (await cast.reviewer()).open(f"/desk{await cast.proposal(GUO_TAOS)}")
    assert "What of plan and contract falls due in these days" in rui.text
    await rui.send("/pause", until="2026-08-14")
    assert "that would be 61 days" in rui.text
    await rui.send("/pause", until="2026-07-14")
    row = await tables.PlanPauseRow.get()
    assert (row.scope, row.interest) == ("all", "stands-still")
    bo = await (await cast.comes(GUO_TAOS)).open(await cast.loan(GUO_TAOS))
    assert "10 August · contract no. 7" in bo.text


async def test_where_only_what_is_overdue_can_be_paused_a_plan_that_is_kept_is_not(cast: Cast) -> None:
    await set_policy(cast.moment(), await lender_by_slug("jq"), OVERDUE_ALONE, OPERATOR)
    rui = await (await cast.reviewer()).open(f"/desk{await cast.proposal(GUO_TAOS)}")
    assert "All dates of plan and contract stay." in rui.text
    await rui.send("/pause", until="2026-07-14")
    assert rui.status == 422 and "nothing is overdue today" in rui.text
