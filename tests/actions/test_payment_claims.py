"""小明 says he paid 500.00: awaited, found, asked about, answered, taken back; counted only when booked."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.actions.act import Acting, Author, FormToken
from portal.actions.journal import KeyUsedOtherwise
from portal.actions.payment_claims import PaymentStatement, answer_claim, ask_about_late, claim_payment, withdraw_claim
from portal.actions.payments import record_payments
from portal.actions.portfolio import import_portfolio
from portal.domain.conduct.payment_claim import NotThatPayment, ReportAnswered
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import LoanRecord, PaymentRecord
from portal.domain.event import BusinessTime
from portal.domain.ledger.position import position
from portal.domain.restructuring.negotiation import SomebodyWasFirst
from portal.reads.cases import NotFound
from portal.reads.payment_claims import claim_queue, claims_of
from portal.tables import models as tables
from tests.actions.story import BORROWER, FACTS, NOW, RUI, VAULT, Story, begin
from tests.domain.people import ON, XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

HIS, HERS = Author(BORROWER, VAULT), Author(RUI, VAULT)
PAID_500 = PaymentStatement(date(2026, 6, 12), 50000, "T-77 20")
LOAN = "JQ-2026-0001"


async def says(
    story: Story, statement: PaymentStatement = PAID_500, key: str = "", expected_version: int | None = None
) -> str:
    case = await story.case()
    kept = FormToken(case.seq if expected_version is None else expected_version, key)
    return await claim_payment(Acting(HIS, kept, NOW), case, story.person_id, statement)


async def books(story: Story, *payments: Payment, reference: str = "") -> None:
    records = [PaymentRecord(1, LOAN, payment, None, reference) for payment in payments]
    await record_payments(NOW, story.lender, records, VAULT)


async def stands(story: Story) -> list[str]:
    return [row.status.value for row in reversed(await claims_of((await story.case()).id, VAULT))]


async def last_data(kind: str) -> dict[str, object]:
    row = await tables.EventRow.filter(type=kind).order_by("-id").first()
    assert row is not None
    found: dict[str, object] = json.loads(bytes(row.body))["data"]
    return found


async def test_his_word_is_an_event_without_his_reference_and_changes_no_figure() -> None:
    story = await begin()
    ref = await says(story)
    assert await story.events() == ["loan.added", "payment.reported"]
    # Five working days after Sunday 14 June: Friday the 19th is Dragon Boat day, so Monday 22 June.
    assert await last_data("payment.reported") == {
        "report": ref,
        "paid_on": "2026-06-12",
        "amount": "500.00",
        "installment": None,
        "plan_installment": None,
        "currency": "CNY",
        "look_by": "2026-06-22",
    }
    assert position((await story.case()).loan, ON).overdue.total == 341312
    row = await tables.PaymentClaimRow.get()
    assert row.reference_sealed is not None and b"T-77" not in bytes(row.reference_sealed)


async def test_said_twice_with_one_key_it_is_said_once() -> None:
    story = await begin()
    case = await story.case()
    assert await says(story, key="k1") == await says(story, key="k1", expected_version=case.seq)
    assert await stands(story) == ["awaiting"]
    with pytest.raises(KeyUsedOtherwise):
        await says(story, replace(PAID_500, amount=1), key="k1")


async def test_a_page_older_than_the_loan_says_nothing() -> None:
    story = await begin()
    case = await story.case()
    await books(story, Payment("P-3", ON, 100))
    with pytest.raises(SomebodyWasFirst):
        await says(story, expected_version=case.seq)
    assert await stands(story) == []


async def test_the_payment_confirms_it_by_an_event_of_its_own_and_its_reversal_opens_it_again() -> None:
    story = await begin()
    await says(story)
    await books(story, Payment("P-3", date(2026, 6, 13), 50000))
    assert await stands(story) == ["confirmed"]
    assert await story.events() == ["loan.added", "payment.reported", "payment.received", "payment.confirmed"]
    await books(story, Payment("R-3", ON, reverses="P-3"))
    assert await stands(story) == ["asked"]
    assert (await last_data("payment.asked_about"))["reason"] == "reversed"
    assert position((await story.case()).loan, ON).overdue.total == 341312


async def test_a_batch_is_held_against_reports_as_a_whole() -> None:
    """400.00 comes before 500.00 in the file; nobody is asked about what is there."""
    story = await begin()
    await says(story)
    await books(story, Payment("P-3", date(2026, 6, 12), 40000), Payment("P-4", date(2026, 6, 13), 50000))
    assert await stands(story) == ["confirmed"]
    assert "payment.asked_about" not in await story.events()


async def test_the_reference_that_came_with_the_money_is_compared_and_not_kept() -> None:
    story = await begin()
    await says(story)
    await books(story, Payment("P-3", date(2026, 3, 13), 49900), reference="t-7720")
    assert await stands(story) == ["confirmed"]
    rows = [*await tables.PaymentRow.all().values(), *await tables.EventRow.all().values()]
    assert "t-7720" not in repr(rows)


async def test_another_amount_around_that_day_asks_the_staff() -> None:
    story = await begin()
    ref = await says(story)
    await books(story, Payment("P-3", date(2026, 6, 12), 49900))
    assert await stands(story) == ["asked"]
    assert await last_data("payment.asked_about") == {"report": ref, "reason": "differs", "look_by": "2026-06-22"}


async def test_a_portfolio_that_has_the_payment_confirms_it_too() -> None:
    story = await begin()
    await says(story)
    told = replace(XIAOMING, payments=(*XIAOMING.payments, Payment("P-3", date(2026, 6, 13), 50000)))
    await import_portfolio(NOW, story.lender, [LoanRecord(1, told, FACTS)], [], VAULT)
    assert await stands(story) == ["confirmed"]


async def test_nobody_found_it_by_monday_after_the_holiday_so_on_tuesday_staff_are_asked_once() -> None:
    story = await begin()
    await says(story)
    monday = BusinessTime(NOW.at + timedelta(days=8), date(2026, 6, 22))
    tuesday = BusinessTime(NOW.at + timedelta(days=9), date(2026, 6, 23))
    assert await ask_about_late(story.lender, monday) == 0
    assert await ask_about_late(story.lender, tuesday) == 1
    assert await ask_about_late(story.lender, tuesday) == 0
    assert (await last_data("payment.asked_about"))["look_by"] == "2026-06-30"


async def test_staff_do_not_find_it_and_it_still_comes() -> None:
    story = await begin()
    ref = await says(story)
    case = await story.case()
    await answer_claim(Acting(HERS, FormToken(case.seq, "a"), NOW), case, ref, "")
    await answer_claim(Acting(HERS, FormToken(case.seq, "a"), NOW), case, ref, "")
    assert await stands(story) == ["not_found"]
    now = await story.case()
    with pytest.raises(ReportAnswered):
        await answer_claim(Acting(HERS, FormToken(now.seq), NOW), now, ref, "")
    await books(story, Payment("P-3", date(2026, 6, 13), 50000))
    assert await stands(story) == ["confirmed"]


async def test_staff_name_the_payment_it_was() -> None:
    story = await begin()
    ref = await says(story)
    await books(story, Payment("P-3", date(2026, 5, 1), 49900))
    case = await story.case()
    with pytest.raises(NotThatPayment):
        await answer_claim(Acting(HERS, FormToken(case.seq), NOW), case, ref, "P-9")
    await answer_claim(Acting(HERS, FormToken(case.seq), NOW), case, ref, "P-3")
    (row,) = await claims_of(case.id, VAULT)
    assert (row.status, row.payment, row.arrived) == ("confirmed", "P-3", 49900)
    second = await says(story)
    case = await story.case()
    with pytest.raises(NotThatPayment):
        await answer_claim(Acting(HERS, FormToken(case.seq), NOW), case, second, "P-3")


async def test_he_takes_it_back_and_nothing_confirms_it_any_more() -> None:
    story = await begin()
    ref = await says(story)
    case = await story.case()
    with pytest.raises(NotFound):
        await withdraw_claim(Acting(HIS, FormToken(case.seq), NOW), case, ref, story.person_id + 1)
    await withdraw_claim(Acting(HIS, FormToken(case.seq), NOW), case, ref, story.person_id)
    await books(story, Payment("P-3", date(2026, 6, 13), 50000))
    assert await stands(story) == ["withdrawn"]
    assert await claim_queue(story.lender.id, VAULT) == ()
    case = await story.case()
    with pytest.raises(ReportAnswered):
        await withdraw_claim(Acting(HIS, FormToken(case.seq), NOW), case, ref, story.person_id)
