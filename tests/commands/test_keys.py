"""An operator gives a lender's system a key, sees which there are, and ends one."""

import re

import pytest

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
    assert "works, never used" in listed and listed.endswith("events payments  core")

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
    assert "booking contact events invitations payments portfolio" in jq("key", "list", "--lender", "jq").out


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
