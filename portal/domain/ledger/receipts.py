"""A lender that tells only how much was paid in all: what that adds to the payments already recorded."""

from collections.abc import Sequence
from datetime import date

from portal.domain.contract.amounts import NOTHING, Amounts
from portal.domain.contract.loan import Payment


def since_then(recorded: Sequence[Payment], totals: Sequence[Payment], today: date) -> list[Payment]:
    """The payments that bring what is recorded up to the lender's totals: the difference, as one more payment.

    Where a total fell, a payment must have bounced: all that stood is taken back on the days it came, as if it had
    never been told, and the new total stands instead.
    """
    reversed_ = {payment.reverses for payment in recorded}
    standing = [p for p in recorded if p.reverses is None and p.id not in reversed_]
    amount = _amount(totals) - _amount(standing)
    parts = _parts(totals) - _parts(standing)
    # What a payment leaves open is a total as well: neither it nor any component may fall.
    if min(amount - parts.total, *(minor for _, minor in parts.items())) < 0:
        back = [_reversal(payment, today) for payment in standing]
        return back + [_numbered(payment, len(recorded) + len(back)) for payment in totals]
    if not amount:
        return []
    return [_numbered(Payment("", totals[-1].received_on, amount, parts), len(recorded))]


def _amount(payments: Sequence[Payment]) -> int:
    return sum(payment.amount for payment in payments)


def _parts(payments: Sequence[Payment]) -> Amounts:
    return sum((payment.allocated or NOTHING for payment in payments), NOTHING)


def _reversal(payment: Payment, today: date) -> Payment:
    return Payment(f"{payment.id}-back", min(payment.received_on, today), reverses=payment.id)


def _numbered(payment: Payment, recorded: int) -> Payment:
    """Ids count on, since the same total can come twice."""
    return Payment(f"total-{recorded + 1}", payment.received_on, payment.amount, payment.allocated)
