"""A list answered at once, at its edges: what went meanwhile, what is long, what was broken off, and sums by hand."""

import csv
import json
from typing import Any

import pytest

from portal.actions import bulk as bulk_actions
from portal.jobs import bulk as bulk_job
from portal.jobs import bulk_preview
from portal.jobs.runner import MOST_ATTEMPTS
from portal.tables import models as tables
from tests.pages.conftest import LAN, RUI, WU_LEIS, ZHOU_MINS, Cast
from tests.pages.test_bulk import confirms, last, looked_through, parts, ref_of
from tests.pages.test_imports import worker

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("at_rest")]


async def test_what_was_taken_back_meanwhile_is_given_to_nobody(cast: Cast) -> None:
    rui = await looked_through(cast, await cast.reviewer(), "assign", "/desk")
    assert parts(rui)[0] == [ZHOU_MINS, WU_LEIS]
    wu = await (await cast.comes(WU_LEIS)).open(await cast.proposal(WU_LEIS))
    await wu.send("/withdraw")
    await confirms(cast, rui, assignee=LAN)
    assert "1 done, 1 not done." in rui.text
    assert f"{WU_LEIS} Not done: it has changed since it was shown. Now: Withdrawn" in rui.text
    by_email = dict(await tables.StaffRow.all().values_list("email", "ref"))
    held = {each.ref: each.assignee for each in await tables.ProposalRow.all()}
    assert held[await ref_of(cast, ZHOU_MINS)] == by_email[LAN] != held[await ref_of(cast, WU_LEIS)]


async def test_a_list_longer_than_what_is_looked_at_in_one_stretch_is_whole(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two, one in each stretch; and of the number that begins a formula the sheet makes a text."""
    monkeypatch.setattr(bulk_preview, "_AT_ONCE", 1)
    await tables.LoanRow.filter(loan_no=ZHOU_MINS).update(loan_no="=1+1")
    rui = await looked_through(cast, await cast.reviewer(), "ask", "/desk")
    assert parts(rui)[0] == ["=1+1", WU_LEIS]
    await confirms(cast, rui, question="pay_day", note="")
    answer = await rui.client.get(f"{rui.path}/answers.csv")
    rows = csv.DictReader(answer.text.lstrip("\ufeff").splitlines())
    assert [(each["loan_no"], each["outcome"]) for each in rows] == [("'=1+1", "ask"), (WU_LEIS, "ask")]


async def test_what_was_asked_to_be_waived_is_not_what_declining_promises(cast: Cast) -> None:
    """周敏 asks for 120.00 to be let go; the six payments that would be accepted at once are all of 2,524.44."""
    offer = await tables.OfferRow.get(proposal__ref=await ref_of(cast, ZHOU_MINS))
    plan = json.loads(offer.plan)
    plan["waived"] |= {"penalty": "120.00", "total": "120.00"}
    await tables.OfferRow.filter(id=offer.id).update(plan=json.dumps(plan))
    rui = await looked_through(cast, await cast.reviewer(), "decline")
    assert "Promised to 2 Nothing promised to 0 Waived by what is promised ¥0.00" in rui.text
    assert f"6 × ¥420.74, every month – {ZHOU_MINS}" in rui.text, "nothing of it is waived"


def dies_at(monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
    """The machine goes down before the nth is answered, each time from there on."""
    tried = 0

    async def answered(*given: Any) -> None:
        nonlocal tried
        tried += 1
        if tried >= nth:
            raise RuntimeError("the machine went down")
        await bulk_actions.answer_item(*given)

    monkeypatch.setattr(bulk_job, "NOTED_EVERY_SECONDS", -1)
    monkeypatch.setattr(bulk_job, "answer_item", answered)


async def test_what_was_noted_before_it_was_broken_off_is_counted_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    rui = await looked_through(cast, await cast.reviewer(), "ask", "/desk")
    dies_at(monkeypatch, 2)
    await rui.send(rui.path, question="pay_day", note="")
    assert await worker(cast)
    assert "1 of 2 so far." in (await rui.open(rui.path)).text
    monkeypatch.setattr(bulk_job, "answer_item", bulk_actions.answer_item)
    assert await worker(cast)
    assert "2 done, 0 not done." in (await rui.open(rui.path)).text
    assert f"{RUI} 2 0 " in (await rui.open("/desk/bulk")).text
    assert [await last(cast, each) for each in (ZHOU_MINS, WU_LEIS)] == ["proposal.info_requested"] * 2


async def test_of_one_that_is_given_up_what_was_answered_stays_and_the_words_are_forgotten(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    rui = await looked_through(cast, await cast.reviewer(), "ask", "/desk")
    dies_at(monkeypatch, 2)
    await rui.send(rui.path, note="请说明收入。")
    for _ in range(MOST_ATTEMPTS + 1):
        await worker(cast)
    text = (await rui.open(rui.path)).text
    assert "1 done, 0 not done." in text and "what is not listed here was not answered" in text
    (job,) = await tables.JobRow.filter(kind="bulk")
    assert job.state == "failed" and json.loads(job.options)["note"] == ""
    assert "proposal.info_requested" not in await cast.events(WU_LEIS)
