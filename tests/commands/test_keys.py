"""An operator gives a lender's system a key, sees which there are, and ends one."""

import re
from datetime import datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from portal.actions.api_keys import PURPOSES
from tests.commands.conftest import Terminal


@pytest.fixture
def jq(empty: Terminal) -> Terminal:
    for slug in ("jq", "yh"):
        assert empty("lender", "add", slug, "--name", slug).code == 0
    return empty


def test_a_key_is_shown_once_listed_without_its_secret_and_ended(jq: Terminal) -> None:
    made = jq("key", "add", "--lender", "jq", "--name", "core", "--purpose", "events", "--purpose", "payments")
    secret = made.out.strip()
    assert made.code == 0 and re.fullmatch(r"rp_[\w-]{30,}", secret)
    assert secret not in made.err and "shown once" in made.err

    [listed] = jq("key", "list", "--lender", "jq").out.splitlines()
    assert secret not in listed
    ref = listed.split()[0]
    assert "works, never used, until " in listed and listed.endswith("events payments  core")

    assert jq("key", "end", ref, "--lender", "jq").code == 0
    assert " ended " in jq("key", "list", "--lender", "jq").out
    again = jq("key", "end", ref, "--lender", "jq")
    assert (again.code, again.err) == (1, f"REF: There is no key {ref} that still works.\n")

    told = [event for event in jq("events", "--lender", "jq", "--json").lines if event["type"].startswith("key.")]
    assert [event["type"] for event in told] == ["key.added", "key.ended"]
    assert all(event["stream"].startswith("lender:") and event["data"]["key"] == ref for event in told)
    assert secret not in str(told)


def test_a_key_for_nothing_said_is_for_everything(jq: Terminal) -> None:
    jq("key", "add", "--lender", "jq")
    assert " ".join(sorted(PURPOSES)) in jq("key", "list", "--lender", "jq").out


def test_a_key_for_everything_says_so_and_how_to_have_a_narrower_one(jq: Terminal) -> None:
    said = jq("key", "add", "--lender", "jq")
    assert f"for everything there is today: {', '.join(sorted(PURPOSES))}." in said.err and "--purpose" in said.err
    assert "everything" not in jq("key", "add", "--lender", "jq", "--purpose", "events").err


def test_what_a_later_version_can_do_a_key_of_today_cannot(jq: Terminal) -> None:
    jq("key", "add", "--lender", "jq")
    later = (*PURPOSES, "gossip")
    with patch("portal.actions.api_keys.PURPOSES", later), patch("portal.commands.api_keys.PURPOSES", later):
        assert "gossip" not in jq("key", "list", "--lender", "jq").out
        assert jq("key", "add", "--lender", "jq", "--purpose", "gossip").code == 0
    [old, new] = jq("key", "list", "--lender", "jq").out.splitlines()
    assert "gossip" not in old and "gossip" in new


def test_a_key_runs_out_after_a_year_or_on_the_day_that_was_said(jq: Terminal) -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    for typed, last in (("", 365), ("30", 30), (str(today + timedelta(days=700)), 700), ("730", 730)):
        said = jq("key", "add", "--lender", "jq", *(("--expires", typed) if typed else ()))
        day = str(today + timedelta(days=last))
        assert said.code == 0 and f"It works until {day};" in said.err
        assert f"works, never used, until {day}  " in jq("key", "list", "--lender", "jq").out.splitlines()[-1]
    added = [e for e in jq("events", "--lender", "jq", "--json").lines if e["type"] == "key.added"]
    assert [e["data"]["expires_at"][11:] for e in added] == ["16:00:00+00:00"] * 4, "midnight where the lender is"


@pytest.mark.parametrize("typed", ["0", "731", "99999999", "2020-01-01", "2099-01-01", "soon", "-3", "１０年"])
def test_a_key_for_no_day_or_for_ever_is_refused(jq: Terminal, typed: str) -> None:
    said = jq("key", "add", "--lender", "jq", f"--expires={typed}")
    assert (said.code, said.out) == (1, "") and said.err.startswith("--expires: ")
    assert jq("key", "list", "--lender", "jq").out == ""


def test_an_operator_who_lists_keys_hears_a_fortnight_ahead_which_run_out(jq: Terminal) -> None:
    jq("key", "add", "--lender", "jq", "--expires", "10")
    jq("key", "add", "--lender", "jq", "--expires", "40")
    ref = jq("key", "list", "--lender", "jq").out.split()[0]
    assert jq("key", "list", "--lender", "jq").err == (
        f"{ref} runs out soon: `key add` another, deploy it, then `key end {ref}`\n"
    )


def test_another_lenders_key_is_neither_listed_nor_ended(jq: Terminal) -> None:
    jq("key", "add", "--lender", "jq")
    ref = jq("key", "list", "--lender", "jq").out.split()[0]
    assert jq("key", "list", "--lender", "yh").out == ""
    assert jq("key", "end", ref, "--lender", "yh").code == 1
    assert " works," in jq("key", "list", "--lender", "jq").out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("add", "--lender", "no"), 1, "--lender: there is no lender 'no'"),
        (("add",), 2, "--lender"),
        (("add", "--lender", "jq", "--purpose", "gossip"), 2, "invalid choice: 'gossip'"),
        (("end", "nobodys", "--lender", "jq"), 1, "There is no key nobodys"),
    ],
)
def test_an_odd_wish_for_a_key_is_refused(jq: Terminal, words: tuple[str, ...], code: int, says: str) -> None:
    said = jq("key", *words)
    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert jq("key", "list", "--lender", "jq").out == ""
