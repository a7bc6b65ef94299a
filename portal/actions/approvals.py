"""What takes two people: one proposes, what was shown is kept, another of the staff approves just that until a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.actions.journal import Journal
from portal.domain.event import Actor
from portal.domain.refusal import N_, Refusal
from portal.reads.approvals import open_key
from portal.reads.rows import columns_of
from portal.tables import models as tables


class AlreadyProposed(Refusal):
    says = N_("A colleague has proposed this already, and it waits for a second person.")


class NothingWaits(Refusal):
    says = N_("Nothing waits for a second person here any more: it was answered, withdrawn, or its time ran out.")


class OwnProposal(Refusal):
    says = N_("Whoever proposed something cannot approve it. Somebody else of the staff has to.")


class NotYourRole(Refusal):
    says = N_("This is approved by somebody with one of these roles: {roles}. Yours is {role}.")


class ApprovalChanged(Refusal):
    says = N_("What waits here is not what your page showed. Nothing was approved. Here is how it is now.")


@dataclass(frozen=True, slots=True)
class Waits:
    """What is proposed and answered: of which kind, about what, and the ref of this proposal of it."""

    kind: str
    subject: str
    ref: str


async def propose(
    log: Journal,
    what: Waits,
    *,
    loan_id: int | None,
    by: Actor,
    until: date,
    facts: str = "",
    sealed: bytes | None = None,
    shown: str = "",
) -> None:
    """Lays something before a second person until the end of business day `until`. Raises AlreadyProposed.

    `sealed` is bound to `approval:REF`.
    """
    if await _open(log, what.kind, what.subject) is not None:
        raise AlreadyProposed(what.kind)
    await tables.ApprovalRow.create(
        lender_id=log.lender.id,
        loan_id=loan_id,
        facts=facts,
        sealed=sealed,
        hash=shown,
        proposed_by=by.ref,
        proposed_at=log.moment.at,
        until=until,
        open_key=open_key(what.kind, what.subject),
        **columns_of(what),
    )


async def approve(
    log: Journal, what: Waits, by: Actor, role: str, shown: str, roles: Sequence[str] = ()
) -> tables.ApprovalRow:
    """A second person agrees to just what was shown; answers the row as it was, for its facts to be acted on.

    Any role will do where `roles` names none. Raises NothingWaits, OwnProposal, NotYourRole, ShownOtherwise.
    """
    row = await _waiting(log, what)
    if row.proposed_by == by.ref:
        raise OwnProposal(row.kind)
    if roles and role not in roles:
        raise NotYourRole(row.kind, roles=", ".join(roles), role=role)
    if row.hash and row.hash != shown:
        raise ApprovalChanged(row.kind)
    await _close(log, row, "approved", by)
    return row


async def reject(log: Journal, what: Waits, by: Actor) -> tables.ApprovalRow:
    """Whoever proposed it takes it back, anybody else says no. Raises NothingWaits."""
    row = await _waiting(log, what)
    await _close(log, row, "withdrawn" if row.proposed_by == by.ref else "rejected", by)
    return row


async def lapse(log: Journal, kind: str, subject: str, by: Actor) -> tables.ApprovalRow | None:
    """What waited is overtaken, for what it was about was answered in another way; answers what that was."""
    row = await _open(log, kind, subject)
    if row is not None:
        await _close(log, row, "withdrawn", by)
    return row


async def lapse_proposed(log: Journal, proposed_by: str, by: Actor) -> list[tables.ApprovalRow]:
    """Nothing waits any more that one of the staff proposed; answers what did."""
    rows = await tables.ApprovalRow.filter(lender_id=log.lender.id, outcome="", proposed_by=proposed_by).order_by("id")
    for row in rows:
        await _close(log, row, "withdrawn", by)
    return rows


async def _waiting(log: Journal, what: Waits) -> tables.ApprovalRow:
    """Found by all three: whoever may answer one kind of thing by its page answers no other there."""
    found = tables.ApprovalRow.filter(lender_id=log.lender.id, outcome="", kind=what.kind, subject=what.subject)
    row = await found.get_or_none(ref=what.ref)
    if row is None or row.until < log.moment.today:
        raise NothingWaits("approval")
    return row


async def _open(log: Journal, kind: str, subject: str) -> tables.ApprovalRow | None:
    """What waits now; one whose time ran out makes room."""
    row = await tables.ApprovalRow.get_or_none(open_key=open_key(kind, subject), lender_id=log.lender.id)
    if row is None or row.until >= log.moment.today:
        return row
    await _close(log, row, "expired", Actor("clock"))
    return None


async def _close(log: Journal, row: tables.ApprovalRow, outcome: str, by: Actor) -> None:
    """What is personal in it is not kept once it is answered."""
    closed = {"outcome": outcome, "closed_by": by.ref, "closed_at": log.moment.at, "open_key": None}
    await tables.ApprovalRow.filter(id=row.id).update(**closed, sealed=None if row.sealed is None else b"")
