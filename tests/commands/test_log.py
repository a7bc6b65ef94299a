"""The log from outside: a feed without gaps that names nobody, chains that hold, schemas that say what comes."""

import json
import re
import sqlite3
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from portal.demo import PORTFOLIOS
from portal.vault import Vault
from tests.commands.conftest import SECRET, Terminal
from tests.schema import problems

LAST_PIECE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# What people of the demo write to each other, and who they are.
WORDS = ("收入降了", "每月几号", "希望分十二期", "八期我们", "时间太长", "rui@jq", "lan@jq", "佳泉", "银河")
ENVELOPE = {
    "id", "type", "schema_version", "lender", "loan_no", "stream", "seq", "feed", "occurred_at", "business_date",
    "actor", "proposal", "version", "correlation", "idempotency_key", "data",
}  # fmt: skip


@pytest.fixture
def log(staged_url: str) -> sqlite3.Connection:
    """The demo's database in the hands of somebody who should not have it."""
    return sqlite3.connect(staged_url.removeprefix("sqlite://"), isolation_level=None)


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


def test_the_feed_counts_on_without_a_gap_and_goes_on_where_the_reader_left_it(demo: Terminal) -> None:
    said = demo("events", "--lender", "jq", "--json")
    assert (said.code, said.err) == (0, "")
    assert [event["feed"] for event in said.lines] == list(range(1, len(said.lines) + 1))
    rest = demo("events", "--lender", "jq", "--after", 20, "--json")
    assert rest.out.splitlines() == said.out.splitlines()[20:]
    assert demo("events", "--lender", "jq", "--after", len(said.lines), "--json").out == ""
    assert {event["lender"] for event in demo("events", "--lender", "yh", "--json").lines} == {"yh"}


def test_every_event_has_the_envelope_and_each_loan_counts_on_by_itself(demo: Terminal) -> None:
    events = demo("events", "--lender", "jq", "--json").lines
    assert all(set(event) == ENVELOPE for event in events)
    assert len({event["id"] for event in events}) == len(events)
    ends: dict[str, int] = {}
    for event in events:
        assert event["seq"] == ends.get(event["stream"], 0) + 1
        ends[event["stream"]] = event["seq"]
    assert all(event["occurred_at"].endswith("Z") and event["business_date"] == "2026-06-14" for event in events)


def test_no_event_names_anybody_or_repeats_what_they_wrote(demo: Terminal) -> None:
    for lender in ("jq", "yh"):
        text = demo("events", "--lender", lender, "--json").out
        for someone in {each.who for contracts in PORTFOLIOS.values() for each in contracts}:
            assert someone.name not in text and someone.phone.removeprefix("+86") not in text
            assert someone.id_last4 not in [piece for line in text.splitlines() for piece in strings(json.loads(line))]
        assert [words for words in WORDS if words in text] == []
        assert re.findall(r"[^\x00-\x7f]", text) == []


def test_a_note_is_in_its_event_by_reference_and_salted_hash(demo: Terminal) -> None:
    events = demo("events", "--lender", "jq", "--json").lines
    notes = [event["data"]["note"] for event in events if event["data"].get("note")]
    assert len(notes) == 8
    assert all(set(note) == {"ref", "hash"} and len(note["hash"]) == 64 for note in notes)


def test_what_was_proposed_is_told_with_amounts_as_strings_beside_their_currency(demo: Terminal) -> None:
    events = demo("events", "--lender", "jq", "--json").lines
    (sent,) = [e for e in events if e["type"] == "proposal.submitted" and e["loan_no"] == "JQ-2026-0006"]
    assert sent["data"].items() >= {"as_of": "2026-06-14", "currency": "CNY", "hold_requested": True}.items()
    assert set(sent["data"]["balance"]) == {"costs", "fees", "penalty", "interest", "principal", "total"}
    assert sent["data"]["offer"].items() >= {
        "installments": 12, "first_due": "2026-07-10", "every": "1m", "down_payment": "0.00",
        "reason": "income_dropped",
    }.items()  # fmt: skip
    assert len(sent["data"]["schedule"]) == 12
    assert (sent["actor"]["kind"], sent["version"]) == ("borrower", 1)
    # 9,000 at 18 % in twelve: 825.12 each; nos. 4 to 6 of April to June are overdue.
    total = sum(int(row["total"].replace(".", "")) for row in sent["data"]["schedule"])
    assert total == int(sent["data"]["balance"]["total"].replace(".", ""))


def test_without_json_the_feed_is_a_list_to_read(demo: Terminal) -> None:
    lines = demo("events", "--lender", "jq").out.splitlines()
    assert lines[0].split()[0] == "1" and "lender.added" in lines[0]


def test_every_event_of_the_demo_is_what_the_published_schema_says(demo: Terminal) -> None:
    schema = demo("schema", "events").json
    for lender in ("jq", "yh"):
        for event in demo("events", "--lender", lender, "--json").lines:
            assert problems(schema, event) == []
    assert problems(schema, {**event, "type": "gossip"}) and problems(schema, {**event, "name": "王小明"})


