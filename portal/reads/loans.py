"""Loans with all their facts, one or a hundred thousand, in the same two queries."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from portal.domain.contract.agreement import Agreement
from portal.domain.contract.amounts import Amounts
from portal.domain.contract.closing import ClosingReason, LenderCredit, LoanClosing
from portal.domain.contract.loan import Charge, Correction, LegalStage, Loan, Payment, Statement, Suspension, Terms
from portal.reads.agreed import agreements_of
from portal.reads.caps import LENDER_KINDS, strictest
from portal.reads.rows import batches
from portal.reads.tolerances import TOLERANCES_SQL, PolicyText, tolerances
from portal.tables import models as tables
from portal.tables.query import Query, stored_date, stored_time
from portal.tables.stored import fact_from_text, purpose_from_text, schedule_from_text, terms_from_text

_BATCH = 500
_EVER = datetime.max.replace(tzinfo=UTC)

_CONTRACT = """
    loan.loan_no, contract.product, contract.lender_kind, contract.currency, contract.signed_on, contract.disbursed_on,
    contract.principal_minor, contract.terms, contract.schedule, contract.schedule_generated, contract.written_off_on,
    contract.closed_on, contract.closed_reason, contract.restated_on, contract.legal_stage, loan.lender_id
"""
LOAN_COLUMNS = f"""
    loan.id, coalesce((SELECT max(event.seq) FROM event WHERE event.stream = 'loan:' || loan.id), 0), {_CONTRACT}
"""
"""What a statement asks for of `loan` and the `contract` of it that holds; `loans_of_rows` reads them."""

_CONTRACTS = Query(f"""
SELECT {LOAN_COLUMNS}
FROM loan JOIN contract ON contract.loan_id = loan.id AND contract.version = (
    SELECT max(told.version) FROM contract AS told WHERE told.loan_id = loan.id AND told.recorded_at <= :known_at)
WHERE loan.id IN :loans
""")

# One column for what is alike in the tables of facts; the first of them says what type each column has.
_FACTS = Query(f"""
SELECT 'payment' AS fact, loan_id, external_id AS name, received_on AS day, CAST(NULL AS DATE) AS due_on,
    amount_minor AS amount, coalesce(reverses, takes_back) AS word, allocated AS more, installment_no AS number,
    plan_installment_no AS plan_number, purpose, recorded_at,
    CAST(NULL AS BIGINT) AS costs, CAST(NULL AS BIGINT) AS fees, CAST(NULL AS BIGINT) AS penalty,
    CAST(NULL AS BIGINT) AS interest, CAST(NULL AS BIGINT) AS principal, id AS place
FROM payment WHERE loan_id IN :loans AND recorded_at <= :known_at
UNION ALL
SELECT 'charge', loan_id, external_id, made_on, due_on,
    amount_minor, kind, NULL, installment_no, NULL, NULL, recorded_at, NULL, NULL, NULL, NULL, NULL, id
FROM charge WHERE loan_id IN :loans AND recorded_at <= :known_at
UNION ALL
SELECT 'credit', loan_id, external_id, made_on, NULL,
    NULL, NULL, reason, NULL, NULL, NULL, recorded_at,
    costs_minor, fees_minor, penalty_minor, interest_minor, principal_minor, id
FROM lender_credit WHERE loan_id IN :loans AND recorded_at <= :known_at
UNION ALL
SELECT 'correction', loan_id, external_id, told_on, NULL,
    NULL, fact, said, version, NULL, NULL, recorded_at, NULL, NULL, NULL, NULL, NULL, id
FROM correction WHERE loan_id IN :loans AND recorded_at <= :known_at
UNION ALL
SELECT 'statement', loan_id, NULL, as_of, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, recorded_at,
    costs_minor, fees_minor, penalty_minor, interest_minor, principal_minor, version
FROM statement WHERE loan_id IN :loans AND recorded_at <= :known_at
UNION ALL
SELECT 'suspension', loan_id, ref, "on", NULL,
    NULL, component, reason, CASE WHEN starts THEN 1 ELSE 0 END, NULL, NULL, recorded_at,
    NULL, NULL, NULL, NULL, NULL, id
