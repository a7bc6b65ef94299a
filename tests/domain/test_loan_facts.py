"""A loan as the API tells it: the lender's own terms again, what is in force, and where it stands."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from portal.domain.contract.closing import ClosingReason, LoanClosing
from portal.domain.contract.loan import AllocationRule, Charge, Clause
from portal.domain.contract.penalty_terms import PenaltyKind, PenaltyRate, PenaltyTerms, RateForm, Tier
from portal.domain.contract.terms_facts import terms_facts
from portal.domain.ledger.loan_facts import loan_facts
from portal.domain.ledger.position import position
from tests.domain.agreed import CASE, agreed, lived
from tests.domain.people import ON, XIAOMING


def test_terms_are_told_in_the_names_of_the_portfolio_format() -> None:
    daily, yearly = PenaltyRate(RateForm.DAILY, Fraction(5, 10000)), PenaltyRate(RateForm.ANNUAL, Fraction(1, 3))
    tiers = (Tier(1, daily), Tier(31, yearly))
    penalty = PenaltyTerms(kind=PenaltyKind.TIERED, tiers=tiers, grace_days=3, clause="8.2")
    order = AllocationRule(late=("principal",), late_from_day=90)
    clause = Clause("8.2", "en", "Lateness", "…", "penalty")
    terms = replace(XIAOMING.terms, penalty=penalty, allocation=order, clauses=(clause,), installment=110016)
    told = terms_facts(terms, "CNY")
    assert (told["annual_rate"], told["every"], told["installment"]) == ("0.18", "1m", "1100.16")
    assert told["cap"] == {"rule": "none"}
    assert told["penalty"] == {
        **{"kind": "tiered", "base": "overdue-principal", "rate": None, "changes": [], "percent": None, "amount": None},
        "bands": [],
        "tiers": [{"from_day": 1, "rate": {"daily": "0.0005"}}, {"from_day": 31, "rate": {"annual": "0.333333333333"}}],
        **{"day_count": "actual/360", "rounding_point": "line", "grace_days": 3, "grace": "waives", "clause": "8.2"},
    }
    assert told["allocation"] == {
        "due": ["costs", "fees", "penalty", "interest", "principal"],
        **{"in_advance": [], "across": "installment", "late": ["principal"], "late_from_day": 90},
    }
    assert told["clauses"] == [{"ref": "8.2", "lang": "en", "title": "Lateness", "text": "…", "about": "penalty"}]


def test_what_is_in_force_is_told_by_due_with_the_penalty_of_the_day() -> None:
    told = loan_facts(position(XIAOMING, ON))
    schedule = told["schedule"]
    assert isinstance(schedule, list) and len(schedule) == 12
    assert schedule[2] == {
        **{"key": "contract:3", "due_on": "2026-03-15", "costs": "0.00", "fees": "0.00", "penalty": "56.07"},
        **{"interest": "152.19", "principal": "947.97", "total": "1156.23", "paid": "0.00", "left": "1156.23"},
    }
    assert (schedule[0]["paid"], schedule[0]["left"]) == ("1100.16", "0.00")
    assert told["state"] == "overdue"
    assert told["position"] == {
        "days_past_due": 91,
        "overdue": {
            **{"costs": "0.00", "fees": "0.00", "penalty": "112.64", "interest": "413.70"},
            **{"principal": "2886.78", "total": "3413.12"},
        },
        **{"outstanding_principal": "10145.88", "credit": "0.00", "payoff": "10777.48", "next_30_days": "1100.16"},
        "next": [
            {"key": "contract:6", "due_on": "2026-06-15", "amount": "1100.16"},
            {"key": "contract:7", "due_on": "2026-07-15", "amount": "1100.16"},
            {"key": "contract:8", "due_on": "2026-08-15", "amount": "1100.16"},
        ],
    }
    assert (told["agreements"], told["plan"], told["closed"]) == ([], None, None)


def test_what_an_agreement_took_in_is_asked_for_by_its_rows_and_its_state_follows_the_day() -> None:
    """3,413.12 in six from 14 July; on the day before, the contract's installment 6 is two weeks and more late."""
    told = loan_facts(position(lived((), agreed(CASE)), date(2026, 7, 13)))
    keys = [row["key"] for row in told["schedule"]]  # type: ignore[attr-defined]
    assert keys[:3] == ["contract:1", "contract:2", "contract:6"]
    assert [key for key in keys if key.startswith("plan:")] == [f"plan:A-1:{no}" for no in range(1, 7)]
    (agreement,) = told["agreements"]  # type: ignore[misc]
    assert agreement == {
        **{"agreement": "A-1", "proposal": "", "kind": "plan", "covers": "overdue", "as_of": "2026-06-14"},
        **{"signed_on": "2026-06-14", "answered_on": "2026-06-14", "state": "active"},
    }
    silent = replace(agreed(CASE), answered_on=None)
    refused = replace(agreed(CASE), refused=True)
    for each, state in ((silent, "signed"), (refused, "refused")):
        (agreement,) = loan_facts(position(lived((), each), ON))["agreements"]  # type: ignore[misc]
        assert agreement["state"] == state


def test_of_a_due_that_was_taken_in_only_what_came_later_is_asked_for_there() -> None:
    fee = Charge("C-1", date(2026, 7, 1), date(2026, 7, 1), "fees", 1500, 3)
    told = loan_facts(position(replace(lived((), agreed(CASE)), charges=(fee,)), date(2026, 7, 13)))
    (third,) = [row for row in told["schedule"] if row["key"] == "contract:3"]  # type: ignore[attr-defined]
    assert (third["fees"], third["principal"], third["total"], third["left"]) == ("15.00", "0.00", "15.00", "15.00")


def test_of_a_loan_that_was_closed_nothing_is_due_and_the_reason_is_told() -> None:
    sold = replace(XIAOMING, closing=LoanClosing(date(2026, 6, 13), ClosingReason.SOLD))
    told = loan_facts(position(sold, ON))
    assert (told["state"], told["closed"]) == ("closed", {"on": "2026-06-13", "reason": "sold"})
    assert [row["key"] for row in told["schedule"] if row["left"] != "0.00"] == []  # type: ignore[attr-defined]
    assert len(told["stated_schedule"]) == 12  # type: ignore[arg-type]