@pytest.mark.parametrize("which", ["portfolio", "policy", "events"])
def test_a_schema_says_which_draft_it_is_in_and_keeps_to_it(demo: Terminal, which: str) -> None:
    said = demo("schema", which)
    assert (said.code, said.err) == (0, "")
    assert said.json["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert said.json["type"] == "object"
    problems(said.json, {})  # knows every keyword, or raises


def test_the_demos_portfolio_and_policy_are_what_their_schemas_say(demo: Terminal) -> None:
    import tomllib

    from portal.demo import DEMO_POLICY, portfolio

    schema = demo("schema", "portfolio").json
    for line in portfolio("jq").splitlines():
        assert problems(schema, json.loads(line)) == []
    assert problems(schema, {**json.loads(line), "nickname": "x"})
    policy = demo("schema", "policy").json
    assert problems(policy, tomllib.loads(DEMO_POLICY)) == []
    assert problems(policy, {"plan": {"max_months": 61}}) and problems(policy, {"plan": {"most": 6}})


def test_every_link_of_the_demo_holds(demo: Terminal) -> None:
    said = demo("audit", "verify")
    assert (said.code, said.out) == (0, "")
    assert re.fullmatch(r"\d+ events, every link holds\n\d+ rows of the access log, every link holds\n", said.err)


@pytest.mark.parametrize(
    ("deed", "found"),
    [
        (
            "UPDATE event SET body = replace(body, '\"installments\":12', '\"installments\":13')"
            " WHERE type = 'proposal.submitted' AND id = (SELECT min(id) FROM event WHERE type = 'proposal.submitted')",
            r"loan:\d+ 2: its content is not what was chained",
        ),
        (
            "DELETE FROM event WHERE id = (SELECT id FROM event WHERE type = 'proposal.submitted' LIMIT 1)",
            r".*: an event is missing or out of order",
        ),
        (
            "DELETE FROM event WHERE id = (SELECT max(id) FROM event WHERE lender_id = 1)",
            r"feed:jq \d+: ends before \d+: an event is missing",
        ),
        (
            "UPDATE event SET seq = CASE seq WHEN 2 THEN 1003 WHEN 3 THEN 1002 ELSE seq END"
            " WHERE stream = (SELECT stream FROM event WHERE type = 'proposal.under_review' LIMIT 1);"
            "UPDATE event SET seq = seq - 1000 WHERE seq > 1000",
            r"loan:\d+ 3: follows 1: an event is missing or out of order",
        ),
        (
            "UPDATE event SET feed = CASE feed WHEN 5 THEN 1006 WHEN 6 THEN 1005 ELSE feed END WHERE lender_id = 1;"
            "UPDATE event SET feed = feed - 1000 WHERE feed > 1000",
            r"loan:\d+ 1: feed position 6 follows 4: an event is missing or out of order",
        ),
        (
            "UPDATE event SET previous = '" + "0" * 64 + "' WHERE type = 'proposal.countered'",
            r"loan:\d+ \d+: does not name the event before it",
        ),
        (
            "UPDATE event SET type = 'proposal.accepted' WHERE type = 'proposal.declined'",
            r"loan:\d+ \d+: is filed under another type than was chained",
        ),
    ],
)
def test_whoever_changes_removes_or_reorders_an_event_is_found_out(
    demo: Terminal, log: sqlite3.Connection, deed: str, found: str
) -> None:
    log.create_function("replace", 3, lambda body, old, new: body.replace(old.encode(), new.encode()))
    log.executescript(deed)
    said = demo("audit", "verify")
    assert (said.code, said.out) == (1, "")
    assert re.fullmatch(found + "\n", said.err)
    log.close()


def test_the_history_a_person_reads_is_the_feed_the_lender_reads(demo: Terminal, staged_url: str) -> None:
    """One row, three readers: the page, the auditor and the lender's system."""
    with sqlite3.connect(staged_url.removeprefix("sqlite://")) as rows:
        bodies = [body.decode() for (body,) in rows.execute("SELECT body FROM event WHERE lender_id = 1 ORDER BY feed")]
    assert demo("events", "--lender", "jq", "--json").out.splitlines() == bodies


def test_a_reader_who_has_had_enough_is_no_error(staged_file: Path) -> None:
    import os
    import subprocess
    import sys

    from tests.commands.conftest import SECRET

    env = {**os.environ, "PORTAL_DATABASE": f"sqlite://{staged_file}", "PORTAL_SECRET": SECRET}
    command = f"{sys.executable} -m portal events --lender jq --json | head -c 1"
    done = subprocess.run(command, shell=True, env=env, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{", "")


def test_a_downloaded_agreement_is_the_one_that_was_signed_or_is_not(
    demo: Terminal, log: sqlite3.Connection, tmp_path: Path
) -> None:
    ((ref, key, sealed),) = log.execute(
        "SELECT a.ref, p.key, a.sealed FROM agreement a JOIN proposal q ON q.id = a.proposal_id "
        "JOIN person p ON p.id = q.person_id ORDER BY a.id LIMIT 1"
    )
    file = tmp_path / "agreement.html"
    file.write_text(Vault(SECRET).unseal(key, sealed), encoding="utf-8")
    said = demo("agreement", "verify", file)
    found = re.search(rf"is agreement {ref}, signed at (\S+),", said.err)
    assert said.code == 0 and found
    assert datetime.fromisoformat(found[1]).astimezone(ZoneInfo("Asia/Shanghai")).date() == date(2026, 6, 14)
    file.write_text(file.read_text(encoding="utf-8").replace("187.00", "187.01"), encoding="utf-8")
    said = demo("agreement", "verify", file)
    assert said.code == 1 and "or was changed" in said.err
    assert demo("agreement", "verify", tmp_path / "none.html").err.startswith("FILE: there is no file")
