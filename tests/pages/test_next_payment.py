"""Before it is late: 王小明 has paid what was overdue, and tomorrow's 1,100.16 cannot be paid."""

from datetime import date

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.demo import TODAY
from portal.domain.conduct.papers import PaperState
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.reads.cases import lender_by_slug
from portal.reads.papers import agreement_code, paper_state
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import GUO_TAOS, XIAOMINGS, Cast
from tests.pages.explained import unexplained
from tests.pages.test_plan_lives import on

pytestmark = pytest.mark.anyio

POLICY = '[statement]\ntolerance = "5000.00"\n[booking]\nautomatic = true\n[signing]\nreading_seconds = 0\n'


async def in_order(cast: Cast, policy: str = POLICY) -> Browser:
    jq = await lender_by_slug("jq")
    await set_policy(cast.moment(), jq, policy, OPERATOR)
    paid = PaymentRecord(1, XIAOMINGS, Payment("ALL", TODAY, 341312), None)
    await record_payments(cast.moment(), jq, [paid], cast.settings.vault())
    return await cast.comes(XIAOMINGS)


def words(bo: Browser) -> str:
    """Whatever way amounts are written on the page of today."""
    return bo.text.replace("CN¥", "¥")


async def explained(bo: Browser, *paths: str) -> None:
    """Every figure of these pages says how it came about."""

    async def read(path: str) -> str:
        return (await bo.client.get(path, follow_redirects=True)).text

    for path in paths:
        assert await unexplained(path, (await bo.open(path)).html, read) == [], path


async def test_in_three_taps_the_next_payment_moves_and_nothing_becomes_overdue(cast: Cast) -> None:
    bo = await in_order(cast)
    loan = await cast.loan(XIAOMINGS)
    await bo.open(loan)
    assert f"{loan}/next" in bo.links(), "the first tap"
    await bo.open(f"{loan}/next")
    assert "¥1,100.16 is due tomorrow, 15 June 2026." in words(bo)
    assert "moves from 15 June 2026 to 29 June 2026. All other payments stay on their days." in bo.text
    assert "Then two payments come close together, 16 days apart: ¥1,100.16 on 29 June 2026 and ¥1,100.16" in words(bo)
    assert "¥2,200.32 in all" in words(bo)
    assert "You pay nothing on this loan before 15 July 2026." in bo.text
    assert "from 15 June 2026 to 15 July 2026, and every later payment by as much. The last one is due on 15" in bo.text
    assert "from 15 June 2026 to 15 August 2026" in bo.text, "a longer pause: two payments later"
    assert bo.text.count("Agreed at once when you send it.") == 3
    assert bo.text.count("It costs nothing: no interest and no penalty is charged for it.") == 3
    await bo.open(f"{loan}/next?way=move")
    await bo.send("/next", first_due="2026-06-28")
    assert bo.status == 409 and "to 29 June" not in bo.text and "to 28 June 2026" in bo.text, (
        "another day than was shown"
    )
    proposal = (await bo.send("/next")).path
    assert proposal.startswith("/proposals/") and "Another day for one payment" in bo.text
    assert "contact.hold_requested" not in await cast.events(XIAOMINGS)
    await explained(bo, proposal)
    await bo.open(f"{proposal}/sign")
    if bo.path.startswith("/account/prove"):
        await cast.proves(bo)
    assert "What becomes of the next payment, and of those after it?" in bo.text
    assert "1,100.16 that is due on 15 June 2026 is due on 28 June 2026 instead" in bo.text
    await cast.signs(bo, proposal, q_moved_alone="all")
    assert "Only the next payment has another day" in bo.text
    await cast.signs(bo, proposal)
    assert bo.path.startswith("/agreements/")
    document = (await bo.open(f"/agreements/{bo.path.rsplit('/', 1)[1]}/file")).text
    assert "Agreement on another day for one payment" in document and "28 June 2026" in document
    for path in (proposal, f"{proposal}/why", loan, f"{loan}/why", f"{loan}/pay", f"{loan}/ahead", "/loans"):
        assert (await bo.open(path)).status == 200 and "0.00 that is" not in bo.text, path
    await bo.open(loan)
    assert "28 June 2026" in bo.text and f"{loan}/next" not in bo.links()
    rui = await (await cast.reviewer()).open(f"/desk{proposal}")
    assert "Another day for one payment" in rui.text and "28 June 2026" in rui.text
    async with on(cast, date(2026, 6, 29)) as later:
        bo = await later.comes(XIAOMINGS)
        assert "1,100.80" in (await bo.open(loan)).text, "not paid: a day's penalty of 0.64"


