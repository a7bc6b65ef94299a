"""The lender's staff: added, let in for the first time, reset, given another role, signed out, ended.

Whoever is ended keeps their row, for their name stands under what they did; added again they come back to it, and so
approve nothing that they proposed themselves.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.actions.access import note_access
from portal.actions.act import change_of_lender, change_outside_feed
from portal.actions.approvals import lapse_proposed
from portal.actions.assignments import unassign
from portal.actions.journal import Journal, lender_stream, loan_stream
from portal.actions.lenders import OPERATOR
from portal.actions.numbers import tell_lapsed
from portal.actions.sessions import StaffChanged
from portal.domain.event import Actor, BusinessTime, NewEvent
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts
from portal.reads.numbers import NUMBER
from portal.reads.replays import POLICY
from portal.tables import models as tables
from portal.vault import new_ref, new_token, token_hash

ROLES = ("agent", "approver", "admin")
ACTIVATION_DAYS = 7
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class StaffExists(Refusal):
    says = N_("{email} already has a staff account.")


class WorkedElsewhere(Refusal):
    says = N_("{email} is the address of somebody who worked for another lender here. Please use another address.")


class WorkedHereBefore(Refusal):
    says = N_(
        "{email} worked here before, and that name stands under what they did. Whoever runs the portal lets them in "
        "again: {command}."
    )


class AlreadyActivated(Refusal):
    says = N_(
        "{email} has activated the account already. Whoever lost password or phone is given a new link by whoever runs "
        "the portal: {command}."
    )


class NoSuchStaff(Refusal):
    says = N_("Nobody with the address {email} works for this lender here.")


class LastAdmin(Refusal):
    says = N_(
        "{email} is the only administrator of this lender who has activated an account. Add another one first; at the "
        "terminal, {option} does it all the same."
    )


class LinkOver(Refusal):
    says = N_("This link was used already or is too old. Please ask for a new one.")


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """One of the staff before they are signed in. `password_hash` is the one that a password is judged by."""

    id: int
    ref: str
    email: str
    password_hash: str | None
    has_factor: bool
    lender_id: int
    lender_slug: str
    lender_name: str


async def staff_by_email(email: str) -> StaffAccount | None:
    return await _account(email=email.strip().lower())


async def staff_by_id(staff_id: int) -> StaffAccount | None:
    return await _account(id=staff_id)


async def _account(**which: object) -> StaffAccount | None:
    """Nobody who was ended."""
    row = await tables.StaffRow.filter(**which, ended_at__isnull=True).prefetch_related("lender").first()
    if row is None:
        return None
    at = row.lender
    return StaffAccount(
        row.id, row.ref, row.email, row.password_hash, row.totp_sealed is not None, at.id, at.slug, at.name
    )


async def activation(token: str, at: datetime) -> StaffAccount:
    """The account that a one-time link is for. Raises LinkOver."""
    found = await _account(activation_hash=token_hash(token), activation_expires_at__gt=at)
    if found is None:
        raise LinkOver("token")
    return found


@change_outside_feed
async def activate(token: str, password_hash: str, at: datetime) -> int:
    """Sets the first password, once; answers the staff id. Raises LinkOver."""
    hashed = token_hash(token)
    live = tables.StaffRow.filter(activation_hash=hashed, activation_expires_at__gt=at, ended_at__isnull=True)
    row = await live.select_for_update().first()
    if row is None:
        raise LinkOver("token")
    await tables.StaffRow.filter(id=row.id).update(password_hash=password_hash, activation_hash=None)
    return row.id


@change_outside_feed
async def change_own_password(account: StaffAccount, password_hash: str, session_id: int, at: datetime) -> None:
    """All sessions but this one end. Raises StaffChanged where the password that was judged is not theirs any more."""
    judged = tables.StaffRow.filter(id=account.id, ended_at__isnull=True, password_hash=account.password_hash)
    if not await judged.update(password_hash=password_hash):
        raise StaffChanged("present")
    others = tables.SessionRow.filter(staff_id=account.id, ended_at__isnull=True).exclude(id=session_id)
    await others.update(ended_at=at)
    await note_access(("staff", account.ref), "password-changed", at, lender_id=account.lender_id)


@change_outside_feed
async def keep_renewed_of_staff(staff_id: int, judged: str, password_hash: str) -> bool:
    """The same password by newer parameters. Answers False where it was changed meanwhile."""
    return bool(await tables.StaffRow.filter(id=staff_id, password_hash=judged).update(password_hash=password_hash))


@change_of_lender
async def add_staff(log: Journal, lender: LenderFacts, email: str, role: str, by: Actor = OPERATOR) -> str:
    """Answers the token of the one-time activation link. Raises StaffExists, WorkedElsewhere.

    Whoever was ended comes back by the operator alone: an administrator who sees the link could act under a name that
    others know. Raises WorkedHereBefore.
    """
    token, email = new_token(), email.strip().lower()
    row = await tables.StaffRow.get_or_none(email=email)
    if row is not None and row.ended_at is None:
        raise StaffExists("email", email=email)
    if row is not None and row.lender_id != lender.id:  # type: ignore[attr-defined]
        raise WorkedElsewhere("email", email=email)
    if row is not None and by != OPERATOR:
        raise WorkedHereBefore("email", email=email, command="staff add")
    fresh = {**_to_activate(token, log.moment), "role": role, "ended_at": None}
    if row is None:
        row = await tables.StaffRow.create(ref=new_ref(), lender_id=lender.id, email=email, **fresh)
    else:
        await tables.StaffRow.filter(id=row.id).update(**fresh)
    facts = {"staff": row.ref, "role": role}
    await log.write(lender_stream(lender.id), NewEvent("staff.added", by, facts))
    return token


@change_of_lender
async def reset_staff(log: Journal, lender: LenderFacts, email: str) -> str:
    """For whoever forgot the password or left it somewhere: all ways in end; answers a new link's token.

    Nobody knows who proposed what waits for a second person in their name: it waits no more. Raises NoSuchStaff.
    """
    token = new_token()
    staff = await _working(lender, email)
    await tables.StaffRow.filter(id=staff.id).update(**_to_activate(token, log.moment))
    await log.write(lender_stream(lender.id), NewEvent("staff.reset", OPERATOR, {"staff": staff.ref}))
    await _leave_nothing_open(log, staff, OPERATOR)
    return token


@change_of_lender
async def new_activation(log: Journal, lender: LenderFacts, email: str, by: Actor) -> str:
    """For whoever was added and has not come in yet; answers the new link's token, and the one before opens nothing.

    An account that somebody has is not opened so: who sees the link could act in its name. Raises NoSuchStaff,
    AlreadyActivated.
    """
    staff, token = await _working(lender, email), new_token()
    if staff.password_hash is not None:
        raise AlreadyActivated("email", email=email, command="staff reset")
    await tables.StaffRow.filter(id=staff.id).update(**_to_activate(token, log.moment))
    await log.write(lender_stream(lender.id), NewEvent("staff.reset", by, {"staff": staff.ref}))
    return token


@change_of_lender
async def sign_out_staff(log: Journal, lender: LenderFacts, email: str, by: Actor) -> None:
    """Every session of a colleague ends; they come in again as always. Raises NoSuchStaff."""
    staff = await _working(lender, email)
    await tables.SessionRow.filter(staff_id=staff.id, ended_at__isnull=True).update(ended_at=log.moment.at)
    subject = f"staff:{staff.ref}"
    await note_access((by.kind, by.ref), "sessions-ended", log.moment.at, subject=subject, lender_id=lender.id)


@change_of_lender
async def end_staff(log: Journal, lender: LenderFacts, email: str, actor: Actor, *, force: bool = False) -> None:
    """Somebody works here no more: signed out at once, and what waits for a second person in their name has ended.

    Raises NoSuchStaff; LastAdmin unless forced: without an administrator nobody at the desk sees who works there.
    """
    staff = await _working(lender, email)
    await _require_another_admin(staff, force)
    await tables.StaffRow.filter(id=staff.id).update(**_NO_WAY_IN, ended_at=log.moment.at)
    await log.write(lender_stream(lender.id), NewEvent("staff.ended", actor, {"staff": staff.ref}))
    await _leave_nothing_open(log, staff, actor)


@change_of_lender
async def change_role(
    log: Journal, lender: LenderFacts, email: str, role: str, actor: Actor, *, force: bool = False
) -> bool:
    """From the next page on they may what the new role may; answers whether it was another one.

    Raises NoSuchStaff; LastAdmin unless forced.
    """
    staff = await _working(lender, email)
    if staff.role == role:
        return False
    await _require_another_admin(staff, force)
    await tables.StaffRow.filter(id=staff.id).update(role=role)
    facts = {"staff": staff.ref, "role": role, "before": staff.role}
    await log.write(lender_stream(lender.id), NewEvent("staff.role_changed", actor, facts))
    return True


_NO_FACTOR = {"totp_sealed": None, "totp_step": None, "recovery_hashes": None}
_NO_WAY_IN = {"password_hash": None, "activation_hash": None, "activation_expires_at": None, **_NO_FACTOR}


def _to_activate(token: str, moment: BusinessTime) -> dict[str, Any]:
    until = moment.at + timedelta(days=ACTIVATION_DAYS)
    return {**_NO_WAY_IN, "activation_hash": token_hash(token), "activation_expires_at": until}


async def _working(lender: LenderFacts, email: str) -> tables.StaffRow:
    row = await tables.StaffRow.get_or_none(email=email.strip().lower(), lender_id=lender.id, ended_at__isnull=True)
    if row is None:
        raise NoSuchStaff("email", email=email)
    return row


async def _require_another_admin(staff: tables.StaffRow, force: bool) -> None:
    others = tables.StaffRow.filter(lender_id=staff.lender_id, role="admin", ended_at__isnull=True)  # type: ignore[attr-defined]
    others = others.exclude(id=staff.id).filter(password_hash__isnull=False)
    if staff.role == "admin" and not force and not await others.exists():
        raise LastAdmin("email", email=staff.email, option="--force")


async def _leave_nothing_open(log: Journal, staff: tables.StaffRow, by: Actor) -> None:
    await tables.SessionRow.filter(staff_id=staff.id, ended_at__isnull=True).update(ended_at=log.moment.at)
    await unassign(log, staff.ref)
    tell = {NUMBER: tell_lapsed, POLICY: _tell_policy}
    for row in await lapse_proposed(log, staff.ref, by):
        await tell.get(row.kind, _tell_waiver)(log, row, by)


async def _tell_waiver(log: Journal, row: tables.ApprovalRow, by: Actor) -> None:
    """Of an answer to a proposal, or of an offer with which the lender would have begun."""
    proposal = await tables.ProposalRow.get_or_none(ref=row.subject)
    loan = await tables.LoanRow.get(id=row.loan_id)  # type: ignore[attr-defined]
    about = (proposal.ref, proposal.version) if proposal else ()
    event = NewEvent("waiver.withdrawn", by, {}, *about)
    await log.write(loan_stream(loan.id), event, loan_no=loan.loan_no)


async def _tell_policy(log: Journal, row: tables.ApprovalRow, by: Actor) -> None:
    await log.write(lender_stream(log.lender.id), NewEvent("policy.withdrawn", by, {"approval": row.ref}))
