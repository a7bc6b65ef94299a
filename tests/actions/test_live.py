"""A plan lives: 小明's six payments of 568.85 from 1 July on, with half of the penalty waived, on both databases."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.attempts import WorkUnit
from portal.actions.lenders import OPERATOR, set_policy
from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.actions.proposals import advance_plans, agree, book, pause_plan, run_clocks, step
from portal.domain.contract.agreement import OfferKind
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.closing import ClosingReason, LoanClosing
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import LoanRecord, PaymentRecord
from portal.domain.event import Actor, BusinessTime
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import Move, Party, State
from portal.domain.restructuring.offer_refusals import PauseOutOfRange
from portal.reads.proposals import ProposalCase
from portal.tables import models as tables
from tests.actions.story import BORROWER, FACTS, LAN, NOW, ON, RUI, SIX, TWELVE, VAULT, Story, begin, paper
from tests.domain.people import XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

CORE = Actor("lender", "core")
WAIVED = replace(SIX, waiver=Amounts(penalty=5632))
POLICY = '[plan]\nmax_months = 6\n[waiver]\npenalty = "0.5"\n'


def on(day: date, hour: int = 4) -> BusinessTime:
    return BusinessTime(datetime(day.year, day.month, day.day, hour, tzinfo=UTC), day)


async def signed(story: Story, offer: object = WAIVED) -> ProposalCase:
    await set_policy(NOW, story.lender, POLICY, OPERATOR)
    proposal = await story.proposal(await story.propose(offer))  # type: ignore[arg-type]
    assert proposal.state is State.ACCEPTED
    await agree(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, signed=paper(proposal))
    return await story.proposal(proposal.ref)


async def running(offer: object = WAIVED) -> tuple[Story, str]:
    story = await begin()
    proposal = await signed(story, offer)
    assert await book(Acting(Author(CORE, VAULT), FormToken(proposal.case.seq), NOW), proposal, "K-1", "") is State(
        "paused" if proposal.kind is OfferKind.PAUSE else "active"
    )
    return story, proposal.ref


async def pays(story: Story, day: date, amount: int, name: str = "") -> None:
    payment = Payment(name or f"R-{day}", day, amount)
    await record_payments(on(day, 5), story.lender, [PaymentRecord(1, "JQ-2026-0001", payment, None)], VAULT)


async def state(story: Story, ref: str) -> State:
    return (await story.proposal(ref)).state


async def facts(kind: str) -> dict[str, object]:
    row = await tables.EventRow.filter(type=kind).order_by("-id").first()
    assert row is not None, kind
    found: dict[str, object] = json.loads(bytes(row.body))["data"]
    return found


async def owed(story: Story, day: date) -> Amounts:
    return position((await story.case()).loan, day).overdue


async def test_once_booked_nobody_is_waited_for() -> None:
    story, ref = await running()
    assert (await story.proposal(ref)).decide_by is None


async def test_once_booked_what_the_plan_took_in_is_not_overdue_and_no_penalty_grows_on_it() -> None:
    story, _ = await running()
    assert await owed(story, ON) == Amounts()
    # Only no. 6 of the contract, due on 15 June, stands open: 991.27 x 18 % x 1.3 x 15 days / 360 = 9.6649.
    assert await owed(story, date(2026, 6, 30)) == Amounts(penalty=966, interest=10889, principal=99127)


async def test_a_payment_in_time_is_told_once_with_what_is_final_of_the_waiver() -> None:
    story, ref = await running()
    await pays(story, date(2026, 7, 1), 55947)
    await advance_plans(story.lender, on(date(2026, 7, 2)))
    await advance_plans(story.lender, on(date(2026, 7, 3)))
    told = await story.events()
    assert told.count("plan.installment_paid") == 1 and "plan.installment_missed" not in told
    said = await facts("plan.installment_paid")
    assert (said["no"], said["amount"], said["remaining"]) == (1, "559.47", "2797.33")
    assert said["vested"]["penalty"] == "9.39"  # type: ignore[index]  # 56.32 - floor(56.32 x 5/6 = 46.9333)
    assert await state(story, ref) is State.ACTIVE


async def test_missed_strained_cured() -> None:
    story, ref = await running()
    await advance_plans(story.lender, on(date(2026, 7, 2)))
    assert await state(story, ref) is State.STRAINED
    assert (await facts("plan.strained"))["cure_by"] == "2026-07-15"
    await pays(story, date(2026, 7, 10), 55947)
    assert await state(story, ref) is State.ACTIVE, "the payment itself cures it, without any worker"
    assert [kind for kind in await story.events() if kind.startswith("plan.")] == [
        "plan.activated",
        "plan.installment_missed",
        "plan.strained",
        "plan.installment_paid",
        "plan.cured",
    ]


async def test_broken_after_three_of_six_the_share_earned_stays_and_the_rest_comes_back() -> None:
    story, ref = await running()
    for day in (date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)):
        await pays(story, day, 55947)
    await advance_plans(story.lender, on(date(2026, 10, 2)))
    assert await state(story, ref) is State.STRAINED
    await advance_plans(story.lender, on(date(2026, 10, 20)))
    assert await state(story, ref) is State.STRAINED, (
        "to 15 October it is caught up; three working days more it is told"
    )
    await advance_plans(story.lender, on(date(2026, 10, 21)))
    assert await state(story, ref) is State.BROKEN
    said = await facts("plan.broken")
    assert (said["kept"], said["broken_on"]) == (3, "2026-10-21")
    assert (said["vested"]["penalty"], said["claw_back"]["penalty"]) == ("28.16", "28.16")  # type: ignore[index]
    # Three payments are 56.32 of penalty, 413.70 of interest and 1,208.39 of principal, so 1,678.39 comes back. Of the
    # contract's no. 6 to 10 the penalty is 82.47 + 64.09 + 44.47 + 24.26 + 4.10: 128, 98, 67, 36 and 6 days.
    balance = {"penalty": "247.55", "interest": "393.51", "principal": "6785.68", "total": "7426.74"}
    assert said["balance"] == {"costs": "0.00", "fees": "0.00", **balance}
    loan, later = (await story.case()).loan, date(2026, 10, 26)
    alone = position(replace(loan, agreements=()), later).payoff
    assert position(loan, later).payoff < alone, "never worse than the contract alone"
    assert "contact.hold_ended" in await story.events()


@pytest.mark.parametrize(("beside", "then"), [("breaks", State.BROKEN), ("apart", State.ACTIVE)])
async def test_what_is_missed_of_the_contract_breaks_the_plan_only_where_that_was_signed(
    beside: str, then: State
) -> None:
    """No. 6 of 15 June: 14 days to the 29th, three working days more, broken on Friday 3 July."""
    story = await begin()
    await set_policy(NOW, story.lender, f'{POLICY}[slips]\ncontract = "{beside}"\n', OPERATOR)
    proposal = await story.proposal(await story.propose(SIX))
    await agree(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, signed=paper(proposal))
    proposal = await story.proposal(proposal.ref)
    await book(Acting(Author(CORE, VAULT), FormToken(proposal.case.seq), NOW), proposal, "K-1", "")
    await pays(story, date(2026, 7, 1), 56885, "R-1")
    await advance_plans(story.lender, on(date(2026, 7, 2)))
    until_then = State.STRAINED if beside == "breaks" else State.ACTIVE
    assert await state(story, proposal.ref) is until_then, "an installment of the contract is to be caught up with"
    await advance_plans(story.lender, on(date(2026, 7, 3)))
    assert await state(story, proposal.ref) is then


async def test_completed_on_the_last_payment_and_nothing_of_it_is_left() -> None:
    story, ref = await running()
    for number, amount in enumerate((*[55947] * 5, 55945)):
        assert await state(story, ref) is State.ACTIVE
        await pays(story, date(2026, 7, 1), amount, f"R-{number}")
    assert await state(story, ref) is State.COMPLETED
    assert (await facts("plan.completed"))["completed_on"] == "2026-07-01"
    now = await story.case()
    assert now.plan is None and now.proposal is None
    # What the plan took in is paid: only no. 6, due on 15 June, stands open, with 16 days on its 991.27: 10.31.
    left = position(now.loan, date(2026, 7, 1))
    assert [row.no for row in left.overdue_installments] == [6] and left.overdue.total == 110016 + 1031


async def test_money_that_names_nothing_pays_what_fell_due_first_and_the_rest_is_ahead() -> None:
    story, ref = await running()
    await pays(story, date(2026, 7, 1), 335680)
    # No. 6 with its penalty, 1,110.47, and the plan's first 559.47 had fallen due: 3,356.80 - 1,669.94 are ahead.
    now = position((await story.case()).loan, date(2026, 7, 1))
    assert (await state(story, ref), now.overdue.total, now.credit) == (State.ACTIVE, 0, 168686)


async def test_a_payment_given_back_is_counted_no_longer() -> None:
    story, ref = await running()
    await pays(story, date(2026, 7, 1), 55947, "R-1")
    back = Payment("B-1", date(2026, 7, 3), reverses="R-1")
    await record_payments(on(date(2026, 7, 3)), story.lender, [PaymentRecord(1, "JQ-2026-0001", back, None)], VAULT)
    assert await state(story, ref) is State.STRAINED


async def test_what_was_signed_holds_whatever_the_policy_says_later() -> None:
    story, ref = await running()
    await set_policy(NOW, story.lender, POLICY + "[slips]\ncure_days = 1\n", OPERATOR)
    await advance_plans(story.lender, on(date(2026, 7, 10)))
    assert await state(story, ref) is State.STRAINED, "fourteen days were signed, until 15 July"
    assert (await facts("plan.strained"))["cure_by"] == "2026-07-15"


async def test_a_pause_within_a_plan_moves_what_is_to_come() -> None:
    story, ref = await running()
    proposal = await story.proposal(ref)
    with pytest.raises(PauseOutOfRange):
        await pause_plan(
            Acting(Author(RUI, VAULT), FormToken(proposal.case.seq), NOW), proposal, ON + timedelta(days=61)
        )
    await pause_plan(Acting(Author(RUI, VAULT), FormToken(proposal.case.seq), NOW), proposal, date(2026, 7, 14))
    assert await state(story, ref) is State.PAUSED
    await advance_plans(story.lender, on(date(2026, 7, 10)))
    assert await state(story, ref) is State.PAUSED, "1 July has moved to 1 August"
    await advance_plans(story.lender, on(date(2026, 7, 15)))
    assert await state(story, ref) is State.ACTIVE
    await advance_plans(story.lender, on(date(2026, 8, 1)))
    assert await state(story, ref) is State.ACTIVE
    await advance_plans(story.lender, on(date(2026, 8, 2)))
    assert await state(story, ref) is State.STRAINED
    told = await facts("plan.paused")
    assert (told["scope"], told["interest"], told["interest_added"]) == ("all", "stands-still", "0.00")
    no_6 = {"due": "contract:6", "due_on": "2026-06-15", "to": "2026-07-15", "amount": "1100.16"}
    assert told["moved"][0] == no_6
    assert next(each["to"] for each in told["moved"] if each["due"].startswith("plan:")) == "2026-08-01"
    over = await facts("plan.resumed")
    assert (over["on"], over["until"], over["moved"]) == ("2026-07-14", "2026-07-14", told["moved"])


async def test_a_pause_that_was_asked_for_is_over_after_its_day_and_penalty_grows_again() -> None:
    story, ref = await running(replace(SIX, kind=OfferKind.PAUSE, installments=1, first_due=date(2026, 7, 14)))
    assert await state(story, ref) is State.PAUSED
    assert await owed(story, date(2026, 7, 14)) == Amounts(), "no. 6 has moved to 15 July"
    await advance_plans(story.lender, on(date(2026, 7, 15)))
    assert await state(story, ref) is State.COMPLETED
    # 413.70 and 2,886.78 are back; the penalty is 56.69 + 38.15 + 19.68, a day more than on 14 June.
    assert await owed(story, date(2026, 7, 15)) == Amounts(penalty=11452, interest=41370, principal=288678)
    told, over = await facts("plan.paused"), await facts("plan.resumed")
    assert (told["from"], told["until"], told["within"], told["scope"]) == ("2026-06-14", "2026-07-14", False, "all")
    assert [each["to"] for each in told["moved"]][::6] == ["2026-07-15", "2027-01-15"] and told["still_due"] == []
    assert (over["moved"], over["balance"]["total"]) == (told["moved"], "3415.00")
    assert [kind for kind in await story.events() if kind.startswith("plan.")] == [
        "plan.activated",
        "plan.paused",
        "plan.resumed",
        "plan.completed",
    ]


async def test_a_new_agreement_takes_the_place_of_the_plan_and_takes_in_what_that_waived() -> None:
    story, ref = await running()
    proposal = await signed(story, replace(SIX, installments=5, kind=OfferKind.VARIATION))
    assert proposal.ref != ref
    await book(Acting(Author(CORE, VAULT), FormToken(proposal.case.seq), NOW), proposal, "K-2", "")
    assert (await state(story, ref), await state(story, proposal.ref)) == (State.SUPERSEDED, State.ACTIVE)
    # Nothing of the 56.32 was final: 3,413.12 in five, none of it overdue.
    assert proposal.on_the_table.plan.total == 341312 and await owed(story, ON) == Amounts()


async def test_where_the_policy_books_by_itself_the_plan_runs_at_once() -> None:
    story = await begin()
    await set_policy(NOW, story.lender, POLICY + "[booking]\nautomatic = true\n", OPERATOR)
    proposal = await story.proposal(await story.propose(WAIVED))
    await agree(Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), NOW), proposal, signed=paper(proposal))
    assert await state(story, proposal.ref) is State.ACTIVE


async def test_an_acceptance_nobody_signs_expires_after_its_days_and_the_loan_is_free_again() -> None:
    story = await begin()
    ref = await story.propose(SIX)
    assert await run_clocks(story.lender, on(date(2026, 6, 17))) == 0
    assert await run_clocks(story.lender, on(date(2026, 6, 18))) == 1
    assert await state(story, ref) is State.EXPIRED
    assert (await story.case()).proposal is None
    assert await run_clocks(story.lender, on(date(2026, 6, 19))) == 0


async def test_past_the_lenders_own_date_penalty_stands_still_until_it_answers() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)  # a person has to look at it, by Wednesday 17 June
    assert await run_clocks(story.lender, on(date(2026, 6, 17))) == 0
    assert await run_clocks(story.lender, on(date(2026, 6, 18))) == 1
    assert await run_clocks(story.lender, on(date(2026, 6, 19))) == 0, "it is said once"
    at_deadline = (await owed(story, date(2026, 6, 17))).penalty
    assert (await owed(story, date(2026, 7, 17))).penalty == at_deadline
    proposal = await story.proposal(ref)
    assert proposal.state is State.SUBMITTED, "nothing is declined by a clock"
    await step(
        Acting(Author(BORROWER, VAULT), FormToken(proposal.case.seq), on(date(2026, 6, 20))),
        proposal,
        Party.BORROWER,
        Move.WITHDRAW,
    )
    assert (await owed(story, date(2026, 7, 17))).penalty > at_deadline


async def test_a_question_nobody_answers_goes_back_to_the_lender_after_five_working_days() -> None:
    story = await begin()
    proposal = await story.proposal(await story.propose(TWELVE))
    for move in (Move.TAKE_UP, Move.ASK):
        await step(Acting(Author(LAN, VAULT, "?"), FormToken(proposal.case.seq), NOW), proposal, Party.LENDER, move)
        proposal = await story.proposal(proposal.ref)
    # Monday 15 to Thursday 18 are four; Friday the 19th is Dragon Boat day; Monday 22 June is the fifth.
    assert proposal.expires_on == date(2026, 6, 22)
    assert await run_clocks(story.lender, on(date(2026, 6, 22))) == 0
    assert await run_clocks(story.lender, on(date(2026, 6, 23))) == 1
    proposal = await story.proposal(proposal.ref)
    assert (proposal.state, proposal.decide_by) == (State.UNDER_REVIEW, date(2026, 6, 26))


async def test_a_core_that_says_nothing_for_five_working_days_brings_it_back_to_a_person() -> None:
    story = await begin()
    proposal = await signed(story)
    assert await run_clocks(story.lender, on(date(2026, 6, 22))) == 0
    assert await run_clocks(story.lender, on(date(2026, 6, 23))) == 1
    assert (await state(story, proposal.ref), (await facts("agreement.booking_failed"))["reason"]) == (
        State.UNDER_REVIEW,
        "timed_out",
    )


async def test_nothing_is_half_done_when_a_plan_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    story, ref = await running()

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("portal.actions.proposals.live._move_facts", fails)
    before = await story.events()
    with pytest.raises(RuntimeError):
        await advance_plans(story.lender, on(date(2026, 7, 20)))
    assert await story.events() == before and await state(story, ref) is State.ACTIVE


async def test_the_worker_looks_at_a_plan_once_a_business_day() -> None:
    story, _ = await running()
    assert await advance_plans(story.lender, on(date(2026, 6, 30))) == 1
    assert await advance_plans(story.lender, on(date(2026, 6, 30), hour=9)) == 0, "nothing happened since"
    assert await advance_plans(story.lender, on(date(2026, 7, 2))) == 1, "a new day; it is strained"
    assert await advance_plans(story.lender, on(date(2026, 7, 2))) == 0, "one look tells all there is"


async def test_a_clock_set_back_a_day_takes_no_move_back() -> None:
    story, ref = await running()
    for _ in range(2):
        await advance_plans(story.lender, on(date(2026, 7, 2)))
    told = await story.events()
    assert await state(story, ref) is State.STRAINED
    assert await advance_plans(story.lender, on(date(2026, 7, 1))) == 0
    assert (await state(story, ref), await story.events()) == (State.STRAINED, told)
    assert await advance_plans(story.lender, on(date(2026, 7, 3))) == 1
    await tables.ProposalRow.filter(ref=ref).update(looked_on=date(2027, 7, 3))
    assert await advance_plans(story.lender, on(date(2026, 7, 4))) == 1, "a clock a year ahead stops nothing for a year"


async def test_a_payment_that_came_with_a_snapshot_is_followed_at_the_next_round() -> None:
    story, ref = await running()
    for _ in range(2):
        await advance_plans(story.lender, on(date(2026, 7, 2)))
    paid = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("R-1", date(2026, 7, 1), 55947)))
    await import_portfolio(on(date(2026, 7, 2), hour=9), story.lender, [LoanRecord(1, paid, FACTS)], [], VAULT)
    await advance_plans(story.lender, on(date(2026, 7, 2), hour=10))
    assert await state(story, ref) is State.ACTIVE


async def test_what_is_overdue_with_the_lender_is_looked_at_once_a_day() -> None:
    story = await begin()
    ref = await story.propose(TWELVE)
    late = on(date(2026, 8, 1))
    looked: list[str] = []

    async def noting(what: str, act: WorkUnit) -> int:
        looked.append(what)
        return await act()

    for _ in range(3):
        await run_clocks(story.lender, late, noting)
    assert looked == [f"proposal {ref}"]


async def test_a_plan_that_fails_costs_no_other_its_look() -> None:
    story, ref = await running()
    await advance_plans(story.lender, on(date(2026, 6, 30)))
    await tables.OfferRow.all().update(plan="unreadable")

    async def forgiving(what: str, act: WorkUnit) -> int:
        try:
            return await act()
        except Exception:
            return 0

    assert await advance_plans(story.lender, on(date(2026, 7, 2)), forgiving) == 0
    assert await tables.ProposalRow.filter(ref=ref, looked_on=date(2026, 6, 30)).exists(), (
        "it is looked at again, not given up"
    )


async def test_a_second_miss_is_told_with_its_own_due_date_as_the_last_day() -> None:
    """No. 1 of 1 July is caught up late, no. 2 of 1 August never: it has no days of its own to catch up in."""
    story, _ = await running(SIX)
    await pays(story, date(2026, 7, 3), 56885)
    await advance_plans(story.lender, on(date(2026, 8, 3)))
    rows = await tables.EventRow.filter(type="plan.installment_missed").order_by("feed").values_list("body", flat=True)
    assert [json.loads(bytes(body))["data"]["cure_by"] for body in rows] == ["2026-07-15", "2026-08-01"]


async def closes(story: Story, day: date, closing: LoanClosing | None) -> None:
    paid = (await story.case()).loan.payments
    loan = replace(XIAOMING, payments=paid, closing=closing)
    await import_portfolio(on(day), story.lender, [LoanRecord(1, loan, FACTS)], [], VAULT)


async def test_a_plan_ends_with_the_loan_that_its_lender_closed_and_lives_again_where_that_was_wrong() -> None:
    """Nothing of it is told as paid that was not, and what was asked of collection ends with it."""
    story, ref = await running()
    await pays(story, date(2026, 7, 1), 55947)
    await closes(story, date(2026, 7, 5), LoanClosing(date(2026, 7, 4), ClosingReason.SOLD))
    changed = await facts("loan.changed")
    assert (changed["fields"], changed["old"]) == (["closed"], {"closed": None})
    assert changed["new"] == {"closed": {"on": "2026-07-04", "reason": "sold"}}
    await advance_plans(story.lender, on(date(2026, 7, 5)))
    assert await state(story, ref) is State.ENDED
    assert await facts("plan.ended") == {
        "ended_on": "2026-07-04", "reason": "sold", "currency": "CNY", "received": "559.47",
    }  # fmt: skip
    assert (await story.events()).count("plan.installment_paid") == 1
    assert not await tables.ProposalLineRow.filter(live_loan__isnull=False).exists()
    told = await story.events()
    await advance_plans(story.lender, on(date(2026, 7, 6)))
    assert await story.events() == told and "contact.hold_ended" in told
    await closes(story, date(2026, 7, 6), None)
    await advance_plans(story.lender, on(date(2026, 7, 6)))
    assert await state(story, ref) is State.ACTIVE
    assert (await facts("loan.changed"))["new"] == {"closed": None}
