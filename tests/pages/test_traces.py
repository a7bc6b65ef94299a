"""What leaves a trace: ways in that were tried and refused, roles and forms that do not fit, and looks at a loan."""

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from portal.tables import models as tables
from portal.tables.write_behind import settle_writes
from portal.web import refused_sign_ins
from tests.pages.conftest import DIGITS, RUI, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

TYPED = (
    "139 7777 0001",
    "+8613977770001",
    "13977770001",
    "CANARY-Passwort-9",
    "canary@jq.example",
    "CANARYTOKEN",
    "7C4N",
)


@pytest.fixture(autouse=True)
def a_minute_of_its_own() -> Iterator[None]:
    """Every test is tried from the same address, within one minute that does not pass while it runs."""
    refused_sign_ins._written.clear()
    began = datetime.now(UTC)
    with patch.object(refused_sign_ins, "clock", SimpleNamespace(now=lambda: began)):
        yield
    refused_sign_ins._written.clear()


async def rows(what: str) -> list[tables.AccessRow]:
    await settle_writes()
    return await tables.AccessRow.filter(what=what).order_by("id")


async def test_a_failed_sign_in_leaves_the_number_and_the_address_as_keyed_hashes_alone(cast: Cast) -> None:
    bo = await cast.browser().open("/sign-in")
    await bo.send("/sign-in", phone=TYPED[0], password=TYPED[3])
    assert bo.status == 422
    (row,) = await rows("sign-in-refused")
    vault = cast.settings.vault()
    assert (row.actor_kind, row.actor_ref, row.detail) == ("nobody", "", "wrong")
    assert row.subject == f"phone:{vault.lookup('phone', '+8613977770001')}"
    assert row.source == vault.lookup("source", "127.0.0.1") and row.seq


async def test_a_failed_sign_in_of_staff_is_there_too_and_one_that_is_right_is_not(cast: Cast) -> None:
    await cast.reviewer_walks_in()
    bo = await cast.browser().open("/desk/sign-in")
    await bo.send("/desk/sign-in", email=f" {RUI.upper()} ", password="wrong")
    (row,) = await rows("sign-in-refused")
    assert row.subject == f"email:{cast.settings.vault().lookup('email', RUI)}" and row.detail == "wrong"


async def test_whoever_tries_too_often_is_written_down_as_that_and_not_without_end(cast: Cast) -> None:
    bo = await cast.browser().open("/desk/sign-in")
    for _ in range(9):
        await bo.send("/desk/sign-in", email=RUI, password="wrong")
    assert bo.status == 429
    found = await rows("sign-in-refused")
    assert [row.detail for row in found] == ["wrong"] * refused_sign_ins.MOST_OF_ONE
    with patch.object(refused_sign_ins, "_minute", "the minute before"):
        await bo.send("/desk/sign-in", email=RUI, password="wrong")
        assert (await rows("sign-in-refused"))[-1].detail == "too-often"


async def test_many_addresses_at_once_do_not_fill_the_disk(cast: Cast) -> None:
    with patch.object(refused_sign_ins, "MOST_IN_ALL", 2), patch.object(refused_sign_ins, "MOST_OF_ONE", 99):
        for nth in range(4):
            await cast.browser().open(f"/i/nothing-{nth}")
    assert len(await rows("link-refused")) == 2


async def test_guesses_at_links_and_codes_are_written_down(cast: Cast) -> None:
    await cast.browser().open("/i/CANARYTOKEN")
    (row,) = await rows("link-refused")
    assert (row.detail, row.subject) == ("unknown", "")
    bo, link = cast.browser(), await cast.link(XIAOMINGS)
    await bo.open(link)
    await bo.send(link, digits="7C4N")
    assert [row.detail for row in await rows("link-refused")] == ["unknown", "wrong"]
    asking = await cast.browser().open("/sign-in/code")
    await asking.send("/sign-in/code", phone="13800000001", digits=DIGITS[XIAOMINGS])
    await asking.send("/enter", code="000000")
    assert [row.detail for row in await rows("code-refused")] == ["", "wrong"], "nobody came in with it, and a guess"


async def test_whoever_is_signed_in_and_fails_to_prove_it_is_named(cast: Cast) -> None:
    bo = await cast.comes(ZHOU_MINS)
    await bo.open("/account/prove")
    await bo.send("/prove", by="send")
    await bo.send("/prove", by="code", code="000000")
    (row,) = await rows("proof-refused")
    person = await tables.PersonRow.get(id=(await tables.SessionRow.all().order_by("-id").first()).person_id)  # type: ignore[union-attr]
    assert (row.actor_kind, row.actor_ref, row.detail) == ("borrower", person.ref, "wrong")


