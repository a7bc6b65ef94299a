"""A storm of sign-ins: whoever comes fifth in the line is sent away with words, and other pages go on."""

import asyncio
import threading

import pytest

from portal.tables import models as tables
from portal.web import passwords
from tests.pages.conftest import Cast

pytestmark = pytest.mark.anyio


async def test_the_fifth_in_line_is_asked_to_come_back_and_other_pages_answer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    monkeypatch.setattr(passwords, "_verify", lambda *_: held.wait(20))
    people = [cast.browser() for _ in range(6)]
    for bo in people:
        await bo.open("/sign-in")
    trying = [
        asyncio.create_task(bo.send("/sign-in", phone=f"1390000000{n}", password="x"))
        for n, bo in enumerate(people[:5])
    ]
    while passwords._in_line < 5:
        await asyncio.sleep(0.01)
    await people[5].send("/sign-in", phone="13900000009", password="x")
    assert people[5].status == 503 and people[5].headers["retry-after"] == "5"
    assert "few minutes" in people[5].text
    tries = await tables.ThrottleRow.all().order_by("-tries").values_list("tries", flat=True)
    assert tries == [5, *[1] * 15], "five from here, and at each of five numbers in three ways; the sixth is no guess"
    other = cast.browser()
    await other.open("/help/penalty")
    assert other.status == 200
    held.set()
    await asyncio.gather(*trying)


async def test_the_thread_of_passwords_gives_way_to_every_other() -> None:
    import os

    nice = await passwords._in_turn(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert nice == 10
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < 10
