"""The lender's books tell what was paid and what was taken back; telling it twice changes nothing."""

from dataclasses import replace
from datetime import date

import pytest

from portal.actions.payments import (
    PaidLoanUnknown,
    PaymentInFuture,
    PaymentToReverseUnknown,
    PaymentTwice,
    Recorded,
    ReversedBeforePaid,
    record_payments,
)
from portal.domain.contract.loan import Payment
from portal.domain.contract.portfolio import PaymentRecord
from portal.domain.ledger.position import position
from portal.domain.refusal import Refusal
from tests.actions.story import NOW, VAULT, Story, begin
from tests.domain.people import ON

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

PAID = PaymentRecord(1, "JQ-2026-0001", Payment("P-3", date(2026, 6, 10), 110016))
BACK = PaymentRecord(2, "JQ-2026-0001", Payment("R-3", date(2026, 6, 12), reverses="P-3"))


async def record(story: Story, *records: PaymentRecord) -> Recorded:
    return await record_payments(NOW, story.lender, records, VAULT)


async def test_a_payment_told_twice_counts_once() -> None:
    story = await begin()
    assert await record(story, PAID, PAID) == Recorded(added=1, repeated=1)
    assert await record(story, PAID) == Recorded(added=0, repeated=1)
    assert await story.events() == ["loan.added", "payment.received"]


async def test_a_reversed_payment_leaves_what_is_owed_as_it_was() -> None:
    story = await begin()
    before = position((await story.case()).loan, ON).overdue
    await record(story, PAID)
    assert position((await story.case()).loan, ON).overdue.total < before.total
    await record(story, BACK)
    assert position((await story.case()).loan, ON).overdue == before
    assert await story.events() == ["loan.added", "payment.received", "payment.reversed"]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (replace(PAID, loan_no="JQ-2026-9999"), PaidLoanUnknown),
        (replace(PAID, payment=Payment("P-4", date(2026, 6, 15), 1)), PaymentInFuture),
        (replace(BACK, payment=replace(BACK.payment, reverses="P-9")), PaymentToReverseUnknown),
        (
            replace(BACK, payment=replace(BACK.payment, reverses="P-2", received_on=date(2026, 2, 1))),
            ReversedBeforePaid,
        ),
    ],
)
async def test_one_wrong_row_and_nothing_of_the_batch_is_recorded(wrong: PaymentRecord, refusal: type[Refusal]) -> None:
    story = await begin()
    with pytest.raises(refusal):
        await record(story, PAID, wrong)
    assert await story.events() == ["loan.added"]


async def test_the_same_id_with_another_amount_is_refused_in_one_body_and_else_corrects_it() -> None:
    story = await begin()
    other = replace(PAID, payment=replace(PAID.payment, amount=1))
    with pytest.raises(PaymentTwice, match=r"is here twice, of 1100\.16 on 2026-06-10 and otherwise"):
        await record(story, PAID, other)
    await record(story, PAID)
    assert await record(story, other) == Recorded(corrected=1)
    assert await record(story, other) == Recorded(repeated=1)
    assert (await story.case()).loan.payments[-1] == other.payment


async def test_a_payment_is_reversed_once() -> None:
    story = await begin()
    await record(story, PAID, BACK)
    with pytest.raises(PaymentToReverseUnknown):
        await record(story, replace(BACK, payment=replace(BACK.payment, id="R-4")))
