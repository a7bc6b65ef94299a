"""Something is wrong: told, talked about, answered by a day, decided with reasons. What is disputed stands still."""

from dataclasses import dataclass

from portal.actions.act import Act, change
from portal.actions.holds import ask_hold, end_holds
from portal.actions.suspensions import resume_accrual, suspend_accrual
from portal.domain.conduct.complaints import (
    ComplaintCause,
    ComplaintKind,
    NotOpen,
    Outcome,
    answer_by,
    asks_for_hold,
    disputed,
)
from portal.domain.contract.loan import DISPUTE
from portal.domain.event import NewEvent
from portal.reads.cases import Case
from portal.reads.complaints import ComplaintCase
from portal.reads.contacts import contact_of_loan
from portal.tables import models as tables
from portal.vault import new_ref


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What the borrower chose; the words are the author's note. `contact` is the ref of the one it is about."""

    wrong: ComplaintKind
    component: str = ""
    contact: str = ""


@change
async def file_complaint(act: Act, case: Case, person_id: int, filed: NewComplaint) -> str:
    """Opens a problem, freezes what is disputed and asks for a hold; answers the receipt number."""
    about = await contact_of_loan(filed.contact, case.id, person_id) if filed.contact else None
    row = await tables.ComplaintRow.create(
        ref=new_ref(),
        lender_id=case.lender.id,
        loan_id=case.id,
        person_id=person_id,
        kind=filed.wrong.value,
        component=filed.component,
        contact_id=about.id if about else None,
        state="open",
        answer_by=answer_by(await act.policy(), filed.wrong, act.today),
        opened_at=act.at,
        opened_on=act.today,
    )
    note = await _keep_message(act, row)
    facts = {"kind": row.kind, "component": row.component or None, "answer_by": row.answer_by.isoformat()}
    facts |= {"contact": about.ref} if about else {}
    await _tell(act, case, row, "complaint.opened", **facts, note=note)
    await _freeze(act, case, row, disputed(filed.wrong, filed.component))
    if asks_for_hold(filed.wrong):
        await ask_hold(act.log, case, row.kind, row.ref, act.actor)
    return row.ref


@change
async def write_to_complaint(act: Act, complaint: ComplaintCase) -> None:
    """One more text in the thread, of either side. Raises NotOpen, as whatever else is done with one."""
    row = await _open(complaint)
    await _tell(act, complaint.case, row, "complaint.answered", note=await _keep_message(act, row))


@change
async def decide_complaint(
    act: Act, complaint: ComplaintCase, outcome: Outcome, reason: str, cause: ComplaintCause
) -> None:
    """The lender's answer with its reasons, and what was behind it.

    What stood still grows again from the day after, and never for before.
    """
    row = await _open(complaint)
    row.state, row.outcome, row.reason, row.decided_at = "decided", outcome.value, reason, act.at
    row.cause = cause.value
    await row.save()
    note = await _keep_message(act, row)
    route = "hotline" if outcome is not Outcome.UPHELD else None
    facts = {"outcome": outcome.value, "reason": reason or None, "note": note, "complaint_route": route}
    await _tell(act, complaint.case, row, "complaint.decided", **facts, cause=cause.value)
    await _close(act, complaint.case, row, outcome.value)


@change
async def extend_complaint(act: Act, complaint: ComplaintCase) -> None:
    """The lender takes more time and says why. Raises NoMoreTime."""
    row = await _open(complaint)
    row.extensions += 1
    row.answer_by = answer_by(await act.policy(), complaint.row.kind, complaint.opened_on, row.extensions)
    await row.save()
    note = await _keep_message(act, row)
    await _tell(act, complaint.case, row, "complaint.extended", answer_by=row.answer_by.isoformat(), note=note)


@change
async def withdraw_complaint(act: Act, complaint: ComplaintCase) -> None:
    """The borrower has no more to say; what stood still grows again."""
    row = await _open(complaint)
    row.state, row.decided_at = "withdrawn", act.at
    await row.save()
    await _tell(act, complaint.case, row, "complaint.withdrawn")
    await _close(act, complaint.case, row, "withdrawn")


async def _open(complaint: ComplaintCase) -> tables.ComplaintRow:
    row = await tables.ComplaintRow.filter(id=complaint.id).select_for_update().get()
    if row.state != "open":
        raise NotOpen
    return row


async def _keep_message(act: Act, row: tables.ComplaintRow) -> dict[str, str] | None:
    """Keeps the text sealed, and as the next of the thread; the event names it by ref and salted hash."""
    note = await act.keep_note(row.person_id, row.loan_id)  # type: ignore[attr-defined]
    if note:
        text = await tables.TextRow.get(ref=note["ref"])
        await tables.MessageRow.create(problem_id=row.id, text_id=text.id, written_at=act.at)
    return note


async def _freeze(act: Act, case: Case, row: tables.ComplaintRow, components: tuple[str, ...]) -> None:
    if components:
        await suspend_accrual(act.log, case.id, row.ref, components, act.today, DISPUTE)
        facts: dict[str, object] = {"components": list(components), "from": act.today.isoformat()}
        await _tell(act, case, row, "dispute.opened", **facts)


async def _close(act: Act, case: Case, row: tables.ComplaintRow, why: str) -> None:
    """Thaws what was frozen for it, and ends the hold that was asked for it."""
    if components := await resume_accrual(act.log, case.id, row.ref):
        until = act.today.isoformat()
        await _tell(act, case, row, "dispute.closed", components=components, until=until, outcome=why)
    await end_holds(act.log, case, row.ref, why, act.actor)


async def _tell(act: Act, case: Case, row: tables.ComplaintRow, what: str, **facts: object) -> None:
    await act.log.tell(case, NewEvent(what, act.actor, {"problem": row.ref, **facts}))
