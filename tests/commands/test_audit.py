"""The log as evidence: a line kept elsewhere finds what whoever has the database can chain anew."""

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from portal.actions.access import note_access, prune_access
from portal.domain.conduct.access_log import AccessLogEntry, canonical_row
from portal.domain.event import GENESIS, link
from portal.tables.connection import connected
from tests.commands.conftest import Said, Terminal

NOW = datetime(2026, 6, 14, 8, tzinfo=UTC)
AT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class Hand:
    """Somebody who has the database, and nothing else."""

    def __init__(self, url: str) -> None:
        self.url, self.file = url, Path(url.removeprefix("sqlite://"))
        self.rows = sqlite3.connect(self.file, isolation_level=None)

    def rechain(self, stream: str) -> None:
        """Makes the rest of a chain of events fit what was done to one of them."""
        previous = GENESIS
        for id_, body in self.rows.execute("SELECT id, body FROM event WHERE stream = ? ORDER BY seq", (stream,)):
            digest = link(previous, body)
            self.rows.execute("UPDATE event SET previous = ?, hash = ? WHERE id = ?", (previous, digest, id_))
            previous = digest

    def rechain_looks(self, chain: str, begins: int = 0, previous: str = GENESIS) -> None:
        """The same for a chain of the access log, numbered anew, so that nothing is missing."""
        lender = chain.partition(":")[2] or None
        names = "id, at, actor_kind, actor_ref, what, subject, detail, source"
        kept = self.rows.execute(f"SELECT {names} FROM access WHERE lender_id IS ? ORDER BY seq", (lender,)).fetchall()
        seq = begins
        for seq, (id_, at, *told) in enumerate(kept, begins + 1):
            digest = link(previous, canonical_row(AccessLogEntry(chain, seq, datetime.fromisoformat(at), *told)))
            self.rows.execute(
                "UPDATE access SET seq = ?, previous = ?, hash = ? WHERE id = ?", (seq, previous, digest, id_)
            )
            previous = digest
        self.rows.execute("UPDATE chain_head SET seq = ?, hash = ? WHERE name = ?", (seq, previous, chain))


@pytest.fixture
def hand(staged_url: str) -> Iterator[Hand]:
    asyncio.run(_looks(staged_url, range(6)))
    found = Hand(staged_url)
    yield found
    found.rows.close()


async def _looks(url: str, days: range) -> None:
    async with connected(url):
        for day in days:
            at = NOW + timedelta(days=day)
            await note_access(("staff", "rui"), "personal.opened:speak", at, subject=f"loan:l{day}", lender_id=1)
            await note_access(("nobody", ""), "sign-in-refused", at, detail="password", source="s" * 64)


async def _prune(url: str, lender_id: int | None, before: date) -> int:
    async with connected(url):
        return await prune_access(lender_id, datetime(before.year, before.month, before.day, tzinfo=UTC))


def head(terminal: Terminal) -> str:
    said = terminal("audit", "head")
    assert said.code == 0 and said.out.count("\n") == 1
    return said.out.strip()


def test_one_line_says_how_far_everything_goes_and_names_nobody(demo: Terminal, hand: Hand) -> None:
    line = head(demo)
    (events,) = hand.rows.execute("SELECT count(*) FROM event").fetchone()
    ends = dict(hand.rows.execute("SELECT slug, feed FROM lender").fetchall())
    assert re.match(rf"portal-audit-head 1 {AT} events={events} feeds=jq:{ends['jq']}:[0-9a-f]{{64}},", line)
    assert re.search(r" access=:\d+:[0-9a-f]{64},jq:6:[0-9a-f]{64} key=[0-9a-f]{16} mac=[0-9a-f]{64}$", line)
    assert head(demo).partition(" events=")[2].partition(" key=")[0] in line, "the same log has the same head"


def test_without_a_key_of_its_own_it_is_said_against_whom_a_head_protects_nobody(
    demo: Terminal, environment: pytest.MonkeyPatch
) -> None:
    said = demo("audit", "head")
    assert said.err.startswith("PORTAL_AUDIT_KEY: is not set") and "database and the environment" in said.err
    environment.setenv("PORTAL_AUDIT_KEY", "a key for the nightly head and nothing else")
    assert demo("audit", "head").err == ""


