"""Whole answers as the interface prints them: integrators read every name in them, and every figure is worked out."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.contract.agreement import Covers
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.loan import Payment, Statement
from portal.domain.contract.penalty_terms import PenaltyKind, PenaltyTerms
from portal.domain.event import canonical_text
from portal.domain.ledger.position import position
from portal.domain.ledger.position_facts import position_facts
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.plan_codec import (
    offer_differences,
    offer_facts,
    offer_from_facts,
    plan_facts,
    plan_from_facts,
)
from portal.domain.restructuring.policy import Policy
from portal.domain.restructuring.quote import quote_offer
from portal.domain.restructuring.quote_facts import quote_facts
from tests.domain.people import ON, XIAOMING

# 1 June: 500.00 pays the penalty of no. 3 (78 days, 48.06), its interest and 299.75 of principal. 2 June: 70.00, of
# which the lender says that 50.00 are interest; a day's penalty of 0.42 and 19.58 of principal take the rest of it.
# 3 June: 100.00, taken back on the 5th.
EVENTFUL = replace(
    XIAOMING,
    payments=(
        Payment("P-3", date(2026, 6, 1), 50000),
        Payment("P-4", date(2026, 6, 2), 7000, Amounts(interest=5000)),
        Payment("P-5", date(2026, 6, 3), 10000),
        Payment("R-5", date(2026, 6, 5), reverses="P-5"),
    ),
    schedule=XIAOMING.schedule[2:4],
    principal=94797 + 96219,
    statement=Statement(ON, Amounts(penalty=1, interest=8797, principal=159083)),
    written_off_on=ON,
    schedule_generated=True,
)


def line(installment: int, base: str, start: str, end: str, days: int, cost: str) -> dict[str, object]:
    return {
        "installment": installment,
        "of": "principal",
        "base": base,
        "rate": "0.234",
        "per": "year",
        "kind": "daily-simple",
        "day_count": "actual/360",
        "from": start,
        "to": end,
        "days": days,
        "contract": cost,
        "charged": cost,
        "not_charged": "0.00",
        "clause": "8.2",
    }


def row(no: int, due_on: str, principal: str, interest: str, paid: str, overdue: str, late: int) -> dict[str, object]:
    return {
        "no": no,
        "due_on": due_on,
        "principal": principal,
        "interest": interest,
        "fees": "0.00",
        "paid": paid,
        "overdue": overdue,
        "days_past_due": late,
    }


def test_an_eventful_position_is_printed_whole() -> None:
    """At 23.4 % / 360: 648.22 for a day 0.42, which is paid; 628.64 for 12 days 4.90; 962.19 for 60 days 37.53."""
    assert position_facts(position(EVENTFUL, ON)) == {
        "loan_no": "JQ-2026-0001",
        "as_of": "2026-06-14",
        "valid_until": "2026-06-14",
        "currency": "CNY",
        "days_past_due": 91,
        "overdue": {
            "costs": "0.00",
            "fees": "0.00",
            "penalty": "42.43",
            "interest": "87.97",
            "principal": "1590.83",
            "total": "1721.23",
        },
        "overlooked": "0.00",
        "outstanding_principal": "1590.83",
        "installments": [
            row(3, "2026-03-15", "947.97", "152.19", "471.52", "628.64", 91),
            row(4, "2026-04-15", "962.19", "137.97", "50.00", "1050.16", 60),
        ],
        "penalty_lines": [
            line(3, "947.97", "2026-03-15", "2026-06-01", 78, "48.06"),
            line(3, "648.22", "2026-06-01", "2026-06-02", 1, "0.42"),
            line(3, "628.64", "2026-06-02", "2026-06-14", 12, "4.90"),
            line(4, "962.19", "2026-04-15", "2026-06-14", 60, "37.53"),
        ],
        "payments": [
            {
                "id": "P-3",
                "received_on": "2026-06-01",
                "amount": "500.00",
                "allocated": {"penalty": "48.06", "interest": "152.19", "principal": "299.75"},
            },
            {
                "id": "P-4",
                "received_on": "2026-06-02",
                "amount": "70.00",
                "allocated": {"penalty": "0.42", "interest": "50.00", "principal": "19.58"},
            },
            {
                "id": "P-5",
                "received_on": "2026-06-03",
                "amount": "100.00",
                "allocated": {},
                "taken_back": "100.00",
                "reversed_on": "2026-06-05",
            },
        ],
        "lender_credits": [],
        "unallocated": "0.00",
        "credit": "0.00",
        "payoff": "1721.23",
        "next": [],
        "next_30_days": "0.00",
        "plan": None,
        "itemisation": {
            "opened_on": "2026-03-15",
            "opening": "0.00",
            "principal_due": "1910.16",
            "interest": "290.16",
            "penalty_fees_costs": "90.91",
            "credited": "570.00",
            "now": "1721.23",
        },
        "schedule_generated": True,
        "closed_on": None,
        "written_off_on": "2026-06-14",
        "lender_statement": {
            "as_of": "2026-06-14",
            "agrees": False,
            "differences": [{"component": "penalty", "stated": "0.01", "computed": "42.43"}],
        },
    }


def test_what_is_not_there_is_null_and_a_paid_installment_is_left_out() -> None:
    paid = replace(EVENTFUL, payments=(Payment("P", date(2026, 3, 15), 110016),), statement=None, written_off_on=None)
    told = position_facts(position(paid, ON))
    assert (told["written_off_on"], told["lender_statement"]) == (None, None)
    assert [each["no"] for each in told["installments"]] == [4]  # type: ignore[attr-defined]
    assert "unallocated" not in told["payments"][0] and "reversed_on" not in told["payments"][0]  # type: ignore[index]


def test_a_fixed_charge_has_no_rate_and_is_made_once() -> None:
    once = PenaltyTerms(PenaltyKind.ONE_OFF_AMOUNT, amount=2500)
    loan = replace(XIAOMING, terms=replace(XIAOMING.terms, penalty=once))
    printed = position_facts(position(loan, ON))["penalty_lines"][0]  # type: ignore[index]
    assert (printed["rate"], printed["per"], printed["charged"], printed["clause"]) == (None, "once", "25.00", None)


OFFER = Offer(
    Every(1, "m"),
    date(2026, 7, 1),
    installments=2,
    down_payment=10000,
    waiver=Amounts(penalty=1264),
    covers=Covers.ALL,
    interest_rate=Fraction(18, 100),
    reason="illness",
)


def amounts(penalty: str = "0.00", interest: str = "0.00", principal: str = "0.00") -> dict[str, str]:
    return {"costs": "0.00", "fees": "0.00", "penalty": penalty, "interest": interest, "principal": principal}


def test_a_quote_is_printed_whole() -> None:
    """10,145.88 x 18 % x 17/360 = 86.24, and with 518.96 of old interest 605.20; 5,335.52 x 18 % x 30/360 = 80.03.

    10,777.48 less 12.64 and 100.00 is 10,664.84. Each = 1.015 x (10,664.84 + 86.24 - each): 5,415.556, so 5,415.56.
    """
    told = quote_facts(
        "JQ-2026-0001", quote_offer(position(XIAOMING, ON), OFFER, Policy(2, min_installment=10**6, max_installments=1))
    )
    comparison = told.pop("comparison")
    assert told == {
        "loan_no": "JQ-2026-0001",
        "as_of": "2026-06-14",
        "valid_until": "2026-06-17",
        "currency": "CNY",
        "offer": {
            "kind": "plan",
            "covers": "all",
            "every": "1m",
            "first_due": "2026-07-01",
            "installments": 2,
            "amount": None,
            "down_payment": "100.00",
            "waiver": {**amounts(penalty="12.64"), "total": "12.64"},
            "interest_rate": "0.18",
            "interest_only": 0,
            "round_to": "0.01",
            "reason": "illness",
        },
        "balance": {**amounts("112.64", "518.96", "10145.88"), "total": "10777.48"},
        "rows": [
            {
                "no": 0,
                "due_on": "2026-06-17",
                "days": 3,
                "principal": "0.00",
                "interest": "0.00",
                "plan_interest": "0.00",
                "total": "100.00",
                "balance": "10664.84",
                "components": amounts(penalty="100.00"),
            },
            {
                "no": 1,
                "due_on": "2026-07-01",
                "days": 17,
                "principal": "4810.36",
                "interest": "605.20",
                "plan_interest": "86.24",
                "total": "5415.56",
                "balance": "5335.52",
                "components": amounts("0.00", "605.20", "4810.36"),
            },
            {
                "no": 2,
                "due_on": "2026-08-01",
                "days": 30,
                "principal": "5335.52",
                "interest": "80.03",
                "plan_interest": "80.03",
                "total": "5415.55",
                "balance": "0.00",
                "components": amounts("0.00", "80.03", "5335.52"),
            },
        ],
        "waived": {**amounts(penalty="12.64"), "total": "12.64"},
        "total": "10931.11",
        "last_due_on": "2026-08-01",
        "apr": "0.1694",
        "policy_version": 2,
        "accepted_at_once": False,
        "breaks": [
            {"rule": "ends_sooner", "allowed": "2026-12-15", "asked": "2026-08-01"},
            {"rule": "max_installments", "allowed": 1, "asked": 2},
            {"rule": "covers", "allowed": "overdue", "asked": "all"},
            {"rule": "min_installment", "allowed": "10000.00", "asked": "5415.56"},
            {"rule": "waiver.penalty", "allowed": "0.00", "asked": "12.64"},
        ],
    }
    # 3,413.12 + 6 x 1,100.16 + 1,100.19 = 11,114.27
    assert (comparison["before"], comparison["after"]) == ("11114.27", "10931.11")  # type: ignore[index]
    assert comparison["changes"][:3] == [  # type: ignore[index]
        {"on": "2026-06-14", "before": "3413.12", "after": "0.00"},
        {"on": "2026-06-15", "before": "1100.16", "after": "0.00"},
        {"on": "2026-06-17", "before": "0.00", "after": "100.00"},
    ]


def test_a_plan_is_written_with_its_total_and_its_end_and_comes_back() -> None:
    plan = quote_offer(position(XIAOMING, ON), OFFER, Policy()).plan
    told = plan_facts(plan)
    assert (told["total"], told["last_due_on"], told["apr"]) == ("10931.11", "2026-08-01", "847/5000")
    assert plan_from_facts(told) == plan


@pytest.mark.parametrize(
    "offer",
    [
        OFFER,
        replace(OFFER, installments=None, amount=80000),
        replace(OFFER, interest_only=1, round_to=100),
    ],
)
def test_an_offer_comes_back_with_everything_in_it(offer: Offer) -> None:
    assert offer_from_facts(offer_facts(offer, "CNY"), "CNY") == offer


def test_an_offer_of_before_whole_yuan_could_be_asked_for_is_to_the_fen() -> None:
    told = {name: fact for name, fact in offer_facts(OFFER, "CNY").items() if name not in ("interest_only", "round_to")}
    assert offer_from_facts(told, "CNY") == OFFER


def test_a_counter_offer_names_each_term_it_changes() -> None:
    counter = replace(OFFER, installments=3, down_payment=20000)
    assert offer_differences(OFFER, counter, "CNY") == [
        {"term": "installments", "asked": 2, "offered": 3},
        {"term": "down_payment", "asked": "100.00", "offered": "200.00"},
    ]
    assert offer_differences(OFFER, OFFER, "CNY") == []


def test_stable_text_has_sorted_names_no_spaces_and_chinese_as_it_is() -> None:
    assert canonical_text({"b": [1, 2], "a": "生病"}) == '{"a":"生病","b":[1,2]}'
