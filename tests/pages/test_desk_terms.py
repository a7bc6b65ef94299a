"""What an offer covers, at what rate, and what is due beside it: shown at the desk, and answered in the same terms."""

import json
from typing import Any

import pytest

from portal.tables import models as tables
from tests.browser import Browser
from tests.pages.conftest import RUI, XIAOMINGS, ZHOU_MINS, Cast
from tests.pages.explained import unexplained

pytestmark = pytest.mark.anyio

WHOLE = "how=count&installments=36&every=1m&first_due=2026-07-15&covers=all"


async def asks(cast: Cast, terms: str) -> Browser:
    """王小明 sends these terms; 睿 looks at them."""
    bo = await cast.comes(XIAOMINGS)
    await bo.open(f"{await cast.loan(XIAOMINGS)}/plan?{terms}")
    await bo.send("/plan")
    rui = await cast.reviewer()
    return await rui.open(f"/desk{await cast.proposal(XIAOMINGS)}")


async def last_told(kind: str) -> dict[str, Any]:
    last = await tables.EventRow.filter(type=kind).order_by("-id").first()
    assert last is not None
    data: dict[str, Any] = json.loads(bytes(last.body))["data"]
    return data


async def explained(bo: Browser) -> None:
    seen: dict[str, str] = {}

    async def read(path: str) -> str:
        if path not in seen:
            seen[path] = (await bo.client.get(path)).text
        return seen[path]

    assert await unexplained(bo.path, bo.html, read) == []


async def test_a_plan_for_the_whole_loan_says_what_it_covers_at_what_rate_and_what_it_costs(cast: Cast) -> None:
    """10,777.48 over 36 months at 18 % are 389.18 each, 3,233.00 of it interest."""
    rui = await asks(cast, WHOLE)
    for said in (
        "What it is Plan for the whole loan",
        "Interest 18% a year, ¥3,233.00 in all",
        "First payment ¥389.18 on 15 July 2026",
        "Each ¥389.18, every month",
        "How many 36",
        "All still to pay, the contract included ¥14,010.48",
        "Last day 15 June 2029",
        "What it covers, on 14 June 2026 Penalty ¥112.64 Interest ¥518.96 Principal ¥10,145.88",
        "In all ¥10,777.48",
    ):
        assert said in rui.text, said
    assert "Most expensive month" not in rui.text
    await explained(rui)
    await rui.open("/desk")
    assert "36 × ¥389.18, every month the whole loan 18% interest a year" in rui.text


async def test_the_counter_speaks_of_the_same_terms_beside_the_borrowers(cast: Cast) -> None:
    rui = await asks(cast, WHOLE)
    await rui.open(f"/desk{await cast.proposal(XIAOMINGS)}/counter")
    await rui.send("/counter", installments="24", interest_rate="0", interest_only="", show="1")
    for said in ("Interest 18% a year, ¥3,233.00 in all none differs", "How many 36 24 differs"):
        assert said in rui.text, said
    assert "Each ¥389.18, every month ¥449.06, every month; the last ¥449.10 differs" in rui.text
    await explained(rui)
    await rui.send("/counter")
    told = await last_told("proposal.countered")
    assert (told["offer"]["covers"], told["offer"]["interest_rate"]) == ("all", "0")
    assert [each["term"] for each in told["differences"]] == ["installments", "interest_rate"]
    assert f"{RUI} answered with another plan" in rui.text


async def test_a_plan_beside_the_contract_becomes_one_for_the_whole_loan_at_the_policys_rate(cast: Cast) -> None:
    """The rate of a plan beside the contract is none, and is not kept where what it covers is changed."""
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.proposal(ZHOU_MINS)}/counter")
    assert "¥210.37 + ¥825.12 of the contract = ¥1,035.49" in rui.text and "收入降了，每月只能还这些。" in rui.text
    assert "All still to pay, the contract included ¥7,475.14 ¥7,475.14" in rui.text
    await rui.send("/counter", covers="all", installments="24", show="1")
    assert "What it is Plan for what is overdue Plan for the whole loan differs" in rui.text
    assert "Interest none 18% a year" in rui.text


async def test_a_settlement_is_called_one_and_of_what_and_is_answered_by_one(cast: Cast) -> None:
    rui = await asks(cast, "kind=settlement&settle=3000&first_due=2026-07-01&covers=overdue")
    for said in (
        "What it is Settlement of what is overdue",
        "Settlement: one payment of ¥3,000.00 by 1 July 2026; ¥413.12 is cancelled.",
        "It is for what is overdue alone: the installments of the contract go on.",
        "What is cancelled is final once the payment has come.",
        "Most expensive month ¥3,000.00 + ¥1,100.16 of the contract = ¥4,100.16",
        "Borrower asked to pay one sum and to have the rest cancelled",
    ):
        assert said in rui.text, said
    assert "every month" not in rui.text
    await explained(rui)
    counter = f"/desk{await cast.proposal(XIAOMINGS)}/counter"
    await rui.open(f"{counter}?covers=all&settle=10600&first_due=2026-07-01")
    assert "It is for the whole debt: once it is paid, nothing is owed." in rui.text
    await rui.send("/counter", covers="overdue", settle="3300", show="1")
    await rui.send("/counter")
    told = await last_told("proposal.countered")
    assert (told["offer"]["kind"], told["offer"]["covers"], told["waived"]["total"]) == (
        "settlement",
        "overdue",
        "113.12",
    )
    await rui.open("/desk?queue=borrower")
    assert "Settlement of what is overdue one payment of ¥3,300.00 by 1 July 2026" in rui.text


async def test_a_counter_that_is_worse_than_the_policy_is_said_so_before_and_not_sent(cast: Cast) -> None:
    """By a standing offer half of 49.08 penalty goes at once: two payments are 1,249.95, and 1,262.22 without it."""
    rui = await cast.reviewer()
    counter = f"/desk{await cast.proposal(ZHOU_MINS)}/counter"
    await rui.open(counter)
    await rui.send("/counter", installments="2", show="1")
    assert "At once your policy takes: 2 × ¥1,249.95, every month; ¥24.54 waived." in rui.text
    told = await cast.told()
    await rui.send("/counter", note="两期可以")
    assert rui.status == 422 and "so this one cannot be sent" in rui.text
    assert rui.filled("/counter")["note"] == "两期可以" and await cast.told() == told
    await rui.open(next(link for link in rui.links() if "waiver_penalty=24.54" in link))
    await rui.send("/counter")
    assert (await last_told("proposal.countered"))["waived"]["total"] == "24.54"
