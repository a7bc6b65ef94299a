"""What a line says of money: payments, reversals, refunds, and what the lender itself let go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Loan, Payment
from portal.domain.contract.prepayment import Purpose, Then
from portal.domain.money import format_amount
from portal.intake import payment_refusals as unfit
from portal.intake import refusals as no
from portal.intake.shape import CreditShape, PaymentShape

if TYPE_CHECKING:
    from portal.intake.portfolio import Reader


def read_payment(reader: Reader, field: str, shape: PaymentShape) -> Payment:
    """One payment, refund or reversal; a reversal without an amount is of all of it."""
    _check_kind(reader, field, shape)
    amount = 0 if shape.amount is None else reader.money(f"{field}.amount", shape.amount)
    if shape.amount is not None and not amount and f"{field}.amount" not in reader.unread:
        reader.problems.add(f"{field}.amount", no.NotAboveZero(given=repr(shape.amount)))
    stated = None if shape.allocated is None else reader.amounts(f"{field}.allocated", shape.allocated)
    unread = any(name.startswith((f"{field}.amount", f"{field}.allocated")) for name in reader.unread)
    if stated is not None and stated.total > amount and not unread:
        given, allowed = (format_amount(minor, reader.currency) for minor in (stated.total, amount))
        reader.problems.add(f"{field}.allocated", unfit.AllocatedTooMuch(given=given, allowed=allowed))
    return Payment(
        id=shape.id,
        received_on=reader.day(f"{field}.received_on", shape.received_on),
        amount=amount,
        allocated=stated,
        reverses=shape.reverses,
        installment=shape.installment,
        plan_installment=shape.plan_installment,
        purpose=Purpose(shape.purpose) if shape.purpose else None,
        then=Then(shape.then) if shape.then else Then.FEWER,
        is_refund=shape.refunds,
    )


def _check_kind(reader: Reader, field: str, shape: PaymentShape) -> None:
    goes_back = shape.reverses is not None or shape.refunds
    if (shape.amount is None and (shape.reverses is None or shape.refunds)) or (goes_back and shape.allocated):
        reader.problems.add(field, unfit.AmountOrReversal())
    if shape.reverses is not None and shape.refunds:
        reader.problems.add(f"{field}.refunds", unfit.AmountOrReversal())
    said = [name for name in ("installment", "plan_installment", "purpose") if getattr(shape, name) is not None]
    for name in said:
        if goes_back or shape.allocated:
            reader.problems.add(f"{field}.{name}", unfit.NamedAndStated())
    if len(said) > 1:
        reader.problems.add(f"{field}.{said[1]}", unfit.NamedTwice(given=shape.id))
    if (shape.then is not None) != (shape.purpose == Purpose.PREPAY):
        given, purpose = repr(shape.then and str(shape.then)), repr(shape.purpose and str(shape.purpose))
        reader.problems.add(
            f"{field}.then", unfit.ThenWithPrepay(allowed=", ".join(Then), given=given, purpose=purpose)
        )


def read_credits(reader: Reader, shapes: Sequence[CreditShape], disbursed_on: date) -> tuple[LenderCredit, ...]:
    found: dict[str, LenderCredit] = {}
    for index, each in enumerate(shapes):
        field = f"credits.{index}"
        if each.id in found:
            reader.problems.add(f"{field}.id", no.IdTwice(given=repr(each.id)))
        amounts = reader.amounts(field, each)
        if not amounts.total and not any(name.startswith(field) for name in reader.unread):
            reader.problems.add(field, no.NotAboveZero(given="0.00"))
        on = reader.day(f"{field}.on", each.on)
        reader.not_before(f"{field}.on", on, "disbursed_on", disbursed_on)
        found[each.id] = LenderCredit(each.id, on, amounts, each.reason)
    return tuple(found.values())


def check_payments(loan: Loan, reader: Reader) -> None:
    """Ids once, nothing before the loan, and a reversal takes back what is left of a payment that was there before."""
    paid: dict[str, Payment] = {}
    taken_back: Counter[str] = Counter()
    for index, payment in enumerate(loan.payments):
        field = f"payments.{index}"
        reader.not_before(f"{field}.received_on", payment.received_on, "disbursed_on", loan.disbursed_on)
        if payment.id in paid:
            reader.problems.add(f"{field}.id", no.IdTwice(given=repr(payment.id)))
        paid[payment.id] = payment
    for index, payment in enumerate(loan.payments):
        if payment.reverses is not None:
            _check_reversal(reader, f"payments.{index}", payment, paid.get(payment.reverses), taken_back)


def _check_reversal(
    reader: Reader, field: str, payment: Payment, original: Payment | None, taken_back: Counter[str]
) -> None:
    if original is None or original.reverses or original.is_refund:
        reader.problems.add(f"{field}.reverses", unfit.NothingToReverse(given=repr(payment.reverses)))
        return
    left = original.amount - taken_back[original.id]
    if not left:
        reader.problems.add(f"{field}.reverses", unfit.AlreadyReversed(given=repr(payment.reverses)))
    elif payment.amount > left:
        given, allowed = (format_amount(minor, reader.currency) for minor in (payment.amount, left))
        reader.problems.add(f"{field}.amount", unfit.MoreThanIsLeft(payment=original.id, allowed=allowed, given=given))
    else:
        reader.not_before(f"{field}.received_on", payment.received_on, f"payment {original.id}", original.received_on)
    taken_back[original.id] += payment.amount or left
