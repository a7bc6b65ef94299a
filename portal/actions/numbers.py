"""A number that changes hands: the old one is told, what proved who somebody was does so no more, and a day goes by.

The lender's file or key changes it at once, at the desk it takes two. Only this lender's loans are touched: a number
that one lender sets neither opens nor closes what the borrower has with another.
"""

from datetime import datetime, timedelta

from portal import clock
from portal.actions.approvals import lapse
from portal.actions.journal import Journal, borrower_stream
from portal.actions.outbox import count_of_lender, write_message
from portal.actions.ratelimit import MESSAGES_OF_LENDER, TooManyTries
from portal.domain.conduct.messages import DIGITS_CHANGED, NUMBER_CHANGED, NUMBER_REMOVED, PARTY_ADDED
from portal.domain.event import Actor, NewEvent
from portal.domain.refusal import N_
from portal.languages import choose
from portal.reads.numbers import NUMBER, number_subject
from portal.reads.policy import policy
from portal.reads.search import last4_hash
from portal.reads.sessions import ids_of, ids_text
from portal.tables import models as tables
from portal.vault import Vault

OVERTAKEN = Actor("system", "number")
_WHATS = {NUMBER_CHANGED: "number", NUMBER_REMOVED: "number", PARTY_ADDED: "party", DIGITS_CHANGED: "digits"}


class TooManyMessages(TooManyTries):
    says = N_("{most} messages were sent to this number within a day. The next can go tomorrow.")


async def correct_number(log: Journal, borrower: tables.BorrowerRow, phone: str, actor: Actor, vault: Vault) -> bool:
    """The lender's own system says another number: it holds at once, and everything that guards a change follows.

    Answers whether that was a change: not where it is the one on record, nor the first of somebody who never came in.
    """
    old = vault.unseal(bytes(borrower.key), bytes(borrower.phone_sealed))
    if phone == old:
        return False
    await set_phone(borrower, phone, vault)
    recipients = NewEvent("borrower.changed", actor, {"fields": ["phone"]})
    await log.write(borrower_stream(borrower.id), recipients)
    return await guard_change(log, borrower, old, vault) is not None


async def set_phone(borrower: tables.BorrowerRow, phone: str, vault: Vault) -> None:
    found_by = {
        "phone_hash": vault.lookup("phone", phone) if phone else "",
        "last4_hash": last4_hash(borrower.lender_id, phone, vault),  # type: ignore[attr-defined]
    }
    sealed = vault.seal(bytes(borrower.key), phone)
    await tables.BorrowerRow.filter(id=borrower.id).update(phone_sealed=sealed, **found_by)


async def guard_change(
    log: Journal, borrower: tables.BorrowerRow, old: str, vault: Vault, message: str = NUMBER_CHANGED
) -> datetime | None:
    """What follows from another number, or other ID digits, than were on record; `old` is where that is told.

    `borrower` is the row as it was. Links end, codes on their way and what two of the staff were about to decide too;
    sessions go on, prove nothing to this lender any more, and tell of it. The first number of somebody who never came
    in is no change, unless one was taken away before. Answers until when the number waits.
    """
    at, until = await waiting_time(log)
    await _lapse_number(log, borrower.id)
    links = tables.InvitationRow.filter(borrower_id=borrower.id, ended_at__isnull=True)
    await links.update(ended_at=at, ended_why="number-changed")
    person_id: int | None = borrower.person_id  # type: ignore[attr-defined]
    if not old and person_id is None and borrower.number_changed_at is None:
        return None
    await tables.BorrowerRow.filter(id=borrower.id).update(number_changed_at=at, number_waits_until=until)
    recipients = {old: borrower} if old else {}
    if person_id is not None:
        await _unprove(person_id, log.lender.id, at)
        await _move_sign_in(person_id, vault.lookup("phone", old) if old else "")
        recipients = await _numbers_beside(borrower.id, person_id, log.lender.id, vault) | recipients
    for to, row in recipients.items():
        await send_notice(log, row, to, "notice", message, vault, until=until)
    return until


async def guard_join(log: Journal, borrower: tables.BorrowerRow, person_id: int, vault: Vault) -> None:
    """Somebody takes a second row of theirs at one lender: another number in it waits as a changed one does.

    The numbers on record are told, for whoever wrote that row chose its number.
    """
    number = number_of(borrower, vault)
    beside = await tables.BorrowerRow.filter(person_id=person_id, lender_id=log.lender.id).exclude(id=borrower.id)
    if not number or not beside or number in [number_of(row, vault) for row in beside]:
        return
    at, until = await waiting_time(log)
    await tables.BorrowerRow.filter(id=borrower.id).update(number_changed_at=at, number_waits_until=until)
    await _unprove(person_id, log.lender.id, at)
    for to, row in (await _numbers_beside(borrower.id, person_id, log.lender.id, vault)).items():
        await send_notice(log, row, to, "notice", NUMBER_CHANGED, vault, until=until)


async def waiting_time(log: Journal) -> tuple[datetime, datetime]:
    """Now, by the wall's clock as links and sessions live by it, and until when what has changed now waits."""
    rules, at = await policy(log.lender.id, log.lender.currency), clock.now()
    return at, at + timedelta(hours=rules.number_wait_hours)


