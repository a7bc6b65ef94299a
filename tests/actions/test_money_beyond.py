"""Money beyond what is due, as the lender's books tell it: paying off, parts taken back, credit paid back, endings."""

import json
from dataclasses import replace
from datetime import date

import pytest

from portal.actions.payments import (
    MoreThanIsLeftOfPayment,
    PaymentToReverseUnknown,
    Recorded,
    RefundAboveCredit,
    record_payments,
)
from portal.actions.portfolio import Imported, PaymentDiffers, import_portfolio
from portal.actions.portfolio.check import CreditGone
from portal.actions.portfolio.facts import first_snapshot_hash
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.closing import ClosingReason, LenderCredit, LoanClosing
from portal.domain.contract.loan import LegalStage, Loan, Payment
from portal.domain.contract.portfolio import LoanRecord, PaymentRecord
from portal.domain.contract.prepayment import Purpose, Then
from portal.domain.ledger.position import Position, position
from portal.domain.refusal import Refusal
from portal.tables import models as tables
from tests.actions.story import FACTS, NOW, VAULT, Story, begin
from tests.domain.people import ON, XIAOMING

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("each_database")]

NUMBER = "JQ-2026-0001"
# Owed in all on 14 June: 3,413.12 overdue, 7,259.10 to come, and 29 of 30 days of 108.89: 10,777.48.
ALL = Payment("P-9", ON, 1080000, purpose=Purpose.PAYOFF)
BACK = Payment("R-1", ON, 30000, reverses="P-9")
REFUND = Payment("B-1", ON, 2252, is_refund=True)


async def told(story: Story, *payments: Payment) -> Recorded:
    records = [PaymentRecord(line, NUMBER, each) for line, each in enumerate(payments, 1)]
    return await record_payments(NOW, story.lender, records, VAULT)


async def row(story: Story, loan: Loan) -> Imported:
    return await import_portfolio(NOW, story.lender, [LoanRecord(1, loan, FACTS)], [], VAULT)


async def now(story: Story) -> Position:
    return position((await story.case()).loan, ON)


async def test_what_pays_everything_closes_the_loan_and_what_is_above_is_paid_back() -> None:
    story = await begin()
    await told(story, ALL)
    found = await now(story)
    assert (found.payoff, found.credit, found.closed_on) == (0, 2252, ON)
    with pytest.raises(RefundAboveCredit, match=r"is of 22\.53, and 22\.52 of credit are there on its day"):
        await told(story, replace(REFUND, amount=2253))
    await told(story, REFUND)
    assert (await now(story)).credit == 0
    with pytest.raises(RefundAboveCredit, match=r"is of 0\.01, and 0\.00 of credit"):
        await told(story, replace(REFUND, id="B-2", amount=1))
    assert (await story.events())[-1] == "payment.refunded"


async def test_one_fen_for_everything_is_taken_and_pays_what_is_overdue() -> None:
    """A payoff of 1.00 pays 1.00 of the oldest penalty and closes nothing."""
    story = await begin()
    await told(story, replace(ALL, amount=100))
    found = await now(story)
    assert (found.closed_on, found.payoff, found.overdue.total, found.credit) == (None, 1077648, 341212, 0)


@pytest.mark.parametrize("then", list(Then))
async def test_a_prepayment_is_read_back_with_what_it_does_to_the_rows_to_come(then: Then) -> None:
    story = await begin()
    prepaid = replace(ALL, amount=500000, purpose=Purpose.PREPAY, then=then)
    await told(story, prepaid)
    assert (await story.case()).loan.payments[-1] == prepaid
    found = await now(story)
    assert (found.overdue.total, found.payoff) == (0, 577748)
    assert (await told(story, replace(prepaid, purpose=None))).repeated == 1
    assert (await told(story, replace(prepaid, purpose=Purpose.PAYOFF))).corrected == 1
    assert (await story.case()).loan.payments[-1].purpose is Purpose.PAYOFF
    with pytest.raises(PaymentDiffers, match=r"as another kind: a payment, not a refund"):
        await told(story, replace(prepaid, purpose=None, is_refund=True))


async def test_a_payment_is_taken_back_in_parts_up_to_what_it_was_and_no_further() -> None:
    story = await begin()
    await told(story, replace(ALL, amount=100000, purpose=None), BACK)
    # 1,000.00 of 14 June: 56.07, 152.19, 791.74 of no. 3; without 300.00 of it, 491.74 of its principal is paid.
    assert (await now(story)).overdue.total == 341312 - 70000
    with pytest.raises(MoreThanIsLeftOfPayment, match=r"700\.00 are left; 700\.01 cannot"):
        await told(story, replace(BACK, id="R-2", amount=70001))
    await told(story, replace(BACK, id="R-2"), replace(BACK, id="R-3", amount=0))
    assert (await now(story)).overdue.total == 341312
    for amount in (0, 1):
        with pytest.raises(PaymentToReverseUnknown):
            await told(story, replace(BACK, id="R-4", amount=amount))


async def test_a_part_that_is_taken_back_of_what_closed_a_loan_opens_it_again() -> None:
    story = await begin()
    await told(story, ALL, BACK)
    found = await now(story)
    assert (found.closed_on, found.payoff, found.credit) == (None, 1077748 - 1050000, 1050000 - 341312)


