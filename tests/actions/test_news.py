"""小明 is told to his phone what he wants to be told: each thing once, at his hours, and only while it is so."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.actions import news as news_actions
from portal.actions.act import Acting, Author, FormToken
from portal.actions.attempts import WorkUnit
from portal.actions.complaints import NewComplaint, decide_complaint, file_complaint, write_to_complaint
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.message_choice import choose_messages
from portal.actions.news import NewsClock, plan_news, plan_reminders
from portal.actions.news_release import Release, release_due
from portal.actions.payment_claims import PaymentStatement, answer_claim, claim_payment
from portal.actions.payments import record_payments
from portal.actions.preferences import prefer
from portal.actions.proposals import accept, advance_plans, agree, book, counter, send_offer, step
from portal.delivery.relay import deliver_due
from portal.delivery.senders import OutgoingMessage
from portal.domain.conduct.complaints import ComplaintCause, ComplaintKind, Outcome
from portal.domain.conduct.news import NewsKind
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.event import Actor, BusinessTime
from portal.domain.restructuring.negotiation import Move, Party
from portal.reads.complaints import desk_complaint_case
from portal.reads.news import message_choices, told_messages
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from tests.actions.story import BORROWER, POLICY, RUI, SIX, TWELVE, VAULT, Story, begin, paper
from tests.actions.test_before_late import MOVE, booked, in_order, plan_of, signs
from tests.actions.test_live import running

pytestmark = pytest.mark.anyio

HOST = "pay.example"
WAY = "请自己输入网址 pay.example 登录查看。不想再收，登录后可以关闭。"
CORE = Actor("lender", "core")


def at(month: int, day: int, hour: int, minute: int = 0) -> BusinessTime:
    """A time of 2026 in Shanghai, which is eight hours ahead."""
    local = datetime(2026, month, day, hour, minute)
    return BusinessTime(local.replace(tzinfo=UTC) - timedelta(hours=8), local.date())


class Phone:
    """What arrives at it; nothing does while its gateway is `down`."""

    def __init__(self, story: Story) -> None:
        self.story, self.got, self.tries, self.down = story, list[str](), 0, False

    async def __call__(self, message: OutgoingMessage) -> None:
        self.tries += 1
        if self.down:
            raise OSError("no gateway")
        assert (message.kind, message.to) == ("notice", "+8613800000001")
        self.got.append(message.text.removesuffix(WAY))

    async def at(self, moment: BusinessTime) -> list[str]:
        """The worker's round at that time; what has arrived by then in all."""
        lender = self.story.lender
        clock = NewsClock(moment, moment.at, lender.timezone)
        await plan_news(lender, clock)
        await plan_reminders(lender, clock)
        await release_due(Release(VAULT, HOST, moment.at, lambda _: moment))
        await deliver_due(VAULT, self, moment.at)
        return self.got


async def wants(story: Story, *kinds: NewsKind, lang: str = "zh-CN") -> Phone:
    await choose_messages(story.scope, await message_choices(story.scope), kinds, lang, at(6, 1, 12).at)
    return Phone(story)


async def listed(story: Story) -> list[tuple[str, str]]:
    return [(each.what, each.state) for each in await told_messages(story.scope)]


def of(actor: Actor, proposal: ProposalCase, moment: BusinessTime, note: str = "") -> Acting:
    return Acting(Author(actor, VAULT, note), FormToken(proposal.case.seq), moment)


async def countered(story: Story, moment: BusinessTime) -> ProposalCase:
    """Rui offers six payments where 小明 asked for twelve, to be taken by 17 June."""
    ref = await story.propose(TWELVE)
    await counter(of(RUI, await story.proposal(ref), moment), await story.proposal(ref), await story.quote(SIX))
    return await story.proposal(ref)


async def asked(story: Story, moment: BusinessTime) -> ProposalCase:
    ref = await story.propose(TWELVE)
    for move in (Move.TAKE_UP, Move.ASK):
        proposal = await story.proposal(ref)
        await step(of(RUI, proposal, moment, "四期可以吗？"), proposal, Party.LENDER, move)
    return await story.proposal(ref)