async def _numbers_beside(
    borrower_id: int, person_id: int, lender_id: int, vault: Vault
) -> dict[str, tables.BorrowerRow]:
    """The other numbers that a lender has of somebody, in rows beside this one."""
    rows = await tables.BorrowerRow.filter(person_id=person_id, lender_id=lender_id, erased_at__isnull=True).order_by(
        "id"
    )
    now = [number_of(row, vault) for row in rows if row.id == borrower_id]
    found = {number_of(row, vault): row for row in rows if row.id != borrower_id}
    return {number: row for number, row in found.items() if number and number not in now}


def number_of(borrower: tables.BorrowerRow, vault: Vault) -> str:
    return vault.unseal(bytes(borrower.key), bytes(borrower.phone_sealed)) if borrower.key else ""


async def _lapse_number(log: Journal, borrower_id: int) -> None:
    """What waited for a second of the staff rested on the number that has just changed."""
    row = await lapse(log, NUMBER, number_subject(borrower_id), OVERTAKEN)
    if row is not None:
        await tell_lapsed(log, row, OVERTAKEN)


async def tell_lapsed(log: Journal, row: tables.ApprovalRow, by: Actor) -> None:
    """That a number waits no more is in the feed, as that it waited was."""
    loan = await tables.LoanRow.get(id=row.loan_id)  # type: ignore[attr-defined]
    recipients = NewEvent("contact.number_rejected", by, {"approval": row.ref, "proposed_by": row.proposed_by})
    await log.write(row.subject, recipients, loan_no=loan.loan_no)


async def send_notice(
    log: Journal,
    borrower: tables.BorrowerRow,
    to: str,
    kind: str,
    message: str,
    vault: Vault,
    until: datetime | None = None,
    **facts: str,
) -> None:
    """A message to a number, in the borrower's language. Raises TooManyMessages for a link that would not go off."""
    if not await count_of_lender(vault, vault.lookup("phone", to), log.lender.id, kind, log.moment.at):
        if kind == "link":
            raise TooManyMessages("phone", most=MESSAGES_OF_LENDER.most)
        return
    spoken = choose(borrower.locale)
    facts |= {"lender": log.lender.name, "hotline": log.lender.hotline or log.lender.name}
    if until is not None:
        facts["time"] = spoken.datetime(until, log.lender.timezone)
    text = spoken.text(message).format(**facts)
    whose = {"borrower_id": borrower.id, "kind": kind, "what": _WHATS.get(message, "")}
    await write_message(bytes(borrower.key), to, text, vault, log.moment.at, **whose)


async def close_lender(person_id: int, lender_id: int) -> None:
    """Where phone or password are in other hands: no session of before, and no password, shows this lender's loans."""
    for session in await tables.SessionRow.filter(person_id=person_id, ended_at__isnull=True):
        before = ids_of(session.lenders)
        remain = before - {lender_id}
        ended = {"ended_at": session.seen_at} if before and not remain else {}
        await tables.SessionRow.filter(id=session.id).update(lenders=ids_text(remain), **ended)
    person = await tables.PersonRow.get(id=person_id)
    if person.password_lenders:
        left = ids_text(ids_of(person.password_lenders) - {lender_id})
        await tables.PersonRow.filter(id=person_id).update(password_lenders=left)


async def _unprove(person_id: int, lender_id: int, at: datetime) -> None:
    for session in await tables.SessionRow.filter(person_id=person_id, ended_at__isnull=True).select_for_update():
        proven, recipients = ids_of(session.proven_lenders), ids_of(session.changed_lenders)
        if lender_id in ids_of(session.lenders):
            session.proven_lenders = ids_text(proven - {lender_id})
            session.changed_lenders = ids_text(recipients | {lender_id})
            await session.save()
    codes = await tables.CodeRow.filter(person_id=person_id, used_at__isnull=True)
    ended = [code.id for code in codes if lender_id in ids_of(code.lenders)]
    await tables.CodeRow.filter(id__in=ended).update(used_at=at)
    waiting = tables.OutboundMessageRow.filter(person_id=person_id, state="waiting", kind="code")
    await waiting.update(state="expired", ended_at=at, sealed=b"", leased_until=None)


async def _move_sign_in(person_id: int, old: str) -> None:
    """The number somebody signs in with is one that a lender has: the old one while any does, or another of theirs."""
    person = await tables.PersonRow.get(id=person_id)
    rows = tables.BorrowerRow.filter(person_id=person_id, erased_at__isnull=True).exclude(phone_hash="").order_by("id")
    numbers = [str(each) for each in await rows.values_list("phone_hash", flat=True)]
    if person.phone_hash != old or old in numbers:
        return
    others = (
        await tables.PersonRow.filter(phone_hash__in=numbers).exclude(id=person_id).values_list("phone_hash", flat=True)
    )
    taken = {str(each) for each in others}
    free = next((each for each in numbers if each not in taken), None)
    await tables.PersonRow.filter(id=person_id).update(phone_hash=free, phone_sealed=None)
