"""Something is wrong: told, talked about, answered by a day, decided with reasons. What is disputed stands still."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.actions.authors import Author, FormToken, keep_text
from portal.actions.holds import ask_hold, end_holds
from portal.actions.journal import Journal, journal, loan_stream, once
from portal.actions.suspensions import resume_accrual, suspend_accrual
from portal.domain.conduct.complaints import (
    DISPUTE,
    ComplaintKind,
    NotOpen,
    Outcome,
    answer_by,
    asks_for_hold,
    disputed,
)
from portal.domain.event import BusinessTime, NewEvent
from portal.domain.restructuring.policy import Policy
from portal.reads.cases import Case
from portal.reads.complaints import ComplaintCase
from portal.tables import models as tables
from portal.tables.transaction import retried
from portal.vault import new_ref


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What the borrower chose; the words are the author's note."""

    wrong: ComplaintKind
    component: str = ""


@retried
async def file_complaint(
    case: Case,
    person_id: int,
    filed: NewComplaint,
    policy: Policy,
    author: Author,
    guard: FormToken,
    moment: BusinessTime,
) -> str:
    """Opens a problem, freezes what is disputed and asks for a hold; answers the receipt number.

    Raises SomebodyWasFirst, KeyUsedOtherwise.
    """
    async with journal(case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            await log.expect(loan_stream(case.id), guard.expected_version)
            row = await _create(case, person_id, filed, policy, moment)
            note = await _say(row, author, moment.at)
            facts = {"kind": row.kind, "component": row.component or None, "answer_by": row.answer_by.isoformat()}
            await _event(log, case, row, "complaint.opened", author, {**facts, "note": note})
            await _freeze(log, case, row, disputed(filed.wrong, filed.component), author)
            if asks_for_hold(filed.wrong):
                await ask_hold(log, case, row.kind, row.ref, author.actor)
            return row.ref

        asked = {"loan": case.id, "kind": filed.wrong.value, "component": filed.component, "note": author.note}
        return await once(f"person:{person_id}", guard.key, asked, unit)


@retried
async def write_to_complaint(complaint: ComplaintCase, author: Author, guard: FormToken, moment: BusinessTime) -> None:
    """One more text in the thread, of either side."""
    async with journal(complaint.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, complaint, guard)
            note = await _say(row, author, moment.at)
            await _event(log, complaint.case, row, "complaint.answered", author, {"note": note})
            return row.ref

        await once(_doer(complaint, author), guard.key, {"what": "write", "note": author.note}, unit)


@retried
async def decide_complaint(
    complaint: ComplaintCase, outcome: Outcome, reason: str, author: Author, guard: FormToken, moment: BusinessTime
) -> None:
    """The lender's answer with its reasons; what stood still grows again from the day after, and never for before."""
    async with journal(complaint.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, complaint, guard)
            row.state, row.outcome, row.decided_at = "decided", outcome.value, moment.at
            row.reason = reason
            await row.save()
            note = await _say(row, author, moment.at)
            route = "hotline" if outcome is not Outcome.UPHELD else None
            facts = {"outcome": outcome.value, "reason": reason or None, "note": note, "complaint_route": route}
            await _event(log, complaint.case, row, "complaint.decided", author, facts)
            await _close(log, complaint, row, outcome.value, author)
            return row.ref

        intent = {"what": "decide", "outcome": outcome.value, "reason": reason, "note": author.note}
        await once(_doer(complaint, author), guard.key, intent, unit)


@retried
async def extend_complaint(
    complaint: ComplaintCase, policy: Policy, author: Author, guard: FormToken, moment: BusinessTime
) -> None:
    """The lender takes more time and says why. Raises NoMoreTime."""
    async with journal(complaint.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, complaint, guard)
            row.extensions += 1
            row.answer_by = answer_by(policy, complaint.opened_on, row.extensions)
            await row.save()
            note = await _say(row, author, moment.at)
            await _event(
                log,
                complaint.case,
                row,
                "complaint.extended",
                author,
                {"answer_by": row.answer_by.isoformat(), "note": note},
            )
            return row.ref

        await once(_doer(complaint, author), guard.key, {"what": "extend", "note": author.note}, unit)


@retried
async def withdraw_complaint(complaint: ComplaintCase, author: Author, guard: FormToken, moment: BusinessTime) -> None:
    """The borrower has no more to say; what stood still grows again."""
    async with journal(complaint.case.lender.id, moment, guard.key) as log:

        async def unit() -> str:
            row = await _locked(log, complaint, guard)
            row.state, row.decided_at = "withdrawn", moment.at
            await row.save()
            await _event(log, complaint.case, row, "complaint.withdrawn", author, {})
            await _close(log, complaint, row, "withdrawn", author)
            return row.ref

        await once(_doer(complaint, author), guard.key, {"what": "take_back"}, unit)


async def _create(
    case: Case, person_id: int, filed: NewComplaint, policy: Policy, moment: BusinessTime
) -> tables.ComplaintRow:
    return await tables.ComplaintRow.create(
        ref=new_ref(),
        lender_id=case.lender.id,
        loan_id=case.id,
        person_id=person_id,
        kind=filed.wrong.value,
        component=filed.component,
        state="open",
        answer_by=answer_by(policy, moment.today),
        opened_at=moment.at,
        opened_on=moment.today,
    )


async def _locked(log: Journal, complaint: ComplaintCase, guard: FormToken) -> tables.ComplaintRow:
    """The problem while it is open. Raises SomebodyWasFirst before anything is judged, then NotOpen."""
    await log.expect(loan_stream(complaint.case.id), guard.expected_version)
    row = await tables.ComplaintRow.filter(id=complaint.id).select_for_update().get()
    if row.state != "open":
        raise NotOpen
    return row


async def _say(row: tables.ComplaintRow, author: Author, at: datetime) -> dict[str, str] | None:
    """Keeps the text sealed, and as the next of the thread; the event names it by ref and salted hash."""
    note = await keep_text(row, author, row.loan_id)  # type: ignore[attr-defined]
    if note:
        text = await tables.TextRow.get(ref=note["ref"])
        await tables.MessageRow.create(problem_id=row.id, text_id=text.id, written_at=at)
    return note


async def _freeze(
    log: Journal, case: Case, row: tables.ComplaintRow, components: tuple[str, ...], author: Author
) -> None:
    if not components:
        return
    today = log.moment.today
    await suspend_accrual(log, case.id, row.ref, components, today, DISPUTE)
    await _event(log, case, row, "dispute.opened", author, {"components": list(components), "from": today.isoformat()})


async def _close(log: Journal, complaint: ComplaintCase, row: tables.ComplaintRow, why: str, author: Author) -> None:
    """Thaws what was frozen for it, and ends the hold that was asked for it."""
    components = await resume_accrual(log, complaint.case.id, row.ref)
    if components:
        facts = {"components": components, "until": log.moment.today.isoformat(), "outcome": why}
        await _event(log, complaint.case, row, "dispute.closed", author, facts)
    await end_holds(log, complaint.case, row.ref, why, author.actor)


async def _event(
    log: Journal, case: Case, row: tables.ComplaintRow, what: str, author: Author, facts: Mapping[str, object]
) -> None:
    happening = NewEvent(what, author.actor, {"problem": row.ref, **facts})
    await log.write(loan_stream(case.id), happening, loan_no=case.loan.loan_no)


def _doer(complaint: ComplaintCase, author: Author) -> str:
    return f"{author.actor.kind}:{author.actor.ref}:{complaint.ref}"
