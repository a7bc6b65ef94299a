"""A lender finds out what each key means, what holds without it, and what a new policy says otherwise."""

import re
import tomllib
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import pytest

from portal.domain.contract.agreement import CureTerms
from portal.domain.contract.pause import PauseTerms
from portal.domain.restructuring.contact_terms import ContactTerms
from portal.domain.restructuring.policy import Policy, WholeLoanRules
from portal.reads.policy_file import BadPolicy, policy_from_text
from portal.reads.policy_keys import (
    defaults_used,
    example,
    policy_differences,
    policy_schema,
)
from portal.reads.policy_offers import OfferTable
from portal.reads.policy_shape import POLICY_TABLES, policy_keys

DOCUMENT = (Path(__file__).parents[2] / "docs" / "policy.example.toml").read_text(encoding="utf-8")


def told(old: str, new: str) -> list[str]:
    return [str(each) for each in policy_differences(*(policy_from_text(text, 1, "CNY") for text in (old, new)), "CNY")]


def test_every_table_and_every_key_has_its_meaning() -> None:
    assert all(shape.__doc__ for shape in POLICY_TABLES.values())
    assert all(key.description for _, _, key in policy_keys())


def test_the_example_is_what_is_printed_and_changes_nothing_where_it_is_set() -> None:
    assert example("CNY") == DOCUMENT
    assert policy_differences(Policy(), policy_from_text(DOCUMENT, 0, "CNY"), "CNY") == []
    assert replace(policy_from_text(DOCUMENT, 0, "CNY"), waiver=()) == Policy(currency="CNY")


def test_every_key_stands_in_the_example_and_so_does_every_way_to_pay() -> None:
    everything = re.sub(r"^# ((?:\w+ = .*)|(?:\[\[.*\]\]))$", r"\1", DOCUMENT, flags=re.M)
    read = tomllib.loads(everything)
    assert len(read.pop("ways_to_pay")) == 1 and read.pop("offers")[0]["id"] == "half-penalty-june"
    assert {table: list(keys) for table, keys in read.items()} == {
        table: list(shape.model_fields) for table, shape in POLICY_TABLES.items()
    }
    policy = policy_from_text(everything, 0, "CNY")
    assert (policy.four_eyes_above, policy.retention_days, len(policy.ways)) == (50000, 1096, 1)


def test_every_field_of_a_policy_is_set_by_some_key_or_named_here() -> None:
    by_keys = {
        key.serialization_alias or name
        for table, name, key in policy_keys()
        if table not in ("waiver", "whole_loan", "slips", "pause", "contact")
    }
    unset = {each.name for each in fields(Policy)} - by_keys
    assert unset == {
        "version",
        "currency",
        "ways",
        "offers",
        "working_days",
        "waiver",
        "whole_loan",
        "cure_terms",
        "pause_terms",
        "contact",
    }
    assert by_keys <= {each.name for each in fields(Policy)}
    slips = list(POLICY_TABLES["slips"].model_fields)
    assert [*slips, "arrears_tolerance"] == [each.name for each in fields(CureTerms)], "its table is [arrears]"
    assert list(POLICY_TABLES["whole_loan"].model_fields) == [each.name for each in fields(WholeLoanRules)]
    assert list(POLICY_TABLES["pause"].model_fields) == [each.name for each in fields(PauseTerms)]
    assert list(POLICY_TABLES["contact"].model_fields) == [each.name for each in fields(ContactTerms)]


