"""Erasure at the terminal: nobody goes unasked, and the operator can see before who would go and who stays."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from tests.commands.conftest import Terminal
from tests.intake.lendingclub import needs_the_file, rows

RETENTION = "[retention]\ndays_after_end = 1096\n"
FEW = 120
NOBODY = "{}: nobody is due: the policy sets no [retention], and nobody with a closed account is free of debt\n"


@pytest.fixture
def lc(terminal: Terminal, database_url: str, environment: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    """A lender that has just taken over the first of LendingClub's loans: most of them ended years ago."""
    environment.setenv("PORTAL_DATABASE", database_url)
    environment.delenv("PORTAL_BUSINESS_DATE")
    assert terminal("lender", "add", "lc", "--name", "LendingClub", "--currency", "USD").code == 0
    file, text = tmp_path / "loans.csv", io.StringIO(newline="")
    some = list(islice(rows().values(), FEW))
    table = csv.DictWriter(text, list(some[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(some)
    file.write_text(text.getvalue(), encoding="utf-8")
    said = terminal("import", file, "--lender", "lc", "--mapping", "lendingclub", "--skip-bad")
    assert said.code in (0, 3), said.err
    return terminal


def keeps(terminal: Terminal, tmp_path: Path, text: str, lender: str = "lc") -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    assert terminal("policy", "set", lender, file).code == 0


def works(terminal: Terminal, days: int) -> str:
    """One round of the worker so many days from now; what it said."""
    at = datetime.now(UTC) + timedelta(days=days)
    said = terminal("worker", "--once", "--now", at.isoformat())
    assert said.code == 0
    return said.err


def events(terminal: Terminal, lender: str = "lc") -> Counter[str]:
    return Counter(event["type"] for event in terminal("events", "--lender", lender, "--json").lines)


@needs_the_file
def test_a_lender_that_set_nothing_loses_nobody(lc: Terminal) -> None:
    for days in (0, 1, 40, 41, 4000):
        assert "0 erased" in works(lc, days)
    assert not {"borrower.erased", "erasure.reported"} & events(lc).keys()
    said = lc("erase", "--lender", "lc", "--preview")
    assert (said.code, said.out, said.err) == (0, "", NOBODY.format("lc"))


@needs_the_file
def test_within_thirty_days_of_the_import_nobody_goes_and_the_first_look_after_it_only_tells(
    lc: Terminal, tmp_path: Path
) -> None:
    keeps(lc, tmp_path, RETENTION)
    preview = lc("erase", "--lender", "lc", "--preview", "--json").json
    due = len(preview["kept"])
    assert (preview["due"], preview["kept_by"], preview["only_reports"]) == ([], {"import": due}, True) and due > 20
    told = f"lc: 0 borrowers would be erased, kept all the same (import {due}); this look only reports"
    assert works(lc, 0).startswith(told)
    for days in (1, 2, 29):
        assert "0 erased" in works(lc, days)
    assert "borrower.erased" not in events(lc)
    assert f"lc: {due} borrowers were erased\n" in works(lc, 31)
    assert (events(lc)["borrower.erased"], events(lc)["erasure.reported"]) == (due, 1)


def test_where_nothing_is_set_the_command_says_so_and_that_is_no_failure(demo: Terminal) -> None:
    said = demo("erase", "--lender", "jq")
    assert (said.code, said.out, said.err) == (0, "", NOBODY.format("jq"))
    assert "jq: erasure has looked here today, 2026-06-14" in demo("erase", "--lender", "jq").err


# Of the demo's people 陈芳 alone has paid everything: 3,000.00 in ten installments, the last on 5 April 2026.
def test_a_preview_names_who_would_go_by_number_and_rule_and_destroys_nothing(
    demo: Terminal, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    keeps(demo, tmp_path, "[retention]\ndays_after_end = 30\n", "jq")
    said = demo("erase", "--lender", "jq", "--preview")
    assert (said.code, said.out) == (0, "")
    assert said.err == ("jq: 0 borrowers would be erased, 1 are due and kept (import 1); the next look only reports\n")
    environment.setenv("PORTAL_BUSINESS_DATE", "2026-07-20")
    said = demo("erase", "--lender", "jq", "--preview")
    assert said.out == "B-4  JQ-2026-0004  ended 2026-04-05  [retention] of 30 days\n"
    assert said.err == "jq: 1 borrowers would be erased, 0 are due and kept; the next look only reports\n"
    given = demo("erase", "--lender", "jq", "--preview", "--json").json
    chen_fang = {
        "borrower": "B-4", "loan_nos": ["JQ-2026-0004"], "ended_on": "2026-04-05", "ground": "retention", "kept_by": [],
    }  # fmt: skip
    assert given == {
        "lender": "jq", "kept_days": 30, "only_reports": True, "kept_by": {}, "due": [chen_fang], "kept": [],
    }  # fmt: skip
    assert "borrower.erased" not in events(demo, "jq")


def test_the_command_reports_first_and_erases_the_day_after(
    demo: Terminal, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    keeps(demo, tmp_path, "[retention]\ndays_after_end = 30\n", "jq")
    environment.setenv("PORTAL_BUSINESS_DATE", "2026-07-20")
    first = "jq: 1 borrowers would be erased; this look only reports, the next business day's erases\n"
    assert demo("erase", "--lender", "jq").err == first
    environment.setenv("PORTAL_BUSINESS_DATE", "2026-07-21")
    assert demo("erase", "--lender", "jq").err == "jq: 1 borrowers were erased\n"
    assert events(demo, "jq")["borrower.erased"] == 1
    assert demo("audit", "verify").code == 0


def test_rows_of_json_are_the_previews_alone(demo: Terminal) -> None:
    said = demo("erase", "--lender", "jq", "--json")
    assert (said.code, said.err) == (1, "--json: goes with --preview; without it `erase` erases\n")
    assert demo("erase", "--lender", "nobody", "--preview").err.startswith("--lender: there is no lender 'nobody'")
