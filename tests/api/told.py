"""What a lender's core tells of a loan: a row of its portfolio, and its payments, in the words of the format."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from portal.domain.contract.loan import Loan, Payment, Terms
from portal.domain.contract.penalty_terms import PenaltyRate, PenaltyTerms
from tests.naive.dues import COMPONENTS


def as_text(fen: int, currency: str) -> str:
    return str(fen) if currency == "JPY" else f"{fen // 100}.{fen % 100:02}"


def as_fen(text: str) -> int:
    return int(text.replace(".", ""))


def as_row(loan: Loan, borrower: str, stated: Mapping[str, int] | None, on: date) -> dict[str, Any]:
    """Without payments, which are told by themselves; `stated` is what the core has overdue on that day."""
    row: dict[str, Any] = {
        "loan_no": loan.loan_no,
        "currency": loan.currency,
        "lender_kind": loan.lender_kind,
        "borrower": {"external_id": borrower, "name": "王小明", "id_last4": "123X"},
        "signed_on": loan.signed_on.isoformat(),
        "disbursed_on": loan.disbursed_on.isoformat(),
        "principal": as_text(loan.principal, loan.currency),
        "terms": _terms(loan.terms),
        "schedule": [
            {"no": each.no, "due_on": each.due_on.isoformat()}
            | {name: as_text(getattr(each, name), loan.currency) for name in ("principal", "interest", "fees")}
            for each in loan.schedule
        ],
        "charges": [
            {"id": each.id, "on": each.on.isoformat(), "due_on": each.due_on.isoformat(), "kind": each.kind}
            | {"amount": as_text(each.amount, loan.currency), "installment": each.installment}
            for each in loan.charges
        ],
    }
    if stated is not None:
        amounts = {name: as_text(stated.get(name, 0), loan.currency) for name in COMPONENTS}
        row["statement"] = {"as_of": on.isoformat(), **amounts}
    if loan.closing is not None:
        row["closed"] = {"on": loan.closing.on.isoformat(), "reason": loan.closing.reason.value}
    if loan.written_off_on is not None and loan.written_off_on <= on:
        row["written_off_on"] = loan.written_off_on.isoformat()
    return row


def as_payment(loan: Loan, payment: Payment) -> dict[str, Any]:
    row: dict[str, Any] = {"loan_no": loan.loan_no, "id": payment.id, "received_on": payment.received_on.isoformat()}
    if payment.reverses:
        return row | {"reverses": payment.reverses}
    row["amount"] = as_text(payment.amount, loan.currency)
    if payment.allocated is not None:
        row["allocated"] = {name: as_text(fen, loan.currency) for name, fen in payment.allocated.items()}
    named = {"installment": payment.installment, "plan_installment": payment.plan_installment}
    return row | {name: number for name, number in named.items() if number is not None}


def _terms(terms: Terms) -> dict[str, Any]:
    order = terms.allocation
    return {
        "annual_rate": _rate(terms.annual_rate),
        "method": terms.method.value,
        "installments": terms.installments,
        "every": str(terms.every),
        "first_due": terms.first_due.isoformat(),
        "day_count": terms.day_count.value,
        "penalty": _penalty(terms.penalty),
        "cap": {"rule": terms.cap.rule if terms.cap else "none"},
        "allocation": {
            "due": list(order.due),
            "in_advance": list(order.in_advance),
            "across": order.across,
            "late": list(order.late),
            "late_from_day": order.late_from_day,
        },
    }


def _penalty(penalty: PenaltyTerms) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": penalty.kind.value,
        "base": penalty.base.value,
        "day_count": penalty.day_count.value,
        "grace_days": penalty.grace_days,
        "grace": penalty.grace.value,
    }
    if penalty.rate is not None:
        found["rate"] = _penalty_rate(penalty.rate)
    if penalty.tiers:
        found["tiers"] = [{"from_day": each.from_day, "rate": _penalty_rate(each.rate)} for each in penalty.tiers]
    if penalty.percent is not None:
        found["percent"] = _rate(penalty.percent)
    return found


def _penalty_rate(rate: PenaltyRate) -> dict[str, str]:
    return {rate.form.value: _rate(rate.value)}


def _rate(rate: Fraction) -> str:
    """Whole percents."""
    assert (rate * 100).denominator == 1
    return f"{int(rate * 100) // 100}.{int(rate * 100) % 100:02}"
