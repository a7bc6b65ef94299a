"""A loan's facts as rows: what a snapshot says of it, and each payment and charge as it was stated."""

import hashlib
import json
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from tortoise.models import Model

from portal.actions.portfolio.versions import Fact, FactChange
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.calendar import Every
from portal.domain.contract.closing import LenderCredit
from portal.domain.contract.loan import Charge, Installment, Loan, Payment, Statement
from portal.domain.event import BusinessTime
from portal.tables import models as tables
from portal.tables.stored import canonical_json, fact_to_text, purpose_to_text, schedule_to_text, terms_to_text

_PRINTED: dict[type, tuple[str, ...]] = {
    Amounts: ("costs", "fees", "penalty", "interest", "principal"),
    Payment: ("id", "received_on", "amount", "allocated", "reverses", "installment"),
    Charge: ("id", "on", "due_on", "kind", "amount", "installment"),
    Statement: ("as_of", "overdue"),
}


def snapshot_hash(loan: Loan) -> str:
    """A digest of everything a snapshot says of a loan, to tell a repeated row from a changed one.

    SHA-256 over canonical JSON of what was told: what is left at its default is not in it, so that a new field changes
    no digest. Whether a schedule was stated or worked out is no difference.
    """
    told = canonical_json(_told(replace(loan, schedule_generated=False)))
    return hashlib.sha256(told.encode()).hexdigest()


def first_snapshot_hash(loan: Loan) -> str:
    """The digest of versions before: of terms and schedule as they are stored, and the rest as Python printed it."""
    facts = [
        terms_to_text(loan.terms),
        schedule_to_text(loan.schedule),
        repr((loan.product, loan.lender_kind, loan.currency, loan.signed_on, loan.disbursed_on, loan.principal)),
        _printed((loan.payments, loan.charges, loan.statement, loan.written_off_on)),
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _told(value: object) -> Any:
    if isinstance(value, Installment):
        return _told_row(value)
    kind: type = type(value)
    if defaults := _defaults(kind):
        told = ((name, getattr(value, name), default) for name, default in defaults)
        return {name: _told(each) for name, each, default in told if each != default}
    return [_told(each) for each in value] if isinstance(value, tuple) else value


def _told_row(row: Installment) -> list[object]:
    """Up to the last of its fields that is not at its default."""
    told, defaults = list(row), list(Installment._field_defaults.values())
    while defaults and told[-1] == defaults.pop():
        told.pop()
    return told


@cache
def _defaults(kind: type) -> tuple[tuple[str, object], ...]:
    """What each field of such a value is where nothing is told of it; no field of what is told in one word."""
    told = fields(kind) if is_dataclass(kind) and kind is not Every else ()
    return tuple((each.name, each.default) for each in told)


def _printed(value: object) -> str:
    """As it printed itself when it had these fields."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_printed, value))}{',' if len(value) == 1 else ''})"
    if type(value) not in _PRINTED:
        return repr(value)
    return f"{type(value).__name__}({', '.join(f'{n}={_printed(getattr(value, n))}' for n in _PRINTED[type(value)])})"


_AS_TOLD = (
    *("product", "lender_kind", "currency", "signed_on", "disbursed_on"),
    *("schedule_generated", "written_off_on", "restated_on", "legal_stage"),
)


def contract_row(
    loan: Loan, loan_id: int, version: int, digest: str, payments_told: str | None, at: datetime
) -> tables.ContractRow:
    return tables.ContractRow(
        loan_id=loan_id,
        version=version,
        principal_minor=loan.principal,
        terms=terms_to_text(loan.terms),
        schedule=schedule_to_text(loan.schedule),
        closed_on=loan.closing and loan.closing.on,
        closed_reason=loan.closing and loan.closing.reason,
        payments_told=payments_told,
        snapshot_hash=digest,
        recorded_at=at,
        **{name: getattr(loan, name) for name in _AS_TOLD},
    )


def correction_row(loan_id: int, told: FactChange, version: int, moment: BusinessTime) -> tables.CorrectionRow:
    return tables.CorrectionRow(
        loan_id=loan_id,
        fact=told.kind,
        external_id=told.id,
        version=version,
        told_on=moment.today,
        said=fact_to_text(told.now),
        recorded_at=moment.at,
    )


def fact_row(loan_id: int, fact: Fact | None, at: datetime, *, again: bool) -> Model:
    """`again`: payments of the loan were corrected, so that another may take back what one took back before."""
    match fact:
        case Payment():
            return _payment_row(loan_id, fact, at, again)
        case Charge():
            return _charge_row(loan_id, fact, at)
        case LenderCredit():
            return _credit_row(loan_id, fact, at)
    raise TypeError(fact)


def _payment_row(loan_id: int, payment: Payment, at: datetime, again: bool) -> tables.PaymentRow:
    whole = payment.reverses is not None and not payment.amount and not again
    return tables.PaymentRow(
        loan_id=loan_id,
        external_id=payment.id,
        received_on=payment.received_on,
        amount_minor=payment.amount,
        allocated=None if payment.allocated is None else json.dumps(asdict(payment.allocated)),
        reverses=payment.reverses if whole else None,
        takes_back=None if whole else payment.reverses,
        purpose=purpose_to_text(payment),
        installment_no=payment.installment,
        plan_installment_no=payment.plan_installment,
        recorded_at=at,
    )


def _credit_row(loan_id: int, credit: LenderCredit, at: datetime) -> tables.LenderCreditRow:
    minor = {f"{component}_minor": amount for component, amount in credit.amounts.items()}
    return tables.LenderCreditRow(
        loan_id=loan_id, external_id=credit.id, made_on=credit.on, reason=credit.reason, recorded_at=at, **minor
    )


def _charge_row(loan_id: int, charge: Charge, at: datetime) -> tables.ChargeRow:
    return tables.ChargeRow(
        loan_id=loan_id,
        external_id=charge.id,
        made_on=charge.on,
        due_on=charge.due_on,
        kind=charge.kind,
        amount_minor=charge.amount,
        installment_no=charge.installment,
        recorded_at=at,
    )


def statement_row(loan_id: int, statement: Statement, version: int, at: datetime) -> tables.StatementRow:
    minor = {f"{component}_minor": amount for component, amount in statement.overdue.items()}
    return tables.StatementRow(loan_id=loan_id, version=version, as_of=statement.as_of, recorded_at=at, **minor)
