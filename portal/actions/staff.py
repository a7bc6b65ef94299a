"""The lender's staff: added, reset and let in for the first time."""

from datetime import datetime, timedelta

from portal.actions.approvals import lapse_proposed
from portal.actions.journal import Journal, journal, lender_stream, loan_stream
from portal.actions.lenders import OPERATOR
from portal.actions.numbers import tell_lapsed
from portal.actions.sessions import Account
from portal.domain.event import Happening, Moment
from portal.domain.refusal import N_, Refusal
from portal.reads.cases import LenderFacts
from portal.reads.numbers import NUMBER
from portal.tables import models as t
from portal.tables.transaction import retried, transaction
from portal.vault import new_ref, new_token, token_hash

ROLES = ("agent", "approver", "admin")
ACTIVATION_DAYS = 7


class StaffExists(Refusal):
    says = N_("{email} already has a staff account.")


class NoSuchStaff(Refusal):
    says = N_("Nobody with the address {email} works for this lender here.")


class LinkOver(Refusal):
    says = N_("This link was used already or is too old. Please ask for a new one.")


async def staff_by_email(email: str) -> Account | None:
    row = await t.Staff.get_or_none(email=email.strip().lower(), ended_at__isnull=True)
    return Account(row.id, row.password_hash) if row else None


async def activation(token: str, at: datetime) -> str:
    """The e-mail of the account a one-time link is for. Raises LinkOver."""
    row = await t.Staff.get_or_none(activation_hash=token_hash(token), ended_at__isnull=True)
    if row is None or row.activation_expires_at is None or row.activation_expires_at <= at:
        raise LinkOver("token")
    return row.email


async def activate(token: str, password_hash: str, at: datetime) -> int:
    """Sets the first password, once; answers the staff id. Raises LinkOver."""
    hashed = token_hash(token)
    async with transaction():
        row = await t.Staff.filter(activation_hash=hashed, activation_expires_at__gt=at).select_for_update().first()
        if row is None:
            raise LinkOver("token")
        await t.Staff.filter(id=row.id).update(password_hash=password_hash, activation_hash=None)
        return row.id


@retried
async def add_staff(lender: LenderFacts, email: str, role: str, moment: Moment) -> str:
    """Answers the token of the one-time activation link. Raises StaffExists."""
    token, email = new_token(), email.strip().lower()
    async with journal(lender.id, moment) as log:
        if await t.Staff.exists(email=email):
            raise StaffExists("email", email=email)
        staff = await t.Staff.create(
            ref=new_ref(),
            lender_id=lender.id,
            email=email,
            role=role,
            activation_hash=token_hash(token),
            activation_expires_at=moment.at + timedelta(days=ACTIVATION_DAYS),
        )
        facts = {"staff": staff.ref, "role": role}
        await log.write(lender_stream(lender.id), Happening("staff.added", OPERATOR, facts))
    return token


@retried
async def reset_staff(lender: LenderFacts, email: str, moment: Moment) -> str:
    """For whoever forgot the password or left it somewhere: password and sessions end; answers a new link's token.

    Nobody knows who proposed what waits for a second person in their name: it waits no more. Raises NoSuchStaff.
    """
    token = new_token()
    async with journal(lender.id, moment) as log:
        staff = await t.Staff.get_or_none(email=email.strip().lower(), lender_id=lender.id, ended_at__isnull=True)
        if staff is None:
            raise NoSuchStaff("email", email=email)
        until = moment.at + timedelta(days=ACTIVATION_DAYS)
        fresh = {"activation_hash": token_hash(token), "activation_expires_at": until}
        await t.Staff.filter(id=staff.id).update(password_hash=None, **fresh)
        await t.Session.filter(staff_id=staff.id, ended_at__isnull=True).update(ended_at=moment.at)
        await log.write(lender_stream(lender.id), Happening("staff.reset", OPERATOR, {"staff": staff.ref}))
        for row in await lapse_proposed(log, staff.ref, OPERATOR):
            await (tell_lapsed(log, row, OPERATOR) if row.kind == NUMBER else _tell_waiver(log, row))
    return token


async def _tell_waiver(log: Journal, row: t.Approval) -> None:
    proposal = await t.Proposal.get(ref=row.subject)
    loan = await t.Loan.get(id=row.loan_id)  # type: ignore[attr-defined]
    told = Happening("waiver.withdrawn", OPERATOR, {}, proposal.ref, proposal.version)
    await log.write(loan_stream(loan.id), told, loan_no=loan.loan_no)