FROM suspension WHERE loan_id IN :loans AND recorded_at <= :known_at
UNION ALL
SELECT 'agreement', proposal_line.loan_id, agreement.ref, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, agreement.signed_at, NULL, NULL, NULL, NULL, NULL, agreement.id
FROM proposal_line JOIN agreement ON agreement.proposal_id = proposal_line.proposal_id
WHERE proposal_line.loan_id IN :loans AND agreement.signed_at <= :known_at
UNION ALL
{TOLERANCES_SQL}""")
_TOLERANCE = "policy"


class _Fact(NamedTuple):
    """A row of any table of facts: `number` is an installment's, or 1 where a suspension begins.

    Of a version of a policy `loan_id` is the lender's, `name` the text, `word` the currency and `more` the time zone.
    """

    fact: str
    loan_id: int
    name: str
    day: Any
    due_on: Any
    amount: int
    word: str
    more: str
    number: int
    plan_number: int | None
    purpose: str | None
    recorded_at: Any
    costs: int
    fees: int
    penalty: int
    interest: int
    principal: int
    place: int


async def load_loans(loan_ids: Sequence[int], known_at: datetime = _EVER) -> dict[int, tuple[Loan, int]]:
    """Each loan by its id, with the seq of its last event.

    With `known_at`, from the facts that had been recorded by then; a loan not known by then is left out.
    """
    found: dict[int, tuple[Loan, int]] = {}
    for start in range(0, len(loan_ids), _BATCH):
        some = tuple(loan_ids[start : start + _BATCH])
        found |= await loans_of_rows(await _CONTRACTS.read(loans=some, known_at=known_at), known_at)
    return found


async def loans_of_rows(rows: Sequence[Sequence[Any]], known_at: datetime = _EVER) -> dict[int, tuple[Loan, int]]:
    """What LOAN_COLUMNS asked for, with the facts of each loan. They are read after its seq: none is missing."""
    facts: dict[int, dict[str, list[_Fact]]] = {row[0]: defaultdict(list) for row in rows}
    rows_of_facts = await _FACTS.read(loans=tuple(facts), known_at=known_at)
    policies: dict[int, list[_Fact]] = defaultdict(list)
    for fact in sorted(map(_Fact._make, rows_of_facts), key=attrgetter("place")):
        if fact.fact == _TOLERANCE:
            policies[fact.loan_id].append(fact)
        else:
            facts[fact.loan_id][fact.fact].append(fact)
    under_plans = [loan_id for loan_id, found in facts.items() if found["agreement"]]
    agreements = await agreements_of(under_plans, known_at) if under_plans else {}
    return {
        loan_id: (_loan(contract, facts[loan_id] | {_TOLERANCE: policies[lender]}, agreements.get(loan_id, ())), seq)
        for loan_id, seq, *contract, lender in rows
    }


def _loan(contract: Sequence[Any], facts: Mapping[str, list[_Fact]], agreements: tuple[Agreement, ...]) -> Loan:
    loan_no, product, kind, currency, signed_on, disbursed_on, principal, terms, schedule, *rest = contract
    generated, off_on, closed_on, closed_reason, restated_on, legal_stage = rest
    payments = {fact.name: _payment(fact) for fact in facts["payment"]}
    charges = {fact.name: _charge(fact) for fact in facts["charge"]}
    credits_ = {fact.name: _credit(fact) for fact in facts["credit"]}
    corrections = _corrected({"payment": payments, "charge": charges, "credit": credits_}, facts["correction"])
    return Loan(
        loan_no=loan_no,
        product=product,
        lender_kind=kind,
        currency=currency,
        signed_on=stored_date(signed_on),
        disbursed_on=stored_date(disbursed_on),
        principal=principal,
        terms=_terms(terms_from_text(terms), kind, stored_date(signed_on)),
        schedule=schedule_from_text(schedule),
        schedule_generated=bool(generated),
        written_off_on=stored_date(off_on),
        payments=tuple(payments.values()),
        charges=tuple(charges.values()),
        statement=_statement(facts["statement"]),
        suspensions=_suspensions(facts["suspension"]),
        agreements=agreements,
        lender_credits=tuple(credits_.values()),
        closing=LoanClosing(stored_date(closed_on), ClosingReason(closed_reason)) if closed_on else None,
        restated_on=stored_date(restated_on),
        legal_stage=LegalStage(legal_stage or LegalStage.NONE),
        corrections=corrections,
        arrears_tolerance=tolerances(
            (
                PolicyText(each.name, each.word, each.more, stored_date(each.day), stored_time(each.recorded_at))
                for each in facts[_TOLERANCE]
            ),
            currency,
        ),
    )


def _corrected(told: Mapping[str, dict[str, Any]], facts: Sequence[_Fact]) -> tuple[Correction, ...]:
    """Puts each later version in the place of the one before it, by kind and id."""
    found = []
    for fact in facts:
        now = fact_from_text(fact.word, fact.more)
        found.append(Correction(stored_date(fact.day), fact.name, told[fact.word].get(fact.name), now))
        if now is None:
            told[fact.word].pop(fact.name, None)
        else:
            told[fact.word][fact.name] = now
    return tuple(found)


def _terms(terms: Terms, lender_kind: str, signed_on: date) -> Terms:
    """A kind stored before kinds were a closed list chose no cap: until it is corrected, the strictest holds."""
    if lender_kind in LENDER_KINDS or terms.cap is not None:
        return terms
    return replace(terms, cap=strictest(signed_on))


STATED = (
    "external_id", "received_on", "amount_minor", "allocated", "reverses", "installment_no", "plan_installment_no",
    "purpose", "takes_back",
)  # fmt: skip
"""The columns of a payment as it was stated."""


def payment_stated(
    name: str,
    received_on: date,
    amount: int,
    allocated: str | None,
    reverses: str | None,
    installment: int | None,
    plan_installment: int | None,
    purpose: str | None,
    takes_back: str | None = None,
) -> Payment:
    stated, said = None if allocated is None else Amounts(**json.loads(allocated)), purpose_from_text(purpose)
    return Payment(name, received_on, amount, stated, reverses or takes_back, installment, plan_installment, **said)


def _payment(fact: _Fact) -> Payment:
    stated = fact.amount, fact.more, fact.word, fact.number, fact.plan_number, fact.purpose
    return payment_stated(fact.name, stored_date(fact.day), *stated)


def _charge(fact: _Fact) -> Charge:
    return Charge(
        id=fact.name,
        on=stored_date(fact.day),
        due_on=stored_date(fact.due_on),
        kind=fact.word,
        amount=fact.amount,
        installment=fact.number,
    )


def _credit(fact: _Fact) -> LenderCredit:
    return LenderCredit(fact.name, stored_date(fact.day), _components(fact), fact.more)


def _statement(facts: Sequence[_Fact]) -> Statement | None:
    """The last version of it."""
    return Statement(stored_date(facts[-1].day), _components(facts[-1])) if facts else None


def _suspensions(facts: Sequence[_Fact]) -> tuple[Suspension, ...]:
    """One for each row that starts; it ends with the row of the same ref and component that does not.

    What a plan stops follows from the agreement: rows that older versions wrote for that are left out.
    """
    ends = {(fact.name, fact.word): stored_date(fact.day) for fact in facts if not fact.number}
    return tuple(
        Suspension(fact.word, stored_date(fact.day), ends.get((fact.name, fact.word)), fact.more)
        for fact in facts
        if fact.number and fact.more != "plan"
    )


def _components(fact: _Fact) -> Amounts:
    return Amounts(
        costs=fact.costs, fees=fact.fees, penalty=fact.penalty, interest=fact.interest, principal=fact.principal
    )


async def every_loan(lender_id: int) -> AsyncIterator[Loan]:
    """All loans of a lender in the order of their numbers, a batch in memory at a time."""
    rows = tables.LoanRow.filter(lender_id=lender_id)
    async for batch in batches(rows, _BATCH, "id", "loan_no", by="loan_no", after=""):
        loans = await load_loans([row["id"] for row in batch])
        for row in batch:
            yield loans[row["id"]][0]


async def currencies(lender_id: int) -> dict[str, str]:
    """The currency of each of a lender's loans, by number."""
    rows = await (
        tables.ContractRow.filter(loan__lender_id=lender_id)
        .order_by("version")
        .values("currency", number="loan__loan_no")
    )
    return {row["number"]: row["currency"] for row in rows}
