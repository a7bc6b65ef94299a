"""Payments and reversals from the lender's books."""

from portal.actions.money_back import (
    MoreThanIsLeftOfPayment,
    PaymentToReverseUnknown,
    RefundAboveCredit,
    ReversedBeforePaid,
)
from portal.actions.payments.check import Books, PaidLoanUnknown, PaymentInFuture, PaymentTwice, books_of, new_payments
from portal.actions.payments.record import Recorded, record_batch, record_payments
from portal.actions.portfolio import PaymentDiffers
