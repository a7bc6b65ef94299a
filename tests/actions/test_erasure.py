"""When the time for keeping is over nobody can read a person any more, and figures and chains still hold."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.actions.door import BorrowerErased, invite
from portal.actions.erasure import erase_due
from portal.actions.portfolio import import_portfolio
from portal.actions.proposals import Author, Guard, agree
from portal.domain.event import Moment
from portal.domain.portfolio import LoanRecord
from portal.domain.position import position
from portal.reads.cases import NotFound, case, lender_case
from portal.reads.log import broken_links
from portal.reads.personal import opened
from portal.tables import models as t
from portal.vault import Erased
from tests.actions.story import BORROWER, FACTS, NOW, SIX, VAULT, Story, begin, paper
from tests.domain.test_retention import PAID_UP, XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

KEPT = Moment(datetime(2029, 12, 14, 18, 0, tzinfo=UTC), date(2029, 12, 15))
OVER = Moment(datetime(2029, 12, 15, 18, 0, tzinfo=UTC), date(2029, 12, 16))


async def paid_up() -> Story:
    """小明 wrote a note, agreed a plan, and later paid the loan in full."""
    story = await begin()
    ref = await story.propose(SIX, "我母亲住院了")
    held = await story.held(ref)
    await agree(held, paper(held), Author(BORROWER, VAULT, ""), Guard(held.case.seq, ""), NOW)
    await t.Proposal.filter(ref=ref).update(state="completed")
    await t.ProposalLine.all().update(open_loan=None)
    await import_portfolio(story.lender, [LoanRecord(1, PAID_UP, FACTS)], [], VAULT, KEPT)
    return story


async def test_until_the_last_day_everything_is_kept() -> None:
    story = await paid_up()
    assert await erase_due(story.lender, KEPT) == 0
    assert (await opened((await story.case()).id, VAULT))[0].name == "王小明"


async def test_afterwards_name_note_and_agreement_are_gone_and_the_way_in_too() -> None:
    story = await paid_up()
    loan_id = (await story.case()).id
    await t.Person.filter(id=story.person_id).update(phone_hash="x" * 64, password_hash="y")
    assert await erase_due(story.lender, OVER) == 1
    (who,) = await opened(loan_id, VAULT)
    assert (who.name, who.phone, who.id_last4, who.erased) == ("", "", "", True)
    person = await t.Person.get(id=story.person_id)
    assert (bytes(person.key), person.phone_hash, person.password_hash) == (b"", None, None)
    agreement, text = await t.Agreement.get(), await t.Text.get()
    for sealed in (agreement.sealed, text.sealed):
        with pytest.raises(Erased):
            VAULT.unseal(bytes(person.key), bytes(sealed))
    with pytest.raises(NotFound):
        await case(story.loan_ref, story.scope)


async def test_figures_and_chains_still_hold() -> None:
    story = await paid_up()
    await erase_due(story.lender, OVER)
    still = await lender_case("JQ-2026-0001", story.lender.id)
    assert position(still.loan, OVER.today).outstanding_principal == 0
    links = [link async for link in broken_links()]
    assert links and not [link for link in links if link.what]
    told = await t.Event.filter(type="borrower.erased").values_list("stream", flat=True)
    assert len(told) == 1 and str(told[0]).startswith("borrower:")


async def test_erasing_again_finds_nobody() -> None:
    story = await paid_up()
    assert [await erase_due(story.lender, OVER) for _ in range(2)] == [1, 0]


async def test_an_open_proposal_keeps_what_it_is_about() -> None:
    story = await paid_up()
    line = await t.ProposalLine.get()
    await t.ProposalLine.all().update(open_loan=line.loan_id)  # type: ignore[attr-defined]
    assert await erase_due(story.lender, OVER) == 0


async def test_a_person_of_two_lenders_keeps_the_key_and_loses_what_was_said_at_the_first() -> None:
    story = await paid_up()
    other = await t.Lender.create(slug="yh", name="悦行", kind="bank", currency="CNY", timezone="Asia/Shanghai")
    key = VAULT.new_key()
    sealed = {name: VAULT.seal(key, "1") for name in ("name_sealed", "phone_sealed", "id_last4_sealed")}
    await t.Borrower.create(lender_id=other.id, external_id="Y-1", person_id=story.person_id, key=key, **sealed)
    assert await erase_due(story.lender, OVER) == 1
    person = await t.Person.get(id=story.person_id)
    assert person.key and person.erased_at is None
    assert [bytes(row.sealed) for row in (await t.Agreement.get(), await t.Text.get())] == [b"", b""]


async def test_the_same_file_again_brings_nobody_back_and_a_new_loan_does() -> None:
    story = await paid_up()
    loan_id = (await story.case()).id
    await erase_due(story.lender, OVER)
    again = LoanRecord(1, PAID_UP, replace(FACTS, phone="+8613900000009"))
    await import_portfolio(story.lender, [again], [], VAULT, OVER)
    assert (await opened(loan_id, VAULT))[0].erased
    with pytest.raises(BorrowerErased):
        await invite(story.lender, "JQ-2026-0001", "", VAULT, OVER)
    fresh = LoanRecord(1, replace(XIAOMING, loan_no="JQ-2029-0001"), FACTS)
    await import_portfolio(story.lender, [again, fresh], [], VAULT, OVER)
    row = await t.Borrower.get()
    assert (row.erased_at, row.person_id) == (None, None)  # type: ignore[attr-defined]
    assert (await opened(loan_id, VAULT))[0].name == "王小明"
