"""Inside the published policy an offer is accepted at once; outside it every rule it goes beyond is named."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from portal.domain.contract.agreement import Covers, CureTerms, OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.pause import PauseInterest, PauseScope, PauseTerms
from portal.domain.ledger.position import position
from portal.domain.money import Money
from portal.domain.restructuring.offer import Offer
from portal.domain.restructuring.policy import Break, Policy, WholeLoanRules
from portal.domain.restructuring.quote import quote_offer
from portal.reads.policy_file import BadPolicy, policy_from_text
from portal.reads.policy_keys import policy_schema
from tests.domain.agreed import CASE, agreed
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
    return list(quote_offer(position(XIAOMING, ON), offer, policy).breaks)


@pytest.mark.parametrize(
    ("allowed", "asked", "beyond"),
    [
        (date(2026, 12, 14), date(2027, 6, 1), timedelta(days=169)),
        (date(2026, 12, 15), date(2026, 11, 15), timedelta(days=30)),
        (Money(30000, "CNY"), Money(28443, "CNY"), Money(1557, "CNY")),
        (26, 30, 4),
        (Fraction(18, 100), Fraction(0), Fraction(18, 100)),
        (Money(0, "CNY"), Money(41312, "CNY"), None),
        ("1m, 2w", "10d", None),
    ],
)
def test_a_rule_that_is_broken_says_by_how_much(allowed: Any, asked: Any, beyond: Any) -> None:
    assert Break("rule", allowed, asked).beyond == beyond


def test_six_months_from_july_is_accepted_at_once() -> None:
    quote = quote_offer(position(XIAOMING, ON), SIX, POLICY)
    assert quote.accepted_at_once
    assert quote.valid_until == date(2026, 6, 17)


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
    offer = replace(SIX, covers=Covers.ALL, interest_rate=Fraction("0.18"), first_due=date(2026, 7, 14), installments=7)
    sooner = replace(offer, installments=5)
    assert broken(sooner)[0] == Break("ends_sooner", date(2026, 12, 15), date(2026, 11, 14))
    offer = replace(offer, first_due=date(2026, 6, 30), installments=13, every=Every(2, "w"))  # until 15 December
    longer = replace(POLICY, max_months=7)
    assert broken(offer, longer) == [Break("covers", "overdue", "all")]
    both = replace(longer, covers=(Covers.OVERDUE, Covers.TO_COME))
    assert broken(offer, both) == [Break("covers", "overdue, to-come", "all")]


def test_of_the_whole_loan_other_rules_may_hold_and_what_they_leave_out_is_as_beside_the_contract() -> None:
    rules = WholeLoanRules(max_months=24, interest_rate=Fraction("0.12"), waiver_penalty=Fraction(1))
    whole = replace(POLICY, covers=(Covers.OVERDUE, Covers.ALL), whole_loan=rules)
    asked = Offer(Every(1, "m"), date(2026, 7, 14), 24, covers=Covers.ALL, interest_rate=Fraction("0.12"))
    assert broken(replace(asked, waiver=Amounts(penalty=11264)), whole) == []
    too_long = replace(asked, installments=25, first_due=date(2026, 7, 16))
    assert broken(too_long, whole) == [
        Break("max_months", date(2028, 6, 14), date(2028, 7, 16)),
        Break("first_due_within_days", date(2026, 7, 15), date(2026, 7, 16)),
    ]
    assert broken(replace(asked, interest_rate=Fraction("0.1199")), whole) == [
        Break("interest_rate", Fraction("0.12"), Fraction("0.1199"))
    ]
    assert [each.rule for each in broken(replace(SIX, installments=12), whole)] == ["max_months", "min_installment"]


def test_a_weekly_payment_is_judged_by_what_it_comes_to_a_month() -> None:
    weekly = Offer(Every(1, "w"), date(2026, 6, 20), amount=20000)
    assert broken(weekly) == [], "200.00 a week is 866.67 a month, and 300.00 is the least"
    assert broken(replace(weekly, amount=6900))[-1] == Break(
        "min_installment", Money(30000, "CNY"), Money(29900, "CNY")
    )


def test_of_two_installments_the_first_has_to_be_large_enough() -> None:
    two = replace(SIX, installments=2)
    assert broken(two, replace(POLICY, min_installment=170_656)) == []
    assert broken(two, replace(POLICY, min_installment=170_657)) == [
        Break("min_installment", Money(170_657, "CNY"), Money(170_656, "CNY"))
    ]


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
    "[plan], [waiver], [whole_loan], [changes], [clocks], [booking], [signing], [slips], [pause], [four_eyes], "
    "[statement], [arrears], [numbers], [messages], [contact], [invitations], [retention], [credit_bureau]"
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
        ("[pause]\nscope = 'everything'", "[pause] scope: has to be all or overdue, found 'everything'"),
        ("[pause]\ninterest = true", "[pause] interest: has to be stands-still or runs, found True"),
        ("[plan", "not TOML"),
    ],
)
def test_a_policy_file_with_a_problem_names_it(text: str, problem: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        policy_from_text(text, 1, "CNY")
    assert problem in str(refused.value)


def test_everything_a_policy_file_can_say_is_read() -> None:
    text = """
    [plan]
    max_installments = 260
    first_due_within_days = 366
    min_down_payment = "0.1"
    covers = ["overdue", "to-come", "all"]
    [waiver]
    penalty = "1"
    fees = "0.5"
    [clocks]
    quote_working_days = 60
    hold_days = 0
    pause_days = 1
    complaint_days = 1
    complaint_extended_days = 29
    complaint_final_days = 0
    report_working_days = 4
    [pause]
    scope = "overdue"
    interest = "runs"
    [statement]
    tolerance = "0.05"
    [arrears]
    tolerance = "0.10"
    [retention]
    days_after_end = 30
    [credit_bureau]
    reports = "current-while-kept"
    """
    assert policy_from_text(text, 5, "CNY") == Policy(
        version=5,
        max_installments=260,
        first_due_within_days=366,
        min_down_payment=Fraction(1, 10),
        covers=(Covers.OVERDUE, Covers.TO_COME, Covers.ALL),
        waiver=(("penalty", Fraction(1)), ("fees", Fraction(1, 2))),
        quote_working_days=60,
        hold_days=0,
        pause_days=1,
        complaint_days=1,
        complaint_extended_days=29,
        complaint_final_days=0,
        report_working_days=4,
        pause_terms=PauseTerms(PauseScope.OVERDUE, PauseInterest.RUNS),
        tolerance=5,
        arrears_tolerance=10,
        cure_terms=CureTerms(arrears_tolerance=10),
        retention_days=30,
        reports="current-while-kept",
        currency="CNY",
    )


def test_an_empty_policy_file_is_the_careful_default() -> None:
    assert policy_from_text("", 1, "CNY") == Policy(version=1, currency="CNY")
    assert policy_from_text("", 1, "CNY").max_months == 12


def test_without_a_time_for_keeping_in_the_file_there_is_none_and_the_schema_says_so() -> None:
    for text in ("", "[retention]\n", "[plan]\nmax_months = 6\n"):
        assert policy_from_text(text, 1, "CNY").retention_days is None
    assert "without it nobody goes by time" in policy_schema()["properties"]["retention"]["description"]


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("[plan]\ncovers = []", '[plan] covers: has to be a list of "overdue", "to-come", "all", found []'),
        (
            "[plan]\ncovers = ['some']",
            '[plan] covers: has to be a list of "overdue", "to-come", "all", found [\'some\']',
        ),
        ("[plan]\ncovers = 'all'", '[plan] covers: has to be a list of "overdue", "to-come", "all", found \'all\''),
        ("[plan]\nevery = []", '[plan] every: has to be a list of "1m", "2w", "1w", found []'),
        ("[plan]\nevery = '1m'", '[plan] every: has to be a list of "1m", "2w", "1w", found \'1m\''),
        (
            "[credit_bureau]\nreports = 'never'",
            "[credit_bureau] reports: has to be overdue-until-settled or current-while-kept, found 'never'",
        ),
        ("[plan]\nmax_months = '6'", "[plan] max_months: has to be a whole number from 1 to 60, found '6'"),
        ("ways_to_pay = 3", "[[ways_to_pay]]: has to be a list of tables"),
    ],
)
def test_what_a_key_does_not_take_is_answered_with_what_it_takes(line: str, allowed: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        policy_from_text(line, 1, "CNY")
    assert str(refused.value) == f"The policy file has problems:\n{allowed}"
    assert refused.value.field == "policy"


def test_a_way_to_pay_with_a_problem_is_named_by_its_number() -> None:
    with pytest.raises(BadPolicy, match=r"\[\[ways_to_pay\]\] no\. 1: ") as refused:
        policy_from_text("[[ways_to_pay]]\nkind = 'barter'\n[[ways_to_pay]]\nkind = 3", 1, "CNY")
    assert "[[ways_to_pay]] no. 2: " in str(refused.value)


@pytest.mark.parametrize(
    ("table", "key", "least", "most"),
    [
        ("plan", "max_months", 1, 60),
        ("plan", "max_installments", 1, 260),
        ("plan", "first_due_within_days", 1, 366),
        ("clocks", "decision_working_days", 1, 21),
        ("clocks", "quote_working_days", 1, 60),
        ("clocks", "hold_days", 0, 366),
        ("clocks", "pause_days", 1, 60),
        ("clocks", "complaint_days", 1, 15),
        ("clocks", "complaint_extended_days", 1, 30),
        ("clocks", "complaint_final_days", 0, 30),
        ("clocks", "report_working_days", 1, 60),
        ("retention", "days_after_end", 30, 7306),
    ],
)
def test_a_number_is_taken_up_to_its_bounds_and_the_schema_says_the_same(
    table: str, key: str, least: int, most: int
) -> None:
    for number in (least, most):
        assert policy_from_text(f"[{table}]\n{key} = {number}", 1, "CNY")
    for number in (least - 1, most + 1):
        with pytest.raises(BadPolicy, match=f"a whole number from {least} to {most}, found {number}"):
            policy_from_text(f"[{table}]\n{key} = {number}", 1, "CNY")
    said = policy_schema()["properties"][table]["properties"][key]
    assert (said["type"], said["minimum"], said["maximum"]) == ("integer", least, most)
    assert said["description"].endswith(f" (a whole number from {least} to {most})")


def test_the_schema_of_a_policy_knows_every_table_and_takes_no_other() -> None:
    schema = policy_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (schema["title"], schema["type"], schema["additionalProperties"]) == ("Policy of a lender", "object", False)
    tables = dict(schema["properties"])
    ways, offers = tables.pop("ways_to_pay"), tables.pop("offers")
    assert offers["items"]["required"][-2:] == ["until", "installments"]
    assert list(tables) == [
        "plan",
        "waiver",
        "whole_loan",
        "changes",
        "clocks",
        "booking",
        "signing",
        "slips",
        "pause",
        "four_eyes",
        "statement",
        "arrears",
        "numbers",
        "messages",
        "contact",
        "invitations",
        "retention",
        "credit_bureau",
    ]
    assert all(table["type"] == "object" and table["additionalProperties"] is False for table in tables.values())
    assert tables["plan"]["properties"]["covers"]["items"]["enum"] == ["overdue", "to-come", "all"]
    assert list(tables["waiver"]["properties"]) == ["costs", "fees", "penalty", "interest"]
    assert ways["type"] == "array"
    assert ways["items"]["type"] == "object"
    assert ways["items"]["required"] == ["kind", "name_zh", "name_en"]
    assert ways["items"]["properties"]["name_zh"] == {"type": "string", "maxLength": 400}
    assert ways["items"]["properties"]["kind"] == {"enum": ["app", "cashier", "account"]}


def test_a_policy_allows_up_to_its_bounds() -> None:
    """Exactly six months, exactly the 31st day, exactly 300.00 each time, exactly a tenth at once."""
    assert broken(replace(SIX, installments=1, first_due=date(2026, 7, 15))) == []
    assert broken(replace(SIX, first_due=date(2026, 7, 14))) == []
    assert broken(replace(SIX, installments=None, amount=60000), replace(POLICY, min_installment=60000)) == []
    tenth = replace(POLICY, min_down_payment=Fraction(1, 10))
    assert broken(replace(SIX, down_payment=34132), tenth) == []
    assert broken(replace(SIX, down_payment=34131), tenth) == [
        Break("min_down_payment", Money(34132, "CNY"), Money(34131, "CNY"))
    ]
    weekly = Offer(Every(1, "w"), date(2026, 6, 21), installments=26)
    loose = replace(POLICY, min_installment=0)
    assert broken(weekly, loose) == []
    assert broken(replace(weekly, installments=27), loose) == [
        Break("max_installments", 26, 27),
        Break("max_months", date(2026, 12, 14), date(2026, 12, 20)),
    ]
    assert broken(replace(SIX, every=Every(15, "d"))) == [Break("every", "1m, 2w, 1w", "15d")]


def test_all_problems_of_a_policy_file_are_named_at_once() -> None:
    with pytest.raises(BadPolicy) as refused:
        policy_from_text("[plan]\nmax_months = 0\nlength = 3\n[clock]\na = 1", 1, "CNY")
    assert str(refused.value).splitlines() == [
        "The policy file has problems:",
        "[plan] max_months: has to be a whole number from 1 to 60, found 0",
        "[plan] length: unknown; allowed are max_months, max_installments, first_due_within_days, min_installment, "
        "min_down_payment, every, covers",
        f"[clock]: unknown; allowed are {TABLES}, [[ways_to_pay]], [[offers]]",
    ]


def test_what_is_wrong_with_the_ways_and_after_an_unknown_table_is_named_too() -> None:
    text = "ways_to_pay = 3\n[clock]\na = 1\n[plan]\nmax_months = 0"
    with pytest.raises(BadPolicy) as refused:
        policy_from_text(text, 1, "CNY")
    assert [line.split(":")[0] for line in str(refused.value).splitlines()[1:]] == [
        "[[ways_to_pay]]",
        "[clock]",
        "[plan] max_months",
    ]


def test_what_is_no_toml_is_the_policys_own_problem_and_a_share_may_be_nothing() -> None:
    with pytest.raises(BadPolicy, match="not TOML") as refused:
        policy_from_text("[plan", 1, "CNY")
    assert refused.value.field == "policy"
    assert policy_from_text("[waiver]\nfees = '0'", 1, "CNY").waiver == (("fees", Fraction(0)),)


def test_amounts_of_a_policy_judge_their_own_currency_alone() -> None:
    policy = Policy(min_installment=20000, tolerance=500, four_eyes_above=50000, currency="CNY")
    assert policy.judging("CNY") is policy
    other = policy.judging("USD")
    assert (other.min_installment, other.tolerance, other.needs_second(1), other.needs_second(0)) == (0, 0, True, False)
    assert not Policy(currency="CNY").judging("USD").needs_second(1)


def test_what_is_overlooked_is_an_amount_of_the_lenders_currency() -> None:
    policy = policy_from_text('[arrears]\ntolerance = "1.00"\n', 1, "CNY")
    assert (policy.judging("CNY").arrears_tolerance, policy.judging("CNY").cure_terms.arrears_tolerance) == (100, 100)
    assert (policy.judging("JPY").arrears_tolerance, policy.judging("JPY").cure_terms.arrears_tolerance) == (0, 0)


def changed(*signed_on: date, policy: Policy, refused: bool = False, offer: Offer = SIX) -> list[tuple[str, int, int]]:
    """What is said of how often, of a loan on which so many plans were signed."""
    plan = agreed(CASE)
    signed = tuple(replace(plan, ref=f"A-{no}", signed_on=day, refused=refused) for no, day in enumerate(signed_on, 1))
    quote = quote_offer(position(replace(CASE, agreements=signed), ON), offer, policy)
    return [(each.rule, each.allowed, each.asked) for each in quote.breaks if each.rule.startswith("changes")]  # type: ignore[misc]


def test_the_third_change_of_a_loan_is_for_a_person_where_two_are_taken_at_once() -> None:
    twice = replace(POLICY, changes_in_life=2)
    spring, may = date(2024, 3, 1), date(2026, 5, 1)
    assert changed(spring, policy=twice) == []
    assert changed(spring, may, policy=twice) == [("changes_in_life", 2, 3)]
    assert changed(spring, may, policy=twice, refused=True) == [], "the lender's core took in neither"
    assert changed(spring, may, policy=POLICY) == [], "nothing is said of it"
    pause = replace(SIX, kind=OfferKind.PAUSE, installments=1, first_due=date(2026, 7, 1))
    assert changed(spring, may, policy=twice, offer=pause) == [("changes_in_life", 2, 3)]


def test_a_change_counts_for_a_year_from_its_signature() -> None:
    once = replace(POLICY, changes_in_a_year=1)
    assert changed(date(2025, 6, 15), policy=once) == [("changes_in_a_year", 1, 2)]
    assert changed(date(2025, 6, 14), policy=once) == []
