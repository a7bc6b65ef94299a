"""What a row says otherwise than the last one did, field by field, for the answer and the event."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from portal.actions.portfolio.snapshots import Snapshots
from portal.actions.portfolio.versions import Fact, FactChange, RowChanges
from portal.domain.contract.calendar import Every
from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Charge, Clause, Installment, Loan, Payment, Statement, Terms
from portal.domain.contract.penalty_terms import PenaltyTerms
from portal.domain.contract.portfolio import LoanRecord
from portal.domain.event import salted_hash
from portal.domain.ledger.books_facts import allocation_facts
from portal.domain.ledger.position import position
from portal.domain.money import COMPONENTS, amount_texts, format_amount, format_rate

_MOVES_MONEY = {"charges", "closed", "credits", "payments", "schedule", "written_off_on"}
_PLAIN = ("product", "lender_kind", "signed_on")
_MONEY = {Terms: ("installment",), PenaltyTerms: ("amount",)}
"""Of these the fields that are minor units."""


LoanChange = dict[str, Any]
"""What was changed of a loan, as it is answered: `loan_no`, `fields`, `old`, `new`, and of its people."""
NO_FIELDS: LoanChange = {"fields": [], "old": {}, "new": {}, "currency": ""}


def row_said(record: LoanRecord, snapshots: Snapshots) -> LoanChange:
    """What a row says otherwise of its loan; nothing where it says what is on record, also of a new loan."""
    number = record.loan.loan_no
    before = snapshots.before.get(snapshots.loans.get(number, 0))
    if before is None or number not in snapshots.changes:
        return {}
    facts = _changes(record.loan, before, snapshots.changes[number])
    return facts if facts["fields"] else {}


def _changes(loan: Loan, before: Loan, facts: RowChanges) -> LoanChange:
    """`fields` by the names of a row, and by these what was said of them and what is; amounts in `currency`.

    Of the schedule those rows that differ; of payments, charges and credits those that are new, corrected or gone.
    """
    pairs = dict(_pairs(loan, before))
    for name, found in (("payments", facts.payments), ("charges", facts.charges), ("credits", facts.credits)):
        pairs[name] = _listed(found, loan.currency)
    differing = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    return {
        "fields": sorted(differing),
        "old": {name: old for name, (old, _) in differing.items()},
        "new": {name: new for name, (_, new) in differing.items()},
        "currency": loan.currency,
    }


def added_facts(loan: Loan) -> dict[str, object]:
    """What was paid out, for the first line of a general ledger."""
    paid_out = {"disbursed_on": loan.disbursed_on.isoformat(), "currency": loan.currency}
    return {**paid_out, **amount_texts(loan, loan.currency, "principal")}


def moves_money(change: LoanChange) -> bool:
    """Whether what a row says otherwise may have another part of a payment pay another due."""
    return any(name in _MOVES_MONEY or name.startswith("terms.") for name in change["fields"])


def books_changed(loan: Loan, today: date) -> dict[str, object]:
    """What each payment and each credit pays now."""
    return allocation_facts(position(loan, today))


def _pairs(loan: Loan, before: Loan) -> Iterable[tuple[str, tuple[object, object]]]:
    for name in (*_PLAIN, "written_off_on", "legal_stage"):
        yield name, (_said(getattr(before, name), loan.currency), _said(getattr(loan, name), loan.currency))
    yield "closed", (_closed(before), _closed(loan))
    if before.terms != loan.terms:
        old, new = (_said(each.terms, loan.currency) for each in (before, loan))
        yield from ((f"terms.{name}", (old.get(name), new.get(name))) for name in sorted({*old, *new}))
    if before.schedule != loan.schedule:
        yield "schedule", _rows(before.schedule, loan.schedule, loan.currency)
    if loan.statement is not None:
        yield "statement", (_statement(before.statement, loan.currency), _statement(loan.statement, loan.currency))


def _rows(before: Sequence[Installment], now: Sequence[Installment], currency: str) -> tuple[object, object]:
    same = {*before} & {*now}
    old, new = ([_row(row, currency) for row in rows if row not in same] for rows in (before, now))
    return old, new


def _row(row: Installment, currency: str) -> dict[str, object]:
    return {
        "no": row.no,
        "due_on": row.due_on.isoformat(),
        **amount_texts(row, currency, "principal", "interest", "fees"),
    }


def _closed(loan: Loan) -> dict[str, str] | None:
    return {"on": loan.closing.on.isoformat(), "reason": loan.closing.reason} if loan.closing else None


def _statement(statement: Statement | None, currency: str) -> dict[str, str] | None:
    if statement is None:
        return None
    return {"as_of": statement.as_of.isoformat(), **amount_texts(statement.overdue, currency, *COMPONENTS, "total")}


def _listed(found: Iterable[FactChange], currency: str) -> tuple[object, object]:
    told = list(found)
    old = [fact_facts(each.before, currency) for each in told if each.before]
    return old, [fact_facts(each.now, currency) for each in told if each.now]


def correction_facts(told: FactChange, currency: str) -> dict[str, object]:
    """The event of what was told before and now is otherwise, or no more."""
    old, new = (each and fact_facts(each, currency) for each in told[:2])
    return {told.kind: told.id, "currency": currency, "old": old, **({"new": new} if new else {})}


def fact_facts(fact: Fact, currency: str) -> dict[str, object]:
    """As a row tells it, but for the reason of a credit, which is free text."""
    match fact:
        case Payment():
            return _payment(fact, currency)
        case Charge():
            named = {} if fact.installment is None else {"installment": fact.installment}
            days = {"on": fact.on.isoformat(), "due_on": fact.due_on.isoformat()}
            return {"id": fact.id, **days, "kind": fact.kind, "amount": format_amount(fact.amount, currency), **named}
        case LenderCredit():
            amounts = amount_texts(fact.amounts, currency, *COMPONENTS, "total")
            return {"id": fact.id, "on": fact.on.isoformat(), **amounts}


def _payment(payment: Payment, currency: str) -> dict[str, object]:
    said: dict[str, object] = {"id": payment.id, "received_on": payment.received_on.isoformat()}
    if payment.amount:
        said["amount"] = format_amount(payment.amount, currency)
    if payment.allocated is not None:
        said["allocated"] = amount_texts(payment.allocated, currency, *COMPONENTS)
    for name in ("reverses", "installment", "plan_installment", "purpose"):
        if getattr(payment, name) is not None:
            said[name] = getattr(payment, name)
    if payment.purpose == "prepay":
        said["then"] = payment.then
    return {**said, "refunds": True} if payment.is_refund else said


def _said(value: Any, currency: str) -> Any:
    """As JSON: rates as decimal strings, amounts in the currency; a clause by the hash of its text."""
    match value:
        case Clause():
            return {"ref": value.ref, "lang": value.lang, "hash": salted_hash(b"", f"{value.title}\n{value.text}")}
        case tuple():
            return [_said(each, currency) for each in value]
        case Fraction():
            return format_rate(value)
        case Every() | date():
            return str(value)
    return _fields(value, currency) if is_dataclass(value) else value


def _fields(value: Any, currency: str) -> dict[str, Any]:
    told = {each.name: getattr(value, each.name) for each in fields(value)}
    amounts = {name: told[name] for name in _MONEY.get(type(value), ()) if told[name] is not None}
    texts = {name: format_amount(minor, currency) for name, minor in amounts.items()}
    return {name: _said(each, currency) for name, each in told.items()} | texts