async def signed(story: Story, moment: BusinessTime) -> ProposalCase:
    proposal = await story.proposal(await story.propose(SIX))
    await agree(of(BORROWER, proposal, moment), proposal, signed=paper(proposal))
    return await story.proposal(proposal.ref)


@pytest.mark.usefixtures("each_database")
async def test_an_answer_given_at_night_is_told_at_eight_in_the_morning_and_once() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    await phone.at(at(6, 14, 22))
    await countered(story, at(6, 14, 23))
    assert await phone.at(at(6, 14, 23, 1)) == [] and await phone.at(at(6, 15, 7, 59)) == []
    assert await listed(story) == [("countered", "waiting")]
    told = "佳泉消费金融：有给您的答复，请在2026年6月17日前（含当天）查看。"
    assert await phone.at(at(6, 15, 8)) == [told]
    await tables.LenderRow.all().update(told_feed=0)
    assert await phone.at(at(6, 15, 9)) == [told], "a worker that reads the feed again tells nothing again"
    assert await listed(story) == [("countered", "delivered")]


@pytest.mark.usefixtures("database")
async def test_an_offer_that_the_lender_begins_with_is_told_until_its_last_day_and_not_once_it_is_answered() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    await phone.at(at(6, 14, 12))
    case = await story.case()
    acting = Acting(Author(RUI, VAULT), FormToken(case.seq), at(6, 14, 13))
    ref = await send_offer(acting, case, await story.quote(TWELVE))
    told = "佳泉消费金融：有一条给您的新消息，2026年6月17日前（含当天）可以答复。"
    assert await phone.at(at(6, 14, 13, 5)) == [told] and await listed(story) == [("offered", "delivered")]
    proposal = await story.proposal(ref)
    await step(of(BORROWER, proposal, at(6, 14, 14)), proposal, Party.BORROWER, Move.DECLINE)
    assert await phone.at(at(6, 14, 15)) == [told], "nobody is told what they did themselves"


@pytest.mark.usefixtures("database")
async def test_nothing_goes_to_whoever_was_not_asked_or_said_no() -> None:
    story = await begin()
    phone = Phone(story)
    assert (await message_choices(story.scope)).asks
    await countered(story, at(6, 14, 12))
    assert await phone.at(at(6, 14, 12)) == [] and await listed(story) == []
    await wants(story)
    assert not (await message_choices(story.scope)).asks
    assert await phone.at(at(6, 14, 13)) == [] and await listed(story) == []


@pytest.mark.usefixtures("database")
async def test_what_was_answered_meanwhile_or_is_wanted_no_more_is_never_told() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    proposal = await countered(story, at(6, 14, 23))
    await phone.at(at(6, 14, 23))
    await accept(of(BORROWER, proposal, at(6, 14, 23, 30)), proposal, Party.BORROWER)
    assert await phone.at(at(6, 15, 8)) == []
    assert await listed(story) == [("sign_by", "waiting"), ("countered", "dropped")]
    await wants(story)
    assert await phone.at(at(6, 16, 8)) == []
    assert await listed(story) == [("sign_by", "dropped"), ("countered", "dropped")]


@pytest.mark.usefixtures("database")
async def test_an_answer_to_what_he_took_back_meanwhile_is_never_told() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    proposal = await countered(story, at(6, 14, 23))
    await phone.at(at(6, 14, 23))
    await step(of(BORROWER, proposal, at(6, 14, 23, 30)), proposal, Party.BORROWER, Move.WITHDRAW)
    assert await phone.at(at(6, 15, 8)) == [] and await listed(story) == [("countered", "dropped")]


