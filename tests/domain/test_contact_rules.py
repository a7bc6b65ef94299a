"""The rules of contact are dated data; a lender is stricter than they are, or as they say."""

from datetime import date

import pytest

from portal.domain.conduct.contact_rules import ContactRules
from portal.domain.restructuring.contact_terms import AS_THE_RULES_SAY, ContactTerms
from portal.reads.contact_rules import LIMIT_KINDS, contact_rules, looser_than_rules, rules_in_force
from portal.reads.policy_file import BadPolicy, policy_from_text, policy_to_set

JUNE = date(2026, 6, 15)


def most(rules: ContactRules) -> dict[str, int]:
    return {each.name: each.most for each in rules.limits}


def test_the_last_row_that_has_begun_holds_and_nobody_is_without() -> None:
    both = {"effective_calls_a_day": 3, "unanswered_tries_a_day": 6}
    assert most(rules_in_force("CN", date(2026, 1, 1))) == both
    assert most(rules_in_force("CN", date(2025, 12, 31))) == {"effective_calls_a_day": 3}
    assert most(rules_in_force("CN", date(2000, 1, 1))) == {"effective_calls_a_day": 3}
    assert contact_rules(AS_THE_RULES_SAY, JUNE).hours == (8, 22)
    assert contact_rules(ContactTerms(rules="US-REG-F"), JUNE).hours == (8, 21)
    assert all(each.most == 0 for each in LIMIT_KINDS)


def test_a_lender_is_held_to_the_stricter_of_its_policy_and_the_rules() -> None:
    strict = ContactTerms(from_hour=9, to_hour=20, effective_calls_a_day=2, tries_in_seven_days=5)
    found = contact_rules(strict, JUNE)
    assert found.own_hours == (9, 20)
    assert most(found) == {"effective_calls_a_day": 2, "unanswered_tries_a_day": 6, "tries_in_seven_days": 5}
    loose = contact_rules(ContactTerms(from_hour=6, to_hour=24, effective_calls_a_day=9), JUNE)
    assert (loose.own_hours, most(loose)["effective_calls_a_day"]) == ((8, 22), 3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("from_hour = 7", "[contact] from_hour: CN allows 8 to 22, found 7"),
        ("to_hour = 23", "[contact] to_hour: CN allows 8 to 22, found 23"),
        ("from_hour = 12\nto_hour = 12", "[contact] to_hour: has to be later than from_hour, 12, found 12"),
        ("effective_calls_a_day = 4", "[contact] effective_calls_a_day: CN allows at most 3, found 4"),
        ("rules = 'US-REG-F'\nto_hour = 22", "[contact] to_hour: US-REG-F allows 8 to 21, found 22"),
        ("rules = 'DE'", "[contact] rules: has to be CN or US-REG-F, found 'DE'"),
    ],
)
def test_a_policy_that_is_looser_is_refused_with_what_is_allowed(text: str, problem: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        policy_to_set(f"[contact]\n{text}\n", 1, "CNY")
    assert problem in str(refused.value)


def test_one_in_force_is_read_although_the_rules_have_become_stricter_since() -> None:
    assert policy_from_text("[contact]\neffective_calls_a_day = 4\n", 1, "CNY").contact.effective_calls_a_day == 4
    stricter = ContactTerms(effective_calls_a_day=0, tries_in_seven_days=99, to_hour=20)
    assert list(looser_than_rules(stricter)) == []