@pytest.mark.parametrize("in_row", [False, True])
async def test_what_goes_back_may_stand_before_what_came(in_row: bool) -> None:
    story = await begin()
    body = (REFUND, replace(BACK, amount=1000), ALL)
    refund = replace(REFUND, amount=1252)
    with pytest.raises(RefundAboveCredit, match=r"is of 22\.52, and 12\.52 of credit"):
        await told(story, replace(REFUND, received_on=ON), *body[1:]) if not in_row else await row(
            story, replace(XIAOMING, payments=(*body, *XIAOMING.payments))
        )
    if in_row:
        await row(story, replace(XIAOMING, payments=(refund, *body[1:], *XIAOMING.payments)))
    else:
        await told(story, refund, *body[1:])
    found = await now(story)
    assert (found.credit, found.closed_on) == (0, ON)


@pytest.mark.parametrize(
    ("fresh", "refusal"),
    [
        (replace(BACK, id="R-2", amount=70001), MoreThanIsLeftOfPayment),
        (replace(BACK, id="R-2", amount=0, reverses="P-8"), PaymentToReverseUnknown),
        (REFUND, RefundAboveCredit),
    ],
)
async def test_a_row_of_the_portfolio_is_held_against_what_was_told_of_its_payments(
    fresh: Payment, refusal: type[Refusal]
) -> None:
    """R-1 and R-8 are not in the row, and stand all the same."""
    story = await begin()
    paid, other = replace(ALL, amount=100000, purpose=None), replace(ALL, id="P-8", amount=100, purpose=None)
    await told(story, paid, BACK, other, replace(BACK, id="R-8", reverses="P-8", amount=0))
    with pytest.raises(refusal):
        await row(story, replace(XIAOMING, payments=(*XIAOMING.payments, paid, other, fresh)))


async def test_what_the_lender_lets_go_is_no_payment_and_is_told_once() -> None:
    story = await begin()
    waived = LenderCredit("W-1", ON, Amounts(penalty=11264), "goodwill")
    loan = replace(XIAOMING, lender_credits=(waived,))
    assert (await row(story, loan)).changed == 1
    found = await now(story)
    assert (found.overdue.penalty, found.overdue.total, len(found.payments)) == (0, 330048, 2)
    assert (await row(story, loan)).unchanged == 1
    less = replace(waived, amounts=Amounts(penalty=100))
    assert (await row(story, replace(loan, lender_credits=(less,)))).changed == 1
    assert (await now(story)).overdue.total == 341212
    with pytest.raises(CreditGone, match=r"Credit W-1 of 1\.00, made on 2026-06-14, stood in the row"):
        await row(story, XIAOMING)


async def test_a_loan_that_its_lender_closed_asks_for_nothing_and_a_refund_goes_on() -> None:
    story = await begin()
    closed = LoanClosing(date(2026, 6, 13), ClosingReason.SOLD)
    assert (await row(story, replace(XIAOMING, closing=closed))).changed == 1
    assert (await story.case()).loan.closing == closed
    await told(story, replace(ALL, amount=2252, purpose=None))
    found = await now(story)
    assert (found.overdue.total, found.payoff, found.credit) == (0, 0, 2252)
    await told(story, REFUND)
    assert (await now(story)).credit == 0


async def test_what_is_taken_back_of_a_closed_loan_is_not_asked_for_here() -> None:
    story = await begin()
    await row(story, replace(XIAOMING, closing=LoanClosing(date(2026, 6, 13), ClosingReason.SOLD)))
    await told(story, Payment("R-2", ON, reverses="P-2"))
    found = await now(story)
    assert (found.overdue.total, found.payoff, found.closed_on) == (0, 0, date(2026, 6, 13))


async def test_a_row_of_an_earlier_version_that_now_says_more_has_changed() -> None:
    """Its digest knows nothing of a closing, a credit or a purpose."""
    story = await begin()
    await tables.ContractRow.all().update(snapshot_hash=first_snapshot_hash(XIAOMING))
    assert (await row(story, XIAOMING)).unchanged == 1
    assert (await row(story, replace(XIAOMING, legal_stage=LegalStage.FILED))).changed == 1
    await tables.ContractRow.all().update(snapshot_hash=first_snapshot_hash(XIAOMING))
    assert (await row(story, replace(XIAOMING, closing=LoanClosing(ON, ClosingReason.SOLD)))).changed == 1
    assert (await now(story)).payoff == 0


async def test_what_is_told_of_a_credit_is_its_components_and_never_its_reason() -> None:
    story = await begin()
    waived = LenderCredit("W-1", ON, Amounts(penalty=11264), "her mother is ill")
    await row(story, replace(XIAOMING, lender_credits=(waived,), written_off_on=ON))
    told_of = await tables.EventRow.filter(type="loan.changed").order_by("-id").first()
    assert told_of is not None and "mother" not in bytes(told_of.body).decode()
    data = json.loads(bytes(told_of.body))["data"]
    assert (data["fields"], data["old"]) == (["credits", "written_off_on"], {"credits": [], "written_off_on": None})
    (credit,) = data["new"]["credits"]
    assert (credit["id"], credit["on"], credit["penalty"], credit["total"]) == ("W-1", "2026-06-14", "112.64", "112.64")


async def test_the_feed_tells_what_a_payment_is_for_what_goes_back_and_whose_lines_it_moves() -> None:
    story = await begin()
    await told(story, replace(ALL, amount=500000, purpose=Purpose.PREPAY, then=Then.LOWER))
    await told(story, BACK)
    events = [json.loads(bytes(each.body)) for each in await tables.EventRow.filter(type__startswith="payment.")]
    paid, back = (each["data"] for each in events)
    assert (paid["purpose"], paid["then"], paid["credit"]) == ("prepay", "lower", "0.00")
    assert sum(line["due"] == "contract:12" for line in paid["allocation"]) == 1
    assert (back["reverses"], back["amount"]) == ("P-9", "300.00")
    assert [each["payment"] for each in back["moved"]] == ["P-9"]
