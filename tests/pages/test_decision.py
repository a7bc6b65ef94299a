"""One decision on one page: what is asked, which rules it breaks by how much, what each answer brings, who asks."""

import re

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from portal.vault import new_ref
from tests.browser import Browser
from tests.pages.conftest import LIU_YANGS, TODAY, WU_LEIS, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

LIU_YANGS_OTHER = "JQ-2026-0015"


async def before(cast: Cast, loan_no: str, language: str = "en") -> Browser:
    """睿 before the proposal of this loan."""
    rui = await cast.reviewer(language=language)
    return await rui.open(f"/desk{await cast.proposal(loan_no)}")


async def asks(cast: Cast, loan_no: str, terms: str) -> Browser:
    """Whoever owes it sends these terms; 睿 looks at them."""
    bo = await cast.comes(loan_no)
    await bo.open(f"{await cast.loan(loan_no)}/plan?{terms}")
    await bo.send("/plan")
    return await before(cast, loan_no)


async def last(cast: Cast, loan_no: str) -> str:
    return (await cast.events(loan_no))[-1]


async def test_each_rule_that_is_broken_says_by_how_much_and_each_answer_what_it_brings(cast: Cast) -> None:
    """2,524.44 overdue and six times 825.12, the last of them 825.10, are 7,475.14 by either plan.

    From 14 December 2026 to 10 June 2027 are 178 days; 300.00 less 210.37 are 89.63.
    """
    rui = await before(cast, ZHOU_MINS)
    for said in (
        "65 days late",
        "It ends on 10 June 2027; at once it may end by 14 December 2026. Beyond it by 178 days.",
        "at once it is ¥300.00 or more. Beyond it by ¥89.63.",
        "¥7,475.14 in all by 10 June 2027",
        "6 × ¥420.74, every month: ¥7,475.14 in all by 10 December 2026",
        "Still to come in ¥7,475.14 by 10 December 2026",
    ):
        assert said in rui.text, said
    chinese = await before(cast, ZHOU_MINS, "zh-CN")
    assert "差 178 天。" in chinese.text and "到2026年12月10日一共收回 7,475.14 元" in chinese.text


