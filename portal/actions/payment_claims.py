"""A borrower's word that something was paid: not counted until the lender's books or its staff confirm it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from portal.actions.act import Act, change, change_of_lender
from portal.actions.attempts import Attempt, at_once
from portal.actions.journal import Journal, loan_stream
from portal.domain.conduct.payment_claim import (
    CLAIMS_TO_ANSWER,
    OPEN_CLAIMS,
    ClaimStatus,
    NotThatPayment,
    ReportAnswered,
    Step,
    settle_claims,
)
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.money import format_amount
from portal.reads.cases import Case, LenderFacts, NotFound
from portal.reads.payment_claims import booked_of, could_be, reports_to_settle
from portal.reads.policy import policy as read_policy
from portal.tables import models as tables
from portal.vault import Vault, new_ref

_CLAIM_CLOCK = Actor("clock")
_EVENTS = {
    ClaimStatus.CONFIRMED: "payment.confirmed",
    ClaimStatus.ASKED: "payment.asked_about",
    ClaimStatus.NOT_FOUND: "payment.not_found",
    ClaimStatus.WITHDRAWN: "payment.report_withdrawn",
}


@dataclass(frozen=True, slots=True)
class PaymentStatement:
    """What somebody says they paid; `reference` is what bank or app show for it, `installment`, or
    `plan_installment` of the plan in force, the debt named.
    """

    paid_on: date
    amount: int
    reference: str = ""
    installment: int | None = None
    plan_installment: int | None = None


@change
async def claim_payment(act: Act, case: Case, person_id: int, statement: PaymentStatement) -> str:
    """Answers the report's ref."""
    vault, person, policy = act.author.vault, await tables.PersonRow.get(id=person_id), await act.policy()
    row = await tables.PaymentClaimRow.create(
        ref=new_ref(),
        loan_id=case.id,
        person_id=person_id,
        paid_on=statement.paid_on,
        amount_minor=statement.amount,
        installment_no=statement.installment,
        plan_installment_no=statement.plan_installment,
        reference_sealed=vault.seal(bytes(person.key), statement.reference) if statement.reference else None,
        state=ClaimStatus.AWAITING.value,
        look_by=policy.look_by(act.today),
        reported_at=act.at,
    )
    facts = {
        "report": row.ref,
        "paid_on": statement.paid_on.isoformat(),
        "amount": format_amount(statement.amount, case.loan.currency),
        "currency": case.loan.currency,
        "installment": statement.installment,
        "plan_installment": statement.plan_installment,
        "look_by": row.look_by.isoformat(),
    }
    await act.log.tell(case, NewEvent("payment.reported", act.actor, facts))
    return row.ref


@change
async def withdraw_claim(act: Act, case: Case, ref: str, person_id: int) -> None:
    """It was a mistake, says who reported it. Raises NotFound, ReportAnswered."""
    row = await tables.PaymentClaimRow.get_or_none(ref=ref, loan_id=case.id, person_id=person_id)
    await _answer(act, case, row, Step(ref, ClaimStatus.WITHDRAWN))


@change
async def answer_claim(act: Act, case: Case, ref: str, payment: str) -> None:
    """Staff say which payment it was, or, with none named, that it is not to be found.

    Raises NotFound, ReportAnswered, NotThatPayment.
    """
    row = await tables.PaymentClaimRow.get_or_none(ref=ref, loan_id=case.id)
    if payment and payment not in {each.id for each in await could_be(case.id)}:
        raise NotThatPayment("payment", given=payment[:100])
    await _answer(
        act, case, row, Step(ref, ClaimStatus.CONFIRMED, payment) if payment else Step(ref, ClaimStatus.NOT_FOUND)
    )


async def settle_reports(
    log: Journal, loans: Mapping[int, str], vault: Vault, actor: Actor, references: Mapping[tuple[int, str], str]
) -> None:
    """What new payments say to the reports of their loans, inside the action that records them.

    `loans` are numbers by id; `references` what came with the money, by loan and payment: it is compared, not kept.
    """
    waiting = await reports_to_settle(list(loans), vault)
    if not waiting:
        return
    policy = await read_policy(log.lender.id, log.lender.currency)
    look_by = policy.look_by(log.moment.today)
    for loan_id, claims in waiting.items():
        for step in settle_claims(claims, await booked_of(loan_id, references)):
            row = await tables.PaymentClaimRow.get(ref=step.claim)
            await _take(log, row, loans[loan_id], step, actor, look_by)


async def ask_about_late(lender: LenderFacts, moment: BusinessTime, attempt: Attempt = at_once) -> int:
    """What nobody found by its day is put before the staff, a transaction each; answers how many."""
    late = tables.PaymentClaimRow.filter(
        state=ClaimStatus.AWAITING.value, look_by__lt=moment.today, loan__lender_id=lender.id
    )
    ids = [int(str(each)) for each in await late.order_by("id").values_list("id", flat=True)]
    return sum([await attempt(f"payment report {each}", partial(_ask, moment, lender, each)) for each in ids])


@change_of_lender
async def _ask(log: Journal, lender: LenderFacts, report_id: int) -> int:
    row = await tables.PaymentClaimRow.get(id=report_id).prefetch_related("loan")
    if row.state != ClaimStatus.AWAITING.value or row.look_by >= log.moment.today:
        return 0
    policy = await read_policy(lender.id, lender.currency)
    step = Step(row.ref, ClaimStatus.ASKED, reason="late")
    await _take(log, row, row.loan.loan_no, step, _CLAIM_CLOCK, policy.look_by(log.moment.today))
    return 1


async def _answer(act: Act, case: Case, row: tables.PaymentClaimRow | None, step: Step) -> None:
    """A person's answer: not to what was answered before. Who takes a word back may still do so after "not found"."""
    if row is None:
        raise NotFound(step.claim)
    allowed = OPEN_CLAIMS if step.status in (ClaimStatus.WITHDRAWN, ClaimStatus.CONFIRMED) else CLAIMS_TO_ANSWER
    if ClaimStatus(row.state) not in allowed:
        raise ReportAnswered("ref")
    await _take(act.log, row, case.loan.loan_no, step, act.actor, row.look_by)


async def _take(
    log: Journal, row: tables.PaymentClaimRow, loan_no: str, step: Step, actor: Actor, look_by: date
) -> None:
    loan_id: int = row.loan_id  # type: ignore[attr-defined]
    payment = await tables.PaymentRow.get(loan_id=loan_id, external_id=step.payment) if step.payment else None
    facts: dict[str, object] = {"report": row.ref}
    if step.status is ClaimStatus.CONFIRMED:
        facts["payment"] = step.payment
    elif step.status is ClaimStatus.ASKED:
        facts |= {"reason": step.reason, "look_by": look_by.isoformat()}
        row.look_by = look_by
    row.state, row.payment = step.status.value, payment
    await row.save()
    await log.write(loan_stream(loan_id), NewEvent(_EVENTS[step.status], actor, facts), loan_no=loan_no)
