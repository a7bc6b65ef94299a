"""Another number at the desk: one of the staff checks who it is and lays it before a colleague, who checks again."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.actions.access import note_access
from portal.actions.act import Author, change_of_lender
from portal.actions.approvals import ApprovalChanged, Waits, approve, propose, reject
from portal.actions.invitations import invite_borrower, party_of
from portal.actions.journal import Journal, borrower_stream
from portal.actions.numbers import close_lender, guard_change, send_notice, set_phone
from portal.actions.staff_notes import keep_staff_note
from portal.domain.conduct.messages import INVITATION
from portal.domain.event import NewEvent
from portal.domain.refusal import N_, Refusal
from portal.reads.approvals import approval_place
from portal.reads.cases import Case
from portal.reads.numbers import NUMBER, number_subject
from portal.vault import Vault, new_ref

WAITS_DAYS = 7


class SameNumber(Refusal):
    says = N_("This is the number on record already. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class NewNumber:
    """`checked` is a code of how identity was checked; `lost`: the phone or the way in is in other hands."""

    phone: str
    checked: str
    lost: bool

    def digest(self, on_record: str, vault: Vault) -> str:
        """Of all that a colleague agrees to, and of the number it takes the place of: a keyed hash, hexadecimal."""
        return vault.lookup("approval", f"{on_record}\0{self.phone}\0{self.checked}\0{self.lost}")


@change_of_lender
async def propose_number(log: Journal, case: Case, wanted: NewNumber, author: Author, why: str) -> str:
    """Nothing changes yet; answers the ref of what waits. `why` is for the colleague who checks again.

    Raises BorrowerErased, SameNumber, AlreadyProposed.
    """
    borrower = (await party_of(log, case.loan.loan_no)).borrower
    old = author.vault.unseal(bytes(borrower.key), bytes(borrower.phone_sealed))
    if old == wanted.phone:
        raise SameNumber("phone")
    ref = new_ref()
    sealed = author.vault.seal_in(bytes(borrower.key), approval_place(ref), wanted.phone)
    facts = json.dumps({"checked": wanted.checked, "lost": wanted.lost})
    until = log.moment.today + timedelta(days=WAITS_DAYS)
    await propose(
        log,
        Waits(NUMBER, number_subject(borrower.id), ref),
        loan_id=case.id,
        by=author.actor,
        until=until,
        facts=facts,
        sealed=sealed,
        shown=wanted.digest(old, author.vault),
    )
    await keep_staff_note(log, case, author, why, ref)
    event = NewEvent("contact.number_proposed", author.actor, {"approval": ref, "checked": wanted.checked})
    await log.write(borrower_stream(borrower.id), event, loan_no=case.loan.loan_no)
    return ref


@change_of_lender
async def approve_number(
    log: Journal, case: Case, ref: str, shown: str, checked: str, author: Author, base_url: str
) -> datetime | None:
    """A second of the staff has checked too: the number changes, and a link goes to it that nobody here sees.

    Answers until when the new number signs nothing.
    Raises BorrowerErased, NothingToAsk, TooManyInvitations, TooManyMessages and what `approvals.approve` raises; then
    nothing has changed.
    """
    borrower = (await party_of(log, case.loan.loan_no)).borrower
    what = Waits(NUMBER, number_subject(borrower.id), ref)
    row = await approve(log, what, author.actor, author.role, shown)
    phone = author.vault.unseal_in(bytes(borrower.key), approval_place(ref), bytes(row.sealed or b""))
    old = author.vault.unseal(bytes(borrower.key), bytes(borrower.phone_sealed))
    proposed = json.loads(row.facts)
    if NewNumber(phone, proposed["checked"], proposed["lost"]).digest(old, author.vault) != row.hash:
        raise ApprovalChanged(NUMBER)
    await set_phone(borrower, phone, author.vault)
    facts = {
        "approval": ref,
        "checked": proposed["checked"],
        "checked_again": checked,
        "proposed_by": row.proposed_by,
    }
    change = NewEvent("contact.number_changed", author.actor, facts)
    await log.write(borrower_stream(borrower.id), change, loan_no=case.loan.loan_no)
    until = await guard_change(log, borrower, old, author.vault)
    who = (author.actor.kind, author.actor.ref)
    await note_access(who, "number-changed", log.moment.at, subject=f"loan:{case.ref}", lender_id=case.lender.id)
    person_id: int | None = borrower.person_id  # type: ignore[attr-defined]
    if proposed["lost"] and person_id is not None:
        await close_lender(person_id, case.lender.id)
    token = await invite_borrower(log, borrower, case.id, case.loan.loan_no, author.vault)
    await send_notice(log, borrower, phone, "link", INVITATION, author.vault, link=f"{base_url}/i/{token}")
    return until


@change_of_lender
async def reject_number(log: Journal, case: Case, ref: str, author: Author) -> None:
    """Taken back by whoever proposed it, or turned down by another. Raises NothingWaits."""
    borrower = (await party_of(log, case.loan.loan_no)).borrower
    row = await reject(log, Waits(NUMBER, number_subject(borrower.id), ref), author.actor)
    event = NewEvent("contact.number_rejected", author.actor, {"approval": ref, "proposed_by": row.proposed_by})
    await log.write(borrower_stream(borrower.id), event, loan_no=case.loan.loan_no)