async def test_who_asks_is_told_by_what_this_lender_knows(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    for said in (
        "Paid in time 3 of 6 installments",
        "Last payments ¥825.12 on 10 March 2026 ¥825.12 on 10 February 2026",
        "Earlier proposals none Other loans here none Open complaints none",
        "Wishes to be reached as you like: nothing was chosen",
    ):
        assert said in rui.text, said
    zhou = await cast.comes(ZHOU_MINS)
    row = await tables.ProposalRow.get(ref=rui.path.rpartition("/")[2])
    reached = {"channel": "sms", "from_hour": 12, "to_hour": 18, "set_at": cast.moment().at}
    await tables.PreferenceRow.create(person_id=row.person_id, lender_id=row.lender_id, **reached)
    await zhou.open(f"{await cast.loan(ZHOU_MINS)}/problem")
    await zhou.send("/problem", kind="still_calling", words="昨天还有人打电话")
    await rui.open(rui.path)
    assert "Open complaints They still call me, answer by 29 June 2026" in rui.text
    assert "Wishes to be reached Text message, 12:00 to 18:00" in rui.text


async def test_a_payment_that_was_taken_back_is_no_last_payment_of_hers(cast: Cast) -> None:
    came, back = Payment("P-9", TODAY, 77700), Payment("R-9", TODAY, 77700, reverses="P-9")
    told = [PaymentRecord(number, ZHOU_MINS, each, None) for number, each in enumerate((came, back), 1)]
    await record_payments(cast.moment(), await lender_by_slug("jq"), told, cast.settings.vault())
    rui = await before(cast, ZHOU_MINS)
    assert "Last payments ¥825.12 on 10 March 2026 ¥825.12 on 10 February 2026" in rui.text


async def test_the_other_loans_and_what_came_before_are_this_lenders_alone(cast: Cast) -> None:
    """刘洋 owes two loans here and one at another lender, and was declined before on the second here."""
    rui = await asks(cast, LIU_YANGS, "how=count&installments=24&every=1m&first_due=2026-07-15")
    assert f"Other loans here {LIU_YANGS_OTHER}: ¥" in rui.text and "overdue for 25 days" in rui.text
    assert "YH-88" not in rui.text and "Earlier proposals none" in rui.text
    (loan,) = await tables.LoanRow.filter(loan_no=LIU_YANGS_OTHER)
    first = await tables.ProposalRow.get(ref=rui.path.rpartition("/")[2])
    before = {"lender_id": first.lender_id, "person_id": first.person_id, "kind": "plan", "ref": new_ref()}
    row = await tables.ProposalRow.create(state="declined", **before)
    await tables.ProposalLineRow.create(proposal_id=row.id, loan_id=loan.id, seen=1)
    await rui.open(rui.path)
    assert f"Earlier proposals {LIU_YANGS_OTHER}: Declined" in rui.text
    assert f"/desk/proposals/{before['ref']}" in rui.links()


async def test_no_statement_comes_with_another_loan(counted: Cast) -> None:
    rui = await before(counted, ZHOU_MINS)
    statements = re.compile(r"statements (\d+)")
    alone = statements.findall(rui.text)
    (party,) = await tables.PartyRow.filter(loan__loan_no=ZHOU_MINS)
    for loan in await tables.LoanRow.filter(loan_no__in=[LIU_YANGS, LIU_YANGS_OTHER, XIAOMINGS]):
        await tables.PartyRow.create(loan_id=loan.id, borrower_id=party.borrower_id, role="co-borrower")
    await rui.open(rui.path)
    assert rui.text.count("overdue for") >= 3 and statements.findall(rui.text)[-1] == alone[-1]


async def test_what_breaks_a_rule_is_asked_about_once_with_the_sum(cast: Cast) -> None:
    rui, told = await before(cast, ZHOU_MINS), await cast.told()
    await rui.send("/accept")
    assert rui.status == 200 and await cast.told() == told
    assert "Accept it all the same? It breaks 2 rules of your policy. Nothing is waived." in rui.text
    assert "12 × ¥210.37, every month: ¥7,475.14 in all by 10 June 2027" in rui.text
    await rui.send("/accept")
    assert await last(cast, ZHOU_MINS) == "proposal.accepted"


async def test_what_keeps_the_policy_is_one_click_and_a_rule_set_meanwhile_is_asked_about(cast: Cast) -> None:
    """By a policy of a year and no least amount twelve times 210.37 is inside every rule."""
    lender = await lender_by_slug("jq")
    await set_policy(cast.moment(), lender, "[plan]\nmax_months = 13\n", OPERATOR)
    rui = await before(cast, ZHOU_MINS)
    assert "Inside every rule of the policy." in rui.text and "Nearest yes" not in rui.text
    await set_policy(cast.moment(), lender, "[plan]\nmax_months = 9\n", OPERATOR)
    await rui.send("/accept")
    assert "It breaks one rule of your policy." in rui.text and "proposal.accepted" not in await cast.events(ZHOU_MINS)
    await set_policy(cast.moment(), lender, "[plan]\nmax_months = 13\n", OPERATOR)
    await rui.open(rui.path.removesuffix("/accept"))
    await rui.send("/accept")
    assert await last(cast, ZHOU_MINS) == "proposal.accepted"


async def test_who_comes_second_is_told_before_anything_is_asked(cast: Cast) -> None:
    rui, other = await before(cast, ZHOU_MINS), await before(cast, ZHOU_MINS)
    await other.send("/take_up")
    await rui.send("/accept")
    assert rui.status == 409 and "all the same" not in rui.text


async def test_the_nearest_yes_is_sent_in_one_act_as_it_was_shown(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    await rui.send("/nearest")
    assert await last(cast, ZHOU_MINS) == "proposal.countered" and "Your plan was sent." in rui.text
    zhou = await cast.comes(ZHOU_MINS)
    await zhou.open(await cast.proposal(ZHOU_MINS))
    assert "420.74" in zhou.text


async def test_the_nearest_yes_to_a_pause_is_a_shorter_one(cast: Cast) -> None:
    """王小明 asks until 13 August; at once it may last 30 days, until 14 July."""
    await set_policy(cast.moment(), await lender_by_slug("jq"), "[clocks]\npause_days = 30\n", OPERATOR)
    rui = await asks(cast, XIAOMINGS, "kind=pause&first_due=2026-08-13")
    assert "Accept the pause" in rui.text and "pause until 14 July 2026: inside every rule" in rui.text
    await rui.send("/nearest")
    assert await last(cast, XIAOMINGS) == "proposal.countered"


async def test_another_nearest_yes_than_was_shown_is_not_sent(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    await set_policy(cast.moment(), await lender_by_slug("jq"), "[plan]\nmax_months = 9\n", OPERATOR)
    told = await cast.told()
    await rui.send("/nearest")
    assert rui.status == 409 and "9 × ¥280.49, every month" in rui.text and await cast.told() == told


async def test_a_settlement_is_called_one_where_it_is_accepted(cast: Cast) -> None:
    """刘洋 is 1,490.73 overdue and offers 1,390.73; 王小明 asks for 413.12 to go, which one person cannot let go."""
    rui = await asks(cast, XIAOMINGS, "kind=settlement&settle=3000&first_due=2026-07-01&covers=overdue")
    assert "Ask a second person" in rui.text and "This takes two people." in rui.text, "413.12 are above the limit"
    rui = await asks(cast, LIU_YANGS, "kind=settlement&settle=1390.73&first_due=2026-07-01&covers=overdue")
    assert "Accept the settlement" in rui.text and "every month" not in rui.text
    await rui.send("/accept")
    assert "It breaks 3 rules of your policy. ¥100.00 is waived. It cannot be taken back." in rui.text


async def test_declining_for_another_reason_takes_the_words_that_the_borrower_reads(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    for reason in ("papers_first", "circumstances_not_shown", "other_persons_loan", "agency_talks"):
        assert f'value="{reason}"' in rui.html
    await rui.send("/decline", reason="other")
    assert rui.status == 422 and "Please fill this in." in rui.text
    await rui.send("/decline", note="请先联系客服核对资料。")
    assert await last(cast, ZHOU_MINS) == "proposal.declined"
    promised = (
        "Until 17 June 2026 this is accepted at once if the borrower sends it: 6 payments of ¥420.74, from 10 July"
    )
    assert promised in rui.text
    zhou = await cast.comes(ZHOU_MINS)
    await zhou.open(await cast.proposal(ZHOU_MINS))
    assert "请先联系客服核对资料。" in zhou.text


async def test_a_question_can_be_asked_at_once_and_the_history_tells_who_took_it_up(cast: Cast) -> None:
    rui = await before(cast, ZHOU_MINS)
    await rui.send("/ask", note="您每月几号发工资？")
    assert (await cast.events(ZHOU_MINS))[-2:] == ["proposal.under_review", "proposal.info_requested"]


@pytest.mark.parametrize(
    ("answer", "typed", "event", "said"),
    [
        ("/accept", {"beyond": "max_months,min_installment"}, "proposal.accepted", "You accepted what was asked for."),
        ("/nearest", {}, "proposal.countered", "Your plan was sent."),
        ("/decline", {"reason": "too_long"}, "proposal.declined", "You declined it."),
        ("/ask", {"note": "您每月几号发工资？"}, "proposal.info_requested", "Your question was sent."),
        ("/counter", {}, "proposal.countered", "Your plan was sent."),
    ],
)
async def test_an_answer_and_the_next_are_one_act(
    cast: Cast, answer: str, typed: dict[str, str], event: str, said: str
) -> None:
    rui = await before(cast, ZHOU_MINS)
    if answer == "/counter":
        await rui.open(f"{rui.path}/counter")
    assert ("then", "next", "") in rui.form(answer).buttons
    await rui.send(answer, then="next", **typed)
    assert await last(cast, ZHOU_MINS) == event
    assert rui.path.startswith(f"/desk{await cast.proposal(WU_LEIS)}?") and f"{ZHOU_MINS}: {said}" in rui.text


async def test_where_nothing_comes_next_the_page_stays_and_says_that_it_was_sent(cast: Cast) -> None:
    await (
        tables.ProposalRow.filter(state__in=["submitted", "under_review"])
        .exclude(ref=(await cast.proposal(ZHOU_MINS)).removeprefix("/proposals/"))
        .update(state="expired")
    )
    rui = await before(cast, ZHOU_MINS)
    assert all(name != "then" for form in rui.forms for name, _, _ in form.buttons)
    await rui.send("/decline", reason="too_long")
    assert rui.path.startswith(f"/desk{await cast.proposal(ZHOU_MINS)}?") and "You declined it." in rui.text


async def test_of_whom_an_answer_was_is_told_of_this_lenders_proposals_alone(cast: Cast) -> None:
    rui = await before(cast, WU_LEIS)
    await rui.open(f"{rui.path}?done=accept&of=nobodys")
    assert rui.status == 200 and "You accepted" not in rui.text


async def test_the_list_that_she_was_opened_from_goes_along_through_another_plan(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}?queue=answer&sort=overdue")
    await rui.open(next(link for link in rui.links() if link.partition("?")[0].endswith("/counter")))
    await rui.send("/counter", installments="6", show="1")
    await rui.send("/counter")
    assert [link for link in rui.links() if link.startswith("/desk?") and "sort=overdue" in link]
