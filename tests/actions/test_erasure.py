"""Nobody is erased unasked; who is due cannot be read by anybody any more, and figures and chains still hold."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from portal.actions.access import note_access
from portal.actions.act import Acting, Author, FormToken
from portal.actions.erasure import ErasureRun, erase_due
from portal.actions.invitations import BorrowerErased, accept_invitation, invite
from portal.actions.leaving import close_account
from portal.actions.lenders import OPERATOR, NewLender, add_lender, set_policy
from portal.actions.portfolio import import_portfolio
from portal.actions.proposals import agree
from portal.actions.staff_notes import write_staff_note
from portal.domain.contract.loan import Loan
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.domain.restructuring.affordability import Budget
from portal.reads.cases import NotFound, case, lender_by_slug, lender_case
from portal.reads.erasure import DueBorrower, due_borrowers
from portal.reads.invitations import open_invitation
from portal.reads.loans import load_loans
from portal.reads.log import broken_links
from portal.reads.personal import opened
from portal.reads.search import last4_hash
from portal.reads.staff_notes import staff_notes
from portal.tables import models as tables
from portal.tables.connection import current
from portal.vault import Erased, new_ref
from tests.actions.story import BORROWER, FACTS, NOW, RUI, SIX, VAULT, Story, begin, paper
from tests.domain.test_retention import PAID_UP, XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

ERASING = "[retention]\ndays_after_end = 1096\n"


def on(day: date) -> BusinessTime:
    """Two in the morning in Shanghai."""
    return BusinessTime(
        datetime(day.year, day.month, day.day, 2, tzinfo=timezone(timedelta(hours=8))).astimezone(UTC), day
    )


# 小明's last payment was on 15 December 2026; 1,096 days later is 15 December 2029.
FIRST, KEPT, OVER = on(date(2029, 12, 14)), on(date(2029, 12, 15)), on(date(2029, 12, 16))
SOON, NEXT = on(date(2027, 1, 20)), on(date(2027, 1, 21))


async def paid_up(text: str = ERASING) -> Story:
    """小明 wrote a note, agreed a plan, and later paid the loan in full."""
    story = await begin()
    await set_policy(NOW, story.lender, text, OPERATOR)
    ref = await story.propose(SIX, "我母亲住院了", told=Budget(900000, 200000))
    proposal = await story.proposal(ref)
    await agree(
        Acting(Author(BORROWER, VAULT, ""), FormToken(proposal.case.seq, ""), NOW), proposal, signed=paper(proposal)
    )
    await tables.ProposalRow.filter(ref=ref).update(state="completed")
    await tables.ProposalLineRow.all().update(open_loan=None)
    await tables.HoldRow.all().update(ended_at=NOW.at)
    await import_portfolio(on(date(2026, 12, 16)), story.lender, [LoanRecord(1, PAID_UP, FACTS)], [], VAULT)
    return story


async def due() -> Story:
    """The same once it was reported: the next look erases him, unless something keeps him."""
    story = await paid_up()
    await erase_due(story.lender, KEPT)
    return story


async def closed() -> Story:
    """At a lender that has set no time 小明 closes the account after he paid; nothing was due at the first look."""
    story = await paid_up("")
    assert await erase_due(story.lender, on(date(2026, 12, 20))) == ErasureRun(None, 0, {}, reports=True)
    await close_account({story.lender: SOON}, story.person_id, BORROWER, SOON)
    return story


async def erased(story: Story, moment: BusinessTime = OVER) -> int:
    run = await erase_due(story.lender, moment)
    assert run is not None and not run.reports
    return run.erased


async def reports() -> list[dict[str, object]]:
    bodies = await tables.EventRow.filter(type="erasure.reported").order_by("feed").values_list("body", flat=True)
    return [json.loads(bytes(body))["data"] for body in bodies]


async def test_where_the_policy_says_nothing_nobody_is_ever_erased() -> None:
    story = await paid_up("")
    for year in (2027, 2040, 2090):
        assert await erase_due(story.lender, on(date(year, 1, 1))) == ErasureRun(None, 0, {}, reports=year == 2027)
    assert (await opened((await story.case()).id, VAULT))[0].name == "王小明"
    assert await reports() == []


async def test_until_the_last_day_everything_is_kept() -> None:
    story = await paid_up()
    await erase_due(story.lender, FIRST)
    assert await erased(story, KEPT) == 0
    assert (await opened((await story.case()).id, VAULT))[0].name == "王小明"


async def test_the_first_look_tells_the_lender_and_erases_nobody() -> None:
    story = await paid_up()
    assert await erase_due(story.lender, OVER) == ErasureRun(1096, 1, {}, reports=True)
    assert await reports() == [{"due": 1, "kept": {}, "kept_days": 1096}]
    assert (await opened((await story.case()).id, VAULT))[0].name == "王小明"
    assert await erased(story, on(date(2029, 12, 17))) == 1
    assert len(await reports()) == 1


async def test_a_time_for_keeping_that_changed_is_reported_before_anybody_goes_by_it() -> None:
    story = await paid_up()
    await erase_due(story.lender, SOON)
    await set_policy(NEXT, story.lender, "[retention]\ndays_after_end = 30\n", OPERATOR)
    assert await erase_due(story.lender, NEXT) == ErasureRun(30, 1, {}, reports=True)
    assert (await reports())[-1] == {"due": 1, "kept": {}, "kept_days": 30}
    assert await erased(story, on(date(2027, 1, 22))) == 1


async def test_a_policy_that_takes_the_time_away_keeps_everybody() -> None:
    story = await due()
    await set_policy(OVER, story.lender, "", OPERATOR)
    assert await erase_due(story.lender, OVER) == ErasureRun(None, 0, {}, reports=True)
    assert await erased(story, on(date(2029, 12, 17))) == 0


async def test_it_looks_once_a_day() -> None:
    story = await paid_up()
    assert await erase_due(story.lender, KEPT) is not None
    assert await erase_due(story.lender, KEPT) is None
    assert await erased(story) == 1
    assert await erase_due(story.lender, OVER) is None


async def test_of_two_workers_at_once_one_erases() -> None:
    story = await due()
    ran = await asyncio.gather(erase_due(story.lender, OVER), erase_due(story.lender, OVER))
    assert sorted(run.erased for run in ran if run is not None) == [1]
    assert await tables.EventRow.filter(type="borrower.erased").count() == 1


async def test_a_worker_whose_clock_ran_ahead_leaves_a_report_and_no_licence() -> None:
    story = await paid_up()
    await erase_due(story.lender, on(date(2031, 1, 1)))
    run = await erase_due(story.lender, OVER)
    assert run is not None and (run.reports, run.erased) == (True, 0)


async def test_afterwards_name_note_and_agreement_are_gone_and_the_way_in_too() -> None:
    story = await due()
    loan_id = (await story.case()).id
    await tables.PersonRow.filter(id=story.person_id).update(phone_hash="x" * 64, password_hash="y")
    found_by = tables.BorrowerRow.filter(last4_hash=last4_hash(story.lender.id, FACTS.phone, VAULT))
    assert await found_by.exclude(name_hash="").count() == 1
    assert await erased(story) == 1
    assert await found_by.count() == 0 and await tables.BorrowerRow.filter(name_hash="").count() == 1
    (who,) = await opened(loan_id, VAULT)
    assert (who.name, who.phone, who.id_last4, who.erased) == ("", "", "", True)
    person = await tables.PersonRow.get(id=story.person_id)
    assert (bytes(person.key), person.phone_hash, person.password_hash) == (b"", None, None)
    agreement, text = await tables.AgreementRow.get(), await tables.TextRow.get()
    for sealed in (agreement.sealed, text.sealed):
        with pytest.raises(Erased):
            VAULT.unseal(bytes(person.key), bytes(sealed))
    with pytest.raises(NotFound):
        await case(story.loan_ref, story.scope)


async def test_codes_messages_and_what_two_of_the_staff_decided_on_go_too() -> None:
    story = await due()
    borrower, loan_id = await tables.BorrowerRow.get(), (await story.case()).id
    key = bytes(borrower.key)
    await tables.BorrowerRow.all().update(entry_code_sealed=VAULT.seal(key, "4711"), number_changed_at=NOW.at)
    await tables.OutboundMessageRow.create(
        ref=new_ref(), borrower_id=borrower.id, kind="link", sealed=VAULT.seal(key, "+86138"), next_at=OVER.at
    )
    await waits(story, loan_id, outcome="rejected", closed_by="lan", sealed=VAULT.seal(key, "+8613900000009"))
    assert await erased(story) == 1
    borrower, message, approval = (
        await tables.BorrowerRow.get(),
        await tables.OutboundMessageRow.get(),
        await tables.ApprovalRow.get(),
    )
    assert (borrower.entry_code_sealed, borrower.number_changed_at, approval.sealed) == (None, None, None)
    assert (bytes(message.sealed), message.state) == (b"", "expired")


async def test_what_the_staff_wrote_for_each_other_goes_too_and_nothing_more_is_written() -> None:
    story = await due()
    now = await lender_case("JQ-2026-0001", story.lender.id)
    acting = Acting(Author(RUI, VAULT, "他哥哥来过电话"), FormToken(0, "k", drawn=False), NOW)
    await write_staff_note(acting, now)
    assert [note.text for note in await staff_notes(now.id, VAULT)] == ["他哥哥来过电话"]
    assert await erased(story) == 1
    assert await staff_notes(now.id, VAULT) == () and bytes((await tables.StaffNoteRow.get()).sealed) == b""
    with pytest.raises(BorrowerErased):
        await write_staff_note(replace(acting, token=FormToken(0, "l", drawn=False)), now)


async def test_figures_and_chains_still_hold() -> None:
    story = await due()
    await erased(story)
    still = await lender_case("JQ-2026-0001", story.lender.id)
    assert position(still.loan, OVER.today).outstanding_principal == 0
    links = [link async for link in broken_links()]
    assert links and not [link for link in links if link.what]
    told = await tables.EventRow.get(type="borrower.erased")
    assert told.stream.startswith("borrower:")
    assert json.loads(bytes(told.body))["data"] == {"kept_days": 1096, "ground": "retention"}


async def test_what_is_destroyed_is_overwritten_in_the_file(each_database: str) -> None:
    if each_database.startswith("sqlite"):
        assert await current().execute_query_dict("PRAGMA secure_delete") == [{"secure_delete": 1}]


async def test_erasing_again_finds_nobody() -> None:
    story = await due()
    assert [await erased(story, moment) for moment in (OVER, on(date(2029, 12, 17)))] == [1, 0]


async def waits(story: Story, loan_id: int, **also: Any) -> None:
    facts = {"outcome": "", "proposed_by": "rui", "proposed_at": OVER.at, "until": OVER.today, **also}
    await tables.ApprovalRow.create(
        ref=new_ref(), lender_id=story.lender.id, loan_id=loan_id, kind="number", subject="x", **facts
    )


async def open_proposal(_story: Story, loan_id: int) -> None:
    await tables.ProposalLineRow.all().update(open_loan=loan_id)


async def live_plan(_story: Story, loan_id: int) -> None:
    await tables.ProposalLineRow.all().update(live_loan=loan_id)


async def claim(story: Story, loan_id: int, state: str = "awaiting") -> None:
    said = {"paid_on": KEPT.today, "amount_minor": 100, "look_by": OVER.today, "reported_at": KEPT.at}
    await tables.PaymentClaimRow.create(ref=new_ref(), loan_id=loan_id, person_id=story.person_id, state=state, **said)


async def asked_claim(story: Story, loan_id: int) -> None:
    await claim(story, loan_id, "asked")


async def complaint(story: Story, loan_id: int, state: str = "open") -> None:
    who = {"lender_id": story.lender.id, "loan_id": loan_id, "person_id": story.person_id}
    day = {"answer_by": OVER.today, "opened_at": KEPT.at}
    await tables.ComplaintRow.create(ref=new_ref(), kind="other", state=state, **who, **day)


async def hold(_story: Story, loan_id: int, ended_at: datetime | None = None) -> None:
    await tables.HoldRow.create(ref=new_ref(), loan_id=loan_id, reason="asked", requested_at=KEPT.at, ended_at=ended_at)


async def borrower_told_anew(_story: Story, _loan_id: int) -> None:
    await tables.BorrowerRow.all().update(recorded_at=OVER.at - timedelta(days=29, hours=23))


async def loan_told_anew(_story: Story, loan_id: int) -> None:
    await tables.ContractRow.filter(loan_id=loan_id, version=1).update(
        recorded_at=OVER.at - timedelta(days=29, hours=23)
    )


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        (open_proposal, "proposal"),
        (live_plan, "plan"),
        (claim, "claim"),
        (asked_claim, "claim"),
        (complaint, "complaint"),
        (hold, "hold"),
        (waits, "approval"),
        (borrower_told_anew, "import"),
        (loan_told_anew, "import"),
    ],
)
async def test_what_waits_for_one_of_the_two_sides_keeps_everything(
    blocks: Callable[[Story, int], Awaitable[None]], why: str
) -> None:
    story = await due()
    await blocks(story, (await story.case()).id)
    assert await erase_due(story.lender, OVER) == ErasureRun(1096, 0, {why: 1}, reports=False)
    assert (await opened((await story.case()).id, VAULT))[0].name == "王小明"


async def test_what_was_answered_ended_or_told_long_ago_keeps_nobody() -> None:
    story = await due()
    loan_id = (await story.case()).id
    for state in ("not_found", "confirmed", "withdrawn"):
        await claim(story, loan_id, state)
    await complaint(story, loan_id, "decided")
    await hold(story, loan_id, OVER.at)
    await waits(story, loan_id, outcome="withdrawn")
    await tables.BorrowerRow.all().update(recorded_at=OVER.at - timedelta(days=30))
    await tables.ContractRow.filter(version=1).update(recorded_at=OVER.at - timedelta(days=30))
    assert await erased(story) == 1


async def time_taken_away(story: Story, _loan_id: int) -> None:
    await set_policy(OVER, story.lender, "", OPERATOR)


@pytest.mark.parametrize("comes", [complaint, time_taken_away])
async def test_what_comes_between_the_look_and_the_lock_keeps_everything(
    monkeypatch: pytest.MonkeyPatch, comes: Callable[[Story, int], Awaitable[None]]
) -> None:
    story = await due()
    loan_id = (await story.case()).id

    async def looks(*asked: Any) -> list[DueBorrower]:
        found = await due_borrowers(*asked)
        await comes(story, loan_id)
        return found

    monkeypatch.setattr("portal.actions.erasure.due_borrowers", looks)
    assert await erased(story) == 0


async def test_one_loan_that_is_still_owed_keeps_everything() -> None:
    story = await due()
    still_owed = LoanRecord(2, replace(XIAOMING, loan_no="JQ-2026-0002"), FACTS)
    await import_portfolio(on(date(2029, 10, 1)), story.lender, [still_owed], [], VAULT)
    assert await erase_due(story.lender, OVER) == ErasureRun(1096, 0, {}, reports=False)


async def test_whoever_closed_the_account_and_owes_nothing_goes_at_the_next_look() -> None:
    story = await closed()
    loan_id = (await tables.LoanRow.get(ref=story.loan_ref)).id
    assert await erased(story, NEXT) == 1
    assert (await opened(loan_id, VAULT))[0].erased
    told = await tables.EventRow.get(type="borrower.erased")
    assert json.loads(bytes(told.body))["data"] == {"kept_days": None, "ground": "closed"}


async def test_whoever_closed_the_account_and_still_owes_stays() -> None:
    story = await begin()
    await close_account({story.lender: SOON}, story.person_id, BORROWER, SOON)
    assert await erase_due(story.lender, SOON) == ErasureRun(None, 0, {}, reports=True)
    assert await erased(story, NEXT) == 0


async def test_whoever_closed_the_account_and_came_back_by_a_link_stays() -> None:
    story = await closed()
    token = await invite(SOON, story.lender, "JQ-2026-0001", "", VAULT)
    await accept_invitation(SOON, await open_invitation(token, VAULT, SOON.at), None, VAULT)
    assert (await tables.BorrowerRow.get()).closed_at is None
    assert await erase_due(story.lender, NEXT) == ErasureRun(None, 0, {}, reports=False)


async def test_closing_erases_at_the_lender_where_nothing_is_owed_and_keeps_the_other() -> None:
    story = await closed()
    await add_lender(NOW, NewLender("yh", "悦行", "bank", "CNY", "Asia/Shanghai"))
    other = await lender_by_slug("yh")
    owed = LoanRecord(1, replace(XIAOMING, loan_no="Y-1"), replace(FACTS, external_id="Y-1"))
    await import_portfolio(NOW, other, [owed], [], VAULT)
    await tables.BorrowerRow.filter(external_id="Y-1").update(person_id=story.person_id)
    assert await erased(story, NEXT) == 1
    await erase_due(other, SOON)
    run = await erase_due(other, NEXT)
    assert run is not None and run.erased == 0
    assert bytes((await tables.PersonRow.get()).key)


async def test_a_person_of_two_lenders_keeps_the_key_and_loses_what_was_said_at_the_first() -> None:
    story = await due()
    other = await tables.LenderRow.create(slug="yh", name="悦行", kind="bank", currency="CNY", timezone="Asia/Shanghai")
    key = VAULT.new_key()
    sealed = {name: VAULT.seal(key, "1") for name in ("name_sealed", "phone_sealed", "id_last4_sealed")}
    await tables.BorrowerRow.create(lender_id=other.id, external_id="Y-1", person_id=story.person_id, key=key, **sealed)
    assert await erased(story) == 1
    person = await tables.PersonRow.get(id=story.person_id)
    assert person.key and person.erased_at is None
    rows = (await tables.AgreementRow.get(), await tables.TextRow.get(), await tables.ToldIncomeRow.get())
    assert [bytes(row.sealed) for row in rows] == [b"", b"", b""]


async def test_the_same_file_again_brings_nobody_back_and_a_new_loan_does() -> None:
    story = await due()
    loan_id = (await story.case()).id
    await erased(story)
    again = LoanRecord(1, PAID_UP, replace(FACTS, phone="+8613900000009"))
    await import_portfolio(OVER, story.lender, [again], [], VAULT)
    assert (await opened(loan_id, VAULT))[0].erased
    with pytest.raises(BorrowerErased):
        await invite(OVER, story.lender, "JQ-2026-0001", "", VAULT)
    fresh = LoanRecord(1, replace(XIAOMING, loan_no="JQ-2029-0001"), FACTS)
    await import_portfolio(OVER, story.lender, [again, fresh], [], VAULT)
    row = await tables.BorrowerRow.get()
    assert (row.erased_at, row.person_id, row.recorded_at) == (None, None, OVER.at)  # type: ignore[attr-defined]
    assert (await opened(loan_id, VAULT))[0].name == "王小明"


async def test_whoever_paid_within_the_time_is_passed_over_by_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    story = await paid_up()
    walked: list[int] = []

    async def loads(ids: Sequence[int]) -> dict[int, tuple[Loan, int]]:
        walked.extend(ids)
        return await load_loans(ids)

    monkeypatch.setattr("portal.reads.erasure.load_loans", loads)
    for moment, count in ((SOON, 0), (KEPT, 0), (OVER, 1)):
        await due_borrowers(story.lender.id, 1096, moment)
        assert len(walked) == count, moment


async def test_the_rest_of_the_day_costs_a_lender_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    story = await due()
    asked: list[str] = []
    client = type(current())
    for name in ("execute_query", "execute_query_dict"):
        real = getattr(client, name)

        async def noted(self: Any, query: str, *rest: Any, real: Any = real) -> Any:
            asked.append(query)
            return await real(self, query, *rest)

        monkeypatch.setattr(client, name, noted)
    assert await erase_due(story.lender, KEPT) is None
    assert len(asked) == 1


async def test_the_access_log_is_cut_where_the_policy_keeps_people_no_longer_and_not_at_the_first_look() -> None:
    story = await paid_up()
    old, new = KEPT.at - timedelta(days=1098), KEPT.at - timedelta(days=1000)
    for at in (old, new):
        for lender_id in (story.lender.id, None):
            await note_access(("staff", "x"), "looked", at, lender_id=lender_id)
    await erase_due(story.lender, KEPT)
    assert await tables.AccessRow.filter(what="looked", at=old).count() == 2, "the first look only reports"
    await erase_due(story.lender, OVER)
    assert await tables.AccessRow.filter(what="looked", at=old).count() == 0
    assert await tables.AccessRow.filter(what="looked", at=new).count() == 2
