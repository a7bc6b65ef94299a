"""Inside the published policy an offer is accepted at once; outside it every rule it goes beyond is named."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from portal.domain.calendar import Every
from portal.domain.loan import Amounts
from portal.domain.money import Money
from portal.domain.plan import Covers, Offer
from portal.domain.policy import Break, Policy
from portal.domain.policy_file import BadPolicy, policy_from_text
from portal.domain.quote import quote
from tests.domain.people import ON, XIAOMING

POLICY = Policy(
    version=3,
    max_months=6,
    max_installments=26,
    first_due_within_days=31,
    min_installment=30000,
    waiver=(("penalty", Fraction(1, 2)),),
)
SIX = Offer(Every(1, "m"), date(2026, 7, 1), installments=6)


def broken(offer: Offer, policy: Policy = POLICY) -> list[Break]:
    return list(quote(XIAOMING, offer, policy, ON).breaks)


def test_six_months_from_july_is_accepted_at_once() -> None:
    drawn = quote(XIAOMING, SIX, POLICY, ON)
    assert drawn.accepted_at_once
    assert drawn.valid_until == date(2026, 6, 17)


def test_twelve_months_is_too_long_and_too_little_each_time() -> None:
    assert broken(replace(SIX, installments=12)) == [
        Break("max_months", date(2026, 12, 14), date(2027, 6, 1)),
        Break("min_installment", Money(30000, "CNY"), Money(28443, "CNY")),
    ]


def test_a_start_after_a_month_is_too_late() -> None:
    offer = replace(SIX, installments=2, first_due=date(2026, 7, 16))
    assert broken(offer) == [Break("first_due_within_days", date(2026, 7, 15), date(2026, 7, 16))]


def test_half_the_penalty_may_be_waived_at_once_and_not_a_fen_more() -> None:
    assert broken(replace(SIX, waiver=Amounts(penalty=5632))) == []
    assert broken(replace(SIX, waiver=Amounts(penalty=5633))) == [
        Break("waiver.penalty", Money(5632, "CNY"), Money(5633, "CNY"))
    ]


def test_the_whole_loan_is_for_a_person_to_decide() -> None:
    offer = replace(SIX, covers=Covers.ALL)
    assert broken(offer) == [Break("covers", "overdue", "all")]


def test_a_down_payment_the_policy_asks_for_is_rounded_up() -> None:
    policy = replace(POLICY, min_down_payment=Fraction(1, 10))
    assert broken(SIX, policy) == [Break("min_down_payment", Money(34132, "CNY"), Money(0, "CNY"))]


def test_a_policy_file_is_read_whole() -> None:
    text = """
    [plan]
    max_months = 9
    every = ["1m", "2w"]
    min_installment = "250.00"
    [waiver]
    penalty = "0.25"
    [clocks]
    decision_working_days = 2
    """
    read = policy_from_text(text, 4, "CNY")
    assert (read.version, read.max_months, read.min_installment) == (4, 9, 25000)
    assert read.every == (Every(1, "m"), Every(2, "w"))
    assert read.waiver_share("penalty") == Fraction(1, 4)
    assert read.waiver_share("interest") == 0
    assert read.decision_working_days == 2


TABLES = (
    "[plan], [waiver], [clocks], [booking], [signing], [slips], [four_eyes], [statement], [retention], [credit_bureau]"
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("plan = 3", f"[plan]: unknown; allowed are {TABLES}"),
        ("[plans]", f"[plans]: unknown; allowed are {TABLES}"),
        ("[waiver]\nprincipal = '0.1'", "[waiver] principal: unknown; allowed are costs, fees, penalty, interest"),
        ("[plan]\nmax_months = 61", "[plan] max_months: has to be a whole number from 1 to 60, found 61"),
        ("[plan]\nmax_months = true", "[plan] max_months: has to be a whole number from 1 to 60, found True"),
        ("[waiver]\npenalty = '1.5'", "[waiver] penalty: has to be a share from 0 to 1 as a string"),
        ("[plan]\nmin_installment = 100.0", "[plan] min_installment: has to be an amount as a string"),
        ("[plan]\nevery = ['1y']", "[plan] every: has to be a list of"),
        ("[plan", "not TOML"),
    ],
)
def test_a_policy_file_with_a_problem_names_it(text: str, problem: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        policy_from_text(text, 1, "CNY")
    assert problem in str(refused.value)


def test_all_problems_of_a_policy_file_are_named_at_once() -> None:
    with pytest.raises(BadPolicy) as refused:
        policy_from_text("[plan]\nmax_months = 0\nlength = 3\n[clock]\na = 1", 1, "CNY")
    assert len(str(refused.value).splitlines()) == 4