def test_everything_is_as_it_was_and_still_is_after_much_was_added(demo: Terminal, hand: Hand) -> None:
    line = head(demo)
    said = demo("audit", "verify", "--head", line)
    assert said.code == 0
    assert said.err.splitlines()[1] == f"{looks(hand)} rows of the access log, every link holds"
    assert re.fullmatch(rf"everything is as it was at the head of {AT}, and 0 events more", said.err.splitlines()[-1])
    asyncio.run(_looks(hand.url, range(6, 9)))
    demo("staff", "add", "min@jq.example", "--lender", "jq", "--role", "agent")
    said = demo("audit", "verify", "--head", line)
    assert said.code == 0 and said.err.splitlines()[-1].endswith(", and 1 events more")


def looks(hand: Hand) -> int:
    (count,) = hand.rows.execute("SELECT count(*) FROM access").fetchone()
    return int(count)


def test_the_last_line_of_a_file_of_heads_is_taken_from_standard_input(demo: Terminal, hand: Hand) -> None:
    import io

    lines = f"{head(demo)}\n{head(demo)}\n\n"
    with patch("sys.stdin", io.StringIO(lines)):
        assert demo("audit", "verify", "--head", "-").code == 0
    with patch("sys.stdin", io.StringIO("")):
        said = demo("audit", "verify", "--head", "-")
    assert said.code == 1 and said.err.startswith("--head: This is not a line of `audit head`")


def test_a_mistyped_line_and_one_under_another_key_are_no_fault_of_the_log(
    demo: Terminal, environment: pytest.MonkeyPatch
) -> None:
    line = head(demo)
    said = demo("audit", "verify", "--head", line.replace("feeds=jq:", "feeds=qj:"))
    assert said.code == 1 and "a character was changed or mistyped" in said.err and "feed:" not in said.err
    environment.setenv("PORTAL_AUDIT_KEY", "a key for the nightly head and nothing else")
    said = demo("audit", "verify", "--head", line)
    assert said.code == 1 and "was made under another key" in said.err


def test_an_event_rewritten_and_chained_anew_is_found_with_its_lender(demo: Terminal, hand: Hand) -> None:
    line = head(demo)
    ((id_, stream, body),) = hand.rows.execute(
        "SELECT id, stream, body FROM event WHERE type = 'proposal.declined' ORDER BY id LIMIT 1"
    )
    assert b'"reason":"' in body
    other = re.sub(rb'"reason":"[a-z_]+"', b'"reason":"other_reason"', body)
    hand.rows.execute("UPDATE event SET body = ? WHERE id = ?", (other, id_))
    hand.rechain(stream)
    assert demo("audit", "verify").code == 0, "the database alone cannot tell"
    said = demo("audit", "verify", "--head", line)
    assert said.code == 1
    assert re.fullmatch(r"feed:jq \d+: an event up to here is not what it was at the head: .+\n", said.err)


def test_an_end_cut_off_with_the_counter_lowered_is_found(demo: Terminal, hand: Hand) -> None:
    line = head(demo)
    hand.rows.execute("DELETE FROM event WHERE id = (SELECT max(id) FROM event WHERE lender_id = 1)")
    hand.rows.execute("UPDATE lender SET feed = feed - 1 WHERE id = 1")
    (left,) = hand.rows.execute("SELECT feed FROM lender WHERE id = 1").fetchone()
    assert demo("audit", "verify").code == 0, "the database alone cannot tell"
    said = demo("audit", "verify", "--head", line)
    assert said.code == 1
    assert re.match(rf"feed:jq: ends at {left}, but at the head of {AT} it went to {left + 1}\n", said.err)


def test_a_lender_taken_out_of_the_database_is_found(demo: Terminal, hand: Hand) -> None:
    line = head(demo)
    hand.rows.execute("UPDATE lender SET slug = 'other' WHERE slug = 'yh'")
    assert "feed:yh: ends at 0, but" in beside(demo, hand, line).err


def beside(demo: Terminal, hand: Hand, line: str) -> Said:
    """What a head finds where the chains in the database hold, as after somebody made them hold."""
    from portal.commands import audit

    async def nothing_broken() -> object:
        return
        yield

    with patch.object(audit, "broken_links", nothing_broken):
        return demo("audit", "verify", "--head", line)


def test_a_restored_backup_of_last_night_says_so_against_todays_head(
    demo: Terminal, hand: Hand, tmp_path: Path
) -> None:
    last_night, before = shutil.copy(hand.file, tmp_path / "backup.db"), head(demo)
    demo("staff", "add", "min@jq.example", "--lender", "jq", "--role", "agent")
    asyncio.run(_looks(hand.url, range(6, 9)))
    today = head(demo)
    hand.rows.close()
    shutil.copy(last_night, hand.file)
    said = demo("audit", "verify", "--head", today)
    assert said.code == 1
    assert re.search(r"^access:jq: ends at 6, but at the head of .* it went to 9$", said.err, re.M)
    assert "restored from a backup of before the head" in said.err
    assert demo("audit", "verify", "--head", before).code == 0, "and with last night's head nothing is amiss"