async def test_beyond_the_policy_a_person_answers_and_what_is_not_open_says_why(cast: Cast) -> None:
    short = POLICY.replace("automatic = true", "automatic = false") + "[clocks]\npause_days = 20\n"
    bo = await in_order(cast, short)
    page = f"{await cast.loan(XIAOMINGS)}/next"
    await bo.open(f"{page}?way=move&first_due=2026-07-10")
    assert "A person answers by 17 June 2026." in bo.text and "at once it may last until 4 July 2026" in bo.text
    assert "to stop collection until it has answered" in bo.text
    await explained(bo, page, f"{page}?way=move&first_due=2026-07-10", f"{page}?way=skip", await cast.loan(XIAOMINGS))
    for typed, said in (
        ("2026-07-15", "can move to a day from 16 June 2026 to 14 July 2026. You chose 15 July 2026."),
        ("2026-06-14", "its last day has to be later"),
        ("soon", "Please write a date"),
    ):
        await bo.open(f"{page}?way=move&first_due={typed}")
        assert said in bo.text and bo.filled("/next")["first_due"] == typed
        await bo.send("/next")
        assert bo.status in (409, 422) and said in bo.text
    await bo.open(f"{page}?way=move&first_due=2026-07-10")
    await bo.send("/next")
    assert (await cast.events(XIAOMINGS))[-2:] == ["proposal.submitted", "contact.hold_requested"]
    proposal = (await bo.open(page)).path
    assert proposal.startswith("/proposals/"), "it waits for its answer"
    rui = await (await cast.reviewer()).open(f"/desk{proposal}/counter")
    await rui.send("/counter", show="1", first_due="2026-07-03")
    await rui.send("/counter")
    assert rui.status == 200 and (await cast.events(XIAOMINGS))[-1] == "proposal.countered", rui.text
    await bo.open(proposal)
    assert "10 July 2026 instead" in bo.text and "3 July 2026 instead" in bo.text and "0.00" not in bo.text
    await bo.send("/accept")
    await cast.signs(bo, proposal)
    assert "is due on 3 July 2026 instead" in bo.text
    for path in (await cast.loan(XIAOMINGS), proposal, "/loans"):
        await bo.open(path)
        assert bo.status == 200 and "The new dates count already" in bo.text, path
        assert "need be paid before that" not in bo.text, "it is due on its new day, booked or not"


async def test_a_lender_that_pauses_only_what_is_overdue_moves_no_date_at_once(cast: Cast) -> None:
    bo = await in_order(cast, f'{POLICY}[pause]\nscope = "overdue"\n')
    await bo.open(f"{await cast.loan(XIAOMINGS)}/next")
    assert bo.text.count("Not open to you. By the policy only what is overdue can be paused") == 2
    assert "It moves a date that is to come; at once only what is overdue is paused." in bo.text


