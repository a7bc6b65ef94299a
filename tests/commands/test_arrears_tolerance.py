"""What a policy does not ask for: nobody is overdue, invited or charged for it, from the day on which it was set."""

from pathlib import Path

import pytest

from tests.commands.conftest import Terminal
from tests.commands.test_loans import portfolio_line

ONE_FEN = {
    "principal": "1000.00",
    "schedule": [
        {"no": no, "due_on": f"2026-0{no}-15", "principal": amount, "interest": "0.00"}
        for no, amount in ((1, "333.33"), (2, "333.33"), (3, "333.34"))
    ],
    "payments": [{"id": f"P-{no}", "received_on": f"2026-0{no}-15", "amount": "333.33"} for no in (1, 2, 3)],
    "statement": {"as_of": "2026-06-01", "principal": "0.01"},
}
"""Three times 333.33 of 1,000.00, as the lender's books have it too."""


@pytest.fixture
def jq(terminal: Terminal, database_url: str, environment: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    environment.setenv("PORTAL_DATABASE", database_url)
    return lends(terminal, tmp_path)


def lends(terminal: Terminal, tmp_path: Path) -> Terminal:
    """A fen is overdue on each of two loans, one of them in another currency than the lender's."""
    terminal("lender", "add", "jq", "--name", "佳泉消费金融")
    file = tmp_path / "p.jsonl"
    euros = ONE_FEN | {
        "currency": "EUR",
        "borrower": {"external_id": "B-2", "phone": "+8613800000002", "id_last4": "1234"},
    }
    file.write_text(portfolio_line("A-1", **ONE_FEN) + portfolio_line("A-2", **euros))
    assert terminal("import", file, "--lender", "jq").code == 0
    return terminal


def sets(jq: Terminal, tmp_path: Path, text: str) -> str:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    return jq("policy", "set", "jq", file).out


def test_one_fen_is_asked_for_until_the_policy_says_otherwise(empty: Terminal, tmp_path: Path) -> None:
    jq = lends(empty, tmp_path)
    before = jq("position", "A-1", "--lender", "jq", "--json").json
    assert (before["overdue"]["total"], before["days_past_due"], before["overlooked"]) == ("0.01", 91, "0.00")
    said = sets(jq, tmp_path, '[arrears]\ntolerance = "0.01"\n')
    assert said.splitlines()[-1] == '[arrears] tolerance: "0.00" (default) -> "0.01"'
    after = jq("position", "A-1", "--lender", "jq", "--json").json
    assert (after["overdue"]["total"], after["days_past_due"], after["overlooked"]) == ("0.00", 0, "0.01")
    assert after["lender_statement"]["agrees"] and after["payoff"] == "0.01"
    eve = jq("position", "A-1", "--lender", "jq", "--as-of", "2026-06-13", "--json").json
    assert eve["days_past_due"] == 90, "the version of that day holds on it"
    sets(jq, tmp_path, "[plan]\nmax_months = 6\n")
    assert jq("position", "A-1", "--lender", "jq", "--json").json["days_past_due"] == 91


def test_nobody_is_invited_for_it_and_an_amount_is_of_the_lenders_currency(jq: Terminal, tmp_path: Path) -> None:
    sets(jq, tmp_path, '[arrears]\ntolerance = "0.01"\n')
    links = tmp_path / "links.csv"
    jq("invite", "--overdue", "--lender", "jq", "--out", links)
    assert [line.split(",")[0] for line in links.read_text().splitlines()[1:]] == ["A-2"]
    assert jq("position", "A-2", "--lender", "jq", "--json").json["overdue"]["total"] == "0.01"


def test_what_it_is_and_that_it_is_an_amount_is_said(jq: Terminal, tmp_path: Path) -> None:
    assert '[arrears] tolerance = "0.00"' in jq("policy", "show", "jq").err
    file = tmp_path / "policy.toml"
    file.write_text("[arrears]\ntolerance = 1\n")
    refused = jq("policy", "set", "jq", file)
    assert refused.code == 1 and "[arrears] tolerance: has to be an amount as a string" in refused.err
