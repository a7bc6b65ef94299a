"""A number that changes hands: the old one is told, what proved who somebody was does so no more, and a day goes by.

The lender's file or key changes it at once, at the desk it takes two. Only this lender's loans are touched: a number
that one lender sets neither opens nor closes what the borrower has with another.
"""

import json
from datetime import datetime, timedelta

from portal.actions.journal import Journal, borrower_stream
from portal.domain.event import Actor, Happening
from portal.domain.messages import NUMBER_CHANGED
from portal.languages import DEFAULT, languages
from portal.reads.policy import policy
from portal.reads.sessions import ids_of, ids_text
from portal.tables import models as t
from portal.vault import Vault, new_ref


async def correct_number(log: Journal, borrower: t.Borrower, phone: str, actor: Actor, vault: Vault) -> bool:
    """The lender's own system says another number: it holds at once, and everything that guards a change follows.

    Answers whether there was another one; nothing happens where it is the one on record.
    """
    old = vault.unseal(bytes(borrower.key), bytes(borrower.phone_sealed))
    if phone == old:
        return False
    await set_phone(borrower, phone, vault)
    told = Happening("borrower.changed", actor, {"fields": ["phone"]})
    await log.write(borrower_stream(borrower.id), told)
    await guard_change(log, borrower, old, vault)
    return bool(old)


async def set_phone(borrower: t.Borrower, phone: str, vault: Vault) -> None:
    hashed = vault.lookup("phone", phone) if phone else ""
    sealed = vault.seal(bytes(borrower.key), phone)
    await t.Borrower.filter(id=borrower.id).update(phone_sealed=sealed, phone_hash=hashed)


async def guard_change(
    log: Journal, borrower: t.Borrower, old: str, vault: Vault, said: str = NUMBER_CHANGED
) -> datetime | None:
    """What follows from another number, or other ID digits, than were on record; `old` is where that is told.

    Links end, codes on their way too; sessions go on, prove nothing to this lender any more, and tell of it. Whoever
    was never invited and never came in has nothing that could be taken over. Answers until when the number waits.
    """
    person_id: int | None = borrower.person_id  # type: ignore[attr-defined]
    links = t.Invitation.filter(borrower_id=borrower.id)
    if person_id is None and not await links.exists():
        return None
    at, rules = log.moment.at, await policy(log.lender.id, log.lender.currency)
    until = at + timedelta(hours=rules.number_wait_hours)
    await t.Borrower.filter(id=borrower.id).update(number_changed_at=at, number_waits_until=until)
    await links.filter(ended_at__isnull=True).update(ended_at=at, ended_why="number-changed")
    if person_id is not None:
        await _unprove(person_id, log.lender.id, at)
        await _move_sign_in(person_id, vault.lookup("phone", old) if old else "")
    if old:
        await send_notice(log, borrower, old, "notice", said, vault, until=until)
    return until


async def send_notice(
    log: Journal,
    borrower: t.Borrower,
    to: str,
    kind: str,
    said: str,
    vault: Vault,
    until: datetime | None = None,
    **facts: str,
) -> None:
    """A message to a number, in the borrower's language; it goes off once the act is done."""
    spoken = languages().get(borrower.locale) or languages()[DEFAULT]
    facts |= {"lender": log.lender.name, "hotline": log.lender.hotline or log.lender.name}
    if until is not None:
        facts["time"] = spoken.datetime(until, log.lender.timezone)
    text = spoken.text(said).format(**facts)
    sealed = vault.seal(bytes(borrower.key), json.dumps({"to": to, "text": text}))
    await t.OutboundMessage.create(
        ref=new_ref(), borrower_id=borrower.id, kind=kind, sealed=sealed, next_at=log.moment.at
    )


async def close_lender(person_id: int, lender_id: int) -> None:
    """Where phone or password are in other hands: no session of before, and no password, shows this lender's loans."""
    for session in await t.Session.filter(person_id=person_id, ended_at__isnull=True):
        left = ids_text(ids_of(session.lenders) - {lender_id})
        await t.Session.filter(id=session.id).update(lenders=left)
    person = await t.Person.get(id=person_id)
    if person.password_lenders:
        left = ids_text(ids_of(person.password_lenders) - {lender_id})
        await t.Person.filter(id=person_id).update(password_lenders=left)


async def _unprove(person_id: int, lender_id: int, at: datetime) -> None:
    for session in await t.Session.filter(person_id=person_id, ended_at__isnull=True).select_for_update():
        proven, told = ids_of(session.proven_lenders), ids_of(session.changed_lenders)
        if lender_id in ids_of(session.lenders):
            session.proven_lenders = ids_text(proven - {lender_id})
            session.changed_lenders = ids_text(told | {lender_id})
            await session.save()
    codes = await t.Code.filter(person_id=person_id, used_at__isnull=True)
    ended = [code.id for code in codes if lender_id in ids_of(code.lenders)]
    await t.Code.filter(id__in=ended).update(used_at=at)
    waiting = t.OutboundMessage.filter(person_id=person_id, state="waiting", kind="code")
    await waiting.update(state="expired", ended_at=at, sealed=b"", leased_until=None)


async def _move_sign_in(person_id: int, old: str) -> None:
    """The number somebody signs in with is one that a lender has: the old one while any does, or another of theirs."""
    person = await t.Person.get(id=person_id)
    rows = t.Borrower.filter(person_id=person_id, erased_at__isnull=True).exclude(phone_hash="").order_by("id")
    numbers = [str(each) for each in await rows.values_list("phone_hash", flat=True)]
    if person.phone_hash != old or old in numbers:
        return
    others = await t.Person.filter(phone_hash__in=numbers).exclude(id=person_id).values_list("phone_hash", flat=True)
    taken = {str(each) for each in others}
    free = next((each for each in numbers if each not in taken), None)
    await t.Person.filter(id=person_id).update(phone_hash=free, phone_sealed=None)