async def test_a_loan_with_something_overdue_leads_to_a_plan(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    loan = await cast.loan(XIAOMINGS)
    assert f"{loan}/next" not in (await bo.open(loan)).links()
    assert (await bo.open(f"{loan}/next")).path == f"{loan}/plan"


async def test_within_a_plan_that_runs_one_moves_and_every_page_of_it_says_so(cast: Cast) -> None:
    await set_policy(cast.moment(), await lender_by_slug("jq"), POLICY, OPERATOR)
    bo = await cast.comes(GUO_TAOS)
    loan, plan = await cast.loan(GUO_TAOS), await cast.proposal(GUO_TAOS)
    assert f"{loan}/next" in (await bo.open(plan)).links()
    await bo.open(f"{loan}/next?way=move&first_due=2026-07-20")
    await cast.signs(bo, (await bo.send("/next")).path)
    for path in (loan, plan, "/loans"):
        assert "One payment has another day. It is due on 20 July 2026. The plan goes on." in (await bo.open(path)).text
        assert f"{loan}/next" not in bo.links() and "the plan is paused" not in bo.text
    for path in (f"{plan}/why", f"{loan}/why", f"{loan}/ahead", f"{loan}/pay"):
        assert "The plan is paused after" not in (await bo.open(path)).text
    async with on(cast, date(2026, 7, 21)) as later:
        bo = await later.comes(GUO_TAOS)
        assert "A payment is missing." in (await bo.open(plan)).text, "not paid on its new day"
        assert "3 August 2026" in bo.text, "fourteen days from that"


async def test_within_a_plan_that_runs_one_is_skipped_and_the_plan_stays_the_same_agreement(cast: Cast) -> None:
    """郭涛 owes 404.79 by his plan and 733.44 by the contract on 10 July: both move by a month."""
    await set_policy(cast.moment(), await lender_by_slug("jq"), POLICY, OPERATOR)
    bo = await cast.comes(GUO_TAOS)
    loan, plan = await cast.loan(GUO_TAOS), await cast.proposal(GUO_TAOS)
    await bo.open(f"{loan}/next?way=skip")
    assert "1,138.23 moves from 10 July 2026 to 10 August 2026" in bo.text
    proposal = (await bo.send("/next")).path
    assert proposal != plan
    await cast.signs(bo, proposal)
    assert bo.path.startswith("/agreements/") and "It is a part of the plan that runs" in bo.text
    paper = await tables.AgreementRow.get(ref=bo.path.rsplit("/", 1)[1])
    vault = cast.settings.vault()
    code = agreement_code(paper.ref, paper.hash, vault)
    assert await paper_state(paper.ref, code, vault, lambda _: TODAY) is PaperState.IN_FORCE, "as its plan is"
    await bo.open(proposal)
    assert "Part of your plan." in bo.text and "made it part of the plan" in bo.text
    assert f"{GUO_TAOS}: Part of your plan." in (await bo.open("/loans")).text
    await bo.open(plan)
    assert "Until 10 July 2026 the plan is paused." in bo.text and "10 August 2026" in bo.text
    assert await tables.ProposalLineRow.filter(live_loan__isnull=False, proposal__ref=plan.rsplit("/", 1)[1]).exists()
    for path in (f"/desk{proposal}", f"/desk{plan}"):
        assert (await (await cast.reviewer()).open(path)).status == 200
    assert (await cast.events(GUO_TAOS))[-3:] == ["agreement.signed", "plan.varied", "plan.paused"]


async def test_something_extra_goes_over_the_plans_payments_one_after_the_other(cast: Cast) -> None:
    """郭涛 has 1,000.00 more than he must pay: 404.79, 404.79 and 190.42 of the third, 214.37 is left of that one."""
    bo = await cast.comes(GUO_TAOS)
    loan = await cast.loan(GUO_TAOS)
    await bo.open(f"{loan}/pay?what=other&amount=1000&installment=plan-in-turn")
    assert "It goes to the plan's payments first, one after the other, as you chose." in bo.text
    reached = words(bo).split("Which installments it reaches")[-1]
    whole = "Of this payment of the plan ¥404.79 was left. paid in full ¥404.79"
    for day, goes in (
        ("10 July", whole),
        ("10 August", whole),
        ("10 September", "Of this payment of the plan ¥404.79 was left. ¥214.37 is left of it ¥190.42"),
    ):
        assert f"Payment of the plan, {day} 2026 {goes}" in reached
    await bo.send("/pay", paid="1000.00", paid_on="2026-06-14", installment="plan-in-turn")
    claim = await tables.PaymentClaimRow.all().order_by("-id").first()
    assert claim is not None and (claim.installment_no, claim.plan_installment_no) == (4, None)
    money = Payment("EXTRA", TODAY, 100000, installment=claim.installment_no)
    jq = await lender_by_slug("jq")
    await record_payments(cast.moment(), jq, [PaymentRecord(1, GUO_TAOS, money, None)], cast.settings.vault())
    await bo.open(await cast.proposal(GUO_TAOS))
    assert "¥1,023.95" in words(bo), "214.37 of the third, and twice 404.79"
