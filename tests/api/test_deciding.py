"""Deciding over HTTP: the same acts as at the desk, by somebody of the staff whom the lender's system names."""

import json
from typing import Any

import httpx2
import pytest

from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from tests.api.conftest import Core
from tests.pages.conftest import AN, LAN, RUI, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

SIX = {"installments": 6, "first_due": "2026-07-10"}


class Decider:
    """The lender's own desk system: it reads a proposal, and says what 睿 decided on it."""

    def __init__(self, client: httpx2.AsyncClient, ref: str) -> None:
        self.client, self.address = client, f"/api/v1/proposals/{ref}"

    async def read(self) -> dict[str, Any]:
        return dict((await self.client.get(self.address)).json())

    async def decides(self, decision: str, key: str = "", **more: Any) -> httpx2.Response:
        """On what it reads now, unless another version is named."""
        body = {"decision": decision, "decided_by": RUI, **more}
        if "expected_version" not in body:
            body["expected_version"] = (await self.read())["expected_version"]
        headers = {"idempotency-key": key} if key else {}
        return await self.client.post(f"{self.address}/decision", json=body, headers=headers)


async def decider(core: Core, cast: Cast, loan_no: str = ZHOU_MINS) -> Decider:
    return Decider(await core("proposals"), (await cast.proposal(loan_no)).rpartition("/")[2])


async def told(kind: str) -> dict[str, Any]:
    """The newest event of that type, as it was chained."""
    row = await tables.EventRow.filter(type=kind).order_by("-id").first()
    assert row is not None
    return dict(json.loads(bytes(row.body)))


async def test_a_counter_reaches_the_borrower_and_tells_who_decided_and_by_which_key_it_came(
    core: Core, cast: Cast
) -> None:
    """Six times 420.74 for twelve of 210.37; sent twice under a key it is one, without a key the second is too late."""
    system = await decider(core, cast)
    seen = (await system.read())["expected_version"]
    offer = {"offer": SIX, "note": "六期可以", "expected_version": seen}
    first = await system.decides("counter", "once", **offer)
    again = await system.decides("counter", "once", **offer)
    assert first.json()["state"] == "countered" and not first.json()["waits_for_second"]
    assert (again.status_code, again.json()) == (200, first.json())
    late = await system.decides("counter", **offer)
    assert (late.status_code, late.json()["state"], late.json()["version"]) == (409, "countered", 2)
    assert late.json()["expected_version"] > seen
    event = await told("proposal.countered")
    rui, key = await tables.StaffRow.get(email=RUI), await tables.ApiKeyRow.all().order_by("-id").first()
    assert key is not None and event["actor"] == {"kind": "staff", "ref": rui.ref}
    assert (event["data"]["through"], event["idempotency_key"]) == (key.ref, "once")
    assert (await cast.events(ZHOU_MINS)).count("proposal.countered") == 1
    zhou = await (await cast.comes(ZHOU_MINS)).open(await cast.proposal(ZHOU_MINS))
    assert "420.74" in zhou.text and "六期可以" in zhou.text
    assert [each["note"] for each in (await system.read())["history"]][-1] == "六期可以"
    await settle_writes()
    looks = await tables.AccessRow.filter(what="loan.looked", actor_kind="key").values_list("actor_ref", "subject")
    assert looks == [(key.ref, f"loan:{(await tables.LoanRow.get(loan_no=ZHOU_MINS)).ref}")]


async def test_what_is_beyond_the_policy_is_accepted_by_saying_so_and_then_signed(core: Core, cast: Cast) -> None:
    system = await decider(core, cast)
    broken = [each["rule"] for each in (await system.read())["breaks"]]
    unsaid = await system.decides("accept")
    assert broken and (unsaid.status_code, [each["rule"] for each in unsaid.json()["breaks"]]) == (409, broken)
    assert (await system.decides("accept", beyond=["max_months"])).status_code == 409
    done = await system.decides("accept", beyond=broken)
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert (await cast.events(ZHOU_MINS))[-2:] == ["proposal.under_review", "proposal.accepted"]
    zhou = await cast.comes(ZHOU_MINS)
    assert "210.37" in (await zhou.open(await cast.proposal(ZHOU_MINS))).text
    assert (await system.decides("decline", reason="too_long", nearest="none")).status_code == 409


