"""What 小明 let the lender see of income and spending: with one offer, in his own copy, and gone with the next."""

import json

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.figure_rows import count_figures
from portal.actions.leaving import withdraw_consent
from portal.actions.proposals import counter, revise, take_back_income
from portal.domain.restructuring.affordability import Budget
from portal.reads.cases import PersonScope
from portal.reads.own_data import own_data
from portal.reads.told_income import told_income
from portal.tables import models as tables
from tests.actions.story import BORROWER, NOW, RUI, SIX, TWELVE, VAULT, Story, begin

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

TOLD = Budget(450000, 370000)


async def own_copy(story: Story, *, elsewhere: bool = False) -> list[dict[str, object]]:
    scope = PersonScope(story.person_id, frozenset()) if elsewhere else story.scope
    parts = {name: part async for name, part in own_data(scope, VAULT, {"jq": NOW.today})}
    return [{name: each[name] for name in each if name not in ("ref", "told_at")} for each in parts["income_shown"]]


async def test_it_goes_with_one_offer_and_another_without_it_leaves_nothing() -> None:
    story = await begin()
    ref = await story.propose(TWELVE, told=TOLD)
    seen = await told_income(ref, VAULT)
    assert seen is not None and (seen.budget, seen.budget.left, seen.version) == (TOLD, 80000, 1)
    shown = {"currency": "CNY", "income": "4500.00", "spending": "3700.00"}
    assert await own_copy(story) == [{"version": 1, "taken_back_at": None, **shown}]
    assert await own_copy(story, elsewhere=True) == [], "who came in for another lender takes no copy of it"
    no = await story.proposal(ref)
    await counter(Acting(Author(RUI, VAULT), FormToken(no.case.seq), NOW), no, await story.quote(SIX))
    assert await told_income(ref, VAULT) == seen, "the lender's answer takes nothing away"
    answered = await story.proposal(ref)
    acting = Acting(Author(BORROWER, VAULT), FormToken(answered.case.seq), NOW)
    await revise(acting, answered, await story.quote(TWELVE))
    assert await told_income(ref, VAULT) is None
    assert [list(each) for each in await own_copy(story)] == [["version", "taken_back_at"]]
    assert (await tables.ToldIncomeRow.get()).sealed == b""


async def test_it_is_taken_back_once_from_a_page_of_any_age_and_with_all_consent() -> None:
    story = await begin()
    ref, other = await story.propose(TWELVE, told=TOLD), Acting(Author(BORROWER, VAULT), FormToken(0), NOW)
    proposal = await story.proposal(ref)
    await take_back_income(other, proposal)
    told = await story.events()
    assert told[-1] == "proposal.income_taken_back" and await told_income(ref, VAULT) is None
    await take_back_income(other, proposal)
    assert await story.events() == told, "nothing was left to take back"
    await tables.ProposalLineRow.all().update(open_loan=None)
    again = await story.propose(TWELVE, told=TOLD)
    await withdraw_consent(NOW, story.lender, story.person_id, BORROWER)
    assert await told_income(again, VAULT) is None


async def test_who_names_no_reason_and_shows_income_has_said_something_of_the_circumstances() -> None:
    """The figure counts a plan sent without a word apart."""
    story = await begin()
    offer = TWELVE.__class__(TWELVE.every, TWELVE.first_due, installments=12)
    await story.propose(offer, told=TOLD)
    await tables.ProposalLineRow.all().update(open_loan=None)
    await story.propose(offer)
    await count_figures(story.lender, NOW)
    rows = await tables.FigureFactRow.filter(figure="circumstances").order_by("feed").values_list("state", flat=True)
    assert [*rows] == ["told", "untold"]
    sent = await tables.EventRow.filter(type="proposal.submitted").order_by("feed").values_list("body", flat=True)
    assert ["income_told" in json.loads(bytes(each))["data"] for each in sent] == [True, False]
