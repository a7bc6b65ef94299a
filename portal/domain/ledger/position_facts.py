"""A position as `position --json`, `positions` and the API give it: decimal strings, ISO dates, rates as fractions."""

from portal.domain.ledger.allocated import AllocatedCredit, AllocatedPayment
from portal.domain.ledger.itemisation import Itemisation
from portal.domain.ledger.penalty import PenaltyLine
from portal.domain.ledger.position import InstallmentPosition, Position
from portal.domain.ledger.reconciliation import differences
from portal.domain.ledger.upcoming import NextDue
from portal.domain.money import COMPONENTS, amount_texts, format_amount, format_rate


def position_facts(position: Position) -> dict[str, object]:
    """Everything a position says, in the names of the published format; of the installments, those not fully paid."""
    loan, currency = position.loan, position.currency
    credit = format_amount(position.credit, currency)
    return {
        "loan_no": loan.loan_no,
        "as_of": position.as_of.isoformat(),
        "valid_until": position.valid_until.isoformat(),
        "currency": currency,
        "days_past_due": position.days_past_due,
        "overdue": amount_texts(position.overdue, currency, *COMPONENTS, "total"),
        "overlooked": format_amount(position.overlooked.total, currency),
        "outstanding_principal": format_amount(position.outstanding_principal, currency),
        "installments": [_installment(row, currency) for row in position.installments if row.left],
        "penalty_lines": [_line(line, currency) for line in position.penalty_lines],
        "payments": [_payment(payment, currency) for payment in position.payments],
        "lender_credits": [_lender_credit(each, currency) for each in position.lender_credits],
        "unallocated": credit,
        "credit": credit,
        "payoff": format_amount(position.payoff, currency),
        "next": [_next(due, currency) for due in position.next_dues[:3]],
        "next_30_days": format_amount(position.upcoming(30), currency),
        "plan": _plan(position),
        "itemisation": _itemisation(position.itemisation, currency),
        "schedule_generated": loan.schedule_generated,
        "closed_on": position.closed_on.isoformat() if position.closed_on else None,
        "written_off_on": loan.written_off_on.isoformat() if loan.written_off_on else None,
        "lender_statement": _statement(position),
    }


def _next(due: NextDue, currency: str) -> dict[str, object]:
    return {"key": due.key, "due_on": due.due_on.isoformat(), "amount": format_amount(due.amount, currency)}


def _plan(position: Position) -> dict[str, object] | None:
    """Of the last agreement; whether it lives or has ended, and how, is in its status."""
    if not position.plans:
        return None
    found, account, currency = position.plans[-1], position.book.plans[-1], position.currency
    return {
        "ref": found.agreement.ref,
        "status": found.status.value,
        "rows": [
            {
                "key": row.key,
                "no": row.no,
                "due_on": row.due_on.isoformat(),
                **amount_texts(row, currency, "asked", "received", "left"),
                "status": row.status.value,
            }
            for row in found.rows
        ],
        "taken_in": [
            {"due": line.due, **amount_texts(line.amounts, currency, *COMPONENTS, "total")} for line in account.taken_in
        ],
    }


def _installment(row: InstallmentPosition, currency: str) -> dict[str, object]:
    of_pause = amount_texts(row, currency, "pause_interest") if row.pause_interest else {}
    return {
        "no": row.no,
        "due_on": row.due_on.isoformat(),
        **amount_texts(row, currency, "principal", "interest", "fees", "paid", "overdue"),
        **of_pause,
        "days_past_due": row.days_past_due,
    }


def _line(line: PenaltyLine, currency: str) -> dict[str, object]:
    return {
        "installment": line.installment,
        "kind": line.kind.value,
        "of": line.of,
        "base": format_amount(line.base, currency),
        "rate": None if line.rate is None else format_rate(line.rate),
        "per": line.per,
        "day_count": line.day_count.value,
        "from": line.start.isoformat(),
        "to": line.end.isoformat(),
        "days": line.days,
        **({"days_not_counted": line.days_not_counted} if line.days_not_counted else {}),
        **amount_texts(line, currency, "contract", "charged", "not_charged"),
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
    if payment.plan_installment is not None:
        facts["plan_installment"] = payment.plan_installment
    if payment.credit:
        facts["unallocated"] = format_amount(payment.credit, currency)
    for name in ("refunded", "taken_back"):
        if minor := getattr(payment, name):
            facts[name] = format_amount(minor, currency)
    if payment.reversed_on:
        facts["reversed_on"] = payment.reversed_on.isoformat()
    return facts


def _lender_credit(credit: AllocatedCredit, currency: str) -> dict[str, object]:
    """As far as it was owed; nobody paid it."""
    return {
        "id": credit.id,
        "on": credit.on.isoformat(),
        "amount": format_amount(credit.amount, currency),
        "allocated": {c: format_amount(minor, currency) for c, minor in credit.allocated.items() if minor},
        "reason": credit.reason,
    }


def _itemisation(item: Itemisation, currency: str) -> dict[str, str]:
    amounts = ("opening", "principal_due", "interest", "penalty_fees_costs", "credited", "now")
    return {
        "opened_on": item.opened_on.isoformat(),
        **amount_texts(item, currency, *amounts),
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
            {"component": each.component, **amount_texts(each, loan.currency, "stated", "computed")} for each in found
        ],
    }
