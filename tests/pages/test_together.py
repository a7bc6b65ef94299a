"""刘洋 has two loans at 佳泉 that are overdue, and one amount for both."""

import json
from urllib.parse import urlencode

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.payments import record_payments
from portal.actions.proposals import book
from portal.demo import TODAY
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import Actor
from portal.reads.cases import lender_by_slug
from portal.reads.proposals import desk_proposal
from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import LIU_YANGS, XIAOMINGS, Cast

pytestmark = pytest.mark.anyio

OTHER = "JQ-2026-0015"


@pytest.fixture
async def bo(cast: Cast) -> Browser:
    """刘洋 with both loans, and the page of the one amount open."""
    bo = await cast.comes(LIU_YANGS)
    return await (await cast.enter(bo, OTHER)).open("/together/jq")


def asked(**typed: str) -> str:
    return "/together/jq?" + urlencode({"amount": "1500", "every": "1m", "first_due": "2026-07-01", **typed})


async def test_the_overview_leads_to_it_and_it_asks_what_he_can_pay_before_it_proposes_anything(bo: Browser) -> None:
    """1,490.73 and 459.39 are overdue, in six payments 326.00 rounded up; 300.00 is the least a month.

    The contracts ask for 733.44 on 1 July and 453.65 on 20 June.
    """
    assert bo.filled("/together/jq")["amount"] == "" and "In all" not in bo.text
    assert "Fill in the answers above to see your plans." in bo.text
    assert "¥326.00 a month or more is accepted at once" in bo.text
    assert "they ask for ¥1,187.09 within the next 30 days" in bo.text
    assert "/together/jq" in (await bo.open("/loans")).links()


async def test_one_after_the_other_is_accepted_at_once_though_the_second_begins_later(bo: Browser) -> None:
    """At 500.00 the first takes three payments, July to September; the second begins on 1 October, not within a month.
    In July 500.00 of the plans stand beside 733.44 and 453.65 of the contracts.
    """
    await bo.open(asked(amount="500", spread="oldest-first"))
    assert "1 October 2026" in bo.text and "accepted at once, also at night" in bo.text
    assert "+ contracts ¥1,187.09" in bo.text
    assert "= ¥1,687.09" in bo.text
    await bo.send("/together/jq")
    assert bo.path.startswith("/proposals/") and "The lender accepted your plan." in bo.text


async def test_a_part_of_the_amount_is_no_installment_too_small(bo: Browser) -> None:
    """Of 400.00 the second loan's part is 94.23; all of it is more than the 300.00 a month that the policy asks for."""
    await bo.open(asked(amount="400"))
    assert "94.2" in bo.text and "accepted at once, also at night" in bo.text


async def test_each_loan_shows_its_part_and_both_are_added_up(bo: Browser) -> None:
    await bo.open(asked())
    # 1,490.73 and 459.39 are overdue: 1,146.65 and 353.35 of 1,500.00 each month, by their parts.
    for part in ("1,146.65", "353.35", "1,490.73", "459.39", "1,950.12"):
        assert part in bo.text, part


async def test_sent_once_both_are_accepted_and_each_leads_to_the_other(cast: Cast, bo: Browser) -> None:
    await bo.open(asked())
    await bo.send("/together/jq", note="两笔一起还")
    assert bo.path in (await cast.proposal(LIU_YANGS), await cast.proposal(OTHER))
    other = ({await cast.proposal(LIU_YANGS), await cast.proposal(OTHER)} - {bo.path}).pop()
    assert other in bo.links() and "Sent together with it" in bo.text
    for loan_no in (LIU_YANGS, OTHER):
        assert (await cast.events(loan_no))[-3:] == [
            "proposal.submitted",
            "contact.hold_requested",
            "proposal.accepted",
        ]
    told = [
        json.loads(bytes(body))
        for body in await tables.EventRow.filter(type="proposal.submitted").values_list("body", flat=True)
    ]
    joined = [each["data"]["together"] for each in told if each["loan_no"] in (LIU_YANGS, OTHER)]
    assert len(joined) == 2 and joined[0] and joined[0] == joined[1]


async def test_below_the_least_installment_a_person_looks_at_both(cast: Cast, bo: Browser) -> None:
    await bo.open(asked(amount="250"))
    assert "¥300.00" in bo.text and "You have an answer by 17 June 2026" in bo.text
    await bo.send("/together/jq")
    rui = await (await cast.reviewer()).open(f"/desk{await cast.proposal(LIU_YANGS)}")
    assert f"/desk{await cast.proposal(OTHER)}" in rui.links() and OTHER in rui.text


async def test_at_the_desk_a_part_of_the_amount_is_no_installment_too_small_either(cast: Cast, bo: Browser) -> None:
    """300.00 a month for both, 229.33 and 70.67: seven times is too long, but 300.00 is enough."""
    await bo.open(asked(amount="300"))
    await bo.send("/together/jq")
    for loan_no in (LIU_YANGS, OTHER):
        rui = await (await cast.reviewer()).open(f"/desk{await cast.proposal(loan_no)}")
        rules = rui.text.split("The rules of your policy")[1].split("The contract alone")[0]
        assert "It keeps every other rule." in rules and "A month" not in rules and "300.00" not in rules, rules


async def test_pressed_twice_it_is_sent_once(cast: Cast, bo: Browser) -> None:
    await bo.open(asked())
    await bo.open(asked())
    form = bo.filled("/together/jq")
    await bo.post("/together/jq", form)
    await bo.post("/together/jq", form)
    assert bo.status == 200 and bo.path == "/loans"
    assert (await cast.events(OTHER)).count("proposal.submitted") == 1


