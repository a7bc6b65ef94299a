"""A position as `position --json`, `positions` and the API give it: decimal strings, ISO dates, rates as fractions."""

from portal.domain.contract.loan import Amounts
from portal.domain.ledger.itemisation import Itemisation
from portal.domain.ledger.penalty import PenaltyLine
from portal.domain.ledger.position import AllocatedPayment, InstallmentPosition, Position
from portal.domain.ledger.reconciliation import differences
from portal.domain.money import format_amount, format_rate


def position_facts(position: Position) -> dict[str, object]:
    """Everything a position says, in the names of the published format; of the installments, those not fully paid."""
    loan, currency = position.loan, position.currency
    return {
        "loan_no": loan.loan_no,
        "as_of": position.as_of.isoformat(),
        "valid_until": position.valid_until.isoformat(),
        "currency": currency,
        "days_past_due": position.days_past_due,
        "overdue": {**_amounts(position.overdue, currency), "total": format_amount(position.overdue.total, currency)},
        "outstanding_principal": format_amount(position.outstanding_principal, currency),
        "installments": [_installment(row, currency) for row in position.installments if row.left],
        "penalty_lines": [_line(line, currency) for line in position.penalty_lines],
        "payments": [_payment(payment, currency) for payment in position.payments],
        "unallocated": format_amount(position.unallocated, currency),
        "itemisation": _itemisation(position.itemisation, currency),
        "schedule_generated": loan.schedule_generated,
        "written_off_on": loan.written_off_on.isoformat() if loan.written_off_on else None,
        "lender_statement": _statement(position),
    }


def _amounts(amounts: Amounts, currency: str) -> dict[str, str]:
    return {component: format_amount(minor, currency) for component, minor in amounts.items()}


def _installment(row: InstallmentPosition, currency: str) -> dict[str, object]:
    return {
        "no": row.no,
        "due_on": row.due_on.isoformat(),
        "principal": format_amount(row.principal, currency),
        "interest": format_amount(row.interest, currency),
        "fees": format_amount(row.fees, currency),
        "paid": format_amount(row.paid, currency),
        "overdue": format_amount(row.overdue, currency),
        "days_past_due": row.days_past_due,
    }


def _line(line: PenaltyLine, currency: str) -> dict[str, object]:
    return {
        "installment": line.installment,
        "of": line.of,
        "base": format_amount(line.base, currency),
        "rate": None if line.rate is None else format_rate(line.rate),
        "per": line.per,
        "day_count": line.day_count.value,
        "from": line.start.isoformat(),
        "to": line.end.isoformat(),
        "days": line.days,
        "contract": format_amount(line.contract, currency),
        "charged": format_amount(line.charged, currency),
        "not_charged": format_amount(line.not_charged, currency),
        "clause": line.clause,
    }


def _payment(payment: AllocatedPayment, currency: str) -> dict[str, object]:
    """Only the components that got something, as the format shows them."""
    allocated = {c: format_amount(minor, currency) for c, minor in payment.allocated.items() if minor}
    facts: dict[str, object] = {
        "id": payment.id,
        "received_on": payment.received_on.isoformat(),
        "amount": format_amount(payment.amount, currency),
        "allocated": allocated,
    }
    if payment.installment:
        facts["installment"] = payment.installment
    if payment.unallocated:
        facts["unallocated"] = format_amount(payment.unallocated, currency)
    if payment.reversed_on:
        facts["reversed_on"] = payment.reversed_on.isoformat()
    return facts


def _itemisation(item: Itemisation, currency: str) -> dict[str, str]:
    amounts = ("opening", "principal_due", "interest", "penalty_fees_costs", "credited", "now")
    return {
        "opened_on": item.opened_on.isoformat(),
        **{name: format_amount(getattr(item, name), currency) for name in amounts},
    }


def _statement(position: Position) -> dict[str, object] | None:
    loan = position.loan
    if loan.statement is None:
        return None
    found = differences(position)
    return {
        "as_of": loan.statement.as_of.isoformat(),
        "agrees": not found,
        "differences": [
            {
                "component": each.component,
                "stated": format_amount(each.stated, loan.currency),
                "computed": format_amount(each.computed, loan.currency),
            }
            for each in found
        ],
    }
