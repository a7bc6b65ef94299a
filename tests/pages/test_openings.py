"""Thirty openings of personal data an hour: the next is refused in words and told to the admin, who has them all."""

import json
import re
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from portal.actions.access import note_access
from portal.tables import models as tables
from tests.pages.conftest import LAN, RUI, XIAOMINGS, ZHOU_MINS, Cast
from tests.pages.test_number import NEW, proposes

pytestmark = pytest.mark.anyio

REFUSED = "You have opened names and numbers 30 times within an hour, and no more is possible."


async def opened(cast: Cast, times: int, ago: timedelta = timedelta(minutes=40), email: str = RUI) -> None:
    """So often one of the staff has opened Zhou Min's number since."""
    staff, loan = await tables.StaffRow.get(email=email), await tables.LoanRow.get(loan_no=ZHOU_MINS)
    for nth in range(times):
        at = datetime.now(UTC) - ago + timedelta(seconds=nth)
        who, lender = ("staff", staff.ref), staff.lender_id  # type: ignore[attr-defined]
        await note_access(who, "personal.opened:speak", at, subject=f"loan:{loan.ref}", lender_id=lender)


async def test_the_thirtieth_opens_and_the_next_is_refused_until_the_hour_has_passed(cast: Cast) -> None:
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    await opened(cast, 29)
    rui = await cast.reviewer()
    address = f"/desk{await cast.loan(XIAOMINGS)}"
    await rui.open(address)
    await rui.send("/open", reason="speak")
    assert rui.status == 200 and "王小明" in rui.text
    await rui.open(address)
    await rui.send("/open", reason="speak")
    assert rui.status == 429 and "王小明" not in rui.html and "13800000001" not in rui.html
    assert rui.filled("/open")["reason"] == "speak", "what was chosen is still chosen"
    assert REFUSED in rui.text and f"whoever needs more now asks there: {LAN}." in rui.text
    assert re.search(r"The next can be opened from \d+ \w+ \d{4} \d\d:\d\d on", rui.text)
    with patch("portal.web.guard.now", lambda: datetime.now(UTC) + timedelta(minutes=21)):
        await rui.send("/open", reason="speak")
    assert rui.status == 200 and "王小明" in rui.text


async def test_a_colleagues_openings_count_for_the_colleague(cast: Cast) -> None:
    await opened(cast, 30, email=LAN)
    await opened(cast, 30, ago=timedelta(minutes=61))
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    await rui.send("/open", reason="speak")
    assert rui.status == 200 and "王小明" in rui.text


async def test_it_is_told_to_the_lender_once_an_hour_however_often_it_is_tried(cast: Cast) -> None:
    await opened(cast, 30)
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    for _ in range(3):
        await rui.send("/open", reason="speak")
        assert rui.status == 429
    assert "your lender has no admin here who could be asked" in rui.text
    (event,) = await tables.EventRow.filter(type="personal.refused")
    staff, told = await tables.StaffRow.get(email=RUI), json.loads(bytes(event.body))
    assert (told["actor"], told["loan_no"]) == ({"kind": "staff", "ref": staff.ref}, "")
    assert told["data"].items() >= {"staff": staff.ref, "openings": 30}.items()
    assert await tables.AccessRow.filter(what="personal.refused").count() == 1
    assert await tables.AccessRow.filter(what__startswith="personal.opened").count() == 30


async def test_a_number_that_waits_is_shown_in_full_to_nobody_who_opened_too_many(cast: Cast) -> None:
    await proposes(cast)
    await opened(cast, 30, email=LAN)
    lan = await cast.reviewer(LAN)
    await lan.open(f"/desk{await cast.loan(XIAOMINGS)}/number")
    assert lan.status == 429 and REFUSED in lan.text
    assert NEW not in lan.html and not [f for f in lan.forms if f.action.endswith("/number")]


async def test_the_admin_sees_on_the_queue_who_was_refused_and_nobody_else_does(cast: Cast) -> None:
    await opened(cast, 30)
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    await rui.send("/open", reason="speak")
    await rui.open("/desk")
    assert "was refused" not in rui.text and "/desk/openings" not in rui.links()
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    lan = await cast.reviewer(LAN)
    await lan.open("/desk")
    assert "Opening names and numbers was refused" in lan.text and RUI in lan.text
    assert "/desk/openings" in lan.links()
    with patch("portal.web.desk.queue.REFUSED_SHOWN", timedelta()):
        await lan.open("/desk")
    assert "was refused" not in lan.text


async def test_the_admin_has_a_list_of_who_whose_when_and_why(cast: Cast) -> None:
    await opened(cast, 30)
    rui = await cast.reviewer()
    await rui.open(f"/desk{await cast.loan(XIAOMINGS)}")
    await rui.send("/open", reason="speak")
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/openings")
    assert lan.status == 200
    assert f"{RUI} 王＊＊ JQ-2026-0001 refused, since it was too often" in lan.text
    assert lan.text.count(f"{RUI} 周＊ {ZHOU_MINS} To speak with the borrower") == 30
    assert "周敏" not in lan.html and "王小明" not in lan.html
    await rui.open("/desk/openings")
    assert rui.status == 404


async def test_the_list_goes_on_behind_the_last_row_whatever_is_opened_meanwhile(cast: Cast) -> None:
    await opened(cast, 60, ago=timedelta(hours=9))
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/openings")
    assert lan.text.count(ZHOU_MINS) == 50 and "The newest" not in lan.text
    (older,) = [link for link in lan.links() if "before=" in link]
    await opened(cast, 3)
    await lan.open(older)
    assert lan.text.count(ZHOU_MINS) == 10 and "The newest" in lan.text and "Earlier ones" not in lan.text
    for odd in ("0", "x", "９", "-1", "9" * 40):
        await lan.open(f"/desk/openings?before={odd}")
        assert lan.status == 200


async def test_openings_of_before_a_lender_stood_in_them_are_found_by_its_staff(cast: Cast) -> None:
    await opened(cast, 2)
    await tables.AccessRow.filter(what__startswith="personal.opened").update(lender_id=None, seq=None)
    await tables.StaffRow.filter(email=LAN).update(role="admin")
    lan = await cast.reviewer(LAN)
    await lan.open("/desk/openings")
    assert lan.text.count(ZHOU_MINS) == 2
