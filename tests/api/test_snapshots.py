"""Over HTTP and at the desk: what a later row of a loan may say otherwise, and how that is answered and shown."""

import json
from typing import Any

import httpx2
import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.reads.cases import lender_by_slug
from portal.tables import models as tables
from tests.api.conftest import Core
from tests.pages.conftest import Cast
from tests.snapshots import REFUSED, TAKEN, XIAOMINGS, Row, named, numbered, row, told

pytestmark = pytest.mark.anyio


async def tells(client: httpx2.AsyncClient, *rows: Row, **flags: str) -> httpx2.Response:
    return await client.post("/api/v1/portfolio", json=list(rows), params=flags)


async def happened(number: str) -> list[Any]:
    loan = await tables.LoanRow.get(loan_no=number)
    rows = await tables.EventRow.filter(stream=f"loan:{loan.id}").order_by("feed")
    return [json.loads(bytes(each.body)) for each in rows]


async def desk(cast: Cast, number: str) -> str:
    rui = await cast.reviewer()
    loan = await tables.LoanRow.get(loan_no=number)
    return (await rui.open(f"/desk/loans/{loan.ref}")).html


async def test_what_may_not_change_is_refused_by_its_index_and_the_loan_is_stale_at_the_desk(
    core: Core, cast: Cast
) -> None:
    befores, nows = numbered(REFUSED.values())
    async with await core("portfolio") as client:
        assert (await tells(client, *befores)).status_code == 200
        stopped = await tells(client, *nows)
        assert stopped.status_code == 422
        for index, (name, case) in enumerate(REFUSED.items()):
            bad = [each for each in stopped.json()["errors"] if each["index"] == index]
            assert named(case, bad) and {each["loan_no"] for each in bad} == {f"S-{index}"}, (name, bad)
        taken = (await tells(client, *nows, row(loan_no="S-99"), skip_bad="true")).json()
        assert (taken["added"], taken["stale"]) == (1, len(nows))
    assert "did not renew this loan" in await desk(cast, "S-0")


async def test_what_may_change_is_answered_and_stands_in_the_loans_history(core: Core, cast: Cast) -> None:
    befores, nows = numbered(TAKEN.values())
    async with await core("portfolio") as client:
        assert (await tells(client, *befores)).status_code == 200
        said = (await tells(client, *nows)).json()
    assert said["changed"] == len(nows)
    for number, (name, case) in enumerate(TAKEN.items()):
        assert told(case, said["changes"][number]), name
    shown = {name: await desk(cast, f"S-{number}") for number, name in enumerate(TAKEN)}
    assert "Rate a year: 18% → 12%" in shown["another rate"]
    charge = "C-1, on 1 April 2026, due 1 April 2026, kind Fees, amount ¥60.00"
    assert f"Charges: {charge} → –" in shown["a charge that is gone"]
    assert "withdrew a charge that is no longer in its books" in shown["a charge that is gone"]
    assert "corrected a payment" in shown["a payment of another amount"]
    old, now = (f"P-2, received 15 February 2026, amount ¥{amount}" for amount in ("1,100.16", "1,000.16"))
    assert f"{old} → {now}" in shown["a payment of another amount"]
    assert "stated other figures than ours: ¥3,413.12 overdue on " in shown["a payment of another amount"]
    assert "Closed: on 13 June 2026, reason the loan was sold → –" in shown["a loan that was closed is asked for again"]


async def test_another_phone_is_applied_told_by_its_name_and_guarded_whoever_sent_it(core: Core, cast: Cast) -> None:
    bo = await cast.walks_in(XIAOMINGS)
    borrower = {**row()["borrower"], "phone": "+8613800000099", "name": "王小明明"}
    async with await core("portfolio") as client:
        said = (await tells(client, row(borrower=borrower))).json()
    assert (said["changed"], said["changed_fields"]) == (1, {"borrower.name": 1, "borrower.phone": 1})
    assert said["changes"][0]["borrowers"] == {"B-1": ["name", "phone"]}
    kept = await tables.BorrowerRow.get(external_id="B-1", lender__slug="jq")
    assert kept.number_waits_until is not None and kept.number_changed_at is not None
    assert await tables.InvitationRow.filter(borrower_id=kept.id, ended_at__isnull=True).count() == 0
    (session,) = await tables.SessionRow.filter(person_id=kept.person_id, ended_at__isnull=True)  # type: ignore[attr-defined]
    assert session.proven_lenders == "" and session.changed_lenders != ""
    event = await tables.EventRow.filter(type="borrower.changed").order_by("-id").first()
    assert event is not None and b"+86" not in bytes(event.body)
    shown = await desk(cast, XIAOMINGS)
    assert "sent other details of the borrower" in shown and "<li>Phone</li>" in shown
    assert bo.status == 200


async def test_figures_are_compared_whatever_the_policy_and_both_sides_are_told(core: Core, cast: Cast) -> None:
    lender = await lender_by_slug("jq")
    await set_policy(cast.moment(), lender, '[statement]\ntolerance = "5.00"\n', OPERATOR)
    stated = {**row()["statement"], "penalty": "112.65"}
    async with await core("portfolio", "payments") as client:
        await tells(client, row(statement=stated))
        differs = (await happened(XIAOMINGS))[-1]
        assert differs["type"] == "statement.differs"
        data = differs["data"]
        assert (data["stated"]["penalty"], data["computed"]["penalty"]) == ("112.65", "112.64")
        assert (data["differs"], data["tolerated"], data["components"]) == (["penalty"], True, [])
        await tells(client, row())
        agrees = (await happened(XIAOMINGS))[-1]
        assert agrees["type"] == "statement.agrees" and agrees["data"]["stated"] == agrees["data"]["computed"]
        paid = {"loan_no": XIAOMINGS, "id": "P-3", "received_on": "2026-06-10", "amount": "100.00"}
        assert (await client.post("/api/v1/payments", json=[paid])).status_code == 200
        again = (await happened(XIAOMINGS))[-1]
        assert (again["type"], again["data"]["tolerated"]) == ("statement.differs", False)
        before = len(await happened(XIAOMINGS))
        late = {**paid, "id": "P-4", "received_on": "2026-06-14"}
        assert (await client.post("/api/v1/payments", json=[late])).json()["added"] == 1
        assert (await happened(XIAOMINGS))[before]["type"] == "payment.received"


async def test_a_bad_payment_costs_itself_alone_where_that_was_asked_for_and_a_correction_is_answered(
    core: Core,
) -> None:
    paid = [{"loan_no": XIAOMINGS, "id": f"N-{n}", "received_on": "2026-06-10", "amount": "1.00"} for n in range(5)]
    bad = [*paid[:2], {**paid[2], "received_on": "2026-06-15"}, *paid[3:]]
    async with await core("payments") as client:
        stopped = await client.post("/api/v1/payments", json=bad)
        assert stopped.status_code == 422 and stopped.json()["errors"][0]["index"] == 2
        taken = (await client.post("/api/v1/payments", json=bad, params={"skip_bad": "true"})).json()
        assert (taken["added"], taken["bad"], taken["bad_rows"][0]["index"]) == (4, 1, 2)
        said = (await client.post("/api/v1/payments", json=[{**paid[0], "amount": "2.00"}])).json()
        assert (said["corrected"], said["corrections"][0]["old"]["amount"]) == (1, "1.00")
        twice = await client.post("/api/v1/payments", json=[paid[2], {**paid[2], "amount": "3.00"}])
        assert twice.status_code == 422 and "is here twice" in twice.json()["errors"][0]["problem"]
