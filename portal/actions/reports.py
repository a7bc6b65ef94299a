"""A borrower's word that something was paid: shown as awaiting until the lender's own payment confirms it."""

from dataclasses import dataclass
from datetime import date, timedelta

from portal.actions.journal import journal, loan_stream, once
from portal.actions.proposals import Author, Guard
from portal.domain.event import Actor, Happening, Moment
from portal.domain.money import format_amount
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import Case, NotFound
from portal.tables import models as t
from portal.tables.transaction import retried
from portal.vault import new_ref

MATCH_WITHIN = timedelta(days=7)
OPEN_STATES = ("awaiting", "asked")


class ReportGone(Refusal):
    says = N_("This report was answered in the meantime.")


@dataclass(frozen=True, slots=True)
class Reported:
    """What somebody says they paid; `reference` is what their bank or app shows for it, in their words."""

    paid_on: date
    amount: int
    reference: str = ""


@retried
async def report_payment(
    case: Case, person_id: int, said: Reported, author: Author, guard: Guard, moment: Moment
) -> str:
    """Answers the report's ref. Raises SomebodyWasFirst, KeyUsedOtherwise."""
    async with journal(case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            await log.expect(loan_stream(case.id), guard.seen)
            person = await t.Person.get(id=person_id)
            ref = new_ref()
            await t.PaymentReport.create(
                ref=ref,
                loan_id=case.id,
                person_id=person_id,
                paid_on=said.paid_on,
                amount_minor=said.amount,
                reference_sealed=author.vault.seal(person.key, said.reference) if said.reference else None,
                state="awaiting",
                reported_at=moment.at,
            )
            facts = {
                "report": ref,
                "paid_on": said.paid_on.isoformat(),
                "amount": format_amount(said.amount, case.loan.currency),
                "currency": case.loan.currency,
            }
            told = Happening("payment.reported", author.actor, facts)
            await log.write(loan_stream(case.id), told, loan_no=case.loan.loan_no, seen=guard.seen)
            return ref

        request = {"loan": case.id, "paid_on": said.paid_on, "amount": said.amount, "reference": said.reference}
        return await once(f"person:{person_id}", guard.key, request, unit)


@retried
async def ask_about(ref: str, lender_id: int, actor: Actor, moment: Moment) -> None:
    """Staff do not find the payment: the borrower is asked to look again. Raises NotFound, ReportGone."""
    async with journal(lender_id, moment) as log:
        row = await t.PaymentReport.filter(ref=ref, loan__lender_id=lender_id).prefetch_related("loan").first()
        if row is None:
            raise NotFound(ref)
        if not await t.PaymentReport.filter(id=row.id, state="awaiting").update(state="asked"):
            raise ReportGone("ref")
        asked = Happening("payment.asked_about", actor, {"report": ref})
        await log.write(loan_stream(row.loan.id), asked, loan_no=row.loan.loan_no)


async def settle_reports(loan_id: int, payment: t.Payment) -> None:
    """The oldest open report of that amount around that day is this payment; one taken back confirms nothing."""
    if payment.reverses is not None:
        taken = await t.Payment.get(loan_id=loan_id, external_id=payment.reverses)
        await t.PaymentReport.filter(payment_id=taken.id).update(state="awaiting", payment_id=None)
        return
    row = (
        await t.PaymentReport.filter(
            loan_id=loan_id,
            state__in=OPEN_STATES,
            amount_minor=payment.amount_minor,
            paid_on__gte=payment.received_on - MATCH_WITHIN,
            paid_on__lte=payment.received_on + MATCH_WITHIN,
        )
        .order_by("id")
        .first()
    )
    if row is not None:
        await t.PaymentReport.filter(id=row.id).update(state="confirmed", payment_id=payment.id)