@pytest.mark.usefixtures("database")
async def test_who_took_an_offer_and_did_not_sign_hears_of_it_on_the_day_before_the_last() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS, lang="en")
    await story.propose(SIX)
    assert await phone.at(at(6, 15, 12)) == [], "the policy took it at once, before his eyes"
    assert await phone.at(at(6, 16, 8)) == [
        "佳泉消费金融: there is a paper for you to sign. You can sign it until 17 June 2026. To see more, type the "
        "address pay.example yourself and sign in. You can switch these messages off there."
    ]


@pytest.mark.usefixtures("database")
async def test_the_hours_he_chose_are_kept_and_another_way_than_messages_sends_none() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    await prefer(at(6, 14, 9), story.lender, story.person_id, "sms", (18, 22), BORROWER)
    await countered(story, at(6, 14, 10))
    assert await phone.at(at(6, 14, 17, 59)) == [] and len(await phone.at(at(6, 14, 18))) == 1
    await prefer(at(6, 14, 18), story.lender, story.person_id, "letter", (18, 22), BORROWER)
    assert [each.by_message for each in (await message_choices(story.scope)).by_lender] == [False]
    await tables.OutboundMessageRow.all().delete()
    await tables.LenderRow.all().update(told_feed=0)
    await phone.at(at(6, 14, 19))
    assert await listed(story) == []


