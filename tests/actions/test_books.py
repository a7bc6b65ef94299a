"""The lender's books say more than ours: what a policy that stops penalty meanwhile makes of it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.loan import Loan, Payment, Statement
from portal.domain.contract.portfolio import LoanRecord, PaymentRecord
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.domain.ledger.reconciliation import differences_of
from portal.tables import models as tables
from tests.actions.story import FACTS, NOW, VAULT, Story, begin
from tests.domain.people import ON, XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

STOPS = '[statement]\ntolerance = "1.00"\npenalty_stops = true\n'
LATER = BusinessTime(datetime(2026, 6, 24, 1, 0, tzinfo=UTC), date(2026, 6, 24))


def stated(penalty: int, as_of: date = ON, interest: int = 41370, principal: int = 288678) -> Loan:
    overdue = Amounts(penalty=penalty, interest=interest, principal=principal)
    return replace(XIAOMING, statement=Statement(as_of, overdue))


async def begins(policy: str) -> Story:
    story = await begin()
    await set_policy(NOW, story.lender, policy, OPERATOR)
    return story


async def tells(story: Story, loan: Loan, moment: BusinessTime = NOW) -> None:
    await import_portfolio(moment, story.lender, [LoanRecord(1, loan, FACTS)], [], VAULT)


async def listed_since() -> date | None:
    """From which day's statement the loan stands in the desk's list of books that differ."""
    return (await tables.LoanRow.get()).books_differ_on


async def penalty(story: Story, day: date) -> int:
    return position((await story.case()).loan, day).overdue.penalty


async def test_penalty_stands_still_from_the_statements_day_until_both_books_agree() -> None:
    story = await begins(STOPS)
    await tells(story, stated(15000))
    assert (await story.books())[-1] == "differs" and await listed_since() == ON
    assert await penalty(story, LATER.today) == 11264
    # By 24 June the contract alone makes 62.23 + 43.78 + 25.39 and, for no. 6 of 15 June, 5.80: the lender says so.
    await tells(story, stated(13720, LATER.today, 41370 + 10889, 288678 + 99127), LATER)
    assert (await story.books())[-1] == "agrees" and await listed_since() is None
    assert await penalty(story, LATER.today) == 11264
    # one day on 947.97, 962.19, 976.62 and 991.27 at 23.4 %: 0.62 + 0.63 + 0.63 + 0.64
    assert await penalty(story, date(2026, 6, 25)) == 11264 + 252


async def test_what_stands_still_is_no_difference_of_its_own() -> None:
    story = await begins(STOPS)
    await tells(story, stated(15000))
    found = differences_of((await story.case()).loan)
    assert [(each.component, each.stated, each.computed) for each in found] == [("penalty", 15000, 11264)]


async def test_a_payment_the_lender_had_counted_and_not_told_of_ends_it_when_it_comes() -> None:
    """The statement knows of 112.64 on 14 June; once we are told, both say the same."""
    story = await begins(STOPS)
    await tells(story, stated(0))
    assert (await story.books())[-1] == "differs"
    paid = PaymentRecord(1, XIAOMING.loan_no, Payment("P-3", ON, 5607, Amounts(penalty=5607)))
    await record_payments(NOW, story.lender, [paid], VAULT)
    assert (await story.books()) == ["agrees", "differs", "differs"]
    rest = PaymentRecord(1, XIAOMING.loan_no, Payment("P-4", ON, 5657, Amounts(penalty=5657)))
    await record_payments(NOW, story.lender, [rest], VAULT)
    assert (await story.books())[-1] == "agrees"


@pytest.mark.parametrize(
    ("policy", "says"),
    [(STOPS, 11364), ('[statement]\ntolerance = "1.00"\n', 15000)],
    ids=["within the tolerance", "a policy that does not say so"],
)
async def test_otherwise_it_grows_on(policy: str, says: int) -> None:
    story = await begins(policy)
    await tells(story, stated(says))
    assert await story.books() == ["agrees", "differs"]
    assert await listed_since() == (None if says == 11364 else ON), "what is within the tolerance is not listed"
    assert await penalty(story, date(2026, 6, 15)) == 11264 + 62 + 63 + 63


async def test_an_earlier_stop_ends_also_when_the_policy_stops_nothing_any_more() -> None:
    story = await begins(STOPS)
    await tells(story, stated(15000))
    await set_policy(LATER, story.lender, "", OPERATOR)
    await tells(story, stated(13720, LATER.today, 41370 + 10889, 288678 + 99127), LATER)
    assert (await story.books())[-1] == "agrees"
