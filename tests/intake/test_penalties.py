"""Several charges for one lateness in a lender's file: read, kept, told again; refused where they cannot be meant."""

import json
from typing import Any

import pytest

from portal.domain.contract.penalty_terms import PenaltyBand, PenaltyBase, PenaltyKind
from portal.tables.stored import terms_from_text, terms_to_text
from tests.files import Reading, read_portfolio
from tests.intake.conftest import Terminal

INTEREST = {"kind": "daily-simple", "rate": {"annual": "0.08"}, "day_count": "actual/365", "clause": "6"}
BANDS = [
    {"from_debt": "0.01", "amount": "40.00"},
    {"from_debt": "1000.00", "amount": "70.00"},
    {"from_debt": "10000.00", "amount": "100.00"},
]
STATUTE = {"kind": "one-off-by-band", "base": "overdue-principal-and-interest", "bands": BANDS, "clause": "5A"}
CLAUSES = [{"ref": ref, "lang": "en", "title": f"Clause {ref}", "text": "Lateness."} for ref in ("6", "5A")]


def loan(**terms: Any) -> dict[str, Any]:
    """1,500.00, due on 1 March 2026."""
    return {
        "loan_no": "UK-1",
        "lender_kind": "other",
        "currency": "GBP",
        "borrower": {"external_id": "B-1", "phone": "+447700900001", "id_last4": "1234"},
        "signed_on": "2026-01-10",
        "disbursed_on": "2026-02-01",
        "principal": "1500.00",
        "terms": {
            "annual_rate": "0", "method": "level", "installments": 1, "every": "1m", "first_due": "2026-03-01",
            "day_count": "actual/365", "cap": {"rule": "none"}, "clauses": CLAUSES, **terms,
        },
        "schedule": [{"no": 1, "due_on": "2026-03-01", "principal": "1500.00", "interest": "0.00"}],
    }  # fmt: skip


def told(**terms: Any) -> bytes:
    return json.dumps(loan(**terms)).encode()


def read(**terms: Any) -> Reading:
    return read_portfolio(told(**terms), "other")


def test_the_list_is_read_in_its_order_and_kept_to_the_letter() -> None:
    (record,) = read(penalties=[INTEREST, STATUTE]).records
    terms = record.loan.terms
    assert [(each.kind, each.base, each.clause) for each in terms.penalties] == [
        (PenaltyKind.DAILY_SIMPLE, PenaltyBase.PRINCIPAL, "6"),
        (PenaltyKind.ONE_OFF_BY_BAND, PenaltyBase.PRINCIPAL_AND_INTEREST, "5A"),
    ]
    assert terms.penalties[1].bands == (PenaltyBand(1, 4000), PenaltyBand(100000, 7000), PenaltyBand(1000000, 10000))
    assert terms_from_text(terms_to_text(terms)) == terms


def test_a_list_of_one_and_charges_that_are_none_are_what_a_single_penalty_is() -> None:
    (single,) = read(penalty=INTEREST).records
    for penalties in ([INTEREST], [{"kind": "none"}, INTEREST]):
        (record,) = read(penalties=penalties).records
        assert terms_to_text(record.loan.terms) == terms_to_text(single.loan.terms)
    (none,) = read(penalties=[{"kind": "none", "clause": "6"}]).records
    assert none.loan.terms.penalties == ()


@pytest.mark.parametrize(
    ("terms", "field", "says"),
    [
        ({"penalty": INTEREST, "penalties": [STATUTE]}, "terms.penalties", "not in both"),
        (
            {"penalties": [INTEREST, {**STATUTE, "clause": None}]},
            "terms.penalties.1.clause",
            "Of several charges for lateness each names its clause, one of 6, 5A.",
        ),
        ({"penalties": [INTEREST, {**STATUTE, "clause": "7"}]}, "terms.penalties.1.clause", "6, 5A"),
        (
            {"penalty": {**STATUTE, "bands": BANDS[2:0:-1]}},
            "terms.penalty.bands.1.from_debt",
            "must begin above 10000.00; 1000.00 is not",
        ),
        ({"penalty": {**STATUTE, "bands": []}}, "terms.penalty.bands", "needs this field"),
        ({"penalty": {**INTEREST, "bands": BANDS}}, "terms.penalty.bands", "does not have this field"),
        (
            {"penalties": [STATUTE, {**INTEREST, "base": "outstanding-principal"}]},
            "terms.penalties.1.base",
            "daily-simple",
        ),
        ({"penalties": [STATUTE, {**INTEREST, "rate": {"annual": "8"}}]}, "terms.penalties.1.rate.annual", "1"),
        (
            {"penalty": {**STATUTE, "bands": [{"from_debt": "0", "amount": "4.005"}]}},
            "terms.penalty.bands.0.amount",
            "4.005",
        ),
        ({"penalties": [STATUTE] * 9}, "terms.penalties", ""),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_place(terms: dict[str, Any], field: str, says: str) -> None:
    problems = {bad.field: str(bad.problem) for bad in read(**terms).bad}
    assert list(problems) == [field] and says in problems[field]


def test_a_position_charges_both_and_names_the_clause_of_each(terminal: Terminal) -> None:
    assert terminal.take(told(penalties=[INTEREST, STATUTE])) == 0
    found = terminal.answer("position", "UK-1", "--lender", "jq", "--as-of", "2026-03-31")
    assert [(each["clause"], each["kind"], each["charged"], each["base"]) for each in found["penalty_lines"]] == [
        ("6", "daily-simple", "9.86", "1500.00"),
        ("5A", "one-off-by-band", "70.00", "1500.00"),
    ], "1,500.00 x 8 % x 30 / 365 is 9.863"
    assert found["overdue"]["penalty"] == "79.86"
    assert terminal.take(told(penalties=[INTEREST, STATUTE])) == 0
    assert "1 unchanged" in terminal.err
    assert terminal.take(told(penalties=[STATUTE])) == 0
    found = terminal.answer("position", "UK-1", "--lender", "jq", "--as-of", "2026-03-31")
    assert found["overdue"]["penalty"] == "70.00"


def rates(**terms: Any) -> list[str]:
    return [bad.field for bad in read(**terms).bad]


@pytest.mark.parametrize(
    ("contract", "rate", "refused"),
    [
        ("0.24", {"annual": "1"}, False),
        ("0.24", {"annual": "1.01"}, True),
        ("0.24", {"daily": "0.01"}, False),
        ("0.24", {"daily": "0.0101"}, True),
        ("0.24", {"monthly": "0.08"}, False),
        ("0.24", {"monthly": "0.09"}, True),
        ("0.24", {"multiple_of_contract": "4"}, False),
        ("0.24", {"multiple_of_contract": "5"}, True),
        ("0.24", {"margin_over_contract": "0.76"}, False),
        ("0.24", {"margin_over_contract": "0.77"}, True),
    ],
)
def test_a_rate_of_more_than_a_hundred_percent_a_year_in_any_form_is_asked_about(
    contract: str, rate: dict[str, str], refused: bool
) -> None:
    (form,) = rate
    simple, tiered = (
        {"kind": "daily-simple", "rate": rate},
        {"kind": "tiered", "tiers": [{"from_day": 1, "rate": rate}]},
    )
    assert rates(annual_rate=contract, penalty=simple) == [f"terms.penalty.rate.{form}"] * refused
    assert rates(annual_rate=contract, penalty=tiered) == [f"terms.penalty.tiers.0.rate.{form}"] * refused
    row = loan(annual_rate=contract, penalty=simple) | {"rate_is_meant": True}
    assert read_portfolio(json.dumps(row).encode(), "other").bad == ()
