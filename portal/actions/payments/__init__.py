"""Payments and reversals from the lender's books."""

from portal.actions.payments.check import (
    Books,
    PaidLoanUnknown,
    PaymentInFuture,
    PaymentToReverseUnknown,
    ReversedBeforePaid,
    books_of,
    is_new,
)
from portal.actions.payments.record import Recorded, record_batch, record_payments
from portal.actions.portfolio import PaymentDiffers