@pytest.mark.parametrize(
    ("deed", "found"),
    [
        ("UPDATE access SET subject = 'loan:other' WHERE seq = 2 AND lender_id = 1", "access:jq 2: its content is not"),
        (
            "UPDATE access SET at = '2026-06-13 08:00:00.000000+00:00' WHERE seq = 2 AND lender_id = 1",
            "access:jq 2: its",
        ),
        ("DELETE FROM access WHERE seq = 3 AND lender_id = 1", "access:jq 4: follows 2: a row is missing"),
        ("DELETE FROM access WHERE seq = 6 AND lender_id = 1", "access:jq 5: ends before 6: a row is missing"),
        ("DELETE FROM access WHERE lender_id = 1", "access:jq 0: ends before 6: a row is missing"),
        ("DELETE FROM access WHERE lender_id IS NULL", r"access 0: ends before \d+: a row is missing"),
        ("DELETE FROM chain_head WHERE name = 'access:1'", "access:jq 6: has rows, and nothing says where they end"),
        ("UPDATE access SET lender_id = 2 WHERE seq = 6", r"access:yh 6: follows 0: a row is missing"),
        ("UPDATE access SET seq = NULL WHERE seq = 6 AND lender_id = 1", "access 0: is not in the chain"),
        ("UPDATE chain_head SET hash = 'x' WHERE name = 'access:1'", "access:jq 6: is not the row that the chain is"),
        (
            "DELETE FROM access WHERE seq <= 2 AND lender_id = 1; UPDATE chain_head SET pruned_seq = 2, pruned_hash ="
            " (SELECT previous FROM access WHERE seq = 3 AND lender_id = 1) WHERE name = 'access:1'",
            "access:jq 2: begins behind it, and no row tells of a pruning: its beginning was cut off",
        ),
    ],
)
def test_whoever_changes_or_empties_the_access_log_is_found_out(
    demo: Terminal, hand: Hand, deed: str, found: str
) -> None:
    hand.rows.executescript(deed)
    said = demo("audit", "verify")
    assert (said.code, said.out) == (1, "")
    assert re.match(found, said.err), said.err


def test_an_access_log_emptied_with_all_that_tells_of_it_is_found_by_the_head(demo: Terminal, hand: Hand) -> None:
    line = head(demo)
    hand.rows.executescript("DELETE FROM access WHERE lender_id = 1; DELETE FROM chain_head WHERE name = 'access:1'")
    assert demo("audit", "verify").code == 0, "the database alone cannot tell"
    said = demo("audit", "verify", "--head", line)
    assert said.code == 1 and said.err.startswith("access:jq: ends at 0, but at the head of")
    assert "backup" not in said.err


def test_one_row_taken_out_and_the_rest_chained_anew_is_found_by_the_head(demo: Terminal, hand: Hand) -> None:
    line = head(demo)
    hand.rows.execute("DELETE FROM access WHERE seq = 3 AND lender_id = 1")
    hand.rechain_looks("access:1")
    assert demo("audit", "verify").code == 0
    assert re.match("access:jq: ends at 5, but at the head of", demo("audit", "verify", "--head", line).err)
    asyncio.run(_looks(hand.url, range(6, 8)))
    said = demo("audit", "verify", "--head", line)
    assert said.code == 1 and said.err.startswith("access:jq 6: a row up to here is not what it was at the head")


def test_what_was_pruned_by_its_time_is_told_apart_from_what_was_cut_off(demo: Terminal, hand: Hand) -> None:
    line = head(demo)
    assert asyncio.run(_prune(hand.url, 1, date(2026, 6, 17))) == 3
    ((what, subject, detail),) = hand.rows.execute(
        "SELECT what, subject, detail FROM access WHERE lender_id = 1 AND actor_kind = 'clock'"
    )
    assert (what, subject, detail) == ("access.pruned", "access:1-3", "before 2026-06-17")
    said = demo("audit", "verify", "--head", line)
    assert said.code == 0, said.err
    assert asyncio.run(_prune(hand.url, 1, date(2026, 6, 17))) == 0, "nothing is told twice"
    assert looks(hand) == 2 + 6 + 4, "another lender's, and nobody's, are kept"