async def test_a_decline_promises_the_nearest_that_was_told_and_needs_a_person_and_a_reason(
    core: Core, cast: Cast
) -> None:
    system = await decider(core, cast)
    seen = await system.read()
    nearest, promised = seen["nearest"], seen["nearest_yes"]
    assert promised["offer"]["covers"] == "overdue" and nearest.endswith(f":{promised['valid_until']}")
    for wrong, field in (
        ({"nearest": nearest}, "reason"),
        ({"reason": "too_long"}, "nearest"),
        ({"reason": "other", "nearest": nearest}, "note"),
        ({"reason": "too_long", "nearest": nearest, "why": "x"}, "why"),
        ({"reason": "too_long", "nearest": nearest, "decided_by": "nobody@jq.example"}, "decided_by"),
        ({"reason": "too_long", "nearest": nearest, "decided_by": AN}, "decided_by"),
    ):
        said = await system.decides("decline", **wrong)
        assert said.status_code == 422 and [each["field"] for each in said.json()["errors"]] == [field], wrong
    otherwise = await system.decides("decline", reason="too_long", nearest="none")
    assert (otherwise.status_code, otherwise.json()["nearest"]) == (409, nearest)
    assert (await system.decides("decline", reason="too_long", nearest=nearest)).json()["state"] == "declined"
    event = (await told("proposal.declined"))["data"]
    assert (event["reason"], event["nearest_yes"]) == ("too_long", promised)
    zhou = await (await cast.comes(ZHOU_MINS)).open(await cast.loan(ZHOU_MINS))
    assert "The plan takes longer than we can agree to" in zhou.text


async def test_a_question_is_asked_in_the_borrowers_language_and_taking_up_says_who(core: Core, cast: Cast) -> None:
    system = await decider(core, cast)
    assert (await system.decides("ask")).json()["errors"][0]["field"] == "note"
    seen = (await system.read())["expected_version"]
    assert (await system.decides("review")).json()["state"] == "under_review"
    stale = await system.decides("ask", question="pay_day", expected_version=seen)
    assert (stale.status_code, stale.json()["state"], stale.json()["expected_version"]) == (
        409,
        "under_review",
        seen + 1,
    )
    assert (await system.read())["assignee"] == (await tables.StaffRow.get(email=RUI)).ref
    assert (await system.decides("ask", question="pay_day")).json()["state"] == "info_requested"
    zhou = await (await cast.comes(ZHOU_MINS, "zh-CN")).open(await cast.proposal(ZHOU_MINS))
    assert "您每月几号方便还款" in zhou.text


async def test_a_waiver_beyond_what_one_may_decide_waits_for_a_colleague_at_the_desk(core: Core, cast: Cast) -> None:
    """200.00 is what one decides alone, and 睿 let 20.00 go this month: 180.01 takes two, and so does 250.00 of 岚."""
    system = await decider(core, cast)
    offer = {**SIX, "waiver": {"interest": "180.01"}}
    unexplained = await system.decides("counter", offer=offer)
    assert (unexplained.status_code, unexplained.json()["errors"][0]["field"]) == (422, "why")
    asked = await system.decides("counter", offer=offer, why="住院三个月")
    assert (asked.json()["state"], asked.json()["waits_for_second"]) == ("under_review", True)
    assert (await system.read())["waits_for_second"]["until"] == "2026-06-17"
    more = {**SIX, "waiver": {"interest": "250.00"}}
    twice = await system.decides("counter", offer=more, why="再看看", decided_by=LAN)
    assert (twice.status_code, twice.json()["state"]) == (409, "under_review")
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.proposal(ZHOU_MINS)}")
    assert "住院三个月" in lan.text
    await lan.send("/approve")
    assert (await cast.events(ZHOU_MINS))[-1] == "proposal.countered"


async def test_a_counter_is_drawn_as_at_the_desk_and_never_worse_than_what_the_policy_takes(
    core: Core, cast: Cast
) -> None:
    system = await decider(core, cast)
    for offer, field in (
        ({"first_due": "2026-07-10"}, "offer.installments"),
        ({**SIX, "first_due": "2026-06-01"}, "offer.first_due"),
        ({**SIX, "waiver": {"penalty": "9999.00"}}, "offer.waiver.penalty"),
        ({"kind": "pause", "first_due": "2026-07-10", "installments": 3}, "offer.installments"),
        ({"kind": "settlement", "first_due": "2026-07-10", "settle": "99999.00"}, "offer.settle"),
        ({**SIX, "interest_rate": "1.5"}, "offer.interest_rate"),
    ):
        said = await system.decides("counter", offer=offer)
        assert said.status_code == 422 and [each["field"] for each in said.json()["errors"]] == [field], offer
    worse = await system.decides("counter", offer={**SIX, "interest_rate": "0.24"})
    assert worse.status_code == 422 and worse.json()["better"]["offer"]["interest_rate"] == "0"
    pause = await system.decides("counter", offer={"kind": "pause", "first_due": "2026-07-10"})
    assert pause.json()["state"] == "countered" and (await system.read())["kind"] == "pause"


async def test_who_has_left_decides_no_more_and_another_lenders_proposal_looks_like_none(
    core: Core, cast: Cast
) -> None:
    system = await decider(core, cast)
    other = Decider(await core("proposals", slug="yh"), system.address.rpartition("/")[2])
    nobodys = Decider(other.client, "nosuchproposal")
    answers = [await each.decides("review", expected_version=1) for each in (other, nobodys)]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    await tables.StaffRow.filter(email=RUI).update(ended_at=cast.moment().at)
    assert (await system.decides("review")).json()["errors"][0]["field"] == "decided_by"
    by_ref = (await tables.StaffRow.get(email=LAN)).ref
    assert (await system.decides("review", decided_by=by_ref)).status_code == 200
    assert (await (await core("portfolio")).get(system.address)).status_code == 403