@pytest.mark.usefixtures("database")
async def test_a_gateway_that_is_down_for_a_day_is_tried_in_his_hours_and_it_goes_out_late() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    await countered(story, at(6, 14, 12))
    phone.down = True
    tries = []
    for hour in (*range(12, 24), *range(24, 36)):
        before = phone.tries
        await phone.at(at(6, 14 + hour // 24, hour % 24, 5))
        tries += [hour % 24] if phone.tries > before else []
    assert tries == [*range(12, 22), *range(8, 12)], "once an hour, never at night, and not given up after twelve"
    assert await listed(story) == [("countered", "waiting")]
    phone.down = False
    assert len(await phone.at(at(6, 15, 13, 10))) == 1
    assert await listed(story) == [("countered", "delivered")]


@pytest.mark.usefixtures("database")
async def test_what_no_gateway_took_while_it_was_so_is_shown_as_not_sent() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    await asked(story, at(6, 14, 12))
    phone.down = True
    await phone.at(at(6, 14, 12))
    phone.down = False
    assert await phone.at(at(6, 23, 12)) == [], "he could answer until 22 June"
    assert await listed(story) == [("question", "failed")]


@pytest.mark.usefixtures("database")
async def test_of_what_was_written_and_is_wanted_no_more_neither_number_nor_text_is_kept() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    await asked(story, at(6, 14, 12))
    phone.down = True
    await phone.at(at(6, 14, 12))
    written = tables.OutboundMessageRow.filter(what="question").values_list("state", "sealed")
    ((state, sealed),) = await written
    assert (state, bool(sealed)) == ("again", True)
    await wants(story)
    assert [(state, bytes(sealed)) for state, sealed in await written] == [("expired", b"")]


@pytest.mark.usefixtures("database")
async def test_three_days_before_an_installment_and_not_where_it_was_paid_ahead_meanwhile() -> None:
    """No. 6 of the contract is due on 15 June, no. 7 on 15 July, both of 1,100.16."""
    story = await begin()
    phone = await wants(story, NewsKind.CONTRACT)
    assert await phone.at(at(6, 11, 12)) == []
    near = "佳泉消费金融提醒您：2026年6月15日有一件约好的事。"
    assert await phone.at(at(6, 12, 8)) == [near] and await phone.at(at(6, 13, 8)) == [near]
    await phone.at(at(7, 12, 0, 30))
    # Four installments and their penalty are less than 4,700.00; what is left is paid ahead, and is enough for no. 7.
    paid = Payment("P-7", date(2026, 7, 12), 650000)
    await record_payments(at(7, 12, 7), story.lender, [PaymentRecord(1, "JQ-2026-0001", paid, None)], VAULT)
    assert await phone.at(at(7, 12, 8)) == [near]
    assert await listed(story) == [("due", "dropped"), ("due", "delivered")]


@pytest.mark.usefixtures("database")
async def test_under_a_plan_both_its_payments_and_the_contracts_are_told_where_plans_are_wanted() -> None:
    """Six from 1 July; on one day only once, whatever is to be paid on it."""
    story = await begin()
    phone = await wants(story, NewsKind.PLAN)
    assert await phone.at(at(6, 12, 12)) == [], "there is no plan yet, and the contract's were not chosen"
    proposal = await signed(story, at(6, 14, 12))
    await book(of(CORE, proposal, at(6, 14, 13)), proposal, "K-1", "")
    for day in (14, 15, 28, 29, 30):
        await phone.at(at(6, day, 14))
    await phone.at(at(7, 12, 8))
    assert phone.got == [
        "佳泉消费金融提醒您：2026年6月15日有一件约好的事。",
        "佳泉消费金融提醒您：2026年7月1日有一件约好的事。",
        "佳泉消费金融提醒您：2026年7月15日有一件约好的事。",
    ]


@pytest.mark.usefixtures("database")
async def test_nobody_else_who_owes_the_loan_is_told_of_the_days_of_a_plan() -> None:
    """The same plan, made by another borrower of the loan: 小明 hears of none of its days."""
    story = await begin()
    phone = await wants(story, NewsKind.PLAN)
    proposal = await signed(story, at(6, 14, 12))
    await book(of(CORE, proposal, at(6, 14, 13)), proposal, "K-1", "")
    zhao = await tables.PersonRow.create(ref="zhao", key=b"k" * 32)
    await tables.ProposalRow.filter(ref=proposal.ref).update(person_id=zhao.id)
    for day in (14, 15, 28, 29):
        await phone.at(at(6, day, 14))
    assert phone.got == []


@pytest.mark.usefixtures("database")
async def test_the_morning_after_a_date_of_the_contract_once_and_not_while_money_is_looked_for() -> None:
    """1,100.16 of 15 June and of 15 July: for the second he has told of a payment, which is looked for."""
    story = await in_order()
    phone = await wants(story, NewsKind.CONTRACT)
    assert await phone.at(at(6, 16, 6)) == [], "before his hours"
    passed = "佳泉消费金融：2026年6月15日的事还没有完成，现在办也来得及。"
    assert await phone.at(at(6, 16, 8)) == [passed] and await listed(story) == [("passed", "delivered")]
    assert await phone.at(at(6, 16, 20)) == await phone.at(at(6, 17, 9)) == [passed]
    case = await story.case()
    acting = Acting(Author(BORROWER, VAULT), FormToken(case.seq), at(7, 15, 20))
    await claim_payment(acting, case, story.person_id, PaymentStatement(date(2026, 7, 15), 230000))
    assert await phone.at(at(7, 16, 9)) == [passed]


@pytest.mark.usefixtures("database")
async def test_that_a_plan_has_ended_is_told_on_its_day() -> None:
    """Missed on 1 July, open on the 15th and three working days later: broken on Tuesday the 21st."""
    story = await begin()
    phone = await wants(story, NewsKind.PLAN)
    proposal = await signed(story, at(6, 14, 12))
    await book(of(CORE, proposal, at(6, 14, 13)), proposal, "K-1", "")
    assert await phone.at(at(6, 14, 14)) == ["佳泉消费金融提醒您：2026年6月15日有一件约好的事。"]
    for day in (2, 20, 21):
        await advance_plans(story.lender, at(7, day, 0, 10))
    assert (await phone.at(at(7, 21, 8)))[1:] == ["佳泉消费金融：您签署的约定已终止，请看看现在可以怎么办。"]


@pytest.mark.usefixtures("database")
async def test_the_morning_after_a_miss_with_the_last_day_and_not_while_money_is_looked_for() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.PLAN, NewsKind.ANSWERS)
    proposal = await signed(story, at(6, 14, 12))
    await book(of(CORE, proposal, at(6, 14, 13)), proposal, "K-1", "")
    case = (await story.proposal(proposal.ref)).case
    told = PaymentStatement(date(2026, 7, 1), 56885)
    ref = await claim_payment(
        of(BORROWER, await story.proposal(proposal.ref), at(7, 1, 20)), case, story.person_id, told
    )
    await advance_plans(story.lender, at(7, 2, 0, 10))
    assert await phone.at(at(7, 2, 8)) == [] and await listed(story) == [("missed", "waiting")]
    acting = of(RUI, await story.proposal(proposal.ref), at(7, 2, 15))
    await answer_claim(acting, (await story.proposal(proposal.ref)).case, ref, "")
    missed = "佳泉消费金融：2026年7月1日约好的事还没有完成。2026年7月15日前（含当天）补上，一切照约定继续。"
    answered = "佳泉消费金融：您反映的事有了答复。"
    assert await phone.at(at(7, 2, 16)) == [answered]
    assert await phone.at(at(7, 3, 8)) == [answered, missed]
    await advance_plans(story.lender, at(7, 4, 0, 10))
    assert await phone.at(at(7, 4, 8)) == [answered, missed]


@pytest.mark.usefixtures("database")
async def test_booked_or_not_by_the_lenders_books_is_told_and_not_what_the_policy_books() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    proposal = await signed(story, at(6, 14, 12))
    await book(of(CORE, proposal, at(6, 15, 12)), proposal, "", "full")
    refused = "佳泉消费金融：您签好的文件还没有登记。工作人员会在2026年6月18日前（含当天）再处理。"
    assert await phone.at(at(6, 15, 12)) == [refused]
    story_proposal = await story.proposal(proposal.ref)
    await accept(of(RUI, story_proposal, at(6, 16, 12)), story_proposal, Party.LENDER)
    assert await phone.at(at(6, 16, 12)) == [
        refused,
        "佳泉消费金融：有一份文件等您签署，2026年6月22日前（含当天）都可以签。",
    ]
    again = await story.proposal(proposal.ref)
    await agree(of(BORROWER, again, at(6, 16, 13)), again, signed=replace(paper(again), ref="again"))
    again = await story.proposal(proposal.ref)
    await book(of(CORE, again, at(6, 17, 12)), again, "K-1", "")
    assert (await phone.at(at(6, 17, 12)))[2:] == ["佳泉消费金融：您签好的文件已登记生效。"]


@pytest.mark.usefixtures("database")
async def test_the_change_of_a_plan_is_told_once_it_is_registered() -> None:
    story, _ = await running()
    phone = await wants(story, NewsKind.ANSWERS)
    registered = "佳泉消费金融：您签好的文件已登记生效。"
    assert await phone.at(at(6, 14, 12)) == [registered]
    varied = await signs(story, replace(MOVE, within=await plan_of(story)))
    await booked(varied)
    assert await phone.at(at(6, 14, 13)) == [registered] * 2
    assert await listed(story) == [("varied", "delivered"), ("booked", "delivered")]


@pytest.mark.usefixtures("database")
async def test_a_date_that_was_moved_is_told_of_as_the_contracts() -> None:
    story = await in_order()
    phone = await wants(story, NewsKind.CONTRACT)
    await booked(await signs(story, MOVE))
    for day in (14, 24, 25):
        await phone.at(at(6, day, 12))
    assert phone.got == ["佳泉消费金融提醒您：2026年6月28日有一件约好的事。"]


@pytest.mark.usefixtures("database")
async def test_each_answer_to_what_he_reported_is_told() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    case = await story.case()
    told = NewComplaint(ComplaintKind.OTHER)
    acting = Acting(Author(BORROWER, VAULT, "请给我一份合同。"), FormToken(case.seq), at(6, 14, 9))
    ref = await file_complaint(acting, case, story.person_id, told)
    assert await phone.at(at(6, 14, 9)) == []
    for minute in (0, 30):
        complaint = await desk_complaint_case(ref, story.lender.id)
        acting = Acting(Author(RUI, VAULT, "已寄出。"), FormToken(complaint.case.seq), at(6, 14, 10, minute))
        if minute:
            await decide_complaint(acting, complaint, Outcome.UPHELD, "", ComplaintCause.INFORMATION)
        else:
            await write_to_complaint(acting, complaint)
        await phone.at(at(6, 14, 10, minute))
    assert phone.got == ["佳泉消费金融：您反映的事有了答复。"] * 2


@pytest.mark.usefixtures("database")
async def test_a_long_feed_is_read_in_stretches_and_what_was_told_before_there_were_messages_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(news_actions, "_STRETCH", 2)
    monkeypatch.setattr(news_actions, "_EVENTS_AT_ONCE", 1)
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    await countered(story, at(6, 14, 12))
    await tables.LenderRow.all().update(told_feed=None)
    assert await phone.at(at(6, 14, 12)) == []
    await tables.LenderRow.all().update(told_feed=0)
    assert len(await phone.at(at(6, 14, 13))) == 1
    lender = await tables.LenderRow.get()
    assert lender.told_feed == lender.feed


@pytest.mark.usefixtures("database")
async def test_one_whose_dates_cannot_be_read_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    story = await begin()
    phone = await wants(story, NewsKind.CONTRACT)
    bad = await tables.PersonRow.create(ref="bad", key=VAULT.new_key())
    facts = {"lender_id": story.lender.id, "kinds": "contract", "locale": "en", "set_at": at(6, 1, 12).at}
    await tables.MessageChoiceRow.create(person_id=bad.id, **facts)
    found = news_actions.near_days

    async def cannot(lender_id: int, people: Mapping[int, Collection[str]], today: date) -> dict[int, set[date]]:
        assert bad.id not in people
        return await found(lender_id, people, today)

    async def tried(what: str, act: WorkUnit) -> int:
        try:
            return await act()
        except AssertionError:
            return 0

    monkeypatch.setattr(news_actions, "near_days", cannot)
    moment = at(6, 12, 12)
    assert await plan_reminders(story.lender, NewsClock(moment, moment.at, story.lender.timezone), tried) == 1
    assert len(await tables.MessageChoiceRow.filter(looked_on=None)) == 1, "it is tried again at the next round"
    monkeypatch.setattr(news_actions, "near_days", found)
    assert len(await phone.at(moment)) == 1


@pytest.mark.usefixtures("database")
async def test_a_policy_that_sends_no_such_message_offers_and_sends_none() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    text = f"{POLICY}[messages]\nanswers = false\ncontract_payments = false\n"
    await set_policy(at(6, 1, 12), story.lender, text, OPERATOR)
    assert (await message_choices(story.scope)).offered == (NewsKind.PLAN,)
    await countered(story, at(6, 14, 12))
    assert await phone.at(at(6, 14, 12)) == []


@pytest.mark.usefixtures("database")
async def test_a_number_that_somebody_called_not_theirs_or_that_has_just_changed_is_left_alone() -> None:
    story = await begin()
    phone = await wants(story, NewsKind.ANSWERS)
    await countered(story, at(6, 14, 12))
    borrower = await tables.BorrowerRow.get()
    await tables.BorrowerRow.all().update(number_waits_until=at(6, 15, 12).at)
    assert await phone.at(at(6, 14, 12)) == [] and await phone.at(at(6, 15, 8)) == []
    assert len(await phone.at(at(6, 16, 8))) == 1
    loan = await tables.LoanRow.get()
    await tables.InvitationRow.create(
        ref="not-his", token_hash="x", lender_id=story.lender.id, borrower_id=borrower.id, loan_id=loan.id,
        expires_at=at(6, 17, 8).at, ended_at=at(6, 16, 9).at, ended_why="not-me",
    )  # fmt: skip
    await tables.LenderRow.all().update(told_feed=0)
    await tables.OutboundMessageRow.all().delete()
    await phone.at(at(6, 16, 10))
    assert await listed(story) == []