async def test_where_one_of_them_got_a_plan_in_another_tab_nothing_is_sent(cast: Cast, bo: Browser) -> None:
    await bo.open(asked())
    form = bo.filled("/together/jq")
    await bo.open(f"{await cast.loan(OTHER)}/plan")
    await bo.send("/plan")
    await bo.post("/together/jq", {**form, "note": "一起"})
    assert bo.path == "/loans"
    assert "proposal.submitted" not in await cast.events(LIU_YANGS)


async def test_where_one_of_them_was_closed_meanwhile_nothing_is_sent(cast: Cast, bo: Browser) -> None:
    await bo.open(asked())
    form = bo.filled("/together/jq")
    everything = Payment("P-all", TODAY, 900_000)
    records = [PaymentRecord(1, OTHER, everything, None)]
    await record_payments(cast.moment(), await lender_by_slug("jq"), records, cast.settings.vault())
    await bo.post("/together/jq", {**form, "note": "一起"})
    assert bo.path == "/loans"
    assert "proposal.submitted" not in await cast.events(LIU_YANGS) + await cast.events(OTHER)


async def test_where_one_of_them_is_closed_later_the_other_plan_goes_on(cast: Cast, bo: Browser) -> None:
    await bo.open(asked())
    await bo.send("/together/jq")
    for loan_no in (LIU_YANGS, OTHER):
        assert (await cast.signs(bo, await cast.proposal(loan_no))).path.startswith("/agreements/")
        await is_booked(cast, loan_no)
    records = [PaymentRecord(1, OTHER, Payment("P-all", TODAY, 900_000), None)]
    await record_payments(cast.moment(), await lender_by_slug("jq"), records, cast.settings.vault())
    assert (await cast.events(OTHER))[-1] == "contact.hold_ended" and "plan.completed" in await cast.events(OTHER)
    assert "plan.completed" not in await cast.events(LIU_YANGS)
    # 1,490.73 of the one that stays: 1,146.65 and 344.08.
    await bo.open(await cast.proposal(LIU_YANGS))
    assert "The plan is running." in bo.text and "1,146.65" in bo.text


async def is_booked(cast: Cast, loan_no: str) -> None:
    ref = (await cast.proposal(loan_no)).rpartition("/")[2]
    proposal = await desk_proposal(ref, (await lender_by_slug("jq")).id)
    author = Author(Actor("lender", "core"), cast.settings.vault())
    await book(Acting(author, FormToken(proposal.case.seq), cast.moment()), proposal, f"K-{ref}", "")


async def test_a_stale_page_is_shown_as_it_is_now_with_what_was_typed(cast: Cast, bo: Browser) -> None:
    await bo.open(asked())
    form = bo.filled("/together/jq")
    stale = " ".join(f"{each.split(':')[0]}:0" for each in form["expected_version"].split())
    await bo.post("/together/jq", {**form, "expected_version": stale, "note": "一起还"})
    assert bo.status == 409 and "一起还" in bo.html
    await bo.post("/together/jq", {**form, "expected_version": "forged:1", "note": "一起还"})
    assert bo.status == 409
    await bo.post("/together/jq", {**form, "as_of": "2026-06-13"})
    assert bo.status == 409 and "another day" in bo.text
    await bo.post("/together/jq", {**form, "policy": "99"})
    assert bo.status == 409 and "rules have changed" in bo.text
    assert "proposal.submitted" not in [*await cast.events(LIU_YANGS), *await cast.events(OTHER)]


async def test_bad_answers_are_said_beside_their_field(cast: Cast, bo: Browser) -> None:
    await bo.open(asked())
    form = bo.filled("/together/jq")
    await bo.post("/together/jq", {**form, "amount": "很多", "first_due": "2026-06-01"})
    assert bo.status == 422 and "很多" in bo.text
    await bo.post("/together/jq", {**form, "amount": "0.01"})
    assert bo.status == 422 and "¥0.02" in bo.text


async def test_more_than_all_that_is_left_over_is_refused(bo: Browser) -> None:
    await bo.open(asked(left_over="1000"))
    assert "¥1,000.00 is left over" in bo.text


async def test_who_has_one_loan_there_is_led_to_the_overview(cast: Cast) -> None:
    bo = await (await cast.comes(XIAOMINGS)).open("/together/jq")
    assert bo.path == "/loans" and "/together/jq" not in bo.links()
    assert (await bo.open("/together/yh")).path == "/loans"


async def in_dollars(*numbers: str) -> None:
    await tables.ContractRow.filter(loan__loan_no__in=numbers).update(currency="USD")


async def test_loans_in_two_currencies_are_never_added_nor_spread_over(cast: Cast, bo: Browser) -> None:
    await in_dollars(OTHER)
    overview = await bo.open("/loans")
    assert not [each for each in overview.links() if each.startswith("/together")] and "together" not in bo.text
    assert (await bo.open(asked())).path == "/loans"


async def test_loans_in_another_currency_are_one_amount_in_that_and_the_policys_amounts_say_nothing_of_it(
    cast: Cast, bo: Browser
) -> None:
    """The least installment of the policy is 200.00, in yuan; of 400.00 dollars the second loan's part is 94.23."""
    await in_dollars(LIU_YANGS, OTHER)
    assert "/together/jq?currency=USD" in (await bo.open("/loans")).links()
    assert (await bo.open("/together/jq?currency=CNY")).path == "/loans"
    await bo.open(asked(currency="USD", amount="400"))
    assert "In all US$1,950.12 over 2 loans" in bo.text and "¥" not in bo.text
    assert "accepted at once, also at night" in bo.text
    await bo.send("/together/jq")
    assert bo.path.startswith("/proposals/")