async def test_a_page_of_another_role_is_not_there_and_that_it_was_tried_is_written_down(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open("/desk/openings")
    await rui.open("/desk/staff")
    assert rui.status == 404
    staff = await tables.StaffRow.get(email=RUI)
    found = await rows("role-refused")
    assert [(row.actor_ref, row.detail) for row in found] == [
        (staff.ref, "desk_openings"),
        (staff.ref, "desk_staff"),
    ]
    assert found[0].lender_id == staff.lender_id  # type: ignore[attr-defined]


async def test_a_form_from_elsewhere_is_written_down_by_what_gave_it_away(cast: Cast) -> None:
    bo = await cast.browser().open("/sign-in")
    filled = bo.filled("/sign-in")
    await bo.post("/sign-in", filled, origin="https://elsewhere.example")
    assert bo.status == 403
    other = await cast.browser().open("/sign-in")
    answer = await other.client.post("/sign-in", data={**filled, "csrf": "made.up"})
    assert answer.status_code == 403
    found = await rows("form-refused")
    assert [(row.detail, row.subject) for row in found] == [("origin", "page:sign_in"), ("token", "page:sign_in")]


async def test_nothing_that_was_typed_is_in_a_row_or_anywhere_in_the_database(cast: Cast, tmp_path: Path) -> None:
    bo = await cast.browser().open("/sign-in")
    await bo.send("/sign-in", phone=TYPED[0], password=TYPED[3])
    await bo.open("/desk/sign-in")
    await bo.send("/desk/sign-in", email=TYPED[4], password=TYPED[3])
    await bo.open(f"/i/{TYPED[5]}")
    link = await cast.link(XIAOMINGS)
    await bo.open(link)
    await bo.send(link, digits=TYPED[6])
    await settle_writes()
    assert await tables.AccessRow.filter(actor_kind="nobody").count() == 4
    with sqlite3.connect(cast.settings.database.removeprefix("sqlite://")) as one:
        dump = "\n".join(one.iterdump())
    whole = dump.encode() + b"".join(file.read_bytes() for file in tmp_path.iterdir() if ".db" in file.name)
    assert [each for each in TYPED if each.encode() in whole] == []


async def test_opening_a_loan_at_the_desk_leaves_its_trace_once_in_ten_minutes(cast: Cast) -> None:
    rui = await cast.reviewer()
    address = f"/desk{await cast.loan(ZHOU_MINS)}"
    for path in (address, f"{address}/why", f"/desk{await cast.proposal(ZHOU_MINS)}", address):
        await rui.open(path)
        assert rui.status == 200
    (row,) = await rows("loan.looked")
    staff = await tables.StaffRow.get(email=RUI)
    assert (row.actor_ref, row.subject) == (staff.ref, f"loan:{address.rsplit('/', 1)[1]}")
    assert row.lender_id == staff.lender_id  # type: ignore[attr-defined]
    with patch("portal.web.guard.now", lambda: datetime.now(UTC) + timedelta(minutes=11)):
        await rui.open(address)
    assert len(await rows("loan.looked")) == 2
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    assert len(await rows("loan.looked")) == 3


async def test_problems_and_payments_of_a_loan_leave_it_too(cast: Cast) -> None:
    rui = await cast.reviewer()
    for queue in ("/desk/problems", "/desk/payments"):
        await rui.open(queue)
        before = len(await rows("loan.looked"))
        path = next(link for link in rui.links() if re.fullmatch(rf"{queue}/\w+", link))
        await rui.open(path)
        assert rui.status == 200 and len(await rows("loan.looked")) == before + 1, queue


async def test_a_look_writes_no_event_and_is_no_opening(cast: Cast) -> None:
    rui = await cast.reviewer()
    before = await cast.told()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    await settle_writes()
    assert await cast.told() == before
    xiaoming = await cast.comes(XIAOMINGS)
    await xiaoming.open("/account/data")
    assert "Nobody yet." in xiaoming.text
    assert json.dumps([row.what for row in await rows("loan.looked")]) == '["loan.looked"]'


async def test_a_wrong_present_password_of_whoever_is_at_the_desk_names_them(cast: Cast) -> None:
    rui = await cast.reviewer()
    await rui.open("/desk/account/password")
    await rui.send("/password", present="not this", password="a lamp beside the window")
    (row,) = await rows("proof-refused")
    staff = await tables.StaffRow.get(email=RUI)
    assert (row.actor_kind, row.actor_ref, row.lender_id) == ("staff", staff.ref, staff.lender_id)  # type: ignore[attr-defined]
