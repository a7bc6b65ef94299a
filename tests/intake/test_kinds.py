"""The kind of a lender chooses the cap: a typing mistake in it is refused, and takes nobody's cap away meanwhile."""

import json
import sqlite3
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from portal.intake.mapping_file import BadMapping
from portal.reads.caps import LENDER_KINDS, cap_for, strictest
from tests.files import load_mapping
from tests.intake.conftest import Terminal, lines, told
from tests.intake.haitang import MAPPING, TIAN, table

XIAOMING = "JQ-2026-0001"
SIGNED = date(2025, 12, 10)


def by_kind(kind: str, signed_on: date = SIGNED) -> tuple[str, str, bool] | None:
    cap = cap_for(None, kind, signed_on)
    return cap and (cap.rule, str(cap.annual_rate), cap.together)


def test_there_are_nine_kinds_and_no_tenth() -> None:
    assert LENDER_KINDS == (
        "auto-finance", "bank", "card", "consumer-finance", "marketplace", "microloan", "other", "private", "trust",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["auto-finance", "bank", "card", "consumer-finance", "microloan", "trust"])
def test_loans_of_financial_institutions_are_held_to_24_percent(kind: str) -> None:
    assert by_kind(kind) == ("24-percent", "6/25", False)
    assert by_kind(kind, date(2017, 8, 3)) is None


@pytest.mark.parametrize("kind", ["private", "marketplace", "other"])
def test_all_others_are_held_to_four_times_the_prime_rate_of_the_contracts_day(kind: str) -> None:
    # Four times 3.00 % from 2025-05-20 on, four times 3.85 % on the rule's first day.
    assert by_kind(kind) == ("4x-lpr", "3/25", False)
    assert by_kind(kind, date(2020, 8, 20)) == ("4x-lpr", "77/500", False)


def test_counsel_may_hold_private_lending_to_it_with_all_that_lateness_costs_together() -> None:
    """Article 29: interest, damages and fees for one lateness, 3.00 % of the day four times."""
    named = cap_for("4x-lpr-together", "private", SIGNED)
    assert named is not None and (named.annual_rate, named.together) == (Fraction(12, 100), True)


def test_before_that_rule_a_marketplace_is_held_to_the_older_yardstick() -> None:
    for kind in ("marketplace", "other"):
        assert by_kind(kind, date(2020, 8, 19)) == ("24-percent", "6/25", False)


def test_a_kind_nobody_knows_has_the_lowest_rate_of_the_day_on_all_charges_together() -> None:
    assert by_kind("consumer-finace") == ("strictest", "3/25", True)
    assert by_kind("consumer-finace", date(2020, 8, 19)) == ("strictest", "6/25", True)
    for day in (date(2016, 1, 1), date(2018, 1, 1), SIGNED):
        loosest = strictest(day)
        for kind in LENDER_KINDS:
            cap = cap_for(None, kind, day)
            assert cap is None or (loosest is not None and loosest.annual_rate <= cap.annual_rate)


def test_a_contract_under_another_law_names_none() -> None:
    assert cap_for("none", "marketplace", SIGNED) is None


def test_a_mapping_with_a_kind_nobody_knows_is_refused_before_any_row(terminal: Terminal) -> None:
    mapping = terminal.write("own.toml", MAPPING.replace('lender_kind = "microloan"', 'lender_kind = "micro_loans"'))
    assert terminal.run("import", terminal.write("b.csv", table(TIAN)), "--lender", "jq", "--mapping", mapping) == 1
    assert terminal.said == [
        "own.toml: [loan] lender_kind: It must be one of auto-finance, bank, card, consumer-finance, marketplace, "
        "microloan, other, private, trust; 'micro_loans' is not. Perhaps microloan was meant."
    ]


def test_every_word_of_a_mapping_is_held_to_its_field_once(terminal: Terminal) -> None:
    said = MAPPING.replace(
        'lender_kind = "microloan"', 'lender_kind = { column = "共借", words = { "是" = "bank", "否" = "trusst" } }'
    ).replace('day_count = "30/360"', 'day_count = "30/350"')
    with pytest.raises(BadMapping) as refused:
        load_mapping(terminal.write("own.toml", said))
    assert [problem.split("; ")[0][:66] for problem in sorted(refused.value.problems)] == [
        "[loan.lender_kind] words: It must be one of auto-finance, bank, ca",
        "[loan.terms] day_count: It must be one of '30/360', 'actual/360', ",
    ]


def without_cap(loans: list[dict[str, Any]]) -> bytes:
    for loan in loans:
        loan["terms"].pop("cap", None)
        loan.pop("lender_kind", None)
    return told(loans)


def as_it_was_stored(terminal: Terminal) -> None:
    """What an older version made of `lender add jq --kind consumer-finace` and an import: no cap at all."""
    with sqlite3.connect(terminal.folder / "portal.db") as database:
        database.execute("UPDATE lender SET kind = 'consumer-finace'")
        database.execute("UPDATE contract SET lender_kind = 'consumer-finace', terms = json_set(terms, '$.cap', NULL)")
    database.close()


def penalty(terminal: Terminal) -> tuple[str, list[str]]:
    found = terminal.answer("position", XIAOMING, "--lender", "jq")
    return found["overdue"]["penalty"], [line["not_charged"] for line in found["penalty_lines"]]


def test_what_is_stored_under_a_kind_nobody_knows_has_the_strictest_cap_until_it_is_corrected(
    terminal: Terminal,
) -> None:
    loans = without_cap([{**lines()[0], "statement": None}])
    assert terminal.take(loans) == 0, terminal.err
    assert penalty(terminal) == ("112.64", ["0.00", "0.00", "0.00"])  # 23.4 % is within 24 %
    as_it_was_stored(terminal)
    # 12 % on 947.97 for 91 days, 962.19 for 60 and 976.62 for 30, by 360: 28.76 + 19.24 + 9.77.
    strict = ("57.77", ["27.31", "18.29", "9.27"])
    assert penalty(terminal) == strict
    assert terminal.take(loans) == 0
    assert terminal.said[0] == (
        "--lender: jq is stored with the unknown kind 'consumer-finace'; `lender set jq --kind KIND` corrects it. "
        "Until then a row that names no kind and no cap has the strictest cap"
    )
    assert penalty(terminal) == strict
    assert terminal.run("lender", "set", "jq", "--kind", "consumer-finance") == 0
    assert penalty(terminal) == strict  # the loan's own snapshot still says the other
    assert terminal.take(loans, "--json") == 0
    assert json.loads(terminal.out)["changed"] == 1
    assert penalty(terminal) == ("112.64", ["0.00", "0.00", "0.00"])


def test_a_rule_that_the_contract_names_stays_whatever_the_kind(terminal: Terminal) -> None:
    [loan] = lines()[:1]
    loan["terms"]["cap"] = {"rule": "24-percent"}
    terminal.take(told([loan]))
    with sqlite3.connect(terminal.folder / "portal.db") as database:
        database.execute("UPDATE contract SET lender_kind = 'consumer-finace'")
    database.close()
    assert penalty(terminal)[0] == "112.64"