def test_a_chain_pruned_past_a_head_says_so_and_so_soon_it_is_no_pruning(demo: Terminal, hand: Hand) -> None:
    line = head(demo)
    assert asyncio.run(_prune(hand.url, 1, date(2027, 1, 1))) == 6
    assert demo("audit", "verify").code == 0
    asyncio.run(_looks(hand.url, range(1)))
    assert asyncio.run(_prune(hand.url, 1, date(2030, 1, 1))) == 2
    said = demo("audit", "verify", "--head", line)
    assert said.code == 1
    assert re.match(r"access:jq: begins behind 8, at the head of .* it went to 6, which is not 30 days ago", said.err)
    from portal.commands import audit

    with patch.object(audit, "PRUNED_SOONEST", timedelta()):
        said = demo("audit", "verify", "--head", line)
    assert said.code == 0 and "access:jq: begins behind 8, at the head of" in said.err


def test_rows_of_before_the_chain_are_counted_and_go_with_those_of_no_lender(demo: Terminal, hand: Hand) -> None:
    hand.rows.executescript(
        "DELETE FROM access; DELETE FROM chain_head;"
        "INSERT INTO access (actor_kind, actor_ref, what, subject, at)"
        " VALUES ('staff', 'rui', 'sign-in', '', '2026-01-01 00:00:00.000000+00:00')"
    )
    asyncio.run(_looks(hand.url, range(2)))
    said = demo("audit", "verify")
    assert said.code == 0 and "1 rows of the access log are of before it was chained" in said.err
    assert asyncio.run(_prune(hand.url, None, date(2026, 2, 1))) == 1
    assert "of before" not in demo("audit", "verify").err


async def _at_once(url: str) -> None:
    async with connected(url):
        noted = (note_access(("staff", f"s{n}"), "loan.looked", NOW, subject="loan:x") for n in range(12))
        await asyncio.gather(*noted)


def test_many_at_once_make_one_chain_also_where_it_begins(empty: Terminal, each_database_url: str) -> None:
    asyncio.run(_at_once(each_database_url))
    said = empty("audit", "verify")
    assert said.code == 0 and "12 rows of the access log, every link holds" in said.err
    line = empty("audit", "head").out.strip()
    assert " access=:12:" in line and empty("audit", "verify", "--head", line).code == 0
    assert asyncio.run(_prune(each_database_url, None, date(2027, 1, 1))) == 12
    assert empty("audit", "verify").code == 0


def test_the_operator_reads_who_looked_at_what(demo: Terminal, hand: Hand) -> None:
    ((ref, email),) = hand.rows.execute("SELECT ref, email FROM staff WHERE lender_id = 1 ORDER BY id LIMIT 1")
    ((loan, loan_no),) = hand.rows.execute("SELECT ref, loan_no FROM loan WHERE lender_id = 1 ORDER BY id LIMIT 1")
    asyncio.run(_opened(hand.url, ref, loan))
    said = demo("access", "--lender", "jq", "--staff", email, "--since", "2026-07-01", "--json")
    assert said.code == 0 and said.lines == [
        {
            "at": "2026-07-14T08:00:00Z", "who": {"kind": "staff", "ref": ref, "email": email},
            "what": "personal.opened:speak", "detail": None, "subject": f"loan:{loan}", "loan_no": loan_no,
            "source": None,
        }
    ]  # fmt: skip
    read = demo("access", "--lender", "jq").out.splitlines()
    assert f"2026-07-14 16:00  {email:<28}  personal.opened:speak       {loan_no}" == read[-1]
    assert demo("access", "--lender", "yh").out == ""
    assert demo("access", "--lender", "jq", "--staff", "nobody@jq.example").err.startswith("--staff: jq has nobody")
    assert demo("access", "--lender", "jq", "--since", "soon").err.startswith("--since: ")
    nobodys = demo("access", "--json").lines
    assert [(row["what"], row["detail"]) for row in nobodys][-1] == ("sign-in-refused", "password")
    assert nobodys[-1]["source"] == "s" * 64
    assert demo("access", "--staff", email).err.startswith("--staff: belongs to a lender")
    assert json.loads(demo("access", "--lender", "jq", "--json").out.splitlines()[-1])["loan_no"] == loan_no


async def _opened(url: str, staff_ref: str, loan_ref: str) -> None:
    async with connected(url):
        at = NOW + timedelta(days=30)
        await note_access(("staff", staff_ref), "personal.opened:speak", at, subject=f"loan:{loan_ref}", lender_id=1)
