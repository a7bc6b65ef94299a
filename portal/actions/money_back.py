"""Money that goes back, held against what came: a reversal against its payment, a refund against the credit."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from portal.domain.contract.loan import Loan, Payment
from portal.domain.ledger.book import Book
from portal.domain.ledger.walk import Walk
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal


class PaymentToReverseUnknown(Refusal):
    says = N_("Payment {id} of loan {loan_no} is not there, or was reversed already.")


class ReversedBeforePaid(Refusal):
    says = N_("Payment {id} of loan {loan_no} was received on {received}; it cannot be reversed on {given}.")


class MoreThanIsLeftOfPayment(Refusal):
    says = N_("Of payment {id} of loan {loan_no} {allowed} are left; {given} cannot be taken back.")


class RefundAboveCredit(Refusal):
    says = N_("Refund {id} of loan {loan_no} is of {given}, and {allowed} of credit are there on its day.")


def order_told(payment: Payment) -> tuple[int, int]:
    """By it, what came is before what goes back of it, wherever they stand in a file; all else stays as it stands."""
    goes_back = 2 if payment.is_refund else 1 if payment.reverses else 0
    return goes_back, payment.received_on.toordinal() if goes_back else 0


def taken_back(payments: Mapping[str, Payment]) -> Counter[str]:
    """By the payment that was reversed, how much of it, minor units."""
    back: Counter[str] = Counter()
    for each in payments.values():
        if each.reverses and each.reverses in payments:
            whole = payments[each.reverses].amount
            back[each.reverses] = min(back[each.reverses] + (each.amount or whole), whole)
    return back


def refused_money_back(
    told: Mapping[str, Payment],
    touched: Collection[str],
    named: tuple[str, str],
    refunding: Loan | None,
    field_of: Callable[[str], str] = lambda payment: "",
) -> Iterator[Refusal]:
    """What is wrong with reversals and refunds that are `touched`, and with those of payments that are.

    `told` are all payments of the loan by id, these among them; `named` are its number and currency; `refunding` is
    the loan as it is on record, where credit of it is paid back. They are held against the others in the order of
    `order_told`; `field_of` begins the name of what stands in the one of that id.
    """
    standing = dict(told)
    back = (each for each in told.values() if each.reverses or each.is_refund)
    to_check = sorted((each for each in back if each.id in touched or each.reverses in touched), key=order_told)
    for each in to_check:
        del standing[each.id]
    for each in to_check:
        try:
            if each.is_refund:
                assert refunding is not None
                _check_refund(each, refunding, standing, field_of(each.id))
            else:
                _check_reversal(each, *named, standing, field_of(each.id))
        except Refusal as refusal:
            yield refusal
        standing[each.id] = each


def _check_reversal(
    reversal: Payment, loan_no: str, currency: str, payments: Mapping[str, Payment], field: str
) -> None:
    """`payments` are all others of its loan by id.

    Raises PaymentToReverseUnknown, ReversedBeforePaid, MoreThanIsLeftOfPayment; `field` begins the name of theirs.
    """
    name = str(reversal.reverses)
    paid, back = payments.get(name), taken_back(payments)[name]
    if paid is None or paid.reverses is not None or paid.is_refund or paid.amount <= back:
        raise PaymentToReverseUnknown(f"{field}reverses", id=name, loan_no=loan_no)
    if reversal.received_on < paid.received_on:
        days = {"received": paid.received_on, "given": reversal.received_on}
        raise ReversedBeforePaid(f"{field}received_on", id=name, loan_no=loan_no, **days)
    if reversal.amount > paid.amount - back:
        given, allowed = (format_amount(minor, currency) for minor in (reversal.amount, paid.amount - back))
        raise MoreThanIsLeftOfPayment(f"{field}amount", id=name, loan_no=loan_no, allowed=allowed, given=given)


def _check_refund(refund: Payment, loan: Loan, payments: Mapping[str, Payment], field: str) -> None:
    """So much credit has to stand at the end of its day, also for refunds told before it, by all else that is known.

    Raises RefundAboveCredit.
    """
    told, with_it = list(payments.values()), [*payments.values(), refund]
    short = _short(loan, with_it) - _short(loan, told)
    most = min(_walked(loan, told, refund.received_on).credit, max(refund.amount - short, 0))
    if refund.amount > most:
        given, allowed = (format_amount(minor, loan.currency) for minor in (refund.amount, most))
        raise RefundAboveCredit(f"{field}amount", id=refund.id, loan_no=loan.loan_no, allowed=allowed, given=given)


def _short(loan: Loan, payments: Sequence[Payment]) -> int:
    """By how much refunds go beyond the credit of their days, minor units."""
    days = [each.received_on for each in payments if each.is_refund]
    return _walked(loan, payments, max(days)).above_credit if days else 0


def _walked(loan: Loan, payments: Sequence[Payment], day: date) -> Book:
    return Walk(replace(loan, payments=tuple(payments)), day).run()
