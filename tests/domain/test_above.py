"""What is above the contract is not charged, and takes off what is due no more than is due."""

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.ledger.above import above_contract, less_above
from portal.domain.ledger.walk import Walk
from tests.domain.people import ON, XIAOMING


def test_what_is_not_charged_may_be_of_what_is_still_to_come() -> None:
    assert less_above(Amounts(penalty=5, principal=9), Amounts(penalty=7, principal=2)) == Amounts(principal=7)


def test_without_a_plan_that_broke_nothing_is_above_the_contract() -> None:
    assert above_contract(Walk(XIAOMING, ON).run()) == NOTHING