def test_the_schema_says_the_default_of_every_key_that_has_one() -> None:
    tables = policy_schema()["properties"]
    assert tables["plan"]["properties"]["max_months"]["default"] == 12
    assert tables["plan"]["properties"]["every"]["default"] == ["1m", "2w", "1w"]
    assert tables["plan"]["properties"]["min_installment"]["default"] == "0.00"
    assert tables["waiver"]["properties"]["penalty"]["default"] == "0"
    assert tables["booking"]["properties"]["automatic"]["default"] is False
    without = [(table, name) for table, name, _ in policy_keys() if "default" not in tables[table]["properties"][name]]
    of_whole_loans = [("whole_loan", name) for name in POLICY_TABLES["whole_loan"].model_fields]
    of_changes = [("changes", "in_life"), ("changes", "in_a_year")]
    of_contact = [
        ("contact", name)
        for name in POLICY_TABLES["contact"].model_fields
        if name not in ("rules", "visit_within_days")
    ]
    four_eyes, kept = ("four_eyes", "waiver_above"), ("retention", "days_after_end")
    assert without == [*of_whole_loans, *of_changes, four_eyes, *of_contact, kept]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("", "[plan]\nmax_months = 12", []),
        ("", "[plan]\nmax_months = 6", ["[plan] max_months: 12 (default) -> 6"]),
        ("[plan]\nmax_months = 6", "", ["[plan] max_months: 6 -> 12 (default)"]),
        ("", '[waiver]\npenalty = "0.5"', ['[waiver] penalty: "0" (default) -> "0.5"']),
        ("[slips]\nwithin = 4", "[slips]\ncure_days = 7\nwithin = 4", ["[slips] cure_days: 14 (default) -> 7"]),
        ("", "[retention]\ndays_after_end = 400", ["[retention] days_after_end: not set -> 400"]),
        ('[four_eyes]\nwaiver_above = "9"', "", ['[four_eyes] waiver_above: "9.00" -> not set']),
        ("", '[plan]\nevery = ["1m"]', ['[plan] every: ["1m", "2w", "1w"] (default) -> ["1m"]']),
        ("", "[booking]\nautomatic = true", ["[booking] automatic: false (default) -> true"]),
    ],
)
def test_a_difference_names_key_old_and_new_and_what_is_a_default(old: str, new: str, says: list[str]) -> None:
    assert told(old, new) == says


def test_ways_to_pay_that_come_and_go_are_named() -> None:
    app = "[[ways_to_pay]]\nkind = 'app'\nname_zh = '甲'\nname_en = 'Our app'\n"
    bank = "[[ways_to_pay]]\nkind = 'account'\nname_zh = '乙'\nname_en = 'A transfer'\nholder = 'x'\naccount = '1'\n"
    assert told(app, bank) == [
        "[[ways_to_pay]]: app 'Our app' -> taken away",
        "[[ways_to_pay]]: new -> account 'A transfer'",
    ]
    assert told(app + bank, bank + app) == ["[[ways_to_pay]]: as they were -> in another order"]


def test_what_a_file_leaves_out_is_named_with_what_holds_instead() -> None:
    used = list(defaults_used('[plan]\nmax_months = 6\n\n[four_eyes]\nwaiver_above = "200.00"\n', "CNY"))
    assert "[plan] max_installments = 52" in used and "[retention] days_after_end: not set" in used
    assert not [line for line in used if line.startswith("[plan] max_months") or "waiver_above" in line]
    assert len(used) == len(list(policy_keys())) - 2
    assert Fraction(0) == Policy().waiver_share("penalty") and '[waiver] penalty = "0"' in used


OFFER = """
[[offers]]
id = "june"
name_zh = "罚息减一半"
name_en = "Half the penalty"
reason_zh = "三次以内还清"
reason_en = "Paid in three"
until = 2026-06-30
installments = 3
waived_penalty = "0.5"
"""


def test_a_standing_offer_is_read_and_what_changes_of_it_is_named_key_by_key() -> None:
    (read,) = policy_from_text(OFFER, 1, "CNY").offers
    assert (read.id, read.installments, dict(read.waiver)["penalty"]) == ("june", 3, Fraction(1, 2))
    assert told("", OFFER) == ["[[offers]] june: new -> 'Half the penalty' until 2026-06-30"]
    assert told(OFFER, OFFER.replace("06-30", "07-31")) == ["[[offers]] june until: 2026-06-30 -> 2026-07-31"]
    assert told(OFFER, "") == ["[[offers]] june: until 2026-06-30 -> taken away"]


def test_every_problem_of_an_offer_is_named_with_its_number() -> None:
    bad = OFFER.replace("installments = 3", 'installments = "3"\nmonths = 3\nwaived_principal = "0.1"')
    with pytest.raises(BadPolicy) as refused:
        policy_from_text(bad.replace('id = "june"\n', "") + OFFER + OFFER, 1, "CNY")
    assert str(refused.value).splitlines()[1:] == [
        "[[offers]] no. 1 id: has to be there, a text of 1 to 200 characters",
        "[[offers]] no. 1 installments: has to be a whole number from 1 to 260, found '3'",
        f"[[offers]] no. 1 months: unknown; allowed are {', '.join(OfferTable.model_fields)}",
        "[[offers]] id: 'june' is there twice",
    ]
    with pytest.raises(BadPolicy, match="june: waived_principal is for a settlement alone"):
        policy_from_text(OFFER + 'waived_principal = "0.1"', 1, "CNY")
