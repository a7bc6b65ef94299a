"""What a page cost stands at its foot in a demo started with `--debug`, and on no page anywhere else."""

import re
from dataclasses import fields

import pytest

from portal.settings import Settings, from_environment
from tests.pages.conftest import SECRET, XIAOMINGS, ZHOU_MINS, Cast

pytestmark = pytest.mark.anyio

FOOT = re.compile(
    r"(?P<method>GET|POST): statements (?P<statements>\d+), ledger walks (?P<walks>\d+), events (?P<events>\d+), ms \d+"
)


def feet(text: str) -> list[dict[str, str]]:
    return [found.groupdict() for found in FOOT.finditer(text)]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_a_loans_page_tells_what_it_cost_and_one_that_is_not_there_next_to_nothing(
    counted: Cast, language: str
) -> None:
    bo = await counted.comes(XIAOMINGS, language)
    await bo.open(await counted.loan(XIAOMINGS))
    (foot,) = feet(bo.text)
    assert foot["method"] == "GET" and foot["events"] == "0"
    assert 3 <= int(foot["statements"]) <= 4 and 1 <= int(foot["walks"]) <= 20
    nowhere = await counted.browser(language).open("/nowhere")
    assert [(found["statements"], found["walks"]) for found in feet(nowhere.text)] == [("0", "0")]


async def test_the_page_after_a_change_tells_what_the_change_cost_once(counted: Cast) -> None:
    bo = await counted.comes(ZHOU_MINS)
    await bo.open(await counted.proposal(ZHOU_MINS))
    before = await counted.told()
    await bo.send("/withdraw")
    change, page = feet(bo.text)
    assert (await counted.told())[len(before) :] == ["proposal.withdrawn", "contact.hold_ended"]
    assert (change["method"], change["events"]) == ("POST", "2")
    assert (page["method"], page["events"]) == ("GET", "0")
    await bo.open(bo.path)
    assert [found["method"] for found in feet(bo.text)] == ["GET"]


async def test_where_it_was_not_asked_for_no_page_tells_of_it(cast: Cast) -> None:
    bo = await cast.comes(XIAOMINGS)
    await bo.open(await cast.loan(XIAOMINGS))
    assert not feet(bo.text) and "statements" not in bo.html


async def test_no_variable_of_the_environment_turns_it_on() -> None:
    names = [f"PORTAL_{field.name.upper()}" for field in fields(Settings)] + ["PORTAL_DEBUG"]
    usual = {"PORTAL_SECRET": SECRET, "PORTAL_DATABASE": "sqlite://x.db", "PORTAL_BASE_URL": "http://127.0.0.1:8000"}
    odd = {"PORTAL_SMS": "log", "PORTAL_LOG": "text", "PORTAL_BUSINESS_DATE": "2026-06-14", "PORTAL_SMS_URL": ""}
    keys = {"PORTAL_DATA_KEY": SECRET, "PORTAL_AUDIT_KEY": SECRET, "PORTAL_METRICS_TOKEN": SECRET}
    settings = from_environment(dict.fromkeys(names, "1") | usual | odd | keys)
    assert settings.debug and not settings.show_cost
